// The training cycle: batch, forward, loss, gradient, step, with every number. Python computed the run
// that the page opens with; while a choice changes, run.js walks the same cycle here.

import { Surface } from "../../browser/canvas.js";
import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { foreign, walk } from "../../browser/keys.js";
import { mount } from "../../browser/mount.js";
import { escaped, filled, write } from "../../browser/number.js";
import { limitsOf, Moment } from "./content.js";
import { Drawing } from "./draw.js";
import { LossCurve } from "./losses.js";
import { cellOf, disagreement, givenFor, runCycle, sentRun } from "./run.js";
import { KERNELS, MAPS, SCENES, SIDES, STEPS, THREES } from "./scenes.js";
import { advice, formula, say } from "./words.js";

const CHOICES = ["kernels", "batch", "seed", "rate"];

class Cycle {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.drawing = new Drawing(this.surface);
    this.phases = make("div", { className: "phases", role: "group" });
    this.curve = new LossCurve((update) => this.go(update, this.moment.s));
    stage.hold(this.curve.surface);
    stage.aside.append(this.phases, this.curve.element);
    /** @type {import("../../browser/transport.js").Transport | null} */
    this.transport = null;
    this.spot = null;
    this.header = null;
    this.words = {};
  }

  load(header, arrays, first) {
    this.header = header;
    this.words = header.words;
    this.arrays = arrays;
    const sent = sentRun(header, arrays);
    this.sent = sent.given;
    // Read by tests: how far this script's own cycle is from Python's.
    const mine = runCycle(givenFor(arrays, sent.given, header.choices), header.rate);
    Object.assign(this.surface.canvas, { disagreement: disagreement(mine, sent.run) });
    if (first) this.build();
    // What is set here may be ahead of the server: then the run is walked here until it follows.
    const same = CHOICES.every((name) => header.choices[name] === this.stage.values[name]);
    if (same) this.adopt(sent.given, sent.run);
    else this.walk();
  }

  build() {
    const { header, stage } = this;
    stage.control(["rate", "kernels", "batch", "seed", "patch"]);
    this.transport = stage.play({
      last: 1,
      perSecond: 1,
      name: "Step",
      canvas: this.surface.canvas,
      moved: () => this.moved(),
      draw: () => this.draw(),
    });
    this.phases.setAttribute("aria-label", "The five steps of the cycle");
    header.phases.forEach((/** @type {string} */ title, /** @type {number} */ i) => {
      const step = header.steps.findIndex((/** @type {any} */ one) => one.phase === i + 1);
      button(this.phases, `${i + 1} ${title}`, () => this.go(this.moment.u, step));
    });
    this.listen();
  }

  /** Another run at once, from what was sent for every choice. */
  walk() {
    const given = givenFor(this.arrays, this.sent, this.stage.values);
    this.adopt(given, runCycle(given, this.stage.values.rate));
  }

  adopt(given, run) {
    this.given = given;
    this.run = run;
    this.limits = limitsOf(run);
    this.dial("patch", run.batch);
    this.settle();
  }

  dial(name, most) {
    this.stage.dials[name].offer({ high: most });
    if (this.stage.values[name] > most) this.stage.set({ [name]: most });
  }

  settle() {
    const last = this.stage.locked ? STEPS - 2 : this.run.updates.length * STEPS - 1;
    this.transport.setLast(last);
    this.transport.go(Math.min(this.stage.values.step, last));
    this.tell();
  }

  settled() {
    this.settle();
  }

  changed(names) {
    if (CHOICES.some((name) => names.includes(name))) this.walk();
    if (names.includes("step") && this.transport.index !== this.stage.values.step) {
      this.transport.go(this.stage.values.step);
    }
    this.tell();
  }

  arranged() {
    this.drawing.scenes = null;
    if (this.run) this.tell();
  }

  /** What is shown: one position for picture, sentence and formula. */
  get moment() {
    const { patch, weight, kernel } = this.stage.values;
    const index = this.transport.index;
    const at = { index, sample: patch - 1, k: kernel - 1, weight, spot: this.spot };
    return new Moment(this.run, this.given, at, this.limits);
  }

  go(update, step) {
    this.transport.pause();
    this.transport.go(Math.min(update, this.run.updates.length - 1) * STEPS + step);
  }

  moved() {
    if (!this.run) return;
    if (this.at === this.transport.index && !this.transport.playing) {
      this.stage.set({ step: this.transport.index });
      return;
    }
    if (this.at === this.transport.index) return;
    this.at = this.transport.index;
    this.spot = null;
    if (!this.transport.playing) this.stage.set({ step: this.transport.index });
    this.tell();
  }

  draw() {
    if (!this.run || !this.surface.width) return;
    const { moving, printed } = this.drawing.draw(this.moment);
    Object.assign(this.surface.canvas, { printed }); // numbers in cells, read by tests
    if (moving) this.transport.touch();
  }

  /** All that is said in words, for the step that is shown. */
  tell() {
    if (!this.run || !this.transport) return;
    const { header, words, stage, moment } = this;
    const step = header.steps[moment.s];
    this.phases.querySelectorAll("button").forEach((one, i) => {
      if (i + 1 === step.phase) one.setAttribute("aria-current", "step");
      else one.removeAttribute("aria-current");
    });
    const wait = stage.locked && this.transport.index >= this.transport.last ? words.locked : "";
    const origins = header.origins[stage.values.seed];
    const text = formula(moment, { origins, differences: this.run.differences });
    const hint = stage.locked ? "" : advice(this.run, words, header.wanted, this.given);
    const place = `Update ${moment.u + 1} of ${this.run.updates.length}`;
    stage.say(
      `<p><b>${place}.</b> ${escaped(step.sentence)} ${escaped(wait)}</p><p class="formula">${escaped(text)}</p>` +
        (hint ? `<p class="advice" role="status">${escaped(hint)}</p>` : ""),
    );
    this.surface.canvas.setAttribute("aria-label", `${step.sentence} ${text}`);
    this.curve.draw(this.run, moment.u + (moment.s === 10 ? 1 : 0), stage.locked, words);
    Object.assign(this.surface.canvas, { shown: this.numbers(moment) });
    stage.tellTwin(`${place}, ${step.name}. ${step.sentence} ${text}`, () => this.tables(moment));
    this.transport.touch();
  }

  /** Read by tests: what stands on the screen now. */
  numbers(moment) {
    const at = 9 * moment.k + moment.weight;
    const batch = moment.update.samples.map((_, b) => moment.ownSum(b));
    return {
      update: moment.u,
      step: moment.s,
      choices: Object.fromEntries(CHOICES.map((name) => [name, this.stage.values[name]])),
      rate: this.run.rate,
      k: moment.k,
      weight: moment.weight,
      before: moment.w[at],
      gradient: moment.update.gradient[at],
      after: moment.after[at],
      own: moment.ownSum(moment.sample),
      total: batch.reduce((sum, value) => sum + value, 0),
      logit: moment.now.logit,
      loss: moment.update.loss,
      updates: this.run.updates.length,
      losses: this.run.poolLoss,
    };
  }

  tables(moment) {
    const large = SCENES[moment.s].filter(([id, size]) => id !== "out" && size === 1);
    return large.flatMap(([id]) =>
      Array.from({ length: id === "patch" ? 1 : this.run.kernels }, (_, k) => {
        const { title, values } = moment.content(id, k);
        const side = SIDES[id];
        const rows = Array.from({ length: side }, (_row, r) =>
          Array.from({ length: side }, (_cell, c) =>
            values ? say(values[r * side + c]) : "\u2026",
          ),
        );
        return { caption: title, rows, headed: false };
      }),
    );
  }

  listen() {
    const { canvas } = this.surface;
    canvas.addEventListener("pointermove", (event) => this.point(event));
    canvas.addEventListener("pointerdown", (event) => this.point(event));
    canvas.addEventListener("keydown", (event) => this.key(event), true);
  }

  /**
   * Up and down go from update to update; with shift, arrows choose the kernel's weight.
   * @param {KeyboardEvent} event
   */
  key(event) {
    const { weight, kernel } = this.stage.values;
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      const from = { row: Math.floor(weight / 3), column: weight % 3 };
      const plain = new KeyboardEvent("keydown", { key: event.key });
      const to = walk(plain, from, { rows: 3, columns: 3 });
      if (to) this.stage.set({ weight: 3 * to.row + to.column });
    } else if (event.key === "k" && !foreign(event)) {
      this.stage.set({ kernel: (kernel % this.run.kernels) + 1 });
    } else {
      const by = { ArrowDown: STEPS, ArrowUp: -STEPS }[event.key];
      if (!by || foreign(event)) return;
      this.transport.step(by);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** A cell under the hand: a kernel weight is chosen by pressing, a position by pointing. */
  point(event) {
    if (!this.run) return;
    const cell = this.drawing.cellAt(...this.surface.at(event));
    if (!cell) return;
    const { id, k, row, column } = cell;
    const { moment } = this;
    if (KERNELS.has(id)) {
      if (event.type === "pointerdown") {
        this.stage.set({ kernel: k + 1, weight: 3 * row + column });
      }
    } else if (MAPS.has(id)) this.aim(k, 6 * row + column);
    else if (THREES.has(id)) {
      this.aim(k, cellOf(3 * row + column, moment.now.winners[9 * k + 3 * row + column]));
    } else {
      const inside = (/** @type {number} */ at) => Math.min(Math.max(at - 1, 0), 5);
      this.aim(moment.k, 6 * inside(row) + inside(column));
    }
  }

  aim(k, spot) {
    if (k === this.moment.k && spot === this.spot) return;
    this.spot = spot;
    this.stage.set({ kernel: k + 1 });
    this.tell();
  }

  /** What all updates did to the loss of all patches: it may have risen. */
  afterAll() {
    const { updates, poolLoss } = this.run;
    const [first, last] = [write(poolLoss[0]), write(poolLoss.at(-1))];
    return filled(this.words["moment-again"], { updates: updates.length, first, last });
  }

  moments() {
    const { words } = this;
    const go = (/** @type {number} */ step) => () => this.go(0, step);
    return [
      { say: words["moment-batch"], go: go(0) },
      { say: words["moment-forward"], go: go(1) },
      { say: words["moment-loss"], go: go(5) },
      { say: words["moment-back"], go: go(9) },
      { say: words["moment-step"], go: go(10) },
      { say: this.afterAll(), go: () => this.go(this.run.updates.length - 1, 10) },
    ];
  }
}

export default await mount((stage) => new Cycle(stage), [new URL("./style.css", import.meta.url)]);
