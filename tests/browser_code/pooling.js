// What the pooling lesson's module computes for one map and window, for a comparison with core.

import * as math from "../../dashboard/lessons/pooling/pooling_math.js";

/**
 * Everything that follows from one map and window; null where no window fits.
 * @param {{ values: number[], height: number, width: number, size: number, stride: number, padding: string,
 *   kind: string }} given
 */
export function compute({ values, height, width, size, stride, padding, kind }) {
  const map = { values: Float64Array.from(values), height, width };
  const window = { size, stride, padding };
  const pooled = math.poolMap(map, window, kind);
  if (!pooled) return null;
  return {
    rows: pooled.rows,
    columns: pooled.columns,
    values: pooled.values,
    winners: pooled.winners,
    back: math.backwardMap(pooled, pooled.values),
    nearest: math.unpoolMap(pooled, "nearest"),
    switches: kind === "average" ? null : math.unpoolMap(pooled, "switches"),
    reads: math.readsOf(map, window),
    levels: math.pyramidOf(map, window, kind).map((step) => step.values),
  };
}

/**
 * Change of each output, and of the map, for shifts of 0 to `most` pixels.
 * @param {{ values: number[], height: number, width: number }} given
 * @param {{ size: number, stride: number, padding: string }} window
 * @param {number} most
 * @param {boolean} along
 */
export function curves({ values, height, width }, window, most, along) {
  const map = { values: Float64Array.from(values), height, width };
  const found = math.noCurves();
  for (const step of math.shiftSteps(map, window, most, along, found)) void step;
  return { ...found, picture: math.shiftOfMap(map, most) };
}
