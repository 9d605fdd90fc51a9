// Read the results: one threshold under the hand moves the matrix, the curve, the predicted values and the
// walls of missed fractures and false alarms together.

import { Surface } from "../../browser/canvas.js";
import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { Loop } from "../../browser/loop.js";
import * as answers from "../../browser/math/threshold.js";
import { mount } from "../../browser/mount.js";
import { count, escaped, filled, fixed, percent, write } from "../../browser/number.js";
import { drawCurve } from "./curves.js";
import { Heat } from "./heat.js";
import { drawOutputs, drawWall, layOut, places, tileBox } from "./outputs.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */
/** @typedef {import("../../browser/math/threshold.js").Counts} Counts */
/** @typedef {keyof Counts} Cell */

/** @type {Cell[]} */
const CELLS = ["found", "missed", "alarms", "spared"];
const KEY_STEP = 0.01;

class Results {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const host = (/** @type {string} */ name) => {
      const made = make("div", { className: name });
      stage.pictures.append(made);
      return made;
    };
    stage.pictures.classList.add("results-places");
    this.surface = stage.hold(new Surface(host("results-outputs")));
    this.canvas = this.surface.canvas;
    this.canvas.setAttribute("role", "application");
    this.matrix = host("results-matrix");
    this.curve = host("results-curve");
    for (const place of [this.matrix, this.curve]) place.setAttribute("data-picture", "");
    this.loop = new Loop(() => this.draw(), this.canvas);
    this.heat = new Heat(
      () => this.loop.touch(),
      (images) => stage.server.trigger("heated", JSON.stringify(images)),
    );
    this.keep = button(stage.aside, "", () =>
      stage.server.trigger("kept", JSON.stringify([this.epoch, stage.values.threshold])),
    );
    /** @type {any} */
    this.header = null;
    /** @type {any} (E, V) */
    this.all = null;
    /** @type {any} (V,) */
    this.every = null;
    /** @type {any} (F, V) */
    this.members = null;
    /** @type {import("./outputs.js").Sheet | null} */
    this.sheet = null;
    this.cursor = -1;
    this.drawn = 0;
    this.labels = new Uint8Array();
    this.scores = new Float32Array();
    this.row = this.scores;
    this.steps = answers.sweep([], []);
    /** @type {number[]} Numbers of the shown images among all. */
    this.shown = [];
    this.listen();
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    const [, , , jpeg, heated] = arrays;
    [this.all, this.every, this.members] = arrays;
    this.header = header;
    if (first) {
      this.stage.control(["threshold", "prevalence", "cost", "subset", "curve"], ["marks", "heat"]);
      this.build();
      if (header.epochs.length > 1) this.animate();
    }
    if (!header.sheet) this.sheet = null;
    else if (!this.sheet || this.size !== jpeg.length) this.open(jpeg, header.sheet);
    this.size = jpeg.length;
    this.heat.load(header.heat, heated);
    this.gather();
  }

  /** @param {Uint8Array<ArrayBuffer>} jpeg @param {any} sheet */
  async open(jpeg, sheet) {
    const image = await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" }));
    this.sheet = { ...sheet, image };
    this.loop.touch();
  }

  /** The transport walks the epochs. */
  animate() {
    this.transport = this.stage.play({
      last: this.header.epochs.length - 1,
      perSecond: 3,
      name: "Epoch",
      canvas: this.canvas,
      moved: () => this.stage.set({ at: this.transport?.index ?? 0 }),
      draw: () => this.loop.touch(),
    });
    this.transport.go(this.stage.values.at);
  }

  /** The four buttons of the matrix. */
  build() {
    const [negative, positive] = this.header.classes.map(escaped);
    const { words } = this.header;
    const cell = (/** @type {Cell} */ name) => {
      const wrong = name === "missed" || name === "alarms" ? " class='results-wrong'" : "";
      return `<button type="button" data-cell="${name}"${wrong}></button>`;
    };
    this.matrix.setAttribute("role", "group");
    this.matrix.setAttribute("aria-label", words.matrix);
    this.matrix.innerHTML =
      `<span></span><span class="results-head">${escaped(words.answered)} ${positive}</span>` +
      `<span class="results-head">${escaped(words.answered)} ${negative}</span>` +
      `<span>${positive}</span>${cell("found")}${cell("missed")}` +
      `<span>${negative}</span>${cell("alarms")}${cell("spared")}`;
    this.matrix.onclick = (event) => {
      const pressed = /** @type {HTMLElement} */ (event.target).closest("button")?.dataset.cell;
      if (pressed) this.stage.set({ cell: pressed });
    };
  }

  /** Outputs and labels of the epoch and of the images that are asked for. */
  gather() {
    const { at, subset } = this.stage.values;
    const images = this.every.length;
    const row = this.all.subarray(at * images, (at + 1) * images);
    const place = this.header.subsets.indexOf(subset);
    const among = place < 0 ? null : this.members.subarray(place * images, (place + 1) * images);
    this.shown = Array.from({ length: images }, (_, i) => i).filter((i) => !among || among[i]);
    this.labels = Uint8Array.from(this.shown, (i) => this.every[i]);
    this.scores = Float32Array.from(this.shown, (i) => row[i]);
    this.row = row;
    this.steps = answers.sweep(this.labels, this.scores);
    this.cursor = -1;
    this.loop.touch();
  }

  get epoch() {
    return this.header.epochs[this.stage.values.at];
  }

  /** @param {string[]} names */
  changed(names) {
    const { at, cost, prevalence, threshold } = this.stage.values;
    if (names.includes("at") && this.transport && this.transport.index !== at)
      this.transport.go(at);
    if (names.includes("at") || names.includes("subset")) this.gather();
    if (names.includes("cost") && !names.includes("threshold")) {
      const { labels, scores } = this;
      const found = answers.cheapestThreshold(labels, scores, cost, prevalence / 100);
      if (fixed(found, 3) !== fixed(threshold, 3)) {
        this.stage.set({ threshold: Number(found.toFixed(3)) });
      }
    }
    if (names.includes("cell")) this.cursor = -1;
    this.loop.touch();
  }

  arranged() {
    this.loop.touch();
  }

  close() {
    this.heat.close();
    this.loop.close();
  }

  get places() {
    return places(this.surface, Boolean(this.header.sheet));
  }

  /** Numbers of the images of the chosen cell, the worst mistakes first. */
  order() {
    const { threshold, cell } = this.stage.values;
    const { every, row } = this;
    const held = this.shown.filter((i) => answers.kindOf(every[i], row[i], threshold) === cell);
    const sign = cell === "missed" || cell === "spared" ? 1 : -1;
    return held.sort((a, b) => sign * (row[a] - row[b]));
  }

  draw() {
    if (!this.header || !this.surface.width) return;
    const { threshold, cell, marks } = this.stage.values;
    const { words, classes, epochs, sheet } = this.header;
    const counts = answers.countAnswers(this.labels, this.scores, threshold);
    const order = this.order();
    const told = {
      n: count(this.shown.length),
      epoch: this.epoch ?? "",
      size: count(order.length),
      positive: classes[1],
    };
    const { scale, wall } = this.places;
    // The network that a worker has is that of the best epoch.
    const hot = this.stage.values.heat && this.stage.values.at === this.header.best;
    this.surface.clear();
    drawOutputs(this.surface, scale, {
      labels: this.labels,
      scores: this.scores,
      threshold,
      classes,
      title: filled(epochs.length > 1 ? words["outputs-epoch"] : words.outputs, told),
    });
    this.drawn = drawWall(this.surface, wall, {
      title: filled(words[`wall-${cell}`] + (hot ? ` ${words["wall-heat"]}` : ""), told),
      heat: hot ? this.heat.sheet : null,
      none: sheet ? words["wall-none"] : words["wall-absent"],
      order,
      scores: this.row,
      sheet: this.sheet,
      marks,
      cursor: this.cursor,
    });
    if (hot && sheet) this.heat.wish(order.slice(0, this.drawn));
    this.fillMatrix(counts);
    const { curve, at } = this.stage.values;
    drawCurve(this.curve, this.surface.theme, {
      kind: curve,
      titles: [words[`${curve}-x`], words[`${curve}-y`]],
      labels: this.labels,
      scores: this.scores,
      steps: this.steps,
      counts,
      temperature: this.header.temperatures[at],
    });
    this.say(counts, order);
    const heated = hot ? this.heat.images : [];
    const shown = { ...counts, threshold, order, drawn: this.drawn, heated };
    Object.assign(this.canvas, { shown }); // for tests
  }

  /** @param {Counts} counts */
  fillMatrix(counts) {
    for (const name of CELLS) {
      const pressed = /** @type {HTMLElement} */ (this.matrix.querySelector(`[data-cell=${name}]`));
      const all =
        name === "found" || name === "missed"
          ? counts.found + counts.missed
          : counts.alarms + counts.spared;
      const share = all ? percent(counts[name] / all) : "";
      pressed.innerHTML = `<b>${count(counts[name])}</b>${escaped(this.header.words[name])} ${share}`;
      pressed.setAttribute("aria-pressed", String(name === this.stage.values.cell));
    }
    const title = filled(this.header.words.keep, {
      threshold: fixed(this.stage.values.threshold, 3),
    });
    if (this.keep.textContent !== title) this.keep.textContent = title;
  }

  /** @param {Counts} counts @param {number[]} order */
  say(counts, order) {
    const { words, classes, sheet, temperatures } = this.header;
    const { threshold, prevalence, curve, at } = this.stage.values;
    const [alarm, clear] = answers.predictive(counts, prevalence / 100);
    const whole = (/** @type {number} */ value) =>
      Number.isNaN(value) ? words.none : percent(value);
    const told = {
      negative: classes[0],
      positive: classes[1],
      threshold: fixed(threshold, 3),
      found: count(counts.found),
      positives: count(counts.found + counts.missed),
      spared: count(counts.spared),
      negatives: count(counts.alarms + counts.spared),
      prevalence: write(prevalence),
      alarm: whole(alarm),
      clear: whole(clear),
      temperature: fixed(temperatures[at], 2),
    };
    const lines = [filled(words.rates, told), filled(words.predictive, told)];
    if (curve === "calibration") lines.push(filled(words.temperature, told));
    const image = this.cursor >= 0 ? order[this.cursor] : undefined;
    if (image !== undefined && sheet) {
      lines.splice(0, 2, `${sheet.titles[image]}: ${fixed(this.row[image], 3)}. ${words.open}`);
    }
    this.stage.say(lines.map((one) => `<p>${escaped(one)}</p>`).join(""));
    const spoken = `${filled(words.rates, told)} ${filled(words.predictive, told)}`;
    this.canvas.setAttribute("aria-label", `${spoken} ${words.keys}`);
    this.stage.tellTwin(spoken, () => [this.table()]);
  }

  /** What thresholds do, in numbers. */
  table() {
    const { words, classes } = this.header;
    const head = ["threshold", ...CELLS.map((name) => `${words[name]} (${classes[name === "found" || name === "missed" ? 1 : 0]})`)]; // prettier-ignore
    const rows = Array.from({ length: 21 }, (_, i) => i / 20).map((threshold) => {
      const counts = answers.countAnswers(this.labels, this.scores, threshold);
      return [fixed(threshold, 2), ...CELLS.map((name) => count(counts[name]))];
    });
    return { caption: words.matrix, head, rows };
  }

  listen() {
    const { canvas, surface } = this;
    let dragging = false;
    const drag = (/** @type {number} */ px) => {
      const { x, w } = this.places.scale;
      const threshold = Math.min(Math.max((px - x) / w, 0), 1);
      this.stage.set({ threshold: Number(threshold.toFixed(3)) });
    };
    canvas.addEventListener("pointerdown", (event) => {
      const [px, py] = surface.at(event);
      if (py < this.places.wall.y - 1.7 * surface.theme.textPx) {
        dragging = true;
        canvas.setPointerCapture(event.pointerId);
        drag(px);
      } else if (this.tileAt([px, py]) >= 0) this.openImage(this.tileAt([px, py]));
    });
    canvas.addEventListener("pointermove", (event) => {
      const at = surface.at(event);
      if (dragging) return drag(at[0]);
      const tile = this.tileAt(at);
      canvas.classList.toggle("results-pointing", tile >= 0);
      if (tile === this.cursor) return;
      this.cursor = tile;
      this.loop.touch();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        dragging = false;
      });
    }
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {[number, number]} at */
  tileAt([px, py]) {
    const { wall } = this.places;
    const text = this.surface.theme.textPx;
    const grid = layOut(this.order().length, wall, text);
    return Array.from({ length: this.drawn }, (_, n) => tileBox(n, grid, wall, text)).findIndex(
      ({ x, y, w, h }) => px >= x && px < x + w && py >= y && py < y + h,
    );
  }

  /** @param {number} n */
  openImage(n) {
    const image = this.order()[n];
    if (image !== undefined) this.stage.server.trigger("opened", this.header.sheet.ids[image]);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (foreign(event)) return;
    const { threshold } = this.stage.values;
    const move = (/** @type {number} */ by) => () => {
      const to = Math.min(Math.max(threshold + by, 0), 1);
      this.stage.set({ threshold: Number(to.toFixed(3)) });
    };
    const look = (/** @type {number} */ by) => () => {
      this.cursor = Math.min(Math.max(this.cursor + by, 0), this.drawn - 1);
      this.loop.touch();
    };
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: move(-KEY_STEP),
      ArrowRight: move(KEY_STEP),
      ArrowUp: look(-1),
      ArrowDown: look(1),
      Enter: () => this.openImage(this.cursor),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  moments() {
    if (!this.header) return [];
    const { words, classes, epochs } = this.header;
    const say = (/** @type {string} */ name) => filled(words[name], { positive: classes[1] });
    const go = (/** @type {Record<string, any>} */ patch) => () => this.stage.set(patch);
    const best = () => answers.cheapestThreshold(this.labels, this.scores, 1, 0.5);
    const even = () => ({ cost: 1, threshold: Number(best().toFixed(3)) });
    const moments = [
      { say: say("moment-even"), go: () => go({ ...even(), cell: "missed" })() },
      { say: say("moment-alarms"), go: () => go({ ...even(), cell: "alarms" })() },
      { say: say("moment-low"), go: go({ threshold: 0.1, cell: "alarms", curve: "roc" }) },
      { say: say("moment-rare"), go: () => go({ ...even(), prevalence: 1 })() },
    ];
    if (epochs.length > 1) moments.unshift({ say: say("moment-start"), go: go({ at: 0 }) });
    return moments;
  }
}

export default await mount(
  (stage) => new Results(stage),
  [new URL("./style.css", import.meta.url)],
);
