// The race as it is drawn on the ground: paths, heads with their names, the start, and where one left.

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
  const stroke = (
    /** @type {string} */ ink,
    /** @type {number} */ width,
    /** @type {number} */ alpha,
    /** @type {number[]} */ dashes,
    /** @type {Path2D} */ path,
  ) => {
    pen.strokeStyle = ink;
    pen.lineWidth = width;
    pen.globalAlpha = alpha;
    pen.setLineDash(dashes);
    pen.stroke(path);
  };
  if (last < run.taken) stroke(theme[color], 1.5, 0.3, dash, trace(last, run.taken));
  stroke(theme.background, theme.linePx + 3, 0.75, [], done);
  stroke(theme[color], theme.linePx + (chosen ? 1.5 : 0), 1, dash, done);
  pen.setLineDash([]);
  if (!chosen || last > MOST_DOTS) return;
  pen.fillStyle = theme[color];
  for (let t = 1; t <= last; t++) {
    const point = spot(t);
    if (!point) continue;
    pen.beginPath();
    pen.arc(point[0], point[1], theme.linePx * 0.95, 0, 2 * Math.PI);
    pen.fill();
  }
}

/**
 * From each snapshot at its true loss straight down, or up, to the slice.
 * @param {At} at
 * @param {Walk} run
 * @param {number} index
 */
export function drawStems({ pen, theme, place }, run, index) {
  pen.strokeStyle = theme.text;
  pen.lineWidth = 1.5;
  pen.setLineDash([3, 3]);
  pen.beginPath();
  for (let t = 0; t <= Math.min(index, run.taken); t++) {
    const [x, y] = run.positions.slice(2 * t, 2 * t + 2);
    const high = place(x, y, run.heights?.[t]);
    const low = place(x, y);
    if (!high || !low) continue;
    pen.moveTo(high[0], high[1]);
    pen.lineTo(low[0], low[1]);
  }
  pen.stroke();
  pen.setLineDash([]);
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
  pen.strokeStyle = theme.text;
  pen.lineWidth = theme.linePx * 0.7;
  pen.setLineDash([4, 5]);
  pen.beginPath();
  pen.moveTo(from[0], from[1]);
  pen.lineTo(to[0], to[1]);
  pen.stroke();
  pen.setLineDash([]);
  pen.lineWidth = theme.linePx;
  const r = type * 0.45;
  // One that lies outside is marked on the edge of the picture.
  const cx = Math.min(Math.max(to[0], box.x + r + 2), box.x + box.width - r - 2);
  const cy = Math.min(Math.max(to[1], box.y + r + 2), box.y + box.height - r - 2);
  pen.beginPath();
  for (const side of [-1, 1]) {
    pen.moveTo(cx - r, cy - side * r);
    pen.lineTo(cx + r, cy + side * r);
  }
  pen.stroke();
}

/**
 * @param {At} at
 * @param {number[]} start
 */
export function drawStart({ pen, theme, place, type }, start) {
  const point = place(start[0], start[1]);
  if (!point) return;
  pen.beginPath();
  pen.arc(point[0], point[1], type * 0.62, 0, 2 * Math.PI);
  pen.strokeStyle = theme.background;
  pen.lineWidth = theme.linePx + 2.5;
  pen.stroke();
  pen.strokeStyle = theme.text;
  pen.lineWidth = theme.linePx;
  pen.stroke();
}

/**
 * Heads, and their names beside them, pushed apart where they would cover each other.
 * @param {At} at
 * @param {Walk[]} runs
 * @param {number} index
 */
export function drawHeads({ pen, box, theme, place, type }, runs, index) {
  pen.font = `600 ${type}px ${theme.font}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  pen.lineJoin = "round";
  const labels = runs.flatMap((run) => {
    const t = Math.min(index, run.taken);
    const point = place(run.positions[2 * t], run.positions[2 * t + 1], run.heights?.[t]);
    if (!point) return [];
    const [x, y] = point;
    const inside =
      x >= box.x - 2 && x <= box.x + box.width + 2 && y >= box.y - 2 && y <= box.y + box.height + 2;
    if (!inside) return [];
    const width = pen.measureText(run.rule.title).width;
    const right = x + type * 0.9 + width <= box.x + box.width;
    return [{ run, x, y, width, left: right ? x + type * 0.9 : x - type * 0.9 - width }];
  });
  for (const { run, x, y } of labels) {
    const path = new Path2D(head(run.rule.name, x, y, type * 0.42));
    pen.lineWidth = 4;
    pen.strokeStyle = theme.background;
    pen.stroke(path);
    pen.fillStyle = theme[LOOKS[run.rule.name].color];
    pen.fill(path);
  }
  const line = type * 1.2;
  const wishes = labels.map(({ y }) => y);
  const places = spread(wishes, line, box.y + line / 2, box.y + box.height - line / 2);
  labels.forEach(({ run, x, y, width, left }, i) => {
    const ink = theme[LOOKS[run.rule.name].color];
    if (Math.abs(places[i] - y) > line * 0.8) {
      pen.lineWidth = 1;
      pen.strokeStyle = ink;
      pen.beginPath();
      pen.moveTo(x, y);
      pen.lineTo(left > x ? left - 3 : left + width + 3, places[i]);
      pen.stroke();
    }
    pen.lineWidth = 4;
    pen.strokeStyle = theme.background;
    pen.strokeText(run.rule.title, left, places[i]);
    pen.fillStyle = ink;
    pen.fillText(run.rule.title, left, places[i]);
  });
}
