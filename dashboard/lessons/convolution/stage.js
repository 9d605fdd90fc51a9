// The stage on convolution: a window slides over the picture, with every product, the sum and the bias.

import { Surface } from "../../browser/canvas.js";
import { mount } from "../../browser/mount.js";
import { filled } from "../../browser/number.js";
import { Controls } from "./controls.js";
import { Drawing } from "./draw.js";
import { Model } from "./model.js";
import { Pointer } from "./pointer.js";
import { described, facts, here, sentence, tables } from "./words.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */

/** What says how the layer computes; the other settings only say what is looked at. */
const COMPUTED = [
  "kernels", "size", "stride", "padding", "mode", "dilation", "flip", "gain", "filters", "seed", "biases", "edits",
]; // prettier-ignore

class ConvolutionStage {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.model = new Model();
    this.drawing = new Drawing(this.surface, this.model, stage);
    this.pointer = new Pointer(this);
    this.header = null;
    this.advice = "";
    /** @type {{ at: number, by: number } | null} The change of a cell that is dragged. */
    this.cell = null;
    this.still = false;
    this.adopting = false;
    Object.assign(this.surface.canvas, { lesson: this }); // read by tests and benchmarks
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    const { model } = this;
    const [planes, presets, kernels, biases] = arrays;
    const other = header.identity !== model.identity;
    this.header = header;
    [, model.height, model.width] = planes.shape;
    const cells = model.height * model.width;
    model.planes = Array.from({ length: planes.shape[0] }, (_, c) =>
      planes.subarray(c * cells, (c + 1) * cells),
    );
    model.identity = header.identity;
    const learned = header.learned && { ...header.learned, kernels, biases };
    Object.assign(model.kernels, {
      presets: header.presets,
      numbers: presets,
      learned,
      channels: model.planes.length,
    });
    if (other) this.drawing.kept.clear();
    if (first) {
      model.update(this.stage.values);
      this.build();
    }
    const begun = this.adopt() || first;
    this.compute();
    if (begun) this.goTo(this.begin());
    this.transport.touch();
  }

  build() {
    const { stage } = this;
    this.controls = new Controls(this);
    this.transport = stage.play({
      last: 1,
      perSecond: 12,
      name: "Cell",
      canvas: this.surface.canvas,
      moved: () => {
        if (this.still) return;
        this.drawing.building = this.transport.playing;
        stage.set({ at: this.transport.index });
      },
      draw: () => this.draw(),
    });
  }

  /** What a layer's own kernels and settings are. */
  layerSettings() {
    const { identity, size, stride, padding, dilation, depthwise } = this.header.learned;
    return {
      of: identity,
      kernels: ["learned"],
      ...{ size, stride, padding, dilation, mode: depthwise ? "depthwise" : "standard" },
      ...{ flip: false, gain: 1, edits: [], biases: [], f: 0, c: 0, at: -1 },
    };
  }

  /** Begin with a layer's own settings where it is new, leave them where it is gone; whether it did either. */
  adopt() {
    const { stage, header } = this;
    const { of } = stage.values;
    const identity = header.learned?.identity ?? "";
    if (of === identity) return false;
    const fields = [
      "kernels",
      "size",
      "stride",
      "padding",
      "mode",
      "dilation",
      "edits",
      "biases",
      "at",
    ];
    const begun = Object.fromEntries(
      fields.map((name) => [name, stage.settings.field(name).default]),
    );
    this.adopting = true;
    stage.set(identity ? this.layerSettings() : { ...begun, of: "", c: 0, f: 0 });
    this.adopting = false;
    stage.settings.put({ replace: true });
    return true;
  }

  /** Where the lesson opens: the place of the link, or the strongest answer. */
  begin() {
    const { at } = this.stage.values;
    return at < 0 ? this.model.strongest() : at;
  }

  /**
   * @param {{ only?: boolean }} [hint] only the chosen filter's kernel or bias changed
   */
  compute({ only = false } = {}) {
    const { model, transport } = this;
    const cell = this.pointer.dragging ? this.cell : null;
    model.update(this.stage.values, { only, cell });
    this.cell = null;
    const cells = model.steps[0] * model.steps[1];
    transport.perSecond = Math.min(4 + cells / 60, 300);
    if (transport.last !== Math.max(cells - 1, 0)) transport.setLast(Math.max(cells - 1, 0));
    if (!model.maps.length) {
      const spread =
        model.how.dilation > 1 ? ` (spread to ${model.rows.reach} by its dilation)` : "";
      const told = { size: `${model.how.size}${spread}`, side: model.height };
      this.advise(filled(this.header.words["too-large"], told));
    } else this.advise("");
    this.controls.show();
  }

  /** @param {string[]} names */
  changed(names) {
    if (!this.header || this.adopting) return;
    const { model, stage } = this;
    const computed = names.filter((name) => COMPUTED.includes(name));
    const moved = names.includes("at");
    const here = model.steps[0] ? this.share() : null;
    if (computed.length || names.includes("f") || names.includes("c")) {
      this.compute({
        only:
          computed.length > 0 &&
          computed.every((name) => ["edits", "biases", "gain"].includes(name)) &&
          model.set.gain === stage.values.gain,
      });
    }
    const cells = model.steps[0] * model.steps[1];
    if (cells) {
      if (moved && stage.values.at < 0) this.goTo(model.strongest());
      else if (moved) this.goTo(Math.min(stage.values.at, cells - 1));
      // What was looked at stays where it is, and is said so that a link shows it.
      else if (computed.length && here && !this.pointer.dragging)
        this.goTo(this.placeAt(here), true);
    }
    if (names.includes("range")) this.drawing.version = -1;
    if (names.some((name) => ["view", "mode", "c", "f"].includes(name))) this.controls.show();
    this.transport.touch();
  }

  /** Where the window stands, as shares of its ways. */
  share() {
    const { model } = this;
    return [(model.row + 0.5) / model.steps[0], (model.column + 0.5) / model.steps[1]];
  }

  /** @param {number[]} share */
  placeAt([down, across]) {
    const [rows, columns] = this.model.steps;
    const at = (/** @type {number} */ part, /** @type {number} */ steps) =>
      Math.min(Math.floor(part * steps), steps - 1);
    return at(down, rows) * columns + at(across, columns);
  }

  /**
   * @param {number} at
   * @param {boolean} [pin] write the place into the address, also where it was the strongest answer's
   */
  goTo(at, pin = false) {
    const { model, stage, transport } = this;
    if (at < 0 || at >= model.steps[0] * model.steps[1]) return;
    const keep = stage.values.at < 0 && !pin && at === model.strongest();
    model.at = at;
    if (transport.index !== at) {
      this.still = keep;
      transport.pause();
      transport.go(at);
      this.still = false;
    } else if (!keep) stage.set({ at });
    this.drawing.building = transport.playing;
  }

  draw() {
    const { model, header } = this;
    // One whole place for picture, sentence and numbers.
    model.at = model.maps.length
      ? Math.min(this.transport.index, model.steps[0] * model.steps[1] - 1)
      : 0;
    if (model.at >= this.transport.last) this.drawing.building = false;
    this.drawing.draw(header);
    this.pointer.place(header.words.picker);
    this.say();
  }

  say() {
    const { model, stage, header, pointer } = this;
    const { canvas } = this.surface;
    stage.sentence.setAttribute("aria-live", this.transport.playing ? "off" : "polite");
    if (!model.maps.length) {
      stage.say("");
      stage.tellTwin(this.advice, () => []);
      canvas.setAttribute("aria-label", this.advice);
      Object.assign(canvas, { shown: null });
      return;
    }
    const now = {
      header,
      pointed: this.drawing.pointed,
      under: pointer.under,
      locked: stage.locked,
    };
    const key = `${model.version} ${model.f} ${model.c} ${stage.locked}`;
    if (key !== this.toldKey) {
      this.toldKey = key;
      this.facts = facts(model, stage.locked);
      this.described = described(model, header, stage.locked);
    }
    stage.say(sentence(model, now) + `<p>${this.facts.seen.join(" ")}</p>`);
    const words = `${this.described}${stage.locked ? "" : here(model)}`;
    const plain = [...this.facts.seen, ...this.facts.counted].join(" ").replace(/<[^>]*>/g, "");
    canvas.setAttribute("aria-label", words);
    stage.tellTwin(`${words} ${plain}`, () => (stage.locked ? [] : tables(model)));
    Object.assign(canvas, { shown: this.shown(), printed: this.drawing.printed });
  }

  /** What tests compare with core. */
  shown() {
    const { model, stage } = this;
    const { values, kernel, products, sum } = model.terms();
    return {
      row: model.row,
      column: model.column,
      values: Array.from(values),
      kernel: Array.from(kernel),
      products: Array.from(products),
      sum,
      bias: model.biasOf(),
      value: model.transposed ? null : model.maps[model.shown][model.at],
      limit: stage.locked ? null : this.drawing.scaleOf(model.shown).limit,
      rows: model.rows.places,
      columns: model.columns.places,
    };
  }

  /** @param {string} words */
  advise(words) {
    this.advice = words;
    this.controls.note.textContent = words;
  }

  touch() {
    this.transport.touch();
  }

  settled() {
    this.transport.touch();
  }

  /** @param {number} f */
  pick(f) {
    this.stage.set(this.model.depthwise ? { c: f } : { f });
  }

  /** @param {number} cell @param {number} value */
  setCell(cell, value) {
    const { model } = this;
    const filter = model.depthwise ? 0 : model.f;
    this.cell = { at: cell, by: value - model.kernel()[cell] };
    this.stage.set(model.kernels.change(model.set, filter, model.c, new Map([[cell, value]])));
    this.transport.touch();
  }

  /** A whole kernel, row by row. @param {number[]} numbers */
  setKernel(numbers) {
    const { model } = this;
    const filter = model.depthwise ? 0 : model.f;
    const size = Math.sqrt(numbers.length);
    const resized = { ...model.set, ...model.kernels.resize(model.set, size) };
    const cells = new Map(numbers.map((value, at) => [at, value]));
    this.stage.set({ size, ...model.kernels.change(resized, filter, model.c, cells) });
  }
}

export default await mount(
  (stage) => new ConvolutionStage(stage),
  [new URL("./style.css", import.meta.url)],
);
