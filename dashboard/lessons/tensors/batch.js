// Batches: all samples in groups, and the batch that the network is handed.

import { count } from "../../browser/number.js";
import { sayShape } from "./pen.js";
import { countOf } from "./tensor_math.js";

const LARGEST_TILE = 150;

/** @param {import("./stage.js").TensorStage} lesson */
export function drawBatch(lesson) {
  const { pen, t, values, batches: sizes, many } = lesson;
  const { type, look } = pen;
  const samples = t.shape[0];
  const at = Math.min(values.at, Math.max(sizes.length - 1, 0));
  const half = Math.round(pen.width * 0.6);
  pen.axis(0, t.axes[0], samples, type, type);
  const left = samples - sizes.reduce((a, b) => a + b, 0);
  const groups = left ? [...sizes, left] : sizes;
  const room = { width: half - 2 * type, height: pen.height - type * 3.2 };
  const { side, places } = flow(groups, room);
  places.forEach(([px, py, group], i) => {
    const [x, y] = [type + px, type * 2.2 + py];
    const inBatch = group === at;
    const out = group >= sizes.length;
    const sheet = sheetOf(t, i);
    const alpha = out ? 0.2 : inBatch ? 1 : 0.5;
    const plain = inBatch ? look.accent : group % 2 ? look.muted : look.text;
    if (sheet) pen.image(sheet, x, y, side, side, alpha);
    else pen.fill(x, y, side, side, plain, alpha);
    if (side > 7) {
      pen.frame(x, y, side, side, inBatch ? look.accent : look.muted, {
        line: inBatch ? look.linePx : 1,
        dash: out || groups[group] < many ? [5, 4] : [],
      });
    }
  });
  pen.fill(half, type, 1, pen.height - 2 * type, look.border);
  const size = sizes[at] ?? 0;
  const shape = [size, ...t.shape.slice(1)];
  drawOne(lesson, half + type, at, size, shape);
  return { ...tell(lesson, at, shape), shown: { sizes, at, shape } };
}

/**
 * The picture of a sample; null where it has none.
 * @param {import("./sheets.js").Sheets} t
 * @param {number} i
 */
const sheetOf = (t, i) => (t.name === "table" ? null : t.sheet(t.name === "video" ? [i, 0] : [i]));

/**
 * The largest tile with which all batches fit, a gap between two of them.
 * @param {number[]} groups
 * @param {{ width: number, height: number }} room
 */
function flow(groups, { width, height }) {
  const laid = (/** @type {number} */ side) => {
    /** @type {[number, number, number][]} */
    const places = [];
    const gap = Math.max(3, side * 0.28);
    let [x, y] = [0, 0];
    groups.forEach((size, group) => {
      for (let i = 0; i < size; i++) {
        if (x + side > width) [x, y] = [0, y + side + gap];
        places.push([x, y, group]);
        x += side + 1;
      }
      x += gap;
    });
    return { side, places, fits: y + side <= height };
  };
  let found = laid(Math.min(height, width, LARGEST_TILE));
  while (!found.fits && found.side > 3) found = laid(found.side * 0.94);
  return found;
}

/**
 * One batch at the right.
 * @param {import("./stage.js").TensorStage} lesson
 * @param {number} x
 * @param {number} at
 * @param {number} size
 * @param {number[]} shape
 */
function drawOne({ pen, t, batches, many }, x, at, size, shape) {
  const { type, look } = pen;
  const width = pen.width - x - type * 0.7;
  const title = batches.length ? `batch ${at}, ${count(batches.length)} in all` : "no batch";
  pen.say(title, x, type * 1.3, { color: look.muted, most: width });
  pen.say(sayShape(shape), x, type * 3, {
    bold: true,
    scale: 1.5,
    color: look.accent,
    most: width,
  });
  const bytes = countOf(shape) * t.layout.itemsize;
  pen.say(`${count(bytes)} bytes as ${t.dtype}`, x, type * 4.7, { most: width });
  const height = Math.max(pen.height - type * 6.4, 1);
  let [per, side] = [1, 0];
  for (let p = 1; p <= size; p++) {
    const found = Math.min(width / p, height / Math.ceil(size / p)) - 3;
    if (found > side) [per, side] = [p, found];
  }
  for (let i = 0; i < size; i++) {
    const sheet = sheetOf(t, at * many + i);
    const left = x + (i % per) * (side + 3);
    const top = type * 5.8 + Math.floor(i / per) * (side + 3);
    if (sheet) pen.image(sheet, left, top, side, side);
    else drawFeatures(pen, t, at * many + i, left, top, side);
  }
}

/**
 * A row of a table as stripes.
 * @param {import("./pen.js").Pen} pen
 * @param {import("./sheets.js").Sheets} t
 * @param {number} i
 * @param {number} x
 * @param {number} y
 * @param {number} side
 */
function drawFeatures(pen, t, i, x, y, side) {
  const height = side / t.last;
  for (let f = 0; f < t.last; f++) {
    const color = t.color((i * t.last + f) * t.layout.itemsize);
    pen.fill(x, y + f * height, side, Math.ceil(height), `rgb(${color.join()})`);
  }
}

/**
 * @param {import("./stage.js").TensorStage} lesson
 * @param {number} at
 * @param {number[]} shape
 */
function tell({ t, values, batches: sizes, many }, at, shape) {
  const samples = t.shape[0];
  const rest = samples % many;
  const drop = values.last === "drop";
  const [open, close] = drop || !rest ? ["\u230a", "\u230b"] : ["\u2308", "\u2309"];
  const parts = `${Math.floor(samples / many)} \u00b7 ${many}${rest ? ` + ${rest}` : ""}`;
  let note = "All batches are full.";
  if (rest) {
    note = drop ? `Left out: ${rest} of ${samples}.` : `The last batch holds ${sizes.at(-1) ?? 0}.`;
  }
  return {
    formula:
      `<p>${open}${samples} / ${many}${close} = <b>${sizes.length}</b> ` +
      `batch${sizes.length === 1 ? "" : "es"}; ${samples} = ${parts}. ${note}</p>`,
    sentence:
      `${samples} samples in batches of ${many}: ${sizes.length} in all. ${note} ` +
      (sizes.length ? `Batch ${at} has shape ${sayShape(shape)}.` : "No batch is full."),
    tables: () => [
      {
        caption: "Samples in each batch",
        head: ["batch", "samples"],
        rows: sizes.slice(0, 60).map((size, i) => [i, size]),
      },
    ],
  };
}
