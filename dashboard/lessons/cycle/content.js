// One moment of a run: which arrays it has, with their colors, limits and titles.

import { largest, Scale } from "../../browser/scale.js";
import { STEPS } from "./scenes.js";

/** @typedef {{ values: ArrayLike<number> | null, limit: number, title: string, scale: Scale, gray?: boolean }} Content */

/** What a run shows at one update, step, patch and kernel. */
export class Moment {
  /**
   * @param {any} run
   * @param {any} given patches and order of the run
   * @param {{ index: number, sample: number, k: number, weight: number, spot: number | null }} at
   * @param {Record<string, number>} limits for the whole run, so that colors compare through time
   */
  constructor(run, given, { index, sample, k, weight, spot }, limits) {
    this.run = run;
    this.given = given;
    this.limits = limits;
    this.u = Math.min(Math.floor(index / STEPS), run.updates.length - 1);
    this.s = index % STEPS;
    this.sample = Math.min(sample, run.batch - 1);
    this.k = Math.min(k, run.kernels - 1);
    this.weight = weight;
    this.update = run.updates[this.u];
    this.now = this.update.samples[this.sample];
    this.target = given.targets[this.now.index];
    this.patch = given.pool.subarray(64 * this.now.index, 64 * this.now.index + 64);
    this.w = run.weights[this.u];
    this.after = run.weights[this.u + 1];
    this.spot = spot ?? this.strongest();
  }

  /** The position of the largest pooled value, where nothing was pointed at. */
  strongest() {
    const { pooled, winners } = this.now;
    let best = 0;
    for (let p = 1; p < 9; p++) if (pooled[9 * this.k + p] > pooled[9 * this.k + best]) best = p;
    const q = winners[9 * this.k + best];
    return (2 * Math.floor(best / 3) + (q >> 1)) * 6 + 2 * (best % 3) + (q & 1);
  }

  /**
   * Contributions of the 36 positions to one weight: gradient of the sum times pixel.
   * @param {number} [sample]
   * @param {number} [k]
   */
  parts(sample = this.sample, k = this.k) {
    const now = this.update.samples[sample];
    const [i, j] = [Math.floor(this.weight / 3), this.weight % 3];
    return Float64Array.from({ length: 36 }, (_, at) => {
      const slope = now.bySums[36 * k + at];
      const pixel = 64 * now.index + (Math.floor(at / 6) + i) * 8 + (at % 6) + j;
      return slope === 0 ? 0 : slope * this.given.pool[pixel];
    });
  }

  /**
   * What one patch of the batch adds to the gradient of the chosen weight.
   * @param {number} sample
   */
  ownSum(sample) {
    return this.parts(sample).reduce((sum, value) => sum + value, 0);
  }

  /**
   * One array at this step; values are null while they are not computed yet.
   * @param {string} id
   * @param {number} k
   * @returns {Content}
   */
  content(id, k) {
    const K = this.run.kernels;
    const { now, s, limits } = this;
    const g = this.update.gradient;
    const three = (/** @type {any} */ row, from = 0) =>
      row.subarray(from + 9 * k, from + 9 * k + 9);
    const map = (/** @type {any} */ row) => row.subarray(36 * k, 36 * k + 36);
    const number = K > 1 ? ` ${k + 1}` : "";
    const made =
      (/** @type {"activation" | "weight"} */ scale) =>
      (/** @type {any} */ values, /** @type {number} */ limit, /** @type {string} */ title) => ({
        values,
        limit,
        title,
        scale: new Scale(scale, limit),
      });
    const [signed, weights] = [made("activation"), made("weight")];
    switch (id) {
      case "patch": {
        const own = this.given.gray.subarray(64 * now.index, 64 * now.index + 64);
        const scale = new Scale("gray", 255);
        return { values: this.patch, limit: 0, title: "patch x", scale, gray: own };
      }
      case "kernel":
        return weights(three(this.w), limits.kernel, `kernel${number}${s === 10 ? " before" : ""}`);
      case "kafter":
        return weights(three(this.after), limits.kernel, `kernel${number} after`);
      case "kgrad":
        return weights(three(g), largest(g.subarray(0, 9 * K)), "\u2202L/\u2202k");
      case "sums":
        return signed(s >= 1 ? map(now.sums) : null, limits.sums, `sums${number}`);
      case "relu": {
        const passed = map(now.sums).map((/** @type {number} */ v) => Math.max(v, 0));
        return signed(s >= 2 ? passed : null, limits.sums, "ReLU");
      }
      case "pooled":
        return signed(s >= 3 ? three(now.pooled) : null, limits.sums, "pooled");
      case "dense":
        return weights(three(this.w, 10 * K), limits.dense, s === 10 ? "dense before" : "dense w");
      case "dafter":
        return weights(three(this.after, 10 * K), limits.dense, "dense after");
      case "dgrad":
        return weights(three(g, 10 * K), largest(g.subarray(10 * K, 19 * K)), "\u2202L/\u2202w");
      case "bpooled":
        return signed(three(now.byPooled), largest(now.byPooled), "\u2202L/\u2202pooled");
      case "brelu":
        return signed(map(now.byMaps), largest(now.byPooled), "\u2202L/\u2202ReLU");
      case "bsums":
        return signed(map(now.bySums), largest(now.byPooled), "\u2202L/\u2202sums");
      case "parts":
        return signed(this.parts(this.sample, k), largest(this.parts()), "36 products");
      default:
        throw new Error(`There is no array ${id}.`);
    }
  }
}

/**
 * Limits of maps and weights that hold for a whole run.
 * @param {any} run
 */
export function limitsOf(run) {
  const K = run.kernels;
  const found = { sums: 0, kernel: 0, dense: 0 };
  for (const { samples } of run.updates) {
    for (const { sums } of samples) found.sums = Math.max(found.sums, largest(sums));
  }
  for (const row of run.weights) {
    found.kernel = Math.max(found.kernel, largest(row.subarray(0, 9 * K)));
    found.dense = Math.max(found.dense, largest(row.subarray(10 * K, 19 * K)));
  }
  return found;
}
