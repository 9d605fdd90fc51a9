// Where blocks stand in a network, and edits of it: each returns another design and the key of the block
// that is chosen then. A path counts within its list: [3, "body", 0] or, in a branch, [3, 1, 0].

/** @typedef {import("./notation.js").Layer} Layer */
/** @typedef {import("./notation.js").Design} Design */
/** @typedef {(number | string)[]} Path */
/** @typedef {{ design: Design, key: string }} Edited */

export const IMAGE = "image";
export const LOGITS = "logits";
const MOST_MAPS = 256;

/** @param {Path} path */
export const keyOf = (path) => path.join(".");

/** A path; null for image and logits, which are no layers of the list. @param {string} key */
export const pathOf = (key) =>
  /^\d/.test(key) ? key.split(".").map((part) => (part === "body" ? part : Number(part))) : null;

/** The list that a path points into. @param {Design} design @param {Path} path @returns {Layer[]} */
export function listAt(design, path) {
  let { layers } = design;
  for (let i = 0; i + 1 < path.length; i += 2) {
    const layer = layers?.[path[i]];
    layers = path[i + 1] === "body" ? layer?.body : layer?.branches?.[path[i + 1]];
  }
  return layers;
}

/** @param {Design} design @param {string} key @returns {Layer | undefined} */
export function layerAt(design, key) {
  const path = pathOf(key);
  return path ? listAt(design, path)?.[Number(path.at(-1))] : undefined;
}

/** Lists inside of a layer, each with what leads there. @param {Layer} layer @returns {[number | string, Layer[]][]} */
export const insideOf = (layer) =>
  layer.layer === "residual"
    ? [["body", layer.body]]
    : (layer.branches ?? []).map((branch, at) => [at, branch]);

/** Every block in reading order, from the image to the logits. @param {Design} design */
export function keysOf(design) {
  const walk = (/** @type {Layer[]} */ layers, /** @type {Path} */ path) =>
    layers.flatMap((layer, i) => [
      keyOf([...path, i]),
      ...insideOf(layer).flatMap(([at, inner]) => walk(inner, [...path, i, at])),
    ]);
  return [IMAGE, ...walk(design.layers, []), LOGITS];
}

/** All places where a block could stand, in reading order. @param {Design} design @returns {Path[]} */
function gapsOf(design) {
  const walk = (/** @type {Layer[]} */ layers, /** @type {Path} */ path) => [
    [...path, 0],
    ...layers.flatMap((layer, i) => [
      ...insideOf(layer).flatMap(([at, inner]) => walk(inner, [...path, i, at])),
      [...path, i + 1],
    ]),
  ];
  return walk(design.layers, []);
}

/** The name that core gives a block. @param {Design} design @param {Path} path */
export function nameOf(design, path) {
  let { layers } = design;
  let name = "";
  for (let i = 0; i < path.length; i += 2) {
    const at = Number(path[i]);
    const layer = layers?.[at];
    if (!layer) return "";
    const alike = layers.slice(0, at + 1).filter((other) => other.layer === layer.layer);
    name += name ? `_${layer.layer}_${at + 1}` : `${layer.layer}_${alike.length}`;
    if (i + 1 < path.length && path[i + 1] !== "body") name += `_branch_${Number(path[i + 1]) + 1}`;
    layers = path[i + 1] === "body" ? layer.body : layer.branches?.[path[i + 1]];
  }
  return name;
}

/** @param {Design} design @param {Path} path */
function lifted(design, path) {
  const rest = structuredClone(design);
  const [layer] = listAt(rest, path).splice(Number(path.at(-1)), 1);
  return { rest, layer };
}

/** @param {Design} design @param {Path} path @param {Layer} layer @returns {Edited} */
export function added(design, path, layer) {
  const grown = structuredClone(design);
  listAt(grown, path).splice(Number(path.at(-1)), 0, layer);
  return { design: grown, key: keyOf(path) };
}

/** A block some gaps earlier or later; null where there is none. @param {Design} design @param {string} key @param {number} step */
export function moved(design, key, step) {
  const path = pathOf(key);
  if (!path) return null;
  const { rest, layer } = lifted(design, path);
  const gaps = gapsOf(rest);
  const gap = gaps[gaps.findIndex((one) => keyOf(one) === key) + step];
  return gap ? added(rest, gap, layer) : null;
}

/**
 * A block put into a gap that was drawn with it still in place; null inside of itself.
 * @param {Design} design
 * @param {string} key
 * @param {Path} gap
 */
export function dropped(design, key, gap) {
  const path = /** @type {Path} */ (pathOf(key));
  const target = [...gap];
  const depth = path.length - 1;
  if (target.length > depth && keyOf(target.slice(0, depth)) === keyOf(path.slice(0, -1))) {
    if (target.length > path.length && target[depth] === path[depth]) return null;
    if (target[depth] > path[depth]) target[depth] = Number(target[depth]) - 1;
  }
  const { rest, layer } = lifted(design, path);
  return listAt(rest, target) ? added(rest, target, layer) : null;
}

/** @param {Design} design @param {string} key @returns {Edited | null} */
export function removed(design, key) {
  const path = pathOf(key);
  if (!path) return null;
  const { rest } = lifted(design, path);
  const left = listAt(rest, path).length;
  if (left) {
    const at = Math.min(Number(path.at(-1)), left - 1);
    return { design: rest, key: keyOf([...path.slice(0, -1), at]) };
  }
  return { design: rest, key: path.length > 1 ? keyOf(path.slice(0, -2)) : IMAGE };
}

/** @param {Design} design @param {string} key @returns {Edited | null} */
export function doubled(design, key) {
  const path = pathOf(key);
  return path && added(design, behind(design, key), structuredClone(layerAt(design, key)));
}

/** The place behind a block: at the end behind the logits. @param {Design} design @param {string} key @returns {Path} */
export function behind(design, key) {
  const path = pathOf(key);
  if (path) return [...path.slice(0, -1), Number(path.at(-1)) + 1];
  return [key === LOGITS ? design.layers.length : 0];
}

/** @param {number} filters @param {number} [kernel_size] @param {string} [activation] @returns {Layer} */
const convolution = (filters, kernel_size = 3, activation = "relu") => ({
  ...{ layer: "convolution", filters, kernel_size },
  ...{ stride: 1, padding: "same", activation, dilation: 1 },
});

/**
 * A block as it is added.
 * @param {string} kind
 * @param {number[] | undefined} shape in front of it
 * @param {Record<string, Record<string, any>>} fields defaults of each kind
 * @returns {Layer}
 */
export function fresh(kind, shape, fields) {
  const maps = shape?.length === 3 && shape[2] > 1 ? Math.min(shape[2], MOST_MAPS) : 16;
  const half = Math.max(4, maps >> 1);
  if (kind === "convolution") return convolution(maps);
  if (kind === "residual") {
    return { layer: kind, body: [convolution(maps), convolution(maps, 3, "linear")] };
  }
  if (kind === "parallel") {
    return { layer: kind, branches: [[convolution(half, 1)], [convolution(half)]] };
  }
  /** @type {Record<string, any>} */
  const begin = {
    shared_convolution: { filters: maps, scales: [1, 2] },
    dropout: { rate: 0.5 },
    dense: { units: 64 },
  };
  return { layer: kind, ...structuredClone(fields[kind]), ...begin[kind] };
}
