// What stands beside the picture: the surface, who takes part, the rate of who is looked at, the start.

import { Control } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { escaped, write } from "../../browser/number.js";
import { head, LOOKS } from "./looks.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("../../browser/stage.js").Stage} Stage */

/** Powers of ten that the rate's slider reaches. */
const LOWEST = -5;
const HIGHEST = 1;
const CONDITION_HIGHEST = 3;
/** @type {[string, string][]} What a gradient is of where there are examples. */
const EXAMPLES = [
  ["full", "all examples"],
  ["batch", "batches of 8"],
  ["single", "one example"],
];

/**
 * A control whose value is not one field: it shows what `read` says and hands on what is chosen.
 * @param {import("../../browser/state.js").Field} field
 * @param {() => any} read
 * @param {(value: any) => void} write
 */
function control(field, read, write) {
  const settings = {
    field: () => field,
    get values() {
      return { [field.name]: read() };
    },
    set: (/** @type {Record<string, any>} */ patch) => write(patch[field.name]),
  };
  return new Control(/** @type {any} */ (settings), field.name);
}

/** A slider over powers of ten with its number, and marks under it. */
class LogDial {
  /**
   * @param {{ label: string, low: number, high: number, least: number, most: number, set: (value: number) => void }} options
   *   powers that the slider reaches, numbers that the field takes
   */
  constructor({ label, low, high, least, most, set }) {
    this.name = make("span", { className: "lb-label" }, label);
    this.slider = make("input", {
      type: "range",
      min: String(low),
      max: String(high),
      step: "0.01",
      "aria-label": label,
    });
    this.typed = make("input", {
      type: "number",
      className: "lb-typed",
      min: String(least),
      max: String(most),
      step: "any",
      "aria-label": `${label}, as a number`,
    });
    this.marks = make("div", { className: "marks", "aria-hidden": "true" });
    this.element = make(
      "div",
      { className: "lb-control lb-dial", role: "group", "aria-label": label },
      this.name,
      this.slider,
      this.typed,
      this.marks,
    );
    this.range = [low, high];
    this.value = 0;
    this.slider.addEventListener("input", () =>
      set(Number((10 ** Number(this.slider.value)).toPrecision(3))),
    );
    this.typed.addEventListener("input", () => {
      const value = Number(this.typed.value);
      if (this.typed.value !== "" && Number.isFinite(value)) {
        set(Math.min(Math.max(value, least), most));
      }
    });
    // A number that is not one, or lies outside, is put right when its field is left.
    for (const event of ["change", "blur"]) {
      this.typed.addEventListener(event, () => this.show(this.value, true));
    }
  }

  /**
   * @param {number} value
   * @param {boolean} [right] whatever stands in the field
   */
  show(value, right = false) {
    this.value = value;
    this.slider.value = String(value > 0 ? Math.log10(value) : this.range[0]);
    this.slider.setAttribute("aria-valuetext", write(value));
    const root = /** @type {ShadowRoot | Document} */ (this.element.getRootNode());
    if (!right && root.activeElement === this.typed) return;
    this.typed.value = String(Number(value.toPrecision(5)));
  }

  /** @param {Record<string, number | null>} marks name of the class -> number */
  mark(marks) {
    const [low, high] = this.range;
    this.marks.innerHTML = Object.entries(marks)
      .map(([name, value]) => {
        const share = (Math.log10(value ?? NaN) - low) / (high - low);
        return share >= 0 && share <= 1
          ? `<i class="${name}" style="left:${100 * share}%"></i>`
          : "";
      })
      .join("");
  }
}

export class Side {
  /**
   * @param {Stage} stage
   * @param {any} header
   */
  constructor(stage, header) {
    this.stage = stage;
    this.header = header;
    const { settings, controlsPlace, morePlace } = stage;
    const { values } = stage;
    this.surface = control(
      settings.field("surface"),
      () => values.surface,
      (surface) => this.change(surface),
    );
    controlsPlace.append(this.surface.element);
    stage.dials.surface = this.surface;
    stage.control(["f", "directions"]);
    this.run = control(
      { name: "run", kind: "choice", default: "", label: "Run", options: [] },
      () => values.run || this.header.slice.run,
      (run) => stage.set({ run }),
    );
    controlsPlace.insertBefore(this.run.element, stage.dials.directions.element);
    this.racers = make("div", {
      className: "racers",
      role: "group",
      "aria-label": "Optimizers in the race",
    });
    controlsPlace.append(this.racers);
    this.rate = new LogDial({
      label: "Learning rate",
      low: LOWEST,
      high: HIGHEST,
      least: 0,
      most: header.largestRate,
      set: (rate) => this.setRate(rate),
    });
    this.condition = new LogDial({
      label: settings.field("condition").label,
      low: 0,
      high: CONDITION_HIGHEST,
      least: 1,
      most: 10 ** CONDITION_HIGHEST,
      set: (condition) => stage.set({ condition }),
    });
    controlsPlace.append(this.rate.element, this.condition.element);
    stage.control(["relief"], ["steps", "schedule", "noise", "heights", "together"]);
    this.start = [0, 1].map((d) => {
      const field = { name: `start${d}`, kind: "real", default: 0, step: 0.01, low: 0, high: 0 };
      const made = control(
        /** @type {any} */ ({ ...field, label: `Start, ${d ? "second" : "first"} coordinate` }),
        () => Number((this.race?.start?.[d] ?? 0).toFixed(3)),
        (value) => this.setStart(d, value),
      );
      morePlace.append(made.element);
      return made;
    });
    this.walkers = "";
    /** @type {Race | null} */
    this.race = null;
  }

  /** Another surface begins with its own rates, start and steps. @param {string} surface */
  change(surface) {
    const { values } = this.stage;
    const slice = surface === "slice";
    const alone = values.racing.includes("training") || values.of === "training";
    this.stage.set({
      surface,
      rates: [],
      start: [],
      steps: this.header.surfaces[surface]?.steps ?? 100,
      step: this.header.mostSteps,
      ...(slice ? { racing: ["training"], of: "training" } : {}),
      ...(!slice && alone ? { racing: this.header.racing, of: "sgd" } : {}),
    });
  }

  /** @param {number} rate */
  setRate(rate) {
    const { race, stage } = this;
    if (!race?.surface || race.of === "training") return;
    const names = this.header.rules.map((rule) => rule.name);
    const rates = race.rates.map((own, at) =>
      stage.values.together || names[at] === race.of ? rate : own,
    );
    stage.set({ rates, racing: this.withRacer(race.of), of: race.of });
  }

  /** @param {string} name @param {boolean} [on] */
  withRacer(name, on = true) {
    const { racing } = this.stage.values;
    return this.race.walkers
      .map((rule) => rule.name)
      .filter((one) => (one === name ? on : racing.includes(one)));
  }

  /** @param {string} name */
  choose(name) {
    this.stage.set({ of: name, racing: this.withRacer(name) });
  }

  /** @param {number} d @param {number} value */
  setStart(d, value) {
    if (!this.race?.start) return;
    const start = [...this.race.start];
    start[d] = value;
    this.stage.set({ start });
  }

  /** Show what is raced. @param {Race} race */
  show(race) {
    this.race = race;
    const { values, dials } = this.stage;
    const { surface } = values;
    dials.f.hide(surface !== "typed");
    dials.directions.hide(surface !== "slice");
    this.run.hide(surface !== "slice" || !this.header.slice.runs.length);
    this.run.offer({ options: this.header.slice.runs });
    this.condition.element.hidden = surface !== "bowl";
    this.condition.show(values.condition);
    this.condition.mark({});
    this.showRacers(race);
    const ground = Boolean(race.surface);
    const recorded = race.of === "training";
    this.rate.element.hidden = !ground || recorded;
    if (ground && !recorded) {
      const of = race.byName[race.of].title;
      this.rate.name.innerHTML = `Rate of <b>${escaped(of)}</b>`;
      this.rate.show(race.rateOf(race.of));
      this.rate.mark({
        s: race.limits?.start ?? null,
        m: race.values.surface === "bowl" ? null : (race.limits?.minimum ?? null),
      });
    }
    const real = race.functions?.batch;
    dials.noise.offer({ options: real ? EXAMPLES : dials.noise.field.options });
    this.start.forEach((one, d) => {
      one.hide(!race.start);
      if (!race.start) return;
      const [low, high] = race.surface.domain.slice(2 * d, 2 * d + 2);
      Object.assign(one.field, { low, high });
      one.offer({ low, high });
    });
  }

  /** @param {Race} race */
  showRacers(race) {
    const names = race.walkers.map((rule) => rule.name).join();
    if (names !== this.walkers) {
      this.walkers = names;
      this.racers.replaceChildren(...race.walkers.map((rule) => this.racer(rule)));
    }
    for (const row of /** @type {HTMLElement[]} */ ([...this.racers.children])) {
      const name = /** @type {string} */ (row.dataset.rule);
      const on = this.stage.values.racing.includes(name);
      row.classList.toggle("on", on);
      row.querySelector("input").checked = on;
      row.querySelector("button").setAttribute("aria-pressed", String(name === race.of));
      row.querySelector("small").textContent = !race.surface
        ? ""
        : name === "training"
          ? `${race.slice.epochs.at(-1)} epochs`
          : write(race.rateOf(name));
    }
  }

  /** @param {any} rule */
  racer({ name, title }) {
    const { color, dash } = LOOKS[name];
    const ink = `var(--lb-${color})`;
    const row = make("div", { className: "racer", dataset: { rule: name } });
    row.innerHTML =
      `<input type="checkbox" aria-label="${escaped(title)} takes part"><button type="button">` +
      `<svg viewBox="0 0 44 18" preserveAspectRatio="xMaxYMid slice" aria-hidden="true"><line x1="0" y1="9" x2="32" y2="9" stroke="${ink}" stroke-width="3" stroke-dasharray="${dash.join(" ")}"/>` +
      `<path d="${head(name, 36, 9, 6)}" fill="${ink}"/></svg><span>${escaped(title)}</span><small></small></button>`;
    const box = row.querySelector("input");
    box.addEventListener("change", () =>
      this.stage.set({
        racing: this.withRacer(name, box.checked),
        ...(box.checked ? { of: name } : {}),
      }),
    );
    row.querySelector("button").addEventListener("click", () => this.choose(name));
    return row;
  }
}
