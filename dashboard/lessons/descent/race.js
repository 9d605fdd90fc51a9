// From what is set to the walks: the ground, who walks on it from where, and how far that holds.

import { stabilityLimit, stands, surfaceFunctions } from "./surfaces.js";
import { bestOf, slopes, walk } from "./walk.js";

/** @typedef {import("./walk.js").Walk} Walk */

const PLACES = 24;

/** The race that is set. */
export class Race {
  /**
   * @param {any} header
   * @param {any} arrays by name
   * @param {Record<string, any>} values of the settings
   * @param {boolean} locked the page's question is open
   */
  constructor(header, arrays, values, locked) {
    this.header = header;
    this.arrays = arrays;
    this.values = values;
    this.surface = header.surfaces[values.surface];
    this.slice = this.surface?.shares ? { ...this.surface, ...arrays.recorded } : null;
    this.training = values.surface === "slice";
    this.walkers = this.training ? [header.training, ...header.rules] : header.rules;
    this.byName = Object.fromEntries(this.walkers.map((rule) => [rule.name, rule]));
    /** @type {Walk[]} */
    this.runs = [];
    this.length = values.steps;
    this.moved = "";
    this.kept = false;
    if (!this.surface) return;
    this.functions = surfaceFunctions(values.surface, {
      condition: values.condition,
      data: arrays.data,
      tree: this.surface.tree,
      grid: this.slice && { ...arrays.grid, domain: this.surface.domain },
    });
    this.start = this.findStart();
    if (!this.start) return;
    this.limits = this.findLimits();
    this.run(locked);
  }

  /** Who is looked at; on other surfaces than a slice nobody has recorded anything. */
  get of() {
    return this.byName[this.values.of] ? this.values.of : this.header.rules[0].name;
  }

  /** @type {Walk | undefined} of who is looked at */
  get chosen() {
    return this.runs.find((run) => run.rule.name === this.of);
  }

  /** @param {string} name */
  rateOf(name) {
    const at = this.header.rules.findIndex((rule) => rule.name === name);
    return this.values.rates[at] ?? this.surface.rates[at];
  }

  /** All rates as they are walked with. */
  get rates() {
    return this.header.rules.map((rule) => this.rateOf(rule.name));
  }

  /** Where it begins: as set, or the nearest place that has ground; null where there is none at all. */
  findStart() {
    const [x0, x1, y0, y1] = this.surface.domain;
    const wanted = this.values.start.length === 2 ? this.values.start : this.surface.start;
    const inside = [Math.min(Math.max(wanted[0], x0), x1), Math.min(Math.max(wanted[1], y0), y1)];
    if (stands(this.functions, inside[0], inside[1])) return inside;
    this.wanted = inside;
    const [x, y] = inside;
    const places = [];
    for (let r = 0; r <= PLACES; r++) {
      for (let c = 0; c <= PLACES; c++) {
        const place = [
          x0 + ((x1 - x0) * (c + 0.5)) / (PLACES + 1),
          y0 + ((y1 - y0) * (r + 0.5)) / (PLACES + 1),
        ];
        if (stands(this.functions, place[0], place[1])) places.push(place);
      }
    }
    if (!places.length) return null;
    const far = ([a, b]) => Math.hypot(a - x, b - y);
    const near = places.reduce((a, b) => (far(a) <= far(b) ? a : b));
    // Not at the very edge of the ground: one place further in.
    const within = [near[0] + (Math.sign(near[0] - x) * (x1 - x0)) / 20, near[1]];
    return stands(this.functions, within[0], within[1]) && within[0] >= x0 && within[0] <= x1
      ? within
      : near;
  }

  /** 2/λmax at the start and at the nearest minimum; null where none is known. */
  findLimits() {
    const [x, y] = this.start;
    const { gradient } = this.functions;
    const far = ([a, b]) => Math.hypot(a - x, b - y);
    const { minima } = this.surface;
    const nearest = minima.length && minima.reduce((a, b) => (far(a) <= far(b) ? a : b));
    return {
      start: stabilityLimit(gradient, x, y),
      minimum: nearest ? stabilityLimit(gradient, nearest[0], nearest[1]) : null,
    };
  }

  /** @param {boolean} locked */
  run(locked) {
    const { functions, start, values } = this;
    const slope = slopes(values.noise, functions, start, this.arrays);
    // The open question is what plain descent does beyond its limit.
    this.kept =
      locked &&
      values.surface === "bowl" &&
      values.racing.includes("sgd") &&
      this.rateOf("sgd") > this.limits.start;
    this.runs = this.walkers
      .filter(({ name }) => values.racing.includes(name) && !(this.kept && name === "sgd"))
      .map((rule) =>
        rule.name === "training"
          ? this.recorded(rule)
          : walk({
              functions,
              rule,
              start,
              slope,
              rate: this.rateOf(rule.name),
              schedule: values.schedule,
              steps: values.steps,
            }),
      );
    // Alone, the training takes as many steps as it has snapshots.
    const alone = this.runs.length && this.runs.every((run) => run.rule.name === "training");
    this.length = alone ? this.runs[0].taken : values.steps;
  }

  /**
   * The training as a walk: projected positions, true losses, which do not lie on the ground.
   * @param {any} rule
   * @returns {Walk}
   */
  recorded(rule) {
    const { coordinates, truth } = this.slice;
    const none = new Float64Array();
    return {
      rule,
      positions: coordinates,
      values: truth,
      heights: truth,
      gradients: none,
      rates: none,
      states: {},
      taken: truth.length - 1,
      diverged: null,
      left: null,
      leftTo: null,
      best: bestOf(truth),
    };
  }
}
