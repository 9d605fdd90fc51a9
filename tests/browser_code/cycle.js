// The advice of the training cycle for a whole run, for a comparison with core.

import { runCycle } from "../../dashboard/lessons/cycle/run.js";
import { advice } from "../../dashboard/lessons/cycle/words.js";

/**
 * What is advised after a run.
 * @param {{ pool: number[], targets: number[], order: number[][], start: number[], kernels: number }} told
 * @param {number} rate
 * @param {Record<string, string>} words
 */
export function advised({ pool, targets, order, start, kernels }, rate, words) {
  const given = {
    pool: Float64Array.from(pool),
    targets: Float64Array.from(targets),
    order: Object.assign(Uint8Array.from(order.flat()), { shape: [order.length, order[0].length] }),
    start: Float64Array.from(start),
    kernels,
  };
  return advice(runCycle(given, rate), words, order.length, given);
}
