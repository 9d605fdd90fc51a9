// The paper's Fig. 1: inputs times weights, their sum with the bias, the activation, the output.

import { choice, controls } from "../../browser/controls.js";
import { foreign } from "../../browser/keys.js";
import { Loop } from "../../browser/loop.js";
import { mount } from "../../browser/mount.js";
import { lowered } from "../../browser/number.js";
import { theme } from "../../browser/theme.js";
import { drawNeuron, drawPlane } from "./draw.js";
import { layout } from "./layout.js";
import { fire } from "./neuron_math.js";
import { tell } from "./words.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
/** Pasted weights come with every message: only new ones are taken over. */
let taken = "";

class NeuronStage {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    stage.pictures.innerHTML =
      `<div class="neuron" data-picture role="group"><div class="lines" role="img"></div></div>` +
      `<div class="plane" data-picture role="img" tabindex="0"></div>`;
    this.drawing = stage.find(".neuron");
    this.lines = stage.find(".lines");
    this.plane = stage.find(".plane");
    /** @type {Float64Array} of the task with real data, two a point */
    this.points = new Float64Array();
    this.labels = new Uint8Array();
    this.loop = new Loop(() => this.draw(), this.drawing);
    this.plane.onpointerdown = (event) => {
      this.plane.setPointerCapture(event.pointerId);
      this.move(event);
    };
    this.plane.onpointermove = (event) => {
      if (event.buttons) this.move(event);
    };
    this.plane.onkeydown = (event) => this.key(event);
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    [this.points, this.labels] = arrays;
    if (first) this.build();
    const pasted = header.pasted?.text ?? "";
    if (pasted && pasted !== taken) this.stage.set(header.pasted.set);
    taken = pasted;
    this.loop.touch();
  }

  build() {
    const { most, tasks, activations } = this.header;
    const { stage } = this;
    this.shapes = activations.map((/** @type {any} */ entry) => entry.field).filter(Boolean);
    stage.control(["n", "activation", ...this.shapes]);
    this.pressed = choice(
      stage.controlsPlace,
      "Task for two inputs",
      tasks.map((/** @type {any} */ task) => [task.name, task.title]),
      (task) => stage.set({ task, n: 2 }),
    );
    const counted = Array.from({ length: most }, (_, i) => [`x${i + 1}`, `w${i + 1}`]).flat();
    this.dials = controls(this.drawing, stage.settings, [...counted, "b"]);
    Object.assign(stage.dials, this.dials);
    for (const [name, { element }] of Object.entries(this.dials)) {
      element.querySelector(".lb-label").textContent =
        name[0] + lowered(Number(name.slice(1)) || 0);
    }
    this.dials.b.element.querySelector(".lb-label").textContent = "b";
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

  /** @returns {{ neuron: import("./neuron_math.js").Neuron, inputs: number[], entry: any }} */
  get now() {
    const { values } = this.stage;
    const entry = this.header.activations.find((one) => one.name === values.activation);
    const of = (/** @type {string} */ letter) =>
      Array.from({ length: values.n }, (_, i) => values[`${letter}${i + 1}`]);
    const parameter = entry.field ? values[entry.field] : 0;
    return {
      inputs: of("x"),
      neuron: { w: of("w"), b: values.b, activation: entry.name, parameter },
      entry,
    };
  }

  draw() {
    if (!this.stage.roomy) return;
    const { pictures, locked, values } = this.stage;
    const { neuron, inputs, entry } = this.now;
    const type = Math.max(16, theme(pictures).textPx);
    const place = layout(pictures.clientWidth, pictures.clientHeight, type, values.n);
    const how = { locked, yes: this.header.yes };
    const fired = fire(neuron, inputs);
    this.arrange(place, type);
    this.lines.innerHTML = drawNeuron(place, type, neuron, fired, how);
    this.judged = null;
    if (place.plane) {
      const drawn = drawPlane(place.plane, type, neuron, inputs, this.cases(), how);
      this.plane.innerHTML = drawn.markup;
      this.plot = drawn.plot;
      this.judged = drawn.judged;
    }
    for (const field of this.shapes) this.stage.dials[field].hide(field !== entry.field);
    this.pressed(values.n === 2 ? values.task : "");
    Object.assign(this.drawing, { shown: this.shown(neuron, inputs, fired) });
    tell(this, neuron, inputs, fired, entry);
  }

  /**
   * Put the dials, the drawing and the plane into their places.
   * @param {import("./layout.js").Layout} place
   * @param {number} type
   */
  arrange(place, type) {
    const put = (/** @type {HTMLElement} */ element, /** @type {Record<string, number>} */ box) => {
      for (const [name, value] of Object.entries(box)) element.style[name] = `${value}px`;
    };
    const boxOf = (/** @type {import("./layout.js").Box} */ { x, y, width, height }) => ({
      left: x,
      top: y,
      width,
      height,
    });
    put(this.drawing, boxOf(place.drawing));
    this.plane.hidden = !place.plane;
    if (place.plane) put(this.plane, boxOf(place.plane));
    for (const [name, dial] of Object.entries(this.dials)) {
      const row = name === "b" ? this.stage.values.n : Number(name.slice(1)) - 1;
      const hidden = name !== "b" && row >= this.stage.values.n;
      dial.hide(hidden);
      if (hidden) continue;
      const left = name[0] === "x" ? place.at.x : place.at.w;
      put(dial.element, { left, top: place.rows[row] - 0.85 * type, width: place.dial });
    }
  }

  /** @returns {import("./draw.js").Cases} */
  cases() {
    const { tasks, corners, features } = this.header;
    const task = tasks.find((/** @type {any} */ one) => one.name === this.stage.values.task);
    if (task.table) {
      const names = ["x\u2081", "x\u2082"];
      return { task, at: corners, wanted: task.table, range: [-0.6, 1.6], names };
    }
    const at = Array.from(
      this.labels,
      (_, i) => /** @type {[number, number]} */ ([this.points[2 * i], this.points[2 * i + 1]]),
    );
    return { task, at, wanted: Array.from(this.labels), range: [-2.6, 4.2], names: features };
  }

  /**
   * What tests compare with core.
   * @param {import("./neuron_math.js").Neuron} neuron
   * @param {number[]} x
   * @param {ReturnType<typeof fire>} fired
   */
  shown(neuron, x, fired) {
    if (this.stage.locked) return { locked: true, x, ...neuron };
    const { right, given, edge } = this.judged ?? {};
    return { ...fired, x, ...neuron, right, given, edge };
  }

  /** @param {[number, number]} point */
  setInputs(point) {
    const { limit } = this.header;
    const [x1, x2] = point.map((value) =>
      Math.min(Math.max(Math.round(value * 20) / 20, -limit), limit),
    );
    this.stage.set({ x1, x2 });
  }

  /** @param {PointerEvent} event */
  move(event) {
    const box = this.plane.getBoundingClientRect();
    this.setInputs([
      this.plot.xAt(event.clientX - box.left),
      this.plot.yAt(event.clientY - box.top),
    ]);
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const way = WAYS[event.key];
    if (!way || foreign(event)) return;
    const { x1, x2 } = this.stage.values;
    const far = event.shiftKey ? 0.5 : 0.1;
    this.setInputs([x1 + way[0] * far, x2 + way[1] * far]);
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    this.loop.close();
  }
}

export default await mount(
  (stage) => new NeuronStage(stage),
  [new URL("./style.css", import.meta.url)],
);
