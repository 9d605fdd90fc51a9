// The neuron and its plane as SVG.

import { LOOKS, SHORT_TITLES, activate } from "../../browser/math/activation.js";
import { fixed } from "../../browser/number.js";
import { Plot, ticks } from "../../browser/plot.js";
import { edgeOf, fire, sideOf } from "./neuron_math.js";

/** @typedef {import("./layout.js").Layout} Layout */
/** @typedef {import("./layout.js").Box} Box */
/** @typedef {import("./neuron_math.js").Neuron} Neuron */
/** @typedef {ReturnType<typeof fire>} Fired */

const FRAME = 6; // between the curve's box and its frame
const HALO =
  "paint-order='stroke' stroke='var(--lb-background)' stroke-width='5' stroke-linejoin='round'";

/**
 * A number that has room in a circle.
 * @param {number} value
 */
const inCircle = (value) => {
  const size = Math.abs(value);
  return fixed(value, size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
};

/**
 * Inputs times weights, the sum, the activation and the output.
 * @param {Layout} place
 * @param {number} type size of the text
 * @param {Neuron} neuron
 * @param {Fired} now
 * @param {{ locked: boolean, yes: number }} how
 */
export function drawNeuron(place, type, neuron, now, { locked, yes }) {
  const { drawing, rows, at, sum, out, curve } = place;
  const bias = /** @type {number} */ (rows.at(-1));
  const parts = [];
  const text = (
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {string} */ words,
    extra = "",
  ) =>
    `<text x='${x}' y='${y + 0.35 * type}' font-size='${type}' text-anchor='middle' ${extra}>${words}</text>`;
  const muted = "fill='var(--lb-muted)'";
  const strong = "fill='var(--lb-text)' font-weight='700'";
  const edge = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ weight) => {
    const [dx, dy] = [sum.x - x, sum.y - y];
    const short = sum.r / Math.hypot(dx, dy);
    const color = weight > 0 ? "for" : "against";
    return (
      `<path d='M${x} ${y}L${sum.x - dx * short} ${sum.y - dy * short}' class='${weight ? color : "none"}' ` +
      `stroke-width='${1.5 + 2.2 * Math.abs(weight)}' stroke-dasharray='${weight < 0 ? "10 6" : ""}'/>`
    );
  };
  const result = (
    /** @type {number} */ y,
    /** @type {string} */ sign,
    /** @type {string} */ value,
  ) =>
    at.product === null
      ? []
      : [
          text(at.product - 0.55 * type, y, sign, muted),
          text(at.product + 1.75 * type, y, value, strong),
        ];
  now.products.forEach((product, i) => {
    const y = rows[i];
    parts.push(
      edge(at.fan, y, neuron.w[i]),
      text(at.w - 0.75 * type, y, "\u00d7", muted),
      ...result(y, "=", locked ? "?" : inCircle(product)),
    );
  });
  parts.push(
    edge(at.fan, bias, neuron.b),
    text(at.w - 1.6 * type, bias, "bias", muted),
    ...result(bias, "+", inCircle(neuron.b)),
  );
  const yesSaid = !locked && now.output >= yes;
  parts.push(
    `<path d='${threads(place, type)}' stroke='var(--lb-text)' stroke-width='2.5'/>`,
    circle(sum, "var(--lb-surface)"),
    text(sum.x, sum.y, locked ? "?" : inCircle(now.total), strong),
    text(sum.x + 0.55 * type, sum.y - sum.r - 0.7 * type, "sum z", `${muted} ${HALO}`),
    circle(out, yesSaid ? "var(--lb-accent)" : "var(--lb-surface)"),
    text(
      out.x,
      out.y,
      locked ? "?" : inCircle(now.output),
      `font-weight='700' fill='var(--lb-${yesSaid ? "background" : "text"})'`,
    ),
    text(out.x, out.y - out.r - 0.7 * type, "output", muted),
    text(out.x, out.y + out.r + 0.8 * type, locked ? "" : yesSaid ? "yes" : "no", strong),
    curve ? drawCurve(curve, type, neuron, locked ? null : now) : "",
  );
  return `<svg viewBox='0 0 ${drawing.width} ${drawing.height}' width='${drawing.width}' height='${drawing.height}' aria-hidden='true' fill='none'>${parts.join("")}</svg>`;
}

/** @param {{ x: number, y: number, r: number }} at @param {string} fill */
const circle = ({ x, y, r }, fill) =>
  `<circle cx='${x}' cy='${y}' r='${r}' fill='${fill}' stroke='var(--lb-accent)' stroke-width='3'/>`;

/**
 * From the sum into the curve, and from there to the output.
 * @param {Layout} place
 * @param {number} type
 */
function threads({ sum, out, curve, below }, type) {
  if (!curve) return `M${sum.x + sum.r} ${sum.y}H${out.x - out.r}`;
  const middle = curve.y + curve.height / 2;
  const leaves = `M${curve.x + curve.width - FRAME} ${middle}H${out.x - out.r}`;
  if (!below) return `M${sum.x + sum.r} ${sum.y}H${curve.x + FRAME}${leaves}`;
  const turn = curve.y + 0.4 * type;
  const into = curve.x + (3.2 * type + curve.width - FRAME) / 2;
  return `M${sum.x} ${sum.y + sum.r}V${turn}H${into}V${curve.y + 2.1 * type}${leaves}`;
}

/**
 * The activation around the sum, with the point where it stands.
 * @param {Box} box
 * @param {number} type
 * @param {Neuron} neuron
 * @param {Fired | null} now
 */
function drawCurve({ x, y, width, height }, type, { activation, parameter }, now) {
  const reach = Math.max(4, Math.abs(now?.total ?? 0) * 1.15);
  /** @type {[number, number][]} */
  const points = Array.from({ length: 161 }, (_, i) => {
    const z = -reach + (i * reach) / 80;
    return [z, activate(activation, z, parameter)[0]];
  });
  const values = points.map(([, value]) => value);
  if (now) values.push(now.output);
  const [low, high] = [Math.min(-0.2, ...values), Math.max(1.1, ...values)];
  const air = 0.04 * (high - low);
  const plot = new Plot({
    id: "curve",
    width,
    height,
    type,
    x: [-reach, reach],
    y: [low - air, high + air],
    title: SHORT_TITLES[activation],
    xTitle: "z",
    margin: FRAME,
  });
  const roomy = width > 14 * type && height > 12 * type;
  if (!roomy) Object.assign(plot, { left: FRAME, bottom: height - FRAME, xTitle: "" });
  plot.axes(roomy ? ticks(-reach, reach, 5) : [], roomy ? ticks(low, high, 4) : []);
  const { left, right, top, bottom } = plot;
  plot.parts.unshift(
    `<rect x='${left}' y='${top}' width='${right - left}' height='${bottom - top}' rx='4' fill='var(--lb-surface)' stroke='var(--lb-border)'/>`,
  );
  plot.parts.push(
    `<path d='M${left} ${plot.py(0)}H${right}M${plot.px(0)} ${top}V${bottom}' stroke='var(--lb-muted)' stroke-width='1.5'/>`,
  );
  plot.line(points, { color: LOOKS[activation].color, width: 3.5 });
  if (now) {
    plot.over.push(
      `<path d='M${plot.px(now.total)} ${plot.py(0)}V${plot.py(now.output)}' stroke='var(--lb-text)' stroke-width='2' stroke-dasharray='3 3'/>`,
    );
    plot.dot(now.total, now.output, "var(--lb-validation)", 0.42 * type);
  }
  return `<svg x='${x}' y='${y}' width='${width}' height='${height}'>${plot.svg()}</svg>`;
}

/**
 * What a task asks: its cases, what they should give, the axes.
 * @typedef {object} Cases
 * @property {any} task
 * @property {[number, number][]} at
 * @property {number[]} wanted
 * @property {[number, number]} range
 * @property {string[]} names of the axes
 */

/**
 * The plane of both inputs: which cases are answered right, and the line where the answer changes.
 * @param {Box} box
 * @param {number} type
 * @param {Neuron} neuron
 * @param {number[]} inputs
 * @param {Cases} cases
 * @param {{ locked: boolean, yes: number }} how
 */
export function drawPlane({ width, height }, type, neuron, inputs, cases, { locked, yes }) {
  const { task, at, wanted, range, names } = cases;
  const plot = new Plot({
    id: "plane",
    width,
    height,
    type,
    x: range,
    y: range,
    title: `${names[1]} \u2191`,
    xTitle: `${names[0]} \u2192`,
    margin: 10,
  });
  const marks = task.table ? [0, 1] : [-2, 0, 2, 4];
  plot.axes(marks, marks);
  const edge = edgeOf(neuron, yes);
  if (edge !== null && !locked) {
    const { area, line } = sideOf(range, neuron.w, neuron.b - edge);
    const path = (/** @type {[number, number][]} */ points) =>
      points.map(([x, y]) => `${plot.px(x)} ${plot.py(y)}`).join("L");
    if (area.length)
      plot.parts.push(`<path d='M${path(area)}Z' fill='var(--lb-training)' opacity='.22'/>`);
    if (line.length === 2)
      plot.parts.push(`<path d='M${path(line)}' stroke='var(--lb-text)' stroke-width='3'/>`);
  }
  const given = at.map((point) => (fire(neuron, point).output >= yes ? 1 : 0));
  at.forEach((point, i) => {
    const draw = task.table ? corner : dot;
    const answer = locked ? null : given[i];
    plot.over.push(draw(plot.px(point[0]), plot.py(point[1]), type, wanted[i], answer));
  });
  const [x, y] = [plot.px(inputs[0]), plot.py(inputs[1])];
  if (x >= plot.left && x <= plot.right && y >= plot.top && y <= plot.bottom) {
    const s = 0.95 * type;
    plot.over.push(
      `<path d='M${x} ${y - s}L${x + s} ${y}L${x} ${y + s}L${x - s} ${y}Z' fill='none' stroke='var(--lb-accent)' stroke-width='4'/>`,
    );
  }
  if (locked) return { plot, markup: plot.svg(), judged: null };
  const right = given.filter((answer, i) => answer === wanted[i]).length;
  const ones = wanted.filter(Boolean).length;
  const majority = Math.max(ones, wanted.length - ones);
  return { plot, markup: plot.svg(), judged: { task, right, given, majority, edge } };
}

/**
 * A case of a table: what it should give, and whether it does.
 * @param {number} x
 * @param {number} y
 * @param {number} type
 * @param {number} wanted
 * @param {number | null} given null while it is not told
 */
function corner(x, y, type, wanted, given) {
  const s = 0.65 * type;
  const said = given === null ? "" : given === wanted ? "right" : "wrong";
  return (
    mark(x, y, s, wanted, 3) +
    `<text x='${x}' y='${y + type * 0.35}' font-size='${type}' font-weight='700' text-anchor='middle' fill='${wanted ? "#fff" : "var(--lb-text)"}'>${wanted}</text>` +
    `<text x='${x}' y='${y - s - type * 0.45}' font-size='${type}' text-anchor='middle' fill='var(--lb-text)' ${HALO}>${said}</text>`
  );
}

/**
 * A case among many; a cross where its answer is wrong.
 * @param {number} x
 * @param {number} y
 * @param {number} type
 * @param {number} wanted
 * @param {number | null} given null while it is not told
 */
function dot(x, y, type, wanted, given) {
  const s = 0.32 * type;
  const cross = `<path d='M${x - 1.6 * s} ${y - 1.6 * s}l${3.2 * s} ${3.2 * s}m0 ${-3.2 * s}l${-3.2 * s} ${3.2 * s}' stroke='var(--lb-text)' stroke-width='1.8'/>`;
  return mark(x, y, s, wanted, 2) + (given === null || given === wanted ? "" : cross);
}

/**
 * A circle for 1, a square for 0.
 * @param {number} x
 * @param {number} y
 * @param {number} s
 * @param {number} wanted
 * @param {number} wide
 */
const mark = (x, y, s, wanted, wide) =>
  wanted
    ? `<circle cx='${x}' cy='${y}' r='${s}' fill='var(--lb-training)' stroke='var(--lb-text)' stroke-width='${wide - 1}'/>`
    : `<rect x='${x - s}' y='${y - s}' width='${2 * s}' height='${2 * s}' fill='var(--lb-background)' stroke='var(--lb-validation)' stroke-width='${wide}'/>`;
