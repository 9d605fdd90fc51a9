// How this lesson writes: numbers for sentences, and parts of maps as tables.

import { percent, write } from "../../browser/number.js";

/** @typedef {import("./pooling_math.js").Grid} Grid */

/**
 * A number for a sentence; what only the rounding of sums keeps from being whole is whole.
 * @param {number} value
 */
export function say(value) {
  const whole = Math.round(value);
  return write(Math.abs(value - whole) < 1e-9 * Math.max(1, Math.abs(value)) ? whole : value, 4);
}

/**
 * A share or a change; without limit where a flat map changes at all.
 * @param {number} share
 */
export function share(share) {
  if (!Number.isFinite(share)) return "without limit";
  return percent(share, share === 0 || share >= 0.0995 ? 0 : share >= 0.00095 ? 1 : 3);
}

/** @param {{ height: number, width: number }} map */
export const sides = ({ height, width }) => `${height} \u00d7 ${width}`;

/**
 * Where a cell stands, counted from 1.
 * @param {Grid} map
 * @param {number} cell
 */
export const placeOf = ({ width }, cell) =>
  `row ${Math.floor(cell / width) + 1}, column ${(cell % width) + 1}`;

/**
 * "1 row", "2 rows".
 * @param {number} number
 * @param {string} noun
 */
export const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/**
 * The part of a map around a cell, as a table.
 * @param {Grid} map
 * @param {string} title
 * @param {number} r
 * @param {number} c
 */
export function part(map, title, r, c) {
  const from = (/** @type {number} */ at, /** @type {number} */ length) =>
    Math.max(0, Math.min(at - 4, length - 10));
  const [top, left] = [from(r, map.height), from(c, map.width)];
  const [bottom, right] = [Math.min(top + 10, map.height), Math.min(left + 10, map.width)];
  const columns = Array.from({ length: right - left }, (_, j) => left + j);
  return {
    caption: `${title}, rows ${top + 1} to ${bottom}, columns ${left + 1} to ${right}`,
    head: ["row", ...columns.map((j) => String(j + 1))],
    rows: Array.from({ length: bottom - top }, (_, i) => [
      String(top + i + 1),
      ...columns.map((j) => say(map.values[(top + i) * map.width + j])),
    ]),
  };
}
