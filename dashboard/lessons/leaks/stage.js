// The stage of the leak laboratory: what one sees and what the test says, and beside it what was done.

import { bitmap, enlarge, Surface } from "../../browser/canvas.js";
import { mount } from "../../browser/mount.js";
import { escaped, fixed } from "../../browser/number.js";
import { box, disc, folded, paint, through, widthOf, words } from "../../browser/paint.js";
import { spread } from "../../browser/plot.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */
/** @typedef {{ value: number, low: number, high: number, each: number[], text: string }} Point */
/** @typedef {{ seen: Point, test: Point }} Side */
/** @typedef {{ part: number, text: string, fracture: boolean, stamp: boolean, unfair: boolean }} Tile */
/** @typedef {{ x: number, y: number, w: number, h: number }} Place */

const SIDES = /** @type {const} */ (["honest", "spoiled"]);
const COLUMNS = /** @type {const} */ (["seen", "test"]);
const LOWEST = 0.4;

class Leaks {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    /** @type {any} */
    this.header = null;
    /** @type {HTMLCanvasElement[][]} */
    this.maps = [];
  }

  /**
   * @param {any} header
   * @param {any[]} arrays pictures with both networks' evidence, (K, S, S, 3) each
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    this.maps = arrays.map((all) => {
      const [count, side] = all.shape;
      const pixels = Array.from({ length: side * side }, (_, i) => 3 * i);
      return Array.from({ length: count }, (_, k) =>
        bitmap(pixels, side, side, (from, to, at) => {
          for (let c = 0; c < 3; c++) to[at + c] = all[3 * k * side * side + from + c];
        }),
      );
    });
    if (first) this.stage.control(["flaw", "set", "spoiled", "maps"]);
    this.draw();
  }

  changed() {
    this.draw();
  }

  arranged() {
    this.draw();
  }

  settled() {
    this.draw();
  }

  /** The sides that may be drawn: the answer of an open question is not among them. */
  get sides() {
    return this.stage.values.spoiled && !this.stage.locked ? SIDES : SIDES.slice(0, 1);
  }

  draw() {
    const { surface, header } = this;
    if (!header || !surface.width) return;
    const { flaw, set, maps } = this.stage.values;
    const found = header.experiments.find(
      (/** @type {any} */ one) => one.flaw === flaw && one.set === set,
    );
    const pen = surface.clear();
    const gap = surface.theme.textPx;
    const left = Math.round(0.52 * surface.width);
    const height = surface.height - gap / 2;
    if (found) this.chart(pen, found, { x: 0, y: 0, w: left - gap, h: height });
    const place = { x: left, y: 0, w: surface.width - left - gap / 2, h: height };
    const mapped = maps && flaw === "stamp" && !this.stage.locked;
    if (mapped) this.looks(pen, place);
    else this.tiles(pen, header.schemes[flaw], place);
    this.say(found, mapped);
  }

  /**
   * AUC on validation and on the test, a line for each side.
   * @param {CanvasRenderingContext2D} pen
   * @param {any} found
   * @param {Place} place
   */
  chart(pen, found, { x, y, w, h }) {
    const { theme } = this.surface;
    const type = theme.textPx;
    const [top, bottom] = [y + 2.4 * type, y + h - 2.6 * type];
    const at = (/** @type {number} */ value) =>
      bottom - ((Math.max(value, LOWEST) - LOWEST) / (1 - LOWEST)) * (bottom - top);
    const edge = x + 2.6 * type;
    const columns = [x + 0.36 * w, x + 0.74 * w];
    words(pen, theme, this.header.words.chart, x + 4, y + 0.8 * type, { weight: 600 });
    for (let tenth = 4; tenth <= 10; tenth++) {
      const row = at(tenth / 10);
      paint(pen, through([[edge, row], [x + w, row]]), { color: theme.border, line: tenth === 5 ? theme.linePx : 1, dash: tenth === 5 ? [6, 5] : [] }); // prettier-ignore
      words(pen, theme, fixed(tenth / 10, 1), edge - 6, row, {
        align: "right",
        color: theme.muted,
      });
    }
    COLUMNS.forEach((column, n) => {
      const name = this.header.words[`column-${column}`];
      words(pen, theme, name, columns[n], bottom + 1.6 * type, { align: "center" });
    });
    const shift = 0.35 * type;
    const looks = { honest: theme.text, spoiled: theme.validation };
    for (const side of this.sides) {
      const off = side === "honest" ? -shift : shift;
      const color = looks[side];
      const points = COLUMNS.map((column, n) => ({ ...found[side][column], at: columns[n] + off }));
      const dash = side === "honest" ? [] : [9, 6];
      paint(pen, through(points.map((one) => [one.at, at(one.value)])), { color, line: theme.linePx, dash }); // prettier-ignore
      for (const one of points) {
        paint(pen, through([[one.at, at(one.low)], [one.at, at(one.high)]]), { color, line: theme.linePx }); // prettier-ignore
        for (const each of one.each) {
          paint(pen, disc(one.at + 0.7 * (off < 0 ? -type : type), at(each), 3), { fill: color, alpha: 0.7 }); // prettier-ignore
        }
        paint(pen, disc(one.at, at(one.value), 0.36 * type), { fill: color, color: theme.background, line: 2 }); // prettier-ignore
      }
    }
    COLUMNS.forEach((column, n) => {
      const wishes = this.sides.map((side) => at(found[side][column].value));
      const places = spread(wishes, 1.25 * type, top, bottom - type / 2);
      this.sides.forEach((side, i) => {
        const from = columns[n] + (n ? 1.75 : -1.75) * type;
        words(pen, theme, found[side][column].text, from, places[i], {
          color: looks[side],
          align: n ? "left" : "right",
          weight: 650,
          halo: theme.background,
        });
      });
    });
    let end = x + w;
    for (const side of [...this.sides].reverse()) {
      const name = this.header.words[side];
      words(pen, theme, name, end, y + 0.8 * type, {
        color: looks[side],
        align: "right",
        weight: 650,
      });
      end -= widthOf(pen, theme, name, 650) + type;
    }
  }

  /**
   * What was done, on a small example.
   * @param {CanvasRenderingContext2D} pen
   * @param {Record<string, Tile[]>} scheme
   * @param {Place} place
   */
  tiles(pen, scheme, { x, y, w, h }) {
    const { theme } = this.surface;
    const type = theme.textPx;
    const said = this.header.words;
    const named = Math.max(...["train", "validation", "exam"].map((name) => widthOf(pen, theme, said[name]))) + 0.6 * type; // prettier-ignore
    const legend = folded(pen, theme, said.key, w);
    const room = (h - legend.length * 1.35 * type - type) / 2;
    SIDES.forEach((side, n) => {
      const top = y + n * room;
      words(pen, theme, said[side], x, top + 0.8 * type, { weight: 650 });
      if (!this.sides.includes(side)) return;
      const parts = [0, 1, 2].map((part) => scheme[side].filter((tile) => tile.part === part));
      const across = (/** @type {number} */ cell) => Math.max(Math.floor((w - named) / cell), 1);
      const rows = (/** @type {number} */ cell) =>
        parts.reduce((sum, part) => sum + Math.ceil(part.length / across(cell)) + 0.35, 0);
      let cell = 2.6 * type;
      while (cell > 1.25 * type && rows(cell) * cell > room - 1.8 * type) cell -= 1;
      let row = top + 1.7 * type;
      parts.forEach((part, at) => {
        words(pen, theme, said[["train", "validation", "exam"][at]], x, row + cell / 2);
        part.forEach((tile, i) => {
          const left = x + named + (i % across(cell)) * cell;
          this.tile(pen, tile, left, row + Math.floor(i / across(cell)) * cell, cell);
        });
        row += (Math.ceil(part.length / across(cell)) + 0.35) * cell;
      });
    });
    legend.forEach((line, i) => {
      const at = y + h - (legend.length - i - 0.5) * 1.35 * type;
      words(pen, theme, line, x, at, { color: theme.muted });
    });
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Tile} tile
   * @param {number} x
   * @param {number} y
   * @param {number} cell
   */
  tile(pen, tile, x, y, cell) {
    const { theme } = this.surface;
    const shape = box(x + 2, y + 2, cell - 5, cell - 5);
    const fill = tile.fracture ? theme.training : theme.surface;
    paint(pen, shape, { fill, color: tile.unfair ? theme.validation : theme.border, line: tile.unfair ? theme.linePx + 0.5 : 1 }); // prettier-ignore
    const color = tile.fracture ? "#ffffff" : theme.text;
    words(pen, theme, tile.text, x + cell / 2, y + cell / 2, { align: "center", color });
    if (tile.stamp) paint(pen, box(x + 4, y + 0.66 * cell, 0.24 * cell, 0.24 * cell), { fill: "#ffffff", color: "#000000" }); // prettier-ignore
  }

  /**
   * Where both networks found evidence, in pictures with the stamp.
   * @param {CanvasRenderingContext2D} pen
   * @param {Place} place
   */
  looks(pen, { x, y, w, h }) {
    const { theme } = this.surface;
    const type = theme.textPx;
    const count = this.maps[0].length;
    const side = Math.min((w - (count - 1) * 6) / count, h / 2 - 2 * type);
    SIDES.forEach((name, n) => {
      const top = y + n * (h / 2);
      words(pen, theme, this.header.words[`${name}-maps`], x, top + 0.8 * type, { weight: 650 });
      if (!this.sides.includes(name)) return;
      this.maps[n].forEach((image, k) => {
        enlarge(pen, image, x + k * (side + 6), top + 1.8 * type, side, side);
      });
    });
  }

  /**
   * @param {any} found
   * @param {boolean} mapped
   */
  say(found, mapped) {
    const { words: said, table } = this.header;
    const lines = !found
      ? [said.none]
      : this.stage.locked
        ? [found.said[0], said.locked]
        : found.said;
    this.stage.say(lines.map((/** @type {string} */ line) => `<p>${escaped(line)}</p>`).join(""));
    const spoken = lines.join(" ");
    this.surface.canvas.setAttribute("aria-label", spoken);
    Object.assign(this.surface.canvas, { shown: { found, sides: this.sides, mapped } }); // for tests
    this.stage.tellTwin(spoken, () => (this.stage.locked ? [] : [table]));
  }
}

export default await mount((stage) => new Leaks(stage));
