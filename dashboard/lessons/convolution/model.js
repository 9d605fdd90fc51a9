// What the layer that is set makes of the picture: maps, the window at a place, its products and sums.

import {
  addPlane,
  filterMap,
  layerAxes,
  paddedPlane,
  turned,
  uncoveredOf,
} from "./convolution_math.js";
import { Kernels, readEdits } from "./kernels.js";

/** @typedef {import("./convolution_math.js").How} How */
/** @typedef {import("./convolution_math.js").Axis} Axis */
/** @typedef {Record<string, any>} Values */

/** @type {Axis} */
const NOTHING = { length: 0, reach: 0, before: 0, after: 0, places: 0, left: 0 };

export class Model {
  constructor() {
    this.kernels = new Kernels();
    /** @type {Float32Array[]} */
    this.planes = [];
    this.height = 0;
    this.width = 0;
    this.identity = "";
    /** @type {Values} What is set, clamped to what there is. */
    this.set = {};
    /** @type {How} */
    this.how = { size: 3, stride: 1, dilation: 1, padding: "valid", mode: "standard", flip: false };
    this.rows = NOTHING;
    this.columns = NOTHING;
    /** @type {Float64Array[]} */
    this.maps = [];
    /** @type {import("./convolution_math.js").Padded[]} */
    this.padded = [];
    /** @type {number[][]} */
    this.uncovered = [[], []];
    this.steps = [0, 0];
    this.at = 0;
    this.f = 0;
    this.c = 0;
    this.key = "";
    /** Counts what is computed anew, for who keeps pictures of it. */
    this.version = 0;
    /** @type {Map<number, Float64Array>} */
    this.partials = new Map();
  }

  get transposed() {
    return this.how.mode === "transposed";
  }
  get depthwise() {
    return this.how.mode === "depthwise";
  }
  /** Whether the kernel is turned: a stamp never is. */
  get flips() {
    return this.how.flip && !this.transposed;
  }
  /** The map that is shown. */
  get shown() {
    return this.depthwise ? this.c : this.f;
  }
  get filters() {
    return this.kernels.count(this.set);
  }
  get row() {
    return Math.floor(this.at / this.steps[1]);
  }
  get column() {
    return this.at % this.steps[1];
  }

  /**
   * Take over what is set; compute what it needs.
   * @param {Values} values
   * @param {{ only?: boolean, cell?: { at: number, by: number } | null }} [hint] `only` the chosen filter's kernel
   *   or bias changed; of one cell, while it is dragged, only its own part of every sum changes
   */
  update(values, { only = false, cell = null } = {}) {
    const size = values.mode === "pointwise" ? 1 : values.size;
    this.set = { ...values, size };
    const stamps = values.mode === "transposed";
    this.how = {
      size,
      stride: values.stride,
      dilation: values.dilation,
      padding: stamps && !["valid", "same"].includes(values.padding) ? "valid" : values.padding,
      mode: values.mode,
      flip: values.flip,
    };
    this.f = Math.min(values.f, this.filters - 1);
    this.c = Math.min(values.c, this.planes.length - 1);
    Object.assign(this, layerAxes(this.height, this.width, this.how));
    const { rows, columns, how } = this;
    this.partials = new Map();
    this.version++;
    if (!rows.places || !columns.places) {
      this.maps = this.padded = [];
      this.key = "";
      this.uncovered = [[], []];
      this.steps = [0, 0];
      return;
    }
    const key = JSON.stringify([this.identity, this.how, this.filters]);
    const other = key !== this.key;
    this.key = key;
    if (other) {
      this.padded = stamps
        ? []
        : this.planes.map((plane) => paddedPlane(plane, rows, columns, how.padding));
      this.uncovered = stamps ? [[], []] : [uncoveredOf(rows, how), uncoveredOf(columns, how)];
    }
    this.steps = stamps ? [rows.length, columns.length] : [rows.places, columns.places];
    if (other || !only || this.depthwise) this.computeAll();
    else if (cell && !stamps) {
      const change = new Float64Array(size * size);
      change[how.flip ? change.length - 1 - cell.at : cell.at] = cell.by;
      addPlane(this.maps[this.f], this.padded[this.c], change, rows, columns, how);
    } else this.maps[this.f] = this.compute(this.f);
  }

  /** @param {number} f */
  compute(f) {
    const kernels = this.planes.map((_, c) => this.kernel(f, c));
    return filterMap(
      this.planes, this.padded, kernels, this.biasOf(f), this.rows, this.columns, this.how,
    ); // prettier-ignore
  }

  computeAll() {
    if (!this.depthwise) {
      this.maps = Array.from({ length: this.filters }, (_, f) => this.compute(f));
      return;
    }
    this.maps = this.planes.map((plane, c) =>
      filterMap(
        [plane],
        [this.padded[c]],
        [this.kernel(0, c)],
        this.biasOf(0, c),
        this.rows,
        this.columns,
        this.how,
      ),
    );
  }

  /**
   * The sums of one channel of the chosen filter, without the bias.
   * @param {number} c
   * @returns {Float64Array}
   */
  partial(c) {
    const known = this.partials.get(c);
    if (known) return known;
    const kernels = this.planes.map((_, n) => this.kernel(this.f, n));
    const found = filterMap(
      this.planes, this.padded, kernels, 0, this.rows, this.columns, this.how, c,
    ); // prettier-ignore
    this.partials.set(c, found);
    return found;
  }

  /**
   * The kernel as it is set, the gain included.
   * @param {number} [f]
   * @param {number} [c]
   */
  kernel(f = this.f, c = this.c) {
    const own = this.kernels.kernel(this.set, f, c);
    return this.set.gain === 1 ? own : own.map((value) => value * this.set.gain);
  }

  /**
   * The kernel as it lies on the picture.
   * @param {number} [c]
   */
  used(c = this.c) {
    return this.flips ? turned(this.kernel(this.f, c)) : this.kernel(this.f, c);
  }

  /** Which bias counts: of the filter, of a learned depthwise layer the channel's. */
  biasIndex(f = this.f, c = this.c) {
    if (!this.depthwise) return f;
    return this.kernels.isLearned(this.set) ? c : 0;
  }

  /**
   * @param {number} [f]
   * @param {number} [c]
   * @returns {number}
   */
  biasOf(f = this.f, c = this.c) {
    const index = this.biasIndex(f, c);
    const pairs = this.set.biases;
    for (let n = 0; n + 1 < pairs.length; n += 2) if (pairs[n] === index) return pairs[n + 1];
    return this.kernels.isLearned(this.set) ? this.kernels.learned.biases[index] : 0;
  }

  /** @param {number} value */
  withBias(value) {
    const index = this.biasIndex();
    const kept = [];
    const pairs = this.set.biases;
    for (let n = 0; n + 1 < pairs.length; n += 2) {
      if (pairs[n] !== index) kept.push(pairs[n], pairs[n + 1]);
    }
    return [...kept, index, value];
  }

  /** Whether a cell of the chosen filter was changed by hand. */
  get edited() {
    return readEdits(this.set.edits).some((edit) => edit.f === this.f);
  }

  /** The strongest answer, inside, where the rim of the picture does not decide. */
  strongest() {
    const [high, wide] = this.steps;
    const map = this.maps[this.shown];
    if (this.transposed || !map) return Math.floor(high / 2) * wide + Math.floor(wide / 2);
    const inside = (/** @type {number} */ at, /** @type {number} */ side) =>
      at >= 0.25 * (side - 1) && at <= 0.75 * (side - 1);
    let best = -1;
    for (let n = 0; n < map.length; n++) {
      if (!inside(Math.floor(n / wide), high) || !inside(n % wide, wide)) continue;
      if (best < 0 || Math.abs(map[n]) > Math.abs(map[best])) best = n;
    }
    return Math.max(best, 0);
  }

  /**
   * What the window reads in a channel, and which cells of it are padding.
   * @param {number} c
   */
  window(c) {
    const { size, stride, dilation } = this.how;
    const { rows, columns } = this;
    const values = new Float64Array(size * size);
    const outside = new Uint8Array(size * size);
    const inside = (/** @type {number} */ at, /** @type {Axis} */ axis) =>
      at >= axis.before && at < axis.before + axis.length;
    for (let at = 0; at < size * size; at++) {
      const y = this.row * stride + Math.floor(at / size) * dilation;
      const x = this.column * stride + (at % size) * dilation;
      values[at] = this.padded[c].values[y * this.padded[c].width + x];
      outside[at] = inside(y, rows) && inside(x, columns) ? 0 : 1;
    }
    return { values, outside };
  }

  /**
   * Window, kernel, products and their sum in a channel; of a stamp the pixel and what it adds.
   * @param {number} [c]
   */
  terms(c = this.c) {
    const kernel = this.used(c);
    if (this.transposed) {
      const pixel = this.planes[c][this.at];
      const products = kernel.map((weight) => weight * pixel);
      return {
        values: Float64Array.of(pixel),
        outside: new Uint8Array(1),
        kernel,
        products,
        sum: pixel,
      };
    }
    const { values, outside } = this.window(c);
    const products = values.map((value, at) => value * kernel[at]);
    return { values, outside, kernel, products, sum: products.reduce((a, b) => a + b, 0) };
  }
}
