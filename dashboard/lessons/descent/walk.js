// Update rules, schedules and walks as core/descent has them; a test walks every rule on every surface
// beside core.

import { stabilityLimit, surfaceFunctions } from "./surfaces.js";

const FAR = 1e6;

/**
 * @typedef {object} Walk
 * @property {any} rule
 * @property {Float64Array} positions x and y in turn, the start first
 * @property {Float64Array} values f at each position
 * @property {Float64Array} gradients as the rule received them
 * @property {Float64Array} rates
 * @property {Record<string, Float64Array>} states inner state, as positions
 * @property {number} taken steps
 * @property {number | null} diverged step after which it was too far out
 * @property {number | null} left step that led where there is no value or no slope
 * @property {[number, number] | null} leftTo where that step led
 * @property {number} best step with the smallest value, the last one of several
 * @property {Float64Array} [heights] true losses of what was recorded
 */

// Each rule: (g, s, rate, o, t, w) -> change of one coordinate; it writes its state into s.
// One letter each, as in the formulas: gradient, state, rate, options, step, weight.
function adamStep(g, s, rate, o, t) {
  s.mean = o.beta_1 * s.mean + (1 - o.beta_1) * g;
  s.squares = o.beta_2 * s.squares + (1 - o.beta_2) * g * g;
  const corrected =
    (rate * Math.sqrt(1 - Math.fround(o.beta_2) ** t)) / (1 - Math.fround(o.beta_1) ** t);
  return (-corrected * s.mean) / (Math.sqrt(s.squares) + o.epsilon);
}
const STEPS_OF = {
  sgd: (g, _s, rate) => -rate * g,
  momentum: (g, s, rate, o) => {
    s.velocity = o.momentum * s.velocity - rate * g;
    return s.velocity;
  },
  nesterov: (g, s, rate, o) => {
    s.velocity = o.momentum * s.velocity - rate * g;
    return o.momentum * s.velocity - rate * g;
  },
  adagrad: (g, s, rate, o) => {
    s.squares += g * g;
    return (-rate * g) / Math.sqrt(s.squares + o.epsilon);
  },
  rmsprop: (g, s, rate, o) => {
    s.squares = o.rho * s.squares + (1 - o.rho) * g * g;
    return (-rate * g) / Math.sqrt(s.squares + o.epsilon);
  },
  adam: adamStep,
  adamw: (g, s, rate, o, t, w) => adamStep(g, s, rate, o, t) - rate * o.weight_decay * w,
  nadam: (g, s, rate, o, t) => {
    const u = o.beta_1 * (1 - 0.5 * 0.96 ** t),
      next = o.beta_1 * (1 - 0.5 * 0.96 ** (t + 1));
    s.schedule *= u;
    s.mean = o.beta_1 * s.mean + (1 - o.beta_1) * g;
    s.squares = o.beta_2 * s.squares + (1 - o.beta_2) * g * g;
    const m = (next * s.mean) / (1 - s.schedule * next) + ((1 - u) * g) / (1 - s.schedule);
    return (-rate * m) / (Math.sqrt(s.squares / (1 - o.beta_2 ** t)) + o.epsilon);
  },
};

export function scheduleOf(name, rate, steps) {
  const every = Math.max(1, Math.floor(steps / 4)),
    rise = Math.max(1, Math.floor(steps / 5));
  return {
    constant: () => rate,
    step: (t) => rate * 0.5 ** Math.floor((t - 1) / every),
    cosine: (t) => rate * 0.5 * (1 + Math.cos((Math.PI * (t - 1)) / steps)),
    "warm-up": (t) => rate * Math.min(1, t / rise),
  }[name];
}

/**
 * One walk. It ends early where it diverges, and with the last place that has a value and a slope.
 *
 * `slope(t, x, y)` is the gradient as the rule receives it: exact, of a batch, or disturbed.
 * @returns {Walk}
 */
export function walk({ functions, rule, start, rate, schedule, steps, slope }) {
  const rateAt = scheduleOf(schedule, rate, steps);
  const change = STEPS_OF[rule.name];
  const positions = new Float64Array(2 * (steps + 1));
  const gradients = new Float64Array(2 * steps);
  const rates = new Float64Array(steps);
  /** @type {Record<string, Float64Array>} */
  const states = {};
  const now = [{}, {}];
  for (const slot of rule.slots) {
    const first = rule.initial[slot] ?? 0;
    states[slot] = new Float64Array(2 * (steps + 1));
    now.forEach((s, d) => {
      s[slot] = first;
      states[slot][d] = first;
    });
  }
  const at = [start[0], start[1]];
  positions.set(at);
  const values = [functions.value(at[0], at[1])];
  let taken = steps;
  let diverged = null;
  let left = null;
  for (let t = 1; t <= steps; t++) {
    const g = slope(t, at[0], at[1]);
    // The last step led where the slope ends.
    if (!g.every(Number.isFinite)) {
      left = t - 1;
      break;
    }
    const alpha = rateAt(t);
    for (let d = 0; d < 2; d++) at[d] += change(g[d], now[d], alpha, rule.settings, t, at[d]);
    if (!(Math.abs(at[0]) <= FAR && Math.abs(at[1]) <= FAR)) {
      taken = t - 1;
      diverged = t;
      break;
    }
    positions.set(at, 2 * t);
    gradients.set(g, 2 * t - 2);
    rates[t - 1] = alpha;
    for (const slot of rule.slots) {
      for (let d = 0; d < 2; d++) states[slot][2 * t + d] = now[d][slot];
    }
    values.push(functions.value(at[0], at[1]));
    if (!Number.isFinite(values[t])) {
      left = t;
      break;
    }
  }
  if (left !== null) taken = Math.max(left - 1, 0);
  values.length = taken + 1;
  return {
    rule,
    positions: positions.subarray(0, 2 * (taken + 1)),
    values: Float64Array.from(values),
    gradients,
    rates,
    states,
    taken,
    diverged,
    left,
    leftTo: left === null ? null : [positions[2 * left], positions[2 * left + 1]],
    best: bestOf(values),
  };
}

/**
 * The step with the smallest value, the last one of several.
 * @param {ArrayLike<number>} values
 */
export function bestOf(values) {
  let best = 0;
  for (let t = 0; t < values.length; t++) if (values[t] <= values[best]) best = t;
  return best;
}

/**
 * The gradient as an optimizer receives it.
 * @param {"full" | "batch" | "single"} noise
 * @param {import("./surfaces.js").Functions} functions
 * @param {number[]} start the size of a disturbance is a share of the slope there
 * @param {{ rows: any, disturbances: ArrayLike<number> }} chance
 * @returns {(t: number, x: number, y: number) => number[]}
 */
export function slopes(noise, functions, start, { rows, disturbances }) {
  const { batch, gradient } = functions;
  if (noise === "full") return (_, x, y) => gradient(x, y);
  if (batch) {
    const size = rows[noise].shape[1];
    return (t, x, y) => batch(x, y, rows[noise].subarray((t - 1) * size, t * size));
  }
  const size = spread(noise, functions, start);
  return (t, x, y) => gradient(x, y).map((g, d) => g + size * disturbances[2 * t - 2 + d]);
}

/**
 * Standard deviation of seeded noise: a share of the slope at the start.
 * @param {string} noise
 * @param {import("./surfaces.js").Functions} functions
 * @param {number[]} start
 */
export function spread(noise, functions, start) {
  const [x, y] = functions.gradient(start[0], start[1]);
  return 0.2 * (noise === "batch" ? 1 : Math.sqrt(8)) * Math.hypot(x, y);
}

/**
 * A walk of any rule on any ground and the limit at its start, for the test that compares them with core.
 * @param {any} ground name of a surface and what it needs
 * @param {any} options as of `walk`, and `noise`
 * @param {any} chance as of `slopes`; rows of 8 and of 1 as lists
 */
export function walkFor(ground, options, { eights = [], ones = [], disturbances = [] }) {
  const functions = surfaceFunctions(ground.name, ground);
  const shaped = (list, size) => Object.assign(Uint8Array.from(list), { shape: [0, size] });
  const rows = { batch: shaped(eights, 8), single: shaped(ones, 1) };
  const slope = slopes(options.noise, functions, options.start, { rows, disturbances });
  const done = walk({ ...options, functions, slope });
  const states = Object.fromEntries(
    Object.entries(done.states).map(([slot, all]) => [slot, all.slice(0, 2 * (done.taken + 1))]),
  );
  return {
    ...done,
    states,
    limit: stabilityLimit(functions.gradient, options.start[0], options.start[1]),
  };
}
