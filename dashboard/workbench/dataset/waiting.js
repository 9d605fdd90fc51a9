// The stage while a set is being prepared: what is done, how far it is, and that nobody has to wait here.

import { make } from "../../browser/dom.js";
import { mount } from "../../browser/mount.js";

class Waiting {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.title = make("b");
    this.bar = make("progress", { max: 1 });
    this.phase = make("p", { role: "status" });
    this.more = make("p");
    const parts = [this.title, this.bar, this.phase, this.more];
    const place = { className: "dataset-waiting", "data-picture": "" };
    stage.pictures.append(make("div", place, ...parts));
  }

  /** @param {{ name: string, phase: string, share: number, more: string }} header */
  load({ name, phase, share, more }) {
    this.title.textContent = name;
    this.bar.value = share;
    this.bar.setAttribute("aria-label", name);
    this.phase.textContent = phase;
    this.more.textContent = more;
    this.stage.tellTwin(`${name}: ${phase}. ${more}`, () => []);
  }
}

export default await mount(
  (stage) => new Waiting(stage),
  [new URL("./style.css", import.meta.url)],
);
