// A network's values, weights and colors' limits, as far as they were sent: what core.inspect.statistics
// and core.inspect.formula know, for what follows the pointer. Maps are row-major, channels last, as in Keras.

import { largest } from "../../browser/scale.js";

/** Kinds that pass on what they read. */
const PASSING = new Set(["rescaling", "dropout", "flatten"]);
const READS_ALL = new Set(["convolution", "shared_convolution", "dense"]);

/** @param {number} count */
export const range = (count) => Array.from({ length: count }, (_, i) => i);

/**
 * How strongly a unit reads another one: the size of its kernel's slice, and the slice's sum.
 * @typedef {{ source: string, channel: number, size: number, sum: number }} Strength
 */

export class Values {
  /**
   * @param {any[]} nodes as the server describes them
   * @param {Map<string, any>} own values of the nodes that hold their own
   */
  constructor(nodes, own) {
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    this.own = own;
    /** @type {Map<string, any> | null} Once they have arrived. */
    this.weights = null;
    this.kept = new Map();
  }

  /** @param {string} name */
  node(name) {
    return this.nodes.get(name);
  }

  /**
   * Values of a node, null where they were not sent.
   * @param {string} name
   * @returns {any}
   */
  values(name) {
    const node = this.node(name);
    if (this.own.has(name)) return this.own.get(name);
    if (node.kind === "rescaling") {
      const gray = this.values(node.inputs[0]);
      const [scale, offset] = [node.own.scale, node.own.offset].map(Math.fround);
      return (
        gray && this.once(name, () => gray.map((/** @type {number} */ v) => v * scale + offset))
      );
    }
    return PASSING.has(node.kind) ? this.values(node.inputs[0]) : null;
  }

  /** @param {string} name @param {string} part */
  weight(name, part) {
    return this.weights?.get(`${this.node(name).weights}/${part}`) ?? null;
  }

  /** Whether the numbers of a layer are here: those of a large network come as it is opened. @param {string} name */
  isWeighed(name) {
    return ["kernel", "gamma"].some((part) => this.weight(name, part) !== null);
  }

  /** @param {string} key @param {() => any} make */
  once(key, make) {
    if (!this.kept.has(key)) this.kept.set(key, make());
    return this.kept.get(key);
  }

  /** Height, width and channels; a vector is one pixel with many channels. @param {string} name */
  dims(name) {
    const { shape } = this.node(name);
    return shape.length === 3 ? shape : [1, 1, shape[0]];
  }

  /** The node whose values one reads behind those that pass on. @param {string} name */
  lookThrough(name) {
    while (PASSING.has(this.node(name).kind)) name = this.node(name).inputs[0];
    return name;
  }

  /** @param {string} name @param {number[]} index */
  at(name, index) {
    const [, width, channels] = this.dims(name);
    const [row, column, unit] = index.length === 3 ? index : [0, 0, index[0]];
    return this.values(name)[(row * width + column) * channels + unit];
  }

  /** @param {string} name @param {number} unit */
  unitValues(name, unit) {
    const values = this.values(name);
    const channels = this.dims(name)[2];
    const found = new Float32Array(values.length / channels);
    for (let i = 0, at = unit; i < found.length; i++, at += channels) found[i] = values[at];
    return found;
  }

  /**
   * Limits of color.
   * @param {string} name
   * @param {number} unit
   * @param {string} scope "unit", "layer" or "network"
   * @param {number} clip percentile at which colors saturate
   * @returns {{ low: number, high: number }}
   */
  limits(name, unit, scope, clip) {
    const key = `${scope}/${clip}/${scope === "network" ? "" : name}/${scope === "unit" ? unit : ""}`;
    return this.once(key, () => {
      if (scope === "unit") return limitsOf([this.unitValues(name, unit)], clip);
      if (scope === "layer") return limitsOf([this.values(name)], clip);
      const parts = [...this.nodes.values()].filter(
        ({ kind }) => kind !== "input" && kind !== "rescaling",
      );
      return limitsOf(parts.map((part) => this.values(part.name)).filter(Boolean), clip);
    });
  }

  /**
   * How strongly a unit reads each unit of its inputs; none where weights are missing.
   * @param {string} name
   * @param {number} unit
   * @returns {Strength[]}
   */
  strengths(name, unit) {
    const node = this.node(name);
    const plain = (/** @type {string} */ source, /** @type {number} */ channel) => [
      { source: this.lookThrough(source), channel, size: 1, sum: 1 },
    ];
    if (READS_ALL.has(node.kind)) {
      const source = this.lookThrough(node.inputs[0]);
      const found = range(this.dims(source)[2]).map((c) => this.strength(name, c, unit));
      return /** @type {Strength[]} */ (found.filter(Boolean));
    }
    if (node.kind === "depthwise_convolution") {
      const kernel = this.weight(name, "kernel");
      if (!kernel) return [];
      const [rows, columns, channels] = kernel.shape;
      const source = this.lookThrough(node.inputs[0]);
      return [{ source, channel: unit, ...slice(kernel, unit, channels, rows * columns) }];
    }
    if (node.kind === "add") return node.inputs.flatMap((one) => plain(one, unit));
    if (node.kind === "concatenate") {
      const [source, channel] = this.branch(node, unit);
      return plain(source, channel);
    }
    return node.kind === "input" ? [] : plain(node.inputs[0], unit);
  }

  /**
   * How strongly a unit that reads all reads one channel, null where weights are missing.
   * @param {string} name
   * @param {number} channel
   * @param {number} unit
   * @returns {Strength | null}
   */
  strength(name, channel, unit) {
    const kernel = this.weight(name, "kernel");
    if (!kernel) return null;
    const units = kernel.shape.at(-1);
    const source = this.lookThrough(this.node(name).inputs[0]);
    const channels = this.dims(source)[2];
    const cells = kernel.length / units / channels;
    return {
      source,
      channel,
      ...slice(kernel, channel * units + unit, channels * units, cells),
    };
  }

  /**
   * Which input of a joining node a unit comes from, and which of its channels.
   * @param {any} node
   * @param {number} unit
   * @returns {[string, number]}
   */
  branch(node, unit) {
    let rest = unit;
    for (const source of node.inputs) {
      const own = this.dims(source)[2];
      if (rest < own) return [source, rest];
      rest -= own;
    }
    throw new RangeError(`${node.name} has no unit ${unit}.`);
  }

  /**
   * Whether a unit that reads all, or through the same channel only, reads a node at all.
   * @param {string} name
   */
  readsAll(name) {
    return READS_ALL.has(this.node(name).kind);
  }
}

/**
 * @param {any} kernel
 * @param {number} start
 * @param {number} step
 * @param {number} cells
 */
function slice(kernel, start, step, cells) {
  let [squares, sum] = [0, 0];
  for (let k = 0, at = start; k < cells; k++, at += step) {
    squares += kernel[at] ** 2;
    sum += kernel[at];
  }
  return { size: Math.sqrt(squares), sum };
}

/**
 * @param {any[]} arrays
 * @param {number} clip
 */
function limitsOf(arrays, clip) {
  const negative = arrays.some((values) => values.some((/** @type {number} */ v) => v < 0));
  const count = arrays.reduce((sum, values) => sum + values.length, 0);
  let most = Math.max(0, ...arrays.map(largest));
  if (clip < 100 && count) {
    const sizes = new Float32Array(count);
    let at = 0;
    for (const values of arrays) for (const v of values) sizes[at++] = Math.abs(v);
    sizes.sort();
    const place = (clip / 100) * (count - 1);
    const before = Math.floor(place);
    const after = Math.min(before + 1, count - 1);
    most = sizes[before] + (sizes[after] - sizes[before]) * (place - before);
  }
  return { low: negative ? -most : 0, high: most };
}

/**
 * Values of a layer that is only drawn, from their steps.
 * @param {any} bytes
 * @param {[number, number]} range
 */
export function decoded(bytes, [low, high]) {
  return {
    values: Float32Array.from(bytes, (step) => low + ((high - low) * step) / 255),
    dims: bytes.shape,
  };
}
