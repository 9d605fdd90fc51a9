// What one threshold does to a network's answers, while it is dragged: `core.evaluation.operating_point`.

/**
 * Images by what they show and how they are answered.
 * @typedef {{ found: number, missed: number, alarms: number, spared: number }} Counts
 */

/**
 * How the images are answered.
 * @param {ArrayLike<number>} labels 0 or 1
 * @param {ArrayLike<number>} scores output for class 1
 * @param {number} threshold a score at or above it is answered with 1
 * @returns {Counts}
 */
export function countAnswers(labels, scores, threshold) {
  const counts = { found: 0, missed: 0, alarms: 0, spared: 0 };
  for (let i = 0; i < labels.length; i++) counts[kindOf(labels[i], scores[i], threshold)] += 1;
  return counts;
}

/**
 * How one image is answered.
 * @param {number} label
 * @param {number} score
 * @param {number} threshold
 * @returns {keyof Counts}
 */
export function kindOf(label, score, threshold) {
  if (label === 1) return score >= threshold ? "found" : "missed";
  return score >= threshold ? "alarms" : "spared";
}

/** @param {Counts} counts */
export const sensitivity = ({ found, missed }) => found / (found + missed);

/** @param {Counts} counts */
export const specificity = ({ spared, alarms }) => spared / (spared + alarms);

/**
 * Shares of right alarms and of right all-clears where positives are that frequent; NaN for none.
 * @param {Counts} counts
 * @param {number} prevalence 0 to 1
 * @returns {[number, number]}
 */
export function predictive(counts, prevalence) {
  const [sick, well] = [sensitivity(counts) * prevalence, specificity(counts) * (1 - prevalence)];
  const [alarmed, missed] = [
    (1 - specificity(counts)) * (1 - prevalence),
    (1 - sensitivity(counts)) * prevalence,
  ];
  return [sick / (sick + alarmed), well / (well + missed)];
}

/**
 * Counts at every threshold that parts the scores in another way, the lowest first; none above 1.
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} scores
 * @returns {{ threshold: number, counts: Counts }[]}
 */
export function sweep(labels, scores) {
  const order = Array.from({ length: scores.length }, (_, i) => i);
  order.sort((a, b) => scores[a] - scores[b]);
  const counts = countAnswers(labels, scores, -Infinity);
  const steps = [{ threshold: 0, counts: { ...counts } }];
  order.forEach((i, at) => {
    const [from, to] = labels[i] === 1 ? MISSED : SPARED;
    counts[from] -= 1;
    counts[to] += 1;
    const next = at + 1 < order.length ? scores[order[at + 1]] : 1;
    if (next > scores[i]) {
      steps.push({ threshold: (scores[i] + next) / 2, counts: { ...counts } });
    }
  });
  return steps;
}

/** @type {[keyof Counts, keyof Counts]} */
const MISSED = ["found", "missed"];
/** @type {[keyof Counts, keyof Counts]} */
const SPARED = ["alarms", "spared"];

/**
 * The threshold with the least expected cost; of several the lowest, 0.5 where one class is absent.
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} scores
 * @param {number} miss what a miss costs, where a false alarm costs 1
 * @param {number} prevalence 0 to 1
 */
export function cheapestThreshold(labels, scores, miss, prevalence) {
  let best = { cost: Infinity, threshold: 0.5 };
  for (const { threshold, counts } of sweep(labels, scores)) {
    const missed = prevalence * miss * (1 - sensitivity(counts));
    const cost = missed + (1 - prevalence) * (1 - specificity(counts));
    if (cost < best.cost - 1e-12) best = { cost, threshold };
  }
  return best.threshold;
}

/**
 * Mean output and share of positives of the images in each part of the scale that holds some.
 * @param {ArrayLike<number>} labels
 * @param {ArrayLike<number>} scores
 * @param {number} parts
 * @returns {{ output: number, share: number, n: number }[]}
 */
export function reliability(labels, scores, parts) {
  const bins = Array.from({ length: parts }, () => ({ output: 0, share: 0, n: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const bin = bins[Math.min(Math.floor(scores[i] * parts), parts - 1)];
    bin.output += scores[i];
    bin.share += labels[i];
    bin.n += 1;
  }
  const held = bins.filter(({ n }) => n);
  return held.map(({ output, share, n }) => ({ output: output / n, share: share / n, n }));
}

/**
 * An output with its logit divided by a temperature.
 * @param {number} score
 * @param {number} by
 */
export function warmed(score, by) {
  const inside = Math.min(Math.max(score, 1e-7), 1 - 1e-7);
  return 1 / (1 + Math.exp(-Math.log(inside / (1 - inside)) / by));
}
