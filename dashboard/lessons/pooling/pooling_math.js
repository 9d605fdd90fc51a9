// The pooling of core/ops/pooling.py once more, for a window that is being dragged. A test compares
// every function with core's over sizes, windows, strides, paddings and ties.

/** @typedef {{ values: Float64Array, height: number, width: number }} Grid */
/** @typedef {{ size: number, stride: number, padding: string }} Window */
/** @typedef {{ length: number, outputs: number, before: number, after: number, uncovered: number }} Span */
/**
 * @typedef {Grid & { kind: string, window: Window, rows: Span, columns: Span, winners: Int32Array | null,
 *   given: Grid }} Pooled
 */

export const KINDS = ["max", "average", "stride"];

// Windows along one axis; null where not even one fits.
export function spanOf(length, { size, stride, padding }) {
  if (length < 1 || (padding === "valid" && size > length)) return null;
  const outputs =
    padding === "valid" ? Math.floor((length - size) / stride) + 1 : Math.ceil(length / stride);
  const pads = padding === "valid" ? 0 : Math.max((outputs - 1) * stride + size - length, 0);
  const before = Math.floor(pads / 2); // the odd one goes behind
  return {
    length,
    outputs,
    before,
    after: pads - before,
    uncovered: Math.max(length - ((outputs - 1) * stride + size - before), 0),
  };
}
// First pixel and the one behind the last that window i reads.
export function reachOf(span, { size, stride }, i) {
  const first = i * stride - span.before;
  return [Math.max(first, 0), Math.min(first + size, span.length)];
}

export function poolMap({ values, height, width }, window, kind) {
  const rows = spanOf(height, window),
    columns = spanOf(width, window);
  if (!rows || !columns) return null;
  const R = rows.outputs,
    S = columns.outputs,
    { stride } = window;
  const result = {
    kind,
    window,
    rows,
    columns,
    height: R,
    width: S,
    values: new Float64Array(R * S),
    winners: kind === "average" ? null : new Int32Array(R * S),
    given: { values, height, width },
  };
  const across = Array.from({ length: S }, (_, c) => reachOf(columns, window, c));
  if (kind === "stride") {
    for (let r = 0, at = 0; r < R; r++)
      for (let c = 0; c < S; c++, at++) {
        result.winners[at] = r * stride * width + c * stride;
        result.values[at] = values[result.winners[at]];
      }
    return result;
  }
  // Along the rows first, then down: size + size looks a window instead of size times size.
  const part = new Float64Array(height * S),
    places = kind === "max" ? new Int32Array(height * S) : null;
  for (let i = 0, to = 0; i < height; i++)
    for (let c = 0; c < S; c++, to++) {
      const [from, end] = across[c],
        base = i * width;
      if (places) {
        let best = from;
        for (let j = from + 1; j < end; j++) if (values[base + j] > values[base + best]) best = j; // the first wins
        places[to] = base + best;
        part[to] = values[base + best];
      } else {
        let sum = 0;
        for (let j = from; j < end; j++) sum += values[base + j];
        part[to] = sum;
      }
    }
  for (let r = 0, to = 0; r < R; r++) {
    const [from, end] = reachOf(rows, window, r);
    for (let c = 0; c < S; c++, to++) {
      if (places) {
        let best = from * S + c;
        for (let i = from + 1; i < end; i++) if (part[i * S + c] > part[best]) best = i * S + c;
        result.values[to] = part[best];
        result.winners[to] = places[best];
      } else {
        let sum = 0;
        for (let i = from; i < end; i++) sum += part[i * S + c];
        result.values[to] = sum / ((end - from) * (across[c][1] - across[c][0]));
      }
    }
  }
  return result;
}

// Adds to `target` what output cell `at` sends back.
export function sendBack(pooled, at, gradient, target) {
  if (pooled.winners) {
    target[pooled.winners[at]] += gradient;
    return;
  }
  const [top, bottom] = reachOf(pooled.rows, pooled.window, Math.floor(at / pooled.width));
  const [left, right] = reachOf(pooled.columns, pooled.window, at % pooled.width);
  const share = gradient / ((bottom - top) * (right - left));
  for (let i = top; i < bottom; i++)
    for (let j = left; j < right; j++) target[i * pooled.given.width + j] += share;
}
// What the first `cells` output cells send back, all at once.
export function backwardMap(pooled, gradient, cells = gradient.length) {
  const {
      given: { height, width },
      width: S,
      height: R,
      window,
    } = pooled,
    target = new Float64Array(height * width);
  if (pooled.winners) {
    for (let at = 0; at < cells; at++) target[pooled.winners[at]] += gradient[at];
    return target;
  }
  // Down the columns first, then along the rows: size + size additions a cell instead of size times size.
  const part = new Float64Array(height * S),
    across = Array.from({ length: S }, (_, c) => reachOf(pooled.columns, window, c));
  for (let r = 0, at = 0; r < R; r++) {
    const [top, bottom] = reachOf(pooled.rows, window, r);
    for (let c = 0; c < S && at < cells; c++, at++) {
      const share = gradient[at] / ((bottom - top) * (across[c][1] - across[c][0]));
      for (let i = top; i < bottom; i++) part[i * S + c] += share;
    }
  }
  for (let i = 0; i < height; i++)
    for (let c = 0; c < S; c++) {
      const share = part[i * S + c];
      if (share !== 0)
        for (let j = across[c][0]; j < across[c][1]; j++) target[i * width + j] += share;
    }
  return target;
}

// For each pixel along one axis the window whose center is nearest, of two the later.
function nearestOf(span, { size, stride }) {
  return Int32Array.from({ length: span.length }, (_, i) =>
    Math.min(
      Math.max(Math.floor((2 * (i + span.before) - (size - 1) + stride) / (2 * stride)), 0),
      span.outputs - 1,
    ),
  );
}
// `values` stand in the cells of `pooled`; they come back at the size that it was pooled from.
export function unpoolMap(pooled, how, values = pooled.values) {
  const { height, width } = pooled.given,
    result = new Float64Array(height * width);
  if (how === "switches") {
    pooled.winners.forEach((place, at) => {
      result[place] = values[at];
    });
    return result;
  }
  const rows = nearestOf(pooled.rows, pooled.window),
    columns = nearestOf(pooled.columns, pooled.window);
  for (let i = 0, at = 0; i < height; i++)
    for (let j = 0; j < width; j++, at++) result[at] = values[rows[i] * pooled.width + columns[j]];
  return result;
}

// Distance in units of the first one's own spread around its mean.
export function relativeChange(before, after) {
  let mean = 0,
    spread = 0,
    apart = 0;
  for (let i = 0; i < before.length; i++) mean += before[i];
  mean /= before.length;
  for (let i = 0; i < before.length; i++) {
    spread += (before[i] - mean) ** 2;
    apart += (after[i] - before[i]) ** 2;
  }
  return apart === 0 ? 0 : spread > 0 ? Math.sqrt(apart / spread) : Infinity;
}

// Moved to the right; what leaves comes in again at the left.
export function rolled({ values, height, width }, by) {
  const result = new Float64Array(values.length);
  for (let i = 0, at = 0; i < height; i++)
    for (let j = 0; j < width; j++, at++) result[i * width + ((j + by) % width)] = values[at];
  return { values: result, height, width };
}
export function stepsAlong(pixels, stride) {
  return Math.floor(pixels / stride + 0.5);
}
// Change of the map itself for shifts of 0 to `most` pixels.
export function shiftOfMap({ values, height, width }, most) {
  let mean = 0,
    spread = 0;
  for (const value of values) mean += value;
  mean /= values.length;
  for (const value of values) spread += (value - mean) ** 2;
  return Array.from({ length: most + 1 }, (_, t) => {
    let apart = 0;
    for (let i = 0; i < height; i++) {
      const base = i * width;
      for (let j = 0, from = (width - (t % width)) % width; j < width; j++) {
        apart += (values[base + from] - values[base + j]) ** 2;
        if (++from === width) from = 0;
      }
    }
    return apart === 0 ? 0 : spread > 0 ? Math.sqrt(apart / spread) : Infinity;
  });
}
// Change of the pooled map for the same shifts, written into `curves` by kind. A generator: it rests
// often, so that a picture under the hand need not wait for 25 poolings of a large map.
export function* shiftSteps(map, window, most, along, curves) {
  const columns = spanOf(map.width, window),
    S = columns.outputs,
    W = map.width,
    { stride } = window,
    parts = {};
  for (const kind of KINDS) {
    // A move to the right leaves what happens down the columns as it is: that is done once. A whole
    // window of the moved map is a window of the map that goes round, pooled once for each column.
    const down = poolDown(map, window, kind),
      R = down.height,
      round = new Float64Array(R * W);
    yield;
    const pooled = (r, from, end, t) => {
      let best = kind === "max" ? -Infinity : 0;
      for (let j = from, at = (((from - t) % W) + W) % W; j < end; j++) {
        const value = down.values[r * W + at];
        if (kind === "max") {
          if (value > best) best = value;
        } else best += value;
        if (++at === W) at = 0;
      }
      return kind === "average" ? best / (end - from) : best;
    };
    const reach = Array.from({ length: S }, (_, c) =>
      kind === "stride" ? [c * stride, c * stride + 1] : reachOf(columns, window, c),
    );
    const whole = kind === "stride" ? 1 : window.size;
    if (whole <= W)
      for (let r = 0; r < R; r++)
        for (let j = 0; j < W; j++) round[r * W + j] = pooled(r, j, j + whole, 0);
    parts[kind] = {
      R,
      round,
      pooled,
      reach,
      whole,
      first: new Float64Array(R * S),
      moved: new Float64Array(R * S),
    };
    yield;
  }
  for (let t = 0; t <= most; t++)
    for (const kind of KINDS) {
      const { R, round, pooled, reach, whole, first, moved } = parts[kind],
        values = t ? moved : first;
      for (let c = 0; c < S; c++) {
        const [from, end] = reach[c],
          at = (((from - t) % W) + W) % W;
        // A window that the edge cuts is no window of the map that goes round.
        if (end - from < whole)
          for (let r = 0; r < R; r++) values[r * S + c] = pooled(r, from, end, t);
        else for (let r = 0; r < R; r++) values[r * S + c] = round[r * W + at];
      }
      const steps = along ? stepsAlong(t, stride) % S : 0;
      curves[kind].push(
        relativeChange(
          steps ? rolled({ values: first, height: R, width: S }, steps).values : first,
          values,
        ),
      );
      yield;
    }
}
export function noCurves() {
  return Object.fromEntries(KINDS.map((kind) => [kind, []]));
}
function poolDown({ values, height, width }, window, kind) {
  const rows = spanOf(height, window),
    R = rows.outputs,
    result = new Float64Array(R * width);
  for (let r = 0; r < R; r++) {
    const [from, end] =
      kind === "stride" ? [r * window.stride, r * window.stride + 1] : reachOf(rows, window, r);
    for (let j = 0; j < width; j++) {
      let best = kind === "max" ? -Infinity : 0;
      for (let i = from; i < end; i++) {
        const value = values[i * width + j];
        if (kind === "max") {
          if (value > best) best = value;
        } else best += value;
      }
      result[r * width + j] = kind === "average" ? best / (end - from) : best;
    }
  }
  return { values: result, height: R, width };
}

// Pooling of the pooled, until a window no longer fits or nothing shrinks any more.
export function pyramidOf(map, window, kind, most = 12) {
  const steps = [];
  for (let now = map; ;) {
    const step = poolMap(now, window, kind);
    if (!step || steps.length >= most || (step.height === now.height && step.width === now.width))
      return steps;
    steps.push(step);
    now = step;
  }
}

// How many windows read each pixel.
export function readsOf({ height, width }, window) {
  const count = (length) => {
    const span = spanOf(length, window),
      found = new Int32Array(length);
    for (let w = 0; w < span.outputs; w++) {
      const [from, end] = reachOf(span, window, w);
      for (let i = from; i < end; i++) found[i]++;
    }
    return found;
  };
  const down = count(height),
    across = count(width);
  return Int32Array.from(
    { length: height * width },
    (_, at) => down[Math.floor(at / width)] * across[at % width],
  );
}
