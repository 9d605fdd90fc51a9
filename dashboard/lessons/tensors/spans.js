// An index as its handles have it: from, to and step of each axis, and back to text.

import { sliceIndices } from "./tensor_math.js";

/** @typedef {import("./tensor_math.js").Item} Item */
/** @typedef {import("./tensor_math.js").Slice} Slice */

/**
 * An index as NumPy writes it, one item for each axis.
 * @param {Item[]} items
 * @param {number[]} shape
 */
export function sayIndex(items, shape) {
  const said = items.map((item, axis) => {
    if (typeof item === "number") return String(item);
    const { start, stop, step } = item;
    const ahead = !(step < 0);
    const from = start === null || (start === 0 && ahead) ? "" : start;
    const to = stop === null || (stop === shape[axis] && ahead) ? "" : stop;
    return `${from}:${to}${step === null || step === 1 ? "" : `:${step}`}`;
  });
  return `x[${said.join(", ")}]`;
}

/** @param {number} value @param {number} low @param {number} high */
const inside = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * First entry, entry after the last, and step, as an axis' handles show them.
 * @param {Item} item
 * @param {number} size
 * @returns {[number, number, number]}
 */
export function spanOf(item, size) {
  if (typeof item === "number") {
    const i = item < 0 ? item + size : item;
    return [i, i + 1, 1];
  }
  const { from, step, count } = sliceIndices(item, size);
  if (!count) return [inside(from, 0, size), inside(from, 0, size), step];
  const last = from + (count - 1) * step;
  if (step < 0) return [last, from + 1, step];
  if (item.stop === null) return [from, size, step];
  return [from, inside(item.stop < 0 ? item.stop + size : item.stop, last + 1, size), step];
}

/**
 * The slice that handles stand for.
 * @param {number} low
 * @param {number} high
 * @param {number} step
 * @returns {Slice}
 */
export function sliceOf(low, high, step) {
  if (step > 0) return { start: low, stop: high, step: step === 1 ? null : step };
  if (high <= low) return { start: 0, stop: 0, step: null };
  return { start: high - 1, stop: low > 0 ? low - 1 : null, step };
}
