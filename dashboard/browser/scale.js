// Colors for numbers. Zero of a signed scale is its neutral middle; the limit is symmetric and said.
// The stops are Plotly's own, so that charts and canvases agree; a test compares the two.

/** @typedef {[number, number, number]} Color red, green, blue, 0 to 255 */

/** @type {Record<"activation" | "weight" | "magnitude", Color[]>} */
export const STOPS = {
  // RdBu
  activation: [
    [103, 0, 31],
    [178, 24, 43],
    [214, 96, 77],
    [244, 165, 130],
    [253, 219, 199],
    [247, 247, 247],
    [209, 229, 240],
    [146, 197, 222],
    [67, 147, 195],
    [33, 102, 172],
    [5, 48, 97],
  ],
  // BrBG
  weight: [
    [84, 48, 5],
    [140, 81, 10],
    [191, 129, 45],
    [223, 194, 125],
    [246, 232, 195],
    [245, 245, 245],
    [199, 234, 229],
    [128, 205, 193],
    [53, 151, 143],
    [1, 102, 94],
    [0, 60, 48],
  ],
  // Cividis
  magnitude: [
    [0, 34, 78],
    [18, 53, 112],
    [59, 73, 108],
    [87, 93, 109],
    [112, 113, 115],
    [138, 134, 120],
    [165, 156, 116],
    [195, 179, 105],
    [225, 204, 85],
    [254, 232, 56],
  ],
};
const STEPS = 511;

/**
 * Evenly spaced stops as a table of colors, red, green and blue of each step in turn.
 * @param {number[][]} stops
 * @returns {Uint8ClampedArray}
 */
export function lookup(stops) {
  const table = new Uint8ClampedArray(3 * STEPS);
  for (let n = 0; n < STEPS; n++) {
    const at = (n / (STEPS - 1)) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    for (let k = 0; k < 3; k++) {
      table[3 * n + k] = stops[low][k] + (stops[low + 1][k] - stops[low][k]) * (at - low);
    }
  }
  return table;
}

const TABLES = Object.fromEntries(
  Object.entries(STOPS).map(([name, stops]) => [name, lookup(stops)]),
);

/** A scale: where a number lies on it, and its color. */
export class Scale {
  /**
   * @param {"activation" | "weight" | "magnitude" | "gray"} name
   * @param {number} limit largest value; the smallest is its negative, and 0 for magnitudes and grays
   */
  constructor(name, limit) {
    this.name = name;
    this.limit = limit > 0 ? limit : 1;
    this.signed = name === "activation" || name === "weight";
    this.table = name === "gray" ? GRAYS : TABLES[name];
    this.paint = this.paint.bind(this);
  }

  /**
   * The step of the table, 0 to 510.
   * @param {number} value
   */
  step(value) {
    const share = Math.min(Math.max(value / this.limit, this.signed ? -1 : 0), 1);
    return Math.round(this.signed ? 255 + 255 * share : 510 * share) || 0;
  }

  /**
   * @param {number} value
   * @returns {Color}
   */
  rgb(value) {
    const at = 3 * this.step(value);
    return [this.table[at], this.table[at + 1], this.table[at + 2]];
  }

  /**
   * As CSS.
   * @param {number} value
   */
  css(value) {
    return `rgb(${this.rgb(value).join(" ")})`;
  }

  /**
   * Ink that reads on that color.
   * @param {number} value
   */
  ink(value) {
    return ink(this.rgb(value));
  }

  /**
   * For `bitmap`: write the color of a value into pixels.
   * @param {number} value
   * @param {Uint8ClampedArray} pixels
   * @param {number} at
   */
  paint(value, pixels, at) {
    const from = 3 * this.step(value);
    pixels[at] = this.table[from];
    pixels[at + 1] = this.table[from + 1];
    pixels[at + 2] = this.table[from + 2];
  }
}

const GRAYS = lookup([
  [0, 0, 0],
  [255, 255, 255],
]);
const DARK_INK = "#000000";
const LIGHT_INK = "#ffffff";

/** @param {number} part 0 to 255 */
const linear = (part) =>
  part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;

/**
 * WCAG relative luminance, 0 to 1.
 *
 * Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
 * @param {number[]} color
 */
export function luminance([red, green, blue]) {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/**
 * The ink with more contrast on a color, black or white: at least 4.5 to 1 on any.
 * @param {number[]} color
 */
export function ink(color) {
  // Where both inks have the same contrast: (L + .05)² = 1.05 · .05.
  return luminance(color) > 0.179 ? DARK_INK : LIGHT_INK;
}

/**
 * The next 1, 2 or 5 times a power of ten: limits stay while a number is dragged, so that colors show
 * the change.
 * @param {number} value
 */
export function niceLimit(value) {
  if (!(value > 1e-12)) return 1;
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return /** @type {number} */ ([1, 2, 5, 10].find((n) => n * power >= value * (1 - 1e-9))) * power;
}

/**
 * The largest size of any of the numbers, 0 where there are none.
 * @param {Iterable<number>} values
 */
export function largest(values) {
  let most = 0;
  for (const value of values) {
    const size = value < 0 ? -value : value;
    if (size > most) most = size;
  }
  return most;
}

/**
 * A color between two others.
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} share 0 to 1
 * @returns {Color}
 */
export function mixed(from, to, share) {
  return /** @type {Color} */ (from.map((part, k) => part + (to[k] - part) * share));
}

/**
 * The table of a scale, red, green and blue of each of its 511 steps.
 * @param {"activation" | "weight" | "magnitude"} name
 */
export const colorsOf = (name) => TABLES[name];
