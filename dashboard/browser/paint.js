// What stands on a canvas, in one call each: lines and areas with their look, words on one line.

import { shortened } from "./canvas.js";

const FRAME = "#ffd166";

/**
 * @typedef {object} Look
 * @property {string} [fill] color of the area
 * @property {string} [color] of the line
 * @property {number} [line] its width in CSS pixels
 * @property {number[]} [dash]
 * @property {number} [alpha] of all, beside what the pen has already
 * @property {string} [under] color of a wider line beneath, which shows it on any ground
 * @property {number} [more] by how much that one is wider
 */
/**
 * @typedef {object} Words
 * @property {string} [color]
 * @property {CanvasTextAlign} [align]
 * @property {CanvasTextBaseline} [base]
 * @property {number} [weight]
 * @property {number} [size] of the type, in CSS pixels
 * @property {boolean} [mono]
 * @property {string} [halo] color around the letters, which shows them on any ground
 * @property {number} [most] width that they are shortened to
 * @property {number} [squeeze] width that they are pressed into
 */

/**
 * A rectangle, as a path.
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}z`;

/**
 * A circle, as a path.
 * @param {number} x of the middle
 * @param {number} y
 * @param {number} r
 */
export const disc = (x, y, r) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;

/**
 * A line through points, as a path.
 * @param {number[][]} points
 */
export const through = (points) => `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;

/**
 * Draw a path: what lies beneath its line, its area, then its line.
 * @param {CanvasRenderingContext2D} pen
 * @param {string | Path2D} path as SVG writes it, or ready
 * @param {Look} look
 */
export function paint(pen, path, { fill, color, line = 1, dash, alpha = 1, under, more = 2 }) {
  const shape = typeof path === "string" ? new Path2D(path) : path;
  const before = pen.globalAlpha;
  pen.globalAlpha = before * alpha;
  if (under) {
    pen.strokeStyle = under;
    pen.lineWidth = line + more;
    pen.stroke(shape);
  }
  if (fill) {
    pen.fillStyle = fill;
    pen.fill(shape);
  }
  if (color) {
    pen.strokeStyle = color;
    pen.lineWidth = line;
    if (dash) pen.setLineDash(dash);
    pen.stroke(shape);
    if (dash) pen.setLineDash([]);
  }
  pen.globalAlpha = before;
}

/**
 * Marked places of an image, dark under bright: a frame is seen on bone and on background.
 * @param {CanvasRenderingContext2D} pen
 * @param {number[][]} boxes left, top, width and height in pixels of the image
 * @param {number} x
 * @param {number} y
 * @param {number} scale CSS pixels a pixel
 */
export function frames(pen, boxes, x, y, scale) {
  for (const [left, top, width, height] of boxes) {
    const [wide, tall] = [width * scale + 2, height * scale + 2];
    const frame = box(x + left * scale - 1, y + top * scale - 1, wide, tall);
    paint(pen, frame, { color: FRAME, line: 2, under: "rgb(0 0 0 / .7)" });
  }
}

/**
 * Draw what stays inside a rectangle.
 * @param {CanvasRenderingContext2D} pen
 * @param {[number, number, number, number]} place left, top, width, height
 * @param {() => void} draw
 */
export function inside(pen, place, draw) {
  pen.save();
  pen.beginPath();
  pen.rect(...place);
  pen.clip();
  draw();
  pen.restore();
}

/**
 * Words on one line, in the theme's type; the pen keeps their font.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./theme.js").Theme} theme
 * @param {string} text
 * @param {number} x
 * @param {number} y of their middle, where `base` says nothing else
 * @param {Words} [how]
 */
export function words(pen, theme, text, x, y, how = {}) {
  const { color = theme.text, align = "left", base = "middle", weight = 400, most = 0 } = how;
  pen.font = `${weight} ${how.size ?? theme.textPx}px ${how.mono ? theme.mono : theme.font}`;
  pen.fillStyle = color;
  pen.textAlign = align;
  pen.textBaseline = base;
  if (how.halo) {
    pen.strokeStyle = how.halo;
    pen.lineWidth = 4;
    pen.lineJoin = "round";
    pen.strokeText(text, x, y);
  }
  pen.fillText(most ? shortened(pen, text, most) : text, x, y, how.squeeze);
}

/**
 * How wide words are.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./theme.js").Theme} theme
 * @param {string} text
 * @param {number} [weight]
 */
export function widthOf(pen, theme, text, weight = 400) {
  pen.font = `${weight} ${theme.textPx}px ${theme.font}`;
  return pen.measureText(text).width;
}

/**
 * Words in as many lines as a width asks for.
 * @param {CanvasRenderingContext2D} pen
 * @param {import("./theme.js").Theme} theme
 * @param {string} text
 * @param {number} width
 */
export function folded(pen, theme, text, width) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length && widthOf(pen, theme, longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
