// What the stage says of the place where the window stands, and of the layer as a whole.

import { count, escaped, fixed, TIMES, MINUS, term } from "../../browser/number.js";

/** @typedef {import("./model.js").Model} Model */

const said = (/** @type {number} */ value, places = 3) => fixed(value, places);
const factor = (/** @type {number} */ value) =>
  value < 0 ? `(${said(value, 2)})` : said(value, 2);

/**
 * The sentence beside the picture, as markup.
 * @param {Model} model
 * @param {{ header: any, pointed: number | null, under: [number, number] | null, locked: boolean }} now
 */
export function sentence(model, now) {
  if (!model.maps.length) return "";
  const formula = now.locked ? escaped(now.header.words.locked) : formulaOf(model, now);
  return `<p>${formula}</p>`;
}

/** @param {Model} model @param {any} now */
function formulaOf(model, { header, pointed, under }) {
  if (model.transposed) return under ? stampsOf(model, under) : stampAt(model);
  const cell = `row ${model.row + 1}, column ${model.column + 1}`;
  const { values, kernel, products, sum } = model.terms();
  const { size } = model.how;
  if (pointed !== null && pointed < products.length) {
    const name = model.planes.length > 1 ? ` of ${escaped(header.channels[model.c])}` : "";
    return (
      `Kernel row ${Math.floor(pointed / size) + 1}, column ${(pointed % size) + 1}${name}: pixel ${said(values[pointed])} ${TIMES} ` +
      `weight ${said(kernel[pointed])} = <b>${said(products[pointed])}</b>, one of ${products.length} products that sum to ${said(sum)}.`
    );
  }
  const value = `<b>${said(model.maps[model.shown][model.at])}</b>`;
  const bias = model.biasOf();
  if (model.planes.length > 1 && !model.depthwise) {
    return `Output in ${cell} = ${channelSums(model, header)}${term(bias, said)} (one bias) = ${value}`;
  }
  const all =
    products.length <= 9
      ? Array.from(values, (v, n) => `${said(v, 2)}\u00b7${factor(kernel[n])}`).join(" + ")
      : `${products.length} products, ${said(sum)}`;
  return `Output in ${cell} = ${all} + bias ${factor(bias)} = ${value}`;
}

/** @param {Model} model @param {any} header */
function channelSums(model, header) {
  const sums = model.planes.map((_, c) => ({ c, sum: model.terms(c).sum }));
  const named = (/** @type {{ c: number, sum: number }} */ { c, sum }) =>
    `${sum < 0 ? `(${said(sum)})` : said(sum)} (${escaped(header.channels[c])})`;
  if (sums.length <= 4) return sums.map(named).join(" + ");
  sums.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const rest = sums.slice(3).reduce((total, { sum }) => total + sum, 0);
  return `${sums.slice(0, 3).map(named).join(" + ")} + ${factor(rest)} (${sums.length - 3} others)`;
}

/** @param {Model} model */
function stampAt(model) {
  const pixel = said(model.planes[model.c][model.at]);
  const [row, column] = [
    model.row * model.how.stride - model.rows.before + 1,
    model.column * model.how.stride - model.columns.before + 1,
  ];
  return (
    `The pixel in row ${model.row + 1}, column ${model.column + 1} is <b>${pixel}</b>. Its stamp, ${pixel} ${TIMES} the kernel, ` +
    `is added to the output from row ${row}, column ${column} on; stamps that overlap add up.`
  );
}

/**
 * All stamps that reach one output cell.
 * @param {Model} model
 * @param {[number, number]} cell
 */
function stampsOf(model, [row, column]) {
  const { size, stride, dilation } = model.how;
  const kernels = model.planes.map((_, c) => model.kernel(model.f, c));
  /** @type {[number, number][]} */
  const parts = [];
  for (let at = 0; at < size * size; at++) {
    const y = (row + model.rows.before - Math.floor(at / size) * dilation) / stride;
    const x = (column + model.columns.before - (at % size) * dilation) / stride;
    const inside = y >= 0 && x >= 0 && y < model.rows.length && x < model.columns.length;
    if (!inside || !Number.isInteger(y) || !Number.isInteger(x)) continue;
    model.planes.forEach((plane, c) => parts.push([plane[y * model.width + x], kernels[c][at]]));
  }
  const value = said(model.maps[model.f][row * model.columns.places + column]);
  const shown = parts
    .slice(0, 6)
    .map(([pixel, weight]) => `${said(pixel, 2)}\u00b7${factor(weight)}`);
  const rest = parts.slice(6).reduce((sum, [pixel, weight]) => sum + pixel * weight, 0);
  if (parts.length > 6) shown.push(`${factor(rest)} (${parts.length - 6} more)`);
  return (
    `Output in row ${row + 1}, column ${column + 1}, products from the stamps that reach it (${parts.length}): ` +
    `${shown.join(" + ") || "no stamp"} + bias ${factor(model.biasOf(model.f))} = <b>${value}</b>`
  );
}

/**
 * The output's size in numbers, what is never read, what the kernel is, how many parameters there are.
 * @param {Model} model
 * @param {boolean} locked
 * @returns {{ seen: string[], counted: string[] }} sentences, as markup; the counts are left to the text twin
 */
export function facts(model, locked) {
  const { rows, how, height: side } = model;
  const { size, stride, dilation } = how;
  const seen = [kernelWords(model, locked)];
  const counted = [];
  if (model.transposed) {
    const stamped = how.padding === "same" ? "" : ` + max(${rows.reach} ${MINUS} ${stride}, 0)`;
    counted.push(
      `Output: ${side} ${TIMES} ${stride}${stamped} = <b>${rows.places}</b> rows and columns.`,
    );
  } else {
    const reach = dilation > 1 ? `${dilation}\u00b7(${size} ${MINUS} 1) ${MINUS} 1` : String(size);
    const inside = `${side} + ${rows.before} + ${rows.after} ${MINUS} ${reach}`;
    counted.push(
      rows.places
        ? `Output: \u230a(${inside}) / ${stride}\u230b + 1 = <b>${rows.places}</b> rows and columns.`
        : `No place: ${inside} is below 0.`,
    );
    if (how.padding !== "valid" && rows.places) {
      const kind = how.padding === "reflect" ? "mirrored" : "zeros";
      seen.push(`Padding ${kind}: ${rows.before} before, ${rows.after} after.`);
    }
    const missed = model.uncovered[0];
    if (rows.places && missed.length) {
      const names = missed.map((at) => at + 1);
      const list =
        names.length > 4
          ? `${names.slice(0, 3).join(", ")} \u2026 ${names.at(-1)}`
          : names.join(", ");
      const what = names.length === 1 ? "row and column" : `${names.length} rows and columns,`;
      seen.push(`Never read: ${what} ${list} (hatched).`);
    }
  }
  return { seen, counted: [...counted, parameters(model)] };
}

/** @param {Model} model @param {boolean} locked */
function kernelWords(model, locked) {
  const preset = model.kernels.preset(model.kernels.nameOf(model.set, model.f));
  const total = model.kernel().reduce((sum, weight) => sum + weight, 0);
  const zero = Math.abs(total) < 5e-4;
  const known = preset ? `${escaped(preset.title)}. Answers: ${escaped(preset.answers)}. ` : "";
  const channel = model.planes.length > 1 ? " of this channel" : "";
  // Stamps that lie apart leave a pattern on flat areas too.
  const blind = !locked && !(model.transposed && model.how.stride > 1);
  const sums = zero ? (blind ? "0: blind to flat areas" : "0") : said(total, 2);
  return `${known}The weights${channel} sum to ${sums}.`;
}

/** @param {Model} model */
function parameters(model) {
  const [k, channels, filters] = [model.how.size, model.planes.length, model.filters];
  return model.depthwise
    ? `Parameters: ${k} ${TIMES} ${k} ${TIMES} ${channels} + ${channels} = ${count(k * k * channels + channels)}.`
    : `Parameters: ${k} ${TIMES} ${k} ${TIMES} ${channels} in ${TIMES} ${filters} out + ${filters} = ${count(k * k * channels * filters + filters)}.`;
}

/**
 * The text twin's sentence.
 * @param {Model} model
 * @param {any} header
 * @param {boolean} locked
 */
export function described(model, header, locked) {
  const { how } = model;
  const channels = model.planes.length > 1 ? `, ${model.planes.length} channels` : "";
  const kind = model.transposed
    ? "Transposed convolution"
    : model.flips
      ? "Convolution (kernel turned)"
      : "Cross-correlation";
  const base =
    `${header.picture}, ${model.height} by ${model.width} pixels${channels}. ${kind}, kernel ${how.size} by ${how.size}, ` +
    `stride ${how.stride}, padding ${how.padding}, dilation ${how.dilation}. `;
  if (locked) return base + header.words.locked;
  const map = model.maps[model.shown];
  let [low, high] = [0, 0];
  for (let n = 0; n < map.length; n++) {
    if (map[n] < map[low]) low = n;
    if (map[n] > map[high]) high = n;
  }
  const wide = model.columns.places;
  const place = (/** @type {number} */ n) =>
    `row ${Math.floor(n / wide) + 1}, column ${(n % wide) + 1}`;
  return (
    `${base}Output ${model.rows.places} by ${wide}: smallest ${said(map[low])} in ${place(low)}, ` +
    `largest ${said(map[high])} in ${place(high)}. `
  );
}

/** @param {Model} model */
export function here(model) {
  const value = model.transposed ? model.terms().values[0] : model.maps[model.shown][model.at];
  return `Here, in row ${model.row + 1}, column ${model.column + 1}: ${said(value)}.`;
}

/**
 * Window, kernel and products as tables.
 * @param {Model} model
 */
export function tables(model) {
  const { values, kernel, products } = model.terms();
  const { size } = model.how;
  const table = (
    /** @type {string} */ caption,
    /** @type {ArrayLike<number>} */ array,
    /** @type {number} */ side,
  ) => ({
    caption,
    rows: Array.from({ length: side }, (_, r) =>
      Array.from({ length: side }, (_, c) => said(array[r * side + c])),
    ),
    headed: false,
  });
  return [
    table("Window", values, model.transposed ? 1 : size),
    table("Kernel", kernel, size),
    table("Products", products, size),
  ];
}
