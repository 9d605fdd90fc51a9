// core/descent/{seeded,small_network}.py once more, so that training follows the hand; tests hold both to
// the same weights. All parameters lie in one Float64Array, layer by layer: weights unit by unit, then biases.

import { ACTIVATIONS, logistic } from "../../browser/math/activation.js";
import { uniform } from "../../browser/random.js";

export const NET_FEATURES = {
  x1: (a) => a,
  x2: (_a, b) => b,
  x1_squared: (a) => a * a,
  x2_squared: (_a, b) => b * b,
  product: (a, b) => a * b,
  sin_x1: (a) => Math.sin(a),
  sin_x2: (_a, b) => Math.sin(b),
};
const NET_PARAMETER = { sigmoid: 1, tanh: 1, leaky_relu: 0.2, elu: 1 };
const NET_SATURATING = { tanh: 1, sigmoid: 0.25 };
const NET_FLAT = 0.05;
const NET_MOSTLY = 0.95;
const NET_GOOD = 1.5;
const STREAM_WEIGHTS = 0;
const STREAM_SPLIT = 1;

export function seededStream(seed, number) {
  return uniform(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
}
export function permutation(count, draw) {
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(draw() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
export function splitPoints(count, share, seed) {
  const order = permutation(count, seededStream(seed, STREAM_SPLIT));
  const cut = Math.min(Math.max(Math.floor(share * count + 0.5), 1), count - 1);
  return [order.slice(0, cut), order.slice(cut)];
}

export class SmallNetwork {
  // hidden: [[units, activation], ...]
  constructor(features, hidden) {
    this.features = features;
    this.hidden = hidden;
    this.sizes = [features.length, ...hidden.map((layer) => layer[0]), 1];
    this.activations = [...hidden.map((layer) => layer[1]), "linear"];
    this.depth = this.activations.length;
    this.f = this.activations.map((name) => ACTIVATIONS[name][0]);
    this.df = this.activations.map((name) => ACTIVATIONS[name][1]);
    this.p = this.activations.map((name) => NET_PARAMETER[name] ?? 0);
    this.weightAt = [];
    this.biasAt = [];
    let at = 0;
    for (let l = 0; l < this.depth; l++) {
      this.weightAt.push(at);
      at += this.sizes[l] * this.sizes[l + 1];
      this.biasAt.push(at);
      at += this.sizes[l + 1];
    }
    this.count = at;
    this.buffers = new Map();
  }
  initial(seed) {
    const draw = seededStream(seed, STREAM_WEIGHTS),
      w = new Float64Array(this.count);
    for (let l = 0; l < this.depth; l++) {
      const limit = Math.sqrt(6 / (this.sizes[l] + this.sizes[l + 1]));
      for (let i = this.weightAt[l]; i < this.biasAt[l]; i++) w[i] = (2 * draw() - 1) * limit;
    }
    return w;
  }
  // (N, n) row by row.
  featuresOf(positions, rows = null) {
    const n = this.features.length,
      count = rows ? rows.length : positions.length / 2,
      out = new Float64Array(count * n);
    const of = this.features.map((name) => NET_FEATURES[name]);
    for (let i = 0; i < count; i++) {
      const r = rows ? rows[i] : i;
      for (let j = 0; j < n; j++) out[i * n + j] = of[j](positions[2 * r], positions[2 * r + 1]);
    }
    return out;
  }
  // Arrays for a pass over `count` points, kept: { sums: [l] (N, m), outputs: [l] (N, m) }.
  buffer(count, name) {
    const key = `${name}${count}`;
    let found = this.buffers.get(key);
    if (!found) {
      const make = () => this.sizes.slice(1).map((m) => new Float64Array(count * m));
      found = { sums: make(), outputs: make() };
      this.buffers.set(key, found);
    }
    return found;
  }
  forward(w, inputs, count, name = "pass") {
    const done = this.buffer(count, name);
    let values = inputs;
    for (let l = 0; l < this.depth; l++) {
      const n = this.sizes[l],
        m = this.sizes[l + 1],
        W = this.weightAt[l],
        B = this.biasAt[l];
      const sums = done.sums[l],
        outputs = done.outputs[l],
        f = this.f[l],
        p = this.p[l],
        straight = this.activations[l] === "linear";
      for (let i = 0; i < count; i++) {
        for (let u = 0; u < m; u++) {
          let sum = 0;
          for (let j = 0; j < n; j++) sum += values[i * n + j] * w[W + u * n + j];
          sum += w[B + u];
          sums[i * m + u] = sum;
          outputs[i * m + u] = straight ? sum : f(sum, p);
        }
      }
      values = outputs;
    }
    done.logits = values;
    return done;
  }
  penalty(w, l2) {
    if (!l2) return 0;
    let sum = 0;
    for (let l = 0; l < this.depth; l++)
      for (let i = this.weightAt[l]; i < this.biasAt[l]; i++) sum += w[i] * w[i];
    return l2 * sum;
  }
  loss(w, inputs, targets, l2) {
    const count = targets.length,
      { logits } = this.forward(w, inputs, count, "loss");
    return crossEntropy(logits, targets) + this.penalty(w, l2);
  }
  gradient(w, inputs, targets, l2, out) {
    const count = targets.length,
      done = this.forward(w, inputs, count, "batch");
    done.bySums ??= done.sums.map((sums) => new Float64Array(sums.length));
    const last = done.bySums[this.depth - 1];
    for (let i = 0; i < count; i++) last[i] = (logistic(done.logits[i]) - targets[i]) / count;
    for (let l = this.depth - 1; l >= 0; l--) {
      const n = this.sizes[l],
        m = this.sizes[l + 1],
        W = this.weightAt[l],
        B = this.biasAt[l];
      const by = done.bySums[l],
        before = l ? done.outputs[l - 1] : inputs;
      for (let u = 0; u < m; u++) {
        let bias = 0;
        for (let i = 0; i < count; i++) bias += by[i * m + u];
        out[B + u] = bias;
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let i = 0; i < count; i++) sum += by[i * m + u] * before[i * n + j];
          out[W + u * n + j] = sum + 2 * l2 * w[W + u * n + j];
        }
      }
      if (!l) continue;
      const df = this.df[l - 1],
        p = this.p[l - 1],
        sums = done.sums[l - 1],
        below = done.bySums[l - 1];
      for (let i = 0; i < count; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let u = 0; u < m; u++) sum += by[i * m + u] * w[W + u * n + j];
          below[i * n + j] = sum * df(sums[i * n + j], p);
        }
    }
    return out;
  }
  // For each hidden layer and unit "dead", "saturated" or "".
  idle(w, inputs, count) {
    const done = this.forward(w, inputs, count, "idle");
    return this.hidden.map(([units, name], l) =>
      Array.from({ length: units }, (_, u) => {
        const greatest = NET_SATURATING[name];
        let flat = 0,
          zero = 0;
        for (let i = 0; i < count; i++) {
          const slope = Math.abs(this.df[l](done.sums[l][i * units + u], this.p[l]));
          if (slope === 0) zero++;
          if (greatest && slope < NET_FLAT * greatest) flat++;
        }
        if (greatest) return flat / count >= NET_MOSTLY ? "saturated" : "";
        return zero === count ? "dead" : "";
      }),
    );
  }
}
export function crossEntropy(logits, targets) {
  let sum = 0;
  for (let i = 0; i < targets.length; i++)
    sum +=
      Math.max(logits[i], 0) - logits[i] * targets[i] + Math.log1p(Math.exp(-Math.abs(logits[i])));
  return sum / targets.length;
}
export function accuracyOf(logits, targets) {
  let right = 0;
  for (let i = 0; i < targets.length; i++) right += Number(logits[i] >= 0 === targets[i] > 0.5);
  return right;
}
// core.evaluation.metrics.wilson: 95 % interval of a share.
export function wilsonInterval(right, count) {
  const z = 1.959963984540054,
    share = right / count,
    middle = (share + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half =
    (z * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count))) /
    (1 + (z * z) / count);
  return [Math.max(middle - half, 0), Math.min(middle + half, 1)];
}
// Place of the last loss that is at most NET_GOOD times the lowest before it.
export function lastGood(losses) {
  let found = 0,
    lowest = Infinity;
  losses.forEach((value, place) => {
    if (Number.isFinite(value) && value <= NET_GOOD * lowest) found = place;
    if (value < lowest) lowest = value;
  });
  return found;
}
