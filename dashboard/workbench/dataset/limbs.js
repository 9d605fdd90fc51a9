// Limbs drawn at a difficulty, beneath sliders that report while they are dragged, one request at a time.

import { bitmap, fit, shortened } from "../../browser/canvas.js";
import { controls } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { walk } from "../../browser/keys.js";
import { Loop } from "../../browser/loop.js";
import { component } from "../../browser/mount.js";
import { frames } from "../../browser/paint.js";
import { Scale } from "../../browser/scale.js";
import { table } from "../../browser/table.js";
import { onTheme, theme } from "../../browser/theme.js";
import { follow, label, listed, MARK_EM, pointed } from "./tile.js";

/** @typedef {{ name: string, label: string, help: string, value: number }} Slider */
/**
 * @typedef {object} Header
 * @property {string} title
 * @property {import("./tile.js").Tile[]} tiles
 * @property {number} columns at most
 * @property {string} hint said while no image is pointed at
 * @property {boolean} boxed whether there are boxes
 * @property {Slider[]} sliders
 */

const GAP = 8;
const LARGEST_PX = 240;
const WANTED_PX = 150;
const GRAY = new Scale("gray", 255);

class Limbs {
  /**
   * @param {ShadowRoot} root
   * @param {import("../../browser/mount.js").Server} server
   */
  constructor(root, server) {
    this.server = server;
    this.sliders = make("div", { className: "limbs-sliders" });
    this.boxes = make("input", { type: "checkbox" });
    this.boxed = make("label", { className: "limbs-boxes" }, this.boxes, " Boxes");
    this.canvas = make("canvas", { tabIndex: 0, role: "img" });
    this.said = make("p", { className: "limbs-said", "aria-live": "polite" });
    this.list = make("div");
    const fold = make("details", {}, make("summary", {}, "These images as a list"), this.list);
    this.host = make("div", { className: "wall" });
    this.host.append(this.sliders, this.boxed, this.canvas, this.said, fold);
    root.append(this.host);
    /** @type {Header | null} */
    this.header = null;
    /** @type {Record<string, number>} What the sliders say. */
    this.values = {};
    /** @type {string | null} What was asked for last, while its answer is under way. */
    this.asked = null;
    /** @type {HTMLCanvasElement[]} */
    this.films = [];
    this.cursor = 0;
    this.inside = false;
    this.columns = 1;
    this.cell = 1;
    this.loop = new Loop(() => this.draw(), this.canvas);
    this.arranged = new ResizeObserver(() => this.arrange());
    this.arranged.observe(this.host);
    this.unfollow = onTheme(() => this.arrange());
    this.boxes.addEventListener("change", () => this.loop.touch());
    follow(
      this.canvas,
      (event) => this.at(event),
      (inside, tile = this.cursor) => {
        this.inside = inside;
        this.cursor = tile;
        this.loop.touch();
      },
    );
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /**
   * @param {Header} header
   * @param {(Uint8Array & { shape: number[] })[]} arrays
   */
  load(header, [images]) {
    if (!this.header) this.build(header.sliders);
    this.header = header;
    const side = images.shape[1];
    this.films = header.tiles.map((_, n) =>
      bitmap(images.subarray(n * side * side), side, side, GRAY.paint),
    );
    this.cursor = Math.min(this.cursor, header.tiles.length - 1);
    this.boxed.hidden = !header.boxed;
    const named = header.tiles.map((tile) => `${tile.id} ${tile.label}`).join(", ");
    this.canvas.setAttribute("aria-label", `${header.title}: ${named}`);
    table(this.list, { ...listed(header.tiles), headed: false });
    this.arrange();
    this.settle();
  }

  /** @param {Slider[]} sliders */
  build(sliders) {
    this.values = Object.fromEntries(sliders.map(({ name, value }) => [name, value]));
    const fields = new Map(
      sliders.map(({ name, label: title, value }) => [
        name,
        { name, label: title, kind: "real", default: value, low: 0, high: 1, step: 0.05 },
      ]),
    );
    const names = [...fields.keys()];
    const made = controls(
      this.sliders,
      {
        values: this.values,
        field: (name) => /** @type {import("../../browser/state.js").Field} */ (fields.get(name)),
        set: (patch) => {
          Object.assign(this.values, patch);
          this.ask();
        },
      },
      names,
    );
    for (const { name, help } of sliders) {
      const { element, input } = made[name];
      element.classList.add("slider");
      element.title = help;
      input.setAttribute("aria-description", help);
    }
  }

  ask() {
    if (this.asked) return; // its answer will look at the values again
    this.asked = JSON.stringify(this.values);
    this.server.send("values", { ...this.values });
  }

  settle() {
    const { asked } = this;
    this.asked = null;
    if (asked && asked !== JSON.stringify(this.values)) this.ask();
  }

  arrange() {
    if (!this.header) return;
    const width = Math.max(this.host.clientWidth, 120);
    this.theme = theme(this.host);
    const { textPx } = this.theme;
    const wanted = Math.max(WANTED_PX, textPx * 5.3);
    const across = (/** @type {number} */ columns) => (width - GAP * (columns - 1)) / columns;
    const { columns, tiles } = this.header;
    this.columns = [columns, 2].find((n) => across(n) >= wanted) ?? 1;
    this.cell = Math.min(across(this.columns), LARGEST_PX);
    this.line = Math.round(textPx * 1.5);
    this.pitch = this.cell + this.line + GAP;
    this.pen = fit(this.canvas, width, Math.ceil(tiles.length / this.columns) * this.pitch);
    this.loop.touch();
  }

  /** @param {number} n @returns {[number, number]} */
  place(n) {
    return [
      (n % this.columns) * (this.cell + GAP),
      Math.floor(n / this.columns) * (this.pitch ?? 0),
    ];
  }

  draw() {
    const { header, pen, theme: look, cell } = this;
    if (!header || !pen || !look) return;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.font = `${look.textPx}px ${look.font}`;
    header.tiles.forEach((tile, n) => {
      const [x, y] = this.place(n);
      const film = this.films[n];
      pen.imageSmoothingEnabled = cell < film.width;
      pen.drawImage(film, x, y, cell, cell);
      if (this.boxes.checked) frames(pen, tile.boxes, x, y, cell / film.width);
      const name = shortened(pen, tile.label, cell - MARK_EM * look.textPx);
      label(pen, tile, look, x, y + cell + (this.line ?? 0) / 2, name);
      if (n === this.cursor && this.inside) pointed(pen, look, x, y, cell);
    });
    const tile = header.tiles[this.cursor];
    if (tile && this.inside) {
      const more = tile.words ? `, ${tile.words}` : "";
      this.said.replaceChildren(make("b", {}, tile.id), `: ${tile.label}${more}`);
    } else this.said.textContent = header.hint;
  }

  /** @param {MouseEvent} event */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / (this.cell + GAP));
    const row = Math.floor((event.clientY - box.top) / (this.pitch ?? 1));
    const n = row * this.columns + column;
    return column < this.columns && n >= 0 && n < this.films.length ? n : -1;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { columns } = this;
    const rows = Math.ceil(this.films.length / columns);
    const from = { row: Math.floor(this.cursor / columns), column: this.cursor % columns };
    const to = walk(event, from, { rows, columns });
    if (!to) return;
    this.cursor = Math.min(to.row * columns + to.column, this.films.length - 1);
    this.loop.touch();
  }

  close() {
    this.arranged.disconnect();
    this.loop.close();
    this.unfollow();
  }
}

export default await component(
  (root, server) => new Limbs(root, server),
  [new URL("./limbs.css", import.meta.url)],
);
