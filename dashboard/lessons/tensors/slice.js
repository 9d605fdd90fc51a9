// Slicing: the tensor at the left, what an index leaves of it at the right.

import { count, escaped, MINUS } from "../../browser/number.js";
import { ink } from "../../browser/scale.js";
import { sayShape, sayValue } from "./pen.js";
import { drawStack } from "./stack.js";
import { addressOf, countOf, sliceIndices, takeIndex, unravelNumber } from "./tensor_math.js";

/** @typedef {import("./stage.js").TensorStage} TensorStage */
/** @typedef {import("./stack.js").Box} Box */

const LEAST_SHEET = 26; // pixels: a smaller sheet shows nothing

const plural = (/** @type {number} */ n, /** @type {string} */ word) =>
  `${count(n)} ${word}${n === 1 ? "" : "s"}`;

/** @param {TensorStage} lesson */
export function drawSlice(lesson) {
  const { pen, t } = lesson;
  const { type, look } = pen;
  const kept = takeIndex(t.layout, lesson.typed);
  const half = Math.round(pen.width * 0.54);
  drawStack(lesson, {
    x: type * 0.5,
    y: type * 0.4,
    width: half - type,
    height: pen.height - type * 0.9,
  });
  pen.fill(half, type, 1, pen.height - 2 * type, look.border);
  const x = half + type;
  const width = pen.width - x - type * 0.7;
  pen.say(`shape ${sayShape(kept.shape)}`, x, type * 1.35, {
    bold: true,
    scale: 1.35,
    color: look.accent,
    most: width,
  });
  const numbers = countOf(kept.shape);
  const bytes = numbers * kept.itemsize;
  const told = `rank ${kept.shape.length}  \u00b7  ${plural(numbers, "number")}  \u00b7  ${plural(bytes, "byte")}`;
  pen.say(told, x, type * 2.9, { most: width });
  drawKept(lesson, kept, { x, y: type * 4, width, height: pen.height - type * 4.6 });
  const first = (/** @type {number} */ most) =>
    Array.from({ length: Math.min(numbers, most) }, (_, i) =>
      t.at(addressOf(kept, unravelNumber(i, kept.shape))),
    );
  return { ...tell(lesson, kept, numbers, first), shown: { kept, first: first(12) } };
}

/**
 * @param {TensorStage} lesson
 * @param {import("./tensor_math.js").Layout & { axes: number[] }} kept
 * @param {number} numbers
 * @param {(most: number) => number[]} first
 */
function tell({ t, items, text }, kept, numbers, first) {
  const names = kept.axes.map((a) => (a < 0 ? "new" : t.axes[a]));
  const lost = items.filter((item) => typeof item === "number").length;
  const made = kept.axes.filter((a) => a < 0).length;
  const changed = `${lost ? ` ${MINUS} ${lost} indexed` : ""}${made ? ` + ${made} new` : ""}`;
  const rank = `rank ${changed ? `${t.rank}${changed} = ` : ""}<b>${kept.shape.length}</b>`;
  const listed = names.length ? names.join(", ") : "a single number";
  const perAxis = t.shape.map((size, a) => {
    const item = items[a];
    if (typeof item === "number") return [t.axes[a], size, item, item, "", "the axis goes"];
    const { from, step, count: n } = sliceIndices(item, size);
    const last = n ? from + (n - 1) * step : "nothing";
    return [t.axes[a], size, n ? from : "nothing", last, step, n];
  });
  const flat = first(64);
  const per = Math.min(8, kept.shape.at(-1) || 1);
  const rows = [];
  for (let i = 0; i < flat.length; i += per) rows.push(flat.slice(i, i + per).map(sayValue));
  return {
    formula: `<p><code>${escaped(text)}</code>: ${rank}: ${listed}.</p>`,
    sentence:
      `x has shape ${sayShape(t.shape)} (${t.axes.join(", ")}). ${text} leaves shape ` +
      `${sayShape(kept.shape)} (${listed}): rank ${kept.shape.length}, ${plural(numbers, "number")}.`,
    tables: () => [
      {
        caption: "What is taken of each axis",
        head: ["axis", "entries", "first", "last", "step", "kept"],
        rows: perAxis,
      },
      {
        caption: `Numbers in order, ${flat.length} of ${count(numbers)}`,
        rows,
        headed: false,
      },
    ],
  };
}

/**
 * @param {TensorStage} lesson
 * @param {import("./tensor_math.js").Layout & { axes: number[] }} kept
 * @param {Box} box
 */
function drawKept(lesson, kept, box) {
  const { pen, t, words } = lesson;
  const { x, y, width, height } = box;
  if (!countOf(kept.shape)) {
    pen.say(words.nothing, x, y + height / 2, { most: width });
    return;
  }
  let axes = kept.shape.map((_, k) => k).filter((k) => kept.axes[k] >= 0);
  let channel = t.picture ? axes.findIndex((k) => kept.axes[k] === t.rank - 1) : -1;
  channel = channel < 0 ? -1 : axes[channel];
  const others = axes.filter((k) => k !== channel);
  if (channel >= 0 && others.length >= 2) axes = others;
  else channel = -1;
  while (axes.length > 2 && kept.shape[axes.at(-1)] === 1) axes = axes.slice(0, -1);
  while (axes.length > 2 && kept.shape[axes[0]] === 1) axes = axes.slice(1);
  const cellWidth = pen.type * 3.5;
  const cellHeight = pen.type * 1.75;
  if (!axes.length) drawOne(lesson, kept.offset, box);
  else if (axes.length === 1) drawRow(lesson, kept, axes[0], box);
  else {
    const [row, col] = axes.slice(-2);
    const lead = axes.slice(0, -2);
    const [rows, cols] = [kept.shape[row], kept.shape[col]];
    const fits = rows * cellHeight <= height && cols * cellWidth <= width;
    const colors = channel >= 0 && kept.shape[channel] > 1;
    if (countOf(lead.map((k) => kept.shape[k])) === 1 && fits && !colors) {
      const [cw, ch] = [
        Math.min(width / cols, cellWidth * 1.6),
        Math.min(height / rows, cellHeight * 1.6),
      ];
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < cols; c++) {
          const a = kept.offset + r * kept.strides[row] + c * kept.strides[col];
          pen.cell(x + c * cw, y + r * ch, cw, ch, t.color(a), sayValue(t.at(a)));
        }
      }
    } else drawContacts(lesson, kept, { lead, row, col, channel }, box);
  }
}

/**
 * A single number.
 * @param {TensorStage} lesson
 * @param {number} address
 * @param {Box} box
 */
function drawOne({ pen, t }, address, { x, y, width, height }) {
  const color = t.color(address);
  const side = Math.min(height * 0.6, width * 0.6);
  pen.fill(x, y + 4, side, side, `rgb(${color.join()})`);
  pen.frame(x, y + 4, side, side, pen.look.accent);
  pen.say(sayValue(t.at(address)), x + side / 2, y + 4 + side / 2, {
    color: ink(color),
    align: "center",
    bold: true,
    scale: 2.2,
  });
}

/**
 * One axis: its numbers line after line.
 * @param {TensorStage} lesson
 * @param {import("./tensor_math.js").Layout} kept
 * @param {number} k
 * @param {Box} box
 */
function drawRow({ pen, t }, kept, k, { x, y, width, height }) {
  const [cw, ch] = [pen.type * 3.5, pen.type * 1.75];
  const n = kept.shape[k];
  const per = Math.max(1, Math.floor(width / cw));
  const rows = Math.max(1, Math.floor(height / ch));
  const shown = n <= per * rows ? n : per * (rows - 1);
  for (let i = 0; i < shown; i++) {
    const a = kept.offset + i * kept.strides[k];
    const [left, top] = [x + (i % per) * cw, y + Math.floor(i / per) * ch];
    pen.cell(left, top, cw, ch, t.color(a), sayValue(t.at(a)));
  }
  if (shown < n) {
    const rest = `\u2026 and ${count(n - shown)} more`;
    pen.say(rest, x, y + (rows - 0.5) * ch, { color: pen.look.muted });
  }
}

/**
 * A contact sheet of pictures: as large as they all fit, down to a size that can be seen.
 * @param {TensorStage} lesson
 * @param {import("./tensor_math.js").Layout} kept
 * @param {{ lead: number[], row: number, col: number, channel: number }} axes
 * @param {Box} box
 */
function drawContacts({ pen, t, items }, kept, { lead, row, col, channel }, box) {
  const { x, y, width, height } = box;
  const leading = lead.map((k) => kept.shape[k]);
  const many = countOf(leading);
  const shape = kept.shape[col] / kept.shape[row];
  const limits = t.picture ? [0.2, 5] : [0.6, 1.6];
  const ratio = Math.min(Math.max(shape, limits[0]), limits[1]);
  let [per, best] = [1, 0];
  for (let p = 1; p <= Math.min(many, 60); p++) {
    const line = height / Math.ceil(many / p) - 4;
    const wide = Math.min(width / p - 4, line * ratio);
    if (wide > best) [best, per] = [wide, p];
  }
  let size = [best, best / ratio];
  let shown = many;
  if (Math.min(...size) < LEAST_SHEET) {
    const room = height - pen.type * 1.6;
    size = [LEAST_SHEET * Math.max(ratio, 1), LEAST_SHEET / Math.min(ratio, 1)];
    per = Math.max(1, Math.floor(width / (size[0] + 4)));
    shown = Math.min(many, per * Math.max(1, Math.floor(room / (size[1] + 4))));
  }
  const channels = channel < 0 ? [] : channelsOf(items[t.rank - 1], t.last);
  for (let i = 0; i < shown; i++) {
    const index = unravelNumber(i, leading);
    const base = index.reduce((sum, v, j) => sum + v * kept.strides[lead[j]], kept.offset);
    const [left, top] = [x + (i % per) * (size[0] + 4), y + Math.floor(i / per) * (size[1] + 4)];
    pen.image(t.paint(kept, base, row, col, channel, channels), left, top, size[0], size[1]);
  }
  if (shown < many) {
    const told = `the first ${shown} of ${count(many)} sheets`;
    pen.say(told, x, y + height - pen.type * 0.5, { color: pen.look.muted });
  }
}

/**
 * @param {import("./tensor_math.js").Item} item
 * @param {number} size
 */
function channelsOf(item, size) {
  if (typeof item === "number") return [];
  const { from, step, count: n } = sliceIndices(item, size);
  return Array.from({ length: n }, (_, i) => from + i * step);
}
