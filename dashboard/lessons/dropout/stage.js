// The stage on dropout: a layer in use, in one draw of training, and the mean of the draws so far.

import { Surface } from "../../browser/canvas.js";
import { mount } from "../../browser/mount.js";
import { filled, fixed, percent, write } from "../../browser/number.js";
import { paint, words } from "../../browser/paint.js";
import { largest, niceLimit, Scale } from "../../browser/scale.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */

/**
 * The mean of the first draws, and how far it is from the layer's own outputs.
 * @param {Float32Array} values
 * @param {Float32Array} chances draws after draws
 * @param {number} rate
 * @param {number} factor of what is kept
 * @param {number} draws
 */
export function meanOf(values, chances, rate, factor, draws) {
  const units = values.length;
  const mean = new Float64Array(units);
  for (let at = 0; at < draws * units; at++) {
    if (chances[at] >= rate) mean[at % units] += values[at % units] * factor;
  }
  let error = 0;
  for (let u = 0; u < units; u++) {
    mean[u] /= Math.max(draws, 1);
    error = Math.max(error, Math.abs(mean[u] - values[u]));
  }
  return { mean, error };
}

class Dropout {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.own = new Float32Array();
    this.chances = new Float32Array();
    /** @type {Record<string, string>} */
    this.words = {};
    this.layer = "";
    this.units = 1;
    this.draws = 0;
    this.scale = new Scale("activation", 1);
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    [this.own, this.chances] = arrays;
    this.words = header.words;
    this.layer = header.layer;
    this.units = this.own.length;
    this.draws = this.chances.length / this.units;
    this.scale = new Scale("activation", niceLimit(largest(this.own)));
    if (first) {
      this.stage.control(["rate", "scaled"]);
      this.transport = this.stage.play({
        last: this.draws,
        perSecond: 6,
        name: "Draw",
        canvas: this.surface.canvas,
        moved: () => this.stage.set({ draw: this.transport?.index ?? 0 }),
        draw: () => this.draw(),
      });
      this.transport.go(this.stage.values.draw);
    }
    this.transport?.touch();
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("draw") && this.transport?.index !== this.stage.values.draw) {
      this.transport?.go(this.stage.values.draw);
    }
  }

  settled() {
    this.transport?.touch();
  }

  draw() {
    const { rate, scaled, draw } = this.stage.values;
    const factor = scaled ? 1 / (1 - rate) : 1;
    const chances = this.chances.subarray((draw - 1) * this.units, draw * this.units);
    const { mean, error } = meanOf(this.own, this.chances, rate, factor, draw);
    const shown = Array.from(this.own, (value, u) => (chances[u] >= rate ? value * factor : 0));
    const dropped = draw ? shown.filter((_, u) => !(chances[u] >= rate)).length : 0;
    const told = { own: Array.from(this.own), now: shown, mean: Array.from(mean), error, dropped };
    Object.assign(this.surface.canvas, { shown: told }); // read by tests
    const pen = this.surface.clear();
    const { width, height, theme } = this.surface;
    const gap = theme.textPx;
    const side = Math.min((width - 2 * gap) / 3, height - 3.4 * theme.textPx);
    const top = Math.max((height - side) / 2, 2 * theme.textPx);
    const left = (width - 3 * side - 2 * gap) / 2;
    /** @type {[string, ArrayLike<number> | null][]} */
    const panels = [
      [this.words.own, this.own],
      [this.words.training, draw && !this.stage.locked ? shown : null],
      [this.words.average, draw && !this.stage.locked ? mean : null],
    ];
    panels.forEach(([title, values], at) => {
      const x = left + at * (side + gap);
      words(pen, theme, title, x, top - 0.35 * theme.textPx, { base: "bottom" });
      this.cells(
        pen,
        values,
        x,
        top,
        side,
        at === 1 ? (u) => draw > 0 && !(chances[u] >= rate) : null,
      );
    });
    this.say(draw, dropped, factor, error, told);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {ArrayLike<number> | null} values
   * @param {number} x
   * @param {number} y
   * @param {number} side
   * @param {((unit: number) => boolean) | null} crossed
   */
  cells(pen, values, x, y, side, crossed) {
    const { theme } = this.surface;
    const across = Math.ceil(Math.sqrt(this.units));
    const cell = side / across;
    const small = Math.min(theme.textPx, 0.34 * cell);
    for (let u = 0; u < this.units; u++) {
      const [left, top] = [x + (u % across) * cell, y + Math.floor(u / across) * cell];
      const value = values ? values[u] : 0;
      pen.fillStyle = values ? this.scale.css(value) : theme.surface;
      pen.fillRect(left + 0.5, top + 0.5, cell - 1, cell - 1);
      if (!values) continue;
      const ink = this.scale.ink(value);
      if (crossed?.(u)) {
        const [x1, y1, far] = [left + cell / 4, top + cell / 4, cell / 2];
        const cross = `M${x1} ${y1}l${far} ${far}m0 ${-far}l${-far} ${far}`;
        paint(pen, cross, { color: ink, line: theme.linePx });
      } else if (small >= 0.85 * theme.textPx) {
        const how = /** @type {const} */ ({ color: ink, align: "center" });
        words(pen, theme, fixed(value, 1), left + cell / 2, top + cell / 2, how);
      }
    }
  }

  /**
   * @param {number} draw
   * @param {number} dropped
   * @param {number} factor
   * @param {number} error
   * @param {{ now: number[], mean: number[] }} shown
   */
  say(draw, dropped, factor, error, shown) {
    const told = { draw, dropped, units: this.units, factor: write(factor), count: draw };
    const share = percent(error / (largest(this.own) || 1), 1);
    const sentence =
      draw === 0 || this.stage.locked
        ? this.words.off
        : `${filled(factor > 1 ? this.words.draw : this.words.plain, told)} ${filled(this.words.mean, { ...told, error: share })}`;
    this.stage.say(`<p>${sentence}</p>`);
    this.surface.canvas.setAttribute("aria-label", sentence);
    this.stage.tellTwin(`${filled(this.words.layer, { layer: this.layer })}. ${sentence}`, () => [
      {
        caption: filled(this.words.layer, { layer: this.layer }),
        head: ["unit", this.words.own, this.words.training, this.words.average],
        rows: Array.from({ length: this.units }, (_, u) => [
          u + 1,
          fixed(this.own[u], 3),
          fixed(shown.now[u], 3),
          fixed(shown.mean[u], 3),
        ]),
      },
    ]);
  }
}

export default await mount((stage) => new Dropout(stage));
