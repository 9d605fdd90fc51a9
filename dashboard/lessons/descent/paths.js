// The race as it is drawn on the ground: paths, heads with their names, the start, and where one left.

import { disc, paint, widthOf, words } from "../../browser/paint.js";
import { spread } from "../../browser/plot.js";
import { head, LOOKS } from "./looks.js";

/** @typedef {import("./walk.js").Walk} Walk */
/**
 * @typedef {object} At
 * @property {CanvasRenderingContext2D} pen
 * @property {{ x: number, y: number, width: number, height: number }} box
 * @property {number} type
 * @property {import("../../browser/theme.js").Theme} theme
 * @property {import("./map.js").Place} place
 */

const FAR = 1e4;
const MOST_DOTS = 60;

/** @param {number} value */
const near = (value) => Math.min(Math.max(value, -FAR), FAR);

/**
 * The way so far strong, what is to come faint.
 * @param {At} at
 * @param {Walk} run
 * @param {number} index
 * @param {boolean} chosen
 */
export function drawPath({ pen, theme, place }, run, index, chosen) {
  const { color, dash } = LOOKS[run.rule.name];
  const last = Math.min(index, run.taken);
  const spot = (/** @type {number} */ t) =>
    place(near(run.positions[2 * t]), near(run.positions[2 * t + 1]), run.heights?.[t]);
  const trace = (/** @type {number} */ from, /** @type {number} */ to) => {
    const path = new Path2D();
    let down = false;
    for (let t = from; t <= to; t++) {
      const point = spot(t);
      if (point) path[down ? "lineTo" : "moveTo"](point[0], point[1]);
      down = Boolean(point);
    }
    return path;
  };
  const done = trace(0, last);
  pen.lineJoin = "round";
  const ink = theme[color];
  const faint = { color: ink, line: 1.5, alpha: 0.3, dash };
  if (last < run.taken) paint(pen, trace(last, run.taken), faint);
  paint(pen, done, { color: theme.background, line: theme.linePx + 3, alpha: 0.75 });
  paint(pen, done, { color: ink, line: theme.linePx + (chosen ? 1.5 : 0), dash });
  if (!chosen || last > MOST_DOTS) return;
  for (let t = 1; t <= last; t++) {
    const point = spot(t);
    if (point) paint(pen, disc(point[0], point[1], theme.linePx * 0.95), { fill: ink });
  }
}

/**
 * From each snapshot at its true loss straight down, or up, to the slice.
 * @param {At} at
 * @param {Walk} run
 * @param {number} index
 */
export function drawStems({ pen, theme, place }, run, index) {
  let path = "";
  for (let t = 0; t <= Math.min(index, run.taken); t++) {
    const [x, y] = run.positions.slice(2 * t, 2 * t + 2);
    const high = place(x, y, run.heights?.[t]);
    const low = place(x, y);
    if (!high || !low) continue;
    path += `M${high[0]} ${high[1]}L${low[0]} ${low[1]}`;
  }
  paint(pen, path, { color: theme.text, line: 1.5, dash: [3, 3] });
}

/**
 * Where a step led that found no ground: a dashed line from the last place, and a cross.
 * @param {At} at
 * @param {Walk} run
 * @param {number} index
 */
export function drawLeft({ pen, box, theme, place, type }, run, index) {
  if (run.left === null || !run.leftTo || index < run.left) return;
  const [x, y] = run.leftTo;
  const from = place(run.positions[2 * run.taken], run.positions[2 * run.taken + 1]);
  const to = place(near(x), near(y));
  if (!from || !to) return;
  const way = `M${from[0]} ${from[1]}L${to[0]} ${to[1]}`;
  paint(pen, way, { color: theme.text, line: theme.linePx * 0.7, dash: [4, 5] });
  const r = type * 0.45;
  // One that lies outside is marked on the edge of the picture.
  const cx = Math.min(Math.max(to[0], box.x + r + 2), box.x + box.width - r - 2);
  const cy = Math.min(Math.max(to[1], box.y + r + 2), box.y + box.height - r - 2);
  const cross = `M${cx - r} ${cy - r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}`;
  paint(pen, cross, { color: theme.text, line: theme.linePx });
}

/**
 * @param {At} at
 * @param {number[]} start
 */
export function drawStart({ pen, theme, place, type }, start) {
  const point = place(start[0], start[1]);
  if (!point) return;
  const look = { color: theme.text, line: theme.linePx, under: theme.background, more: 2.5 };
  paint(pen, disc(point[0], point[1], type * 0.62), look);
}

/**
 * Heads, and their names beside them, pushed apart where they would cover each other.
 * @param {At} at
 * @param {Walk[]} runs
 * @param {number} index
 */
export function drawHeads({ pen, box, theme, place, type }, runs, index) {
  pen.lineJoin = "round";
  const labels = runs.flatMap((run) => {
    const t = Math.min(index, run.taken);
    const point = place(run.positions[2 * t], run.positions[2 * t + 1], run.heights?.[t]);
    if (!point) return [];
    const [x, y] = point;
    const inside =
      x >= box.x - 2 && x <= box.x + box.width + 2 && y >= box.y - 2 && y <= box.y + box.height + 2;
    if (!inside) return [];
    const width = widthOf(pen, theme, run.rule.title, 600);
    const right = x + type * 0.9 + width <= box.x + box.width;
    return [{ run, x, y, width, left: right ? x + type * 0.9 : x - type * 0.9 - width }];
  });
  for (const { run, x, y } of labels) {
    const look = { fill: theme[LOOKS[run.rule.name].color], under: theme.background };
    paint(pen, head(run.rule.name, x, y, type * 0.42), { ...look, line: 0, more: 4 });
  }
  const line = type * 1.2;
  const wishes = labels.map(({ y }) => y);
  const places = spread(wishes, line, box.y + line / 2, box.y + box.height - line / 2);
  labels.forEach(({ run, x, y, width, left }, i) => {
    const ink = theme[LOOKS[run.rule.name].color];
    if (Math.abs(places[i] - y) > line * 0.8) {
      const end = left > x ? left - 3 : left + width + 3;
      paint(pen, `M${x} ${y}L${end} ${places[i]}`, { color: ink });
    }
    const how = { color: ink, weight: 600, halo: theme.background };
    words(pen, theme, run.rule.title, left, places[i], how);
  });
}
