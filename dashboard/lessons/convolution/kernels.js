// The kernels of all filters from what is set: named, random, learned, and cells changed by hand.
//
// A change by hand is a pair of numbers in the settings: where (filter, channel, cell) and the weight.

import { randomKernels } from "./convolution_math.js";

/** @typedef {Record<string, any>} Values */
/** @typedef {{ name: string, title: string, source: string, answers: string, sizes: number[], offset: number }} Preset */
/** @typedef {{ f: number, c: number, at: number, value: number }} Edit */

/** The channel of a change that concerns all channels; each gets its share of the weight. */
export const EVERY = 2047;
/** @type {string[]} What further filters begin with. */
export const USUAL = [
  "sobel-x",
  "sobel-y",
  "laplacian",
  "gaussian",
  "line",
  "emboss",
  "outline",
  "box",
];

/**
 * @param {number[]} pairs
 * @returns {Edit[]}
 */
export function readEdits(pairs) {
  const found = [];
  for (let n = 0; n + 1 < pairs.length; n += 2) {
    const where = Math.round(pairs[n]);
    const [f, c] = [Math.floor(where / (128 * 2048)), Math.floor(where / 128) % 2048];
    found.push({ f, c, at: where % 128, value: Math.min(Math.max(pairs[n + 1], -1e4), 1e4) });
  }
  return found;
}

/** @param {Edit[]} edits */
export const writeEdits = (edits) =>
  edits.flatMap(({ f, c, at, value }) => [(f * 2048 + c) * 128 + at, value]);

/**
 * A kernel of another size: its middle stays, zeros come around it.
 * @param {ArrayLike<number>} kernel
 * @param {number} from
 * @param {number} to
 */
function embedded(kernel, from, to) {
  const out = new Float64Array(to * to);
  for (let at = 0; at < from * from; at++) {
    const moved = movedCell(at, from, to);
    if (moved !== null) out[moved] = kernel[at];
  }
  return out;
}

/**
 * Where a cell lies in a kernel of another size around the same middle; null outside.
 * @param {number} at
 * @param {number} from
 * @param {number} to
 */
function movedCell(at, from, to) {
  const shift = Math.floor((to - 1) / 2) - Math.floor((from - 1) / 2);
  const [r, c] = [Math.floor(at / from) + shift, (at % from) + shift];
  return r >= 0 && r < to && c >= 0 && c < to ? r * to + c : null;
}

/** The kernels that can be had, and those that are set. */
export class Kernels {
  constructor() {
    /** @type {Preset[]} */
    this.presets = [];
    this.numbers = new Float64Array();
    /** @type {any} A layer's own kernels, null for none. */
    this.learned = null;
    this.channels = 1;
  }

  /** @param {Values} set */
  isLearned(set) {
    return Boolean(this.learned) && set.kernels[0] === "learned";
  }

  /**
   * How many filters there are; a depthwise layer has one kernel a channel and counts as one.
   * @param {Values} set
   */
  count(set) {
    if (set.mode === "depthwise") return 1;
    return this.isLearned(set) ? this.learned.kernels.shape[3] : set.filters;
  }

  /**
   * @param {Values} set
   * @param {number} f
   * @returns {string} as it is set: a preset's name, "random", "own" or "learned"
   */
  chosen(set, f) {
    if (this.isLearned(set)) return "learned";
    const name = set.kernels[f] ?? USUAL[f % USUAL.length];
    return name === "learned" ? USUAL[f % USUAL.length] : name;
  }

  /**
   * The name under which a filter's kernel is known now: "own" once a cell or the size differs.
   * @param {Values} set
   * @param {number} f
   */
  nameOf(set, f) {
    const name = this.chosen(set, f);
    if (readEdits(set.edits).some((edit) => edit.f === f)) return "own";
    if (name === "learned") return this.learned.size === set.size ? name : "own";
    const preset = this.preset(name);
    if (preset && !preset.sizes.includes(set.size)) return set.size === 1 ? "random" : "own";
    return name;
  }

  /** @param {string} name */
  preset(name) {
    return this.presets.find((one) => one.name === name);
  }

  /**
   * The size nearest to another that a preset can have; the larger one of two.
   * @param {Preset} preset
   * @param {number} size
   */
  nearest(preset, size) {
    const off = (/** @type {number} */ one) => Math.abs(one - size) - (one > size ? 0.5 : 0);
    return preset.sizes.reduce((best, one) => (off(one) < off(best) ? one : best));
  }

  /**
   * @param {Preset} preset
   * @param {number} size one of its own
   */
  valuesOf(preset, size) {
    const before = preset.sizes.filter((one) => one < size);
    const start = preset.offset + before.reduce((sum, one) => sum + one * one, 0);
    return this.numbers.subarray(start, start + size * size);
  }

  /**
   * The kernel of a filter for a channel, without the gain.
   * @param {Values} set
   * @param {number} f
   * @param {number} c
   * @returns {Float64Array}
   */
  kernel(set, f, c) {
    const filter = set.mode === "depthwise" ? 0 : f;
    const share = set.mode === "depthwise" ? 1 : 1 / this.channels;
    const own = this.unchanged(set, filter, c, share);
    for (const edit of readEdits(set.edits)) {
      if (edit.f !== filter || edit.at >= own.length) continue;
      if (edit.c === EVERY) own[edit.at] = edit.value * share;
      else if (edit.c === c) own[edit.at] = edit.value;
    }
    return own;
  }

  /**
   * @param {Values} set
   * @param {number} f
   * @param {number} c
   * @param {number} share
   */
  unchanged(set, f, c, share) {
    const { size } = set;
    const name = this.chosen(set, f);
    if (name === "learned") {
      const { kernels } = this.learned;
      const [, , channels, filters] = kernels.shape;
      const side = this.learned.size;
      const plane = Float64Array.from(
        { length: side * side },
        (_, at) => kernels[(at * channels + c) * filters + f],
      );
      return side === size ? plane : embedded(plane, side, size);
    }
    const preset = this.preset(name);
    if (preset && (size > 1 || preset.sizes.includes(1))) {
      const side = this.nearest(preset, size);
      const plane = this.valuesOf(preset, side).map((value) => value * share);
      return side === size ? Float64Array.from(plane) : embedded(plane, side, size);
    }
    if (name === "own") return new Float64Array(size * size);
    return randomKernels(set.seed + f, this.channels, size)[c];
  }

  /**
   * What choosing a kernel for a filter sets.
   * @param {Values} set
   * @param {number} f
   * @param {string} name
   * @returns {Values}
   */
  choose(set, f, name) {
    const preset = this.preset(name);
    const size = preset ? this.nearest(preset, set.size) : set.size;
    if (this.isLearned(set)) {
      const kernels = [name, ...USUAL.slice(1)];
      return { kernels, size, filters: 1, f: 0, edits: [], biases: [], gain: 1 };
    }
    const kernels = USUAL.map((_, n) => (n === f ? name : this.chosen(set, n)));
    const others = readEdits(set.edits).filter((edit) => edit.f !== f);
    const edits = writeEdits(moved(others, set.size, size));
    return { kernels, size, edits, gain: 1 };
  }

  /**
   * What another size sets: changed cells stay around the middle.
   * @param {Values} set
   * @param {number} size
   */
  resize(set, size) {
    return { size, edits: writeEdits(moved(readEdits(set.edits), set.size, size)) };
  }

  /**
   * What a new weight in one cell sets.
   * @param {Values} set
   * @param {number} f
   * @param {number} c
   * @param {Map<number, number>} cells weights by cell, the gain included
   * @returns {Values}
   */
  change(set, f, c, cells) {
    const gain = set.gain === 0 ? 1 : set.gain;
    const patch = this.owned(set, f);
    const channel = this.channels === 1 ? EVERY : c;
    const edits = readEdits(patch.edits ?? set.edits).filter(
      (edit) => !(edit.f === f && cells.has(edit.at) && [c, channel].includes(edit.c)),
    );
    for (const [at, value] of cells) edits.push({ f, c: channel, at, value: value / gain });
    return { ...patch, gain, edits: writeEdits(edits) };
  }

  /**
   * A named kernel becomes one's own, cell by cell, so that a new size keeps it as it is.
   * @param {Values} set
   * @param {number} f
   * @returns {Values}
   */
  owned(set, f) {
    const preset = this.preset(this.chosen(set, f));
    if (!preset || set.size === 1) return {};
    const kernels = USUAL.map((_, n) => (n === f ? "own" : this.chosen(set, n)));
    const side = this.nearest(preset, set.size);
    const values = embedded(this.valuesOf(preset, side), side, set.size);
    const cells = Array.from(values, (value, at) => ({ f, c: EVERY, at, value }));
    const earlier = readEdits(set.edits);
    return { kernels, edits: writeEdits([...cells.filter(({ value }) => value), ...earlier]) };
  }
}

/**
 * @param {Edit[]} edits
 * @param {number} from
 * @param {number} to
 */
function moved(edits, from, to) {
  return edits.flatMap((edit) => {
    const at = movedCell(edit.at, from, to);
    return at === null ? [] : [{ ...edit, at }];
  });
}
