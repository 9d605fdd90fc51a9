// Way back: what the output cells send, and where it arrives.

import { filled } from "../../browser/number.js";
import { largest, Scale } from "../../browser/scale.js";
import { disc, paint } from "../../browser/paint.js";
import { reachOf } from "./pooling_math.js";
import { part, placeOf, say, sides } from "./words.js";

/** @typedef {import("./stage.js").PoolingStage} Room */
/** @typedef {import("./brush.js").Pen} Pen */

const INK = "#101418";

/** @param {Room} room */
export const last = ({ scene }) => scene.cells;
/** @param {Room} room */
export const begin = ({ scene }) => scene.middle + 1;
/** @param {number} last */
export const perSecond = (last) => Math.max(1.5, last / 45);

/** @param {ArrayLike<number>} values */
const sum = (values) => Array.prototype.reduce.call(values, (a, b) => a + b, 0);

/**
 * @param {Room} room
 * @param {Pen} pen
 */
export function still({ brush, scene, scale, header, gradient }, pen) {
  const { height, width } = scene.out;
  const mapTitle = `${header.noun}, ${sides(scene.map)}`;
  const titles = [mapTitle, "\u2202L/\u2202y, sent", "max: to one", "average: to all"];
  const boxes = brush.pack(titles, 1);
  const full = scene.allBack(gradient);
  const push = new Scale("activation", largest(gradient));
  const back = new Scale("activation", Math.max(...full.map(largest)));
  const map = brush.paint(pen, boxes[0], scene.map, scale, {
    ...{ title: mapTitle, below: [header.limits], pads: scene.out },
  });
  brush.edges(pen, map, scene);
  const sent = brush.paint(pen, boxes[1], { values: gradient, height, width }, push, {
    title: titles[1],
    below: [`\u00b1${say(largest(gradient))}`],
  });
  const places = boxes.slice(2).map((box, i) => {
    const below = [`\u00b1${say(Math.max(...full.map(largest)))}, sum ${say(sum(full[i]))}`];
    brush.label(pen, box, titles[i + 2], below);
    return brush.place(scene.map, box, scene.out);
  });
  return { map, push: sent, back: places, scales: { push, back } };
}

/**
 * @param {Room} room
 * @param {Pen} pen
 * @param {any} places
 * @param {number} sent
 * @param {number} part of the way to the next step
 */
export function draw(room, pen, { map, push, back, scales }, sent, part) {
  const { brush, scene, gradient } = room;
  const { size } = scene.window;
  const maps = scene.back(gradient, sent, (values) => brush.stale(values));
  back.forEach((box, i) => brush.paint(pen, box, maps[i], scales.back, { pads: scene.out }));
  const flying = sent < scene.cells && part > 0;
  const at = flying ? sent : Math.max(sent - 1, 0);
  const here = scene.cell(at);
  const winner = scene.out.winners[at];
  brush.window(pen, map, here, size);
  brush.ringAt(pen, map, winner);
  brush.mark(pen, push, here);
  const [byMax, byMean] = back;
  brush.ringAt(pen, byMax, winner);
  brush.window(pen, byMean, here, size, { dash: [4, 4], wide: 2 });
  if (!flying || gradient[at] === 0) return;
  // On its way: one parcel to the winner, a small one to each pixel of the window.
  const ease = part * part * (3 - 2 * part);
  const [fromX, fromY] = [
    push.left + (here.c + 0.5) * push.unit,
    push.top + (here.r + 0.5) * push.unit,
  ];
  const parcel = (
    /** @type {any} */ box,
    /** @type {number} */ row,
    /** @type {number} */ column,
    /** @type {number} */ radius,
  ) => {
    const [toX, toY] = [box.left + (column + 0.5) * box.unit, box.top + (row + 0.5) * box.unit];
    const [x, y] = [fromX + (toX - fromX) * ease, fromY + (toY - fromY) * ease];
    const look = { fill: scales.push.css(gradient[at]), color: INK, line: 1.5 };
    paint(pen, disc(x, y - Math.sin(Math.PI * ease) * 26, radius), look);
  };
  const { width, height } = scene.map;
  parcel(byMax, Math.floor(winner / width), winner % width, 9);
  for (let y = Math.max(here.top, 0); y < Math.min(here.top + size, height); y++) {
    for (let x = Math.max(here.left, 0); x < Math.min(here.left + size, width); x++) {
      parcel(byMean, y, x, Math.max(9 / size, 2.5));
    }
  }
}

/**
 * @param {Room} room
 * @param {number} sent
 */
export function tell({ scene, words, gradient }, sent) {
  const at = Math.max(sent - 1, 0);
  const { r, c } = scene.cell(at);
  const [top, bottom] = reachOf(scene.out.rows, scene.window, r);
  const [left, right] = reachOf(scene.out.columns, scene.window, c);
  const count = (bottom - top) * (right - left);
  const push = gradient[at];
  return [
    filled(words["say-gradient"], {
      row: r + 1,
      column: c + 1,
      push: say(push),
      place: placeOf(scene.map, scene.out.winners[at]),
    }),
    `max: ${say(push)} to 1 of ${count} pixels, 0 to the others; average: ${say(push)} / ${count} = ${say(push / count)} to each.`,
    filled(words["say-conserved"], { total: say(sum(gradient)) }),
  ];
}

/**
 * @param {Room} room
 * @param {number} sent
 */
export function tables({ scene, header, gradient, brush }, sent) {
  const { r, c, top, left } = scene.cell(Math.max(sent - 1, 0));
  const { height, width } = scene.out;
  const [row, column] = [Math.max(top, 0), Math.max(left, 0)];
  const maps = scene.back(gradient, sent, (values) => brush.stale(values));
  return [
    part(scene.map, header.noun, row, column),
    part({ values: gradient, height, width }, "gradient sent", r, c),
    part(maps[0], "gradient back, max", row, column),
    part(maps[1], "gradient back, average", row, column),
  ];
}
