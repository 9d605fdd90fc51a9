// A tensor with what drawing needs: colors of its values, and its sheets drawn once.

import { Scale } from "../../browser/scale.js";
import { ITEM_SIZES, layoutOf } from "./tensor_math.js";

const magnitude = new Scale("magnitude", 1);

export class Sheets {
  /**
   * @param {any} about what the server says of it
   * @param {any} data its numbers, or, of colored images, the color of each gray
   * @param {any} gray the images that are colored so
   */
  constructor(about, data, gray) {
    this.name = about.name;
    this.axes = about.axes;
    this.stamp = about.stamp;
    this.data = about.of ? colored(gray.data, data) : data;
    this.shape = about.of ? [...gray.shape.slice(0, -1), 3] : data.shape;
    this.dtype = this.data instanceof Uint8Array ? "uint8" : "float32";
    this.layout = layoutOf(this.shape, ITEM_SIZES[this.dtype]);
    this.picture = this.axes.includes("height");
    this.rank = this.shape.length;
    this.last = this.shape[this.rank - 1];
    this.cache = new Map();
    this.low = Array(this.last).fill(Infinity);
    this.high = Array(this.last).fill(-Infinity);
    if (this.dtype === "float32") this.measure();
  }

  /** Least and greatest value of each feature. */
  measure() {
    this.data.forEach((value, i) => {
      const f = i % this.last;
      if (value < this.low[f]) this.low[f] = value;
      if (value > this.high[f]) this.high[f] = value;
    });
  }

  /** @param {number} address */
  at(address) {
    return this.data[address / this.layout.itemsize];
  }

  /**
   * One number as a color: gray, or its place between the least and the greatest of its feature.
   * @param {number} address
   */
  color(address) {
    const number = address / this.layout.itemsize;
    const value = this.data[number];
    if (this.dtype === "uint8") return [value, value, value];
    const f = number % this.last;
    return magnitude.rgb((value - this.low[f]) / (this.high[f] - this.low[f] || 1));
  }

  /**
   * Rows and columns of a layout as a small canvas.
   * @param {import("./tensor_math.js").Layout} layout
   * @param {number} base
   * @param {number} rowAxis
   * @param {number} colAxis
   * @param {number} channel the kept axis of channels, or -1
   * @param {number[]} channels
   */
  paint(layout, base, rowAxis, colAxis, channel, channels) {
    const [rows, cols] = [layout.shape[rowAxis], layout.shape[colAxis]];
    const [down, across] = [layout.strides[rowAxis], layout.strides[colAxis]];
    return pixels(cols, rows, (out, o, i) => {
      const address = base + Math.floor(i / cols) * down + (i % cols) * across;
      if (channel >= 0 && this.last === 3) {
        channels.forEach((color, k) => {
          out[o + color] = this.data[address + k * layout.strides[channel]];
        });
      } else [out[o], out[o + 1], out[o + 2]] = this.color(address);
    });
  }

  /**
   * The whole last sheet behind leading indices: a picture, a window, a table.
   * @param {number[]} lead
   */
  sheet(lead) {
    const key = lead.join();
    if (!this.cache.has(key)) {
      const row = this.rowAxis;
      const base = lead.reduce((sum, i, axis) => sum + i * this.layout.strides[axis], 0);
      const channel = this.picture ? this.rank - 1 : -1;
      this.cache.set(key, this.paint(this.layout, base, row, row + 1, channel, [0, 1, 2]));
    }
    return this.cache.get(key);
  }

  get rowAxis() {
    return this.picture ? this.rank - 3 : this.rank - 2;
  }
}

/**
 * Grays with their colors from a table.
 * @param {Uint8Array} grays
 * @param {Uint8Array} palette red, green and blue of each gray
 */
function colored(grays, palette) {
  const found = new Uint8Array(3 * grays.length);
  grays.forEach((gray, i) => found.set(palette.subarray(3 * gray, 3 * gray + 3), 3 * i));
  return found;
}

/**
 * A small canvas; `paint` writes red, green and blue of pixel `i` at `o`.
 * @param {number} width
 * @param {number} height
 * @param {(out: Uint8ClampedArray, o: number, i: number) => void} paint
 */
export function pixels(width, height, paint) {
  const canvas = document.createElement("canvas");
  const image = new ImageData(width, height);
  for (let i = 0, o = 0; i < width * height; i++, o += 4) {
    paint(image.data, o, i);
    image.data[o + 3] = 255;
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}
