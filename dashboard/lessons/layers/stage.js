// Two pictures of layers: one layer as matrix and lines, and a small network that learns while one watches.

import { choice } from "../../browser/controls.js";
import { mount } from "../../browser/mount.js";
import { LayerView } from "./layer.js";
import { NetworkView } from "./network.js";

class Layers {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.layer = new LayerView(stage);
    this.network = new NetworkView(stage);
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    if (first) {
      this.pressed = choice(this.stage.footLeft, "Part", header.parts, (part) =>
        this.stage.set({ part }),
      );
      this.stage.foot.classList.add("lb-plays");
      this.layer.build(header);
    }
    this.network.take(header, arrays, first);
    this.turn();
  }

  /** The part that is looked at. */
  get part() {
    return this.stage.values.part === "network" ? this.network : this.layer;
  }

  /** Show that part alone. */
  turn() {
    this.pressed(this.stage.values.part);
    this.layer.show(this.part === this.layer);
    this.network.show(this.part === this.network);
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("part")) {
      this.turn();
      this.stage.arrange();
      // What stands below belongs to the part; all else the server need not know.
      this.stage.server.trigger("settled", this.stage.settings.text);
    }
    this.layer.changed(names);
    this.network.follow();
  }

  arranged() {
    this.part.arranged();
  }

  settled() {
    this.part.arranged();
  }

  close() {
    this.layer.close();
    this.network.close();
  }
}

export default await mount((stage) => new Layers(stage), [new URL("./style.css", import.meta.url)]);
