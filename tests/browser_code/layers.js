// A training in small, walked forward and back, for a comparison with core.

import { SmallNetwork, splitPoints } from "../../dashboard/lessons/layers/network_math.js";
import { Training } from "../../dashboard/lessons/layers/training.js";

/**
 * A whole training and back again.
 * @param {any} task features, hidden, points, how they are split and trained, and for how many batches
 */
export function rehearse({
  features,
  hidden,
  clean,
  disturbances,
  labels,
  noise,
  share,
  settings,
  batches,
}) {
  const positions = Float64Array.from(clean, (v, i) => v + noise * disturbances[i]);
  const [rows, rest] = splitPoints(labels.length, share, settings.seed);
  const network = new SmallNetwork(features, hidden);
  const training = new Training(network, { positions, labels, rows, settings });
  const loss = () =>
    network.loss(training.w, training.inputs, training.targets, training.settings.l2);
  const start = [...training.w];
  const first = loss();
  while (training.batch < batches && training.step());
  const after = loss();
  const weights = [...training.w];
  const stopped = training.batch;
  training.back(Math.floor(stopped / 3));
  while (training.batch < stopped && training.step());
  return {
    ...{ start, weights, again: [...training.w], losses: [first, after] },
    ...{ train: [...rows], test: [...rest], batch: stopped, diverged: training.diverged },
    idle: network.idle(training.w, training.inputs, training.count),
  };
}
