// What a lecturer walks through: the paper's network and what one change does to it.

import { fromNotation, toNotation } from "./notation.js";

/** @typedef {import("./notation.js").Design} Design */

/**
 * @param {import("./stage.js").ArchitectureStage} view
 * @returns {import("../../browser/presenting.js").Moment[]}
 */
export function moments({ stage, grammar, words }) {
  const { default: paper } = stage.settings.field("net");
  const begin = { net: paper, solid: false, whole: false };
  const { layers } = fromNotation(paper, grammar);
  const at = (/** @type {string} */ kind) => layers.findIndex(({ layer }) => layer === kind);
  const last = (/** @type {string} */ kind) => layers.findLastIndex(({ layer }) => layer === kind);
  const other = (/** @type {(design: Design) => void} */ edit) => {
    const design = fromNotation(paper, grammar);
    design.name = grammar.begin.name;
    edit(design);
    return toNotation(design, grammar);
  };
  const moment = (/** @type {string} */ name, /** @type {Record<string, any>} */ patch) => ({
    say: words[`moment-${name}`],
    go: () => stage.set({ ...begin, ...patch }),
  });
  const flat = at("flatten");
  return [
    moment("dense", { block: String(at("dense")) }),
    moment("twice", {
      net: other((design) => (design.input_size *= 2)),
      block: "image",
    }),
    moment("global", {
      net: other((design) => {
        design.layers[flat] = { layer: "global_pooling", kind: "average" };
      }),
      block: String(flat),
    }),
    moment("field", { block: String(last("pooling")) }),
    moment("impossible", {
      net: other((design) => design.layers.splice(flat, 1)),
      block: String(flat),
    }),
    moment("space", { block: String(at("convolution")), solid: true }),
  ];
}
