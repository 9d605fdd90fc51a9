// The unit that is looked at: what it saw, and on request what pleases it, drawn by a worker.

import { bitmap } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { filled, write } from "../../browser/number.js";
import { Scale } from "../../browser/scale.js";
import { still } from "../../browser/theme.js";
import { cut } from "./rows.js";

const FRAME_MS = 80;
const gray = new Scale("gray", 255);

export class UnitPanel {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.element = make("div", { className: "unit" });
    this.wished = null;
    this.frames = null;
    this.responses = null;
    this.key = "";
    this.wishing = "";
    this.frame = 0;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.showing = undefined;
    this.redraw = () => {};
  }

  /** What the server drew, where something was wished for. */
  take(wished, frames, responses) {
    this.wished = wished;
    this.frames = frames;
    this.responses = responses;
    this.key = "";
    const arrived = wished && this.wishing === wished.key;
    if (arrived) this.wishing = "";
    this.show();
    if (arrived) this.animate();
  }

  show() {
    const { path, row, tree, words, image } = this.lesson;
    if (!path.length) {
      this.element.replaceChildren();
      return;
    }
    const cell = tree.cell(path[row]);
    const unit = `${cell.node}:${cell.channel}`;
    const key = `${unit}|${cell.index}|${this.wishing}|${this.wished?.key}`;
    if (this.key === key) return;
    this.key = key;
    clearInterval(this.showing);
    const saw = cut(image, cell);
    saw.setAttribute("role", "img");
    saw.setAttribute("aria-label", words.saw);
    const pleased = this.wished?.key === unit && this.frames;
    this.element.replaceChildren(
      make("h3", {}, `${words.map} ${cell.map}, ${cell.title}`),
      make(
        "div",
        { className: "pair" },
        make("figure", {}, saw, make("figcaption", {}, words.saw)),
      ),
      ...(pleased ? this.pleased() : [this.button(unit)]),
    );
  }

  /** @param {string} unit */
  button(unit) {
    const { words, stage } = this.lesson;
    const drawing = this.wishing === unit;
    return make(
      "button",
      {
        type: "button",
        disabled: drawing,
        onclick: () => {
          this.wishing = unit;
          this.show();
          stage.server.send("wish", unit);
        },
      },
      drawing ? words.drawing : words.wish,
    );
  }

  /** The pleasing picture with its steps. */
  pleased() {
    const { words } = this.lesson;
    const { steps, window: seen } = this.wished;
    const last = this.frames.shape[0] - 1;
    const told = make("p", { className: "pleased" });
    const canvas = make("canvas", { role: "img", width: seen[2], height: seen[2] });
    const slider = make("input", { type: "range", min: "0", max: String(last), step: "1" });
    const number = make("input", { type: "number", min: "0", max: String(steps[last]), step: "1" });
    slider.setAttribute("aria-label", words.step);
    number.setAttribute("aria-label", words.typed);
    this.frame = last;
    this.redraw = () => {
      this.paint(canvas, seen);
      const [first, sum] = [this.responses[0], this.responses[this.frame]].map((one) => write(one));
      told.textContent = filled(words.pleased, { step: steps[this.frame], sum, first });
      canvas.setAttribute("aria-label", told.textContent);
      slider.value = String(this.frame);
      slider.setAttribute("aria-valuetext", `${steps[this.frame]}`);
      const root = /** @type {ShadowRoot} */ (this.element.getRootNode());
      if (root.activeElement !== number) number.value = steps[this.frame];
    };
    const go = (/** @type {number} */ frame) => {
      clearInterval(this.showing);
      this.frame = frame;
      this.redraw();
    };
    slider.oninput = () => go(Number(slider.value));
    number.onchange = () => {
      const far = steps.map((/** @type {number} */ step) => Math.abs(step - Number(number.value)));
      go(far.indexOf(Math.min(...far)));
      number.value = steps[this.frame];
    };
    this.redraw();
    return [canvas, told, make("label", {}, words.step, number, slider)];
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {number[]} seen top, left and side of what the unit sees
   */
  paint(canvas, [top, left, extent]) {
    const side = this.frames.shape[1];
    const pixels = this.frames.subarray(this.frame * side * side, (this.frame + 1) * side * side);
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const all = bitmap(pixels, side, side, gray.paint);
    pen.drawImage(all, left, top, extent, extent, 0, 0, extent, extent);
  }

  /** Show the way once, unless the viewer asked for little motion. */
  animate() {
    if (still.matches || !this.frames || this.wished?.key !== this.key.split("|")[0]) return;
    const last = this.frames.shape[0] - 1;
    this.frame = 0;
    this.redraw();
    this.showing = setInterval(() => {
      this.frame += 1;
      this.redraw();
      if (this.frame >= last) clearInterval(this.showing);
    }, FRAME_MS);
  }

  close() {
    clearInterval(this.showing);
  }
}
