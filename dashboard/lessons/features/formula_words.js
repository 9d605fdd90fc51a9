// A cell's formula with its numbers, as a person would write it down.

import { inNumbers, SHORT_TITLES, WORDS } from "../../browser/math/activation.js";
import { write } from "../../browser/number.js";
import { explain, PARAMETERS } from "./formula.js";

/** @typedef {import("./formula.js").Formula} Formula */

const MOST_WRITTEN = 12;
const MOST_PRODUCTS = 25;
const LARGEST_SUMS = 5;

/** @param {number} value */
const braced = (value) => (value < 0 ? `(${write(value)})` : write(value));
/** @param {string[]} parts */
const join = (parts) => parts.join(" + ").replaceAll("+ \u2212", "\u2212 ");

/** @type {Record<string, string>} */
const STEPS = {
  largest: "the largest of the window goes on",
  mean: "the mean of the window goes on",
  copy: "passed on unchanged",
  scale: "gray value, rescaled",
  apply: "one number in, one number out",
};

/**
 * The steps from what was read to the result, in lines.
 * @param {Formula} formula
 */
export function stepWords({ operation, terms, constants: k, before, bias, result }) {
  if (k) {
    return [
      "normalize: (x \u2212 mean) / \u221a(variance + \u03b5) \u00b7 \u03b3 + \u03b2",
      `(${write(terms[0].values[0])} \u2212 ${braced(k.mean)}) / \u221a(${write(k.variance)} + ${k.epsilon}) \u00b7 ${braced(k.gamma)} + ${braced(k.beta)} = ${write(result)}`,
    ];
  }
  if (operation === "sum") {
    return [`sum ${write(before - bias)} + bias ${braced(bias)} = ${write(before)}`];
  }
  return [STEPS[operation] ?? ""];
}

/**
 * What was computed before, for a map that finishes what another layer began.
 * @param {any} lesson
 * @param {Formula} formula
 */
export function chainWords(lesson, formula) {
  const chain = lesson.shown.get(formula.name)?.chain ?? [];
  return chain.slice(0, -1).flatMap((/** @type {string} */ name) => {
    const before = explain(lesson.net, name, formula.index);
    return before ? [`${lesson.titleOf(name)}: ${formulaWords(lesson, before)}`] : [];
  });
}

/**
 * @param {string} name
 * @param {number} z
 * @param {number} result
 */
function activationWords(name, z, result) {
  if (name === "linear") return "";
  const [template] = WORDS[name];
  const said = inNumbers(template, z, PARAMETERS[name] ?? 0, result);
  return `${SHORT_TITLES[name]}: ${said} = ${write(result)}`;
}

/**
 * The whole formula on one line.
 * @param {any} lesson
 * @param {Formula} formula
 * @returns {string}
 */
export function formulaWords(lesson, formula) {
  const { operation, terms, bias, before, activation, result } = formula;
  if (!terms.length) return "A pixel of the picture.";
  const [first] = terms;
  const values = Array.from(first.values);
  const many = values.length > MOST_WRITTEN;
  const ends = `= ${write(result)}`;
  if (operation === "largest") {
    return `max(${many ? `${values.length} values` : values.map((v) => write(v)).join(", ")}) ${ends}`;
  }
  if (operation === "mean") {
    const sum = many ? `sum of ${values.length} values` : join(values.map((v) => write(v)));
    return `(${sum}) / ${values.length} ${ends}`;
  }
  if (operation === "normalize") return stepWords(formula)[1];
  if (operation === "add") {
    const parts = terms.map((part) => `${braced(part.values[0])} (${lesson.titleOf(part.source)})`);
    return `${parts.join(" + ")} ${ends}`;
  }
  if (operation === "copy")
    return `passed on from ${lesson.titleOf(first.source)}: ${write(result)}`;
  if (operation === "scale") {
    const shift = bias ? ` + ${braced(bias)}` : "";
    return `${write(values[0])} / ${write(1 / first.weights[0])}${shift} ${ends}`;
  }
  const applied = activationWords(activation, before, result);
  if (operation === "apply") return applied;
  const sum = join([sumWords(lesson, formula), `${write(bias)} (bias)`]);
  return `z = ${sum} = ${write(before)}${applied ? `;  ${applied}` : ""}`;
}

/** @param {any} lesson @param {Formula} formula */
function sumWords(lesson, { terms }) {
  const [first] = terms;
  const products = Array.from(
    first.values,
    (v, i) => `${write(v)}\u00b7${braced(first.weights[i])}`,
  );
  const sums = terms.flatMap((part) =>
    Array.from(part.sums, (sum, i) => ({
      sum,
      words: `${lesson.word(part.source)} ${part.channels[i] + 1}`,
    })),
  );
  if (sums.length === 1 && products.length <= MOST_PRODUCTS) return join(products);
  sums.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
  const rest = sums.slice(LARGEST_SUMS);
  const left = rest.reduce((total, { sum }) => total + sum, 0);
  return join([
    ...sums.slice(0, LARGEST_SUMS).map(({ sum, words }) => `${write(sum)} (${words})`),
    ...(rest.length ? [`${write(left)} (${rest.length} more)`] : []),
  ]);
}
