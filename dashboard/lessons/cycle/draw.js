// The drawing: arrays on their way from one operation to the next, and what is marked in them.

import { brief } from "../../browser/number.js";
import { box as rectangle, paint, words } from "../../browser/paint.js";
import { largest } from "../../browser/scale.js";
import { still } from "../../browser/theme.js";
import { cellOf } from "./run.js";
import { arrange, glyph, KERNELS, MAPS, SIDES, STEPS, THREES } from "./scenes.js";
import { say } from "./words.js";

/** @typedef {import("./content.js").Moment} Moment */
/** @typedef {import("./scenes.js").Box} Box */

const MOVE_MS = 220;
const ACCENT = "#e0a800";
const WINNER = "#101418";

export class Drawing {
  /** @param {import("../../browser/canvas.js").Surface} surface */
  constructor(surface) {
    this.surface = surface;
    /** @type {any[] | null} */
    this.scenes = null;
    this.kernels = 0;
    /** @type {{ s: number, from: Record<string, any>, began: number } | null} */
    this.shown = null;
    /** @type {Record<string, any>} Boxes as they were drawn last. */
    this.last = {};
  }

  /** @param {number} kernels */
  arrange(kernels) {
    const { width, height, theme } = this.surface;
    this.kernels = kernels;
    const pen = this.surface.clear();
    const place = { width, height, type: theme.textPx };
    this.scenes = Array.from({ length: STEPS }, (_, s) => arrange(pen, s, kernels, place));
    this.shown = null;
  }

  /**
   * The boxes as they are now: on their way from one scene to the next.
   * @param {number} s
   * @param {number} time
   * @returns {{ boxes: Record<string, any>, moving: boolean }}
   */
  boxes(s, time) {
    const target = this.scenes[s].boxes;
    if (this.shown?.s !== s) {
      const began = this.shown && !still.matches ? time : -Infinity;
      this.shown = { s, from: this.shown ? this.last : target, began };
    }
    const share = Math.min((time - this.shown.began) / MOVE_MS, 1);
    if (share >= 1) return { boxes: target, moving: false };
    const ease = share * (2 - share);
    const { from } = this.shown;
    const boxes = Object.fromEntries(
      Object.entries(target).map(([key, box]) => {
        const old = from[key];
        if (!old) return [key, { ...box, alpha: ease }];
        const between = Object.fromEntries(
          ["x", "y", "unit", "side", "left", "slot", "middle"].map((name) => [
            name,
            old[name] + (box[name] - old[name]) * ease,
          ]),
        );
        return [key, { ...box, ...between, moving: true }];
      }),
    );
    return { boxes, moving: true };
  }

  /**
   * @param {Moment} moment
   * @returns {{ moving: boolean, printed: number }}
   */
  draw(moment) {
    if (this.kernels !== moment.run.kernels || !this.scenes) this.arrange(moment.run.kernels);
    const pen = this.surface.clear();
    const { boxes, moving } = this.boxes(moment.s, performance.now());
    this.last = boxes;
    this.printed = 0;
    let before = null;
    for (const box of Object.values(boxes)) {
      pen.globalAlpha = box.alpha;
      if (box.id === "out") this.drawOut(pen, box, moment);
      else this.drawArray(pen, box, moment);
      if (box.k !== 0) continue;
      if (before && before.row === box.row) this.drawGlyph(pen, before, box, moment.s);
      before = box;
    }
    pen.globalAlpha = 1;
    return { moving, printed: this.printed };
  }

  drawGlyph(pen, before, box, s) {
    const { theme } = this.surface;
    const how = { color: theme.muted, size: Math.round(theme.textPx * 1.1) };
    const x = (before.left + before.slot + box.left) / 2;
    words(pen, theme, glyph(before.id, box.id, s), x, box.middle, { ...how, align: "center" });
  }

  drawArray(pen, box, moment) {
    const { theme } = this.surface;
    const content = moment.content(box.id, box.k);
    const side = SIDES[box.id];
    const { x, y, unit } = box;
    const shown = content.gray ?? content.values;
    const places = box.large && !box.moving ? this.places(pen, content, unit) : 0;
    for (let at = 0; at < side * side; at++) {
      const [left, top] = [x + (at % side) * unit, y + Math.floor(at / side) * unit];
      pen.fillStyle = shown ? content.scale.css(shown[at]) : theme.surface;
      pen.fillRect(left, top, Math.max(unit - 1, 1), Math.max(unit - 1, 1));
      if (!places || !content.values) continue;
      const said = written(content.values[at], places);
      const color = content.scale.ink(shown[at]);
      words(pen, theme, said, left + unit / 2, top + unit / 2 + 1, { color, align: "center" });
      this.printed += 1;
    }
    this.drawMarks(pen, box, content, moment);
    const middle = x + box.side / 2;
    const muted = /** @type {const} */ ({ color: theme.muted, align: "center" });
    const title = box.large ? { ...muted, color: theme.text, weight: 600 } : muted;
    words(pen, theme, content.title, middle, y - 3, { ...title, base: "bottom" });
    if (!box.large) return;
    const told = below(box.id, content, moment);
    words(pen, theme, told, middle, y + box.side + 3, { ...muted, base: "top" });
  }

  /** Digits behind the point that fit into a cell with air around them; 0 where there is no room. */
  places(pen, { values, limit }, unit) {
    if (!values) return 0;
    const { theme } = this.surface;
    pen.font = `${theme.textPx}px ${theme.font}`;
    const most = limit || largest(values);
    for (const places of most < 0.1 ? [3] : most < 1 ? [2] : [2, 1]) {
      const widths = Array.from(values, (v) => pen.measureText(written(v, places)).width);
      if (Math.max(...widths) <= unit - 7 && unit > theme.textPx * 1.25) return places;
    }
    return 0;
  }

  drawMarks(pen, box, content, moment) {
    const { id, k, x, y, unit } = box;
    const { s, now, weight, spot } = moment;
    if (!content.values) return;
    const { theme } = this.surface;
    const frame = (row, column, rows, columns, color, line, dash = []) => {
      const [wide, tall] = [columns * unit - 1, rows * unit - 1];
      const path = rectangle(x + column * unit, y + row * unit, wide, tall);
      paint(pen, path, { color, line, dash });
    };
    const [row, column] = [Math.floor(spot / 6), spot % 6];
    const [wr, wc] = [Math.floor(weight / 3), weight % 3];
    // The winner of each window: a thick frame, told without color.
    if ((id === "relu" || id === "brelu") && (s === 3 || s === 7)) {
      for (let p = 0; p < 9; p++) {
        const cell = cellOf(p, now.winners[9 * k + p]);
        frame(Math.floor(cell / 6), cell % 6, 1, 1, WINNER, theme.linePx);
        frame(2 * Math.floor(p / 3), 2 * (p % 3), 2, 2, theme.border, 1);
      }
    }
    if (id === "sums" && s === 8) this.crossClosed(pen, box, content.values);
    if (!box.large) return;
    const line = Math.max(3, theme.linePx);
    if (id === "patch" && s === 1) frame(row, column, 3, 3, ACCENT, line);
    // The part of the patch that one kernel weight meets while the kernel slides.
    if (id === "patch" && s === 9) {
      frame(wr, wc, 6, 6, ACCENT, line, [6, 4]);
      frame(row + wr, column + wc, 1, 1, ACCENT, line);
    }
    if (k !== moment.k) return;
    if (MAPS.has(id) && ((s >= 1 && s <= 3) || (s >= 7 && s <= 9))) {
      frame(row, column, 1, 1, ACCENT, line);
    }
    if (THREES.has(id) && (s === 3 || s === 7)) {
      frame(Math.floor(row / 2), Math.floor(column / 2), 1, 1, ACCENT, line);
    }
    if (KERNELS.has(id) && s >= 9) frame(wr, wc, 1, 1, ACCENT, line);
  }

  /** A closed gate: a cross. */
  crossClosed(pen, { x, y, unit }, values) {
    for (let cell = 0; cell < 36; cell++) {
      if (values[cell] > 0) continue;
      const [left, top] = [x + (cell % 6) * unit, y + Math.floor(cell / 6) * unit];
      paint(pen, `M${left + 3} ${top + 3}l${unit - 7} ${unit - 7}`, { color: WINNER });
    }
  }

  drawOut(pen, box, moment) {
    const { s, now, update } = moment;
    const { theme } = this.surface;
    const line = Math.round(theme.textPx * 1.35);
    /** @type {[string, string, boolean][]} */
    const rows =
      s === 10
        ? [
            ["batch loss before", say(update.loss), false],
            ["after the step", say(update.lossAfter), true],
          ]
        : [
            ["logit z", s >= 4 ? say(now.logit) : "", s === 4],
            ["output \u03c3(z)", s >= 4 ? say(now.output) : "", s === 4],
            ["target t", String(moment.target), s === 5],
            ["loss L", s >= 5 ? say(now.loss) : "", s === 5],
          ];
    if (s >= 6 && s < 10) rows.unshift(["\u2202L/\u2202z", say(now.byLogit), true]);
    const pitch = Math.min(2.3 * line, (this.surface.height - 12) / rows.length);
    let top = box.middle - (pitch * rows.length) / 2;
    for (const [name, value, strong] of rows) {
      const how = /** @type {const} */ ({ base: "top", color: theme.muted });
      words(pen, theme, name, box.left, top, how);
      words(pen, theme, value || "\u2026", box.left, top + line * 0.95, {
        ...how,
        color: strong ? theme.accent : theme.text,
        weight: strong ? 700 : 500,
        size: Math.round(theme.textPx * (strong ? 1.4 : 1.1)),
      });
      top += pitch;
    }
  }

  /**
   * The cell under a point of the canvas: array, kernel and position; null beside all arrays.
   * @param {number} px
   * @param {number} py
   */
  cellAt(px, py) {
    for (const { id, k, x, y, unit, side, large } of Object.values(this.last)) {
      if (id === "out" || !large || px < x || py < y || px >= x + side || py >= y + side) continue;
      return { id, k, row: Math.floor((py - y) / unit), column: Math.floor((px - x) / unit) };
    }
    return null;
  }
}

/**
 * @param {number} value
 * @param {number} places
 */
function written(value, places) {
  if (value === 0) return "0";
  if (Math.abs(value) >= 0.995 || places < 3) return brief(places === 1 ? round1(value) : value);
  const text = Math.abs(value).toFixed(places);
  return (value < 0 ? "\u2212" : "") + (Number(text) ? text.replace(/^0/, "") : "\u22480");
}

const round1 = (/** @type {number} */ value) => Math.round(value * 10) / 10 || value;

function below(id, content, moment) {
  if (content.gray) return moment.target ? "fracture, t = 1" : "whole, t = 0";
  if (!content.values) return "";
  const sum = id === "parts" ? content.values.reduce((a, b) => a + b, 0) : 0;
  return `${id === "parts" ? `sum ${say(sum)}, ` : ""}\u00b1${say(content.limit)}`;
}
