// The stage on transfer: learning curves of four ways to begin, and three first layers side by side.

import { bitmap, enlarge, Surface } from "../../browser/canvas.js";
import { mount } from "../../browser/mount.js";
import { count, escaped, filled, fixed } from "../../browser/number.js";
import { box, disc, paint, through, widthOf, words } from "../../browser/paint.js";
import { spread } from "../../browser/plot.js";
import { largest, Scale } from "../../browser/scale.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */
/** @typedef {{ value: number, low: number, high: number, each: number[] }} Figure */
/**
 * @typedef {object} Point
 * @property {string} way
 * @property {string} share
 * @property {number} count
 * @property {number} fractured
 * @property {Record<string, Figure>} figures
 * @property {Record<string, string>} lead
 */

const LAYERS = ["photographs", "xrays", "end"];
const DASHES = [[3, 5], [9, 6], [], []];
const [LOWEST, HIGHEST] = [0.4, 1];
const ACROSS = 8;

class Transfer {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    /** @type {any} */
    this.header = null;
    /** @type {any[]} of each layer its kernels (F, 3, 3) and its maps (F, H, W), signed bytes of each one's largest */
    this.arrays = [];
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    this.arrays = arrays;
    if (first) this.stage.control(["view", "measure", "ways", "share", "kernel"]);
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

  /** The ways that may be drawn: while the question is open, the one that it speaks of. */
  get ways() {
    return this.header.ways.slice(0, this.stage.locked ? 1 : this.stage.values.ways);
  }

  draw() {
    if (!this.header || !this.surface.width) return;
    const pen = this.surface.clear();
    const { view } = this.stage.values;
    if (view === "curve") this.curves(pen);
    else this.layers(pen);
    for (const [name, used] of Object.entries({ measure: "curve", ways: "curve", share: "curve", kernel: "kernels" })) this.stage.dials[name].element.hidden = used !== view; // prettier-ignore
    this.say(view);
  }

  /** @param {CanvasRenderingContext2D} pen */
  curves(pen) {
    const { surface, header } = this;
    const { theme, width } = surface;
    const { measure, share } = this.stage.values;
    const type = theme.textPx;
    const said = header.words;
    const [top, bottom] = [2.4 * type, surface.height - 3.4 * type];
    const left = 3 * type;
    const names = Math.max(...header.ways.map((/** @type {string} */ way) => widthOf(pen, theme, said[way], 650))); // prettier-ignore
    const right = width - names - 3.4 * type;
    const shares = [...new Set(header.points.map((/** @type {Point} */ one) => one.share))];
    shares.sort((a, b) => Number(a) - Number(b));
    const x = (/** @type {number} */ at) => left + 1.6 * type + (at / (shares.length - 1)) * (right - left - 3 * type); // prettier-ignore
    const y = (/** @type {number} */ value) =>
      bottom - ((Math.max(value, LOWEST) - LOWEST) / (HIGHEST - LOWEST)) * (bottom - top);
    words(pen, theme, said[`axis-${measure}`], 4, 0.9 * type, { weight: 600, most: width });
    for (let tenth = 4; tenth <= 10; tenth++) {
      const row = y(tenth / 10);
      const dash = tenth === 5 ? [6, 5] : [];
      paint(pen, through([[left, row], [right, row]]), { color: theme.border, dash }); // prettier-ignore
      words(pen, theme, fixed(tenth / 10, 1), left - 6, row, { align: "right", color: theme.muted }); // prettier-ignore
    }
    shares.forEach((one, at) => {
      const here = one === share;
      if (here) paint(pen, through([[x(at), top], [x(at), bottom]]), { color: theme.muted, dash: [3, 4] }); // prettier-ignore
      const point = header.points.find((/** @type {Point} */ some) => some.share === one);
      words(pen, theme, count(point.count), x(at), bottom + type, { align: "center", weight: here ? 650 : 400 }); // prettier-ignore
    });
    words(pen, theme, said.count, (left + right) / 2, bottom + 2.4 * type, { align: "center", color: theme.muted }); // prettier-ignore
    if (measure === "auc") {
      const row = y(header.blind);
      paint(pen, through([[left, row], [right, row]]), { color: theme.reference, line: theme.linePx, dash: [2, 5] }); // prettier-ignore
      words(pen, theme, said.blind, right - 4, bottom - 0.9 * type, { color: theme.reference, align: "right", halo: theme.background }); // prettier-ignore
    }
    const colors = [theme.muted, theme.training, theme.other, theme.validation];
    /** @type {{ text: string, y: number, color: string }[]} */
    const ends = [];
    this.ways.forEach((/** @type {string} */ way, /** @type {number} */ n) => {
      const color = colors[n];
      const own = header.points.filter((/** @type {Point} */ one) => one.way === way);
      const at = own.map((/** @type {Point} */ one) => x(shares.indexOf(one.share)) + (n - 1.5) * 0.42 * type); // prettier-ignore
      const line = own.map((/** @type {Point} */ one, /** @type {number} */ i) => [at[i], y(one.figures[measure].value)]); // prettier-ignore
      if (line.length > 1)
        paint(pen, through(line), { color, line: theme.linePx, dash: DASHES[n] });
      own.forEach((/** @type {Point} */ one, /** @type {number} */ i) => {
        const { low, high, each, value } = one.figures[measure];
        paint(pen, through([[at[i], y(low)], [at[i], y(high)]]), { color, line: 1.5, alpha: one.share === share ? 1 : 0.55 }); // prettier-ignore
        if (each.length > 1) for (const some of each) paint(pen, disc(at[i], y(some), 3), { color, fill: theme.background, line: 1.5 }); // prettier-ignore
        paint(pen, disc(at[i], y(value), 0.3 * type), { fill: color, color: theme.background, line: 1.5 }); // prettier-ignore
      });
      if (line.length) ends.push({ text: said[way], y: line[line.length - 1][1], color });
    });
    const r = 0.45 * type;
    const [px, py] = [x(shares.length - 1) - 2 * r, y(header.small[measure])];
    paint(pen, `M${px} ${py - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`, { fill: colors[0], color: theme.background, line: 1.5 }); // prettier-ignore
    ends.push({ text: said.diamond, y: py, color: colors[0] });
    const places = spread(ends.map((end) => end.y), 1.3 * type, top, bottom); // prettier-ignore
    ends.forEach((end, n) => {
      words(pen, theme, end.text, right + 0.6 * type, places[n], { color: end.color, weight: 650 });
    });
    Object.assign(surface.canvas, { shown: { ways: this.ways, measure, share } }); // read by tests
  }

  /** @param {CanvasRenderingContext2D} pen */
  layers(pen) {
    const { surface } = this;
    const { theme, width, height } = surface;
    const type = theme.textPx;
    const chosen = this.stage.values.kernel - 1;
    const column = (width - 2 * type) / LAYERS.length;
    const rows = Math.ceil(Math.max(...this.arrays.map((one) => one.shape[0])) / ACROSS);
    const cell = Math.min((column - 0.5 * type) / ACROSS, (0.5 * height - 2 * type) / rows);
    const below = 2.6 * type + rows * cell;
    const size = Math.min(column - 0.5 * type, height - below - 2.2 * type);
    LAYERS.forEach((name, n) => {
      const [kernels, maps] = this.arrays.slice(2 * n, 2 * n + 2);
      const [number, side] = kernels.shape;
      const own = chosen % number;
      const left = n * (column + type);
      words(pen, theme, this.header.words[name], left, 0.9 * type, { weight: 650, most: column });
      for (let k = 0; k < number; k++) {
        const values = kernels.subarray(k * side * side, (k + 1) * side * side);
        const [x, y] = [left + (k % ACROSS) * cell, 1.8 * type + Math.floor(k / ACROSS) * cell];
        const scale = new Scale("weight", largest(values));
        enlarge(pen, bitmap(values, side, side, scale.paint), x + 2, y + 2, cell - 4, cell - 4);
        if (k === own) paint(pen, box(x, y, cell, cell), { color: theme.accent, line: 3 });
      }
      const [, tall, wide] = maps.shape;
      const map = maps.subarray(own * tall * wide, (own + 1) * tall * wide);
      const picture = bitmap(map, wide, tall, new Scale("activation", 127).paint);
      words(pen, theme, filled(this.header.words.response, { kernel: own + 1 }), left, below, { color: theme.muted }); // prettier-ignore
      enlarge(pen, picture, left, below + 0.9 * type, size, size);
    });
    Object.assign(surface.canvas, { shown: { kernel: chosen } }); // read by tests
  }

  /** @param {string} view */
  say(view) {
    const { words: said, points, tables } = this.header;
    const { measure, share } = this.stage.values;
    /** @type {string[]} */
    let lines = [];
    if (view === "kernels") lines = [said.kernels, said.blank];
    else if (this.stage.locked) lines = [said.locked];
    else {
      const own = points.filter((/** @type {Point} */ one) => one.share === share && this.ways.includes(one.way)); // prettier-ignore
      const figures = own.map((/** @type {Point} */ one) => `${said[one.way].toLowerCase()} ${fixed(one.figures[measure].value, 3)}`); // prettier-ignore
      const last = own[own.length - 1];
      if (last) {
        const { fractured, lead } = last;
        const told = { count: count(last.count), fractured: count(fractured), figures: figures.join(", ") }; // prettier-ignore
        lines = [filled(said.at, told), lead[measure]].filter(Boolean);
      }
    }
    this.stage.say(lines.map((line) => `<p>${escaped(line)}</p>`).join(""));
    const spoken = lines.join(" ");
    this.surface.canvas.setAttribute("aria-label", spoken || said.locked);
    this.stage.tellTwin(spoken, () => (this.stage.locked ? [] : tables));
  }
}

export default await mount((stage) => new Transfer(stage));
