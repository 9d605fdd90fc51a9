// Sentences of lessons for values that Python has computed.

import { facts } from "../../dashboard/lessons/convolution/words.js";
import {
  poolMap,
  pyramidOf,
  relativeChange,
  stepsAlong,
} from "../../dashboard/lessons/pooling/pooling_math.js";

// What draws asks the browser for its looks as soon as it is read.
Object.assign(globalThis, { matchMedia: () => ({ matches: false, addEventListener() {} }) });
const { drawBatch } = await import("../../dashboard/lessons/tensors/batch.js");
const { formulaWords } = await import("../../dashboard/lessons/features/formula_words.js");
const halving = await import("../../dashboard/lessons/pooling/halving.js");
const shift = await import("../../dashboard/lessons/pooling/shift.js");

/** @typedef {{ values: number[], height: number, width: number }} Told */

/**
 * What is said of a map that moved, and how far the maxima then are from the first ones moved along.
 * @param {Told} told
 * @param {{ size: number, stride: number, padding: string }} window
 * @param {number} t pixels
 * @param {Record<string, string>} words
 */
export function movedAlong({ values, height, width }, window, t, words) {
  const roll = (
    /** @type {ArrayLike<number>} */ array,
    /** @type {number} */ wide,
    /** @type {number} */ by,
  ) =>
    Float64Array.from(array, (_, i) => {
      const column = i % wide;
      return array[i - column + ((((column - by) % wide) + wide) % wide)];
    });
  const map = { values: Float64Array.from(values), height, width };
  const out = poolMap(map, window, "max");
  const now = poolMap({ ...map, values: roll(map.values, width, t) }, window, "max");
  const along = roll(out.values, out.width, stepsAlong(t, window.stride));
  const max = relativeChange(along, now.values);
  const change = { max, average: 0, stride: 0, picture: 0 };
  const scene = { moved: () => ({ change }), window, map, out };
  const room = /** @type {any} */ ({ scene, words, along: true, locked: false });
  return { said: shift.tell(room, t), max };
}

/**
 * What is said of the last level of a pyramid.
 * @param {Told} told
 * @param {{ size: number, stride: number, padding: string }} window
 * @param {Record<string, string>} words
 */
export function lastLevel({ values, height, width }, window, words) {
  const map = { values: Float64Array.from(values), height, width };
  const levels = [map, ...pyramidOf(map, window, "max")];
  const room = /** @type {any} */ ({
    scene: { levels: () => levels, map, window },
    kind: "max",
    words,
  });
  return halving.tell(room, levels.length - 1)[1];
}

/**
 * What is said of a kernel.
 * @param {number[]} kernel
 * @param {boolean} transposed
 * @param {number} stride
 */
export function ofKernel(kernel, transposed, stride) {
  const axis = { before: 0, after: 0, places: 9, reach: 3 };
  const model = /** @type {any} */ ({
    ...{ rows: axis, columns: axis, height: 9, width: 9, planes: [[]], filters: 1, transposed },
    ...{ uncovered: [[], []], kernels: { preset: () => undefined, nameOf: () => "own" } },
    ...{
      how: { size: 3, stride, dilation: 1, padding: "valid" },
      kernel: () => Float64Array.from(kernel),
    },
  });
  return facts(model, false).seen[0];
}

/**
 * What is said of samples in batches.
 * @param {number} samples
 * @param {number} many in a batch
 * @param {number[]} batches samples of each that is handed on
 */
export function inBatches(samples, many, batches) {
  const none = () => undefined;
  const pen = { type: 16, width: 800, height: 400, look: {}, axis: none, image: none, fill: none };
  const t = { shape: [samples, 2], axes: ["samples", "values"], name: "table", last: 2 };
  return drawBatch(
    /** @type {any} */ ({
      ...{ pen: { ...pen, frame: none, say: none }, batches, many },
      ...{ t: { ...t, layout: { itemsize: 1 }, color: () => [0, 0, 0] } },
      values: { at: 0, last: "drop" },
    }),
  ).sentence;
}

/**
 * A sum over so many maps in one line.
 * @param {number} maps
 */
export function sumOver(maps) {
  const [ones, channels] = [Array(maps).fill(1), Array.from({ length: maps }, (_, i) => i)];
  const term = { source: "conv", values: ones, weights: ones, sums: ones, channels };
  const lesson = /** @type {any} */ ({ word: () => "map", titleOf: () => "conv" });
  return formulaWords(
    lesson,
    /** @type {any} */ ({
      ...{ operation: "sum", terms: [term], bias: 0, before: maps },
      ...{ activation: "linear", result: maps },
    }),
  );
}
