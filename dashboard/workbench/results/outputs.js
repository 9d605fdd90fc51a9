// The drawn half of "Read the results": outputs on their scale, and the X-rays behind a count.

import { fixed, write } from "../../browser/number.js";
import { box as rectangle, folded, frames, paint, widthOf, words } from "../../browser/paint.js";

/** @typedef {import("../../browser/canvas.js").Surface} Surface */
/** @typedef {{ x: number, y: number, w: number, h: number }} Box */
/** @typedef {{ image: CanvasImageSource, side: number, columns: number, boxes: number[][][] }} Sheet */

const BINS = 50;
const GAP = 4;
const LEAST_TILE_PX = 56;

/**
 * Where outputs and X-rays lie on the canvas; without X-rays the outputs take the room.
 * @param {Surface} surface
 * @param {boolean} walled
 * @returns {{ scale: Box, wall: Box }}
 */
export function places({ width, height, theme }, walled) {
  const text = theme.textPx;
  const tall = walled ? Math.round(Math.max(0.36 * height, 8 * text)) : height - 5.6 * text;
  const left = 0.6 * text;
  return {
    scale: { x: left, y: 1.6 * text, w: width - 2 * left, h: tall - 3.2 * text },
    wall: { x: 0, y: tall + 1.7 * text, w: width, h: height - tall - 1.7 * text },
  };
}

/**
 * Images a part of the scale holds, by label.
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} scores
 * @returns {[number[], number[]]}
 */
export function histogram(labels, scores) {
  /** @type {[number[], number[]]} */
  const bins = [new Array(BINS).fill(0), new Array(BINS).fill(0)];
  for (let i = 0; i < labels.length; i++) {
    bins[labels[i] === 1 ? 1 : 0][Math.min(Math.floor(scores[i] * BINS), BINS - 1)] += 1;
  }
  return bins;
}

/**
 * Outputs of the two classes, one upwards and one downwards, and the line between the answers.
 * @param {Surface} surface
 * @param {Box} box
 * @param {{ labels: ArrayLike<number>, scores: ArrayLike<number>, threshold: number, classes: string[], title: string }} shown
 */
export function drawOutputs({ pen, theme }, { x, y, w, h }, shown) {
  const bins = histogram(shown.labels, shown.scores);
  const text = theme.textPx;
  const most = bins.map((one) => Math.max(1, ...one));
  const middle = y + h / 2;
  const half = h / 2 - 0.15 * text;
  const ink = [theme.other, theme.reference];
  const above = y - 0.55 * text;
  words(pen, theme, shown.title, x, above, { base: "alphabetic" });
  const names = [`${shown.classes[0]} \u25bc`, `${shown.classes[1]} \u25b2`];
  const right = x + w - widthOf(pen, theme, names[0]) - text;
  const left = right - widthOf(pen, theme, names[1]) - text;
  // Beside the title, or where a class has few outputs: at its wrong end of the scale.
  const beside = x + widthOf(pen, theme, shown.title) < left;
  const at = beside
    ? [
        [x + w, above],
        [right, above],
      ]
    : [
        [x + w, y + h - 0.3 * text],
        [x + widthOf(pen, theme, names[1]), y + text],
      ];
  for (const label of [1, 0]) {
    const how = /** @type {const} */ ({ base: "alphabetic", align: "right" });
    words(pen, theme, names[label], at[label][0], at[label][1], { ...how, color: ink[label] });
  }
  for (const label of [1, 0]) {
    pen.fillStyle = ink[label];
    bins[label].forEach((n, bin) => {
      const size = (n / most[label]) * half;
      const top = label === 1 ? middle - size : middle;
      pen.globalAlpha = (bin + 0.5) / BINS >= shown.threshold ? 1 : 0.45;
      pen.fillRect(x + (bin / BINS) * w + 0.5, top, w / BINS - 1, size);
    });
  }
  pen.globalAlpha = 1;
  const cut = x + shown.threshold * w;
  paint(pen, `M${x} ${middle}h${w}`, { color: theme.muted });
  paint(pen, `M${cut} ${y - 2}V${y + h + 4}`, { color: theme.text, line: theme.linePx });
  const below = y + h + 1.25 * text;
  const how = /** @type {const} */ ({ base: "alphabetic", align: "center" });
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    if (Math.abs(tick - shown.threshold) * w < 2.6 * text) continue;
    const inside = Math.min(Math.max(x + tick * w, x + 0.8 * text), x + w - 0.8 * text);
    words(pen, theme, write(tick), inside, below, { ...how, color: theme.muted });
  }
  const held = Math.min(Math.max(cut, x + 1.4 * text), x + w - 1.4 * text);
  words(pen, theme, fixed(shown.threshold, 3), held, below, how);
}

/**
 * Columns and side of the tiles of a wall: all where they fit, else as many as are still seen.
 * @param {number} tiles
 * @param {Box} box
 * @param {number} text size of the words under each
 */
export function layOut(tiles, { w, h }, text) {
  const under = 1.35 * text;
  let best = { columns: 1, rows: 1, side: 0 };
  for (let columns = 1; columns <= Math.max(tiles, 1); columns++) {
    const rows = Math.ceil(tiles / columns) || 1;
    const side = Math.floor(Math.min(w / columns, h / rows - under) - GAP);
    if (side > best.side) best = { columns, rows, side };
  }
  const least = Math.max(LEAST_TILE_PX, 2.8 * text); // a number must fit under it
  if (best.side >= least) return best;
  const columns = Math.max(1, Math.floor(w / (least + GAP)));
  const side = Math.floor(w / columns) - GAP;
  return { columns, rows: Math.max(1, Math.floor(h / (side + GAP + under))), side };
}

/**
 * Where a tile lies.
 * @param {number} n
 * @param {{ columns: number, side: number }} grid
 * @param {Box} box
 * @param {number} text
 * @returns {Box}
 */
export function tileBox(n, { columns, side }, { x, y }, text) {
  const [row, column] = [Math.floor(n / columns), n % columns];
  const pitch = side + GAP + 1.35 * text;
  return { x: x + column * (side + GAP), y: y + row * pitch, w: side, h: side };
}

/**
 * X-rays with their outputs under them.
 * @param {Surface} surface
 * @param {Box} box
 * @param {{ title: string, none: string, order: number[], scores: ArrayLike<number>, sheet: Sheet | null,
 *   marks: boolean, cursor: number, heat?: (Sheet & { at: Map<number, number> }) | null }} shown
 * @returns {number} how many are drawn
 */
export function drawWall({ pen, theme }, box, shown) {
  const text = theme.textPx;
  const how = /** @type {const} */ ({ base: "alphabetic", most: box.w });
  words(pen, theme, shown.title, box.x, box.y - 0.55 * text, how);
  const { sheet } = shown;
  if (!sheet || !shown.order.length) {
    folded(pen, theme, shown.none, box.w).forEach((line, n) => {
      words(pen, theme, line, box.x, box.y + (1.2 + 1.3 * n) * text, { color: theme.muted });
    });
    return 0;
  }
  const grid = layOut(shown.order.length, box, text);
  const drawn = shown.order.slice(0, grid.columns * grid.rows);
  drawn.forEach((image, n) => {
    const place = tileBox(n, grid, box, text);
    const warm = shown.heat?.at.get(image);
    const from = warm === undefined || !shown.heat ? sheet : shown.heat;
    const at = warm ?? image;
    const [row, column] = [Math.floor(at / from.columns), at % from.columns];
    const { side } = sheet;
    pen.imageSmoothingEnabled = true;
    pen.drawImage(
      from.image,
      column * side,
      row * side,
      side,
      side,
      place.x,
      place.y,
      place.w,
      place.h,
    );
    if (shown.marks) frames(pen, sheet.boxes[image], place.x, place.y, place.w / side);
    if (n === shown.cursor) {
      const edge = rectangle(place.x + 1, place.y + 1, place.w - 2, place.h - 2);
      paint(pen, edge, { color: theme.accent, line: theme.linePx + 1 });
    }
    const said = fixed(shown.scores[image], 2);
    const under = /** @type {const} */ ({ base: "alphabetic", align: "center" });
    const [across, down] = [place.x + place.w / 2, place.y + place.h + text];
    words(pen, theme, said, across, down, { ...under, color: theme.muted });
  });
  return drawn.length;
}
