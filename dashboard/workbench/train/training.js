// Curves that grow, and beside them where their runs are: what Train and Compare runs share.

import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { escaped, fixed } from "../../browser/number.js";
import { Curves } from "./curves.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */
/** @typedef {import("./curves.js").Zoom} Zoom */

/** Fields of the schema that hold the range of an axis. */
const RANGES = { xaxis: "across", yaxis: "left", yaxis2: "right" };
const KEPT_BACK = /^validation|val\./;

export class Training {
  /**
   * @param {Stage} stage
   * @param {string[]} [shown] fields with a control
   * @param {string[]} [further] those behind "More"
   */
  constructor(stage, shown = ["measure", "smooth", "log", "paper"], further = []) {
    this.stage = stage;
    this.controls = [shown, further];
    this.host = /** @type {ShadowRoot} */ (stage.root).host;
    // Plotly's style sheet stands in the document: its figure does too, seen through a slot.
    const looks = { className: "lb-curves-plot", slot: "curves", tabIndex: 0 };
    this.plot = make("div", { ...looks, role: "img", "data-picture": "" });
    this.plot.style.cssText = "position:absolute;inset:0";
    this.host.append(this.plot);
    const slot = make("slot", { name: "curves" });
    this.message = make("p", { className: "train-message" });
    stage.pictures.append(slot, this.message);
    this.all = button(stage.pictures, "Show all", () => this.zoomed({}));
    this.all.className = "train-all";
    this.facts = make("div", { className: "train-facts", role: "status" });
    stage.side.prepend(this.facts);
    this.curves = new Curves(this.plot, (zoom) => this.zoomed(zoom));
    /** @type {any} */
    this.header = null;
    /** @type {any[]} */
    this.arrays = [];
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    if (first) this.stage.control(this.controls[0], this.controls[1]);
    const other = this.header && this.header.run !== header.run;
    this.header = header;
    this.arrays = arrays;
    if (other) this.stage.set({ across: [], left: [], right: [] });
    this.show();
  }

  /** @param {string[]} names */
  changed(names) {
    // Another measure has another scale.
    if (names.includes("measure") && !names.includes("right")) this.stage.set({ right: [] });
    if (names.includes("log") && !names.includes("left")) this.stage.set({ left: [] });
    this.show();
  }

  arranged() {
    this.show();
  }

  settled() {
    this.show();
  }

  /** @returns {Zoom} */
  get zoom() {
    const { across, left, right } = this.stage.values;
    /** @type {Zoom} */
    const zoom = {};
    if (across.length === 2) zoom.xaxis = zoom.xaxis2 = across;
    if (left.length === 2) zoom.yaxis = left;
    if (right.length === 2) zoom.yaxis2 = right;
    return zoom;
  }

  /** @param {Zoom} zoom */
  zoomed(zoom) {
    const patch = Object.entries(RANGES).map(([axis, name]) => [name, zoom[axis] ?? []]);
    this.stage.set(Object.fromEntries(patch));
    this.show();
  }

  show() {
    if (!this.header || !this.plot.clientWidth) return;
    const { header } = this;
    const held = this.stage.locked && header.ended;
    const [shown, arrays] = held ? withoutValidation(header, this.arrays) : [header, this.arrays];
    const zoom = this.zoom;
    this.all.hidden = Object.keys(zoom).length === 0;
    this.message.textContent = header.message;
    this.message.hidden = !header.message;
    this.curves.show(this.styled(shown), arrays, zoom);
    const facts = header.facts.filter(
      (/** @type {string[]} */ [name]) =>
        !this.on && (!held || !KEPT_BACK.test(name.toLowerCase())),
    );
    this.facts.innerHTML =
      `<b class="train-word">${escaped(header.word)}</b><p>${escaped(header.caption)}</p>` +
      facts
        .map(
          (/** @type {string[]} */ [name, value, color = "inherit"]) =>
            `<div class="train-fact"><span style="color:${color}">${escaped(name)}</span><b>${escaped(value)}</b></div>`,
        )
        .join("");
    const sentence = held ? header.words.held : header.sentence;
    this.plot.setAttribute("aria-label", sentence);
    if (!this.on) {
      this.stage.say(`<p>${escaped(held ? sentence : header.short)}</p>`);
      this.stage.tellTwin(sentence, () => (held ? [] : [header.table]));
    }
    Object.assign(this.plot, {
      shown: {
        run: header.run,
        titles: shown.panels.map((/** @type {any} */ panel) => panel.title),
        names: shown.panels.flatMap((/** @type {any} */ panel) =>
          panel.lines.map((/** @type {any} */ line) => line.name),
        ),
        values: arrays.map((one) => Array.from(one, (value) => fixed(value, 4))),
        zoom,
      },
    }); // read by tests
  }

  /** Whether something else speaks in the curves' place. */
  get on() {
    return false;
  }

  /** The figure in its present size. @param {any} header */
  styled(header) {
    return restyled(header);
  }

  close() {
    this.curves.close();
    this.plot.remove();
  }
}

/**
 * The figure without what the page's question asks for.
 * @param {any} header
 * @param {any[]} arrays
 * @returns {[any, any[]]}
 */
function withoutValidation(header, arrays) {
  /** @type {any[]} */
  const kept = [];
  let next = 0;
  const panels = header.panels.map((/** @type {any} */ panel) => {
    const lines = panel.lines.filter((/** @type {any} */ line) => {
      const pair = [arrays[next++], arrays[next++]];
      if (line.name === "validation") return false;
      kept.push(...pair);
      return true;
    });
    return { ...panel, lines, best: null };
  });
  return [{ ...header, panels }, kept];
}

/**
 * Sizes as they are now: while presenting type and lines are larger than the server knows.
 * @param {any} header
 */
function restyled(header) {
  const text = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const grown = text / header.theme.text_px;
  if (!(grown > 1.05)) return header;
  const layout = { ...header.theme.layout };
  layout.font = { ...layout.font, size: text };
  const axis = { ...layout.xaxis, tickfont: { ...layout.xaxis.tickfont, size: text } };
  layout.xaxis = layout.yaxis = { ...axis, title: { font: { ...axis.title.font, size: text } } };
  const theme = { ...header.theme, text_px: text, layout };
  const panels = header.panels.map((/** @type {any} */ panel) => ({
    ...panel,
    lines: panel.lines.map((/** @type {any} */ line) => ({ ...line, width: line.width * 1.6 })),
  }));
  return { ...header, theme, panels };
}
