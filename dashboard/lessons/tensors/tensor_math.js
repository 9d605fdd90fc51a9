// core/ops/tensor.py once more, for what follows a dragging hand; the tests compare both.

/** @typedef {{ start: number | null, stop: number | null, step: number | null }} Slice */
/** @typedef {number | Slice} Item what an axis is indexed with */
/** @typedef {{ shape: number[], strides: number[], offset: number, itemsize: number, axes?: number[] }} Layout */

export const ITEM_SIZES = { uint8: 1, float32: 4 };
/** What is wrong with an index, where, and what to write instead. */
export class TypedIndexError extends Error {
  /**
   * @param {string} code
   * @param {number} at first wrong letter
   * @param {number} length
   * @param {string} problem
   * @param {string} remedy
   */
  constructor(code, at, length, problem, remedy) {
    super(problem);
    this.code = `index.${code}`;
    this.at = at;
    this.length = Math.max(length, 1);
    this.problem = problem;
    this.remedy = remedy;
  }
}

const INDEX_TOKENS =
  /(?<space>[ \t]+)|(?<dots>\.\.\.)|(?<decimal>\d*\.\d+|\d+\.(?!\.)|\d+[eE][-+]?\d+)|(?<whole>\d+)|(?<name>[A-Za-z_][A-Za-z_0-9.]*)|(?<sign>[-+])|(?<mark>[[\]:,])|(?<other>[^])/gu;
const wordSize = (text) => [...text].length;

/**
 * The items of an index as NumPy reads it: a number, a slice, "..." or null (a new axis).
 * @param {string} text
 * @param {number[]} shape
 * @returns {(Item | "..." | null)[]}
 */
export function parseIndex(text, shape) {
  if (wordSize(text) > 100)
    throw new TypedIndexError(
      "long",
      100,
      wordSize(text) - 100,
      `The index has ${wordSize(text)} characters.`,
      "Write at most 100.",
    );
  const tokens = [];
  for (const found of text.matchAll(INDEX_TOKENS)) {
    const kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
    if (kind !== "space")
      tokens.push({ kind, text: found[0], at: wordSize(text.slice(0, found.index)) });
  }
  let next = 0;
  const peek = () => tokens[next] ?? { kind: "end", text: "", at: wordSize(text) };
  const refuse = (code, token, problem, remedy) => {
    throw new TypedIndexError(code, token.at, wordSize(token.text), problem, remedy);
  };
  const expect = (mark, problem, remedy) => {
    if (peek().text !== mark) refuse("bracket", peek(), problem, remedy);
    next += 1;
  };
  const unexpected = () =>
    refuse(
      "unexpected",
      peek(),
      peek().text ? `${peek().text} does not belong here.` : "The index ends too early.",
      "Write whole numbers, slices like 2:8, ..., or None, between commas.",
    );
  const number = () => {
    let token = peek(),
      sign = 1;
    if (token.kind === "sign") {
      sign = token.text === "-" ? -1 : 1;
      next += 1;
      if (!["whole", "decimal"].includes(peek().kind)) unexpected();
      token = peek();
    }
    if (token.kind === "decimal")
      refuse(
        "decimal",
        token,
        `${token.text} is not a whole number.`,
        "Elements are counted: 0, 1, 2, ...",
      );
    if (token.kind !== "whole") return null;
    if (token.text.length > 9)
      refuse(
        "digits",
        token,
        `${token.text} is too large for any axis here.`,
        "Write at most 9 digits.",
      );
    next += 1;
    return sign * Number(token.text) || 0;
  };
  const item = () => {
    const token = peek();
    if (token.kind === "dots") {
      next += 1;
      return "...";
    }
    if (token.kind === "name" && ["None", "newaxis", "np.newaxis"].includes(token.text)) {
      next += 1;
      return null;
    }
    const parts = [number()];
    let colons = 0,
      stepAt = token;
    while (peek().text === ":" && colons < 2) {
      next += 1;
      colons += 1;
      stepAt = peek();
      parts.push(number());
    }
    if (!colons) {
      if (parts[0] === null) unexpected();
      return parts[0];
    }
    const [start, stop, step = null] = parts;
    if (step === 0)
      refuse("step", stepAt, "A step of 0 never moves.", "Take 1, 2, ... or -1 to go backwards.");
    return { start, stop, step };
  };
  if (peek().kind === "name" && peek().text === "x") {
    next += 1;
    if (peek().kind === "end") return [];
  }
  expect("[", "An index begins with a bracket.", "Write for example x[0].");
  const found = [],
    places = [];
  for (;;) {
    places.push(peek());
    found.push(item());
    if (peek().text === ",") {
      next += 1;
      if (peek().text !== "]") continue;
    }
    break;
  }
  expect("]", "The bracket is not closed here.", "Put a comma or ] there.");
  if (peek().kind !== "end")
    refuse(
      "after",
      peek(),
      "Something follows the bracket.",
      "Put all indices into one bracket: x[0, 1] instead of x[0][1].",
    );
  const where = (wanted) => places.filter((_, i) => found[i] === wanted);
  if (where("...").length > 1)
    refuse(
      "ellipsis",
      where("...")[1],
      "A second ... leaves open which axes each of them means.",
      "Keep one.",
    );
  if (where(null).length > 3)
    refuse("new-axes", where(null)[3], "That many new axes cannot be drawn.", "Take at most 3.");
  const real = places.filter((_, i) => found[i] !== null && found[i] !== "..."),
    rank = shape.length;
  if (real.length > rank)
    refuse(
      "many",
      real[rank],
      `There are ${real.length} indices for ${rank} axes.`,
      `Remove ${real.length - rank}.`,
    );
  let seen = 0,
    after = false;
  found.forEach((one, i) => {
    if (one === null) return;
    if (one === "...") {
      after = true;
      return;
    }
    const axis = after ? rank - real.length + seen : seen,
      size = shape[axis];
    seen += 1;
    if (typeof one === "number" && (one < -size || one >= size)) {
      refuse(
        "bounds",
        places[i],
        `Axis ${axis} has the length ${size}; ${one} is outside.`,
        `Take 0 to ${size - 1}, or -${size} to -1 from the end.`,
      );
    }
  });
  return found;
}
/**
 * What is wrong with an index; null where it can be read.
 * @param {string} text
 * @param {number[]} shape
 */
export function refusal(text, shape) {
  try {
    parseIndex(text, shape);
  } catch (error) {
    if (error instanceof TypedIndexError) return error;
    throw error;
  }
  return null;
}

export const FULL = { start: null, stop: null, step: null };

/**
 * Items with "..." and missing axes written out.
 * @param {(Item | "..." | null)[]} items
 * @param {number} rank
 * @returns {(Item | null)[]}
 */
export function expandIndex(items, rank) {
  const real = items.filter((item) => item !== null && item !== "...").length;
  const all = items.includes("...") ? items : [...items, "..."];
  return all.flatMap((item) => (item === "..." ? Array(rank - real).fill(FULL) : [item]));
}

/**
 * Python's slice.indices, and how many entries that gives.
 * @param {Slice} slice
 * @param {number} size
 */
export function sliceIndices({ start, stop, step }, size) {
  const by = step ?? 1,
    low = by < 0 ? -1 : 0,
    high = by < 0 ? size - 1 : size;
  const clip = (value, otherwise) =>
    value === null ? otherwise : Math.min(Math.max(value < 0 ? value + size : value, low), high);
  const from = clip(start, by < 0 ? high : low),
    to = clip(stop, by < 0 ? low : high);
  return { from, step: by, count: Math.max(0, Math.ceil((to - from) / by)) };
}

/**
 * Row after row without gaps, the last axis fastest.
 * @param {number[]} shape
 * @param {number} itemsize
 * @returns {Layout}
 */
export function layoutOf(shape, itemsize) {
  const strides = Array(shape.length).fill(itemsize);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = strides[axis + 1] * Math.max(shape[axis + 1], 1);
  return { shape: [...shape], strides, offset: 0, itemsize };
}

/** @param {number[]} shape */
export const countOf = (shape) => shape.reduce((product, side) => product * side, 1);

/**
 * Byte where the element of an index begins.
 * @param {Layout} layout
 * @param {number[]} index
 */
export const addressOf = (layout, index) =>
  index.reduce((sum, i, axis) => sum + i * layout.strides[axis], layout.offset);

/**
 * What basic indexing leaves; `axes` says which axis of the whole each kept axis was (-1: new).
 * @param {Layout} layout
 * @param {(Item | "..." | null)[]} items
 * @returns {Layout & { axes: number[] }}
 */
export function takeIndex(layout, items) {
  const found = {
    shape: [],
    strides: [],
    offset: layout.offset,
    itemsize: layout.itemsize,
    axes: [],
  };
  let axis = 0;
  for (const item of expandIndex(items, layout.shape.length)) {
    if (item === null) {
      found.shape.push(1);
      found.strides.push(0);
      found.axes.push(-1);
      continue;
    }
    const size = layout.shape[axis],
      stride = layout.strides[axis];
    if (typeof item === "number") found.offset += (item < 0 ? item + size : item) * stride;
    else {
      const { from, step, count } = sliceIndices(item, size);
      if (count) found.offset += from * stride;
      found.shape.push(count);
      found.strides.push(step * stride);
      found.axes.push(axis);
    }
    axis += 1;
  }
  return found;
}

/**
 * The axes in another order; no byte moves.
 * @param {Layout} layout
 * @param {number[]} order
 * @returns {Layout}
 */
export const transposeLayout = (layout, order) => ({
  ...layout,
  shape: order.map((a) => layout.shape[a]),
  strides: order.map((a) => layout.strides[a]),
});

/**
 * Index of the element with that number, the last axis fastest.
 * @param {number} number
 * @param {number[]} shape
 * @returns {number[]}
 */
export function unravelNumber(number, shape) {
  const found = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    found[axis] = number % shape[axis];
    number = Math.floor(number / shape[axis]);
  }
  return found;
}

/**
 * An element as it lies in memory, least important byte first.
 * @param {number} value
 * @param {string} dtype
 */
export function elementBytes(value, dtype) {
  if (dtype === "uint8") return [value];
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => view.getUint8(i));
}

/**
 * Sign, exponent and fraction of a float32.
 *
 * Source: IEEE 754-2019, section 3.4
 * @param {number} value
 */
export function floatParts(value) {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  return { sign: bits >>> 31, exponent: (bits >>> 23) & 255, fraction: bits & 0x7fffff };
}

/**
 * Samples in each batch; the last may hold fewer.
 * @param {number} samples
 * @param {number} size
 * @param {boolean} dropLast
 */
export function batchSizes(samples, size, dropLast) {
  const full = Math.floor(samples / size),
    rest = samples % size;
  return [...Array(full).fill(size), ...(rest && !dropLast ? [rest] : [])];
}

/**
 * What uint8 makes of an addition: it goes around at 256.
 * @param {number} value
 * @param {number} amount
 */
export const addUint8 = (value, amount) => (((value + amount) % 256) + 256) % 256;

/** @param {number} byte */
export const hexByte = (byte) => byte.toString(16).padStart(2, "0");
