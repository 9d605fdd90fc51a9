// Shift: the map moves to the right, and how much each output changes.

import { filled } from "../../browser/number.js";
import { spread, ticks } from "../../browser/plot.js";
import { disc, paint, through } from "../../browser/paint.js";
import { FRAME } from "./brush.js";
import { KINDS, stepsAlong } from "./pooling_math.js";
import { share } from "./words.js";

/** @typedef {import("./stage.js").PoolingStage} Room */
/** @typedef {import("./brush.js").Pen} Pen */

const BUDGET_MS = 8; // of a frame, for curves that are not computed yet
const NAMES = [...KINDS, "picture"];
/** @type {Record<string, ["reference" | "other" | "text" | "muted", number[]]>} */
const LOOKS = {
  max: ["reference", []],
  average: ["other", [9, 5]],
  stride: ["text", [2, 4]],
  picture: ["muted", [12, 4, 2, 4]],
};

/** @param {Room} room */
export const last = ({ scene, locked }) => (locked ? 0 : scene.mostShift);
/** @param {Room} room */
export const begin = (room) => Math.min(1, last(room));
export const perSecond = () => 3;

/** @param {Room} room */
export function still({ brush }) {
  const left = Math.min(brush.width * 0.5, 1.1 * brush.height);
  const titles = ["moved by 24 px", ...KINDS.map((kind) => `${kind}: 100 %`)];
  return { boxes: brush.pack(titles, 0, 0, left), left };
}

/**
 * @param {Room} room
 * @param {Pen} pen
 * @param {any} places
 * @param {number} t
 */
export function draw(room, pen, places, t) {
  const { brush, scene, scale, locked, along } = room;
  const { boxes, left } = places;
  const now = scene.moved(t, along);
  const map = brush.paint(pen, boxes[0], now.map, scale, { title: `moved by ${t} px` });
  if (t && t < scene.map.width) {
    const x = map.left + t * map.unit;
    const edge = `M${x} ${map.top}v${scene.map.height * map.unit}`;
    paint(pen, edge, { color: FRAME, line: 2, dash: [6, 4] });
  }
  now.outputs.forEach((/** @type {any} */ out, /** @type {number} */ i) => {
    const kind = KINDS[i];
    const title = locked ? kind : `${kind}: ${share(now.change[kind])}`;
    brush.paint(pen, boxes[i + 1], out, scale, { title });
  });
  places.chart = drawChart(room, pen, left + 6, t, locked ? null : now.change);
}

/**
 * @param {Room} room
 * @param {Pen} pen
 * @param {number} x0
 * @param {number} t
 * @param {Record<string, number> | null} now null while the question is open: an empty chart
 */
function drawChart({ brush, scene, along, words, transport }, pen, x0, t, now) {
  const { theme, type, line, width, height } = brush;
  const most = scene.mostShift;
  const { curves, done } = now ? scene.curve(along, BUDGET_MS) : { curves: {}, done: true };
  if (!done) transport.touch();
  const sizes = now ? NAMES.flatMap((name) => [...curves[name], now[name]]) : [1.4];
  const high = Math.max(0.1, ...sizes.filter(Number.isFinite)) * 1.08;
  const left = x0 + type * 3.4;
  const right = width - type * 5.4;
  const top = 2 * line;
  const bottom = height - 2.6 * line;
  const px = (/** @type {number} */ s) => left + ((right - left) * s) / Math.max(most, 1);
  const py = (/** @type {number} */ v) => bottom - ((bottom - top) * Math.min(v, high)) / high;
  const title = along ? words["curve-along"] : words["curve-place"];
  brush.write(pen, title, x0 + 4, 4, { bold: 600, most: width - x0 - 10 });
  let grid = "";
  for (const v of ticks(0, high, 6)) {
    grid += `M${left} ${py(v)}H${right}`;
    brush.write(pen, `${Math.round(100 * v)} %`, left - 6, py(v), {
      ...{ color: theme.muted, align: "right", base: "middle" },
    });
  }
  const every = [1, 2, 4, 8].find((n) => (most / n) * type * 2 < right - left) ?? 8;
  for (let s = 0; s <= most; s += every) {
    grid += `M${px(s)} ${bottom}v5`;
    brush.write(pen, String(s), px(s), bottom + 7, { color: theme.muted, align: "center" });
  }
  paint(pen, grid, { color: theme.border });
  const middle = (left + right) / 2;
  const below = { color: theme.muted, align: /** @type {const} */ ("center") };
  brush.write(pen, words["curve-x"], middle, bottom + 7 + line, below);
  if (!now) {
    const look = { ...below, base: /** @type {const} */ ("bottom"), most: right - left };
    brush.write(pen, words.locked, middle, py(high / 2), look);
    return null;
  }
  const ends = NAMES.map((name) => py(curves[name].at(-1) ?? 0));
  const places = spread(ends, type * 1.25, top, bottom);
  NAMES.forEach((name, i) => {
    const [color, dash] = [theme[LOOKS[name][0]], LOOKS[name][1]];
    const curve = Array.from(curves[name], (v, s) => [px(s), py(v)]);
    paint(pen, through(curve), { color, line: theme.linePx, dash });
    paint(pen, disc(px(t), py(now[name]), type / 3.4), { fill: color });
    const look = /** @type {const} */ ({ color, bold: 600, base: "middle" });
    brush.write(pen, name === "picture" ? "unpooled" : name, right + 8, places[i], look);
  });
  paint(pen, `M${px(t)} ${top}V${bottom}`, { color: FRAME, line: 2 });
  return { left, right, most };
}

/**
 * @param {Room} room
 * @param {number} t
 */
export function tell({ scene, words, along, locked }, t) {
  if (locked) return [words.locked];
  const { change } = scene.moved(t, along);
  const { stride } = scene.window;
  const values = Object.fromEntries(NAMES.map((name) => [name, share(change[name])]));
  const told = { t, pixels: t === 1 ? "pixel" : "pixels", stride, steps: stepsAlong(t, stride) };
  const sentence = along ? words["say-along"] : words["say-shift"];
  const why = !t
    ? words["say-measure"]
    : t % stride
      ? words["say-between"]
      : along
        ? words["say-equivariant"]
        : words["say-multiple"];
  const seam = t && t % stride === 0 && !seamless(scene) ? ` ${words["say-seam"]}` : "";
  return [filled(sentence, { ...told, ...values }), filled(why, told) + seam];
}

/**
 * Whether no window reaches over the seam where the map goes round, and none leaves pixels out there.
 * @param {any} scene
 */
const seamless = ({ window: { size, stride }, map, out }) =>
  size <= stride && out.width * stride === map.width;

/** @param {Room} room */
export function tables({ scene, along, locked, words }) {
  if (locked) return [];
  const { curves } = scene.curve(along);
  return [
    {
      caption: words["table-shift"],
      head: ["pixels", ...KINDS, "unpooled"],
      rows: curves.max.map((_, t) => [String(t), ...NAMES.map((name) => share(curves[name][t]))]),
    },
  ];
}
