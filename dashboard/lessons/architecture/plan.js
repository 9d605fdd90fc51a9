// The drawing of the network in its place: blocks to scale that can be taken hold of, or the same in space.

import { fit } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { drawn } from "../../browser/loop.js";
import { nameOf, pathOf } from "./design.js";
import { Drawing } from "./drawing.js";
import { drawSpace, lay } from "./space.js";

/** @typedef {import("./notation.js").Design} Design */
/** @typedef {import("./network_math.js").Found} Found */

export class Plan {
  /** @param {import("./stage.js").ArchitectureStage} view */
  constructor(view) {
    this.view = view;
    this.drawing = make("div", { className: "drawing", tabIndex: 0, role: "region" });
    this.space = make("canvas", { className: "space", tabIndex: 0, role: "img", hidden: true });
    this.element = make("div", { className: "plan" }, this.drawing, this.space);
    this.pen = document.createElement("canvas").getContext("2d");
    /** @type {Drawing | null} */
    this.drawn = null;
    /** Key of the block that gets the focus once it is drawn. */
    this.wanted = "";
    this.revealed = "";
    // Sizes and what is scrolled are known without asking: a question in mid-drawing lays out twice.
    this.left = this.top = 0;
    this.drawing.onscroll = () => {
      [this.left, this.top] = [this.drawing.scrollLeft, this.drawing.scrollTop];
      this.fade();
    };
    this.sizes = new ResizeObserver(() => view.arranged());
    this.sizes.observe(this.element);
    this.forget();
  }

  /** The look or the room changed. */
  forget() {
    this.painted = "";
    this.colors = null;
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    /** @type {Map<string, number>} */
    this.widths = new Map();
  }

  get type() {
    return Math.max(16, Math.round(this.view.look.textPx));
  }

  /** What the drawing's sizes mean. */
  get note() {
    const { stage, words, design } = this.view;
    if (stage.values.solid || !this.drawn) return words.turned;
    const pixels = String(Math.round(100 / this.drawn.scale));
    return words.scale.replace("{pixels}", pixels).replace("{size}", String(design.input_size));
  }

  /** Key of the block that has the focus, empty where none has it. */
  get focused() {
    const { activeElement } = /** @type {ShadowRoot} */ (this.drawing.getRootNode());
    if (!this.drawing.contains(activeElement)) return "";
    return /** @type {HTMLElement | null} */ (activeElement.closest(".block"))?.dataset.path ?? "";
  }

  /** Give a block the focus, once it is drawn. @param {string} key */
  focus(key) {
    this.wanted = key;
    this.view.touch();
  }

  /** @param {string} key @returns {HTMLElement | null} */
  blockAt(key) {
    return this.drawing.querySelector(`.block[data-path="${key}"]`);
  }

  /** @param {Design} design @param {Found} found */
  show(design, found) {
    const { solid } = this.view.stage.values;
    this.drawing.hidden = solid;
    this.space.hidden = !solid;
    if (solid) this.element.classList.remove("begun", "on");
    if (solid) this.drawSpace(design, found);
    else if (!this.view.hand.moving) this.drawFlat(design, found);
  }

  /** @param {Design} design @param {Found} found */
  drawFlat(design, found) {
    const { drawing, view, widths } = this;
    this.pen.font = `${this.type}px ${view.look.font}`;
    this.drawn = new Drawing(design, found, {
      height: this.height - 2,
      room: this.width,
      type: this.type,
      whole: view.stage.values.whole,
      chosen: view.chosen,
      measure: (text) => {
        if (!widths.has(text)) widths.set(text, this.pen.measureText(text).width);
        return widths.get(text);
      },
    });
    const svg = this.drawn.svg(view.words.drawn);
    if (this.painted !== svg) {
      // Who had the focus keeps it, be it the chosen block or another one.
      const wanted = this.wanted || this.focused;
      const { left, top } = this;
      drawing.innerHTML = this.painted = svg;
      if (left || top) drawing.scrollTo(left, top);
      this.wanted = wanted;
    }
    if (this.wanted) this.blockAt(this.wanted)?.focus({ preventScroll: true });
    if (this.wanted || this.revealed !== view.chosen) this.reveal(this.wanted || view.chosen);
    this.wanted = "";
    this.fade();
  }

  /** Fade the edges beyond which the drawing goes on. */
  fade() {
    this.element.classList.toggle("begun", this.left > 1);
    this.element.classList.toggle("on", this.left + this.width < this.drawn.width - 1);
  }

  /** Bring a block into sight where the drawing is wider than its place. @param {string} key */
  reveal(key) {
    this.revealed = this.view.chosen;
    const box = this.blockAt(key)?.getBoundingClientRect();
    const room = this.drawing.getBoundingClientRect();
    if (box && (box.left < room.left || box.right > room.right)) {
      this.drawing.scrollLeft += box.left - room.left - room.width / 3;
    }
  }

  /** @param {Design} design @param {Found} found */
  drawSpace(design, found) {
    const { view, space, type, width, height } = this;
    const { look, chosen } = view;
    this.colors ??= {
      ...{ accent: look.accent, ground: look.background, text: look.text },
      ...{ holds: this.tint("holds"), plain: this.tint("plain"), edge: this.tint("edge") },
    };
    const path = pathOf(chosen);
    const camera = /** @type {any} */ (view.stage.values);
    drawSpace(fit(space, width, height), lay(design, found), camera, {
      ...{ width, height, type, font: look.font, colors: this.colors, chosen },
      name: path ? nameOf(design, path) : chosen,
    });
    drawn(space, undefined);
  }

  /** A color that the style sheet computes, as the canvas needs it. @param {string} name */
  tint(name) {
    const probe = make("i", { hidden: true });
    this.element.append(probe);
    probe.style.color = `var(--${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }
}
