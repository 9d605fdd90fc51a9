// The paper's Fig. 2: a matrix, a sum for each output, an activation; as numbers and as lines.

import { controls } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { Loop } from "../../browser/loop.js";
import { factor, inNumbers, WORDS } from "../../browser/math/activation.js";
import { escaped, fixed, lowered, term } from "../../browser/number.js";
import { theme } from "../../browser/theme.js";
import { Cells } from "./cells.js";
import { bare, denseForward } from "./dense.js";
import { drawLayer } from "./layer_draw.js";

export class LayerView {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.equation = make("div", { className: "equation" });
    this.equation.setAttribute("role", "group");
    this.equation.setAttribute("aria-label", "The layer as a matrix equation");
    this.lines = make("div", { className: "lines", role: "img" });
    this.element = make("div", { className: "layer", "data-picture": "" });
    this.element.append(this.equation, this.lines);
    stage.pictures.append(this.element);
    this.loop = new Loop(() => this.draw(), this.element);
    this.advice = "";
  }

  /** @param {any} header */
  build(header) {
    this.header = header;
    this.cells = new Cells(this);
    this.controls = make("div", { className: "controls" });
    this.stage.controlsPlace.append(this.controls);
    const dials = controls(this.controls, this.stage.settings, ["inputs", "outputs", "f", "row"]);
    Object.assign(this.stage.dials, dials);
    const again = make("button", { type: "button" }, "Start anew");
    again.onclick = () => this.stage.set(header.begin);
    this.controls.append(again);
  }

  /** @param {boolean} shown */
  show(shown) {
    this.element.hidden = !shown;
    this.element.toggleAttribute("data-picture", shown);
    this.controls.hidden = !shown;
    if (shown) this.changed(["inputs"]);
  }

  /** @param {string[]} names */
  changed(names) {
    if (this.stage.values.part === "network") return;
    const known = ["inputs", "outputs", "f", "row", "w", "x", "b", "part"];
    if (!names.some((name) => known.includes(name))) return;
    if (names.includes("inputs") || names.includes("outputs")) this.cells.build();
    this.loop.touch();
  }

  arranged() {
    this.loop.touch();
  }

  /** Matrix, input and biases as far as they are used. */
  get now() {
    const { inputs: n, outputs: m, w, x, b, f, row } = this.stage.values;
    const of = (/** @type {number[]} */ list, /** @type {number} */ i) => list[i] ?? 0;
    const range = (/** @type {number} */ size) => Array.from({ length: size }, (_, i) => i);
    return {
      ...{ n, m, name: f, row: Math.min(row, m) - 1 },
      w: range(m).map((i) => range(n).map((j) => of(w, i * this.header.most + j))),
      x: range(n).map((j) => of(x, j)),
      b: range(m).map((i) => of(b, i)),
    };
  }

  /**
   * Say what is wrong with a number; nothing where all is well.
   * @param {string} text
   */
  advise(text) {
    this.advice = text;
    this.loop.touch();
  }

  draw() {
    if (!this.stage.roomy) return;
    const { stage, header } = this;
    const layer = this.now;
    const entry = header.activations.find((/** @type {any} */ one) => one.name === layer.name);
    const parameter = entry.parameter?.value ?? 0;
    const done = denseForward(layer.w, layer.x, layer.b, layer.name, parameter);
    stage.dials.row.offer({ high: layer.m });
    this.cells.show(layer, done);
    const type = theme(stage.pictures).textPx;
    this.lines.innerHTML = drawLayer(this.lines, type, layer, done);
    this.tell(layer, done, entry, parameter);
    Object.assign(this.element, {
      shown: { w: layer.w, x: layer.x, b: layer.b, ...done, activation: layer.name },
    });
  }

  /**
   * @param {any} layer
   * @param {ReturnType<typeof denseForward>} done
   * @param {any} entry
   * @param {number} parameter
   */
  tell({ n, m, w, x, b, row, name }, done, entry, parameter) {
    const s = lowered(row + 1);
    const terms = w[row].map((weight, j) => `${factor(weight)}\u00b7${factor(x[j])}`).join(" + ");
    const worked = inNumbers(WORDS[name][0], done.sums[row], parameter, done.outputs[row]);
    this.stage.say(
      `<p>z${s} = ${terms}${term(b[row])} = <b>${fixed(done.sums[row], 3)}</b></p>` +
        `<p>y${s} = ${escaped(bare(worked))} = <b>${fixed(done.outputs[row], 3)}</b></p>` +
        (this.advice ? `<p class="advised">${escaped(this.advice)}</p>` : ""),
    );
    const list = (/** @type {number[]} */ values) => values.map((v) => fixed(v)).join(", ");
    const plural = (
      /** @type {number} */ k,
      /** @type {string} */ one,
      /** @type {string} */ many,
    ) => `${k} ${k === 1 ? one : many}`;
    const sentence =
      `A layer with ${plural(n, "input", "inputs")} and ${plural(m, "output", "outputs")}: ` +
      `${plural(m * n, "weight", "weights")} and ${plural(m, "bias", "biases")}. For x = (${list(x)}) ` +
      `the sums are ${list(done.sums)}; ${entry.title} makes them ${list(done.outputs)}.`;
    this.lines.setAttribute("aria-label", sentence);
    this.stage.tellTwin(sentence, () => [
      {
        caption: "Products",
        head: ["output", ...x.map((_, j) => `w\u00b7x${lowered(j + 1)}`), "bias", "sum z", "y"],
        rows: w.map((line, i) => [
          `y${lowered(i + 1)}`,
          ...line.map((weight, j) => fixed(weight * x[j], 3)),
          fixed(b[i], 3),
          fixed(done.sums[i], 3),
          fixed(done.outputs[i], 3),
        ]),
      },
    ]);
  }

  close() {
    this.loop.close();
  }
}
