// The formula of one cell, as core.inspect.formula.explain_cell has it; compared with it in the tests on
// cells of every kind.

import { activate } from "../../browser/math/activation.js";
import { range } from "./values.js";

/** @typedef {import("./values.js").Values} Values */
/**
 * The part of a formula that reads one node: values times weights, channel after channel.
 * @typedef {object} Terms
 * @property {string} source
 * @property {number[]} channels
 * @property {number[]} rows of the window, also outside the map
 * @property {number[]} columns
 * @property {Uint8Array} inside of each place of the window
 * @property {Float64Array} values
 * @property {Float64Array} weights
 * @property {Float64Array} sums of each channel
 */
/**
 * @typedef {object} Formula
 * @property {string} name
 * @property {string} kind
 * @property {number[]} index
 * @property {string} operation
 * @property {Terms[]} terms
 * @property {number} bias
 * @property {number} before the activation
 * @property {string} activation
 * @property {number} result
 * @property {[number, number] | null} winner of a window
 * @property {[number, number][]} scales size and result of each
 * @property {number} scale the one that won
 * @property {Record<string, number> | null} constants
 */

const EPSILON = 1e-3;
/** The parameters that Keras's layers have. @type {Record<string, number>} */
export const PARAMETERS = { leaky_relu: 0.2, elu: 1, sigmoid: 1, tanh: 1 };

/** @param {string} name @param {number} x */
export const activationOf = (name, x) => activate(name, x, PARAMETERS[name] ?? 0)[0];

/**
 * The formula of one cell; null where numbers are missing.
 * @param {Values} net
 * @param {string} name
 * @param {number[]} index row, column and unit, or the unit of a vector
 * @returns {Formula | null}
 */
export function explain(net, name, index) {
  const node = net.node(name);
  if (!net.values(name) || node.inputs.some((one) => !net.values(one))) return null;
  if (node.kind === "input") return finish(node, index, "copy", [], net.at(name, index));
  if (node.weights && !net.isWeighed(name)) return null;
  return (KINDS[node.kind] ?? passed)(net, node, index);
}

/** @param {number[]} index */
const placed = (index) => (index.length === 3 ? index : [0, 0, index[0]]);

/** @type {Record<string, (net: Values, node: any, index: number[]) => Formula>} */
const KINDS = {
  convolution: (net, node, index) => convolved(net, node, index, false),
  depthwise_convolution: (net, node, index) => convolved(net, node, index, true),
  shared_convolution: shared,
  dense,
  pooling(net, node, index) {
    const [row, column, unit] = placed(index);
    const [height, width] = net.dims(node.inputs[0]);
    const { size, step, padding, kind } = node.own;
    const within = (/** @type {number} */ at, /** @type {number} */ length) =>
      places(at, length, size, step, 1, padding).filter((p) => p >= 0 && p < length);
    return picked(net, node, index, kind, unit, within(row, height), within(column, width));
  },
  global_pooling(net, node, index) {
    const [height, width] = net.dims(node.inputs[0]);
    return picked(net, node, index, node.own.kind, index.at(-1), range(height), range(width));
  },
  batch_normalization(net, node, index) {
    const unit = placed(index)[2];
    const parts = ["gamma", "beta", "moving_mean", "moving_variance"];
    const [gamma, beta, mean, variance] = parts.map((part) => net.weight(node.name, part)[unit]);
    const factor = gamma / Math.sqrt(variance + EPSILON);
    const terms = [cell(net, node.inputs[0], index, factor)];
    const constants = { gamma, beta, mean, variance, epsilon: EPSILON };
    return finish(node, index, "normalize", terms, beta - mean * factor, "linear", { constants });
  },
  add: (net, node, index) =>
    finish(
      node,
      index,
      "add",
      node.inputs.map((/** @type {string} */ one) => cell(net, one, index)),
    ),
  concatenate(net, node, index) {
    const [row, column, unit] = placed(index);
    const [source, channel] = net.branch(node, unit);
    return finish(node, index, "copy", [cell(net, source, [row, column, channel])]);
  },
  rescaling: (net, node, index) =>
    finish(
      node,
      index,
      "scale",
      [cell(net, node.inputs[0], index, node.own.scale)],
      node.own.offset,
    ),
  flatten(net, node, index) {
    const [, width, channels] = net.dims(node.inputs[0]);
    const unit = index.at(-1);
    const pixel = Math.floor(unit / channels);
    const from = [Math.floor(pixel / width), pixel % width, unit % channels];
    return finish(node, index, "copy", [cell(net, node.inputs[0], from)]);
  },
  activation: (net, node, index) =>
    finish(node, index, "apply", [cell(net, node.inputs[0], index)], 0, node.own.kind),
};

/** @param {Values} net @param {any} node @param {number[]} index */
function passed(net, node, index) {
  return finish(node, index, "copy", [cell(net, node.inputs[0], index)]);
}

/** @param {Values} net @param {any} node @param {number[]} index @param {boolean} depthwise */
function convolved(net, node, index, depthwise) {
  const [row, column, unit] = index;
  const [source] = node.inputs;
  const { own } = node;
  const dims = net.dims(source);
  const kernel = net.weight(node.name, "kernel");
  const [size, , channels, units] = kernel.shape;
  const dilation = depthwise ? 1 : own.dilation;
  const [rows, columns] = [row, column].map((at, axis) =>
    places(at, dims[axis], size, own.stride, dilation, own.padding),
  );
  const weightOf = (/** @type {number} */ g, /** @type {number} */ k, /** @type {number} */ l) =>
    kernel[((k * size + l) * channels + g) * (depthwise ? 1 : units) + (depthwise ? 0 : unit)];
  const chosen = depthwise ? [unit] : range(channels);
  const terms = read(source, net.values(source), dims, rows, columns, chosen, weightOf);
  return finish(node, index, "sum", [terms], net.weight(node.name, "bias")[unit], own.activation);
}

/** @param {Values} net @param {any} node @param {number[]} index */
function dense(net, node, index) {
  const kernel = net.weight(node.name, "kernel");
  const units = kernel.shape[1];
  const unit = index.at(-1);
  const source = net.lookThrough(node.inputs[0]);
  const [height, width, channels] = net.dims(source);
  const terms = read(
    source,
    net.values(source),
    [height, width, channels],
    range(height),
    range(width),
    range(channels),
    (g, k, l) => kernel[((k * width + l) * channels + g) * units + unit],
  );
  const bias = net.weight(node.name, "bias")[unit];
  return finish(node, index, "sum", [terms], bias, node.own.activation);
}

/** @param {Values} net @param {any} node @param {number[]} index @returns {Formula} */
function shared(net, node, index) {
  const [row, column, unit] = index;
  const [source] = node.inputs;
  const kernel = net.weight(node.name, "kernel");
  const [size, , channels, units] = kernel.shape;
  const bias = net.weight(node.name, "bias")[unit];
  /** @type {Formula[]} */
  const found = node.own.scales.map((/** @type {number} */ scale) => {
    const [values, dims] = coarser(net, source, scale);
    const [rows, columns] = [row, column].map((at, axis) =>
      places(Math.floor(at / scale), dims[axis], size, 1, 1, "same"),
    );
    const weightOf = (/** @type {number} */ g, /** @type {number} */ k, /** @type {number} */ l) =>
      kernel[((k * size + l) * channels + g) * units + unit];
    const terms = read(source, values, dims, rows, columns, range(channels), weightOf);
    return finish(node, index, "sum", [terms], bias, node.own.activation, { scale });
  });
  const best = found.reduce((a, b) => (b.result > a.result ? b : a));
  return { ...best, scales: found.map((one) => [one.scale, one.result]) };
}

/**
 * Means over windows, in single precision as the network computes them.
 * @param {Values} net
 * @param {string} name
 * @param {number} scale
 */
function coarser(net, name, scale) {
  const [height, width, channels] = net.dims(name);
  const values = net.values(name);
  if (scale === 1) return [values, [height, width, channels]];
  return net.once(`coarser/${name}/${scale}`, () => {
    const [high, wide] = [height / scale, width / scale];
    const sums = new Float32Array(high * wide * channels);
    for (let r = 0; r < height; r++) {
      for (let c = 0; c < width; c++) {
        const to = (Math.floor(r / scale) * wide + Math.floor(c / scale)) * channels;
        const from = (r * width + c) * channels;
        for (let g = 0; g < channels; g++) sums[to + g] += values[from + g];
      }
    }
    return [sums.map((v) => v / (scale * scale)), [high, wide, channels]];
  });
}

/**
 * The places that a window reads along one axis.
 * @param {number} at
 * @param {number} length
 * @param {number} size
 * @param {number} stride
 * @param {number} dilation
 * @param {string} padding
 */
function places(at, length, size, stride = 1, dilation = 1, padding = "valid") {
  const reach = (size - 1) * dilation + 1;
  const total =
    padding === "same"
      ? Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length)
      : 0;
  return range(size).map((k) => at * stride - Math.floor(total / 2) + k * dilation);
}

/**
 * @param {string} source
 * @param {any} values
 * @param {number[]} dims
 * @param {number[]} rows
 * @param {number[]} columns
 * @param {number[]} channels
 * @param {(channel: number, row: number, column: number) => number} weightOf places in the window
 * @returns {Terms}
 */
function read(source, values, [height, width, depth], rows, columns, channels, weightOf) {
  const [K, L] = [rows.length, columns.length];
  const count = channels.length * K * L;
  const found = {
    source,
    channels,
    rows,
    columns,
    inside: new Uint8Array(K * L),
    values: new Float64Array(count),
    weights: new Float64Array(count),
    sums: new Float64Array(channels.length),
  };
  for (let k = 0; k < K; k++) {
    for (let l = 0; l < L; l++) {
      const [row, column] = [rows[k], columns[l]];
      const inside = row >= 0 && row < height && column >= 0 && column < width;
      found.inside[k * L + l] = inside ? 1 : 0;
      for (let i = 0; i < channels.length; i++) {
        const at = (i * K + k) * L + l;
        found.weights[at] = weightOf(channels[i], k, l);
        found.values[at] = inside ? values[(row * width + column) * depth + channels[i]] : 0;
        found.sums[i] += found.values[at] * found.weights[at];
      }
    }
  }
  return found;
}

/** @param {Values} net @param {string} source @param {number[]} index @param {number} [weight] */
function cell(net, source, index, weight = 1) {
  const [row, column, unit] = placed(index);
  const dims = net.dims(source);
  return read(source, net.values(source), dims, [row], [column], [unit], () => weight);
}

/**
 * The largest or the mean of a window.
 * @param {Values} net
 * @param {any} node
 * @param {number[]} index
 * @param {string} kind
 * @param {number} unit
 * @param {number[]} rows
 * @param {number[]} columns
 */
function picked(net, node, index, kind, unit, rows, columns) {
  const [source] = node.inputs;
  const dims = net.dims(source);
  const values = net.values(source);
  const largest = kind === "max";
  /** @type {[number, number]} */
  let winner = [rows[0], columns[0]];
  const valueAt = (/** @type {[number, number]} */ [r, c]) =>
    values[(r * dims[1] + c) * dims[2] + unit];
  for (const r of rows) {
    for (const c of columns) if (valueAt([r, c]) > valueAt(winner)) winner = [r, c];
  }
  const share = 1 / (rows.length * columns.length);
  const terms = read(source, values, dims, rows, columns, [unit], (_, k, l) =>
    largest ? Number(rows[k] === winner[0] && columns[l] === winner[1]) : share,
  );
  const operation = largest ? "largest" : "mean";
  return finish(node, index, operation, [terms], 0, "linear", { winner: largest ? winner : null });
}

/**
 * @param {any} node
 * @param {number[]} index
 * @param {string} operation
 * @param {Terms[]} terms
 * @param {number} [bias]
 * @param {string} [activation]
 * @param {Partial<Formula>} [more]
 * @returns {Formula}
 */
function finish(node, index, operation, terms, bias = 0, activation = "linear", more = {}) {
  let before = bias;
  for (const part of terms) for (const sum of part.sums) before += sum;
  const { name, kind } = node;
  const result = activationOf(activation, before);
  const none = { winner: null, scales: [], scale: 1, constants: null };
  return {
    name,
    kind,
    index,
    operation,
    terms,
    bias,
    before,
    activation,
    result,
    ...none,
    ...more,
  };
}
