// The network as a drawing: units that show their output over the plane, weights as lines.

import { fixed, MINUS, write } from "../../browser/number.js";
import { box, disc, paint } from "../../browser/paint.js";
import { largest, niceLimit, Scale } from "../../browser/scale.js";
import { logistic } from "../../browser/math/activation.js";
import { tile } from "./survey.js";

/** @typedef {import("./network.js").NetworkView} NetworkView */

const scale = new Scale("activation", 1);
const WIDEST = 5; // of a line or a bias, in units of the weight

/** @param {number} value */
const signed = (value) => `${value < 0 ? MINUS : "+"}${fixed(Math.abs(value))}`;

/**
 * Where all stands.
 * @param {NetworkView} view
 */
function layoutOf({ wires, network: n, header, controls }) {
  const { width, height, theme } = wires;
  const t = theme.textPx;
  const [top, bottom] = [t * 1.6, height - t * 1.5];
  const tall = bottom - top;
  const count = header.features.length;
  const r = Math.min((tall / header.mostUnits) * 0.41, 2.2 * t);
  const first = controls.features.offsetWidth + r + 4;
  const last = width - r - 6;
  return {
    ...{ t, top, bottom, r, first, last, width, height },
    x: (/** @type {number} */ l) => first + ((last - first) * (l + 1)) / n.depth,
    feature: (/** @type {string} */ name) => {
      const i = header.features.findIndex((/** @type {any} */ f) => f.name === name);
      return top + (tall * (i + 0.5)) / count;
    },
    unit: (/** @type {number} */ l, /** @type {number} */ u) => {
      const m = n.sizes[l + 1];
      return (top + bottom) / 2 + (u - (m - 1) / 2) * Math.min(tall / m, tall / 4);
    },
  };
}

/**
 * Colors of weights: bright on dark, dark on bright.
 * @param {NetworkView} view
 */
const inksOf = ({ controls }) => ({
  for: getComputedStyle(controls.inks[0]).color,
  against: getComputedStyle(controls.inks[1]).color,
});

/**
 * @param {NetworkView} view
 * @param {any} passed
 */
export function drawNetwork(view, passed) {
  const { wires, pick } = view;
  const pen = wires.clear();
  const place = layoutOf(view);
  const inks = inksOf(view);
  pen.textAlign = "center";
  pen.textBaseline = "alphabetic";
  view.controls.placeFeatures(place.feature);
  view.nodes = [];
  view.lines = linesOf(view, place);
  drawLines(pen, view.lines, inks);
  const chosen = view.lines.find(
    (line) => line.layer === pick.layer && line.unit === pick.unit && line.input === pick.input,
  );
  if (chosen) embrace(pen, chosen, wires.theme);
  drawFeatures(view, passed.grid, place);
  for (let l = 0; l < view.network.depth; l++) drawColumn(view, passed, place, inks, l);
  if (chosen) {
    const [x, y] = [(chosen.x1 + chosen.x2) / 2, (chosen.y1 + chosen.y2) / 2];
    tag(view, signed(chosen.value), x, y);
  } else tagBias(view, place);
}

/**
 * @param {NetworkView} view
 * @param {ReturnType<typeof layoutOf>} place
 */
function linesOf({ network: n, training: { w } }, place) {
  const found = [];
  for (let l = 0; l < n.depth; l++) {
    for (let u = 0; u < n.sizes[l + 1]; u++) {
      for (let j = 0; j < n.sizes[l]; j++) {
        found.push({
          ...{ layer: l, unit: u, input: j },
          x1: place.x(l - 1) + place.r,
          y1: l ? place.unit(l - 1, j) : place.feature(n.features[j]),
          x2: place.x(l) - place.r,
          y2: place.unit(l, u),
          value: w[n.weightAt[l] + u * n.sizes[l] + j],
        });
      }
    }
  }
  return found;
}

/**
 * Two sweeps, so that the dash pattern is set twice and not for each line.
 * @param {CanvasRenderingContext2D} pen
 * @param {any[]} lines
 * @param {{ for: string, against: string }} inks
 */
function drawLines(pen, lines, inks) {
  for (const negative of [false, true]) {
    pen.setLineDash(negative ? [7, 4] : []);
    pen.strokeStyle = negative ? inks.against : inks.for;
    for (const line of lines) {
      if (line.value < 0 !== negative) continue;
      pen.lineWidth = 0.6 + 1.5 * Math.min(Math.abs(line.value), WIDEST);
      pen.beginPath();
      pen.moveTo(line.x1, line.y1);
      pen.lineTo(line.x2, line.y2);
      pen.stroke();
    }
  }
  pen.setLineDash([]);
}

/**
 * The chosen line between two others.
 * @param {CanvasRenderingContext2D} pen
 * @param {any} line
 * @param {import("../../browser/theme.js").Theme} theme
 */
function embrace(pen, line, theme) {
  for (const side of [-1, 1]) {
    const gap = side * (3 + 0.75 * Math.min(Math.abs(line.value), WIDEST));
    const path = `M${line.x1} ${line.y1 + gap}L${line.x2} ${line.y2 + gap}`;
    paint(pen, path, { color: theme.accent, line: 2 });
  }
}

/**
 * @param {NetworkView} view
 * @param {CanvasImageSource} image
 * @param {{ x: number, y: number, r: number }} at
 * @param {string} edge
 * @param {number} thick
 */
function square({ wires: { pen } }, image, { x, y, r }, edge, thick) {
  pen.imageSmoothingEnabled = true;
  pen.drawImage(image, x - r, y - r, 2 * r, 2 * r);
  paint(pen, box(x - r, y - r, 2 * r, 2 * r), { color: edge, line: thick });
}

/**
 * @param {NetworkView} view
 * @param {any} grid
 * @param {ReturnType<typeof layoutOf>} place
 */
function drawFeatures(view, grid, { first: x, r, feature }) {
  const { features } = view.network;
  const k = features.length;
  features.forEach((/** @type {string} */ name, /** @type {number} */ j) => {
    const y = feature(name);
    if (!grid.tiles.has(`f${j}`)) {
      const values = grid.inputs.filter(
        (/** @type {number} */ _, /** @type {number} */ i) => i % k === j,
      );
      const most = largest(values);
      tile(grid, `f${j}`, scale, (i) => values[i] / most);
    }
    square(view, grid.tiles.get(`f${j}`), { x, y, r }, view.wires.theme.muted, 1.5);
    view.nodes.push({ layer: -1, unit: j, x, y, r });
  });
}

/**
 * One layer: its units, their biases, its name and its limit.
 * @param {NetworkView} view
 * @param {any} passed
 * @param {ReturnType<typeof layoutOf>} place
 * @param {{ for: string, against: string }} inks
 * @param {number} l
 */
function drawColumn(view, { grid, done }, place, inks, l) {
  const { network: n, pick, wires } = view;
  const { pen, theme } = wires;
  const { t, r, width, height } = place;
  const m = n.sizes[l + 1];
  const values = done.outputs[l];
  const x = place.x(l);
  const last = l === n.depth - 1;
  const limit = last ? 1 : limitOf(view, l, values.subarray(0, grid.size ** 2 * m));
  for (let u = 0; u < m; u++) {
    const y = place.unit(l, u);
    const mine = pick.layer === l && pick.unit === u;
    const image = tile(grid, `${l}.${u}`, scale, (i) =>
      last ? 2 * logistic(values[i]) - 1 : values[i * m + u] / limit,
    );
    square(view, image, { x, y, r }, mine ? theme.accent : theme.text, mine ? 4 : 1.5);
    const bias = view.training.w[n.biasAt[l] + u];
    markBias(
      pen,
      x - r,
      y + r,
      bias,
      inks,
      mine && pick.input < 0 ? theme.accent : theme.background,
    );
    view.nodes.push({ layer: l, unit: u, x, y, r });
    const word = view.idle[l]?.[u];
    if (word) {
      const half = pen.measureText(word).width / 2 + 6;
      tag(view, word, Math.min(Math.max(x, half), width - half), y, true);
    }
  }
  // Where columns are narrow the number alone stands above them: the controls say the rest.
  const room = (place.last - place.first) / n.depth - 10;
  const whole = last ? "output" : `${l + 1}: ${n.activations[l].replace("_", " ")}`;
  const title = last || pen.measureText(whole).width <= room ? whole : String(l + 1);
  const told = last ? "0 to 1" : `\u00b1${write(limit)}`;
  pen.fillStyle = theme.muted;
  for (const [text, y] of /** @type {[string, number][]} */ ([
    [title, t],
    [told, height - 5],
  ])) {
    pen.fillText(text, Math.min(x, width - pen.measureText(text).width / 2 - 1), y);
  }
}

/**
 * A bias at a unit's corner: a disc above 0, a triangle below.
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {number} bias
 * @param {{ for: string, against: string }} inks
 * @param {string} edge
 */
function markBias(pen, x, y, bias, inks, edge) {
  const s = 3 + Math.min(Math.abs(bias), WIDEST);
  const path = bias < 0 ? `M${x - s} ${y - s}h${2 * s}L${x} ${y + s}z` : disc(x, y, s);
  paint(pen, path, { fill: bias < 0 ? inks.against : inks.for, color: edge, line: 2 });
}

/**
 * Beside the unit, where only lines are; beneath the last one, which has no room there.
 * @param {NetworkView} view
 * @param {ReturnType<typeof layoutOf>} place
 */
function tagBias(view, { r, t, width }) {
  const { pick, network: n, wires } = view;
  const node = view.nodes.find((one) => one.layer === pick.layer && one.unit === pick.unit);
  const text = `b = ${signed(view.training.w[view.place])}`;
  const half = wires.pen.measureText(text).width / 2 + 6;
  const word = view.idle[pick.layer]?.[pick.unit];
  const beside = Math.max(r, word ? wires.pen.measureText(word).width / 2 + 5 : 0);
  if (pick.layer === n.depth - 1) {
    tag(view, text, Math.min(node.x, width - half), node.y + r + t * 1.1);
  } else tag(view, text, node.x + beside + half + 3, node.y);
}

/**
 * A small label that stays legible over lines.
 * @param {NetworkView} view
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {boolean} [strong]
 */
function tag({ wires: { pen, theme } }, text, x, y, strong = false) {
  const t = theme.textPx;
  const half = pen.measureText(text).width / 2 + 4;
  const path = new Path2D();
  path.roundRect(x - half, y - t * 0.66, 2 * half, t * 1.32, 4);
  const color = strong ? theme.text : theme.accent;
  paint(pen, path, { fill: theme.background, color, line: 1.5 });
  pen.fillStyle = theme.text;
  pen.fillText(text, x, y + t * 0.34);
}

/**
 * A limit that holds still: bounded activations have their own, others the next round number.
 * @param {NetworkView} view
 * @param {number} l
 * @param {Float64Array} values
 */
function limitOf(view, l, values) {
  if (["tanh", "sigmoid"].includes(view.network.activations[l])) return 1;
  const most = largest(values);
  const wanted = niceLimit(most);
  // Lower only once there is room, so that colors do not flicker.
  const kept = view.limits[l];
  if (!(kept >= most && kept <= 3 * wanted)) view.limits[l] = wanted;
  return view.limits[l];
}
