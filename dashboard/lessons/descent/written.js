// The update of one step written out in numbers, from what the walk recorded.

import { write } from "../../browser/number.js";

const plain = (/** @type {number} */ value) => write(value, 4);

/** A factor behind a sign: negative ones, and powers of ten, stand in brackets. */
const factor = (/** @type {number} */ value) =>
  value < 0 || (plain(value).includes("10") && plain(value).includes("\u00b7"))
    ? `(${plain(value)})`
    : plain(value);

/**
 * Lines of step t of a walk, numbers for both coordinates as markup.
 * @param {import("./walk.js").Walk} run
 * @param {number} t from 1
 * @returns {{ name: string, formula: string, numbers: string[] }[]}
 */
export function writeOut(run, t) {
  const { rule, positions, gradients, rates, states } = run,
    o = rule.settings;
  const a = rates[t - 1],
    before = (slot, d) => states[slot][2 * (t - 1) + d],
    after = (slot, d) => states[slot][2 * t + d];
  const g = (d) => gradients[2 * (t - 1) + d],
    w = (d) => positions[2 * (t - 1) + d],
    next = (d) => positions[2 * t + d];
  const line = (name, formula, numbers) => ({ name, formula, numbers: [0, 1].map(numbers) });
  const A = plain(a),
    lines = [line("gradient", "g", (d) => plain(g(d)))];
  const step = (formula, numbers) =>
    lines.push(line("weight", formula, (d) => `${numbers(d)} = <b>${plain(next(d))}</b>`));
  const velocity = () =>
    lines.push(
      line(
        "velocity",
        "v \u2190 m v \u2212 \u03b1 g",
        (d) =>
          `${o.momentum} \u00b7 ${factor(before("velocity", d))} \u2212 ${A} \u00b7 ${factor(g(d))} = <b>${plain(after("velocity", d))}</b>`,
      ),
    );
  const moment = (slot, name, formula, beta, power) =>
    lines.push(
      line(
        name,
        formula,
        (d) =>
          `${beta} \u00b7 ${factor(before(slot, d))} + ${plain(1 - beta)} \u00b7 ${factor(g(d))}${power} = <b>${plain(after(slot, d))}</b>`,
      ),
    );
  const adam = () => {
    moment("mean", "mean of g", "m \u2190 \u03b2\u2081 m + (1\u2212\u03b2\u2081) g", o.beta_1, "");
    moment(
      "squares",
      "mean of g\u00b2",
      "s \u2190 \u03b2\u2082 s + (1\u2212\u03b2\u2082) g\u00b2",
      o.beta_2,
      "\u00b2",
    );
  };
  const hats = () => {
    const one = 1 - Math.fround(o.beta_1) ** t,
      two = 1 - Math.fround(o.beta_2) ** t;
    lines.push(
      line(
        "corrected",
        "m\u0302 = m / (1\u2212\u03b2\u2081\u1d57)",
        (d) =>
          `${plain(after("mean", d))} / ${plain(one)} = <b>${plain(after("mean", d) / one)}</b>`,
      ),
    );
    lines.push(
      line(
        "corrected",
        "s\u0302 = s / (1\u2212\u03b2\u2082\u1d57)",
        (d) =>
          `${plain(after("squares", d))} / ${plain(two)} = <b>${plain(after("squares", d) / two)}</b>`,
      ),
    );
    return (d) => [after("mean", d) / one, after("squares", d) / two];
  };
  if (rule.name === "sgd")
    step("w \u2190 w \u2212 \u03b1 g", (d) => `${plain(w(d))} \u2212 ${A} \u00b7 ${factor(g(d))}`);
  if (rule.name === "momentum") {
    velocity();
    step("w \u2190 w + v", (d) => `${plain(w(d))} + ${factor(after("velocity", d))}`);
  }
  if (rule.name === "nesterov") {
    velocity();
    step(
      "w \u2190 w + m v \u2212 \u03b1 g",
      (d) =>
        `${plain(w(d))} + ${o.momentum} \u00b7 ${factor(after("velocity", d))} \u2212 ${A} \u00b7 ${factor(g(d))}`,
    );
  }
  if (rule.name === "adagrad")
    lines.push(
      line(
        "sum of g\u00b2",
        "s \u2190 s + g\u00b2",
        (d) =>
          `${plain(before("squares", d))} + ${factor(g(d))}\u00b2 = <b>${plain(after("squares", d))}</b>`,
      ),
    );
  if (rule.name === "rmsprop")
    moment(
      "squares",
      "mean of g\u00b2",
      "s \u2190 \u03c1 s + (1\u2212\u03c1) g\u00b2",
      o.rho,
      "\u00b2",
    );
  if (rule.name === "adagrad" || rule.name === "rmsprop")
    step(
      "w \u2190 w \u2212 \u03b1 g / \u221a(s + \u03b5)",
      (d) =>
        `${plain(w(d))} \u2212 ${A} \u00b7 ${factor(g(d))} / ${plain(Math.sqrt(after("squares", d) + o.epsilon))}`,
    );
  if (rule.name === "adam" || rule.name === "adamw") {
    adam();
    const hat = hats(),
      decay = rule.name === "adamw";
    step(
      `w \u2190 w ${decay ? "\u2212 \u03b1\u03bb w " : ""}\u2212 \u03b1 m\u0302 / (\u221as\u0302 + \u03b5\u2032)`,
      (d) =>
        `${plain(w(d))}${decay ? ` \u2212 ${plain(a * o.weight_decay)} \u00b7 ${factor(w(d))}` : ""} \u2212 ${A} \u00b7 ${factor(hat(d)[0])} / ${plain(Math.sqrt(hat(d)[1]))}`,
    );
  }
  if (rule.name === "nadam") {
    adam();
    const u = o.beta_1 * (1 - 0.5 * 0.96 ** t),
      v = o.beta_1 * (1 - 0.5 * 0.96 ** (t + 1));
    const product = states.schedule[2 * t],
      second = 1 - o.beta_2 ** t;
    const hat = (d) =>
      (v * after("mean", d)) / (1 - product * v) + ((1 - u) * g(d)) / (1 - product);
    lines.push(
      line(
        "looked ahead",
        "m\u0302 = \u03bc\u2032 m / (1\u2212\u03a0\u03bc\u2032) + (1\u2212\u03bc) g / (1\u2212\u03a0)",
        (d) =>
          `${plain(v)} \u00b7 ${factor(after("mean", d))} / ${plain(1 - product * v)} + ${plain(1 - u)} \u00b7 ${factor(g(d))} / ${plain(1 - product)} = <b>${plain(hat(d))}</b>`,
      ),
    );
    lines.push(
      line(
        "corrected",
        "s\u0302 = s / (1\u2212\u03b2\u2082\u1d57)",
        (d) =>
          `${plain(after("squares", d))} / ${plain(second)} = <b>${plain(after("squares", d) / second)}</b>`,
      ),
    );
    step(
      "w \u2190 w \u2212 \u03b1 m\u0302 / (\u221as\u0302 + \u03b5)",
      (d) =>
        `${plain(w(d))} \u2212 ${A} \u00b7 ${factor(hat(d))} / ${plain(Math.sqrt(after("squares", d) / second))}`,
    );
  }
  return lines;
}
