// The course of one training: what is set is followed, edits by hand are repeated where they were made.

import { accuracyOf, crossEntropy, lastGood, SmallNetwork, splitPoints } from "./network_math.js";
import { Training } from "./training.js";

/** @typedef {[number, number, number]} Edit batch, place of the weight (or `RATE`, `PENALTY`), value */

export const RATE = -1;
export const PENALTY = -2;

/** @param {Edit} a @param {Edit} b */
const same = (a, b) => a.every((value, k) => value === b[k]);

/** A training with its points, its losses by epoch, and the edits that were made on the way. */
export class Course {
  /**
   * @param {any} choices
   * @param {any} set clean points, disturbances, labels
   */
  constructor(choices, set) {
    const count = set.labels.length;
    this.positions = Float64Array.from(
      { length: 2 * count },
      (_, i) => set.clean[i] + choices.noise * set.disturbances[i],
    );
    this.labels = set.labels;
    const [trainRows, testRows] = splitPoints(count, choices.share, choices.seed);
    this.trainRows = trainRows;
    this.testRows = testRows;
    this.network = new SmallNetwork(choices.features, choices.hidden);
    const { optimizer, rate, batch, l2, seed } = choices;
    this.training = new Training(this.network, {
      positions: this.positions,
      labels: set.labels,
      rows: this.trainRows,
      settings: { optimizer, rate, batch, l2, seed },
    });
    this.testInputs = this.network.featuresOf(this.positions, this.testRows);
    this.testTargets = Float64Array.from(this.testRows, (r) => set.labels[r]);
    this.always = [this.training.targets, this.testTargets].map((all) => {
      const ones = all.reduce((sum, v) => sum + v, 0);
      return Math.max(ones, all.length - ones);
    });
    this.losses = [this.evaluate()];
    /** @type {Edit[]} Those that are done. */
    this.edits = [];
  }

  evaluate() {
    const { training: t, network: n } = this;
    const of = (/** @type {Float64Array} */ inputs, /** @type {Float64Array} */ targets) => {
      const { logits } = n.forward(t.w, inputs, targets.length, "loss");
      return [
        crossEntropy(logits, targets) + n.penalty(t.w, t.settings.l2),
        accuracyOf(logits, targets),
      ];
    };
    const [train, trainRight] = of(t.inputs, t.targets);
    const [test, testRight] = of(this.testInputs, this.testTargets);
    return { train, test, trainRight, testRight };
  }

  /**
   * Train on to a batch; whether it was reached, or cannot be, in the time.
   * @param {number} target
   * @param {number} [most] milliseconds
   */
  trainTo(target, most = Infinity) {
    const { training: t } = this;
    const end = performance.now() + most;
    while (t.batch < target) {
      if (!t.step()) return true; // it ran away: there is no further batch
      if (t.batch % t.perEpoch === 0 && t.batch / t.perEpoch === this.losses.length)
        this.losses.push(this.evaluate());
      if (performance.now() > end) break;
    }
    return t.batch >= target;
  }

  /**
   * To a batch that was already reached.
   * @param {number} batch
   */
  seek(batch) {
    if (batch < this.training.batch) this.training.back(batch);
    else while (this.training.batch < batch && this.training.step());
  }

  /**
   * Change a weight, the rate or the penalty at the present batch: what came after it is forgotten.
   * @param {Edit} edit
   */
  apply(edit) {
    const { training: t } = this;
    const [batch, place, value] = edit;
    const settings = { ...t.settings };
    const w = t.w.slice();
    if (place === RATE) settings.rate = value;
    else if (place === PENALTY) settings.l2 = value;
    else if (place < w.length) w[place] = value;
    t.branch(settings, w);
    this.losses.length = Math.floor(t.batch / t.perEpoch) + 1;
    if (t.batch % t.perEpoch === 0) this.losses[this.losses.length - 1] = this.evaluate();
    this.edits = this.edits.filter(
      ([at, where]) => at < batch || (at === batch && where !== place),
    );
    this.edits.push(edit);
  }

  /**
   * Whether these edits can be had without beginning anew.
   * @param {Edit[]} wanted
   */
  continues(wanted) {
    return this.edits.every((edit, k) => wanted[k] && same(edit, wanted[k]));
  }

  /**
   * One more slice of work toward what is set; whether all of it is done.
   * @param {Edit[]} edits
   * @param {number} trained furthest batch
   * @param {number} at present batch
   * @param {number} most milliseconds
   */
  catchUp(edits, trained, at, most) {
    const { training: t } = this;
    const end = performance.now() + most;
    while (this.edits.length < edits.length) {
      const edit = edits[this.edits.length];
      if (edit[0] <= t.last) this.seek(edit[0]);
      else if (!this.trainTo(edit[0], end - performance.now())) return false;
      if (t.batch !== edit[0]) return true; // it ran away before
      const before = this.edits.length;
      this.apply(edit);
      if (this.edits.length <= before) return true; // edits that no hand makes
    }
    if (t.last < trained && !t.diverged) {
      this.seek(t.last);
      if (!this.trainTo(trained, Math.max(end - performance.now(), 1))) return false;
    }
    const goal = Math.min(at, t.last);
    if (t.batch !== goal) this.seek(goal);
    return true;
  }

  /** The last epoch's batch before the losses went up for good. */
  get lastGoodBatch() {
    const { training: t } = this;
    return Math.min(lastGood(this.losses.map((l) => l.train)) * t.perEpoch, t.last);
  }
}

/**
 * What is set in the stage, as the arithmetic needs it; features in the order of the network's inputs.
 * @param {Record<string, any>} values
 * @param {{ name: string }[]} features
 */
export function choicesOf(values, features) {
  const named = values.features.map((/** @type {string} */ code) => code.replaceAll("-", "_"));
  const order = features.map(({ name }) => name);
  const chosen = order.filter((name) => named.includes(name));
  return {
    data: values.data,
    hidden: Array.from({ length: values.depth }, (_, l) => [
      values[`units${l + 1}`],
      values[`bend${l + 1}`],
    ]),
    features: chosen.length ? chosen : order.slice(0, 2),
    optimizer: values.optimizer,
    rate: values.rate,
    batch: values.batch,
    l2: values.penalty,
    share: values.share / 100,
    noise: values.noise,
    seed: values.seed,
  };
}

/**
 * The unit and the weight that are looked at: layer, unit, and input, -1 for the bias.
 * @param {number[]} set
 * @param {SmallNetwork} network
 */
export function pickOf(set, { depth, sizes }) {
  const [layer = 0, unit = 0, input = -1] = set.map(Math.round);
  const at = Math.min(Math.max(layer, 0), depth - 1);
  return {
    layer: at,
    unit: Math.min(Math.max(unit, 0), sizes[at + 1] - 1),
    input: Math.min(input, sizes[at] - 1),
  };
}
