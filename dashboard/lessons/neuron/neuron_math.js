// core/ops/neuron.py once more, for what follows a dragging hand. Both are compared in the tests.

import { activate } from "../../browser/math/activation.js";

/**
 * A neuron: weights, bias, activation and its shape parameter.
 * @typedef {{ w: number[], b: number, activation: string, parameter: number }} Neuron
 */
/** @typedef {[number, number]} Point */

/**
 * All that a neuron computes for some inputs.
 * @param {Neuron} neuron
 * @param {ArrayLike<number>} inputs
 */
export function fire({ w, b, activation, parameter }, inputs) {
  const products = w.map((weight, i) => inputs[i] * weight);
  const total = products.reduce((sum, value) => sum + value, 0) + b;
  const [output, slope] = activate(activation, total, parameter);
  return { products, total, output, slope };
}

/**
 * The sum from which on the output is at least `yes`; null where none is. Every activation crosses it once.
 * @param {Neuron} neuron
 * @param {number} yes
 */
export function edgeOf({ activation, parameter }, yes) {
  const reaches = (/** @type {number} */ z) => activate(activation, z, parameter)[0] >= yes;
  let [low, high] = [-200, 200];
  if (!reaches(high)) return null;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (reaches(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The side of a square where w₁x₁ + w₂x₂ + c is not negative, and its border.
 * @param {Point} range of both axes
 * @param {number[]} weights
 * @param {number} c
 * @returns {{ area: Point[], line: Point[] }}
 */
export function sideOf([low, high], [w1, w2], c) {
  /** @type {Point[]} */
  const corners = [
    [low, low],
    [high, low],
    [high, high],
    [low, high],
  ];
  const side = (/** @type {Point} */ [x, y]) => w1 * x + w2 * y + c;
  /** @type {Point[]} */
  const area = [];
  /** @type {Point[]} */
  const line = [];
  corners.forEach((from, i) => {
    const to = corners[(i + 1) % 4];
    const [here, there] = [side(from), side(to)];
    if (here >= 0) area.push(from);
    if (here >= 0 === there >= 0) return;
    const t = here / (here - there);
    /** @type {Point} */
    const cut = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
    area.push(cut);
    line.push(cut);
  });
  return { area, line };
}
