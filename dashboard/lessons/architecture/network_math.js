// A whole network examined: rows, receptive fields, sums, and the first thing that is wrong with it, as
// core/models/{graph,cost,memory,diagnosis}.py have them.

import { fieldAfter, fieldOfImage } from "./receptive_field.js";
import { checkLayer, commas, costOf, product, Refusal, shapeAfter, tuple } from "./shapes.js";

/** @typedef {import("./notation.js").Layer} Layer */
/** @typedef {import("./notation.js").Design} Design */
/**
 * One node of the network.
 * @typedef {object} Row
 * @property {string} name
 * @property {string} kind
 * @property {Layer | null} layer
 * @property {string[]} inputs
 * @property {number[]} inShape
 * @property {number[]} shape
 * @property {(number | string)[] | null} path of the block that it belongs to
 * @property {number} parameters
 * @property {string} text
 * @property {number} trained
 * @property {number} macs
 * @property {string} macsText
 * @property {number} bytes of its maps
 * @property {import("./receptive_field.js").Field} field
 */
/** @typedef {{ layer: string, problem: string, remedy: string }} Trouble */
/**
 * @typedef {object} Found
 * @property {Row[]} rows
 * @property {Trouble | null} error
 * @property {number} parameters
 * @property {number} macs
 * @property {number} maps bytes of all maps
 * @property {number} weights bytes of all parameters
 * @property {number} batch
 * @property {number} training bytes that training needs, estimated
 */

const MOST_PARAMETERS = 50000000;
const MOST_STRIDE = 8;
const FLOAT_BYTES = 4;
const ADAM_COPIES = 3;

/** @param {number[]} a @param {number[]} b */
const sameShape = (a, b) => a.length === b.length && a.every((side, i) => side === b[i]);

/**
 * All rows of a described network; where a layer cannot follow, the rows before it and why.
 * @param {Design} design possible or not
 * @param {number} [batch] images a step, for the memory of a training
 * @returns {Found}
 */
export function examine(design, batch = 32) {
  const rows = [],
    known = new Map(),
    S = design.input_size;
  const add = (name, kind, layer, inputs, shape, path) => {
    const before = inputs.length ? known.get(inputs[0]).shape : shape;
    const bytes = kind === "input" || kind === "flatten" ? 0 : FLOAT_BYTES * product(shape);
    const fields = inputs.map((input) => known.get(input).field);
    const field = fields.length ? fieldAfter({ kind, shape }, layer, fields) : fieldOfImage(S);
    const cost = costOf(layer, before, shape);
    const row = { name, kind, layer, inputs, inShape: before, shape, path, ...cost, bytes, field };
    rows.push(row);
    known.set(name, row);
    return name;
  };
  const chain = (layers, name, source, path) =>
    layers.reduce(
      (last, layer, i) => one(layer, `${name}_${layer.layer}_${i + 1}`, last, [...path, i]),
      source,
    );
  const one = (layer, name, source, path) => {
    const shape = known.get(source).shape;
    if (layer.layer === "residual") {
      const body = chain(layer.body, name, source, [...path, "body"]);
      checkLayer(name, layer);
      const after = known.get(body).shape;
      let way = source;
      if (!sameShape(after, shape)) {
        if (shape.length !== 3 || after.length !== 3) {
          throw new Refusal(
            name,
            `A residual body turns ${tuple(shape)} into ${tuple(after)}, which no shortcut can match.`,
            "Keep Flatten, GlobalPooling and dense layers outside of the block.",
          );
        }
        const stride = Math.max(1, Math.ceil(shape[0] / after[0]));
        if (stride > MOST_STRIDE)
          throw new Refusal(
            name,
            `stride is ${stride}, not a whole number from 1 to ${MOST_STRIDE}.`,
            `Choose stride between 1 and ${MOST_STRIDE}.`,
          );
        const shortcut = {
          layer: "convolution",
          filters: after[2],
          kernel_size: 1,
          stride,
          padding: "same",
          activation: "linear",
          dilation: 1,
        };
        if (!sameShape(shapeAfter(name, shortcut, shape), after)) {
          throw new Refusal(
            name,
            `A residual body turns ${tuple(shape)} into ${tuple(after)}, which no shortcut can match.`,
            'Use padding "same" and an even size inside the block.',
          );
        }
        way = add(`${name}_shortcut`, "convolution", shortcut, [source], after, path);
      }
      const total = add(`${name}_add`, "add", null, [way, body], after, path);
      if (layer.activation === "linear") return total;
      return add(
        `${name}_relu`,
        "activation",
        { layer: "activation", kind: "relu" },
        [total],
        after,
        path,
      );
    }
    if (layer.layer === "parallel") {
      const ends = layer.branches.map((branch, b) =>
        chain(branch, `${name}_branch_${b + 1}`, source, [...path, b]),
      );
      checkLayer(name, layer);
      const shapes = ends.map((end) => known.get(end).shape),
        head = (s) => s.slice(0, -1).join("x");
      if (new Set(shapes.map(head)).size !== 1) {
        throw new Refusal(
          name,
          `Parallel branches end in different sizes: [${shapes.map(tuple).join(", ")}].`,
          "Give every branch the same strides and pooling.",
        );
      }
      const joined = [...shapes[0].slice(0, -1), shapes.reduce((total, s) => total + s.at(-1), 0)];
      return add(`${name}_join`, "concatenate", null, ends, joined, path);
    }
    checkLayer(name, layer);
    return add(name, layer.layer, layer, [source], shapeAfter(name, layer, shape), path);
  };
  let error = null,
    last = "rescaling";
  const seen = {},
    largest = { parameters: 0, name: "" };
  const total = (field) => rows.reduce((sum, row) => sum + row[field], 0);
  add("image", "input", null, [], [S, S, 1], null);
  add("rescaling", "rescaling", null, ["image"], [S, S, 1], null);
  try {
    design.layers.forEach((layer, i) => {
      seen[layer.layer] = (seen[layer.layer] ?? 0) + 1;
      const name = `${layer.layer}_${seen[layer.layer]}`,
        held = total("parameters");
      last = one(layer, name, last, [i]);
      if (total("parameters") - held >= largest.parameters)
        Object.assign(largest, { parameters: total("parameters") - held, name });
    });
    const outputs = design.classes.length === 2 ? 1 : design.classes.length;
    one({ layer: "dense", units: outputs, activation: "linear" }, "logits", last, null);
    if (total("parameters") > MOST_PARAMETERS) {
      error = new Refusal(
        largest.name,
        `This network has ${commas(total("parameters"))} parameters; ${commas(MOST_PARAMETERS)} is the limit.`,
        "Pool once more before Flatten, use GlobalPooling, or fewer dense units.",
      );
    }
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    error = refusal;
  }
  const maps = total("bytes"),
    weights = FLOAT_BYTES * total("parameters");
  return {
    rows,
    error: error && { layer: error.layer, problem: error.problem, remedy: error.remedy },
    parameters: total("parameters"),
    macs: total("macs"),
    maps,
    weights,
    batch,
    training:
      batch * (FLOAT_BYTES * S * S + 2 * maps) +
      weights +
      FLOAT_BYTES * ADAM_COPIES * total("trained"),
  };
}
