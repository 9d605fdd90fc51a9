// What the small network says of itself: score, idle units, the chosen unit in numbers, the text twin.

import { factor, inNumbers, logistic, WORDS } from "../../browser/math/activation.js";
import { escaped, fixed, lowered, percent, term, write } from "../../browser/number.js";
import { lossName } from "./curves.js";
import { bare } from "./dense.js";
import { wilsonInterval } from "./network_math.js";
import { FAR } from "./training.js";

/** @typedef {import("./network.js").NetworkView} NetworkView */

/** @param {number} value */
export const sayLoss = (value) => (Number.isFinite(value) ? fixed(value, 3) : "out of range");

const WHY = {
  dead: "slope 0 at every training point, so no gradient reaches their weights now",
  saturated: "on the flat part for nearly all training points, so they hardly learn",
};

/** @param {NetworkView} view */
export function tell(view) {
  const { stage, training: t, network: n, now, course } = view;
  const epoch = Math.floor(t.batch / t.perEpoch);
  const [train, test] = [t.count, course.testTargets.length];
  view.idle = n.idle(t.w, t.inputs, t.count);
  const idle = idleOf(view.idle);
  const note = view.owing ? view.header.words.catching : idle || view.controls.note;
  stage.say(
    `<p><b class="train">train</b> ${sayLoss(now.train)}, ${now.trainRight} of ${train} right</p>` +
      `<p><b class="test">test</b> ${sayLoss(now.test)}, ${now.testRight} of ${test} right</p>` +
      `<p class="always">always one class: ${course.always.join(", ")} right</p>` +
      `<p class="status">Epoch ${epoch}, batch ${t.batch % t.perEpoch} of ${t.perEpoch}. ${escaped(note)}</p>` +
      explain(view),
  );
  const sentence = describe(view, epoch);
  const shape = n.sizes.join("\u2013");
  view.map.canvas.setAttribute(
    "aria-label",
    `The plane of both inputs, colored by the network's output, with the line where it is 0.5. ${sentence}`,
  );
  view.wires.canvas.setAttribute(
    "aria-label",
    `The network as a drawing: ${shape}. Lines are weights, solid above 0, dashed below; each unit shows its output over the plane. ${idle}`,
  );
  const [first] = course.losses;
  view.curves.setAttribute(
    "aria-label",
    `Loss over epochs: begins at ${sayLoss(first.train)} (training) and ${sayLoss(first.test)} (test), now ${sayLoss(now.train)} and ${sayLoss(now.test)}.`,
  );
  view.controls.showValue();
  stage.tellTwin(`${sentence} ${idle}`, () => [weightsOf(view), historyOf(view)]);
}

/** @param {("dead" | "saturated" | "")[][]} idle */
function idleOf(idle) {
  const told = [];
  for (const [word, why] of Object.entries(WHY)) {
    const where = idle.flatMap((row, l) => {
      const units = row.flatMap((one, u) => (one === word ? [u + 1] : []));
      if (!units.length) return [];
      const all = row.length > 1 && units.length === row.length;
      const listed = all ? "all units" : `unit${units.length > 1 ? "s" : ""} ${units.join(", ")}`;
      return [`layer ${l + 1}: ${listed}`];
    });
    if (where.length)
      told.push(`${word[0].toUpperCase()}${word.slice(1)} (${where.join("; ")}): ${why}.`);
  }
  return told.join(" ");
}

/**
 * @param {NetworkView} view
 * @param {number} epoch
 */
function describe(view, epoch) {
  const { choices: c, network: n, training: t, now, course } = view;
  const [train, test] = [t.count, course.testTargets.length];
  const hidden = c.hidden.map(
    ([units, name], l) => `hidden layer ${l + 1}: ${units} ${String(name).replace("_", " ")}`,
  );
  const expected = wilsonInterval(now.testRight, test).map((share) => percent(share));
  return (
    `A ${n.sizes.join("\u2013")} network with ${n.count} weights and biases on ${view.sets[c.data].title}, ` +
    `${hidden.join(", ") || "no hidden layer"}; features ${c.features.map((f) => view.symbol(f)).join(", ")}; ` +
    `${view.header.optimizerTitles[c.optimizer]}, rate ${write(t.settings.rate)}. At epoch ${epoch} the ` +
    `${lossName(view)} is ${sayLoss(now.train)} on ${train} training points (${now.trainRight} right) and ` +
    `${sayLoss(now.test)} on ${test} test points (${now.testRight} right); always answering with the more ` +
    `frequent class gets ${course.always[0]} and ${course.always[1]} right. On new points expect ` +
    `${expected.join(" to ")} right (95 % interval from the test points).`
  );
}

/**
 * The chosen unit at the diamond, with every number in it.
 * @param {NetworkView} view
 */
function explain(view) {
  const { network: n, training: t, pick, probe } = view;
  const { layer, unit } = pick;
  const inputs = n.featuresOf(probe);
  const done = n.forward(t.w, inputs, 1, "probe");
  const before = layer ? done.outputs[layer - 1] : inputs;
  const size = n.sizes[layer];
  const terms = Array.from({ length: size }, (_, j) => {
    const weight = t.w[n.weightAt[layer] + unit * size + j];
    return `${factor(weight)}\u00b7${factor(before[j])}`;
  });
  const bias = t.w[n.biasAt[layer] + unit];
  const z = done.sums[layer][unit];
  const a = done.outputs[layer][unit];
  const name = n.activations[layer];
  const where = view.unitName(layer, unit);
  const worked = escaped(bare(inNumbers(WORDS[name][0], z, n.p[layer], a)));
  const classes = view.sets[view.choices.data].classes;
  const out =
    layer === n.depth - 1
      ? `output = 1 / (1 + e^(\u2212z)) = <b>${fixed(logistic(z), 3)}</b>, so ${escaped(classes[z >= 0 ? 1 : 0])}`
      : `a = ${worked} = <b>${fixed(a, 3)}</b>`;
  return (
    `<p class="formula"><span class="where">${where[0].toUpperCase()}${where.slice(1)}, at the diamond ` +
    `(${probe.map((v) => fixed(v)).join(", ")}):</span><br>z = ${terms.join(" + ")}${term(bias)} = ` +
    `<b>${fixed(z, 3)}</b><br>${out}</p>`
  );
}

/** @param {NetworkView} view */
function weightsOf(view) {
  const { network: n, training: t } = view;
  const most = Math.max(...n.sizes.slice(0, -1));
  const rows = [];
  for (let l = 0; l < n.depth; l++) {
    for (let u = 0; u < n.sizes[l + 1]; u++) {
      const weights = Array.from({ length: most }, (_, j) =>
        j < n.sizes[l] ? fixed(t.w[n.weightAt[l] + u * n.sizes[l] + j], 3) : "",
      );
      rows.push([view.unitName(l, u), fixed(t.w[n.biasAt[l] + u], 3), ...weights]);
    }
  }
  const names = Array.from({ length: most }, (_, j) => `weight ${lowered(j + 1)}`);
  return { caption: "Weights and biases", head: ["unit", "bias", ...names], rows };
}

/** @param {NetworkView} view */
function historyOf({ course: { losses } }) {
  const every = Math.max(1, Math.ceil((losses.length - 1) / 10));
  const rows = losses
    .map((loss, e) => [e, sayLoss(loss.train), sayLoss(loss.test), loss.trainRight, loss.testRight])
    .filter((_, e) => e % every === 0 || e === losses.length - 1);
  const head = ["epoch", "train loss", "test loss", "train right", "test right"];
  return { caption: "Losses", head, rows };
}

/**
 * Why a training stopped.
 * @param {import("./training.js").Training} training
 */
export const sayRunaway = ({ diverged, settings }) =>
  `The weights ran away at batch ${diverged}: with a rate of ${write(settings.rate)} a step leaps over the ` +
  `valley, lands where it is steeper and leaps farther, past ${write(FAR)} and soon past all numbers ` +
  "(NaN). Training stopped before that batch.";
