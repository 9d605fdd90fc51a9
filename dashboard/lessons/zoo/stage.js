// A timeline of cards; the chosen network to scale, and below it its idea at one position.

import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { mount } from "../../browser/mount.js";
import { escaped, write } from "../../browser/number.js";
import { theme } from "../../browser/theme.js";
import { layersOf, legend, NetworkDrawing, spoken } from "./drawing.js";
import { IdeaFigure } from "./figure.js";

/** @typedef {import("./figure.js").Figure} Figure */
/**
 * @typedef {object} Exhibit
 * @property {string} name
 * @property {string} title
 * @property {number} year
 * @property {string} idea
 * @property {number} side
 * @property {import("./drawing.js").Item[]} outline
 * @property {[string, string][]} facts
 * @property {Record<string, Figure>} figures
 */

const WAYS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

class Zoo {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.cards = make("div", { className: "cards", role: "radiogroup" });
    this.heading = make("h2");
    this.idea = make("p");
    this.drawing = make("div", { className: "drawing", role: "img" });
    this.legend = make("div", { className: "legend", "aria-hidden": "true" });
    this.what = make("h3");
    this.place = make("div", { className: "figure", role: "img" });
    this.formula = make("p", { className: "formula" });
    this.zoo = make(
      "div",
      { className: "zoo", role: "group", tabIndex: 0, "data-picture": "" },
      this.cards,
      make("div", { className: "head" }, this.heading, this.idea),
      this.drawing,
      this.legend,
      this.what,
      this.place,
      this.formula,
    );
    stage.pictures.append(this.zoo);
    this.dial = make("label", { className: "dial" });
    this.facts = make("div", { className: "facts" });
    stage.aside.append(this.dial, this.facts);
    this.figure = new IdeaFigure(this.place);
    /** @type {Record<string, any[]>} Pictures of the networks that were shown so far. */
    this.arrays = {};
    /** @type {Exhibit[]} */
    this.exhibits = [];
    this.name = "";
    this.drawn = "";
    /** @type {HTMLInputElement | HTMLSelectElement | null} */
    this.exact = null;
    /** @type {import("../../browser/transport.js").Transport | null} */
    this.transport = null;
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    this.words = header.words;
    this.exhibits = header.exhibits;
    this.arrays[header.pictured] ??= arrays;
    if (first) {
      this.zoo.setAttribute("aria-label", this.words.name);
      this.cards.setAttribute("aria-label", this.words.networks);
      this.stage.control(["init"]);
      this.build();
      this.transport = this.stage.play({
        perSecond: 1.2,
        name: "Position",
        canvas: this.zoo,
        draw: () => this.draw(),
        moved: () => this.keep(),
      });
      this.choose();
    } else this.describe();
    this.transport.touch();
  }

  build() {
    this.cards.append(
      ...this.exhibits.map(({ name, title, year }) =>
        make(
          "button",
          {
            type: "button",
            className: "card",
            role: "radio",
            dataset: { name },
            "aria-label": `${title}, ${year}`,
            onclick: () => this.stage.set({ network: name }),
          },
          make("span", { className: "year" }, String(year)),
          make("span", { className: "name" }, title),
          make("span", { className: "mini" }),
        ),
      ),
    );
    this.cards.onkeydown = (event) => {
      const way = WAYS[event.key];
      if (!way || foreign(event)) return;
      const count = this.exhibits.length;
      const at = this.exhibits.findIndex(({ name }) => name === this.name);
      this.stage.set({ network: this.exhibits[(at + way + count) % count].name });
      /** @type {HTMLElement} */ (this.cards.querySelector("[aria-checked=true]")).focus();
      event.preventDefault();
      event.stopPropagation();
    };
  }

  /** @returns {Exhibit} */
  get now() {
    return this.exhibits.find(({ name }) => name === this.name);
  }

  /** @returns {Figure} */
  get shownFigure() {
    const { figures } = this.now;
    return figures[this.stage.values.init] ?? figures[""];
  }

  get field() {
    return `at${this.name}`;
  }

  /** Where the control stands: whole, the same for picture, sentence and number. */
  get index() {
    return this.transport.index;
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("network")) {
      this.choose();
      this.stage.tell(); // its pictures come from the server: ask at once
    } else if (names.includes("init")) this.describe();
    else if (names.includes(this.field)) {
      const wanted = this.stage.values[this.field];
      if (wanted === this.index) return;
      this.transport.pause();
      this.transport.go(wanted);
    }
  }

  arranged() {
    this.drawn = "";
  }

  settled() {
    this.describe();
  }

  /** Keep where the control stands, once it rests. */
  keep() {
    if (!this.transport.playing) this.stage.set({ [this.field]: this.index });
  }

  choose() {
    this.transport.pause(); // where the one before stood is kept
    this.name = this.stage.values.network;
    const { positions } = this.shownFigure;
    for (const card of /** @type {any} */ (this.cards.children)) {
      const on = card.dataset.name === this.name;
      card.setAttribute("aria-checked", String(on));
      card.tabIndex = on ? 0 : -1;
    }
    const at = this.stage.values[this.field];
    this.transport.setLast(positions.length - 1);
    this.transport.go(at);
    this.buildDial();
    this.describe();
  }

  /** What depends on the network and not on the position. */
  describe() {
    const { title, year, idea, facts } = this.now;
    this.stage.dials.init.hide(this.name !== this.header.drawn);
    this.heading.innerHTML = `<span>${year}</span> ${escaped(title)}`;
    this.idea.textContent = idea;
    this.what.textContent = this.shownFigure.title;
    this.facts.innerHTML = facts.length
      ? facts.map(([label, value]) => `<p><b>${escaped(value)}</b> ${escaped(label)}</p>`).join("")
      : `<p>${escaped(this.words.locked)}</p>`;
    this.transport.touch();
  }

  /** A field that takes the position's own value: a number, or one of the texts. */
  buildDial() {
    const { control, positions } = this.shownFigure;
    const texts = positions.some((position) => typeof position === "string");
    const label = `${control}, as a ${texts ? "choice" : "number"}`;
    if (texts) {
      const options = positions.map((text, at) => make("option", { value: String(at) }, `${text}`));
      this.exact = make("select", { "aria-label": label }, ...options);
      this.exact.onchange = () => this.transport.step(Number(this.exact.value) - this.index);
    } else this.exact = this.number(label, /** @type {number[]} */ (positions));
    this.dial.replaceChildren(make("span", {}, control), this.exact);
  }

  /**
   * @param {string} label
   * @param {number[]} positions
   */
  number(label, positions) {
    const field = make("input", { type: "number", step: "any", "aria-label": label });
    [field.min, field.max] = [String(positions[0]), String(positions[positions.length - 1])];
    field.oninput = () => {
      const wanted = Number(field.value);
      if (field.value === "" || !Number.isFinite(wanted)) return;
      const far = positions.map((position) => Math.abs(position - wanted));
      this.transport.step(far.indexOf(Math.min(...far)) - this.index);
    };
    // What was typed is put right at once when the field is left, not in the next frame.
    const right = () => (field.value = String(positions[this.index]));
    field.onchange = right;
    field.onblur = right;
    field.onkeydown = (event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key]; // to the next position, however far
      if (!way || foreign(event)) return;
      event.preventDefault();
      this.transport.step(way);
      right();
    };
    return field;
  }

  draw() {
    const { now, shownFigure: figure, index, words } = this;
    const look = theme(this.zoo);
    const type = Math.max(16, look.textPx);
    const { sentence, formula } = figure.views[index];
    this.formula.textContent = formula;
    this.drawNetworks(type);
    this.figure.show(figure, index, this.arrays[this.name], {
      type,
      line: look.linePx,
      powers: words.powers,
    });
    const root = /** @type {ShadowRoot} */ (this.zoo.getRootNode());
    if (root.activeElement !== this.exact || this.transport.playing) {
      const texts = this.exact.tagName === "SELECT";
      this.exact.value = String(texts ? index : figure.positions[index]);
    }
    this.place.setAttribute("aria-label", `${figure.title}. ${sentence}`);
    this.stage.say(`<p>${escaped(sentence)}</p>`);
    this.stage.tellTwin(`${now.title} (${now.year}): ${now.idea} ${sentence}`, () => [
      this.figureTable(),
      { head: words.layers.split(" | "), rows: this.layerRows() },
    ]);
    Object.assign(this.zoo, { shown: { network: now.name, index, sentence, title: figure.title } });
  }

  /**
   * Drawings change with the network and the room, not with the position.
   * @param {number} type
   */
  drawNetworks(type) {
    const { width, height } = this.drawing.getBoundingClientRect();
    const key = `${this.name} ${width} ${height} ${type}`;
    if (this.drawn === key) return;
    const fresh = this.drawn === "";
    this.drawn = key;
    const { outline, side } = this.now;
    this.drawing.innerHTML = new NetworkDrawing({
      items: outline,
      side,
      width,
      height,
      type,
      id: "zoo-big",
    }).svg();
    this.drawing.setAttribute("aria-label", spoken(this.now));
    this.legend.innerHTML = `<span>${escaped(this.words.scale)}</span>${legend(outline)}`;
    if (!fresh) return;
    for (const { name, outline: items, side: own } of this.exhibits) {
      const mini = this.cards.querySelector(`[data-name="${name}"] .mini`);
      const options = { width: mini.clientWidth, height: mini.clientHeight, type: 0 };
      mini.innerHTML = mini.clientWidth
        ? new NetworkDrawing({ items, side: own, ...options, id: `zoo-${name}` }).svg()
        : "";
    }
  }

  figureTable() {
    const { control, lines, views, positions, title } = this.shownFigure;
    const head = lines.length
      ? [control, ...lines.map(({ name }) => name), ...views[0].bars.map(([label]) => label)]
      : [control, this.words.shown];
    const rows = views.map((view, at) => {
      const bars = view.bars.map(([label, , , shown]) =>
        lines.length ? shown : `${label}: ${shown}`,
      );
      if (lines.length) {
        return [positions[at], ...lines.map(({ values }) => write(values[at])), ...bars];
      }
      return [positions[at], bars.join("; ") || view.sentence];
    });
    return { caption: title, head, rows };
  }

  layerRows() {
    return layersOf(this.now.outline).map(([where, label], at) => [at, where, label]);
  }
}

export default await mount((stage) => new Zoo(stage), [new URL("./style.css", import.meta.url)]);
