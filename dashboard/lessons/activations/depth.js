// What core measured in stacks of layers: picks rows, computes nothing but ratios to the start.

import { LOOKS, SHORT_TITLES } from "../../browser/math/activation.js";
import { ticks } from "../../browser/plot.js";
import { chart, most } from "./curves.js";

const FLOOR = 1e-16; // what is exactly zero has no place on a logarithmic axis: drawn here, and said

/**
 * @typedef {object} Stack one activation's
 * @property {string} name
 * @property {number[]} signals root mean square of the input and after each layer
 * @property {number[]} gradients at the input and at each layer
 * @property {number[]} silent share of silent units of each layer
 * @property {string} signal what becomes of it
 * @property {string} gradient
 */

/**
 * What becomes of a size that began as 1.
 * @param {number} ratio
 * @param {any} header
 */
function verdict(ratio, { vanished, exploded }) {
  if (ratio === 0) return "is zero";
  if (ratio < vanished) return "vanishes";
  return ratio > exploded ? "explodes" : "is kept";
}

/**
 * @param {any} header
 * @param {(Float64Array | number[])[]} arrays signal, gradient and silence, as `payload` packs them
 * @param {string[]} names
 * @param {string} start how the weights begin
 * @param {number} layers
 * @returns {Stack[]}
 */
export function stacksOf(header, [signal, gradient, silent], names, start, layers) {
  const n = header.depth + 1;
  const from = header.starts.findIndex((/** @type {any} */ one) => one.name === start);
  return names.map((name) => {
    const a = header.activations.findIndex((/** @type {any} */ one) => one.name === name);
    const at = a * header.starts.length + from;
    const row = at * n * n + layers * n;
    const signals = Array.from(signal.slice(at * n, at * n + layers + 1));
    const gradients = Array.from(gradient.slice(row, row + layers + 1));
    return {
      name,
      signals,
      gradients,
      silent: Array.from(silent.slice(at * (n - 1), at * (n - 1) + layers)),
      signal: verdict(signals[layers], header),
      gradient: verdict(gradients[0], header),
    };
  });
}

/**
 * The stack whose gradient has changed most.
 * @param {Stack[]} stacks
 */
export function mostChanged(stacks) {
  const change = (/** @type {Stack} */ one) => Math.abs(Math.log10(one.gradients[0] || FLOOR));
  return stacks.reduce((worst, one) => (change(one) > change(worst) ? one : worst));
}

/**
 * @param {Stack[]} stacks
 * @param {number} layers
 * @param {any} header
 * @param {import("./curves.js").Box[]} boxes
 * @param {number} type
 * @param {number} line
 */
export function drawDepth(stacks, layers, header, boxes, type, line) {
  const sizes = stacks.flatMap((one) => [...one.signals, ...one.gradients]);
  const seen = sizes.filter((size) => size > 0);
  const gone = stacks.some((one) => one.gradients[0] === 0) ? 1e-6 : 1;
  const bottom = Math.max(Math.floor(Math.log10(Math.min(1e-4, gone, ...seen))), -22);
  const top = Math.ceil(Math.log10(Math.max(1e2, ...seen)));
  const stride = Math.max(1, Math.ceil((top - bottom) / (boxes[0].height > 18 * type ? 8 : 4)));
  const powers = [];
  for (let p = Math.ceil(bottom / stride) * stride; p <= top; p += stride) powers.push(10 ** p);
  /** @type {[string, string, [number, number]][]} */
  const charts = [
    ["Signal after each layer", "layer, from the input upwards", [0, layers]],
    ["Gradient at each layer", "layer, from the last to the input", [layers, 0]],
  ];
  return charts.map(([title, xTitle, x], which) => {
    const plot = chart(`depth-${which}`, boxes[which], type, {
      ...{ x, y: [10 ** bottom, 10 ** top], log: true, title, xTitle },
    });
    plot.axes(ticks(0, layers, most(plot)).filter(Number.isInteger), powers);
    band(plot, header.vanished, "vanishing", true);
    band(plot, header.exploded, "exploding", false);
    for (const one of stacks) {
      const points = (which ? one.gradients : one.signals).map(
        (size, layer) =>
          /** @type {[number, number]} */ ([layer, Math.max(size, FLOOR, 10 ** bottom)]),
      );
      plot.line(which ? points.reverse() : points, {
        ...LOOKS[one.name],
        width: 1.2 * line,
        end: SHORT_TITLES[one.name],
      });
    }
    return plot;
  });
}

/**
 * Where a size that began as 1 has a name.
 * @param {import("../../browser/plot.js").Plot} plot
 * @param {number} limit
 * @param {string} word
 * @param {boolean} below
 */
function band(plot, limit, word, below) {
  if (limit < plot.y[0] || limit > plot.y[1]) return;
  const { type, left, right, top, bottom } = plot;
  const at = plot.py(limit);
  const edge = below ? bottom : top;
  const high = Math.abs(edge - at);
  plot.parts.push(
    `<rect x='${left}' y='${Math.min(at, edge)}' width='${right - left}' height='${high}' fill='var(--lb-muted)' opacity='.12'/>`,
  );
  if (high > type * 1.4) {
    plot.parts.push(
      `<text x='${left + 8}' y='${below ? bottom - 7 : top + type * 1.1}' font-size='${type}' font-style='italic' fill='var(--lb-muted)'>${word}</text>`,
    );
  }
}
