// One cell: the window that it reads, weights, products, what each map adds, and the function behind.

import { SHORT_TITLES } from "../../browser/math/activation.js";
import { brief, fixed, write } from "../../browser/number.js";
import { box as rectangle, disc, inside, paint, through } from "../../browser/paint.js";
import { largest, Scale } from "../../browser/scale.js";
import { activationOf } from "./formula.js";
import { cellPlace, gridBoxes } from "./places.js";
import { chainWords, stepWords } from "./formula_words.js";
import { range } from "./values.js";

/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {import("./places.js").Box} Box */
/** @typedef {import("./formula.js").Formula} Formula */

/** Sums of all channels of a formula, in order. @param {Formula} formula */
export const sumsOf = ({ terms }) => terms.flatMap((part) => Array.from(part.sums));

/**
 * Which channel stands in the grids: place of its part, and its place in there.
 * @param {Formula} formula
 * @param {number} term 0 for the one that adds most, then counted from 1
 * @returns {[number, number]}
 */
export function focusOf(formula, term) {
  const all = formula.terms.flatMap((part, p) => Array.from(part.channels, (_, c) => [p, c]));
  const sizes = sumsOf(formula).map(Math.abs);
  const at = term ? Math.min(term, all.length) - 1 : sizes.indexOf(Math.max(...sizes));
  return /** @type {[number, number]} */ (all[at]);
}

/** Weights of less than a tenth would lose all that tells them apart. @param {boolean} small */
const writer = (small) => (/** @type {number} */ value) =>
  small && value ? fixed(value, 3).replace(/^(\u2212?)0\./, "$1.") : brief(value);

export class CellView {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.painter = lesson.painter;
    /** @type {(Box & { unit: number, count: number }) | null} Where the bars stand. */
    this.bars = null;
  }

  place() {
    const { surface, barTop } = this.lesson;
    return cellPlace(surface.width, barTop - 6, this.painter.line);
  }

  /** Where the units of a vector stand. @param {string} name */
  unitTiles(name) {
    const { x, y, side } = this.place().output;
    const most = this.painter.line * 3;
    const box = { x, y, width: side, height: side };
    return gridBoxes(this.lesson.net.dims(name)[2], box, { gap: 0.06, most });
  }

  /** @param {Pen} pen @param {any} now @param {boolean} flown */
  draw(pen, now, flown) {
    const { painter, lesson } = this;
    const place = this.place();
    const formula = lesson.formulaOf(now);
    this.bars = null;
    painter.picture(pen, now, place.picture);
    this.output(pen, now, place.output, flown);
    if (!formula) {
      painter.lines(pen, lesson.words.waiting, { ...place.grids, y: place.grids.y + painter.line });
      return;
    }
    if (!formula.terms.length) return;
    const focus = focusOf(formula, now.term);
    this.source(pen, formula, focus, place.source);
    if (["apply", "copy"].includes(formula.operation)) this.pair(pen, now, formula, place.grids);
    else this.grids(pen, formula, focus, place.grids);
    const many = formula.terms.length > 1 || formula.terms[0].channels.length > 1;
    if (many) this.drawBars(pen, formula, focus, place.bars);
    else this.steps(pen, formula, place.bars);
    this.curve(pen, formula, place.curve);
  }

  /** @param {Pen} pen @param {any} now @param {any} box @param {boolean} flown */
  output(pen, { node, unit, row, column }, box, flown) {
    const { painter, lesson } = this;
    const { x, y, side } = box;
    const title = `${lesson.titleOf(node)}, ${lesson.word(node)} ${unit + 1}`;
    const how = /** @type {const} */ ({ align: "center", bold: true, wide: side });
    painter.text(pen, title, x + side / 2, y - painter.line * 0.6, how);
    if (lesson.isVector(node)) {
      const tiles = this.unitTiles(node);
      tiles.forEach((tile, u) => painter.tile(pen, node, u, tile));
      painter.mark(pen, tiles[unit]);
      return;
    }
    if (!flown) painter.tile(pen, node, unit, box);
    const [rows, columns] = lesson.net.dims(node);
    const [wide, tall] = [side / columns, side / rows];
    if (!flown && wide > painter.type * 2 && lesson.net.values(node)) {
      for (const at of range(rows * columns)) {
        const [r, c] = [Math.floor(at / columns), at % columns];
        const value = lesson.net.at(node, [r, c, unit]);
        const cell = { x: x + c * wide, y: y + r * tall, side: wide };
        painter.number(pen, value, cell, painter.color(node, unit, value));
      }
    }
    const cell = { x: x + column * wide, y: y + row * tall, width: wide, height: tall };
    painter.frame(pen, cell, { thick: wide > 10 ? 3 : 2 });
  }

  /** @param {Pen} pen @param {Formula} formula @param {[number, number]} focus @param {any} box */
  source(pen, formula, [p, c], box) {
    const { painter, lesson } = this;
    const { x, y, side } = box;
    const part = formula.terms[p];
    const name = part.source;
    const title = `${lesson.titleOf(name)}, ${lesson.word(name)} ${part.channels[c] + 1}`;
    const how = /** @type {const} */ ({ align: "center", muted: true, wide: side * 1.15 });
    painter.text(pen, title, x + side / 2, y - painter.line * 0.6, how);
    painter.tile(pen, name, part.channels[c], box);
    const [rows, columns] = lesson.net.dims(name);
    const s = formula.scale;
    const [top, left] = [part.rows[0] * s, part.columns[0] * s];
    const height = ((part.rows.at(-1) ?? 0) + 1) * s - top;
    const width = ((part.columns.at(-1) ?? 0) + 1) * s - left;
    const window = {
      x: x + (left * side) / columns,
      y: y + (top * side) / rows,
      width: (width * side) / columns,
      height: (height * side) / rows,
    };
    const thick = side / columns > 10 ? 3 : 2;
    inside(pen, [x - 4, y - 4, side + 8, side + 8], () => painter.frame(pen, window, { thick }));
  }

  /**
   * Window, weights and products of one channel, cell by cell.
   * @param {Pen} pen
   * @param {Formula} formula
   * @param {[number, number]} focus
   * @param {Box} box
   */
  grids(pen, formula, [p, c], box) {
    const { painter } = this;
    const { line, type } = painter;
    const part = formula.terms[p];
    const [rows, columns] = [part.rows.length, part.columns.length];
    const n = rows * columns;
    const glyph = type * 1.1;
    const room = (box.width - 2 * glyph) / 3;
    const side = Math.min(room / columns, (box.height - 2.6 * line) / rows, 130);
    const cut = (/** @type {Float64Array} */ all) => all.subarray(c * n, (c + 1) * n);
    const [values, weights] = [cut(part.values), cut(part.weights)];
    const products = values.map((v, i) => v * weights[i]);
    const titles =
      { largest: ["window", "the winner", "taken"], mean: ["window", `each 1/${n}`, "shares"] }[
        formula.operation
      ] ?? (n > 1 ? ["window", "weights", "products"] : ["value", "factor", "product"]);
    if (formula.scale > 1) titles[0] = "means";
    const scales = [
      painter.scale(part.source, part.channels[c]),
      new Scale("weight", largest(part.weights)),
      new Scale("activation", largest(products)),
    ];
    const grid = { side, columns, inside: part.inside, largest: formula.operation === "largest" };
    const top = box.y + line * 1.6 + Math.max(0, (box.height - 2.6 * line - side * rows) / 2);
    [values, weights, products].forEach((data, i) => {
      const x = box.x + i * (room + glyph) + (room - side * columns) / 2;
      const middle = x + (side * columns) / 2;
      const how = /** @type {const} */ ({ align: "center", muted: true });
      painter.text(pen, titles[i], middle, top - line * 0.6, how);
      this.grid(pen, data, scales[i], { ...grid, x, y: top, at: i, weights });
    });
    const middle = top + (rows * side) / 2;
    ["\u00d7", "="].forEach((sign, i) => {
      const x = box.x + (i + 1) * room + (i + 0.5) * glyph;
      painter.text(pen, sign, x, middle, { align: "center", bold: true });
    });
    const below = top + rows * side + line * 0.7;
    const sum = `sum ${write(part.sums[c])}`;
    const right = box.x + 2 * (room + glyph) + room / 2;
    painter.text(pen, sum, right, below, { align: "center", bold: true });
    const won = formula.scales.map(
      ([s, v]) => `${s}\u00d7: ${write(v)}${s === formula.scale ? " wins" : ""}`,
    );
    painter.text(pen, won.join("   "), box.x, below, { muted: true, wide: 2 * room });
  }

  /** @param {Pen} pen @param {Float64Array} data @param {Scale} scale @param {any} grid */
  grid(pen, data, scale, { x, y, side, columns, inside, largest: isLargest, at, weights }) {
    const { painter } = this;
    const say = writer(largest(data) < 0.1);
    // Numbers stand in all cells of a grid or in none.
    pen.font = `400 ${painter.type}px ${painter.theme.font}`;
    const fits = Array.from(data).every((v) => pen.measureText(say(v)).width <= side - 4);
    data.forEach((value, i) => {
      const cell = { x: x + (i % columns) * side, y: y + Math.floor(i / columns) * side };
      const inner = Math.max(side - 1, 0.6);
      if (inside[i] || at === 1) {
        pen.fillStyle = scale.css(value);
        pen.fillRect(cell.x, cell.y, inner, inner);
        const words = isLargest && at === 1 ? String(value) : say(value);
        if (fits) painter.number(pen, value, { ...cell, side: inner }, scale.rgb(value), words);
      } else {
        const empty = Math.max(side - 2, 1);
        const edge = rectangle(cell.x + 0.5, cell.y + 0.5, empty, empty);
        paint(pen, edge, { color: painter.theme.border });
        const how = /** @type {const} */ ({ align: "center", muted: true });
        if (side > painter.type * 1.6) {
          painter.text(pen, "0", cell.x + side / 2, cell.y + side / 2, how);
        }
      }
      if (at === 0 && isLargest && weights[i] === 1) {
        painter.frame(pen, { ...cell, width: inner, height: inner });
      }
    });
  }

  /** One number in, one number out. @param {Pen} pen @param {any} now @param {Formula} formula @param {Box} box */
  pair(pen, now, formula, { x, y, width, height }) {
    const { painter, lesson } = this;
    const side = Math.min(height * 0.6, width * 0.32, 170);
    const top = y + painter.line * 1.6;
    const [part] = formula.terms;
    const [channel] = part.channels;
    const [value] = part.values;
    const from = `${lesson.word(part.source)} ${channel + 1} of ${lesson.titleOf(part.source)}`;
    /** @type {[string, number, number[]][]} */
    const both = [
      [from, value, painter.color(part.source, channel, value)],
      [
        lesson.titleOf(formula.name),
        formula.result,
        painter.color(formula.name, now.unit, formula.result),
      ],
    ];
    both.forEach(([words, number, color], i) => {
      const left = x + width * (0.25 + 0.5 * i) - side / 2;
      pen.fillStyle = `rgb(${color.join(" ")})`;
      pen.fillRect(left, top, side, side);
      painter.number(pen, number, { x: left, y: top, side }, color, write(number));
      const how = /** @type {const} */ ({ align: "center", muted: true, wide: width * 0.48 });
      painter.text(pen, words, left + side / 2, top - painter.line * 0.6, how);
    });
    const named =
      formula.activation === "linear" ? "" : ` ${SHORT_TITLES[formula.activation]} \u2192`;
    const how = /** @type {const} */ ({ align: "center", bold: true });
    painter.text(pen, `\u2192${named}`, x + width / 2, top + side / 2, how);
  }

  /**
   * What each channel adds, then the bias, as bars from zero.
   * @param {Pen} pen
   * @param {Formula} formula
   * @param {[number, number]} focus
   * @param {Box} box
   */
  drawBars(pen, formula, [p, c], { x, y, width, height }) {
    const { painter, lesson } = this;
    const sums = sumsOf(formula);
    const { bias } = formula;
    const all = bias === 0 ? sums : [...sums, bias];
    const limit = largest(all) || 1e-12;
    const step = width / all.length;
    const before = formula.terms.slice(0, p).reduce((n, part) => n + part.channels.length, 0);
    const zero = y + height / 2;
    const tall = height / 2 - painter.line * 0.2;
    const kind = lesson.isVector(formula.terms[0].source) ? "units" : "maps";
    const said =
      formula.operation === "add"
        ? "two paths are added"
        : `what each of ${sums.length} ${kind} adds${bias === 0 ? "" : ", and the bias"}`;
    const above = y - painter.line * 0.5;
    painter.text(pen, said, x, above, { muted: true, wide: width * 0.78 });
    painter.text(pen, `\u00b1${write(limit)}`, x + width, above, { align: "right", muted: true });
    const scales = [new Scale("activation", limit), new Scale("weight", limit)];
    all.forEach((sum, i) => {
      const shade = Math.sign(sum) * Math.max(Math.abs(sum), 0.35 * limit);
      pen.fillStyle = scales[i < sums.length ? 0 : 1].css(shade);
      const high = Math.max((Math.abs(sum) / limit) * tall, sum ? 1 : 0);
      const wide = Math.max(step - (step > 4 ? 1 : 0), 0.7);
      pen.fillRect(x + i * step, sum > 0 ? zero - high : zero, wide, high);
    });
    pen.fillStyle = painter.theme.muted;
    pen.fillRect(x, zero, width, 1);
    const chosen = { x: x + (before + c) * step - 1, y, width: Math.max(step, 3) + 1, height };
    painter.frame(pen, chosen, { thick: 2 });
    this.bars = { x, y, width: step * sums.length, height, unit: step, count: sums.length };
  }

  /** One channel only: the steps from sum to result in words. @param {Pen} pen @param {Formula} formula @param {Box} box */
  steps(pen, formula, box) {
    let y = box.y;
    for (const words of [...stepWords(formula), ...chainWords(this.lesson, formula)]) {
      y = this.painter.lines(pen, words, { ...box, y });
    }
  }

  /** @param {Pen} pen @param {Formula} formula @param {Box} box */
  curve(pen, formula, { x, y, width, height }) {
    const { painter } = this;
    const { theme, line } = painter;
    const { before: z, activation, result } = formula;
    if (activation === "linear") {
      painter.text(pen, `= ${write(result)}`, x, y, { bold: true });
      return;
    }
    const right = /** @type {const} */ ({ align: "right", bold: true });
    painter.text(pen, `z = ${write(z)}`, x, y, { bold: true });
    painter.text(pen, `${SHORT_TITLES[activation]}(z) = ${write(result)}`, x + width, y, right);
    const top = y + line * 0.8;
    const tall = height - line * 0.9;
    if (tall < line * 1.6) return;
    const reach = Math.max(Math.abs(z) * 1.35, 1);
    const curve = range(81).map((i) => reach * (i / 40 - 1));
    const values = curve.map((v) => activationOf(activation, v));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const px = (/** @type {number} */ v) => x + ((v / reach + 1) / 2) * width;
    const py = (/** @type {number} */ v) =>
      top + tall - 4 - ((v - low) / (high - low || 1)) * (tall - 8);
    paint(pen, `M${x} ${py(0)}h${width}M${px(0)} ${top}v${tall}`, { color: theme.border });
    const points = curve.map((v, i) => [px(v), py(values[i])]);
    paint(pen, through(points), { color: theme.training, line: theme.linePx });
    const dot = { fill: theme.accent, color: theme.background, line: 2 };
    paint(pen, disc(px(z), py(result), 6), dot);
  }
}
