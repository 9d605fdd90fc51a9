// core/ops/activation.py once more, for what follows a dragging hand. Both are compared in the tests.

import { fixed } from "../number.js";

/** @typedef {(x: number, parameter: number) => number} Curve */
/**
 * An activation as `dashboard.shared.activation_fields.described` sends it.
 * @typedef {object} Described
 * @property {string} name
 * @property {string} title
 * @property {string} source
 * @property {{ symbol: string, meaning: string, value: number, low: number, high: number, step: number } | null} parameter
 */

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** @param {number} x */
export function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  // A series of positive terms only: nothing cancels.
  let term = size;
  let sum = size;
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    sum += term;
  }
  return ((Math.sign(x) * 2) / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum;
}

/** @param {number} x */
export function logistic(x) {
  const small = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
}

/** @param {number} x */
const normalCdf = (x) => 0.5 * (1 + erf(x / Math.SQRT2));
/** @type {Curve} */
const elu = (x, a) => (x > 0 ? x : a * Math.expm1(x));
/** @type {Curve} */
const eluSlope = (x, a) => (x > 0 ? 1 : a * Math.exp(x));

/** @type {Record<string, [Curve, Curve]>} Function and slope by name; zero has the slope that `core` gives it. */
export const ACTIVATIONS = {
  step: [(x, b) => (x >= b ? 1 : 0), () => 0],
  sigmoid: [
    (x, a) => logistic(a * x),
    (x, a) => {
      const y = logistic(a * x);
      return a * y * (1 - y);
    },
  ],
  tanh: [(x, a) => Math.tanh(x / a), (x, a) => (1 - Math.tanh(x / a) ** 2) / a],
  relu: [(x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x, a) => (x > 0 ? x : a * x), (x, a) => (x > 0 ? 1 : a)],
  elu: [elu, eluSlope],
  selu: [(x) => SELU_SCALE * elu(x, SELU_ALPHA), (x) => SELU_SCALE * eluSlope(x, SELU_ALPHA)],
  gelu: [
    (x) => x * normalCdf(x),
    (x) => normalCdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  ],
  silu: [
    (x) => x * logistic(x),
    (x) => {
      const y = logistic(x);
      return y * (1 + x * (1 - y));
    },
  ],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x) => logistic(x)],
  linear: [(x) => x, () => 1],
  relu6: [(x) => Math.min(Math.max(0, x), 6), (x) => (x > 0 && x < 6 ? 1 : 0)],
};

/**
 * Value and slope of an activation.
 * @param {string} name
 * @param {number} x
 * @param {number} parameter 0 where it has none
 * @returns {[number, number]}
 */
export function activate(name, x, parameter) {
  const [value, slope] = ACTIVATIONS[name];
  return [value(x, parameter), slope(x, parameter)];
}

/** @type {Record<string, [string, string]>} Formula and slope in plain text; {x} and {p} become numbers, {f} the value itself. */
export const WORDS = {
  step: ["1 if {x} \u2265 {p}, else 0", "0"],
  sigmoid: ["1 / (1 + e^(\u2212{p}\u00b7{x}))", "{p} \u00b7 {f} \u00b7 (1 \u2212 {f})"],
  tanh: ["tanh({x} / {p})", "(1 \u2212 tanh\u00b2({x} / {p})) / {p}"],
  relu: ["max(0, {x})", "1 if {x} > 0, else 0"],
  leaky_relu: ["{x} if {x} > 0, else {p}\u00b7{x}", "1 if {x} > 0, else {p}"],
  elu: ["{x} if {x} > 0, else {p}\u00b7(e^({x}) \u2212 1)", "1 if {x} > 0, else {p}\u00b7e^({x})"],
  selu: [
    "1.051 \u00b7 ({x} if {x} > 0, else 1.673\u00b7(e^({x}) \u2212 1))",
    "1.051 \u00b7 (1 if {x} > 0, else 1.673\u00b7e^({x}))",
  ],
  gelu: ["{x} \u00b7 \u03a6({x})", "\u03a6({x}) + {x}\u00b7\u03c6({x})"],
  silu: ["{x} \u00b7 \u03c3({x})", "\u03c3({x}) \u00b7 (1 + {x}\u00b7(1 \u2212 \u03c3({x})))"],
  softplus: ["ln(1 + e^({x}))", "1 / (1 + e^(\u2212{x}))"],
  linear: ["{x}", "1"],
  relu6: ["min(6, max(0, {x}))", "1 if 0 < {x} < 6, else 0"],
};

/** @type {Record<string, string>} Names that have room in a drawing. */
export const SHORT_TITLES = {
  step: "step",
  sigmoid: "logistic",
  tanh: "tanh",
  relu: "ReLU",
  leaky_relu: "leaky ReLU",
  elu: "ELU",
  selu: "SELU",
  gelu: "GELU",
  silu: "SiLU",
  softplus: "softplus",
  linear: "linear",
  relu6: "ReLU6",
};

const HUES = ["training", "validation", "other", "reference"];
const DASHES = ["", "9 5", "2.5 4.5"];

/** @type {Record<string, { color: string, dash: string }>} The same look for the same activation everywhere: four colors, three dashes. */
export const LOOKS = Object.fromEntries(
  Object.keys(ACTIVATIONS).map((name, i) => [
    name,
    { color: `var(--lb-${HUES[i % 4]})`, dash: DASHES[Math.floor(i / 4)] },
  ]),
);

/**
 * A number as a factor: negative ones in parentheses.
 * @param {number} value
 * @param {number} [places]
 */
export const factor = (value, places = 2) =>
  value < 0 ? `(${fixed(value, places)})` : fixed(value, places);

/**
 * A formula of `WORDS` with numbers in its places.
 * @param {string} template
 * @param {number} x
 * @param {number} parameter
 * @param {number} value of the activation
 */
export function inNumbers(template, x, parameter, value) {
  return template
    .replaceAll("({x})", `(${fixed(x)})`)
    .replaceAll("{x}", factor(x))
    .replaceAll("{p}", fixed(parameter))
    .replaceAll("{f}", fixed(value, 3));
}
