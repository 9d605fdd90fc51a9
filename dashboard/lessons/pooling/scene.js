// One map under one window, and all that follows from the two; computed when it is first asked for.

import {
  backwardMap,
  KINDS,
  noCurves,
  poolMap,
  pyramidOf,
  readsOf,
  relativeChange,
  rolled,
  sendBack,
  shiftOfMap,
  shiftSteps,
  spanOf,
  stepsAlong,
  unpoolMap,
} from "./pooling_math.js";

/** @typedef {import("./pooling_math.js").Grid} Grid */
/** @typedef {import("./pooling_math.js").Window} Window */
/** @typedef {import("./pooling_math.js").Pooled} Pooled */

const MOST_SHIFT = 24;
const MOST_ROUNDS = 4;
const MOST_LEVELS = 8;
const FAR = 64; // cells that are sent one by one; a leap further is sent at once
const BACK = KINDS.slice(0, 2); // ways that send a gradient back, as they are drawn

export const WAYS = [
  { kind: "max", how: "switches", title: "max, switches" },
  { kind: "max", how: "nearest", title: "max" },
  { kind: "average", how: "nearest", title: "average" },
  { kind: "stride", how: "nearest", title: "stride" },
];

export class Scene {
  /**
   * @param {Grid} map
   * @param {Window} window
   */
  constructor(map, window) {
    this.map = map;
    this.window = window;
    /** @type {Record<string, any>} */
    this.known = {};
    this.fits = Boolean(spanOf(map.height, window) && spanOf(map.width, window));
  }

  /**
   * @template T
   * @param {string} name
   * @param {() => T} make
   * @returns {T}
   */
  once(name, make) {
    return (this.known[name] ??= make());
  }

  /**
   * @param {string} kind
   * @returns {Pooled}
   */
  pooled(kind) {
    return this.once(`pooled ${kind}`, () => poolMap(this.map, this.window, kind));
  }

  /** The output's sides and spans are the same for every kind. */
  get out() {
    return this.pooled("max");
  }

  get cells() {
    return this.fits ? this.out.values.length : 0;
  }

  get middle() {
    const { height, width } = this.out;
    return Math.floor(height / 2) * width + Math.floor(width / 2);
  }

  /**
   * Row and column of an output cell, and where its window begins in the map.
   * @param {number} at
   */
  cell(at) {
    const { width, rows, columns } = this.out;
    const [r, c] = [Math.floor(at / width), at % width];
    const { stride } = this.window;
    return { r, c, top: r * stride - rows.before, left: c * stride - columns.before };
  }

  /** How many windows read each pixel. */
  get reads() {
    return this.once("reads", () => readsOf(this.map, this.window));
  }

  /**
   * The map, pooled again and again while something shrinks.
   * @param {string} kind
   * @returns {(Grid | Pooled)[]}
   */
  levels(kind) {
    return this.once(`levels ${kind}`, () => {
      const first = this.pooled(kind);
      if (first.height === this.map.height && first.width === this.map.width) return [this.map];
      return [this.map, first, ...pyramidOf(first, this.window, kind, MOST_LEVELS - 1)];
    });
  }

  /** Rounds of pooling that fit, at most a few. */
  get rounds() {
    let { height, width } = this.map;
    let found = 0;
    while (found < MOST_ROUNDS) {
      const [rows, columns] = [spanOf(height, this.window), spanOf(width, this.window)];
      if (!rows || !columns) break;
      [height, width] = [rows.outputs, columns.outputs];
      found++;
    }
    return found;
  }

  /**
   * @param {string} kind
   * @param {number} n
   * @returns {Pooled}
   */
  round(kind, n) {
    if (n === 1) return this.pooled(kind);
    return this.once(`round ${kind} ${n}`, () =>
      poolMap(this.round(kind, n - 1), this.window, kind),
    );
  }

  /**
   * The map after so many rounds of pooling and as many of un-pooling.
   * @param {string} kind
   * @param {string} how
   * @param {number} rounds
   * @returns {Float64Array}
   */
  trip(kind, how, rounds) {
    return this.once(`trip ${kind} ${how} ${rounds}`, () => {
      if (!rounds) return this.map.values;
      let { values } = this.round(kind, rounds);
      for (let n = rounds; n > 0; n--) values = unpoolMap(this.round(kind, n), how, values);
      return values;
    });
  }

  /** @param {number} rounds */
  trips(rounds) {
    return WAYS.map((way) => {
      const values = this.trip(way.kind, way.how, rounds);
      return { ...way, values, error: relativeChange(this.map.values, values) };
    });
  }

  get mostShift() {
    return Math.min(this.map.width, MOST_SHIFT);
  }

  /**
   * Change of each output by shift, as far as it is computed; goes on for a few milliseconds, or to the end.
   * @param {boolean} along
   * @param {number} [budget] in milliseconds
   * @returns {{ curves: Record<string, number[]>, done: boolean }}
   */
  curve(along, budget = Infinity) {
    const found = this.once(`curve ${along}`, () => {
      const curves = noCurves();
      const run = shiftSteps(this.map, this.window, this.mostShift, along, curves);
      return { curves, run, done: false };
    });
    for (const until = performance.now() + budget; !found.done && performance.now() < until;) {
      found.done = Boolean(found.run.next().done);
    }
    // The map itself follows every move exactly, whatever the window.
    const moved = this.once("moved", () => shiftOfMap(this.map, this.mostShift));
    const picture = along ? moved.map(() => 0) : moved;
    return { curves: { ...found.curves, picture }, done: found.done };
  }

  /**
   * The moved map, its outputs and their change.
   * @param {number} t pixels to the right
   * @param {boolean} along compared with the first output moved along
   */
  moved(t, along) {
    const kept = this.known.now;
    if (kept?.t === t && kept.along === along) return kept;
    const map = rolled(this.map, t % this.map.width);
    const steps = along ? stepsAlong(t, this.window.stride) % this.out.width : 0;
    /** @type {Record<string, number>} */
    const change = { picture: along ? 0 : relativeChange(this.map.values, map.values) };
    const outputs = KINDS.map((kind) => {
      const moved = /** @type {Pooled} */ (poolMap(map, this.window, kind));
      const first = this.pooled(kind);
      const { values } = steps ? rolled(first, steps) : first;
      change[kind] = relativeChange(values, moved.values);
      return moved;
    });
    return (this.known.now = { t, along, map, outputs, change });
  }

  /**
   * What the first cells send back, in each of the two ways.
   * @param {Float64Array} gradient of all cells; another array is another gradient
   * @param {number} sent
   * @param {(values: Float64Array) => void} changed called with each array that was added to
   * @returns {Grid[]}
   */
  back(gradient, sent, changed) {
    let kept = this.known.back;
    if (kept?.gradient !== gradient || kept.upto > sent || sent > kept.upto + FAR) {
      const maps = BACK.map((kind) => ({
        ...this.map,
        values: backwardMap(this.pooled(kind), gradient, sent),
      }));
      kept = this.known.back = { gradient, upto: sent, maps };
    }
    for (; kept.upto < sent; kept.upto++) {
      BACK.forEach((kind, i) => {
        sendBack(this.pooled(kind), kept.upto, gradient[kept.upto], kept.maps[i].values);
        changed(kept.maps[i].values);
      });
    }
    return kept.maps;
  }

  /**
   * What all cells send back, in each of the two ways.
   * @param {Float64Array} gradient
   */
  allBack(gradient) {
    return BACK.map((kind) => backwardMap(this.pooled(kind), gradient));
  }

  /** One window as large as the map: its largest value, where that stands, and its mean. */
  get global() {
    return this.once("global", () => {
      const { values } = this.map;
      let place = 0;
      let sum = 0;
      values.forEach((value, i) => {
        if (value > values[place]) place = i;
        sum += value;
      });
      return { max: values[place], average: sum / values.length, place };
    });
  }
}

/** The last maps of a network, and what it makes of their means. */
export class LastMaps {
  /**
   * @param {any} header of the message
   * @param {Float32Array & { shape: number[] }} maps (height, width, count)
   * @param {Float64Array} weights empty where no weight belongs to a mean
   */
  constructor(header, maps, weights) {
    /** @type {any} */
    const { means, order, bias, logit, label, network, counting } = header.global;
    const [height, width, count] = maps.shape;
    this.height = height;
    this.width = width;
    this.count = count;
    this.maps = maps;
    this.weights = weights;
    this.means = means;
    /** @type {number[] | null} */
    this.order = order;
    this.bias = bias;
    this.logit = logit;
    this.label = label;
    this.network = network;
    this.counting = counting;
    this.sums = [0];
    for (const i of order ?? []) this.sums.push(this.sums[this.sums.length - 1] + this.product(i));
    /** @type {Map<number, Grid>} */
    this.grids = new Map();
    /** @type {Grid | null} */
    this.summed = null;
  }

  /** @param {number} i */
  product(i) {
    return this.means[i] * this.weights[i];
  }

  /**
   * @param {number} index
   * @returns {Grid}
   */
  grid(index) {
    const { height, width, count, maps } = this;
    if (!this.grids.has(index)) {
      const values = Float64Array.from(
        { length: height * width },
        (_, i) => maps[i * count + index],
      );
      this.grids.set(index, { height, width, values });
    }
    return /** @type {Grid} */ (this.grids.get(index));
  }

  /** The maps summed with their weights: the class-activation map. @returns {Grid} */
  get activation() {
    return (this.summed ??= {
      height: this.height,
      width: this.width,
      values: Float64Array.from({ length: this.height * this.width }, (_, i) => {
        let sum = 0;
        for (let c = 0; c < this.count; c++) sum += this.maps[i * this.count + c] * this.weights[c];
        return sum;
      }),
    });
  }

  /**
   * The first maps that have room, the heaviest first where weights tell.
   * @param {number} most
   */
  shown(most) {
    return (this.order ?? Array.from({ length: this.count }, (_, i) => i)).slice(0, most);
  }
}

/**
 * The gradient that each output cell sends: a preset, and what was typed over it.
 * @param {{ sends: string, one: number, typed: number[] }} set `typed` holds cell and value in turn
 * @param {number} cells
 */
export function gradientOf({ sends, one, typed }, cells) {
  const mixed = (/** @type {number} */ i) =>
    Math.round(10 * Math.sin(12.9898 * (i + 1)) * Math.cos(4.1 * i)) / 10;
  const of = { ones: () => 1, one: (i) => (i === one ? 1 : 0), mixed }[sends];
  const found = Float64Array.from({ length: cells }, (_, i) => of(i));
  for (let at = 0; at + 1 < typed.length; at += 2) {
    const cell = typed[at];
    if (Number.isInteger(cell) && cell >= 0 && cell < cells) found[cell] = typed[at + 1];
  }
  return found;
}
