// Tensors: one tensor, five ways to look at it.

import { Surface } from "../../browser/canvas.js";
import { choice } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { mount } from "../../browser/mount.js";
import { escaped } from "../../browser/number.js";
import { drawBatch } from "./batch.js";
import { followHand } from "./hand.js";
import { drawMemory } from "./memory.js";
import { drawOrder, orderOf } from "./order.js";
import { Pen } from "./pen.js";
import { elementRows, sliceRows } from "./rows.js";
import { Sheets } from "./sheets.js";
import { drawSlice } from "./slice.js";
import { sayIndex } from "./spans.js";
import {
  addressOf,
  batchSizes,
  countOf,
  expandIndex,
  layoutOf,
  parseIndex,
  refusal,
  unravelNumber,
} from "./tensor_math.js";
import { drawTypes } from "./types.js";

/** @typedef {import("./tensor_math.js").Item} Item */

/** What is drawn, which settings are offered, and how fast it plays. */
const VIEWS = {
  slice: { draw: drawSlice, offers: ["tensor"], perSecond: 12 },
  batch: { draw: drawBatch, offers: ["tensor", "batch", "last"], perSecond: 1.5 },
  memory: { draw: drawMemory, offers: ["tensor", "as"], perSecond: 30 },
  types: { draw: drawTypes, offers: ["sample", "add", "norm"], perSecond: 40 },
  order: { draw: drawOrder, offers: ["sample", "turn"], perSecond: 60 },
};
const REST_SECONDS = 0.05; // at the end of a loop: a film swings on

export class TensorStage {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.pen = new Pen(this.surface);
    /** @type {Record<string, Sheets>} */
    this.tensors = {};
    /** @type {any[]} Places on the canvas that can be taken hold of. */
    this.spots = [];
    /** @type {Record<string, string>} */
    this.words = {};
    /** @type {import("./tensor_math.js").TypedIndexError | null} What is wrong with what stands in the field of the index. */
    this.trouble = null;
    this.typing = "";
    this.built = "";
    this.following = false;
    this.stale = true;
    this.wasRead = "";
    /** @type {{ key: string, whole: HTMLCanvasElement, good: HTMLCanvasElement[], bad: HTMLCanvasElement[] } | null} */
    this.ordered = null;
    this.showRows = () => {};
    followHand(this);
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    this.words = header.words;
    const known = this.tensors;
    this.tensors = {};
    header.tensors.forEach((/** @type {any} */ about, /** @type {number} */ i) => {
      const { name, stamp, of } = about;
      const old = known[name]?.stamp === stamp ? known[name] : null;
      this.tensors[name] = old ?? new Sheets(about, arrays[i], this.tensors[of]);
    });
    if (first) this.build();
    this.built = "";
    this.follow();
  }

  build() {
    const { stage, header } = this;
    this.pressed = choice(stage.footLeft, "What to look at", header.views, (view) =>
      stage.set({ view }),
    );
    stage.control(["tensor", "batch", "last", "as", "sample", "add", "norm", "turn"]);
    this.field = make("input", { type: "text", spellcheck: false, autocomplete: "off" });
    this.field.maxLength = header.longest;
    this.field.oninput = () => this.type();
    this.indexed = make("label", { className: "lb-control" }, "Index", this.field);
    this.rows = make("div", { className: "rows" });
    stage.controlsPlace.append(this.indexed, this.rows);
    this.transport = stage.play({
      name: "Sample",
      loop: true,
      rest: REST_SECONDS,
      canvas: this.surface.canvas,
      moved: () => this.moved(),
      draw: () => this.draw(),
    });
  }

  get values() {
    return this.stage.values;
  }

  get view() {
    return this.values.view;
  }

  /** The tensor that is looked at. */
  get t() {
    const name = { types: "images", order: "color" }[this.view] ?? this.values.tensor;
    return this.tensors[name] ?? this.tensors.images;
  }

  /** The name under which this tensor's index and element are set. */
  get indexField() {
    return `index${this.t.name}`;
  }

  get text() {
    return this.values[this.indexField];
  }

  /** The picture of "uint8 or float32" and "Order of axes": another set may hold fewer. */
  get sample() {
    return Math.min(this.values.sample, this.tensors.images.shape[0] - 1);
  }

  /** The element whose bytes are looked at. */
  get element() {
    const set = this.values[`element${this.t.name}`];
    return this.t.shape.map((size, axis) => Math.min(Math.round(set[axis] ?? 0), size - 1));
  }

  /** Samples in a full batch. */
  get many() {
    return Math.min(this.values.batch, this.t.shape[0]);
  }

  get batches() {
    return batchSizes(this.t.shape[0], this.many, this.values.last === "drop");
  }

  get playAxis() {
    return this.t.name === "video" ? 1 : 0;
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("tensor") && this.header.closed.includes(this.values.tensor)) {
      this.stage.server.send("wish", this.values.tensor); // large ones come when they are looked at
    }
    this.follow();
  }

  settled() {
    if (!this.tensors[this.values.tensor]) this.stage.server.send("wish", this.values.tensor);
    this.built = "";
    this.follow();
  }

  arranged() {
    this.touch();
  }

  touch() {
    this.stale = true;
    this.transport?.touch();
  }

  /** Bring everything in line with what is set. */
  follow() {
    this.read();
    const key = [this.view, this.t.name, this.values.turn].join();
    if (this.built !== key) this.arrangeControls(key);
    if (!this.busy) this.field.value = this.text;
    this.showRows();
    const { last, name, at } = this.played;
    const { transport } = this;
    this.following = true;
    if (transport.name !== name) this.rename(name);
    transport.perSecond = VIEWS[this.view].perSecond;
    if (transport.last !== last) transport.setLast(last);
    if (transport.index !== at) {
      transport.pause();
      transport.go(at);
    }
    this.following = false;
    this.touch();
  }

  /**
   * The controls of this view and tensor.
   * @param {string} key
   */
  arrangeControls(key) {
    this.built = key;
    this.transport.pause();
    const { dials } = this.stage;
    for (const [name, dial] of Object.entries(dials)) {
      dial.hide(!VIEWS[this.view].offers.includes(name) || (name === "as" && !this.t.picture));
    }
    for (const option of dials.tensor.element.querySelectorAll("option")) {
      option.disabled = this.stage.locked && this.header.closed.includes(option.value);
      option.title = option.disabled ? this.words.locked : "";
    }
    dials.sample.offer({ high: this.tensors.images.shape[0] - 1 });
    dials.batch.offer({ high: Math.min(this.t.shape[0], 128) });
    this.indexed.hidden = this.view !== "slice";
    this.rows.replaceChildren();
    this.showRows = () => {};
    if (this.view === "slice") this.showRows = sliceRows(this, this.rows);
    if (this.view === "memory") this.showRows = elementRows(this, this.rows);
    this.pressed(this.view);
  }

  /** @param {string} name of what is played */
  rename(name) {
    this.transport.name = name;
    const { host, scrub } = this.transport;
    host.querySelector(".lb-unit").textContent = name;
    scrub.setAttribute("aria-label", name);
  }

  /** What the transport walks through: its last position, its name, where it stands. */
  get played() {
    const { values, t } = this;
    if (this.view === "slice") {
      const axis = this.playAxis;
      const item = this.items[axis];
      const at = typeof item === "number" ? (item < 0 ? item + t.shape[axis] : item) : 0;
      return { last: t.shape[axis] - 1, name: axis ? "Frame" : "Sample", at };
    }
    if (this.view === "batch") {
      const last = Math.max(this.batches.length - 1, 0);
      return { last, name: "Batch", at: Math.min(values.at, last) };
    }
    if (this.view === "memory") {
      const at = addressOf(layoutOf(t.shape, 1), this.element);
      return { last: countOf(t.shape) - 1, name: "Element", at };
    }
    if (this.view === "types") {
      return { last: 255, name: "Add", at: Math.min(Math.max(values.add, 0), 255) };
    }
    const last = orderOf(values.turn === "channels").bytes - 1;
    return { last, name: "Byte", at: Math.min(values.byte, last) };
  }

  /** The transport moved, by hand or by itself. */
  moved() {
    const at = this.transport.index;
    if (this.following || at === this.played.at) return;
    if (this.view === "slice") this.index(this.playAxis, at);
    if (this.view === "batch") this.stage.set({ at });
    if (this.view === "memory") {
      this.stage.set({ [`element${this.t.name}`]: unravelNumber(at, this.t.shape) });
    }
    if (this.view === "types") this.stage.set({ add: at });
    if (this.view === "order") this.stage.set({ byte: at });
  }

  /** Whether an index is being typed that cannot be taken yet. */
  get busy() {
    return this.trouble !== null && this.typing === this.field.value;
  }

  /** Someone types an index: it is taken over as soon as it can be read. */
  type() {
    this.typing = this.field.value;
    this.trouble = refusal(this.typing, this.t.shape);
    this.field.setAttribute("aria-invalid", String(Boolean(this.trouble)));
    if (!this.trouble) this.stage.set({ [this.indexField]: this.typing });
    this.touch();
  }

  /** Read the index that is set; all of the tensor where it cannot be read. */
  read() {
    const { t, text } = this;
    const set = [t.name, t.stamp, text].join();
    if (set === this.wasRead) return;
    this.wasRead = set;
    this.trouble = refusal(text, t.shape);
    this.typing = text;
    this.field?.setAttribute("aria-invalid", String(Boolean(this.trouble)));
    this.typed = this.trouble ? [] : parseIndex(text, t.shape);
    /** @type {Item[]} One for each axis. */
    this.items = expandIndex(this.typed, t.rank).filter((item) => item !== null);
  }

  /**
   * Index one axis with something else.
   * @param {number} axis
   * @param {Item} item
   */
  index(axis, item) {
    this.write(this.items.map((old, a) => (a === axis ? item : old)));
  }

  /** @param {Item[]} items */
  write(items) {
    this.trouble = null;
    this.stage.set({ [this.indexField]: sayIndex(items, this.t.shape) });
    this.follow();
  }

  /**
   * Look at another element along one axis.
   * @param {number} axis
   * @param {number} at
   */
  point(axis, at) {
    const element = this.element;
    element[axis] = at;
    this.stage.set({ [`element${this.t.name}`]: element });
  }

  draw() {
    if (!this.stale || !this.surface.width) return;
    this.stale = false;
    this.pen.begin();
    this.spots = [];
    const { formula, sentence, tables, shown } = VIEWS[this.view].draw(this);
    const wanted = this.stage.locked && this.header.closed.includes(this.values.tensor);
    const told = wanted ? `<p>${this.words.locked}</p>${formula}` : formula;
    this.stage.say(this.trouble && this.view === "slice" ? this.sayTrouble() : told);
    this.surface.canvas.setAttribute("aria-label", sentence);
    this.stage.tellTwin(sentence, tables);
    const error = this.trouble && { code: this.trouble.code, at: this.trouble.at };
    const { view, t, text } = this;
    Object.assign(this.surface.canvas, {
      shown: { view, name: t.name, text, typed: this.typed, error, ...shown },
    });
  }

  sayTrouble() {
    const { at, length, problem, remedy } = this.trouble;
    const letters = [...this.typing];
    const cut = (/** @type {number} */ from, /** @type {number} */ to) =>
      escaped(letters.slice(from, to).join(""));
    const marked = cut(at, at + length) || "&nbsp;";
    return (
      `<p class="trouble"><code>${cut(0, at)}<mark>${marked}</mark>${cut(at + length, Infinity)}</code></p>` +
      `<p>${escaped(problem)} ${escaped(remedy)}</p>`
    );
  }
}

export default await mount(
  (stage) => new TensorStage(stage),
  [new URL("./style.css", import.meta.url)],
);
