// The cycle of core/descent/cycle.py and cycle_run.py once more, for a learning rate that is being
// dragged; a test compares every number with what Python computes for the same choices.

/** @typedef {Record<string, any>} Run */
const SIDE = 8,
  MAP = 6,
  POOLED = 3,
  KERNEL = 3;

// Parameters in one row: K kernels of 9, K biases, K dense blocks of 9, one dense bias.
function forward(patch, target, w, K) {
  const sums = new Float64Array(K * 36),
    pooled = new Float64Array(K * 9),
    winners = new Uint8Array(K * 9);
  let logit = w[19 * K];
  for (let k = 0; k < K; k++) {
    for (let r = 0; r < MAP; r++)
      for (let c = 0; c < MAP; c++) {
        let sum = 0;
        for (let i = 0; i < KERNEL; i++)
          for (let j = 0; j < KERNEL; j++) {
            sum += patch[(r + i) * SIDE + c + j] * w[9 * k + 3 * i + j];
          }
        sums[36 * k + 6 * r + c] = sum + w[9 * K + k];
      }
    for (let p = 0; p < 9; p++) {
      let best = 0,
        most = -Infinity;
      for (let q = 0; q < 4; q++) {
        const value = Math.max(sums[36 * k + cellOf(p, q)], 0);
        if (value > most) {
          most = value;
          best = q;
        } // the first in reading order wins
      }
      pooled[9 * k + p] = most;
      winners[9 * k + p] = best;
      logit += most * w[10 * K + 9 * k + p];
    }
  }
  const loss = Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
  const small = Math.exp(-Math.abs(logit));
  return { sums, pooled, winners, logit, output: (logit >= 0 ? 1 : small) / (1 + small), loss };
}

// Cell 0 to 35 of a map: candidate q of pooling window p, both in reading order.
export function cellOf(p, q) {
  return (2 * Math.floor(p / POOLED) + (q >> 1)) * MAP + 2 * (p % POOLED) + (q & 1);
}

function backward(patch, done, byLogit, w, K, gradient) {
  const byPooled = new Float64Array(K * 9),
    byMaps = new Float64Array(K * 36),
    bySums = new Float64Array(K * 36);
  for (let k = 0; k < K; k++) {
    for (let p = 0; p < 9; p++) {
      byPooled[9 * k + p] = byLogit * w[10 * K + 9 * k + p];
      gradient[10 * K + 9 * k + p] += byLogit * done.pooled[9 * k + p];
      const cell = 36 * k + cellOf(p, done.winners[9 * k + p]);
      byMaps[cell] = byPooled[9 * k + p];
      if (done.sums[cell] > 0) bySums[cell] = byMaps[cell];
    }
    for (let cell = 0; cell < 36; cell++) {
      const slope = bySums[36 * k + cell];
      gradient[9 * K + k] += slope;
      if (slope === 0) continue;
      const r = Math.floor(cell / MAP),
        c = cell % MAP;
      for (let i = 0; i < KERNEL; i++)
        for (let j = 0; j < KERNEL; j++) {
          gradient[9 * k + 3 * i + j] += slope * patch[(r + i) * SIDE + c + j];
        }
    }
  }
  gradient[19 * K] += byLogit;
  return { byPooled, byMaps, bySums };
}

// All updates for one learning rate, in the layout that Python sends; ends where numbers do.
export function runCycle(given, rate) {
  const { pool, targets, order } = given,
    K = given.kernels,
    N = targets.length;
  const [U, B] = order.shape,
    n = 19 * K + 1;
  const patchOf = (index) => pool.subarray(64 * index, 64 * index + 64);
  let w = given.start.slice();
  const run = {
    kernels: K,
    batch: B,
    rate,
    updates: [],
    weights: [w],
    poolLoss: [],
    differences: null,
  };
  const poolLoss = (at) => {
    let total = 0;
    for (let i = 0; i < N; i++) total += forward(patchOf(i), targets[i], at, K).loss;
    return total / N;
  };
  run.poolLoss.push(poolLoss(w));
  for (let u = 0; u < U; u++) {
    const row = order.subarray(u * B, u * B + B),
      gradient = new Float64Array(n),
      samples = [];
    let loss = 0;
    for (const index of row) {
      const done = forward(patchOf(index), targets[index], w, K);
      const byLogit = (done.output - targets[index]) / B;
      loss += done.loss / B;
      samples.push({
        index,
        ...done,
        byLogit,
        ...backward(patchOf(index), done, byLogit, w, K, gradient),
      });
    }
    const after = w.map((value, i) => value - rate * gradient[i]);
    let lossAfter = 0;
    for (const index of row)
      lossAfter += forward(patchOf(index), targets[index], after, K).loss / B;
    if (!after.every(Number.isFinite) || !Number.isFinite(lossAfter)) break;
    run.updates.push({ samples, gradient, loss, lossAfter });
    run.weights.push(after);
    run.poolLoss.push(poolLoss(after));
    w = after;
  }
  return run;
}

/**
 * Whether at the end no patch wakes a ReLU, those of other batches too: then no gradient reaches a kernel any more.
 * @param {any} given
 * @param {Run} run
 */
export function silentAtEnd({ pool, targets }, { weights, kernels }) {
  const at = (/** @type {number} */ i) => pool.subarray(64 * i, 64 * i + 64);
  return Array.from(targets).every((target, i) =>
    forward(at(i), target, weights.at(-1), kernels).pooled.every((/** @type {number} */ v) => !v),
  );
}

// What Python sent, in the same shape.
export function sentRun(header, arrays) {
  const [
    pool,
    gray,
    targets,
    order,
    weights,
    sums,
    winners,
    pooled,
    logits,
    outputs,
    losses,
    byLogit,
    byPooled,
    byMaps,
    bySums,
    gradient,
    loss,
    lossAfter,
    poolLoss,
    differences,
  ] = arrays;
  const K = header.kernels,
    B = order.shape[1],
    U = header.updates,
    n = 19 * K + 1;
  const rows = (array, size) => (at) => array.subarray(at * size, at * size + size);
  const [s, win, p, bp, bm, bs] = [
    rows(sums, 36 * K),
    rows(winners, 9 * K),
    rows(pooled, 9 * K),
    rows(byPooled, 9 * K),
    rows(byMaps, 36 * K),
    rows(bySums, 36 * K),
  ];
  const w = rows(weights, n),
    g = rows(gradient, n),
    d = rows(differences, n);
  const updates = Array.from({ length: U }, (_, u) => ({
    gradient: g(u),
    loss: loss[u],
    lossAfter: lossAfter[u],
    samples: Array.from({ length: B }, (_, b) => {
      const at = u * B + b;
      return {
        index: order[at],
        sums: s(at),
        winners: win(at),
        pooled: p(at),
        logit: logits[at],
        output: outputs[at],
        loss: losses[at],
        byLogit: byLogit[at],
        byPooled: bp(at),
        byMaps: bm(at),
        bySums: bs(at),
      };
    }),
  }));
  return {
    given: { pool, gray, targets, order, kernels: K, start: weights.slice(0, n) },
    run: {
      kernels: K,
      batch: B,
      rate: header.rate,
      updates,
      poolLoss: Array.from(poolLoss),
      weights: Array.from({ length: U + 1 }, (_, u) => w(u)),
      differences: Array.from({ length: U }, (_, u) => d(u)),
    },
  };
}

const SENT_ARRAYS = 20,
  CONTRAST = 64;
/**
 * What a run begins with, for any choice of kernels, batch and seed; the arrays behind those of a run.
 * @param {any[]} arrays
 * @param {any} sent
 * @param {any} choice
 */
export function givenFor(arrays, sent, { kernels, batch, seed }) {
  const [gray, one, two, ...orders] = arrays.slice(SENT_ARRAYS);
  const patches = gray.shape[1],
    cells = SIDE * SIDE;
  const own = gray.slice(seed * patches * cells, (seed + 1) * patches * cells),
    pool = new Float64Array(own.length);
  for (let i = 0; i < patches; i++) {
    let sum = 0;
    for (let j = 0; j < cells; j++) sum += own[i * cells + j];
    for (let j = 0; j < cells; j++)
      pool[i * cells + j] = (own[i * cells + j] - sum / cells) / CONTRAST;
  }
  const starts = kernels === 1 ? one : two,
    n = starts.shape[1];
  const rows = orders[batch - 1],
    [, updates, size] = rows.shape;
  const order = rows.slice(seed * updates * size, (seed + 1) * updates * size);
  Object.assign(order, { shape: [updates, size] });
  return {
    pool,
    gray: own,
    targets: sent.targets,
    order,
    kernels,
    start: starts.slice(seed * n, (seed + 1) * n),
  };
}

/**
 * The largest difference between two runs, relative to the size of each number.
 * @param {Run} mine
 * @param {Run} sent
 */
export function disagreement(mine, sent) {
  let worst = mine.updates.length === sent.updates.length ? 0 : Infinity;
  const compare = (/** @type {ArrayLike<number>} */ a, /** @type {ArrayLike<number>} */ b) => {
    for (let i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs(a[i] - b[i]) / (1 + Math.abs(b[i])));
    }
  };
  const arrays = ["sums", "pooled", "winners", "byPooled", "byMaps", "bySums"];
  const single = ["logit", "output", "loss", "byLogit"];
  mine.updates.forEach((/** @type {any} */ update, /** @type {number} */ u) => {
    const other = sent.updates[u];
    compare(update.gradient, other.gradient);
    compare([update.loss, update.lossAfter], [other.loss, other.lossAfter]);
    update.samples.forEach((/** @type {any} */ sample, /** @type {number} */ b) => {
      const theirs = other.samples[b];
      for (const name of arrays) compare(sample[name], theirs[name]);
      compare(
        single.map((name) => sample[name]),
        single.map((name) => theirs[name]),
      );
    });
  });
  mine.weights.forEach((/** @type {any} */ row, /** @type {number} */ u) => {
    compare(row, sent.weights[u]);
  });
  compare(mine.poolLoss, sent.poolLoss);
  return worst;
}
