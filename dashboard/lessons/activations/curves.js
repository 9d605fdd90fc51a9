// Functions and their slopes side by side, with the sum that is looked at.

import { activate, LOOKS, SHORT_TITLES } from "../../browser/math/activation.js";
import { Plot, ticks } from "../../browser/plot.js";

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/**
 * @typedef {object} Curves what is drawn
 * @property {string[]} names of the activations, the followed one among them
 * @property {string} focus
 * @property {Record<string, number>} parameters by name, 0 where there is none
 * @property {number} x
 * @property {number} reach largest size of x
 * @property {boolean} locked the slopes are not drawn yet
 */

/**
 * Two places beside or under each other, whichever leaves the larger charts with room for all names.
 * @param {number} width
 * @param {number} height
 * @param {number} type size of the text
 * @param {number} names at the ends of lines
 * @returns {Box[]}
 */
export function places(width, height, type, names) {
  const room = (/** @type {number} */ wide, /** @type {number} */ high) =>
    Math.min(wide - type * 8.8 - 22, 1.3 * (high - type * 5.1));
  const crowded = 1.28 * names + 5.1 > height / 2 / type;
  if (crowded || room(width / 2, height) >= room(width, height / 2)) {
    const half = width / 2;
    return [0, half].map((x) => ({ x, y: 0, width: half, height }));
  }
  return [0, height / 2].map((y) => ({ x: 0, y, width, height: height / 2 }));
}

/**
 * @param {string} id
 * @param {Box} box
 * @param {number} type
 * @param {{ x: [number, number], y: [number, number], title: string, xTitle: string, log?: boolean }} given
 */
export function chart(id, box, type, given) {
  const margin = type * 5.6 + 22; // for the names at the ends of the lines
  return new Plot({ id, width: box.width, height: box.height, type, margin, ...given });
}

/**
 * At most so many marks as have room below the chart.
 * @param {Plot} plot
 */
export const most = (plot) =>
  Math.max(2, Math.min(6, (plot.right - plot.left) / (2.6 * plot.type)));

/**
 * @param {Curves} curves
 * @param {Box[]} boxes
 * @param {number} type size of the text
 * @param {number} line width of a line that matters
 * @returns {Plot[]} of the functions and of the slopes
 */
export function drawCurves(curves, boxes, type, line) {
  const { names, focus, x, reach, locked } = curves;
  return ["f(x)", "f\u2032(x), its slope"].map((title, which) => {
    const hidden = which === 1 && locked;
    const [low, high] = hidden ? [-0.1, 1.3] : range(curves, which);
    const plot = chart(`activation-${which}`, boxes[which], type, {
      x: [-reach, reach],
      y: [low, high],
      title,
      xTitle: "x",
    });
    plot.axes(ticks(-reach, reach, most(plot)), ticks(low, high, 6));
    if (hidden) return plot;
    const at = plot.px(x);
    plot.parts.push(
      `<path d='M${at} ${plot.top}V${plot.bottom}' stroke='var(--lb-text)' stroke-width='1.5' stroke-dasharray='3 4'/>`,
    );
    for (const name of [...names.filter((one) => one !== focus), focus]) {
      drawCurve(plot, curves, name, which, line);
    }
    return plot;
  });
}

/**
 * @param {Curves} curves
 * @param {number} which 0 for values, 1 for slopes
 * @returns {[number, number]}
 */
function range({ names, parameters, reach }, which) {
  let low = which ? 0 : -1.2;
  let high = 1.2;
  for (const name of names) {
    for (let x = -reach; x <= reach; x += 0.25) {
      const y = activate(name, x, parameters[name])[which];
      low = Math.min(low, y);
      high = Math.max(high, y);
    }
  }
  const pad = 0.06 * (high - low);
  return which
    ? [Math.max(low, -0.5) - pad, Math.min(high, 3) + pad]
    : [Math.max(low, -2.5), Math.min(high, 4)];
}

/**
 * @param {Plot} plot
 * @param {Curves} curves
 * @param {string} name
 * @param {number} which
 * @param {number} line
 */
function drawCurve(plot, { focus, parameters, x, reach, locked }, name, which, line) {
  const { color, dash } = LOOKS[name];
  const strong = name === focus;
  const at = (/** @type {number} */ place) => activate(name, place, parameters[name])[which];
  plot.line(pointsOf(name, parameters[name], which, reach, at), {
    color,
    dash,
    width: strong ? 1.6 * line : line,
    end: SHORT_TITLES[name],
    strong,
  });
  const [y, slope] = activate(name, x, parameters[name]);
  if (strong && !which && !locked) {
    const far = 1.4 / Math.sqrt(1 + slope * slope);
    plot.line(
      [
        [x - far, y - slope * far],
        [x + far, y + slope * far],
      ],
      { color: "var(--lb-text)", width: 0.8 * line },
    );
  }
  plot.dot(x, which ? slope : y, color, strong ? 3.6 * line : 2.4 * line);
}

/**
 * A jump is drawn as one: no line joins its sides.
 * @param {string} name
 * @param {number} parameter
 * @param {number} which
 * @param {number} reach
 * @param {(x: number) => number} at
 * @returns {([number, number] | null)[]}
 */
function pointsOf(name, parameter, which, reach, at) {
  const jump = { step: parameter, relu: 0, leaky_relu: 0, elu: 0, selu: 0 }[name];
  const jumps = jump !== undefined && (name === "step" || which === 1);
  /** @type {([number, number] | null)[]} */
  const points = [];
  let parted = !jumps;
  for (let i = 0; i <= 40 * reach; i++) {
    const x = (i - 20 * reach) / 20;
    if (!parted && x >= jump) {
      parted = true;
      points.push([jump, at(jump - 1e-9)], null, [jump, at(jump + 1e-9)]);
      if (x === jump) continue;
    }
    points.push([x, at(x)]);
  }
  return points;
}
