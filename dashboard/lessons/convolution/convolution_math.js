// core/geometry.py and core/ops/convolution.py once more, for what follows a dragging hand. Both are
// compared in the tests. Images are one plane a channel, kernels one a pair of filter and channel;
// numbers are doubles throughout.

import { uniform } from "../../browser/random.js";

/**
 * @typedef {object} How
 * @property {number} size
 * @property {number} stride
 * @property {number} dilation
 * @property {string} padding "valid", "same", "full" or "reflect"
 * @property {string} mode "standard", "depthwise", "pointwise" or "transposed"
 * @property {boolean} flip the kernel is turned by half a turn first: convolution in the strict sense
 */
/**
 * One axis: its length, the window's reach, cells added before and after, places of the window (0 where it fits
 * nowhere), cells left over.
 * @typedef {{ length: number, reach: number, before: number, after: number, places: number, left: number }} Axis
 */
/** @typedef {{ values: Float64Array, height: number, width: number }} Padded */

/** @param {number} length @param {How} how @returns {Axis} */
function windowAxis(length, { size, stride, dilation, padding }) {
  const reach = dilation * (size - 1) + 1;
  let before = 0,
    after = 0;
  if (padding === "full") before = after = reach - 1;
  else if (padding !== "valid") {
    const total = Math.max((Math.ceil(length / stride) - 1) * stride + reach - length, 0);
    before = Math.floor(total / 2);
    after = total - before;
  }
  const room = length + before + after - reach;
  const places = room < 0 ? 0 : Math.floor(room / stride) + 1;
  return {
    length,
    reach,
    before,
    after,
    places,
    left: room < 0 ? 0 : room - (places - 1) * stride,
  };
}
/** The transposed one: every input cell stamps `size` output cells. @param {number} length @param {How} how @returns {Axis} */
function stampAxis(length, { size, stride, dilation, padding }) {
  const reach = dilation * (size - 1) + 1;
  const places =
    padding === "same" ? length * stride : length * stride + Math.max(reach - stride, 0);
  const before = Math.floor(Math.max((length - 1) * stride + reach - places, 0) / 2);
  return { length, reach, before, after: 0, places, left: 0 };
}

/** @param {number} position @param {number} length */
function mirroredAt(position, length) {
  if (length === 1) return 0;
  const period = 2 * (length - 1),
    folded = ((position % period) + period) % period;
  return Math.min(folded, period - folded);
}
/** Pixels of the image that no window reads. @param {Axis} axis @param {How} how */
export function uncoveredOf(axis, { size, stride, dilation, padding }) {
  const seen = new Uint8Array(axis.length);
  for (let n = 0; n < axis.places; n++)
    for (let i = 0; i < size; i++) {
      let at = n * stride - axis.before + i * dilation;
      if (padding === "reflect") at = mirroredAt(at, axis.length);
      if (at >= 0 && at < axis.length) seen[at] = 1;
    }
  return Array.from(seen.keys()).filter((at) => !seen[at]);
}

/** @param {ArrayLike<number>} plane @param {Axis} rows @param {Axis} columns @param {string} padding @returns {Padded} */
export function paddedPlane(plane, rows, columns, padding) {
  const height = rows.length + rows.before + rows.after,
    width = columns.length + columns.before + columns.after;
  const out = new Float64Array(height * width),
    mirror = padding === "reflect";
  for (let r = 0; r < height; r++) {
    let from = r - rows.before;
    if (mirror) from = mirroredAt(from, rows.length);
    if (from < 0 || from >= rows.length) continue;
    for (let c = 0; c < width; c++) {
      let at = c - columns.before;
      if (mirror) at = mirroredAt(at, columns.length);
      if (at >= 0 && at < columns.length) out[r * width + c] = plane[from * columns.length + at];
    }
  }
  return { values: out, height, width };
}

/** @param {ArrayLike<number>} kernel */
export function turned(kernel) {
  return Float64Array.from(kernel).reverse();
}

/**
 * Adds the sums of one channel to `out`; kernel cells that are 0 cost nothing.
 * @param {Float64Array} out
 * @param {Padded} padded
 * @param {ArrayLike<number>} kernel
 * @param {Axis} rows
 * @param {Axis} columns
 * @param {How} how
 */
export function addPlane(out, padded, kernel, rows, columns, { size, stride, dilation }) {
  const { values, width } = padded;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const weight = kernel[i * size + j];
      if (weight === 0) continue;
      for (let r = 0; r < rows.places; r++) {
        let from = (r * stride + i * dilation) * width + j * dilation,
          to = r * columns.places;
        for (const end = to + columns.places; to < end; to++, from += stride)
          out[to] += weight * values[from];
      }
    }
}

/**
 * @param {Float64Array} out
 * @param {ArrayLike<number>} plane
 * @param {ArrayLike<number>} kernel
 * @param {Axis} rows
 * @param {Axis} columns
 * @param {How} how
 */
function addStamps(out, plane, kernel, rows, columns, { size, stride, dilation }) {
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) {
      const weight = kernel[i * size + j];
      if (weight === 0) continue;
      for (let r = 0; r < rows.length; r++) {
        const y = r * stride - rows.before + i * dilation;
        if (y < 0 || y >= rows.places) continue;
        for (let c = 0; c < columns.length; c++) {
          const x = c * stride - columns.before + j * dilation;
          if (x >= 0 && x < columns.places)
            out[y * columns.places + x] += weight * plane[r * columns.length + c];
        }
      }
    }
}
/**
 * One map of a filter: the sums of all its channels and one bias. `only` names a single channel, whose sums come
 * without the bias.
 * @param {ArrayLike<number>[]} planes
 * @param {Padded[]} padded
 * @param {ArrayLike<number>[]} kernels one a channel
 * @param {number} bias
 * @param {Axis} rows
 * @param {Axis} columns
 * @param {How} how
 * @param {number | null} [only]
 */
export function filterMap(planes, padded, kernels, bias, rows, columns, how, only = null) {
  const out = new Float64Array(rows.places * columns.places);
  planes.forEach((plane, c) => {
    if (only !== null && c !== only) return;
    const kernel = how.flip && how.mode !== "transposed" ? turned(kernels[c]) : kernels[c];
    if (how.mode === "transposed") addStamps(out, plane, kernel, rows, columns, how);
    else addPlane(out, padded[c], kernel, rows, columns, how);
  });
  if (only === null && bias) for (let at = 0; at < out.length; at++) out[at] += bias;
  return out;
}

/** @param {number} height @param {number} width @param {How} how @returns {{ rows: Axis, columns: Axis }} */
export function layerAxes(height, width, how) {
  const axis = how.mode === "transposed" ? stampAxis : windowAxis;
  return { rows: axis(height, how), columns: axis(width, how) };
}
/**
 * Seeded kernels of one filter, uniform as He et al. scale them.
 * @param {number} seed
 * @param {number} channels
 * @param {number} size
 */
export function randomKernels(seed, channels, size) {
  const next = uniform(seed);
  const limit = Math.sqrt(6 / (size * size * channels));
  return Array.from({ length: channels }, () =>
    Float64Array.from(
      { length: size * size },
      () => Math.round((2 * next() - 1) * limit * 1000) / 1000,
    ),
  );
}
