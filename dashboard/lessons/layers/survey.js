// Outputs of all units over the plane; fine where that is quick or nothing moves.

import { bitmap } from "../../browser/canvas.js";

const FINE = 84;
const COARSE = 36;
const COARSEST = 24;
const QUICK_MS = 4;
const SLOW_MS = 8;
const RESTED_MS = 250;

export class Survey {
  constructor() {
    this.network = null;
    this.key = "";
    this.reach = 1;
    /** @type {Record<number, any>} */
    this.grids = {};
    this.fineMs = 0;
    this.coarseMs = 0;
    this.moved = -Infinity;
  }

  /**
   * Look at another network; its grid stays as long as it is made of the same features.
   * @param {import("./network_math.js").SmallNetwork} network
   * @param {string[]} features
   * @param {number} reach
   */
  look(network, features, reach) {
    this.network = network;
    this.reach = reach;
    const key = features.join();
    if (key !== this.key) this.grids = {};
    this.key = key;
  }

  /** @param {number} size */
  grid(size) {
    if (!this.grids[size]) {
      const at = new Float64Array(2 * size * size);
      for (let i = 0; i < size * size; i++) {
        at[2 * i] = -this.reach + (2 * this.reach * ((i % size) + 0.5)) / size;
        at[2 * i + 1] = this.reach - (2 * this.reach * (Math.floor(i / size) + 0.5)) / size;
      }
      const inputs = this.network.featuresOf(at);
      this.grids[size] = { size, inputs, tiles: new Map(), most: [] };
    }
    return this.grids[size];
  }

  /**
   * @param {Float64Array} w
   * @param {boolean} moving
   */
  pass(w, moving) {
    const began = performance.now();
    const busy = moving || began - this.moved < RESTED_MS;
    const coarse = this.coarseMs > SLOW_MS ? COARSEST : COARSE;
    const size = !busy || this.fineMs <= QUICK_MS ? FINE : coarse;
    const grid = this.grid(size);
    const done = this.network.forward(w, grid.inputs, size * size, "grid");
    const took = performance.now() - began;
    if (size === FINE) {
      this.fineMs = took;
      this.coarseMs = 0; // a slow moment is not for ever
    } else if (size === COARSE) this.coarseMs = took;
    this.moved = performance.now();
    return { grid, done, fine: size === FINE };
  }
}

/**
 * A picture of one unit, kept for as long as the grid is.
 * @param {any} grid
 * @param {string} key
 * @param {import("../../browser/scale.js").Scale} scale
 * @param {(i: number) => number} value
 */
export function tile(grid, key, scale, value) {
  const kept = grid.tiles.get(key);
  const { size } = grid;
  const values = Float64Array.from({ length: size * size }, (_, i) => value(i));
  const made = bitmap(values, size, size, scale.paint, kept);
  grid.tiles.set(key, made);
  return made;
}
