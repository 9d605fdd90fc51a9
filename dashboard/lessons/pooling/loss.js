// What is lost: pool, and un-pool all the way back.

import { filled } from "../../browser/number.js";
import { share, sides } from "./words.js";

/** @typedef {import("./stage.js").PoolingStage} Room */
/** @typedef {import("./brush.js").Pen} Pen */

/** @param {Room} room */
export const last = ({ scene }) => scene.rounds;
/** @param {Room} room */
export const begin = (room) => Math.min(1, last(room));
export const perSecond = () => 0.6;

/** @param {Room} room */
export function still({ brush, scene, header }) {
  const titles = [header.noun, ...scene.trips(0).map((way) => way.title)];
  return { boxes: brush.pack(titles, 1) };
}

/**
 * @param {Room} room
 * @param {Pen} pen
 * @param {any} places
 * @param {number} rounds
 */
export function draw({ brush, scene, scale, header }, pen, { boxes }, rounds) {
  const kept = rounds ? `kept ${sides(scene.round("max", rounds))}` : "nothing pooled yet";
  brush.paint(pen, boxes[0], scene.map, scale, { title: header.noun, below: [kept] });
  scene.trips(rounds).forEach(({ title, values, error }, i) => {
    const below = [`error ${share(error)}`];
    brush.paint(pen, boxes[i + 1], { ...scene.map, values }, scale, { title, below });
  });
}

/**
 * @param {Room} room
 * @param {number} rounds
 */
export function tell({ scene, words }, rounds) {
  if (!rounds) return [words["say-loss-none"]];
  const step = scene.round("max", rounds);
  const errors = scene
    .trips(rounds)
    .map(({ kind, how, error }) => {
      return `${kind} ${how === "switches" ? "by switches" : "repeated"} ${share(error)}`;
    })
    .join(", ");
  return [
    filled(words["say-loss"], {
      rounds,
      times: rounds === 1 ? "round" : "rounds",
      share: share(step.values.length / scene.map.values.length),
      side: sides(step),
    }),
    `${words["say-error"]} ${errors}.`,
  ];
}

/**
 * @param {Room} room
 * @param {number} rounds
 */
export const tables = ({ scene, words }, rounds) => [
  {
    caption: words["table-loss"],
    head: ["way", "error"],
    rows: scene.trips(rounds).map(({ kind, how, error }) => [`${kind}, ${how}`, share(error)]),
  },
];
