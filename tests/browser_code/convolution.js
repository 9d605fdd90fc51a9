// A whole layer of the convolution lesson's module, for a comparison with core.

import {
  filterMap,
  layerAxes,
  paddedPlane,
  uncoveredOf,
} from "../../dashboard/lessons/convolution/convolution_math.js";

/** @typedef {import("../../dashboard/lessons/convolution/convolution_math.js").How} How */

/**
 * A whole layer; null where the window fits nowhere.
 * @param {number[][]} planes
 * @param {number} height
 * @param {number} width
 * @param {number[][][]} kernels by filter and channel; of a depthwise layer one filter
 * @param {number[]} biases by filter; of a depthwise layer by channel
 * @param {How} how
 */
export function wholeLayer(planes, height, width, kernels, biases, how) {
  const { rows, columns } = layerAxes(height, width, how);
  if (!rows.places || !columns.places) return null;
  const padded =
    how.mode === "transposed"
      ? []
      : planes.map((plane) => paddedPlane(plane, rows, columns, how.padding));
  const maps =
    how.mode === "depthwise"
      ? planes.map((plane, c) =>
          filterMap([plane], [padded[c]], [kernels[0][c]], biases[c], rows, columns, how),
        )
      : kernels.map((own, f) => filterMap(planes, padded, own, biases[f], rows, columns, how));
  return {
    rows: rows.places,
    columns: columns.places,
    maps: maps.map((map) => Array.from(map)),
    uncovered:
      how.mode === "transposed" ? [[], []] : [uncoveredOf(rows, how), uncoveredOf(columns, how)],
    before: [rows.before, columns.before],
    left: [rows.left, columns.left],
  };
}
