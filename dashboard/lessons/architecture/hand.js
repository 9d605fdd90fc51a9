// Blocks under the hand: chosen by a click, dragged to another place, walked and moved by keys.

import { foreign } from "../../browser/keys.js";
import { dropped, pathOf } from "./design.js";

const MOVED_PX = 5;

/** @param {Event} event @returns {SVGElement | null} */
const blockOf = (event) => /** @type {Element} */ (event.target).closest?.(".block");

/** Follows pointer and keys on the drawing. */
export class Hand {
  /** @param {import("./stage.js").ArchitectureStage} stage */
  constructor(stage) {
    this.stage = stage;
    this.drawing = stage.plan.drawing;
    /** @type {{ key: string, from: number[], moving: boolean, node: Element | null } | null} */
    this.held = null;
    /** @type {import("./design.js").Edited | null} What letting go would make. */
    this.candidate = null;
    const { drawing } = this;
    drawing.onpointerdown = (event) => this.grab(event);
    drawing.onpointermove = (event) => this.drag(event);
    drawing.onpointerup = (event) => this.drop(event);
    drawing.onpointercancel = () => this.letGo();
    drawing.onkeydown = (event) => this.keys(event);
    drawing.onpointerover = (event) => stage.nearTo(blockOf(event)?.dataset.path ?? null);
    drawing.onpointerleave = () => stage.nearTo(null);
    drawing.addEventListener("focusin", (event) => {
      const key = blockOf(event)?.dataset.path;
      if (key) stage.nearTo(key);
    });
  }

  /** Whether a block is on its way. */
  get moving() {
    return Boolean(this.held?.moving);
  }

  /** @param {PointerEvent} event */
  grab(event) {
    const block = blockOf(event);
    if (!block || event.button) return;
    const from = [event.clientX, event.clientY];
    this.held = { key: block.dataset.path, from, moving: false, node: null };
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const { held, drawing, stage } = this;
    if (!held) return;
    const [x, y] = [event.clientX - held.from[0], event.clientY - held.from[1]];
    if (!held.moving) {
      if (Math.hypot(x, y) < MOVED_PX || !pathOf(held.key)) return;
      held.moving = true;
      drawing.setPointerCapture(event.pointerId);
      held.node = stage.plan.blockAt(held.key);
      held.node?.classList.add("ghost");
    }
    held.node?.setAttribute("transform", `translate(${x} ${y})`);
    const box = drawing.querySelector("svg").getBoundingClientRect();
    const far = (/** @type {{ x: number, y: number }} */ gap) =>
      Math.hypot(gap.x - event.clientX + box.left, (gap.y - event.clientY + box.top) * 0.8);
    const gap = stage.plan.drawn.gaps.reduce((best, one) => (far(one) < far(best) ? one : best));
    this.candidate = dropped(stage.design, held.key, gap.path);
    const bar = drawing.querySelector(".gap");
    bar.classList.toggle("near", Boolean(this.candidate));
    bar.setAttribute("d", `M${gap.x} ${gap.y - gap.h}V${gap.y + gap.h}`);
    stage.touch();
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  drop(event) {
    const { held, candidate, stage } = this;
    if (!held) return;
    this.letGo();
    if (!held.moving) stage.choose(held.key);
    else if (candidate) stage.replace(candidate);
    event.preventDefault();
  }

  letGo() {
    if (this.held?.moving) this.stage.plan.painted = "";
    this.held = null;
    this.candidate = null;
    this.stage.touch();
  }

  /** @param {KeyboardEvent} event */
  keys(event) {
    const { stage } = this;
    const key = blockOf(event)?.dataset.path;
    if (!key || foreign(event)) return;
    const { keys } = stage;
    const now = keys.indexOf(key);
    const ways = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: keys.length - 1 };
    const to = keys[ways[event.key]];
    if (event.shiftKey && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
      stage.choose(key);
      stage.shift(event.key === "ArrowRight" ? 1 : -1);
      stage.plan.focus(stage.chosen);
    } else if (event.key in ways) {
      if (to) {
        stage.choose(to);
        stage.plan.focus(to);
      }
    } else if (event.key === "Delete" || event.key === "Backspace") {
      stage.choose(key);
      stage.remove();
      stage.plan.focus(stage.chosen);
    } else if (event.key === "Enter" || event.key === " ") stage.choose(key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Turns the view in space. @param {HTMLCanvasElement} canvas @param {(by: { turn?: number, tilt?: number, near?: number }) => void} turn */
export function followTurn(canvas, turn) {
  /** @type {number[] | null} */
  let from = null;
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = [event.clientX, event.clientY];
  };
  canvas.onpointermove = (event) => {
    if (!event.buttons || !from) return;
    turn({ turn: (event.clientX - from[0]) * 0.008, tilt: (from[1] - event.clientY) * 0.008 });
    from = [event.clientX, event.clientY];
  };
  /** @type {Record<string, { turn?: number, tilt?: number, near?: number }>} */
  const ways = {
    ArrowLeft: { turn: -0.12 },
    ArrowRight: { turn: 0.12 },
    ArrowUp: { tilt: 0.1 },
    ArrowDown: { tilt: -0.1 },
    "+": { near: 1.15 },
    "-": { near: 1 / 1.15 },
  };
  canvas.onkeydown = (event) => {
    const way = ways[event.key];
    if (!way || foreign(event)) return;
    turn(way);
    event.preventDefault();
    event.stopPropagation();
  };
}
