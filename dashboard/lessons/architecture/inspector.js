// The controls of the chosen block: its numbers, its place, and what is added behind it.

import { make } from "../../browser/dom.js";
import { IMAGE, insideOf, layerAt, nameOf, pathOf } from "./design.js";
import { TITLES } from "./names.js";

/** @typedef {import("./notation.js").Layer} Layer */
/** @typedef {import("./stage.js").ArchitectureStage} ArchitectureStage */

/** @type {Record<string, string>} */
const NAMES = {
  input_size: "Input, pixels",
  classes: "Classes",
  filters: "Filters",
  kernel_size: "Kernel",
  stride: "Stride",
  dilation: "Dilation",
  padding: "Padding",
  activation: "Activation",
  size: "Window",
  kind: "Kind",
  rate: "Rate",
  units: "Units",
  scales: "Scales",
};
/** @type {Record<string, number>} What sliders reach; a number may go further. */
const ENDS = { input_size: 256, filters: 256, units: 512, kernel_size: 11, stride: 4, dilation: 4 };
const RATE_STEP = 0.05;
const SIZE_STEP = 4;
/** @type {Record<string, [number, number]>} What is offered of fields that core limits otherwise. */
const OFFERED = { classes: [2, 20], rate: [0, 0.95] };
const SCALES = ["1,2", "1,2,4", "1,2,4,8"];
const SHOWN = 5; // controls at once; what is left stands behind "More"

export class Inspector {
  /**
   * @param {HTMLElement} host
   * @param {ArchitectureStage} stage
   */
  constructor(host, stage) {
    this.host = host;
    this.stage = stage;
    this.built = "";
    this.heading = make("h3");
    /** @type {(HTMLInputElement | HTMLSelectElement)[]} */
    this.boxes = [];
  }

  /** Show the chosen block; built anew only where other fields are shown. */
  show() {
    const { design, chosen, words } = this.stage;
    const layer = layerAt(design, chosen);
    const key = [chosen, layer?.layer, layer?.branches?.length].join("|");
    if (this.built !== key) {
      this.built = key;
      this.build(layer);
    }
    const path = pathOf(chosen);
    this.heading.textContent =
      path && layer ? `${TITLES[layer.layer]}: ${nameOf(design, path)}` : words[chosen];
    const active = /** @type {ShadowRoot} */ (this.host.getRootNode()).activeElement;
    for (const box of this.boxes) {
      // A number that is being typed is left alone until its field is left.
      if (box === active && box.type === "number") continue;
      box.value = String(this.value(box.dataset.field));
    }
  }

  /** @param {string} field */
  value(field) {
    const { design, chosen } = this.stage;
    if (field === "input_size") return design.input_size;
    if (field === "classes") return design.classes.length;
    const layer = layerAt(design, chosen);
    if (field === "activation") return layer.activation ?? "relu"; // a residual block's is silent
    return field === "stride" && layer.stride === null ? layer.size : layer[field];
  }

  /** @param {Layer | undefined} layer */
  build(layer) {
    const { chosen, words, grammar } = this.stage;
    this.boxes = [];
    const own = layer
      ? Object.keys(grammar.fields[layer.layer] ?? {})
      : [chosen === IMAGE ? "input_size" : "classes"];
    const fields = own.map((field) => this.field(field, layer));
    const rest = fields.slice(SHOWN);
    const note = words[`note-${layer ? layer.layer : chosen}`];
    this.host.replaceChildren(
      this.heading,
      ...fields.slice(0, SHOWN),
      ...(rest.length ? [make("details", {}, make("summary", {}, words.further), ...rest)] : []),
      ...(note ? [make("p", { className: "note" }, note)] : []),
      ...(layer ? [this.places(layer)] : []),
      this.adding(layer),
    );
  }

  /** @param {string} field @param {Layer | undefined} layer */
  field(field, layer) {
    const { grammar, words } = this.stage;
    const title = NAMES[field];
    const label = make("span", {}, title);
    if (field === "scales" || grammar.choices[field]) {
      const values = this.options(field, layer);
      const options = values.map((value) => make("option", { value }, value.replaceAll(",", ", ")));
      const box = make("select", { "aria-label": title, dataset: { field } }, ...options);
      this.listen(box);
      return make("label", { className: "field" }, label, box);
    }
    const [low, high] = OFFERED[field] ?? grammar.limits[field];
    const step = { rate: RATE_STEP, input_size: SIZE_STEP }[field] ?? 1;
    const about = { min: String(low), dataset: { field } };
    const slider = make("input", {
      ...about,
      type: "range",
      max: String(ENDS[field] ?? high),
      step: String(step),
      "aria-label": title,
    });
    const number = make("input", {
      ...about,
      type: "number",
      max: String(high),
      step: field === "rate" ? "any" : "1",
      "aria-label": `${title}, ${words.number}`,
    });
    this.listen(slider);
    this.listen(number);
    return make("div", { className: "field" }, label, slider, number);
  }

  /** @param {string} field @param {Layer} layer @returns {string[]} */
  options(field, layer) {
    const { choices } = this.stage.grammar;
    if (field === "scales") return [...new Set([...SCALES, layer.scales.join(",")])];
    if (layer.layer === "residual") return choices.ending;
    return field === "kind" && layer.layer === "activation" ? choices.activation : choices[field];
  }

  /** @param {HTMLInputElement | HTMLSelectElement} box */
  listen(box) {
    this.boxes.push(box);
    const take = (/** @type {boolean} */ done) => {
      if (box.value === "") return;
      this.stage.change((design) => this.put(design, box), done);
    };
    box.oninput = () => take(false);
    box.onchange = () => take(true);
    box.onblur = () => this.show();
  }

  /** @param {import("./notation.js").Design} design @param {HTMLInputElement | HTMLSelectElement} box */
  put(design, box) {
    const { grammar, chosen } = this.stage;
    const field = box.dataset.field;
    const layer = layerAt(design, chosen);
    if (field === "scales") layer.scales = box.value.split(",").map(Number);
    else if (layer?.layer === "residual") {
      delete layer.activation;
      if (box.value !== "relu") layer.activation = box.value;
    } else if (box.tagName === "SELECT") layer[field] = box.value;
    else {
      const [low, high] = OFFERED[field] ?? grammar.limits[field];
      const inside = Math.min(Math.max(Number(box.value) || 0, low), high);
      const whole = Math.round(inside);
      if (field === "input_size") design.input_size = whole;
      else if (field === "classes") {
        const names = design.classes.slice(0, whole);
        for (let n = names.length + 1; n <= whole; n++) names.push(`class ${n}`);
        design.classes = names;
      } else layer[field] = field === "rate" ? Math.round(inside * 100) / 100 : whole;
    }
  }

  /** Buttons that move, double and remove the block. @param {Layer} layer */
  places(layer) {
    const { stage } = this;
    const { words } = stage;
    const branches = (/** @type {(all: Layer[][]) => void} */ edit) => () =>
      stage.change((design) => edit(layerAt(design, stage.chosen).branches), true);
    /** @type {[string, () => void][]} */
    const actions = [
      ["earlier", () => stage.shift(-1)],
      ["later", () => stage.shift(1)],
      ["duplicate", () => stage.double()],
      ["remove", () => stage.remove()],
    ];
    if (layer.layer === "parallel") {
      actions.push(
        ["more", branches((all) => all.push([]))],
        ["fewer", branches((all) => all.length > 2 && all.pop())],
      );
    }
    const buttons = actions.map(([name, act]) => this.button(name, words[name], act));
    return make("div", { className: "places" }, ...buttons);
  }

  /** @param {string} name @param {string} title @param {() => void} act */
  button(name, title, act) {
    const onclick = () => {
      act();
      this.stage.draw();
      // The same button of what is chosen now, so that a keyboard can press it again.
      const again = this.host.querySelector(`[data-do="${name}"]`);
      /** @type {HTMLElement | null} */ (again)?.focus({ preventScroll: true });
    };
    return make("button", { type: "button", dataset: { do: name }, onclick }, title);
  }

  /** What is added, and where. @param {Layer | undefined} layer */
  adding(layer) {
    const { stage } = this;
    const { words } = stage;
    const kinds = Object.entries(TITLES).map(([value, title]) => make("option", { value }, title));
    const kind = make("select", { "aria-label": words.kind }, ...kinds);
    const inside = layer ? insideOf(layer) : [];
    const places = inside.map(([at]) =>
      make(
        "option",
        { value: String(at) },
        at === "body" ? words.body : `${words.branch} ${Number(at) + 1}`,
      ),
    );
    const where = make(
      "select",
      { "aria-label": words.where, hidden: !inside.length },
      make("option", { value: "" }, words.behind),
      ...places,
    );
    const act = () => {
      const now = layerAt(stage.design, stage.chosen);
      const chosen = now && insideOf(now).find(([at]) => String(at) === where.value);
      const path = pathOf(stage.chosen);
      stage.add(kind.value, chosen && path ? [...path, chosen[0], chosen[1].length] : null);
    };
    return make("div", { className: "add" }, kind, where, this.button("add", words.add, act));
  }
}
