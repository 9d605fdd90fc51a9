// core/ops/dense.py once more, so that a layer follows the hand; the tests hold both to each other.

import { activate } from "../../browser/math/activation.js";

/**
 * f(Wx + b), as core/ops/dense.py computes it.
 * @param {number[][]} w
 * @param {number[]} x
 * @param {number[]} b
 * @param {string} name of the activation
 * @param {number} parameter
 */
export function denseForward(w, x, b, name, parameter) {
  const sums = w.map((row, i) => row.reduce((sum, weight, j) => sum + weight * x[j], 0) + b[i]);
  const bent = sums.map((z) => activate(name, z, parameter));
  return { sums, outputs: bent.map(([y]) => y), slopes: bent.map(([, slope]) => slope) };
}

/**
 * A shape parameter of 1 is not worth a word.
 * @param {string} text
 */
export const bare = (text) =>
  text
    .replaceAll(" / 1.00)", ")")
    .replaceAll("1.00\u00b7", "")
    .replace(/\(\((\u2212[\d.]+)\)\)/g, "($1)");
