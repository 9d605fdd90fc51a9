// The hand on the pictures: the diamond, lines and units, the curve to go back in time.

import { frameOf } from "./plane.js";

/** @typedef {import("./network.js").NetworkView} NetworkView */

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const PER_PIXEL = 0.02;
const MOVED_PX = 4;
const REACHED_PX = 7; // a line that near is taken hold of
const FARTHEST = 100;

const inside = (/** @type {number} */ v, /** @type {number} */ far) =>
  Math.min(Math.max(v, -far), far);
const hundredths = (/** @type {number} */ v) => Number(v.toFixed(2));

/** @param {NetworkView} view */
export function followHand(view) {
  followPlane(view);
  followWires(view);
  followCurves(view);
}

/** @param {NetworkView} view */
function followPlane(view) {
  const { map, stage } = view;
  const put = (/** @type {number} */ x, /** @type {number} */ y) => {
    const { reach } = view.header;
    stage.set({
      probex: hundredths(inside(x, reach)),
      probey: hundredths(inside(y, reach)),
    });
  };
  const move = (/** @type {PointerEvent} */ event) => {
    const [x, y] = map.at(event);
    const { left, top, side } = frameOf(view);
    const { reach } = view.header;
    put(((x - left) / side) * 2 * reach - reach, reach - ((y - top) / side) * 2 * reach);
  };
  map.canvas.addEventListener("pointerdown", (event) => {
    map.canvas.setPointerCapture(event.pointerId);
    move(event);
  });
  map.canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) move(event);
  });
  map.canvas.addEventListener(
    "keydown",
    (event) => {
      const way = WAYS[event.key];
      if (!way || !event.shiftKey) return; // without Shift the arrows step through the training
      event.preventDefault();
      event.stopImmediatePropagation();
      put(view.probe[0] + 0.1 * way[0], view.probe[1] + 0.1 * way[1]);
    },
    true,
  );
}

/** @param {NetworkView} view */
function followWires(view) {
  const { canvas } = view.wires;
  /** @type {{ y: number, value: number, moved: boolean } | null} */
  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    const found = hit(view, ...view.wires.at(event));
    if (!found) return;
    canvas.setPointerCapture(event.pointerId);
    view.select(found.layer, found.unit, found.input);
    held = { y: event.clientY, value: view.training.w[view.place], moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) {
      canvas.style.cursor = hit(view, ...view.wires.at(event)) ? "pointer" : "";
      return;
    }
    const by = held.y - event.clientY;
    if (!held.moved && Math.abs(by) < MOVED_PX) return;
    held.moved = true;
    view.setValue(hundredths(inside(held.value + by * PER_PIXEL, FARTHEST)));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      held = null;
    });
  }
}

/** @param {NetworkView} view */
function followCurves(view) {
  const { curves } = view;
  const scrub = (/** @type {PointerEvent} */ event) => {
    if (!view.plot) return;
    const epoch = view.plot.xAt(event.clientX - curves.getBoundingClientRect().left);
    const last = view.course.losses.length - 1;
    view.transport.pause();
    view.transport.go(Math.round(Math.min(Math.max(epoch, 0), last)) * view.training.perEpoch);
  };
  curves.addEventListener("pointerdown", (event) => {
    curves.setPointerCapture(event.pointerId);
    scrub(event);
  });
  curves.addEventListener("pointermove", (event) => {
    if (event.buttons) scrub(event);
  });
}

/**
 * Unit, or the nearest line, at a place of the drawing.
 * @param {NetworkView} view
 * @param {number} x
 * @param {number} y
 */
function hit({ nodes, lines }, x, y) {
  for (const node of nodes) {
    if (Math.abs(x - node.x) > node.r + 2 || Math.abs(y - node.y) > node.r + 2) continue;
    return node.layer < 0 ? null : { layer: node.layer, unit: node.unit, input: -1 };
  }
  let best = null;
  let least = REACHED_PX;
  for (const line of lines) {
    const [dx, dy] = [line.x2 - line.x1, line.y2 - line.y1];
    const along = ((x - line.x1) * dx + (y - line.y1) * dy) / (dx * dx + dy * dy);
    const t = Math.min(Math.max(along, 0), 1);
    const away = Math.hypot(x - line.x1 - t * dx, y - line.y1 - t * dy);
    if (away < least) [least, best] = [away, line];
  }
  return best;
}
