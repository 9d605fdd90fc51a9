// The formula of each operation with the numbers that are shown.

import { fixed, MINUS, write } from "../../browser/number.js";
import { cellOf, silentAtEnd } from "./run.js";

/** @typedef {import("./content.js").Moment} Moment */

/** @param {number} value */
export const say = (value) => (Number.isFinite(value) ? fixed(value, 3) : "out of range");
const place = (/** @type {number} */ at, /** @type {number} */ side) =>
  `row ${Math.floor(at / side) + 1}, column ${(at % side) + 1}`;
const bracketed = (/** @type {number} */ value) => (value < 0 ? `(${say(value)})` : say(value));
const added = (/** @type {number[]} */ values) =>
  values.map(say).join(" + ").replaceAll(`+ ${MINUS}`, `${MINUS} `);
const terms = (/** @type {[number, number][]} */ pairs) =>
  pairs
    .map(([a, b]) => `${say(a)}\u00b7${bracketed(b)}`)
    .join(" + ")
    .replaceAll(`+ ${MINUS}`, `${MINUS} `);

/**
 * @param {Moment} moment
 * @param {{ origins: string[], differences: any }} told
 */
export function formula(moment, { origins, differences }) {
  const { now, s, k, run, patch, w, after, update, target: t, spot: at } = moment;
  const [K, B] = [run.kernels, run.batch];
  const [r, c] = [Math.floor(at / 6), at % 6];
  const sum = now.sums[36 * k + at];
  const p = 3 * Math.floor(r / 2) + Math.floor(c / 2);
  const which = K > 1 ? `kernel ${k + 1}, ` : "";
  const name = `k[${Math.floor(moment.weight / 3) + 1},${(moment.weight % 3) + 1}]`;
  const chosen = 9 * k + moment.weight;
  switch (s) {
    case 0:
      return update.samples
        .map((/** @type {any} */ { index }, /** @type {number} */ b) => {
          const kind = moment.given.targets[index] ? "fracture, t = 1" : "whole, t = 0";
          return `x${b + 1}: ${kind} (${origins[index]})`;
        })
        .join("; ");
    case 1: {
      const pairs = Array.from({ length: 9 }, (_, q) => [
        w[9 * k + q],
        patch[(r + Math.floor(q / 3)) * 8 + c + (q % 3)],
      ]);
      const all = terms(/** @type {[number, number][]} */ (pairs));
      return `${which}${place(at, 6)}: s = \u03a3 k\u00b7x + b = ${all} + ${say(w[9 * K + k])} = ${say(sum)}`;
    }
    case 2: {
      const stay = now.sums
        .subarray(36 * k, 36 * k + 36)
        .filter((/** @type {number} */ v) => v > 0);
      return `${which}${place(at, 6)}: max(0, s) = max(0, ${say(sum)}) = ${say(Math.max(sum, 0))}. ${stay.length} of 36 stay.`;
    }
    case 3: {
      const four = [0, 1, 2, 3].map((q) => say(Math.max(now.sums[36 * k + cellOf(p, q)], 0)));
      return `${which}window ${place(p, 3)}: max(${four.join(", ")}) = ${say(now.pooled[9 * k + p])}`;
    }
    case 4: {
      const pairs = Array.from(now.pooled, (v, q) => [w[10 * K + q], v]);
      const all = K === 1 ? `${terms(/** @type {any} */ (pairs))} + ${say(w[19 * K])} = ` : "";
      return `z = \u03a3 w\u00b7pooled + b = ${all}${say(now.logit)}; \u03c3(z) = 1 / (1 + e^${say(-now.logit)}) = ${say(now.output)}`;
    }
    case 5: {
      const losses = added(update.samples.map((/** @type {any} */ one) => one.loss));
      const mean = B > 1 ? `; mean of the batch: (${losses}) / ${B} = ${say(update.loss)}` : "";
      return `L = ${MINUS}ln ${t ? "\u03c3(z)" : `(1 ${MINUS} \u03c3(z))`} = ${say(now.loss)}${mean}`;
    }
    case 6:
      return (
        `\u2202L/\u2202z = (\u03c3(z) ${MINUS} t) / B = (${say(now.output)} ${MINUS} ${t}) / ${B} = ${say(now.byLogit)}; ` +
        `\u2202L/\u2202pooled = \u2202L/\u2202z \u00b7 w; \u2202L/\u2202w = \u03a3 over the batch of \u2202L/\u2202z \u00b7 pooled`
      );
    case 7: {
      const winner = place(cellOf(p, now.winners[9 * k + p]), 6);
      return `${which}window ${place(p, 3)}: all of ${say(now.byPooled[9 * k + p])} goes to the winner, ${winner}; its three neighbors get 0.`;
    }
    case 8: {
      const open = sum > 0 ? "> 0, the gradient passes" : "\u2264 0, the gradient stops";
      const reached = now.bySums
        .subarray(36 * k, 36 * k + 36)
        .filter((/** @type {number} */ v) => v);
      return `${which}${place(at, 6)}: s = ${say(sum)} ${open}: ${say(now.bySums[36 * k + at])}. It reaches ${reached.length} of 36 positions.`;
    }
    case 9:
      return gradientFormula(moment, name, which, differences?.[moment.u]?.[chosen]);
    default: {
      const way = after[chosen] - w[chosen];
      const moved = way > 0 ? "grew" : way < 0 ? "shrank" : "stayed";
      return (
        `${which}${name} = ${say(w[chosen])} ${MINUS} ${write(run.rate)}\u00b7${bracketed(update.gradient[chosen])} = ${say(after[chosen])}: it ${moved}. ` +
        `Loss of this batch: ${say(update.loss)} \u2192 ${say(update.lossAfter)}`
      );
    }
  }
}

function gradientFormula(moment, name, which, difference) {
  const parts = Array.from(moment.parts()).filter((value) => value !== 0);
  const own = parts.reduce((sum, value) => sum + value, 0);
  const total = moment.update.gradient[9 * moment.k + moment.weight];
  const batch = moment.update.samples.map((_, b) => moment.ownSum(b));
  const others = batch.length > 1 ? `; the batch: ${added(batch)} = ${say(total)}` : "";
  const checked = difference === undefined ? "" : `. Central differences say ${say(difference)}`;
  return `${which}\u2202L/\u2202${name} = \u03a3 of 36 (${parts.length} not 0) = ${added(parts) || "0"} = ${say(own)}${others}${checked}`;
}

/**
 * What to change where a run goes wrong; "" where it does not.
 * @param {any} run
 * @param {Record<string, string>} words
 * @param {number} wanted updates
 * @param {any} given what the run began with
 */
export function advice(run, words, wanted, given) {
  if (run.rate === 0) return words["rate-zero"];
  if (run.updates.length < wanted) {
    return words.overflow.replace("{updates}", String(run.updates.length));
  }
  if (silentAtEnd(given, run)) return words.silent;
  if (run.poolLoss.at(-1) > run.poolLoss[0]) return words.rises;
  return "";
}
