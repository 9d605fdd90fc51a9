// Halving: the paper's 28, 14, 7.

import { filled } from "../../browser/number.js";
import { counted, share, sides } from "./words.js";

/** @typedef {import("./stage.js").PoolingStage} Room */
/** @typedef {import("./brush.js").Pen} Pen */

/** @param {Room} room */
export const last = ({ scene, kind }) => scene.levels(kind).length - 1;
export const begin = () => 0;
export const perSecond = () => 0.6;

/**
 * Side, numbers, share and the pixels that one number stands for, of each level.
 * @param {Room} room
 */
export function rowsOf({ scene, kind }) {
  const { size, stride } = scene.window;
  let reach = 1;
  let jump = 1;
  return scene.levels(kind).map((level, n) => {
    if (n) {
      reach += (size - 1) * jump;
      jump *= stride;
    }
    const count = level.values.length;
    const [high, wide] = [scene.map.height, scene.map.width].map((side) => Math.min(reach, side));
    return [
      sides(level),
      String(count),
      share(count / scene.map.values.length),
      `${high} \u00d7 ${wide}`, // pads stand for no pixel
    ];
  });
}

/**
 * @param {Room} room
 * @param {Pen} pen
 */
export function still({ brush, scene, kind, scale, words }, pen) {
  const levels = scene.levels(kind);
  const { line, width, height } = brush;
  const over = line + 6;
  const side = Math.min(height - over - line - 6, width * 0.5);
  const x = side + 32;
  const room = width - x - 8;
  const gap = 10;
  const size = (/** @type {any} */ level) => Math.max(level.height, level.width);
  const total = levels.reduce((sum, level) => sum + size(level), 0);
  const most = Math.max(Math.floor((height * 0.62) / line) - 1, 3);
  const fit = Math.min(levels.length, most);
  const table = (fit + 1) * line;
  const unit = Math.min(
    (room - gap * (levels.length - 1)) / total,
    (height - table - over - line) / size(levels[0]),
  );
  let left = x;
  const stairs = levels.map((level) => {
    const box = { x: left, y: over, side: Math.max(unit * size(level), 2) };
    left += box.side + gap;
    return brush.paint(pen, box, level, scale, { numbers: false });
  });
  brush.write(pen, words["to-scale"], x, line + 2, { bold: 600, base: "bottom" });
  const rows = over + stairs[0].side + Math.max((height - over - stairs[0].side - table) / 2, 6);
  return { large: { x: 8, y: over, side }, stairs, x, room, fit, rows };
}

/**
 * @param {Room} room
 * @param {Pen} pen
 * @param {any} places
 * @param {number} at
 * @param {number} part of the way to the next level
 */
export function draw(room, pen, { large, stairs, x, room: wide, fit, rows }, at, part) {
  const { brush, scene, kind, scale, header, words } = room;
  const levels = scene.levels(kind);
  const [level, next] = [levels[at], levels[at + 1]];
  const title = `level ${at}: ${sides(level)}`;
  brush.paint(pen, large, level, scale, { title, below: [header.limits] });
  if (next && part > 0.02) {
    pen.globalAlpha = part;
    brush.paint(pen, large, next, scale, { numbers: false });
    pen.globalAlpha = 1;
  }
  const box = stairs[at];
  brush.frame(pen, box.x - 2, box.y - 2, box.side + 4, box.side + 4);
  const columns = [0, wide * 0.32, wide * 0.58, wide * 0.78];
  words["level-head"].split(" | ").forEach((text, i) => {
    brush.write(pen, text, x + columns[i], rows, { color: brush.theme.muted });
  });
  // Where not all fit, those around the current one.
  const from = Math.min(Math.max(at - Math.floor(fit / 2), 0), levels.length - fit);
  rowsOf(room)
    .slice(from, from + fit)
    .forEach((row, n) =>
      row.forEach((text, i) => {
        const here = from + n === at;
        const marked = here && i === 0 ? `${text} \u25c0` : text;
        const y = rows + (n + 1) * brush.line;
        brush.write(pen, marked, x + columns[i], y, { bold: here ? 700 : 400 });
      }),
    );
}

/**
 * @param {Room} room
 * @param {number} n
 */
export function tell(room, n) {
  const { words } = room;
  const rows = rowsOf(room);
  const [, number, part, reach] = rows[n];
  const numbers = counted(Number(number), "number");
  const chain = rows.map((row) => row[0].replace(/ /g, "")).join(" \u2192 ");
  const level = filled(words["say-level"], { n, numbers, share: part, reach });
  return [`${chain}`, rows.length > 1 ? level : words["say-flat"]];
}

/** @param {Room} room */
export const tables = (room) => [
  {
    caption: room.words["to-scale"],
    head: room.words["level-head"].split(" | "),
    rows: rowsOf(room),
  },
];
