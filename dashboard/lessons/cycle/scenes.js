// What each operation of the cycle shows, in order, and where it stands.

/** @typedef {{ id: string, k: number, x: number, y: number, unit: number, side: number, slot: number, left: number, large: boolean, alpha: number, row?: number, middle?: number, moving?: boolean }} Box */

const SMALL = 0.5; // "small" arrays only keep the overview
const LARGEST_CELL = 3.3; // of the type: what a number needs, and some air

/** @type {[string, number][][]} */
export const SCENES = [
  "patch kernel- sums- relu- pooled- dense- out",
  "patch kernel sums relu- pooled- dense- out",
  "patch- kernel- sums relu pooled- dense- out",
  "patch- kernel- sums- relu pooled dense- out",
  "patch- kernel- sums- relu- pooled dense out",
  "patch- kernel- sums- relu- pooled dense out",
  "patch- relu- pooled dgrad bpooled dense out",
  "patch- relu brelu bpooled dense- out",
  "sums bsums brelu bpooled- out",
  "patch bsums parts kgrad",
  "kernel kgrad kafter dense dgrad dafter out",
].map((row) =>
  row.split(" ").map((word) => [word.replace("-", ""), word.endsWith("-") ? SMALL : 1]),
);

export const STEPS = SCENES.length;
/** @type {Record<string, number>} */
export const SIDES = { patch: 8 };
for (const id of ["sums", "bsums", "parts", "relu", "brelu"]) SIDES[id] = 6;
for (const id of ["kernel", "kgrad", "kafter", "pooled", "bpooled", "dense", "dgrad", "dafter"]) {
  SIDES[id] = 3;
}
export const MAPS = new Set(["sums", "bsums", "parts", "relu", "brelu"]);
export const KERNELS = new Set(["kernel", "kgrad", "kafter"]);
export const THREES = new Set(["pooled", "bpooled", "dense", "dgrad", "dafter"]);

/** @type {Record<string, string>} */
const GLYPHS = {
  "patch>kernel": "\u2217",
  "kernel>sums": "=",
  "patch>bsums": "\u00d7",
  "bsums>parts": "=",
  "parts>kgrad": "\u03a3",
  "kernel>kgrad": "\u2212\u03b7\u00b7",
  "kgrad>kafter": "=",
  "dense>dgrad": "\u2212\u03b7\u00b7",
  "dgrad>dafter": "=",
  "pooled>dense": "\u00b7",
  "kafter>dense": "",
  "dgrad>bpooled": "",
};
const BACKWARD = "brelu>bpooled bsums>brelu bpooled>dense sums>bsums relu>brelu".split(" ");

/**
 * What stands between two arrays.
 * @param {string} before
 * @param {string} after
 * @param {number} step
 */
export function glyph(before, after, step) {
  const pair = `${before}>${after}`;
  const back = BACKWARD.includes(pair) || (after === "out" && step >= 6 && step < 10);
  return GLYPHS[pair] ?? (back ? "\u2190" : "\u2192");
}

/** @type {Record<string, string>} */
const TITLES = {
  patch: "patch x",
  kernel: "kernel 1",
  kgrad: "\u2202L/\u2202k",
  kafter: "after 1",
  sums: "sums 1",
  relu: "ReLU",
  pooled: "pooled",
  dense: "dense w",
  dgrad: "\u2202L/\u2202w",
  dafter: "after",
  bpooled: "\u2202L/\u2202pooled",
  brelu: "\u2202L/\u2202ReLU",
  bsums: "\u2202L/\u2202sums",
  parts: "36 products",
};

/**
 * Boxes of one scene: the largest cell for which titles, gaps and arrays fit.
 *
 * Where one row would leave most of the height empty, the scene breaks into two.
 * @param {CanvasRenderingContext2D} pen with the theme's font
 * @param {number} step
 * @param {number} kernels
 * @param {{ width: number, height: number, type: number }} place
 */
export function arrange(pen, step, kernels, place) {
  const one = inRows(pen, [SCENES[step]], kernels, place);
  const half = Math.ceil(SCENES[step].length / 2);
  const rows = [SCENES[step].slice(0, half), SCENES[step].slice(half)];
  const two = inRows(pen, rows, kernels, place);
  return two.cell > 1.25 * one.cell ? two : one;
}

function inRows(pen, rows, K, { width, height, type }) {
  const gap = Math.round(type * 1.7);
  const line = Math.round(type * 1.35);
  const most = Math.round(LARGEST_CELL * type);
  const slotOf = ([id, size], cell) =>
    id === "out"
      ? 8.2 * type
      : Math.max(pen.measureText(TITLES[id]).width + 2, SIDES[id] * Math.floor(cell * size));
  const wide = (row, cell) =>
    row.reduce((sum, part) => sum + slotOf(part, cell), 0) + gap * (row.length - 1);
  const tallOf = ([id, size], cell) =>
    id === "out"
      ? 9 * line
      : (id === "patch" ? 1 : K) * (SIDES[id] * Math.floor(cell * size) + 2.2 * line);
  const tall = (row, cell) => Math.max(...row.map((part) => tallOf(part, cell)));
  const fits = (cell) =>
    rows.every((row) => wide(row, cell) <= width - 12) &&
    rows.reduce((sum, row) => sum + tall(row, cell), 0) <= height - 4;
  let cell = most;
  while (cell > 8 && !fits(cell)) cell -= 1;
  const heights = rows.map((row) => tall(row, cell));
  const spare = (height - heights.reduce((a, b) => a + b, 0)) / (rows.length + 1);
  /** @type {Record<string, Box>} */
  const boxes = {};
  let top = spare;
  rows.forEach((row, r) => {
    let x = (width - wide(row, cell)) / 2;
    for (const part of row) {
      const [id, size] = part;
      const unit = id === "out" ? 0 : Math.floor(cell * size);
      const side = unit * (SIDES[id] ?? 0);
      const slot = slotOf(part, cell);
      const count = id === "patch" || id === "out" ? 1 : K;
      for (let k = 0; k < count; k++) {
        const middle = top + (heights[r] * (k + 0.5)) / count;
        const [left, y] = [x + (slot - side) / 2, middle - side / 2];
        const own = { id, k, x: left, y, unit, side, slot, left: x, alpha: 1 };
        boxes[`${id}${k}`] = { ...own, large: size === 1, row: r, middle: top + heights[r] / 2 };
      }
      x += slot + gap;
    }
    top += heights[r] + spare;
  });
  return { boxes, step: 0, cell };
}
