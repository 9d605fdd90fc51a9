// What the neuron says of itself: the count, the sum in numbers, the text twin.

import { factor, inNumbers, SHORT_TITLES, WORDS } from "../../browser/math/activation.js";
import { escaped, filled, fixed, lowered } from "../../browser/number.js";

/** @typedef {import("./neuron_math.js").Neuron} Neuron */

/**
 * @param {any} lesson of `stage.js`
 * @param {Neuron} neuron
 * @param {number[]} inputs
 * @param {import("./draw.js").Fired} now
 * @param {import("../../browser/math/activation.js").Described} entry its activation
 */
export function tell({ stage, header, lines, plane, judged }, neuron, inputs, now, entry) {
  const told = stage.locked ? header.words.locked : judge(judged, header.words);
  const plain = told.replace(/<[^>]*>/g, "");
  const sentence = stage.locked
    ? `A neuron with the inputs ${list(inputs)}, the weights ${list(neuron.w)} and the bias ${fixed(neuron.b)}.`
    : `A neuron with ${inputs.length} input${inputs.length > 1 ? "s" : ""}: the products ${list(now.products)} and the bias ` +
      `${fixed(neuron.b)} sum to ${fixed(now.total, 3)}; ${entry.title} makes it ${fixed(now.output, 3)}, ` +
      `which counts as ${now.output >= header.yes ? "yes" : "no"}.`;
  stage.say(`<p>${told}</p>${stage.locked ? "" : formula(neuron, inputs, now)}`);
  lines.setAttribute("aria-label", sentence);
  plane.setAttribute(
    "aria-label",
    `The plane of both inputs with the line where the answer changes; arrow keys move the input (${list(inputs)}). ${plain}`,
  );
  stage.tellTwin(`${sentence} ${plain}`, () =>
    stage.locked ? [] : [productsOf(neuron, inputs, now)],
  );
}

/** @param {number[]} values */
const list = (values) => values.map((value) => fixed(value)).join(", ");

/**
 * Sum and output with the numbers in them.
 * @param {Neuron} neuron
 * @param {number[]} inputs
 * @param {import("./draw.js").Fired} now
 */
function formula({ w, b, activation, parameter }, inputs, now) {
  const terms = inputs.map((x, i) => `${factor(x)}\u00b7${factor(w[i])}`).join(" + ");
  const name = escaped(SHORT_TITLES[activation]);
  const worked = escaped(inNumbers(WORDS[activation][0], now.total, parameter, now.output));
  return (
    `<p>z = ${terms} + ${factor(b)} = <b>${fixed(now.total, 3)}</b></p>` +
    `<p>${name}: ${worked} = <b>${fixed(now.output, 3)}</b></p>`
  );
}

/**
 * How many cases come out right, and what that means.
 * @param {{ task: any, right: number, given: number[], majority: number } | null} judged
 * @param {Record<string, string>} words
 */
function judge(judged, words) {
  if (!judged) return escaped(words.only_two);
  const { task, right, given, majority } = judged;
  const known = { task: task.title, best: String(task.best), majority: String(majority) };
  const said = (/** @type {string} */ name) =>
    `<b>${right} of ${given.length} right.</b> ` + escaped(filled(words[name], known));
  if (!task.table) return said("tumors");
  if (right === given.length) return said("done");
  if (task.best === given.length) return said("going");
  return said(right === task.best ? "most" : "impossible");
}

/**
 * @param {Neuron} neuron
 * @param {number[]} inputs
 * @param {import("./draw.js").Fired} now
 */
function productsOf({ w, b }, inputs, now) {
  const rows = now.products.map((product, i) => [
    `x${lowered(i + 1)}`,
    fixed(inputs[i]),
    fixed(w[i]),
    fixed(product, 3),
  ]);
  return {
    caption: "Products",
    head: ["input", "value", "weight", "product"],
    rows: [...rows, ["bias", "", "", fixed(b, 3)]],
  };
}
