// Films of runs that this tab holds: they arrive in pieces, each once, and are moved in without the server.

import { component } from "../../browser/mount.js";

/**
 * A run at one moment.
 * @typedef {object} Frame
 * @property {number} place on the axis of epochs
 * @property {number} epoch epochs that had ended
 * @property {number} batch batches of the next one that had
 * @property {number} batches
 * @property {[string, string, number, number][]} activity layer, function, units that are idle, units
 * @property {Numbers} kernels (K, k, k)
 * @property {ArrayLike<number>} scores (V,) or (V, C), NaN where an image was not looked at
 * @property {Numbers} [maps] (K, H, W) in steps
 * @property {Numbers} [cells] (h, w) in steps
 * @property {ArrayLike<number>} [logits]
 * @property {[number, number]} [limits] what the last step of maps and cells stands for
 * @property {number} [explained] class that the cells speak for
 */
/** @typedef {{ values: ArrayLike<number>, shape: number[] }} Numbers */
/**
 * @typedef {object} Film
 * @property {Frame[]} frames
 * @property {any} header of the newest piece
 * @property {Uint8Array} labels (V,)
 * @property {Uint8Array & { shape: number[] }} image (S, S); (0, 0) where none is pinned
 * @property {[number, number, number]} limits of kernels, maps and cells, over all frames
 */

const KEPT = 3;
export const STEPS = 127;

/** @type {Map<string, Film>} the youngest last */
export const films = new Map();
/** @type {Set<(key: string) => void>} */
export const listeners = new Set();

/** @param {any} array @param {number} i */
function part(array, i) {
  const shape = array.shape.slice(1);
  const size = shape.reduce(
    (/** @type {number} */ all, /** @type {number} */ side) => all * side,
    1,
  );
  return { values: array.subarray(i * size, (i + 1) * size), shape };
}

/** @param {ArrayLike<number>} values */
function most(values) {
  let found = 0;
  for (let i = 0; i < values.length; i++) found = Math.max(found, Math.abs(values[i]));
  return found;
}

/** @param {any} header @param {any[]} arrays */
function take(header, [kernels, scores, labels, image, maps, cells, logits]) {
  const known = films.get(header.film);
  const frames = known?.frames ?? [];
  const limits = known?.limits ?? [0, 0, 0];
  header.moments.forEach((/** @type {any} */ moment, /** @type {number} */ i) => {
    if (frames[header.first + i]) return;
    /** @type {Frame} */
    const frame = { ...moment, kernels: part(kernels, i), scores: part(scores, i).values };
    if (maps) {
      Object.assign(frame, { maps: part(maps, i), cells: part(cells, i) });
      frame.logits = part(logits, i).values;
      frame.limits = header.limits[i];
      frame.explained = header.explained[i];
    }
    frames[header.first + i] = frame;
    [most(frame.kernels.values), ...(frame.limits ?? [0, 0])].forEach((limit, k) => {
      limits[k] = Math.max(limits[k], limit);
    });
  });
  films.delete(header.film);
  films.set(header.film, { frames, header, labels, image, limits });
  for (const old of [...films.keys()].slice(0, -KEPT)) films.delete(old);
  for (const listener of listeners) listener(header.film);
}

/** The frames of a film up to the first that is missing. @param {Film} film */
export function whole({ frames }) {
  const gap = frames.findIndex((frame) => !frame);
  return gap < 0 ? frames : frames.slice(0, gap);
}

export default await component(() => ({ load: take }));
