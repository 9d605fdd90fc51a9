// Spatial hierarchy: the strongest units of a layer, the parts they are made of, down to the pixels.

import { bitmap, Surface } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { mount } from "../../browser/mount.js";
import { escaped, filled, write } from "../../browser/number.js";
import { Scale } from "../../browser/scale.js";
import { box as rectangle, paint } from "../../browser/paint.js";
import { Rows } from "./rows.js";
import { madeOf, Tree } from "./tree.js";
import { UnitPanel } from "./unit.js";

const WINDOW = "#7db8f0";

class Hierarchy {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.host = make("div", { className: "picture" });
    this.rows = new Rows(this);
    stage.pictures.append(make("div", { className: "hierarchy" }, this.host, this.rows.element));
    this.surface = stage.hold(new Surface(this.host));
    this.panel = new UnitPanel(this);
    stage.aside.append(this.panel.element);
    /** @type {number[]} Indices of cells, from the whole to its smallest part. */
    this.path = [];
    /** @type {Tree | null} */
    this.tree = null;
    /** @type {HTMLCanvasElement | null} */
    this.image = null;
    /** @type {import("../../browser/transport.js").Transport | null} */
    this.transport = null;
    this.words = {};
    this.stamp = "";
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    const [picture, cells, answers, parts, products, shares, frames, responses] = arrays;
    const other = header.stamp !== this.stamp;
    this.header = header;
    this.words = header.words;
    this.tree = new Tree(header, { cells, answers, parts, products, shares });
    if (first) {
      this.transport = this.stage.play({
        last: 1,
        perSecond: 0.8,
        name: "Level",
        canvas: this.surface.canvas,
        draw: (position) => this.draw(position),
        moved: () => this.mark(),
      });
    }
    if (other) {
      this.stamp = header.stamp;
      const { size } = header;
      this.image = bitmap(picture, size, size, new Scale("gray", 255).paint);
      this.follow();
    }
    this.panel.take(header.wished, frames, responses);
  }

  /** The layer that the first row shows: only the first one while the question is open. */
  get level() {
    const { levels } = this.header;
    return this.stage.locked ? 0 : Math.min(this.stage.values.level, levels.length) - 1;
  }

  /** Take the path from what is set. */
  follow() {
    const { follow, row } = this.stage.values;
    const starts = this.header.starts[this.level];
    this.path = [];
    for (let at = 0, shown = starts; shown.length; at++) {
      this.path.push(shown[Math.min(follow[at] ?? 0, shown.length - 1)]);
      shown = this.tree.partsOf(this.path[at]).map((part) => part.index);
    }
    this.transport.setLast(Math.max(this.path.length - 1, 0));
    this.transport.go(this.path.length - 1 - Math.min(row, this.path.length - 1));
    this.rows.build();
    this.mark();
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("level") || names.includes("follow")) this.follow();
    else if (names.includes("row") && this.stage.values.row !== this.row) {
      this.transport.go(this.path.length - 1 - this.stage.values.row);
    }
  }

  arranged() {
    this.rows.build();
    this.rows.mark(this.row);
  }

  settled() {
    this.follow();
  }

  /** The row that is looked at, 0 for the whole. */
  get row() {
    return Math.max(this.path.length - 1 - this.transport.index, 0);
  }

  /**
   * Follow another unit of a row; what lies below begins anew.
   * @param {number} row
   * @param {number} index of the cell
   */
  choose(row, index) {
    const shown = this.shownIn(row).map((cell) => cell.index);
    const kept = Array.from({ length: row }, (_, at) => {
      const cells = this.shownIn(at).map((cell) => cell.index);
      return cells.indexOf(this.path[at]);
    });
    this.transport.pause();
    this.stage.set({ follow: [...kept, shown.indexOf(index)], row });
  }

  /**
   * The cells that a row shows.
   * @param {number} row
   */
  shownIn(row) {
    if (row === 0) return this.header.starts[this.level].map((i) => this.tree.cell(i));
    return this.tree.partsOf(this.path[row - 1]);
  }

  /** @param {number} row */
  look(row) {
    this.transport.pause();
    this.transport.go(this.path.length - 1 - row);
  }

  mark() {
    if (!this.transport.playing) this.stage.set({ row: this.row });
    this.rows.mark(this.row);
    this.say();
    this.panel.show();
  }

  /** @param {number} position */
  draw(position) {
    const { width, height, theme } = this.surface;
    const pen = this.surface.clear();
    const side = Math.min(width, height);
    const [x, y] = [(width - side) / 2, (height - side) / 2];
    const { size } = this.header;
    const zoom = side / size;
    pen.imageSmoothingEnabled = size < 128;
    pen.drawImage(this.image, x, y, side, side);
    if (!this.path.length) return;
    const last = this.path.length - 1;
    const low = Math.floor(position);
    const at = (/** @type {number} */ k) => this.tree.cell(this.path[last - Math.min(k, last)]);
    const [one, other] = [at(low), at(low + 1)];
    const box = ["top", "left", "bottom", "right"].map(
      (name) => one[name] + (other[name] - one[name]) * (position - low),
    );
    const [top, left, bottom, right] = box.map((value) => value * zoom);
    pen.fillStyle = "rgb(0 0 0 / .45)";
    pen.fillRect(x, y, side, top);
    pen.fillRect(x, y + bottom, side, side - bottom);
    pen.fillRect(x, y + top, left, bottom - top);
    pen.fillRect(x + right, y + top, side - right, bottom - top);
    const frame = (
      /** @type {any} */ cell,
      /** @type {number} */ wide,
      /** @type {string} */ color,
    ) => {
      const [across, down] = [cell.right - cell.left, cell.bottom - cell.top];
      const path = rectangle(x + cell.left * zoom, y + cell.top * zoom, across * zoom, down * zoom);
      paint(pen, path, { color, line: wide, under: "rgb(0 0 0 / .8)" });
    };
    for (let k = 0; k <= low; k++) frame(at(k), 1.2, "rgb(255 255 255 / .75)");
    const [t, l, b, r] = box;
    frame({ top: t, left: l, bottom: b, right: r }, theme.linePx, WINDOW);
    Object.assign(this.surface.canvas, { box, path: [...this.path] }); // read by tests
  }

  say() {
    const { words, surface } = this;
    if (!this.path.length) {
      this.stage.say(`<p>${escaped(words.silent)}</p>`);
      surface.canvas.setAttribute("aria-label", words.silent);
      this.stage.tellTwin(words.silent, () => []);
      return;
    }
    const cell = this.tree.cell(this.path[this.row]);
    const parts = this.tree.partsOf(cell.index);
    const begin = filled(words.told, {
      map: cell.map,
      layer: cell.title,
      answer: write(cell.answer),
      size: this.tree.sizeOf(cell),
      whole: `${this.header.size}\u2009\u00d7\u2009${this.header.size}`,
    });
    const end = this.header.edges[cell.level] ? words.edge : words["bias-told"];
    const rest = parts.length ? madeOf(parts, words) : end;
    this.stage.say(`<p>${escaped(begin)}</p><p>${escaped(rest)}</p>`);
    surface.canvas.setAttribute("aria-label", `${this.header.title}. ${begin}`);
    this.stage.tellTwin(`${begin} ${rest}`, () => [this.tree.table(this.path, words)]);
  }

  close() {
    this.panel.close();
  }
}

export default await mount(
  (stage) => new Hierarchy(stage),
  [new URL("./style.css", import.meta.url)],
);
