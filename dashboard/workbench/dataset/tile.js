// One image of a wall: its mark, which says the class by shape and color, and the boxes in it.

import { box as rectangle, disc, paint, words } from "../../browser/paint.js";

/** @typedef {import("../../browser/theme.js").Theme} Theme */
/**
 * @typedef {object} Tile
 * @property {string} id
 * @property {string} label
 * @property {string} words
 * @property {[number, number, number, number][]} boxes
 * @property {string} mark
 * @property {"reference" | "other" | "training" | "validation"} color
 * @property {boolean} filled
 */

/** @type {Record<string, (x: number, y: number, r: number) => string>} */
const MARKS = {
  triangle: (x, y, r) => `M${x} ${y - r}l${r} ${1.8 * r}h${-2 * r}z`,
  circle: (x, y, r) => disc(x, y, r * 0.9),
  square: (x, y, r) => rectangle(x - r * 0.8, y - r * 0.8, 1.6 * r, 1.6 * r),
  diamond: (x, y, r) => `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`,
};

/** Width that a mark takes from a tile's name, in sizes of the type. */
export const MARK_EM = 1.25;

/**
 * Mark and name under an image.
 * @param {CanvasRenderingContext2D} pen
 * @param {Tile} tile
 * @param {Theme} theme
 * @param {number} x left edge
 * @param {number} middle of the line
 * @param {string} name "" for the mark alone
 */
export function label(pen, tile, theme, x, middle, name) {
  const mark = MARKS[tile.mark](x + theme.textPx * 0.45, middle, theme.textPx * 0.38);
  const color = theme[tile.color];
  paint(pen, mark, tile.filled ? { fill: color } : { color, line: 2 });
  if (name) words(pen, theme, name, x + theme.textPx * 1.2, middle);
}

/**
 * The frame around the image that is pointed at.
 * @param {CanvasRenderingContext2D} pen
 * @param {Theme} theme
 * @param {number} x
 * @param {number} y
 * @param {number} side
 */
export function pointed(pen, theme, x, y, side) {
  const box = rectangle(x + 1.5, y + 1.5, side - 3, side - 3);
  paint(pen, box, { color: theme.accent, line: theme.linePx + 1 });
}

/**
 * Whether the tiles of a canvas are pointed at, by mouse or keyboard.
 * @param {HTMLCanvasElement} canvas
 * @param {(event: MouseEvent) => number} at number of the tile under a pointer, -1 for none
 * @param {(inside: boolean, tile?: number) => void} show
 */
export function follow(canvas, at, show) {
  canvas.addEventListener("pointermove", (event) => {
    const tile = at(event);
    if (tile >= 0) show(true, tile);
  });
  canvas.addEventListener("pointerleave", () => {
    show(/** @type {ShadowRoot} */ (canvas.getRootNode()).activeElement === canvas);
  });
  canvas.addEventListener("focus", () => show(true));
  canvas.addEventListener("blur", () => show(false));
}

/**
 * All that is known of tiles, as a table.
 * @param {Tile[]} tiles
 */
export const listed = (tiles) => ({
  head: ["Image", "Label", "More"],
  rows: tiles.map((tile) => [tile.id, tile.label, tile.words]),
});
