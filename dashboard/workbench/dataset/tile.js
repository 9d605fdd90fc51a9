// One image of a wall: its mark, which says the class by shape and color, and the boxes in it.

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

/** @type {Record<string, (pen: CanvasRenderingContext2D, x: number, y: number, r: number) => void>} */
const MARKS = {
  triangle: (pen, x, y, r) => {
    pen.moveTo(x, y - r);
    pen.lineTo(x + r, y + r * 0.8);
    pen.lineTo(x - r, y + r * 0.8);
    pen.closePath();
  },
  circle: (pen, x, y, r) => pen.arc(x, y, r * 0.9, 0, 2 * Math.PI),
  square: (pen, x, y, r) => pen.rect(x - r * 0.8, y - r * 0.8, 1.6 * r, 1.6 * r),
  diamond: (pen, x, y, r) => {
    pen.moveTo(x, y - r);
    pen.lineTo(x + r, y);
    pen.lineTo(x, y + r);
    pen.lineTo(x - r, y);
    pen.closePath();
  },
};
const FRAME = "#ffd166";

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
  pen.textBaseline = "middle";
  pen.beginPath();
  MARKS[tile.mark](pen, x + theme.textPx * 0.45, middle, theme.textPx * 0.38);
  if (tile.filled) {
    pen.fillStyle = theme[tile.color];
    pen.fill();
  } else {
    pen.strokeStyle = theme[tile.color];
    pen.lineWidth = 2;
    pen.stroke();
  }
  pen.fillStyle = theme.text;
  if (name) pen.fillText(name, x + theme.textPx * 1.2, middle);
}

/**
 * The boxes of an image, dark under bright: a frame is seen on bone and on background.
 * @param {CanvasRenderingContext2D} pen
 * @param {Tile["boxes"]} boxes in pixels of the image
 * @param {number} x
 * @param {number} y
 * @param {number} scale CSS pixels a pixel
 */
export function frames(pen, boxes, x, y, scale) {
  for (const [left, top, width, height] of boxes) {
    /** @type {[number, number, number, number]} */
    const box = [x + left * scale - 1, y + top * scale - 1, width * scale + 2, height * scale + 2];
    pen.lineWidth = 4;
    pen.strokeStyle = "rgb(0 0 0 / .7)";
    pen.strokeRect(...box);
    pen.lineWidth = 2;
    pen.strokeStyle = FRAME;
    pen.strokeRect(...box);
  }
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
  pen.strokeStyle = theme.accent;
  pen.lineWidth = theme.linePx + 1;
  pen.strokeRect(x + 1.5, y + 1.5, side - 3, side - 3);
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
