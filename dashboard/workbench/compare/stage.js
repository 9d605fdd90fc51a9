// Compare runs: the curves of several trainings in one frame, or the X-rays on which two of them differ.

import { Surface } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { Loop } from "../../browser/loop.js";
import { mount } from "../../browser/mount.js";
import { escaped, filled, fixed } from "../../browser/number.js";
import { drawWall, layOut, tileBox } from "../results/outputs.js";
import { Training } from "../train/training.js";

const STEPS = /** @type {Record<string, number>} */ ({
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -1,
  ArrowDown: 1,
});

class Comparison extends Training {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    super(stage, ["view", "measure", "other"], ["training", "log", "spread", "marks"]);
    this.wall = make("div", { className: "compare-wall", hidden: true });
    stage.pictures.append(this.wall);
    this.surface = stage.hold(new Surface(this.wall));
    this.canvas = this.surface.canvas;
    this.canvas.setAttribute("role", "application");
    this.loop = new Loop(() => this.draw(), this.canvas);
    this.cursor = -1;
    /** @type {any} */
    this.sheet = null;
    this.sheetOf = "";
    this.counts = [0, 0];
    this.listen();
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    const jpeg = arrays[arrays.length - 1];
    super.load(header, arrays.slice(0, -1), first);
    if (header.wall.key !== this.sheetOf) void this.open(header.wall, jpeg);
  }

  /** @param {any} wall @param {Uint8Array<ArrayBuffer>} jpeg */
  async open({ key, sheet }, jpeg) {
    this.sheetOf = key;
    this.cursor = -1;
    this.sheet = null;
    if (sheet) {
      const image = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
      if (this.sheetOf === key) this.sheet = { ...sheet, image };
    }
    this.loop.touch();
  }

  show() {
    super.show();
    const walled = this.header && this.stage.values.view === "xrays";
    this.wall.hidden = !walled;
    this.plot.style.display = walled ? "none" : "";
    if (walled) this.surface.arrange();
    this.loop.touch();
  }

  /** The two halves of the wall, each as high as its images ask for. */
  get halves() {
    const { width, height, theme } = this.surface;
    const head = 1.7 * theme.textPx;
    const { split, scores } = this.header.wall;
    const all = scores.length || 1;
    const share = Math.min(Math.max(split / all, 0.3), 0.7);
    const room = height - 2 * head;
    const top = { x: 0, y: head, w: width, h: share * room };
    return [top, { x: 0, y: top.y + top.h + head, w: width, h: (1 - share) * room }];
  }

  /** Numbers of the images of each half. */
  get orders() {
    const { split, scores } = this.header.wall;
    const every = scores.map((/** @type {number} */ _, /** @type {number} */ i) => i);
    return [every.slice(0, split), every.slice(split)];
  }

  draw() {
    if (!this.header || this.wall.hidden || !this.surface.width) return;
    const { wall, words } = this.header;
    this.surface.clear();
    const orders = this.orders;
    this.halves.forEach((box, half) => {
      const first = half ? orders[0].length : 0;
      this.counts[half] = drawWall(this.surface, box, {
        title: wall.titles[half],
        none: half && !wall.titles[half] ? "" : wall.none,
        order: orders[half],
        scores: wall.scores,
        sheet: this.sheet,
        marks: this.stage.values.marks,
        cursor: this.cursor - first,
      });
    });
    const at = this.sheet && this.cursor >= 0 ? this.cursor : -1;
    if (at >= 0) {
      const told = { title: this.sheet.titles[at], output: fixed(wall.scores[at], 3) };
      this.stage.say(`<p>${escaped(filled(words.tile, told))}</p>`);
    }
    const said = [...wall.titles, words.keys].filter(Boolean).join(". ");
    this.canvas.setAttribute("aria-label", said || wall.none);
    Object.assign(this.canvas, { shown: { orders, drawn: this.counts, titles: wall.titles } }); // for tests
  }

  /** @param {[number, number]} at */
  tileAt([px, py]) {
    const text = this.surface.theme.textPx;
    const orders = this.orders;
    for (const [half, box] of this.halves.entries()) {
      const grid = layOut(orders[half].length, box, text);
      for (let n = 0; n < this.counts[half]; n++) {
        const { x, y, w, h } = tileBox(n, grid, box, text);
        if (px >= x && px < x + w && py >= y && py < y + h) return orders[half][n];
      }
    }
    return -1;
  }

  /** @param {number} image */
  choose(image) {
    if (image < 0 || !this.sheet) return;
    const wrong = image < this.header.wall.split ? this.stage.values.other : "A";
    this.stage.server.trigger("opened", JSON.stringify([this.sheet.ids[image], wrong]));
  }

  /** @param {number} to */
  look(to) {
    if (to === this.cursor) return;
    this.cursor = to;
    if (to < 0) this.stage.say(`<p>${escaped(this.header.short)}</p>`);
    this.loop.touch();
  }

  listen() {
    const { canvas, surface } = this;
    canvas.addEventListener("pointermove", (event) => this.look(this.tileAt(surface.at(event))));
    canvas.addEventListener("pointerdown", (event) => this.choose(this.tileAt(surface.at(event))));
    canvas.addEventListener("keydown", (event) => {
      if (foreign(event)) return;
      const last = this.header.wall.scores.length - 1;
      if (event.key === "Enter") this.choose(this.cursor);
      else if (event.key in STEPS)
        this.look(Math.min(Math.max(this.cursor + STEPS[event.key], 0), last));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  }

  close() {
    this.loop.close();
    super.close();
  }
}

export default await mount(
  (stage) => new Comparison(stage),
  [new URL("../train/style.css", import.meta.url), new URL("./style.css", import.meta.url)],
);
