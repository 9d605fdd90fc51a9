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

  moments() {
    const { words } = this.header;
    const begin = { trained: 0, at: 0, edits: [] };
    const experiment = (/** @type {string} */ name, /** @type {number} */ epochs) => () => {
      const { set } = this.header.presets.find((/** @type {any} */ one) => one.name === name);
      const trained = epochs * this.header.perEpoch;
      this.stage.set({ part: "network", ...begin, ...set, trained, at: trained });
    };
    const layer = (/** @type {Record<string, any>} */ patch) => () =>
      this.stage.set({ part: "layer", ...this.header.begin, ...patch });
    return [
      { say: words["moment-matrix"], go: layer({}) },
      { say: words["moment-bend"], go: layer({ f: "tanh", row: 2 }) },
      { say: words["moment-straight"], go: experiment("straight", 60) },
      { say: words["moment-circle"], go: experiment("circle", 60) },
      { say: words["moment-linear"], go: experiment("linear", 60) },
      { say: words["moment-features"], go: experiment("features", 60) },
    ];
  }

  close() {
    this.layer.close();
    this.network.close();
  }
}

export default await mount((stage) => new Layers(stage), [new URL("./style.css", import.meta.url)]);
