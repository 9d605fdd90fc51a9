// What blocks are called, and which of them look alike.

/** @typedef {import("./notation.js").Layer} Layer */

export const TITLES = {
  convolution: "Convolution",
  depthwise_convolution: "Depthwise convolution",
  shared_convolution: "Shared convolution",
  pooling: "Pooling",
  activation: "Activation",
  batch_normalization: "Batch normalization",
  dropout: "Dropout",
  flatten: "Flatten",
  global_pooling: "Global pooling",
  dense: "Dense",
  residual: "Residual block",
  parallel: "Parallel branches",
};
/** @type {Record<string, string>} */
const SHORT = {
  convolution: "conv",
  depthwise_convolution: "depthwise",
  shared_convolution: "shared conv",
  batch_normalization: "batch norm",
};
/** Kinds that change numbers and not shapes: drawn thin. */
export const THIN = new Set(["activation", "batch_normalization", "dropout"]);
/** Kinds with parameters. */
export const HOLDS = new Set([
  ...["convolution", "depthwise_convolution", "shared_convolution", "dense"],
  "batch_normalization",
]);

/** @param {number[]} shape */
export const shapeText = (shape) => shape.join("x");

/** @param {string} kind */
const mean = (kind) => (kind === "max" ? "max" : "mean");

/** What stands below a block. @param {Layer} layer @returns {string} */
export function shortName(layer) {
  const short = SHORT[layer.layer] ?? layer.layer;
  switch (layer.layer) {
    case "convolution":
    case "depthwise_convolution":
    case "shared_convolution":
      return `${short} ${layer.kernel_size}x${layer.kernel_size}`;
    case "pooling":
      return `${mean(layer.kind)} pool ${layer.size}x${layer.size}`;
    case "global_pooling":
      return `global ${mean(layer.kind)}`;
    case "activation":
      return layer.kind;
    case "dropout":
      return `dropout ${Number(layer.rate.toFixed(2))}`;
    case "dense":
      return `dense ${layer.units}`;
    default:
      return short;
  }
}
