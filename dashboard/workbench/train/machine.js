// One moment of a training on a canvas: kernels and maps of the first layer, the pinned X-ray with its heat,
// the confusion matrix, and how many units are silent.

import { bitmap, enlarge } from "../../browser/canvas.js";
import { film as gray, heatOf, interpolate } from "../../browser/heat.js";
import { count, filled, fixed, write } from "../../browser/number.js";
import { box, paint, words } from "../../browser/paint.js";
import { Scale } from "../../browser/scale.js";
import { STEPS } from "./frames.js";

/** @typedef {import("./frames.js").Frame} Frame */
/** @typedef {import("./frames.js").Film} Film */

const HOT = [255, 140, 40];
const COLD = [150, 110, 255];
const SMALLEST = 3; // lines of type that the side of a tile has at least
const CELLS = /** @type {const} */ (["found", "missed", "alarms", "spared"]);

/**
 * What a frame says in numbers; the twin, the sentence and the picture speak by it.
 * @param {Film} film
 * @param {Frame} frame
 * @param {number} threshold
 */
export function figures(film, frame, threshold) {
  const { classes } = film.header;
  const outputs = frame.logits?.length ?? 1;
  const table = classes.map(() => classes.map(() => 0));
  const width = film.labels.length ? frame.scores.length / film.labels.length : 1;
  film.labels.forEach((label, i) => {
    if (Number.isNaN(frame.scores[i * width])) return;
    table[label][answered(frame.scores, i, width, threshold)] += 1;
  });
  const n = table.flat().reduce((all, one) => all + one, 0);
  const explained = frame.explained ?? 1;
  return {
    table,
    n,
    score: frame.logits ? share(frame.logits, explained, outputs) : NaN,
    explained,
  };
}

/** @param {ArrayLike<number>} scores @param {number} i @param {number} width @param {number} threshold */
function answered(scores, i, width, threshold) {
  if (width === 1) return scores[i] >= threshold ? 1 : 0;
  const row = Array.from({ length: width }, (_, c) => scores[i * width + c]);
  return row.indexOf(Math.max(...row));
}

/** The output for a class. @param {ArrayLike<number>} logits @param {number} at @param {number} outputs */
function share(logits, at, outputs) {
  if (outputs === 1) {
    const one = 1 / (1 + Math.exp(-logits[0]));
    return at === 1 ? one : 1 - one;
  }
  const top = Math.max(...Array.from(logits));
  const parts = Array.from(logits, (logit) => Math.exp(logit - top));
  return parts[at] / parts.reduce((all, part) => all + part, 0);
}

/** Layers with rectified units: how many answered 0 to everything. @param {Frame} frame */
export const silent = (frame) => frame.activity.filter(([, name]) => name === "relu");

export class Machine {
  /** @param {import("../../browser/canvas.js").Surface} surface */
  constructor(surface) {
    this.surface = surface;
    /** @type {Record<string, HTMLCanvasElement>} Canvases that are written again and again. */
    this.reused = {};
    /** @type {Film | null} */
    this.film = null;
    /** @type {OffscreenCanvas | null} */
    this.xray = null;
  }

  /** @param {Film | null} film */
  take(film) {
    if (film && (film.image !== this.film?.image || !this.xray)) {
      this.xray = film.image.length ? gray(film.image) : null;
    }
    this.film = film;
  }

  /**
   * Words in place of a frame.
   * @param {string} text
   */
  tell(text) {
    const { surface } = this;
    const pen = surface.clear();
    const { width, height, theme } = surface;
    words(pen, theme, text, width / 2, height / 2, {
      color: theme.muted,
      align: "center",
      most: width,
    });
  }

  /**
   * @param {Frame} frame
   * @param {{ title: string, threshold: number, held: boolean, told: Record<string, string>, gone: string }} how
   */
  draw(frame, { title, threshold, held, told, gone }) {
    const film = /** @type {Film} */ (this.film);
    const { surface } = this;
    const pen = surface.clear();
    const { theme, width, height } = surface;
    const line = theme.textPx * 1.35;
    const gap = theme.textPx * 0.6;
    words(pen, theme, title, 0, line * 0.8, { weight: 640, size: theme.textPx * 1.2, most: width });
    const top = line * 1.6;
    const tiles = this.tiles(pen, frame, top, width, height, told);
    const below = top + tiles + gap;
    const room = height - below;
    const side = Math.max(Math.min(room - line, width * 0.52), line);
    this.heat(pen, film, frame, { x: 0, y: below, side, line, gone }, told);
    const right = { x: side + gap * 1.6, y: below, width: width - side - gap * 1.6 };
    const known = figures(film, frame, threshold);
    const used = this.matrix(pen, known, { ...right, line, held, threshold }, told);
    this.units(
      pen,
      frame,
      { ...right, y: below + used + gap * 0.6, height: room - used - gap * 0.6, line },
      told,
    );
  }

  /**
   * Kernels in a row, each over its map; the height that they took.
   * @param {CanvasRenderingContext2D} pen
   * @param {Frame} frame
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {Record<string, string>} told
   */
  tiles(pen, frame, y, width, height, told) {
    const { theme } = this.surface;
    const [all, k] = frame.kernels.shape;
    if (!all) return 0;
    const line = theme.textPx * 1.35;
    const gap = theme.textPx * 0.3;
    const least = SMALLEST * theme.textPx;
    const rows = frame.maps ? 2 : 1;
    const tall = (height * 0.42 - line) / rows - gap;
    const shown = Math.max(
      1,
      Math.min(all, Math.floor((width + gap) / (Math.max(least, tall * 0.62) + gap))),
    );
    const side = Math.min((width + gap) / shown - gap, tall);
    const { limits } = /** @type {Film} */ (this.film);
    const scales = { kernels: write(limits[0], 2), maps: write(limits[1], 2) };
    words(
      pen,
      theme,
      filled(told[frame.maps ? "film-kernels" : "film-bare"], scales),
      0,
      y + line * 0.45,
      {
        color: theme.muted,
        most: width,
      },
    );
    const weight = new Scale("weight", limits[0]);
    const answer = new Scale(
      "activation",
      (STEPS * limits[1]) / (frame.limits?.[0] || limits[1] || 1),
    );
    for (let i = 0; i < shown; i++) {
      const x = i * (side + gap);
      this.tile(pen, `k${i}`, frame.kernels, i, weight, x, y + line, side);
      if (frame.maps)
        this.tile(pen, `m${i}`, frame.maps, i, answer, x, y + line + side + gap, side);
    }
    this.shownTiles = { shown, k };
    return line + rows * (side + gap);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {string} name
   * @param {import("./frames.js").Numbers} numbers
   * @param {number} i
   * @param {Scale} scale
   * @param {number} x
   * @param {number} y
   * @param {number} side
   */
  tile(pen, name, { values, shape }, i, scale, x, y, side) {
    const [, high, wide] = shape;
    const own = /** @type {any} */ (values).subarray(i * high * wide, (i + 1) * high * wide);
    this.reused[name] = bitmap(own, wide, high, scale.paint, this.reused[name]);
    enlarge(pen, this.reused[name], x, y, side, side);
    paint(pen, box(x, y, side, side), { color: this.surface.theme.border });
  }

  /**
   * The pinned X-ray, what speaks for the class in orange, against it in purple stripes.
   * @param {CanvasRenderingContext2D} pen
   * @param {Film} film
   * @param {Frame} frame
   * @param {{ x: number, y: number, side: number, line: number, gone: string }} place
   * @param {Record<string, string>} told
   */
  heat(pen, film, frame, { x, y, side, line, gone }, told) {
    const { theme } = this.surface;
    if (!this.xray || !frame.cells || !frame.limits) {
      this.wrapped(pen, gone, x, y + line, side, line);
      return;
    }
    const known = figures(film, frame, 0.5);
    const name = film.header.classes[known.explained];
    const said = filled(told["film-heat"], { class: name, score: fixed(known.score) });
    const truth = film.header.classes[film.header.label];
    words(pen, theme, said, x, y + line * 0.45, { weight: 640, most: side });
    pen.drawImage(this.xray, x, y + line, side, side);
    const { values, shape } = frame.cells;
    const ratio = devicePixelRatio || 1;
    const px = Math.max(1, Math.round(side * Math.min(ratio, 1)));
    if (shape[0]) {
      const field = interpolate(
        Float32Array.from(values),
        shape[0],
        [0, 0, shape[1], shape[0]],
        px,
        px,
      );
      const limit = frame.limits[1] ? (STEPS * film.limits[2]) / frame.limits[1] : 0;
      const heat = heatOf(field, px, px, { limit, hot: HOT, cold: COLD });
      pen.drawImage(heat, x, y + line, side, side);
    }
    if (truth) {
      const text = filled(told["film-true"], { class: truth });
      const look = { color: "#ffffff", halo: "rgb(0 0 0 / .8)", most: side - 8 };
      words(pen, theme, text, x + 6, y + line + side - line * 0.5, look);
    }
  }

  /**
   * Words on several lines.
   * @param {CanvasRenderingContext2D} pen
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} line
   */
  wrapped(pen, text, x, y, width, line) {
    const { theme } = this.surface;
    let row = "";
    let at = y;
    pen.font = `400 ${theme.textPx}px ${theme.font}`;
    for (const word of text.split(" ")) {
      const longer = row ? `${row} ${word}` : word;
      if (row && pen.measureText(longer).width > width) {
        words(pen, theme, row, x, at, { color: theme.muted });
        [row, at] = [word, at + line];
      } else row = longer;
    }
    words(pen, theme, row, x, at, { color: theme.muted });
  }

  /**
   * The confusion matrix; the height that it took.
   * @param {CanvasRenderingContext2D} pen
   * @param {ReturnType<typeof figures>} known
   * @param {{ x: number, y: number, width: number, line: number, held: boolean, threshold: number }} place
   * @param {Record<string, string>} told
   */
  matrix(pen, known, { x, y, width, line, held, threshold }, told) {
    const { theme } = this.surface;
    const { classes } = /** @type {Film} */ (this.film).header;
    const text = theme.textPx;
    const title = filled(told["film-matrix"], { n: count(known.n) });
    words(pen, theme, title, x, y + line * 0.45, { weight: 640, most: width });
    if (held || !known.n) {
      this.wrapped(pen, held ? told.held : told["film-unseen"], x, y + line * 1.5, width, line);
      return line * 5;
    }
    const two = classes.length === 2;
    const [wide, tall] = [width / classes.length, two ? line * 2 : line * 1.3];
    const order = two ? [1, 0] : known.table.map((_, c) => c);
    order.forEach((truth, r) => {
      order.forEach((answer, c) => {
        const value = known.table[truth][answer];
        const [left, top] = [x + c * wide, y + line + r * tall];
        const all = known.table[truth].reduce((sum, one) => sum + one, 0);
        const right = truth === answer;
        const color = right ? theme.training : theme.validation;
        const fill = { fill: color, alpha: 0.1 + 0.4 * (all ? value / all : 0) };
        paint(pen, box(left + 1, top + 1, wide - 3, tall - 3), fill);
        paint(pen, box(left + 1, top + 1, wide - 3, tall - 3), { color: theme.border });
        const middle = left + wide / 2;
        const big = {
          weight: 700,
          align: /** @type {const} */ ("center"),
          size: two ? text * 1.3 : text,
        };
        words(pen, theme, count(value), middle, top + tall * (two ? 0.32 : 0.5), big);
        if (!two) return;
        const name = CELLS[2 * r + c];
        words(pen, theme, told[name], middle, top + tall * 0.73, {
          align: "center",
          squeeze: wide - 8,
        });
      });
    });
    this.counted = { ...known, threshold };
    return line + order.length * tall;
  }

  /**
   * Silent units of each layer, those with most where not all have room.
   * @param {CanvasRenderingContext2D} pen
   * @param {Frame} frame
   * @param {{ x: number, y: number, width: number, height: number, line: number }} place
   * @param {Record<string, string>} told
   */
  units(pen, frame, { x, y, width, height, line }, told) {
    const { theme } = this.surface;
    const layers = silent(frame);
    const rows = Math.floor(height / line) - 1;
    if (!layers.length || rows < 1) return;
    words(pen, theme, told["film-silent"], x, y + line * 0.45, { weight: 640, most: width });
    const worst = [...layers].sort((a, b) => b[2] / b[3] - a[2] / a[3]).slice(0, rows);
    const shown = layers.filter((layer) => worst.includes(layer));
    shown.forEach(([name, , idle, units], i) => {
      const at = y + line * (i + 1.45);
      const figure = `${idle} of ${units}`;
      const numbers = { align: /** @type {const} */ ("right"), weight: idle ? 700 : 400 };
      words(pen, theme, figure, x + width, at, numbers);
      const left = width - pen.measureText(figure).width - theme.textPx * 0.5;
      words(pen, theme, name.replaceAll("_", " "), x, at, { color: theme.muted, most: left });
      const bar = box(x, at + line * 0.42, width, 3);
      paint(pen, bar, { fill: theme.border });
      if (idle)
        paint(pen, box(x, at + line * 0.42, (width * idle) / units, 3), { fill: theme.validation });
    });
  }
}

/**
 * A two-class table as `countAnswers` names it.
 * @param {number[][]} table
 */
export const named = ([[spared, alarms], [missed, found]]) => ({ found, missed, alarms, spared });
