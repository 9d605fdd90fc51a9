// The stage on activations: curves and slopes, a stack of layers, a network's silent units.

import { button, choice } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { Loop } from "../../browser/loop.js";
import { activate, SHORT_TITLES } from "../../browser/math/activation.js";
import { mount } from "../../browser/mount.js";
import { theme } from "../../browser/theme.js";
import { drawCurves, places } from "./curves.js";
import { drawDepth, stacksOf } from "./depth.js";
import { silenceMarkup } from "./silence.js";
import { tellCurves, tellDepth, tellSilence } from "./words.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */

class Activations {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.panels = ["panel", "panel"].map((className) => make("div", { className }));
    this.bars = make("div", { className: "silence" });
    this.figure = make(
      "div",
      { className: "figure", "data-picture": "", role: "img", tabIndex: 0 },
      ...this.panels,
      this.bars,
    );
    stage.pictures.append(this.figure);
    this.loop = new Loop(() => this.draw(), this.figure);
    /** @type {Float64Array[]} */
    this.measured = [];
    /** @type {import("../../browser/plot.js").Plot[]} */
    this.plots = [];
    this.held = -1; // the panel that a drag began in
    this.listen();
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    this.measured = arrays;
    if (first) this.build();
    this.loop.touch();
  }

  build() {
    const { stage } = this;
    const { schema, activations, presets } = this.header;
    const views = schema.find((/** @type {any} */ field) => field.name === "view").options;
    this.pressView = choice(stage.controlsPlace, "What is shown", views, (view) =>
      stage.set({ view }),
    );
    this.shapes = activations.map((/** @type {any} */ one) => one.field).filter(Boolean);
    stage.control(["focus", "x", ...this.shapes, "start", "layers"]);
    stage.controlsPlace.querySelector(".lb-choice")?.classList.add("views");
    this.presets = make("div", {
      className: "lb-choice presets",
      role: "group",
      "aria-label": "Curves to compare",
    });
    for (const { title, codes } of presets) {
      button(this.presets, title, () => this.choose(codes));
    }
    stage.controlsPlace.append(this.presets);
    this.chips = new Map();
    const chips = make("div", { className: "chips", role: "group", "aria-label": "Curves shown" });
    for (const one of activations) {
      const box = make("input", { type: "checkbox", "aria-label": `Show ${one.title}` });
      box.addEventListener("change", () => this.tick(one.code, box.checked));
      this.chips.set(one.code, box);
      chips.append(make("label", {}, box, SHORT_TITLES[one.name]));
    }
    stage.morePlace.append(chips);
    stage.more.hidden = false;
    stage.find(".lb-more summary").textContent = "Which curves";
  }

  /** The field that says which curves the view has. */
  get list() {
    return this.stage.values.view === "depth" ? "stacked" : "shown";
  }

  /** Codes of the activations that are drawn, in core's order; there always is one. */
  get codes() {
    const { values } = this.stage;
    const chosen = new Set(values[this.list]);
    if (this.list === "shown") chosen.add(values.focus);
    else if (!chosen.size) chosen.add(this.header.activations[0].code);
    return this.header.activations
      .map((/** @type {any} */ one) => one.code)
      .filter((/** @type {string} */ code) => chosen.has(code));
  }

  /** @param {string[]} codes */
  choose(codes) {
    const { focus } = this.stage.values;
    const kept = this.list === "stacked" || codes.includes(focus);
    this.stage.set({ [this.list]: codes, ...(kept ? {} : { focus: codes[0] }) });
  }

  /**
   * @param {string} code
   * @param {boolean} on
   */
  tick(code, on) {
    const left = this.codes.filter((/** @type {string} */ one) => one !== code);
    if (on) {
      const patch = { [this.list]: [...left, code] };
      this.stage.set(this.list === "shown" ? { ...patch, focus: code } : patch);
    } else if (left.length) this.choose(left);
    this.loop.touch(); // the last one stays: its box is ticked again
  }

  changed() {
    this.loop.touch();
  }

  arranged() {
    this.loop.touch();
  }

  settled() {
    this.loop.touch();
  }

  /** @param {string} code */
  entry(code) {
    return this.header.activations.find((/** @type {any} */ one) => one.code === code);
  }

  /** @returns {import("./curves.js").Curves} */
  get curves() {
    const { values, locked } = this.stage;
    const names = this.codes.map((/** @type {string} */ code) => this.entry(code).name);
    const parameters = Object.fromEntries(
      this.header.activations.map((/** @type {any} */ one) => [
        one.name,
        one.field ? values[one.field] : 0,
      ]),
    );
    const focus = this.entry(values.focus).name;
    return { names, focus, parameters, x: values.x, reach: this.header.reach, locked };
  }

  draw() {
    if (!this.stage.roomy) return;
    const { view, focus } = this.stage.values;
    this.figure.dataset.view = view;
    for (const panel of this.panels) panel.hidden = view === "silence";
    this.bars.hidden = view !== "silence";
    this.showControls(view, this.entry(focus).field);
    const told = { curves: () => this.curvesDrawn(), depth: () => this.depthDrawn() }[view]?.();
    const { short, words, tables } = told ?? this.silenceDrawn();
    this.stage.say(short);
    this.figure.setAttribute("aria-label", words);
    this.stage.tellTwin(words, tables);
  }

  /**
   * @param {string} view
   * @param {string | null} shape field of the followed activation
   */
  showControls(view, shape) {
    const { dials, more } = this.stage;
    for (const name of ["focus", "x", ...this.shapes]) {
      dials[name].hide(view !== "curves" || (this.shapes.includes(name) && name !== shape));
    }
    for (const name of ["start", "layers"]) dials[name].hide(view !== "depth");
    this.pressView(view);
    more.hidden = view === "silence";
    this.presets.hidden = view === "silence";
    const codes = this.codes;
    for (const [code, box] of this.chips) box.checked = codes.includes(code);
  }

  /** Sizes for two charts: places, type, line. */
  get frame() {
    const { clientWidth, clientHeight } = this.stage.pictures;
    const { textPx, linePx } = theme(this.stage.pictures);
    const type = Math.max(16, textPx);
    const boxes = places(clientWidth, clientHeight, type, this.codes.length);
    return /** @type {const} */ ([boxes, type, linePx]);
  }

  /**
   * @param {import("../../browser/plot.js").Plot[]} plots
   * @param {import("./curves.js").Box[]} boxes
   */
  put(plots, boxes) {
    this.plots = plots;
    this.panels.forEach((panel, which) => {
      panel.style.left = `${boxes[which].x}px`;
      panel.style.top = `${boxes[which].y}px`;
      panel.innerHTML = plots[which].svg();
    });
  }

  curvesDrawn() {
    const [boxes, type, line] = this.frame;
    const { curves } = this;
    this.put(drawCurves(curves, boxes, type, line), boxes);
    const { names, parameters, x, locked } = curves;
    if (locked) {
      this.panels[1].append(make("p", { className: "curtain" }, this.header.words.locked));
    }
    const values = names.map((name) => [name, activate(name, x, parameters[name])]);
    // Read by tests.
    const told = { x, parameters, values: Object.fromEntries(values), focus: curves.focus };
    Object.assign(this.figure, { shown: { view: "curves", ...told } });
    return tellCurves(curves, this.header);
  }

  depthDrawn() {
    const [boxes, type, line] = this.frame;
    const { start, layers } = this.stage.values;
    const names = this.codes.map((/** @type {string} */ code) => this.entry(code).name);
    const stacks = stacksOf(this.header, this.measured, names, start, layers);
    this.put(drawDepth(stacks, layers, this.header, boxes, type, line), boxes);
    Object.assign(this.figure, { shown: { view: "depth", layers, start, stacks } });
    const begun = this.header.starts.find((/** @type {any} */ one) => one.name === start);
    return tellDepth(stacks, layers, begun, this.header);
  }

  silenceDrawn() {
    const { layers, words } = this.header;
    const { clientHeight } = this.stage.pictures;
    const type = Math.max(16, theme(this.stage.pictures).textPx);
    const markup = silenceMarkup(layers, clientHeight, type, words.none);
    if (this.drawn !== markup) this.bars.innerHTML = markup;
    this.drawn = markup;
    Object.assign(this.figure, { shown: { view: "silence", layers } });
    return tellSilence(this.header);
  }

  /** @param {number} x */
  setX(x) {
    const { reach } = this.header;
    this.stage.set({ x: Math.min(Math.max(Math.round(x * 20) / 20, -reach), reach) });
  }

  /** One step of the keys: along x, or of layers. @param {number} by */
  step(by) {
    const { view, x, layers } = this.stage.values;
    if (view === "curves") this.setX(x + 0.05 * by);
    else if (view === "depth") {
      this.stage.set({ layers: Math.min(Math.max(layers + by, 1), this.header.depth) });
    }
  }

  listen() {
    const { figure } = this;
    figure.addEventListener("pointerdown", (event) => {
      const target = /** @type {Node} */ (event.target);
      this.held =
        this.stage.values.view === "curves"
          ? this.panels.findIndex((panel) => panel.contains(target))
          : -1;
      if (this.held < 0) return;
      figure.setPointerCapture(event.pointerId);
      this.drag(event);
    });
    figure.addEventListener("pointermove", (event) => {
      if (event.buttons && this.held >= 0) this.drag(event);
    });
    figure.addEventListener("keydown", (event) => {
      if (foreign(event)) return;
      const far = event.shiftKey ? 10 : 1;
      const by = { ArrowLeft: -far, ArrowRight: far, Home: -1000, End: 1000 }[event.key];
      if (!by || this.stage.values.view === "silence") return;
      event.preventDefault();
      event.stopPropagation();
      this.step(by);
    });
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const left = this.panels[this.held].getBoundingClientRect().left;
    this.setX(this.plots[this.held].xAt(event.clientX - left));
    event.preventDefault();
  }

  player() {
    return { toggle: () => {}, step: (/** @type {number} */ by) => this.step(by) };
  }

  close() {
    this.loop.close();
  }
}

export default await mount(
  (stage) => new Activations(stage),
  [new URL("./style.css", import.meta.url)],
);
