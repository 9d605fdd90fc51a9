// What the race says of itself: the sentence, advice in place, the text twin.

import { escaped, percent, write } from "../../browser/number.js";
import { spread } from "./walk.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {import("./walk.js").Walk} Walk */
/**
 * @typedef {object} Advice
 * @property {string} text
 * @property {{ title: string, go: () => void }[]} ways
 */

const WHOLE = 1 - 1e-6; // three snapshots always span a plane

/** @param {number[]} place */
const at = ([x, y]) => `(${write(x)}, ${write(y)})`;
/** @param {Walk} run @param {number} t */
const placeOf = (run, t) => at([run.positions[2 * t], run.positions[2 * t + 1]]);
/** @param {number} share */
export const shareOf = (share) =>
  share > 0 && share < 1e-4 ? "less than 0.01\u00a0%" : percent(share, share < 0.1 ? 1 : 0);

/**
 * The sentence beside the picture, as markup.
 * @param {Race} race
 * @param {number} index the step that is drawn
 */
export function sentence(race, index) {
  return `<p>${moment(race, index)}</p><p>${race.of === "training" ? "" : limits(race)}</p>${noise(race)}`;
}

/** @param {Race} race @param {number} index */
function moment(race, index) {
  const run = race.chosen;
  const { title } = race.byName[race.of];
  if (!run) return `${escaped(title)} takes no part: tick it beside the picture.`;
  const t = Math.min(index, run.taken);
  if (run.heights) {
    const { truth, below, epochs } = race.slice;
    return `After epoch <b>${epochs[t]}</b> the true loss is <b>${write(truth[t])}</b>, on the slice below it ${write(below[t])}.`;
  }
  if (run.left !== null && index >= run.left) {
    return `<b>${escaped(title)}</b> left the ground at step ${run.left}.`;
  }
  if (run.diverged && index >= run.diverged) {
    return `<b>${escaped(title)}</b> ran away at step ${run.diverged}.`;
  }
  const way = t ? `${write(run.values[t - 1])} \u2192 ` : "";
  return `<b>${escaped(title)}</b>, step ${t} of ${race.values.steps}: ${race.surface.loss} ${way}<b>${write(run.values[t])}</b>`;
}

/** Where plain descent holds: exact on the bowl, near a place on any other ground. @param {Race} race */
function limits({ limits, values }) {
  const say = (/** @type {number} */ value) => (Number.isFinite(value) ? write(value) : "none");
  const name = "2/\u03bb<sub>max</sub>";
  if (values.surface === "bowl") {
    return `Plain descent settles below ${name} = <i class="s"></i><b>${say(limits.start)}</b>.`;
  }
  const there =
    limits.minimum === null ? "" : `, <i class="m"></i><b>${say(limits.minimum)}</b> at a minimum`;
  return `${name} is <i class="s"></i><b>${say(limits.start)}</b> at the start${there}: it holds near a place only.`;
}

/** @param {Race} race */
function noise(race) {
  const { values, functions, start } = race;
  if (values.noise === "full") return "";
  const said = functions.batch
    ? `Each step sees ${values.noise === "batch" ? 8 : 1} of ${race.arrays.data.targets.length} examples, shuffled anew each epoch.`
    : `Seeded noise of ${write(spread(values.noise, functions, start), 2)} is added to each slope.`;
  return `<p>${said}</p>`;
}

/**
 * Advice in place; the worst comes first. Empty text where nothing is wrong.
 * @param {Race} race
 * @param {number} index
 * @param {{ words: Record<string, string>, typed: { advice: string } }} header
 * @param {{ back: (run: Walk) => void, calm: (name: string, rate: number) => void }} ways
 * @returns {Advice}
 */
export function advice(race, index, { words, typed }, { back, calm }) {
  if (race.values.surface === "typed" && typed.advice) return { text: typed.advice, ways: [] };
  if (!race.start) return { text: words.nowhere, ways: [] };
  if (race.kept) return { text: words.locked, ways: [] };
  const found = fate(race, index, back, calm);
  if (!race.wanted) return found;
  const moved = `The function has no value or no slope at ${at(race.wanted)}, so the start was moved to where it has both.`;
  return { ...found, text: `${moved} ${found.text}`.trim() };
}

/**
 * What became of the race by a step: who left the ground, ran away, or cannot move.
 * @param {Race} race
 * @param {number} index
 * @param {(run: Walk) => void} back
 * @param {(name: string, rate: number) => void} calm
 * @returns {Advice}
 */
function fate(race, index, back, calm) {
  const best = (/** @type {Walk} */ run) => ({
    title: `Back to its best step, ${run.best}`,
    go: () => back(run),
  });
  const fallen = [race.chosen, ...race.runs].find(
    (run) => run?.leftTo && run.left !== null && index >= run.left,
  );
  if (fallen?.leftTo) {
    const text = `${fallen.rule.title} left the ground at step ${fallen.left}: the function has no value or no slope at ${at(fallen.leftTo)}.`;
    return { text, ways: [best(fallen)] };
  }
  const lost = [race.chosen, ...race.runs].find((run) => run?.diverged);
  if (lost?.diverged && index >= Math.min(lost.diverged, race.length)) {
    const { name, title } = lost.rule;
    const own = race.rateOf(name);
    const { start: limit } = race.limits;
    const plain = name === "sgd" && Number.isFinite(limit);
    const why =
      plain && own > limit && race.values.surface === "bowl"
        ? ` Its rate ${write(own)} is above the limit ${write(limit)}: each step overshoots by more than the last.`
        : " Each step was longer than the slope could be trusted for.";
    const rate = Number((plain ? Math.min(0.5 * limit, own / 2) : own / 10).toPrecision(2));
    const text = `${title} ran away: after step ${lost.diverged} it is farther out than any picture.${why}`;
    const slower = { title: `Try a rate of ${write(rate)}`, go: () => calm(name, rate) };
    return { text, ways: [best(lost), slower] };
  }
  if (race.of !== "training" && race.rateOf(race.of) === 0) {
    const { title } = race.byName[race.of];
    return { text: `With a rate of 0, ${title} never moves. Give it one above 0.`, ways: [] };
  }
  return { text: "", ways: [] };
}

/** @param {Race} race @param {Walk} run */
function ending(race, run) {
  if (run.left !== null) return `left the ground at step ${run.left}`;
  if (run.diverged) return `ran away at step ${run.diverged}`;
  return `at ${placeOf(run, run.taken)} with ${race.surface.measure} ${write(run.values[run.taken])}`;
}

/**
 * All that is drawn, in words.
 * @param {Race} race
 */
export function summary(race) {
  const { surface, values, start, slice } = race;
  const ends = race.runs
    .filter((run) => !run.heights)
    .map(
      (run) => `${run.rule.title} (rate ${write(race.rateOf(run.rule.name))}) ${ending(race, run)}`,
    );
  const seen = values.relief ? "as a relief seen from a side" : "from above";
  return (
    `${surface.title} ${seen}, dark where low. From ${at(start)}, after ${values.steps} steps: ` +
    `${ends.join("; ") || "no optimizer takes part"}.${slice ? ofSlice(slice) : ""}`
  );
}

/** How much of the training a slice shows, and how far each drawn point is from the truth. */
export function ofSlice(/** @type {any} */ { truth, below, epochs, shares, images }) {
  const gaps = Array.from(truth, (value, t) => Math.abs(value - below[t]));
  const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
  const worst = gaps.indexOf(Math.max(...gaps));
  const lie = shares[0] + shares[1] > WHOLE ? "lie on" : "lie, all but the last, beside";
  return (
    ` The training's ${epochs.length} snapshots ${lie} the slice: it holds ${shareOf(shares[0] + shares[1])} of their way. ` +
    `Loss on ${images} validation images: at the snapshots ${write(truth[0])} to ${write(truth.at(-1))}; ` +
    `on the slice it is off by ${write(mean, 2)} on average and by ${write(gaps[worst], 2)} at worst, after epoch ${epochs[worst]}.`
  );
}

/**
 * Everybody at a step, as a table.
 * @param {Race} race
 * @param {number} index
 */
export function table(race, index) {
  return {
    caption: `The race at step ${index}`,
    head: ["optimizer", "rate", "place", "loss there", "lowest loss", "how it ends"],
    rows: race.runs.map((run) => {
      const t = Math.min(index, run.taken);
      return [
        run.rule.title,
        run.heights ? "recorded" : write(race.rateOf(run.rule.name)),
        placeOf(run, t),
        write(run.values[t], 4),
        `${write(run.values[run.best], 4)} at step ${run.best}`,
        ending(race, run),
      ];
    }),
  };
}
