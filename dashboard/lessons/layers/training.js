// core/descent/small_training.py once more; tests hold both to the same weights.

import { permutation, seededStream } from "./network_math.js";

export const FAR = 1e6; // a weight beyond it has left all bounds
const STREAM_EPOCH = 2;
const MOST_KEYS = 800;

// One training that can be walked forward, back and again: it keeps its parameters at every epoch
// (at every few, once there are many) and repeats the batches between, which are the same each time.
export class Training {
  constructor(network, { positions, labels, rows, settings }) {
    this.network = network;
    this.settings = settings;
    this.inputs = network.featuresOf(positions, rows);
    this.targets = Float64Array.from(rows, (r) => labels[r]);
    this.count = rows.length;
    this.perEpoch = Math.ceil(this.count / settings.batch);
    this.w = network.initial(settings.seed);
    this.state = this.begin();
    this.slope = new Float64Array(network.count);
    this.batch = 0;
    this.last = 0;
    this.diverged = null;
    this.every = 1;
    this.orderOf = -1;
    this.order = new Int32Array();
    this.keys = [this.key()];
  }
  begin() {
    const made = () => new Float64Array(this.network.count);
    return (
      { momentum: () => [made()], adam: () => [made(), made()] }[this.settings.optimizer]?.() ?? []
    );
  }
  key(own = false) {
    return {
      batch: this.batch,
      w: this.w.slice(),
      state: this.state.map((s) => s.slice()),
      settings: this.settings,
      own,
    };
  }
  rows(batch) {
    const epoch = Math.floor(batch / this.perEpoch),
      place = batch % this.perEpoch,
      size = this.settings.batch;
    if (this.orderOf !== epoch) {
      this.order = permutation(this.count, seededStream(this.settings.seed, STREAM_EPOCH + epoch));
      this.orderOf = epoch;
    }
    return this.order.subarray(place * size, Math.min((place + 1) * size, this.count));
  }
  // Applies the next batch; false where the weights left all bounds, and then nothing has changed.
  step() {
    const { network, w } = this,
      { optimizer, rate, l2 } = this.settings,
      n = network.features.length;
    const rows = this.rows(this.batch),
      inputs = new Float64Array(rows.length * n),
      targets = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      targets[i] = this.targets[rows[i]];
      for (let j = 0; j < n; j++) inputs[i * n + j] = this.inputs[rows[i] * n + j];
    }
    const g = network.gradient(w, inputs, targets, l2, this.slope),
      moved = new Float64Array(w.length);
    const t = this.batch + 1,
      next = this.state.map((s) => new Float64Array(s.length));
    let good = true;
    // Keras takes these two powers of a decay in single precision.
    const corrected = (rate * Math.sqrt(1 - Math.fround(0.999) ** t)) / (1 - Math.fround(0.9) ** t);
    for (let i = 0; i < w.length; i++) {
      let change;
      if (optimizer === "adam") {
        const m = 0.9 * this.state[0][i] + (1 - 0.9) * g[i],
          v = 0.999 * this.state[1][i] + (1 - 0.999) * g[i] ** 2;
        next[0][i] = m;
        next[1][i] = v;
        change = (-corrected * m) / (Math.sqrt(v) + 1e-7);
      } else if (optimizer === "momentum") {
        change = 0.9 * this.state[0][i] - rate * g[i];
        next[0][i] = change;
      } else change = -rate * g[i];
      moved[i] = w[i] + change;
      if (!(Math.abs(moved[i]) <= FAR)) good = false;
    }
    if (!good) {
      this.diverged = t;
      return false;
    }
    this.w = moved;
    this.state = next;
    this.batch = t;
    if (t > this.last) {
      this.last = t;
      if (t % (this.perEpoch * this.every) === 0) this.keep();
    }
    return true;
  }
  keep() {
    this.keys.push(this.key());
    if (this.keys.length <= MOST_KEYS) return;
    this.every *= 2;
    this.keys = this.keys.filter(
      (key) => key.own || key.batch % (this.perEpoch * this.every) === 0,
    );
  }
  // To a batch that was already reached.
  back(batch) {
    let low = 0;
    this.keys.forEach((key, i) => {
      if (key.batch <= batch) low = i;
    });
    const key = this.keys[low];
    this.w = key.w.slice();
    this.state = key.state.map((s) => s.slice());
    this.settings = key.settings;
    this.batch = key.batch;
    while (this.batch < batch && this.step());
  }
  // What came after this batch is forgotten; from here on these settings and parameters hold.
  branch(settings = this.settings, w = this.w) {
    this.settings = settings;
    this.w = w.slice();
    this.keys = this.keys.filter((key) => key.batch < this.batch);
    this.last = this.batch;
    this.diverged = null;
    this.keys.push(this.key(true));
  }
}
