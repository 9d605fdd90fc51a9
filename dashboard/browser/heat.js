// Heat over an X-ray: enlarged between the values that the server computed, colored by sign and size.

const STRIPE = 4; // pixels of a stripe in what speaks against: told apart without color

/** @typedef {[number, number, number, number]} Rectangle left, top, width, height */

/**
 * A gray picture as a bitmap.
 * @param {Uint8Array & { shape: number[] }} gray
 */
export function film(gray) {
  const [height, width] = gray.shape;
  const canvas = new OffscreenCanvas(width, height);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const pixels = pen.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    pixels.data.fill(gray[i], 4 * i, 4 * i + 3);
    pixels.data[4 * i + 3] = 255;
  }
  pen.putImageData(pixels, 0, 0);
  return canvas;
}

/**
 * Magnitudes inside the picture, ascending: a percentile is then a look-up.
 * @param {Float32Array} map
 * @param {number} size side of the square
 * @param {Rectangle} placement of the picture in it
 */
export function strengths(map, size, [left, top, width, height]) {
  const found = new Float32Array(width * height);
  let at = 0;
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) found[at++] = Math.abs(map[y * size + x]);
  }
  return found.sort();
}

/**
 * The magnitude below which so many percent of the picture lie.
 * @param {Float32Array} sorted
 * @param {number} percent
 */
export function threshold(sorted, percent) {
  if (!percent) return 0;
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))];
}

/**
 * The map at every pixel of a frame, linear between centers, as the server enlarges it.
 * @param {Float32Array} map
 * @param {number} size side of the square
 * @param {Rectangle} part of the square that the frame shows
 * @param {number} w
 * @param {number} h
 */
export function interpolate(map, size, [left, top, width, height], w, h) {
  const last = size - 1;
  const field = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    const v = Math.min(Math.max(top + ((y + 0.5) * height) / h - 0.5, 0), last);
    const v0 = Math.floor(v);
    const v1 = Math.min(v0 + 1, last);
    const b = v - v0;
    for (let x = 0; x < w; x++) {
      const u = Math.min(Math.max(left + ((x + 0.5) * width) / w - 0.5, 0), last);
      const u0 = Math.floor(u);
      const u1 = Math.min(u0 + 1, last);
      const a = u - u0;
      const upper = map[v0 * size + u0] * (1 - a) + map[v0 * size + u1] * a;
      const lower = map[v1 * size + u0] * (1 - a) + map[v1 * size + u1] * a;
      field[y * w + x] = upper * (1 - b) + lower * b;
    }
  }
  return field;
}

/**
 * @typedef {object} Paint
 * @property {number} limit largest magnitude of the scale
 * @property {number[]} hot
 * @property {number[]} cold
 * @property {number} [least] what is weaker is not painted
 * @property {boolean} [positive] nothing below zero is painted
 * @property {number} [ratio] pixels of the screen in one of CSS
 */

/**
 * Values as a bitmap over a picture: transparent at zero, purple and striped below it, orange above.
 * @param {Float32Array} field row by row
 * @param {number} w
 * @param {number} h
 * @param {Paint} paint
 */
export function heatOf(field, w, h, { limit, hot, cold, least = 0, positive = false, ratio = 1 }) {
  const heat = new OffscreenCanvas(w, h);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (heat.getContext("2d"));
  const pixels = pen.createImageData(w, h);
  const stripe = Math.round(STRIPE * ratio);
  for (let i = 0; limit > 0 && i < w * h; i++) {
    const value = field[i];
    const strength = Math.abs(value);
    if (strength < least || (positive && value < 0)) continue;
    let alpha = Math.min(strength / limit, 1);
    if (value < 0 && Math.floor(((i % w) + Math.floor(i / w)) / stripe) % 2) alpha *= 0.45;
    const [red, green, blue] = value < 0 ? cold : hot;
    pixels.data[4 * i] = red;
    pixels.data[4 * i + 1] = green;
    pixels.data[4 * i + 2] = blue;
    pixels.data[4 * i + 3] = 255 * alpha;
  }
  pen.putImageData(pixels, 0, 0);
  return heat;
}
