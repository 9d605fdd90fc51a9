// What stands beside the picture: the surface, who takes part, the rate of who is looked at, the start.

import { bound } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { escaped, write } from "../../browser/number.js";
import { head, LOOKS } from "./looks.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("../../browser/stage.js").Stage} Stage */

/** @type {[number, number]} Powers of ten that the rate's slider reaches. */
const POWERS = [-5, 1];
/** @type {[string, string][]} What a gradient is of where there are examples. */
const EXAMPLES = [
  ["full", "all examples"],
  ["batch", "batches of 8"],
  ["single", "one example"],
];

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
    this.surface = bound(
      settings.field("surface"),
      () => values.surface,
      (surface) => this.change(surface),
    );
    controlsPlace.append(this.surface.element);
    stage.dials.surface = this.surface;
    stage.control(["f", "directions"]);
    this.run = bound(
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
    this.rate = bound(
      {
        ...{ name: "rate", kind: "real", default: 0, label: "Learning rate", log: true },
        ...{ low: 0, high: header.largestRate, powers: POWERS },
      },
      () => this.race?.rateOf(this.race.of) ?? 0,
      (rate) => this.setRate(rate),
    );
    this.marks = make("div", { className: "marks", "aria-hidden": "true" });
    this.rate.element.append(this.marks);
    controlsPlace.append(this.rate.element);
    stage.control(["condition"]);
    stage.control(["relief"], ["steps", "schedule", "noise", "heights", "together"]);
    this.start = [0, 1].map((d) => {
      const field = { name: `start${d}`, kind: "real", default: 0, step: 0.01, low: 0, high: 0 };
      const made = bound(
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
    dials.condition.hide(surface !== "bowl");
    this.showRacers(race);
    const ground = Boolean(race.surface);
    const recorded = race.of === "training";
    this.rate.hide(!ground || recorded);
    if (ground && !recorded) {
      const of = race.byName[race.of].title;
      const name = /** @type {Element} */ (this.rate.element.querySelector(".lb-label"));
      name.innerHTML = `Rate of <b>${escaped(of)}</b>`;
      this.rate.show();
      const { start, minimum } = race.limits ?? { start: null, minimum: null };
      this.mark({ s: start, m: race.values.surface === "bowl" ? null : minimum });
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

  /**
   * Marks under the rate's slider.
   * @param {Record<string, number | null>} marks name of the class -> number
   */
  mark(marks) {
    const [low, high] = POWERS;
    this.marks.innerHTML = Object.entries(marks)
      .map(([name, value]) => {
        const share = (Math.log10(value ?? NaN) - low) / (high - low);
        return share >= 0 && share <= 1
          ? `<i class="${name}" style="left:${100 * share}%"></i>`
          : "";
      })
      .join("");
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
