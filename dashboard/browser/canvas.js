// A canvas that fills its place at the screen's own resolution, and bitmaps from arrays.

import { theme } from "./theme.js";

/** @typedef {import("./theme.js").Theme} Theme */

/**
 * Give a canvas a size in CSS pixels; its context then counts in them.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 * @returns {CanvasRenderingContext2D}
 */
export function fit(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const [wide, high] = [
    Math.max(1, Math.round(width * ratio)),
    Math.max(1, Math.round(height * ratio)),
  ];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  return pen;
}

/**
 * A canvas that is as large as the element it stands in.
 *
 * `arranged` is called with width and height in CSS pixels whenever they or the look change, before
 * the next drawing; `pen` counts in CSS pixels.
 */
export class Surface {
  /**
   * @param {HTMLElement} host positioned; the canvas fills it
   * @param {{ label?: string, arranged?: (width: number, height: number, theme: Theme) => void }} [options]
   */
  constructor(host, { label = "", arranged } = {}) {
    this.host = host;
    this.arranged = arranged;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "lb-canvas";
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("data-picture", "");
    if (label) this.canvas.setAttribute("aria-label", label);
    host.append(this.canvas);
    this.pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    this.width = 0;
    this.height = 0;
    this.theme = theme(host);
  }

  /** Take the size that there is now; called by the stage's frame. */
  arrange() {
    this.width = this.host.clientWidth;
    this.height = this.host.clientHeight;
    this.theme = theme(this.host);
    this.pen = fit(this.canvas, this.width, this.height);
    this.arranged?.(this.width, this.height, this.theme);
  }

  /** An empty canvas, with the theme's font ready. */
  clear() {
    this.pen.clearRect(0, 0, this.width, this.height);
    this.pen.font = `${this.theme.textPx}px ${this.theme.font}`;
    return this.pen;
  }

  /**
   * A canvas of that size, drawn once, for what stays while the picture moves.
   * @param {(pen: CanvasRenderingContext2D) => void} draw
   */
  layer(draw) {
    const made = document.createElement("canvas");
    made.width = this.canvas.width;
    made.height = this.canvas.height;
    const pen = /** @type {CanvasRenderingContext2D} */ (made.getContext("2d"));
    pen.setTransform(this.pen.getTransform());
    pen.font = `${this.theme.textPx}px ${this.theme.font}`;
    draw(pen);
    return made;
  }

  /**
   * Where on the canvas a pointer is, in CSS pixels.
   * @param {MouseEvent} event
   * @returns {[number, number]}
   */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}

/**
 * A picture of numbers as a bitmap of one pixel a number, to be drawn enlarged without smoothing.
 * @param {ArrayLike<number>} values row by row
 * @param {number} width
 * @param {number} height
 * @param {(value: number, pixel: Uint8ClampedArray, at: number) => void} paint writes red, green, blue at `at`
 * @param {HTMLCanvasElement} [reused]
 * @returns {HTMLCanvasElement}
 */
export function bitmap(values, width, height, paint, reused) {
  const canvas = reused ?? document.createElement("canvas");
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = pen.createImageData(width, height);
  const pixels = image.data;
  for (let i = 0, at = 0; i < width * height; i++, at += 4) {
    paint(values[i], pixels, at);
    pixels[at + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Draw a bitmap enlarged, every number a sharp square.
 * @param {CanvasRenderingContext2D} pen
 * @param {CanvasImageSource} image
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
export function enlarge(pen, image, x, y, width, height) {
  const smooth = pen.imageSmoothingEnabled;
  pen.imageSmoothingEnabled = false;
  pen.drawImage(image, x, y, width, height);
  pen.imageSmoothingEnabled = smooth;
}

/**
 * Text that is shortened with an ellipsis where it is wider than its place.
 * @param {CanvasRenderingContext2D} pen
 * @param {string} text
 * @param {number} width
 */
export function shortened(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (pen.measureText(`${text.slice(0, middle).trimEnd()}\u2026`).width <= width) low = middle;
    else high = middle - 1;
  }
  return low ? `${text.slice(0, low).trimEnd()}\u2026` : "";
}
