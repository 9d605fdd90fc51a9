// A small network that trains where it is drawn.

import { Surface } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { lowered, write } from "../../browser/number.js";
import { choicesOf, Course, pickOf, RATE } from "./course.js";
import { drawCurves } from "./curves.js";
import { NetworkControls } from "./network_controls.js";
import { drawNetwork } from "./network_draw.js";
import { sayRunaway, tell } from "./network_words.js";
import { drawPlane } from "./plane.js";
import { followHand } from "./hand.js";
import { Survey } from "./survey.js";
import { TrainingTransport } from "./training_transport.js";

const EPOCHS_A_SECOND = 15;
const MOST_EPOCHS = 3000;
const FRAME_MS = 8;
const CATCH_UP_MS = 40;
const TEXT_MS = 120;
const MOST_EDITS = 60;
const FARTHEST = 100; // of a weight that is set by hand

export class NetworkView {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.drawing = make("div", { className: "drawing" });
    this.plane = make("div", { className: "plane" });
    this.curves = make("div", { className: "curves", role: "img", "data-picture": "" });
    this.element = make(
      "div",
      { className: "network", hidden: true },
      this.drawing,
      this.plane,
      this.curves,
    );
    stage.pictures.append(this.element);
    this.wires = stage.hold(new Surface(this.drawing));
    this.map = stage.hold(new Surface(this.plane));
    this.survey = new Survey();
    /** @type {Course | null} */
    this.course = null;
    this.built = "";
    this.owing = false;
    this.following = false;
    this.stale = true;
    this.said = 0;
    this.note = "";
    /** @type {any[]} */
    this.idle = [];
    /** @type {any[]} */
    this.nodes = [];
    /** @type {any[]} */
    this.lines = [];
    /** @type {any} */
    this.plot = this.now = null;
    this.limits = [];
    Object.defineProperty(this.map.canvas, "shown", { get: () => this.shown() }); // read by tests
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  take(header, arrays, first) {
    this.header = header;
    this.sets = Object.fromEntries(
      header.sets.map((/** @type {any} */ set, /** @type {number} */ i) => {
        const [clean, disturbances, labels] = arrays.slice(3 * i, 3 * i + 3);
        return [set.name, { ...set, clean, disturbances, labels }];
      }),
    );
    if (!first) return;
    this.transport = new TrainingTransport(this.stage.find(".lb-transport-place"), {
      last: 0,
      perSecond: 100,
      name: "Batch",
      canvas: this.map.canvas,
      moved: () => this.moved(),
      draw: () => this.draw(),
    });
    this.transport.view = this;
    this.controls = new NetworkControls(this);
    followHand(this);
    this.follow();
  }

  /** @param {boolean} shown */
  show(shown) {
    this.element.hidden = !shown;
    this.controls.show(shown);
    this.transport.host.hidden = !shown;
    this.stage.transport = shown ? this.transport : null;
    if (!shown) this.transport.pause();
    this.touch();
  }

  arranged() {
    this.said = 0;
    this.touch();
  }

  touch() {
    this.stale = true;
    this.transport?.touch();
  }

  /** What is set, as the arithmetic needs it. */
  get choices() {
    return choicesOf(this.stage.values, this.header.features);
  }

  get training() {
    return this.course.training;
  }

  get network() {
    return this.course.network;
  }

  /** Edits as batch, place and value. */
  get edits() {
    const { edits } = this.stage.values;
    return Array.from({ length: Math.floor(edits.length / 3) }, (_, k) =>
      edits.slice(3 * k, 3 * k + 3),
    );
  }

  /** The unit and the weight that are looked at. */
  get pick() {
    return pickOf(this.stage.values.pick, this.network);
  }

  get probe() {
    return [this.stage.values.probex, this.stage.values.probey];
  }

  /** Place of the weight or bias that is looked at. */
  get place() {
    const { layer, unit, input } = this.pick;
    const n = this.network;
    return input < 0 ? n.biasAt[layer] + unit : n.weightAt[layer] + unit * n.sizes[layer] + input;
  }

  /** Bring everything in line with what is set. */
  follow() {
    if (!this.transport || this.following) return;
    const { edits } = this;
    const key = JSON.stringify(this.choices);
    if (key !== this.built || !this.course.continues(edits)) this.rebuild(key);
    this.owing = !this.course.catchUp(edits, ...this.goal, FRAME_MS);
    this.agree();
  }

  /** @returns {[number, number]} furthest and present batch that are set */
  get goal() {
    const most = MOST_EPOCHS * this.training.perEpoch;
    const { trained, at } = this.stage.values;
    return [Math.min(trained, most), Math.min(at, most)];
  }

  /** @param {string} key */
  rebuild(key) {
    const { choices } = this;
    this.built = key;
    this.course = new Course(choices, this.sets[choices.data]);
    this.survey.look(this.network, choices.features, this.header.reach);
    this.limits = [];
    this.idle = [];
    this.advise(null);
  }

  /** Transport and controls say where the training stands. */
  agree() {
    const { training: t, transport } = this;
    this.following = true;
    transport.last = t.last;
    transport.position = t.batch;
    transport.perSecond = EPOCHS_A_SECOND * t.perEpoch;
    if (!transport.playing) transport.traveled = undefined;
    transport.scrub.max = String(t.last);
    if (!transport.playing) transport.show();
    this.following = false;
    this.controls.follow();
    this.said = transport.playing ? this.said : 0;
    this.touch();
  }

  /** Keep in the settings where the training stands. */
  keep() {
    const { batch, last } = this.training;
    this.stage.set({ trained: last, at: batch });
  }

  /** The transport was moved by hand. */
  moved() {
    if (this.following || this.owing || !this.course || this.transport.playing) return;
    const batch = Math.min(Math.round(this.transport.position), this.training.last);
    if (batch === this.training.batch) return;
    this.course.seek(batch);
    if (!this.training.diverged || batch < this.training.last) this.advise(null);
    this.keep();
    this.agree();
  }

  mayTrain() {
    if (this.owing) return false;
    if (this.stage.locked && !this.network.hidden.length) {
      this.advise("number", this.header.words.locked);
      return false;
    }
    if (this.training.diverged) {
      this.advise("diverged");
      return false;
    }
    return this.training.batch < MOST_EPOCHS * this.training.perEpoch;
  }

  /**
   * Whether the batch was reached in the time that a frame allows.
   * @param {number} target
   * @param {number} [most]
   */
  trainTo(target, most = Infinity) {
    const t = this.training;
    const stop = Math.min(target, MOST_EPOCHS * t.perEpoch);
    if (t.batch >= t.last && !this.mayTrain()) {
      this.transport.playing = false;
      this.transport.show();
      return true;
    }
    const reached = this.course.trainTo(stop, most);
    if (t.diverged && t.batch < stop) {
      this.transport.playing = false;
      this.advise("diverged");
    }
    if (t.batch >= MOST_EPOCHS * t.perEpoch) this.transport.playing = false;
    this.keep();
    this.agree();
    if (!this.transport.playing) this.transport.show();
    return reached;
  }

  /** @param {number} by epochs */
  epoch(by) {
    const { perEpoch, batch, last } = this.training;
    const now = by > 0 ? Math.floor(batch / perEpoch) : Math.ceil(batch / perEpoch);
    const target = Math.max((now + by) * perEpoch, 0);
    this.transport.pause();
    if (target > last) this.trainTo(target);
    else this.transport.go(target);
  }

  /**
   * Change a weight, the rate or the penalty where the training stands.
   * @param {number} place
   * @param {number} value
   */
  edit(place, value) {
    if (this.owing) return;
    this.transport.pause();
    const { batch } = this.training;
    const kept = this.edits.filter(
      ([at, where]) => at < batch || (at === batch && where !== place),
    );
    if (kept.length >= MOST_EDITS) {
      this.advise("number", this.header.words.edits);
      return;
    }
    this.course.apply([batch, place, value]);
    this.advise(null);
    this.stage.set({ edits: [...kept, [batch, place, value]].flat(), trained: batch, at: batch });
    this.agree();
  }

  /** @param {number} value */
  setValue(value) {
    if (!Number.isFinite(value) || Math.abs(value) > FARTHEST) this.advise("value");
    else this.edit(this.place, value);
  }

  /** @param {number} rate */
  setRate(rate) {
    this.edit(RATE, rate);
    if (rate === 0) this.advise("number", this.header.words.flat);
  }

  /**
   * Another network or other points: its training begins anew.
   * @param {Record<string, any>} patch
   */
  renew(patch) {
    this.transport.pause();
    const { rate, l2: penalty } = this.training.settings; // as they were tuned
    this.stage.set({ rate, penalty, ...patch, trained: 0, at: 0, edits: [] });
  }

  /**
   * @param {number} layer
   * @param {number} unit
   * @param {number} [input] -1 for the bias
   */
  select(layer, unit, input = -1) {
    this.stage.set({ pick: [layer, unit, input] });
  }

  /** @param {number} layer @param {number} unit */
  unitName(layer, unit) {
    return layer === this.network.depth - 1 ? "output" : `hidden ${layer + 1}, unit ${unit + 1}`;
  }

  /** @param {number} layer @param {number} input */
  inputName(layer, input) {
    return layer ? `a${lowered(input + 1)}` : this.symbol(this.network.features[input]);
  }

  /** @param {string} name */
  symbol(name) {
    return this.header.features.find((/** @type {any} */ f) => f.name === name).symbol;
  }

  /**
   * Advice over the plane; none with null.
   * @param {"diverged" | "value" | "number" | null} kind
   * @param {string} [text]
   */
  advise(kind, text = "") {
    const t = this.training;
    if (kind === "value") this.controls.advise(this.header.words.far);
    else if (kind !== "diverged") this.controls.advise(kind ? text : "");
    else {
      const { rate } = t.settings;
      const calmer = Number((rate > 1 ? 0.1 : rate / 10).toPrecision(1));
      const back = () => {
        const good = this.course.lastGoodBatch;
        t.diverged = null;
        this.transport.go(good);
        this.advise(null);
      };
      this.controls.advise(sayRunaway(t), [
        ["Back to the last good step", back],
        [
          `Back, with a rate of ${write(calmer)}`,
          () => {
            back();
            this.setRate(calmer);
          },
        ],
      ]);
    }
  }

  draw() {
    if (this.element.hidden || !this.course || !this.map.width) return;
    if (this.owing) {
      this.owing = !this.course.catchUp(this.edits, ...this.goal, CATCH_UP_MS);
      this.agree();
      if (!this.owing && this.training.diverged) this.advise("diverged");
    }
    if (!this.stale) return;
    this.stale = false;
    const { playing } = this.transport;
    const time = performance.now();
    this.now = this.course.evaluate();
    const passed = this.survey.pass(this.training.w, playing || this.owing);
    drawNetwork(this, passed);
    drawPlane(this, passed);
    if (!playing || time - this.said > TEXT_MS) {
      this.said = time;
      drawCurves(this);
      tell(this);
    }
    clearTimeout(this.later);
    if (this.owing) this.touch();
    else if (playing || !passed.fine) {
      this.later = setTimeout(() => {
        if (!this.transport.playing) this.touch();
      }, 300);
    }
  }

  /** What tests compare with core. */
  shown() {
    const { course, training: t, choices, pick, probe, idle, owing } = this;
    return {
      ...{ batch: t.batch, last: t.last, w: [...t.w], perEpoch: t.perEpoch, owing },
      losses: course.losses.map((loss) => loss.train),
      playing: this.transport.playing,
      ...{ choices, pick, probe, idle, rate: t.settings.rate, l2: t.settings.l2 },
      lines: this.lines,
    };
  }

  close() {
    clearTimeout(this.later);
    this.transport?.close();
  }
}
