// The plane of both inputs: the network's output, the line where it is 0.5, the points, the diamond.

import { fixed } from "../../browser/number.js";
import { box, disc, inside, paint, words } from "../../browser/paint.js";

/** @typedef {import("./network.js").NetworkView} NetworkView */

const ONE = "#0077bb";
const ZERO = "#cc3311";
const DARK = "#15181c";
const LIGHT = "#ffffff";

/**
 * Where the plane stands on its canvas.
 * @param {NetworkView} view
 */
export function frameOf({ map }) {
  const t = map.theme.textPx;
  const [before, top, below] = [t * 1.9, t * 1.5, t * 2.7];
  const side = Math.max(Math.min(map.width - before - 4, map.height - top - below), 10);
  return { left: before + (map.width - before - 4 - side) / 2, top, side };
}

/**
 * @param {NetworkView} view
 * @param {any} passed
 */
export function drawPlane(view, { grid, done }) {
  const { map, course, header } = view;
  const pen = map.clear();
  const { theme } = map;
  const t = theme.textPx;
  const { left, top, side } = frameOf(view);
  const { reach } = header;
  const px = (/** @type {number} */ x) => left + ((x + reach) / (2 * reach)) * side;
  const py = (/** @type {number} */ y) => top + ((reach - y) / (2 * reach)) * side;
  pen.imageSmoothingEnabled = true;
  pen.drawImage(grid.tiles.get(`${view.network.depth - 1}.0`), left, top, side, side);
  const path = contour(grid.size, done.logits, left, top, side);
  const size = Math.max(4.5, t * 0.29);
  const mark = (/** @type {Int32Array} */ rows, /** @type {boolean} */ test) => {
    for (const row of rows) {
      const [x, y] = [px(course.positions[2 * row]), py(course.positions[2 * row + 1])];
      const one = course.labels[row] === 1;
      const far = size * 0.9;
      const [ground, edge] = test ? [LIGHT, one ? ONE : ZERO] : [one ? ONE : ZERO, LIGHT];
      const shape = one ? disc(x, y, size) : box(x - far, y - far, 2 * far, 2 * far);
      paint(pen, shape, { fill: ground, color: edge, line: test ? 2.4 : 1.3 });
    }
  };
  const [x, y] = [px(view.probe[0]), py(view.probe[1])];
  inside(pen, [left, top, side, side], () => {
    pen.lineJoin = "round";
    const thick = theme.linePx;
    paint(pen, path, { color: DARK, line: 1.2 * thick, under: LIGHT, more: 1.2 * thick });
    if (view.stage.values.tests) mark(course.testRows, true);
    mark(course.trainRows, false);
    const probe = { color: LIGHT, line: 3.5, under: DARK, more: 3.5 };
    paint(pen, `M${x} ${y - 10}l10 10l-10 10l-10 -10Z`, probe);
  });
  paint(pen, box(left, top, side, side), { color: theme.border });
  const { axes } = view.sets[view.choices.data];
  const put = (
    /** @type {string} */ text,
    /** @type {number} */ at,
    /** @type {number} */ down,
    /** @type {CanvasTextAlign} */ align,
  ) => {
    const how = { color: theme.muted, align, squeeze: map.width };
    words(pen, theme, text, at, down, { ...how, base: "alphabetic" });
  };
  for (const v of [-2, 0, 2]) {
    put(fixed(v, 0), px(v), top + side + t * 1.15, "center");
    put(fixed(v, 0), left - 6, py(v) + t * 0.35, "right");
  }
  put(`${axes[0]} \u2192`, left + side / 2, top + side + t * 2.35, "center");
  put(`${axes[1]} \u2191`, left, t * 1.05, "left");
}

/**
 * Marching squares: where the logit is 0 the output is 0.5.
 * @param {number} size
 * @param {Float64Array} logits
 * @param {number} left
 * @param {number} top
 * @param {number} side
 */
function contour(size, logits, left, top, side) {
  const path = new Path2D();
  const cell = side / size;
  const x = (/** @type {number} */ c) => left + (c + 0.5) * cell;
  const y = (/** @type {number} */ r) => top + (r + 0.5) * cell;
  for (let r = 0; r < size - 1; r++) {
    for (let c = 0; c < size - 1; c++) {
      const [a, b] = [logits[r * size + c], logits[r * size + c + 1]];
      const [d, e] = [logits[(r + 1) * size + c], logits[(r + 1) * size + c + 1]];
      /** @type {[number, number][]} */
      const crossings = [];
      if (a >= 0 !== b >= 0) crossings.push([x(c + a / (a - b)), y(r)]);
      if (b >= 0 !== e >= 0) crossings.push([x(c + 1), y(r + b / (b - e))]);
      if (e >= 0 !== d >= 0) crossings.push([x(c + d / (d - e)), y(r + 1)]);
      if (d >= 0 !== a >= 0) crossings.push([x(c), y(r + a / (a - d))]);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        path.moveTo(...crossings[i]);
        path.lineTo(...crossings[i + 1]);
      }
    }
  }
  return path;
}
