// Cells with their numbers: window, kernel and products, and the sum that they make.

import { brief, fixed, raised, term, TIMES } from "../../browser/number.js";
import { box, paint, widthOf, words } from "../../browser/paint.js";
import { largest, niceLimit, Scale } from "../../browser/scale.js";

/** @typedef {import("../../browser/canvas.js").Surface} Surface */
/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./layout.js").Grid} Grid */
/** @typedef {{ part: string, x: number, y: number, wide: number, high: number, rows: number, columns: number, value?: number, small?: boolean }} Box what can be pointed at */

export class Grids {
  /**
   * @param {Surface} surface
   * @param {Model} model
   * @param {import("../../browser/stage.js").Stage} stage
   */
  constructor(surface, model, stage) {
    this.surface = surface;
    this.model = model;
    this.stage = stage;
    /** @type {Box[]} */
    this.boxes = [];
    this.pointed = /** @type {number | null} */ (null);
    this.building = false;
    this.printed = 0;
    this.version = -1;
    this.kept = new Map();
    /** @type {any} Of the server's last message. */
    this.header = null;
  }

  /**
   * Something that is kept until the model or the look of the maps changes.
   * @template T
   * @param {string} name
   * @param {() => T} make
   * @returns {T}
   */
  keep(name, make) {
    if (!this.kept.has(name)) this.kept.set(name, make());
    return this.kept.get(name);
  }

  get look() {
    return this.surface.theme;
  }
  get px() {
    return this.surface.theme.textPx;
  }
  get line() {
    return 1.35 * this.px;
  }

  /**
   * @param {string} said
   * @param {number} x of their middle
   * @param {number} y
   * @param {import("../../browser/paint.js").Words & { scale?: number }} [how]
   */
  text(said, x, y, { scale = 1, ...how } = {}) {
    const size = scale * this.px;
    words(this.surface.pen, this.look, said, x, y, { align: "center", size, ...how });
  }

  /** @param {string} said */
  width(said) {
    return widthOf(this.surface.pen, this.look, said);
  }

  /** @param {number} n */
  scaleOf(n) {
    const { model, stage } = this;
    const all = stage.values.range === "layer";
    return this.keep(`scale ${all ? "" : n} ${all}`, () => {
      const most = all
        ? Math.max(...model.maps.map((map) => largest(map)))
        : largest(model.maps[n]);
      return new Scale("activation", niceLimit(most));
    });
  }

  /** @param {number[]} values */
  wish(values) {
    const { model, stage } = this;
    const longest = values.reduce((most, value) => Math.max(most, brief(value).length), 2);
    return {
      type: this.px,
      size: model.how.size,
      first: model.transposed ? 1 : model.how.size,
      number: this.width("0".repeat(longest)) * 0.96 + 6,
      large: stage.values.large,
    };
  }

  /**
   * Faint lines from the window on the picture to its numbers.
   * @param {CanvasRenderingContext2D} pen
   * @param {number[] | null} frame
   * @param {Grid} grid
   */
  thread(pen, frame, grid) {
    if (!frame) return;
    const [x, y, width, height] = frame;
    const [left, right] = [grid.x, grid.x + grid.n * grid.wide];
    const path = `M${x} ${y + height}L${left} ${grid.y}M${x + width} ${y + height}L${right} ${grid.y}`;
    paint(pen, path, { color: this.look.accent, line: 1.5, alpha: 0.5 });
  }

  /** @param {[number, number, number, number]} box @param {number} [strength] */
  frame([x, y, w, h], strength = 1) {
    const grow = Math.max(0, (7 - w) / 2);
    paint(this.surface.pen, box(x - grow, y - grow, w + 2 * grow, h + 2 * grow), {
      color: this.look.accent,
      line: this.look.linePx * strength + 0.5,
      under: "rgb(0 0 0 / .55)",
    });
  }

  /**
   * @param {Grid} grid
   * @param {ReturnType<Model["terms"]>} terms
   * @param {{ power: number, values: ArrayLike<number> }} printed
   */
  drawPart(grid, terms, printed) {
    const { model } = this;
    const hidden = grid.part === "products" && this.stage.locked;
    const values =
      { window: terms.values, kernel: terms.kernel, products: terms.products }[grid.part] ?? [];
    const numbers = this.drawGrid(grid, values, {
      hidden,
      printed: printed.values,
      outside: grid.part === "window" ? terms.outside : null,
    });
    const name = {
      window: model.transposed ? "pixel" : "window",
      kernel: model.flips ? "kernel, turned" : "kernel",
      products: model.transposed ? "stamp" : "products",
    }[grid.part];
    const power = printed.power && !hidden && numbers ? ` \u00b7 10${raised(printed.power)}` : "";
    this.text(`${name}${power}`, grid.x + (grid.n * grid.wide) / 2, grid.y - 0.6 * this.line, {
      weight: 600,
      most: Math.max(grid.n * grid.wide + this.px, 5 * this.px),
    });
    this.boxes.push({
      part: grid.part,
      x: grid.x,
      y: grid.y,
      wide: grid.wide,
      high: grid.high,
      rows: grid.n,
      columns: grid.n,
      small: grid.small,
    });
  }

  /** @param {Grid[]} grids */
  drawSigns(grids) {
    const ordered = grids[2].part === "products";
    const { y, high, n } = grids[2];
    ["", ordered ? TIMES : "", ordered ? "=" : ""].forEach((sign, i) => {
      if (!sign) return;
      const before = grids[i - 1].x + grids[i - 1].n * grids[i - 1].wide;
      this.text(sign, (before + grids[i].x) / 2, y + (n * high) / 2, {
        scale: 1.3,
        color: this.look.muted,
      });
    });
  }

  /** @param {string} part @param {ArrayLike<number>} values */
  gridScale(part, values) {
    if (part === "kernel") return new Scale("weight", niceLimit(largest(Array.from(values))));
    if (part === "products") return new Scale("activation", niceLimit(largest(Array.from(values))));
    const maps = this.header.kind === "maps";
    return maps ? new Scale("activation", this.header.limit) : new Scale("gray", 1);
  }

  /**
   * Cells with their numbers where these fit; returns whether they do.
   * @param {Omit<Grid, "small">} grid
   * @param {ArrayLike<number>} values
   * @param {{ hidden?: boolean, outside?: Uint8Array | null, printed?: ArrayLike<number>, still?: boolean, scale?: Scale }} [how]
   */
  drawGrid(
    { part, x, y, wide, high, n },
    values,
    {
      hidden = false,
      outside = null,
      printed = values,
      still = false,
      scale = this.gridScale(part, values),
    } = {},
  ) {
    const { look, model } = this;
    const { pen } = this.surface;
    const longest = Array.from(printed, (value) => brief(value).length).reduce(
      (a, b) => Math.max(a, b),
      0,
    );
    const numbers = high >= 1.12 * this.px && wide >= this.width("0".repeat(longest)) * 0.96 + 2;
    for (let at = 0; at < n * n; at++) {
      const [left, upper] = [x + (at % n) * wide, y + Math.floor(at / n) * high];
      const padding = outside?.[at] && model.how.padding !== "reflect";
      pen.fillStyle = hidden || padding ? look.surface : scale.css(values[at]);
      pen.fillRect(left, upper, Math.max(wide - 1, 1), Math.max(high - 1, 1));
      if (outside?.[at]) {
        const edge = { color: look.muted, dash: [3, 3] };
        paint(pen, box(left + 1.5, upper + 1.5, wide - 4, high - 4), edge);
      }
      if (!numbers) continue;
      this.text(hidden ? "?" : brief(printed[at]), left + wide / 2, upper + high / 2 + 1, {
        color: hidden || padding ? look.text : scale.ink(values[at]),
      });
      this.printed++;
    }
    paint(pen, box(x - 1, y - 1, n * wide + 1, n * high + 1), { color: look.border });
    if (still) return numbers;
    const mark = (/** @type {number} */ at, /** @type {string} */ color) => {
      const [left, upper] = [x + (at % n) * wide - 0.5, y + Math.floor(at / n) * high - 0.5];
      paint(pen, box(left, upper, wide, high), { color, line: look.linePx });
    };
    const cell = Math.min(this.stage.values.cell, n * n - 1);
    if (part === "kernel") mark(model.flips ? n * n - 1 - cell : cell, look.accent);
    if (this.pointed !== null && this.pointed < n * n && !(model.transposed && part === "window"))
      mark(this.pointed, look.reference);
    return numbers;
  }

  /**
   * The sum, the bias and the output cell, with a thread to where it goes.
   * @param {{ x: number, y: number, width: number }} place
   * @param {number} sum
   * @param {number[] | null} to
   */
  drawSum({ x, y, width }, sum, to) {
    const { look, model } = this;
    const { pen } = this.surface;
    const high = 1.25 * this.line;
    const say = (/** @type {string} */ said, /** @type {number} */ n, weight = 400) =>
      this.text(said, x, y + n * high, { weight, most: width });
    if (this.stage.locked) return say("sum = ?", 0, 600);
    if (model.transposed) {
      say("stamped:", -0.5);
      return say(`${fixed(sum, 3)} ${TIMES} kernel`, 0.5, 600);
    }
    const value = model.maps[model.shown][model.at];
    const others = value - sum - model.biasOf();
    const many = model.planes.length > 1 && !model.depthwise;
    const top = many ? -2 : -1.5;
    say(`sum ${fixed(sum, 3)}`, top, 600);
    if (many) say(`${term(others, (size) => fixed(size, 3))} other channels`, top + 1);
    say(`${term(model.biasOf(), (size) => fixed(size, 3))} bias`, top + (many ? 2 : 1));
    const at = y + (top + (many ? 3.2 : 2.2)) * high;
    const scale = this.scaleOf(model.shown);
    const wide = Math.min(5 * this.px, width);
    pen.fillStyle = scale.css(value);
    pen.fillRect(x - wide / 2, at - 0.7 * this.line, wide, 1.4 * this.line);
    this.frame([x - wide / 2, at - 0.7 * this.line, wide, 1.4 * this.line]);
    this.text(fixed(value, 3), x, at + 1, { weight: 700, color: scale.ink(value), scale: 1.1 });
    if (!to) return undefined;
    const [from, end] = to[0] > x ? [x + wide / 2, to[0]] : [x - wide / 2, to[0] + to[2]];
    const path = `M${from} ${at}L${end} ${to[1] + to[3] / 2}`;
    paint(pen, path, { color: look.accent, line: 1.5, alpha: 0.5 });
    return undefined;
  }
}
