// Shapes and costs of single layers, as core/models/{layers,cost}.py have them: they follow a network that
// is being dragged. Tests hold every number and every sentence to core's.

/** @typedef {import("./notation.js").Layer} Layer */

const CLASS_NAMES = {
  convolution: "Convolution",
  depthwise_convolution: "DepthwiseConvolution",
  shared_convolution: "SharedConvolution",
  pooling: "Pooling",
  global_pooling: "GlobalPooling",
};

/** A count as core's sentences write it. @param {number} value */
export const commas = (value) => Math.round(value).toLocaleString("en-US");
/** @param {number[]} shape */
export const tuple = (shape) => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);
/** @param {number[]} values */
export const product = (values) => values.reduce((total, value) => total * value, 1);

/** Why a layer cannot follow. */
export class Refusal extends Error {
  /** @param {string} layer @param {string} problem @param {string} remedy */
  constructor(layer, problem, remedy) {
    super(problem);
    Object.assign(this, { layer, problem, remedy });
  }
}

/** The window of a layer that slides one. @param {Layer} layer */
export function windowOf(layer) {
  if (layer.layer === "pooling")
    return { side: layer.size, stride: layer.stride ?? layer.size, dilation: 1, reach: layer.size };
  const dilation = layer.dilation ?? 1;
  return {
    side: layer.kernel_size,
    stride: layer.stride,
    dilation,
    reach: (layer.kernel_size - 1) * dilation + 1,
  };
}

/**
 * What a description on its own must hold, as the classes of layers.py check it.
 * @param {string} name
 * @param {Layer} layer
 */
export function checkLayer(name, layer) {
  if (layer.layer === "convolution" && layer.stride > 1 && layer.dilation > 1) {
    throw new Refusal(
      name,
      `A stride of ${layer.stride} and a dilation of ${layer.dilation} together are not supported by Keras.`,
      "Set one of the two to 1.",
    );
  }
  if (layer.layer === "residual" && !layer.body.length) {
    throw new Refusal(
      name,
      "A residual block has no layers.",
      "Put at least one convolution into it.",
    );
  }
  if (layer.layer === "parallel" && layer.branches.length < 2) {
    throw new Refusal(
      name,
      `Parallel branches number ${layer.branches.length}; at least 2 are needed.`,
      "Add a branch, or put the layers one after another.",
    );
  }
}

/** @param {string} name @param {Layer} layer @param {number[]} shape */
function mapSides(name, layer, shape) {
  if (shape.length !== 3) {
    throw new Refusal(
      name,
      `${CLASS_NAMES[layer.layer]} takes maps, but receives a vector of ${shape[0]}.`,
      "Put it before Flatten or GlobalPooling.",
    );
  }
  return shape[0];
}

/** @param {string} name @param {Layer} layer @param {number[]} shape */
function sideAfter(name, layer, shape) {
  const side = mapSides(name, layer, shape),
    { stride, reach } = windowOf(layer);
  if (layer.padding === "same") return Math.ceil(side / stride);
  if (side < reach) {
    const what =
      layer.layer === "pooling"
        ? `${layer.kind} pooling ${reach}x${reach}`
        : `${reach}x${reach} filter`;
    throw new Refusal(
      name,
      `A ${what} does not fit maps of ${shape[0]}x${shape[1]}: nothing would be left.`,
      "Use a larger input image, or fewer pooling layers.",
    );
  }
  return Math.floor((side - reach) / stride) + 1;
}

/**
 * Shape of what a layer answers.
 * @param {string} name
 * @param {Layer} layer
 * @param {number[]} shape
 */
export function shapeAfter(name, layer, shape) {
  switch (layer.layer) {
    case "convolution": {
      const side = sideAfter(name, layer, shape);
      return [side, side, layer.filters];
    }
    case "depthwise_convolution":
    case "pooling": {
      const side = sideAfter(name, layer, shape);
      return [side, side, shape[2]];
    }
    case "shared_convolution": {
      const side = mapSides(name, layer, shape);
      for (const scale of layer.scales)
        if (side % scale) {
          throw new Refusal(
            name,
            `Maps of ${side}x${side} cannot be averaged in windows of ${scale}x${scale} without a rest.`,
            `Use an input size that ${scale} divides, or other scales.`,
          );
        }
      return [side, side, layer.filters];
    }
    case "flatten":
      return [product(shape)];
    case "global_pooling":
      mapSides(name, layer, shape);
      return [shape[2]];
    case "dense":
      if (shape.length !== 1)
        throw new Refusal(
          name,
          `A dense layer takes a vector, but receives maps of shape ${tuple(shape)}.`,
          "Put Flatten or GlobalPooling before the first dense layer.",
        );
      return [layer.units];
    default:
      return shape;
  }
}

/**
 * Parameters and products of a single layer, each with its arithmetic.
 * @param {Layer | null} layer
 * @param {number[]} shape in front of it
 * @param {number[]} after
 */
export function costOf(layer, shape, after) {
  const k = layer?.kernel_size,
    none = { parameters: 0, text: "", trained: 0, macs: 0, macsText: "" };
  const told = (parameters, text, macs, macsText) => ({
    parameters,
    trained: parameters,
    text: `${text} = ${commas(parameters)}`,
    macs,
    macsText: macs ? `${macsText} = ${commas(macs)}` : "",
  });
  switch (layer?.layer) {
    case "convolution":
      return told(
        (k * k * shape[2] + 1) * layer.filters,
        `${k}x${k}x${shape[2]}x${layer.filters} + ${layer.filters}`,
        product(after) * k * k * shape[2],
        `${after.join("x")} x ${k}x${k}x${shape[2]}`,
      );
    case "shared_convolution": {
      const sides = layer.scales.map((scale) => Math.floor(shape[0] / scale));
      return told(
        (k * k * shape[2] + 1) * layer.filters,
        `${k}x${k}x${shape[2]}x${layer.filters} + ${layer.filters}`,
        sides.reduce((total, side) => total + side * side, 0) * layer.filters * k * k * shape[2],
        `(${sides.map((side) => `${side}x${side}`).join(" + ")}) x ${layer.filters} x ${k}x${k}x${shape[2]}`,
      );
    }
    case "depthwise_convolution":
      return told(
        (k * k + 1) * shape[2],
        `${k}x${k}x${shape[2]} + ${shape[2]}`,
        product(after) * k * k,
        `${after.join("x")} x ${k}x${k}`,
      );
    case "dense":
      return told(
        (shape[0] + 1) * layer.units,
        `${shape[0]}x${layer.units} + ${layer.units}`,
        shape[0] * layer.units,
        `${shape[0]}x${layer.units}`,
      );
    case "batch_normalization": {
      const found = told(4 * shape.at(-1), `4x${shape.at(-1)}`, 0, "");
      found.trained /= 2;
      return found;
    }
    default:
      return none;
  }
}
