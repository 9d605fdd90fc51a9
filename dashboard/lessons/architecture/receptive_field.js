// What a unit sees of the image, as core/inspect/receptive_field.py has it, said of one axis.
//
// A field is kept as its paths, on an axis without an end, and as the first and last pixel of the real image
// for each position. Source: Araujo, Norris & Sim (2019), https://doi.org/10.23915/distill.00021

import { windowOf } from "./shapes.js";

/** @typedef {import("./notation.js").Layer} Layer */
/** @typedef {{ jump: number, first: number[], last: number[] }} Path of a period, one entry a phase */
/** @typedef {{ side: number, paths: Path[], low: number[], high: number[] }} Reach */
/** @typedef {Reach & { size: number, center: number, jump: number | null }} Field */

const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const lcm = (a, b) => (a / gcd(a, b)) * b;
/** First and last pixel that a unit sees. @param {Path} path @param {number} unit */
function at(path, unit) {
  const period = path.first.length,
    phase = ((unit % period) + period) % period,
    shift = (unit - phase) * path.jump;
  return [path.first[phase] + shift, path.last[phase] + shift];
}

/** One path for each jump: the hull of those that have it. @param {Path[]} paths */
function mergedPaths(paths) {
  const found = new Map();
  for (const path of paths) {
    const known = found.get(path.jump);
    if (!known) {
      found.set(path.jump, path);
      continue;
    }
    const hull = { jump: path.jump, first: [], last: [] };
    for (let unit = 0; unit < lcm(known.first.length, path.first.length); unit++) {
      const [a, b] = at(known, unit),
        [c, d] = at(path, unit);
      hull.first.push(Math.min(a, c));
      hull.last.push(Math.max(b, d));
    }
    found.set(path.jump, hull);
  }
  return [...found.values()];
}

/** Behind a window that slides. @param {Reach} before @param {Layer} layer @param {number} side */
function slideField(before, layer, side) {
  const w = windowOf(layer),
    steps = Math.ceil(before.side / w.stride);
  const pad =
    layer.padding === "same"
      ? Math.floor(Math.max((steps - 1) * w.stride + w.reach - before.side, 0) / 2)
      : 0;
  const paths = before.paths.map((path) => {
    const period = path.first.length / gcd(path.first.length, w.stride),
      first = [],
      last = [];
    for (let unit = 0; unit < period; unit++) {
      const ends = Array.from({ length: w.side }, (_, tap) =>
        at(path, unit * w.stride - pad + tap * w.dilation),
      );
      first.push(Math.min(...ends.map((end) => end[0])));
      last.push(Math.max(...ends.map((end) => end[1])));
    }
    return { jump: path.jump * w.stride, first, last };
  });
  const low = [],
    high = [];
  for (let unit = 0; unit < side; unit++) {
    let a = Infinity,
      b = -1;
    for (let tap = 0; tap < w.side; tap++) {
      const from = unit * w.stride - pad + tap * w.dilation;
      if (from < 0 || from >= before.side) continue;
      a = Math.min(a, before.low[from]);
      b = Math.max(b, before.high[from]);
    }
    low.push(a);
    high.push(b);
  }
  return { side, paths, low, high };
}

/** Behind kernels on averages of several scales. @param {Reach} before @param {Layer} layer */
function shareField(before, layer) {
  const k = layer.kernel_size,
    pad = (k - 1) >> 1,
    side = before.side,
    paths = [];
  const low = new Array(side).fill(Infinity),
    high = new Array(side).fill(-1);
  for (const scale of layer.scales) {
    const cells = side / scale,
      clip = (cell) => Math.min(Math.max(cell, 0), cells - 1);
    for (let unit = 0; unit < side; unit++) {
      const cell = Math.floor(unit / scale);
      low[unit] = Math.min(low[unit], before.low[clip(cell - pad) * scale]);
      high[unit] = Math.max(high[unit], before.high[clip(cell - pad + k - 1) * scale + scale - 1]);
    }
    for (const path of before.paths) {
      const first = [],
        last = [];
      for (let unit = 0; unit < lcm(path.first.length, scale); unit++) {
        const cell = Math.floor(unit / scale) - pad;
        first.push(at(path, cell * scale)[0]);
        last.push(at(path, (cell + k) * scale - 1)[1]);
      }
      paths.push({ jump: path.jump, first, last });
    }
  }
  return { side, paths: mergedPaths(paths), low, high };
}

/** Behind what looks at all positions. @param {Reach} before @returns {Reach} */
function allField(before) {
  let first = Infinity,
    last = -Infinity;
  for (const path of before.paths)
    for (let unit = 0; unit < before.side; unit++) {
      const [a, b] = at(path, unit);
      first = Math.min(first, a);
      last = Math.max(last, b);
    }
  return {
    side: 1,
    paths: [{ jump: 0, first: [first], last: [last] }],
    low: [Math.min(...before.low)],
    high: [Math.max(...before.high)],
  };
}

/** Where ways join. @param {Reach[]} fields @returns {Reach} */
function joinFields(fields) {
  return {
    side: fields[0].side,
    paths: mergedPaths(fields.flatMap((field) => field.paths)),
    low: fields[0].low.map((_, u) => Math.min(...fields.map((field) => field.low[u]))),
    high: fields[0].high.map((_, u) => Math.max(...fields.map((field) => field.high[u]))),
  };
}

/**
 * The field of a row from those of its inputs.
 * @param {{ kind: string, shape: number[] }} row
 * @param {Layer | null} layer
 * @param {Reach[]} fields
 * @returns {Field}
 */
export function fieldAfter(row, layer, fields) {
  switch (layer?.layer) {
    case "convolution":
    case "depthwise_convolution":
    case "pooling":
      return summed(slideField(fields[0], layer, row.shape[0]));
    case "shared_convolution":
      return summed(shareField(fields[0], layer));
    case "global_pooling":
    case "dense":
      return summed(allField(fields[0]));
    default:
      if (fields.length === 1) return summed({ ...fields[0] });
      return summed(
        joinFields(
          row.shape.length === 1 && row.kind === "concatenate" ? fields.map(allField) : fields,
        ),
      );
  }
}

/** Size, center and jump of a field far from the border. @param {Reach} field @returns {Field} */
function summed(field) {
  let size = 0;
  const hull = (unit) => {
    let first = Infinity,
      last = -Infinity;
    for (const path of field.paths) {
      const [a, b] = at(path, unit);
      first = Math.min(first, a);
      last = Math.max(last, b);
    }
    return [first, last];
  };
  // With one jump all sizes repeat after a period.
  const most =
    field.paths.length === 1 ? Math.min(field.side, field.paths[0].first.length) : field.side;
  for (let unit = 0; unit < most; unit++) {
    const [a, b] = hull(unit);
    size = Math.max(size, b - a + 1);
  }
  const [a, b] = hull(0);
  return Object.assign(field, {
    size,
    center: (a + b) / 2,
    jump: field.paths.length === 1 ? field.paths[0].jump : null,
  });
}

/** Of the image itself. @param {number} side */
export function fieldOfImage(side) {
  const pixels = [...Array(side).keys()];
  const paths = [{ jump: 1, first: [0], last: [0] }];
  return summed({ side, paths, low: pixels, high: [...pixels] });
}
