// Slide: the window, what it reads, and the three outputs.

import { brief, filled } from "../../browser/number.js";
import { KINDS } from "./pooling_math.js";
import { part, placeOf, say, sides } from "./words.js";

/** @typedef {import("./stage.js").PoolingStage} Room */
/** @typedef {import("./brush.js").Pen} Pen */

/** @param {Room} room */
export const last = ({ scene }) => scene.cells - 1;
/** @param {Room} room */
export const begin = ({ scene }) => scene.middle;
/** @param {number} last */
export const perSecond = (last) => Math.max(2.5, last / 60);

/**
 * @param {Room} room
 * @param {Pen} pen
 */
export function still({ brush, scene, scale, header }, pen) {
  const { line, width, height, type } = brush;
  const over = line + 6;
  const side = Math.min(height - over - line - 6, width * 0.5);
  const below = [header.limits];
  const map = brush.paint(pen, { x: 8, y: over, side }, scene.map, scale, {
    ...{ title: `${header.noun}, ${sides(scene.map)}`, below, pads: scene.out },
  });
  brush.edges(pen, map, scene);
  const x = side + 28;
  const room = width - x - 8;
  const gap = 14;
  // Three outputs in a row below the window seen large; under each its number.
  const under = line + 2.2 * type;
  const small = Math.floor(Math.min((room - 2 * gap) / 3, (height - 2 * over) * 0.45 - under));
  const top = height - under - small;
  const step = (room - small) / 2;
  const outputs = KINDS.map((kind, i) =>
    brush.paint(pen, { x: x + i * step, y: top, side: small }, scene.pooled(kind), scale, {
      title: kind,
      below: [sides(scene.out)],
    }),
  );
  const large = Math.min(top - over - line - 12, room);
  return { map, outputs, lens: { x: x + (room - large) / 2, y: over, side: large } };
}

/**
 * @param {Room} room
 * @param {Pen} pen
 * @param {any} places
 * @param {number} at
 * @param {number} part of the way to the next step
 */
export function draw(room, pen, { map, outputs, lens }, at, part) {
  const { brush, scene } = room;
  const { size, stride } = scene.window;
  const { width, height } = scene.out;
  const here = scene.cell(at);
  const next = scene.cell(Math.min(at + 1, scene.cells - 1));
  // The window rests on a cell, then glides to the next; a new row is a jump.
  const glide = next.r === here.r ? Math.min(Math.max((part - 0.5) * 2, 0), 1) : 0;
  const ease = glide * glide * (3 - 2 * glide);
  if (size > stride && map.unit * stride > 4) {
    const dashed = { dash: [5, 5], wide: 2 };
    const { top, left } = here;
    if (here.c + 1 < width) brush.window(pen, map, { top, left: left + stride }, size, dashed);
    if (here.r + 1 < height) brush.window(pen, map, { top: top + stride, left }, size, dashed);
  }
  const left = here.left + (next.left - here.left) * ease;
  brush.window(pen, map, { top: here.top, left }, size);
  const winner = scene.out.winners[at];
  const first = scene.pooled("stride").winners[at];
  brush.ringAt(pen, map, winner);
  if (map.unit > 10) {
    const [column, row] = [first % scene.map.width, Math.floor(first / scene.map.width)];
    brush.corner(pen, map.left + column * map.unit, map.top + row * map.unit, map.unit * 0.6);
  }
  for (const box of outputs) {
    curtain(pen, box, here, brush.theme.surface);
    brush.mark(pen, box, here);
  }
  drawLens(room, pen, lens, here, winner, first);
  drawNumbers(room, pen, outputs, at);
}

/**
 * What the window has not reached yet steps back.
 * @param {Pen} pen
 * @param {import("./brush.js").Place} box
 * @param {{ r: number, c: number }} here
 * @param {string} color
 */
function curtain(pen, { left, top, unit, map }, { r, c }, color) {
  pen.fillStyle = color;
  pen.globalAlpha = 0.74;
  pen.fillRect(left, top + (r + 1) * unit, map.width * unit, (map.height - r - 1) * unit);
  pen.fillRect(left + (c + 1) * unit, top + r * unit, (map.width - c - 1) * unit, unit);
  pen.globalAlpha = 1;
}

/**
 * The window's own numbers, large.
 * @param {Room} room
 * @param {Pen} pen
 * @param {import("./brush.js").Box} lens
 * @param {{ top: number, left: number }} from
 * @param {number} winner
 * @param {number} first
 */
function drawLens({ brush, scene, scale }, pen, lens, { top, left }, winner, first) {
  const { size } = scene.window;
  const { height, width, values } = scene.map;
  const unit = lens.side / size;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [y, x] = [top + i, left + j];
      const [px, py] = [lens.x + j * unit, lens.y + i * unit];
      if (y < 0 || x < 0 || y >= height || x >= width) {
        brush.hatch(pen, px, py, unit - 1, unit - 1);
        continue;
      }
      const cell = y * width + x;
      pen.fillStyle = scale.css(values[cell]);
      pen.fillRect(px, py, unit - 1, unit - 1);
      if (cell === first) brush.corner(pen, px, py, Math.min(unit, brush.type * 1.6));
      const text = brief(values[cell]);
      if (unit > brush.type * 1.15 && brush.measure(pen, text) < unit - 3) {
        brush.number(pen, text, px + unit / 2, py + unit / 2, scale.ink(values[cell]));
      }
      if (cell === winner) brush.ring(pen, px + unit / 2, py + unit / 2, unit);
    }
  }
  brush.frame(pen, lens.x, lens.y, lens.side, lens.side);
  brush.label(pen, lens, `window ${size} \u00d7 ${size}`);
}

/**
 * The three numbers, each below its output and with the mark that it has in the window.
 * @param {Room} room
 * @param {Pen} pen
 * @param {import("./brush.js").Place[]} outputs
 * @param {number} at
 */
function drawNumbers({ brush, scene }, pen, outputs, at) {
  const large = Math.round(brush.type * 1.35);
  KINDS.forEach((kind, i) => {
    const box = outputs[i];
    const text = say(scene.pooled(kind).values[at]);
    const y = box.y + box.side + 2 + brush.line;
    pen.font = `700 ${large}px ${brush.theme.font}`;
    const x = box.x + box.side / 2 - (pen.measureText(text).width + 22) / 2;
    if (kind === "max") brush.ring(pen, x + 7, y + large * 0.5, 15);
    else if (kind === "stride") brush.corner(pen, x, y + large * 0.15, 34);
    else {
      const look = { align: /** @type {const} */ ("center"), color: brush.theme.muted };
      brush.write(pen, "\u00d8", x + 7, y + large * 0.12, look);
    }
    brush.write(pen, text, x + 22, y, { bold: 700, size: large });
  });
}

/**
 * The numbers that a window reads.
 * @param {import("./scene.js").Scene} scene
 * @param {number} at
 */
function readOf(scene, at) {
  const { map, window } = scene;
  const { top, left } = scene.cell(at);
  const read = [];
  for (let i = Math.max(top, 0); i < Math.min(top + window.size, map.height); i++) {
    for (let j = Math.max(left, 0); j < Math.min(left + window.size, map.width); j++) {
      read.push(map.values[i * map.width + j]);
    }
  }
  return read;
}

/**
 * @param {Room} room
 * @param {number} at
 */
export function tell({ scene, words }, at) {
  const { size, stride, padding } = scene.window;
  const { r, c } = scene.cell(at);
  const read = readOf(scene, at);
  const shown =
    read.length <= 9
      ? read.map(say)
      : [...read.slice(0, 4).map(say), "\u2026", say(read[read.length - 1])];
  const { values, winners, height } = scene.out;
  const ties = read.filter((value) => value === values[at]).length;
  const pads = size ** 2 - read.length;
  const formula = padding === "valid" ? words["say-valid"] : words["say-same"];
  const sum = shown.join(" + ").replaceAll("+ \u2212", "\u2212 ");
  return [
    filled(words["say-slide"], {
      row: r + 1,
      column: c + 1,
      place: placeOf(scene.map, winners[at]),
      pads: pads ? ` ${filled(words["say-pads"], { pads })}` : "",
      tie: ties > 1 ? ` ${filled(words["say-tie"], { ties })}` : "",
    }),
    `max { ${shown.join(", ")} } = ${say(values[at])}; average ( ${sum} ) / ${read.length} = ` +
      `${say(scene.pooled("average").values[at])}; stride: ${say(scene.pooled("stride").values[at])}.`,
    filled(formula, { n: scene.map.height, k: size, s: stride, outputs: height }),
  ];
}

/**
 * @param {Room} room
 * @param {number} at
 */
export function tables({ scene, header }, at) {
  const { r, c, top, left } = scene.cell(at);
  return [
    part(scene.map, header.noun, Math.max(top, 0), Math.max(left, 0)),
    ...KINDS.map((kind) => part(scene.pooled(kind), kind, r, c)),
  ];
}
