// The controls of the small network: experiments, points, layers, rate, and a weight by hand.

import { bound, controls } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { write } from "../../browser/number.js";
import { PENALTY } from "./course.js";

/** @typedef {import("./network.js").NetworkView} NetworkView */

const LOWEST_RATE = 1e-4;
const HIGHEST_RATE = 1e6;

export class NetworkControls {
  /** @param {NetworkView} view */
  constructor(view) {
    this.view = view;
    this.note = "";
    this.unitNames = "";
    this.partNames = "";
    const { stage } = view;
    /** Settings that begin the training anew. */
    const renewing = Object.assign(Object.create(stage.settings), {
      set: (/** @type {any} */ patch) => view.renew(patch),
    });
    this.main = make("div", { className: "controls", hidden: true });
    this.further = make("div", { className: "controls" });
    stage.controlsPlace.append(this.main);
    stage.morePlace.append(this.further);
    this.preset = this.select("Experiment", (chosen) => this.begin(chosen));
    Object.assign(stage.dials, controls(this.main, renewing, ["data", "optimizer"]));
    this.rate = this.buildRate();
    this.layers = this.buildLayers();
    const further = ["noise", "share", "batch", "seed"];
    Object.assign(stage.dials, controls(this.further, renewing, further));
    this.penalty = this.buildPenalty();
    Object.assign(stage.dials, controls(this.further, stage.settings, ["tests"]));
    this.buildEditor();
    this.buildEpochs();
    this.features = this.buildFeatures();
    this.inks = ["for", "against"].map((name) => make("i", { className: `ink ${name}` }));
    this.advice = make("div", { className: "advice", hidden: true, role: "status" });
    view.plane.append(this.advice);
    view.drawing.append(this.features, ...this.inks);
    const titles = view.header.presets.map((/** @type {any} */ one) => [one.name, one.title]);
    this.preset.append(new Option("own choice", ""));
    for (const [name, title] of titles) this.preset.append(new Option(title, name));
  }

  /** @param {boolean} shown */
  show(shown) {
    this.main.hidden = !shown;
    this.view.stage.more.hidden = !shown;
    this.epochs.hidden = !shown;
  }

  /**
   * @param {string} label
   * @param {(value: string) => void} chosen
   * @param {HTMLElement} [place]
   */
  select(label, chosen, place = this.main) {
    const select = make("select", { "aria-label": label });
    select.onchange = () => chosen(select.value);
    place.append(make("label", { className: "lb-control" }, label, select));
    return select;
  }

  /** @param {string} name of an experiment */
  begin(name) {
    const { presets } = this.view.header;
    const chosen = presets.find((/** @type {any} */ one) => one.name === name);
    if (!chosen) return;
    this.view.transport.pause();
    this.view.stage.set({ ...chosen.set, trained: 0, at: 0, edits: [] });
  }

  /** A rate by its power of ten, or as a number; what is wrong gets advice and changes nothing. */
  buildRate() {
    const { view } = this;
    const slider = make("input", { type: "range", min: "-4", max: "1", step: "0.01" });
    slider.setAttribute("aria-label", "Learning rate, logarithmic");
    const number = make("input", { type: "number", min: "0", step: "any" });
    number.setAttribute("aria-label", "Learning rate");
    number.className = "lb-typed";
    slider.oninput = () => view.setRate(Number((10 ** Number(slider.value)).toPrecision(2)));
    number.oninput = () => {
      const rate = number.value === "" ? NaN : Number(number.value);
      const good = rate >= 0 && rate <= HIGHEST_RATE;
      number.setAttribute("aria-invalid", String(!good));
      if (good) view.setRate(rate);
      else
        this.advise(
          `A learning rate is a number from 0 to ${write(HIGHEST_RATE)}. The last good one stays.`,
        );
    };
    number.onblur = () => this.follow();
    const label = make("span", { className: "lb-label" }, "Rate");
    this.main.append(make("div", { className: "lb-control lb-dial" }, label, slider, number));
    return { slider, number };
  }

  /** The penalty holds from the present batch on. */
  buildPenalty() {
    const { view } = this;
    const { settings } = view.stage;
    const control = bound(
      settings.field("penalty"),
      () => view.course?.training.settings.l2 ?? settings.values.penalty,
      (penalty) => view.edit(PENALTY, penalty),
    );
    this.further.append(control.element);
    return control;
  }

  /** How many hidden layers, and units and activation of each. */
  buildLayers() {
    const { view } = this;
    const { stage, header } = view;
    const most = header.mostHidden;
    const depth = make("b", {});
    const button = (
      /** @type {string} */ sign,
      /** @type {string} */ label,
      /** @type {() => void} */ press,
    ) => {
      const made = make("button", { type: "button", "aria-label": label }, sign);
      made.onclick = press;
      return made;
    };
    const fewer = button("\u2212", "One hidden layer less", () =>
      view.renew({ depth: stage.values.depth - 1 }),
    );
    const deeper = button("+", "One hidden layer more", () => {
      const { values } = stage;
      const [at, before] = [values.depth + 1, values.depth];
      const units = before ? values[`units${before}`] : 4;
      const bend = before ? values[`bend${before}`] : "tanh";
      view.renew({ depth: at, [`units${at}`]: units, [`bend${at}`]: bend });
    });
    const head = make("div", { className: "depth" }, "Hidden layers", fewer, depth, deeper);
    const chips = Array.from({ length: most }, (_, l) => this.buildLayer(l + 1));
    this.main.append(head, ...chips.map(({ chip }) => chip));
    return { fewer, deeper, depth, chips };
  }

  /** @param {number} l counted from 1 */
  buildLayer(l) {
    const { view } = this;
    const most = view.header.mostUnits;
    const units = make("input", { type: "number", min: "1", max: String(most), step: "1" });
    units.setAttribute("aria-label", `Units of hidden layer ${l}`);
    const bend = make("select", { "aria-label": `Activation of hidden layer ${l}` });
    for (const name of view.header.layerActivations) {
      bend.append(new Option(name.replace("_", " "), name));
    }
    units.oninput = () => {
      const value = Number(units.value);
      const good = Number.isInteger(value) && value >= 1 && value <= most;
      units.setAttribute("aria-invalid", String(!good));
      if (good) view.renew({ [`units${l}`]: value });
      else this.advise(`A hidden layer has 1 to ${most} units.`);
    };
    units.onblur = () => this.follow();
    bend.onchange = () => view.renew({ [`bend${l}`]: bend.value });
    const chip = make("div", { className: "chip" }, make("b", {}, String(l)), units, bend);
    return { chip, units, bend };
  }

  /** A weight or bias by hand: which unit, which of its numbers, its value. */
  buildEditor() {
    const { view } = this;
    const place = this.further;
    this.unit = this.select(
      "Unit",
      (value) => {
        const [layer, unit] = value.split(".").map(Number);
        view.select(layer, unit);
      },
      place,
    );
    this.part = this.select(
      "Its",
      (value) => view.select(view.pick.layer, view.pick.unit, Number(value)),
      place,
    );
    this.value = make("input", { type: "range", min: "-5", max: "5", step: "0.01" });
    this.value.setAttribute("aria-label", "Value of the weight or bias");
    this.typed = make("input", { type: "number", step: "any", className: "lb-typed" });
    this.typed.setAttribute("aria-label", "Value of the weight or bias, as a number");
    this.value.oninput = () => view.setValue(Number(this.value.value));
    this.typed.oninput = () => {
      if (this.typed.value !== "") view.setValue(Number(this.typed.value));
    };
    const label = make("span", { className: "lb-label" }, "Value");
    place.append(make("div", { className: "lb-control lb-dial" }, label, this.value, this.typed));
  }

  buildEpochs() {
    const { view } = this;
    const button = (/** @type {string} */ title, /** @type {number} */ by) => {
      const made = make("button", { type: "button" }, title);
      made.onclick = () => view.epoch(by);
      return made;
    };
    const buttons = [button("\u22121 epoch", -1), button("+1 epoch", 1)];
    this.epochs = make("div", { className: "epochs" }, ...buttons);
    view.stage.footLeft.append(this.epochs);
  }

  /** What the network sees of a point: buttons at the left of the drawing. */
  buildFeatures() {
    const { view } = this;
    const host = make("div", { className: "features", role: "group" });
    host.setAttribute("aria-label", "Input features");
    for (const { name, symbol } of view.header.features) {
      const button = make("button", { type: "button", dataset: { name } }, symbol);
      button.onclick = () => {
        const { features } = view.choices;
        const rest = features.filter((/** @type {string} */ one) => one !== name);
        const next = features.includes(name) ? rest : [...features, name];
        if (!next.length) this.advise(view.header.words.blind);
        else {
          view.renew({
            features: next.map((/** @type {string} */ one) => one.replaceAll("_", "-")),
          });
        }
      };
      host.append(button);
    }
    return host;
  }

  /** @param {(name: string) => number} place */
  placeFeatures(place) {
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (
      this.features.querySelectorAll("button")
    )) {
      button.style.top = `${place(button.dataset.name)}px`;
    }
  }

  /**
   * Advice over the plane, with ways out of it; none for an empty text.
   * @param {string} text
   * @param {[string, () => void][]} [ways]
   */
  advise(text, ways = []) {
    this.advice.hidden = !text;
    const buttons = ways.map(([label, go]) => {
      const button = make("button", { type: "button" }, label);
      button.onclick = () => {
        go();
        this.view.map.canvas.focus({ preventScroll: true });
      };
      return button;
    });
    this.advice.replaceChildren(make("p", {}, text), ...buttons);
  }

  /** Show what is set. */
  follow() {
    const { view } = this;
    const { choices, stage, header } = view;
    const { values } = stage;
    const { edits } = values;
    const said = (/** @type {any} */ value) => JSON.stringify(value);
    const preset = header.presets.find((/** @type {any} */ one) =>
      Object.entries(one.set).every(([name, value]) => said(values[name]) === said(value)),
    );
    const own = !preset || edits.length > 0;
    this.preset.value = own ? "" : preset.name;
    this.note = own ? "" : preset.note;
    const { rate } = view.training.settings;
    this.put(this.rate.slider, Math.log10(Math.max(rate, LOWEST_RATE)));
    this.rate.slider.setAttribute("aria-valuetext", String(rate));
    this.put(this.rate.number, rate);
    this.penalty.show();
    const { fewer, deeper, depth, chips } = this.layers;
    depth.textContent = String(choices.hidden.length);
    fewer.disabled = !choices.hidden.length;
    deeper.disabled = choices.hidden.length >= header.mostHidden;
    chips.forEach(({ chip, units, bend }, l) => {
      chip.hidden = l >= choices.hidden.length;
      if (chip.hidden) return;
      this.put(units, choices.hidden[l][0]);
      bend.value = choices.hidden[l][1];
    });
    for (const button of this.features.querySelectorAll("button")) {
      const on = choices.features.includes(button.dataset.name);
      button.setAttribute("aria-pressed", String(on));
    }
    this.showPick();
  }

  /** The unit and the number of it that are chosen. */
  showPick() {
    const { view } = this;
    const { network: n, pick } = view;
    const units = [];
    for (let l = n.depth - 1; l >= 0; l--) {
      for (let u = 0; u < n.sizes[l + 1]; u++) units.push([`${l}.${u}`, view.unitName(l, u)]);
    }
    const parts = [["-1", "bias b"]];
    for (let j = 0; j < n.sizes[pick.layer]; j++) {
      parts.push([String(j), `weight from ${view.inputName(pick.layer, j)}`]);
    }
    this.unitNames = fill(this.unit, units, this.unitNames);
    this.partNames = fill(this.part, parts, this.partNames);
    this.unit.value = `${pick.layer}.${pick.unit}`;
    this.part.value = String(pick.input);
    this.showValue();
  }

  showValue() {
    const value = Number(this.view.training.w[this.view.place].toFixed(4));
    this.put(this.value, value);
    this.put(this.typed, value);
  }

  /**
   * Show a number, but not into a field where it is being typed.
   * @param {HTMLInputElement} input
   * @param {number} value
   */
  put(input, value) {
    const root = /** @type {ShadowRoot} */ (input.getRootNode());
    if (input.type === "number" && root.activeElement === input) return;
    if (input.value !== String(value)) input.value = String(value);
    input.removeAttribute("aria-invalid");
  }
}

/**
 * Fill a list where its entries changed; what it holds now.
 * @param {HTMLSelectElement} select
 * @param {string[][]} entries value and title
 * @param {string} before
 */
function fill(select, entries, before) {
  const now = entries.join("|");
  if (now !== before) {
    select.replaceChildren(...entries.map(([value, title]) => new Option(title, value)));
  }
  return now;
}
