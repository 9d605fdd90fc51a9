// The hand on the picture: it drags the start from above, and turns the relief.

import { foreign } from "../../browser/keys.js";

/** @typedef {import("./race.js").Race} Race */

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const LOWEST_PITCH = 0.15;
const HIGHEST_PITCH = 1.45;

/**
 * @param {{ stage: import("../../browser/stage.js").Stage, surface: import("../../browser/canvas.js").Surface, map: import("./map.js").GroundMap, race: Race | null, rewind: () => void }} lesson
 */
export function listen(lesson) {
  const { stage, surface, map } = lesson;
  const { canvas } = surface;
  /** @type {[number, number] | null} */
  let last = null;
  const rounded = (/** @type {number} */ value) => Number(value.toPrecision(5));
  const turn = (/** @type {number} */ yaw, /** @type {number} */ pitch) => {
    const tilted = Math.min(Math.max(stage.values.pitch + pitch, LOWEST_PITCH), HIGHEST_PITCH);
    stage.set({ yaw: rounded(stage.values.yaw + yaw), pitch: rounded(tilted) });
  };
  const move = (/** @type {PointerEvent} */ event) => {
    const [px, py] = surface.at(event);
    if (stage.values.relief) {
      turn((px - last[0]) * 0.01, (py - last[1]) * 0.008);
      last = [px, py];
    } else stage.set({ start: map.placeOf(lesson.race, px, py).map(rounded) });
  };
  canvas.addEventListener("pointerdown", (event) => {
    const [px, py] = surface.at(event);
    if (!lesson.race?.surface) return;
    if (!stage.values.relief && px > map.box.x + map.box.width + 4) return;
    last = [px, py];
    canvas.setPointerCapture(event.pointerId);
    lesson.rewind();
    move(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last && event.buttons) move(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      last = null;
    });
  }
  // Shift and arrows move the start; in the relief plain arrows turn it. The rest is the transport's.
  canvas.addEventListener("keydown", (event) => {
    const way = WAYS[event.key];
    const { relief } = stage.values;
    if (foreign(event) || !way || !(relief || event.shiftKey) || !lesson.race?.start) return;
    event.preventDefault();
    event.stopPropagation();
    if (relief && !event.shiftKey) {
      turn(way[0] * 0.12, -way[1] * 0.08);
      return;
    }
    const [x0, x1, y0, y1] = lesson.race.surface.domain;
    const [x, y] = lesson.race.start;
    const within = (
      /** @type {number} */ v,
      /** @type {number} */ low,
      /** @type {number} */ high,
    ) => rounded(Math.min(Math.max(v, low), high));
    stage.set({
      start: [
        within(x + (way[0] * (x1 - x0)) / 50, x0, x1),
        within(y + (way[1] * (y1 - y0)) / 50, y0, y1),
      ],
    });
  });
}
