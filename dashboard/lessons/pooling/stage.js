// The stage on pooling: six views of one map and one window.

import { Surface } from "../../browser/canvas.js";
import { button, choice } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { mount } from "../../browser/mount.js";
import { escaped, filled } from "../../browser/number.js";
import { largest, Scale } from "../../browser/scale.js";
import { advice } from "./advice.js";
import { Brush } from "./brush.js";
import * as global from "./global.js";
import * as gradient from "./gradient.js";
import * as halving from "./halving.js";
import * as loss from "./loss.js";
import { pointed } from "./pointer.js";
import { gradientOf, LastMaps, Scene } from "./scene.js";
import * as shift from "./shift.js";
import * as slide from "./slide.js";
import { say, sides } from "./words.js";

/** @type {Record<string, any>} */
const VIEWS = { slide, gradient, shift, loss, halving, global };
/** The field that holds each view's position; below 0 it begins where the view likes to. */
const AT = {
  slide: "cell",
  gradient: "sent",
  shift: "moved",
  loss: "rounds",
  halving: "level",
  global: "maps",
};
const OWN = { gradient: "gradient", shift: "compare", halving: "kind" };
const WINDOW = ["size", "stride", "padding"];
const MOST_TYPED = 1e6;

export class PoolingStage {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.brush = new Brush(this.surface);
    /** @type {any} */
    this.header = {};
    this.scale = new Scale("gray", 255);
    /** @type {LastMaps | null} */
    this.lastMaps = null;
    /** @type {any} */
    this.transport = null;
    /** @type {any} */
    this.places = null; // of what stays while the picture moves; null where it is to be drawn anew
    this.known = "";
    this.wrong = ""; // advice on what was typed last
    this.listen();
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    const [values, maps, weights] = arrays;
    const [height, width] = values.shape;
    this.header = header;
    this.words = header.words;
    this.map = { values, height, width };
    const known = `${header.key}|${height}|${width}|${header.global?.key}`;
    const limit = largest(values);
    if (known !== this.known) {
      const gray = header.kind === "image";
      this.scale = gray ? new Scale("gray", 255) : new Scale("activation", limit);
      header.limits = gray ? "gray 0 to 255" : `colors \u00b1${say(limit)}`;
      this.limits = header.limits;
      this.lastMaps = header.global ? new LastMaps(header, maps, weights) : null;
      this.scene = new Scene(this.map, this.window);
      this.known = known;
    }
    header.limits = this.limits;
    if (first) this.build();
    this.follow();
  }

  build() {
    const { stage, words } = this;
    const options = Object.keys(VIEWS).map(
      (view) => /** @type {[string, string]} */ ([view, words[`view-${view}`]]),
    );
    this.pressView = choice(stage.controlsPlace, "What is shown", options, (view) =>
      stage.set({ view }),
    );
    stage.controlsPlace.querySelector(".lb-choice")?.classList.add("views");
    stage.control([...WINDOW, "compare", "kind"]);
    for (const name of ["size", "stride"]) this.warnOutside(stage.dials[name]);
    this.cellField = make("input", {
      type: "text",
      className: "cell-gradient",
      autocomplete: "off",
    });
    this.cellField.inputMode = "decimal";
    this.cellName = make("span", { className: "lb-label" });
    this.cellField.addEventListener("change", () => this.takeCell());
    this.sends = make(
      "div",
      { className: "sends" },
      make("label", { className: "lb-control" }, this.cellName, this.cellField),
    );
    const presets = make("div", {
      className: "lb-choice",
      role: "group",
      "aria-label": "Gradient of all cells",
    });
    for (const sends of ["ones", "one", "mixed"]) {
      button(presets, words[`preset-${sends}`], () => {
        stage.set({ sends, typed: [], one: sends === "one" ? this.current : -1 });
      });
    }
    this.sends.append(presets);
    stage.controlsPlace.append(this.sends);
    this.transport = stage.play({
      last: 1,
      perSecond: 3,
      name: "Step",
      canvas: this.surface.canvas,
      moved: () => this.moved(),
      draw: (position) => this.draw(position),
    });
  }

  /**
   * A dial takes the nearest number that it may; here it is said which.
   * @param {import("../../browser/controls.js").Control} dial
   */
  warnOutside({ typed, field }) {
    let asked = "";
    // The dial has put the number right by the time that the event gets to others.
    typed.addEventListener("input", () => (asked = typed.value), { capture: true });
    typed.addEventListener("input", () => {
      const value = Number(asked);
      if (asked === "" || (value >= field.low && value <= field.high)) return;
      const taken = this.stage.values[field.name];
      this.wrong = filled(this.words["advice-range"], { typed: say(value), value: taken });
      this.transport.touch();
    });
  }

  get view() {
    return this.stage.values.view;
  }

  get along() {
    return this.stage.values.compare === "along";
  }

  /** What halving keeps of each window. */
  get kind() {
    return this.stage.values.kind;
  }

  get locked() {
    return this.stage.locked;
  }

  get window() {
    const { size, stride, padding } = this.stage.values;
    return { size, stride, padding };
  }

  /** What each output cell sends back; the same array as long as nothing of it changes. */
  get gradient() {
    const { sends, one, typed } = this.stage.values;
    const key = `${sends}|${one}|${typed}|${this.scene.cells}`;
    if (this.pushed?.key !== key) {
      this.pushed = { key, values: gradientOf({ sends, one, typed }, this.scene.cells) };
    }
    return this.pushed.values;
  }

  /** The output cell that a typed gradient belongs to. */
  get current() {
    return Math.max(Math.min(this.transport.index, this.scene.cells) - 1, 0);
  }

  /** Whether the view has something to show. */
  get drawable() {
    return this.scene.fits || this.view === "global";
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.some((name) => WINDOW.includes(name))) {
      const { cells } = this.scene;
      this.scene = new Scene(this.map, this.window);
      // Gradients that were typed belong to cells of the window that was.
      const typed = this.stage.values.typed.length || this.stage.values.sends === "one";
      if (
        cells !== this.scene.cells &&
        typed &&
        !names.includes("typed") &&
        !names.includes("sends")
      ) {
        this.stage.set({ sends: "ones", one: -1, typed: [] });
      }
    }
    if (names.some((name) => name !== AT[this.view])) this.follow();
    else if (!this.transport.playing && this.transport.index !== this.wanted) {
      this.transport.go(this.wanted);
    }
    this.wrong = "";
  }

  arranged() {
    this.places = null;
  }

  settled() {
    this.follow();
  }

  /** The transport has moved: while it plays only the picture follows, at rest the address too. */
  moved() {
    if (!this.transport.playing) this.stage.set({ [AT[this.view]]: this.transport.index });
  }

  /** Where the view stands, as set or where it begins. */
  get wanted() {
    if (!this.drawable) return 0;
    const set = this.stage.values[AT[this.view]];
    const room = VIEWS[this.view];
    return Math.min(set < 0 ? room.begin(this) : set, room.last(this));
  }

  /** View, window or map are new: transport, controls and picture follow. */
  follow() {
    const room = VIEWS[this.view];
    const last = this.drawable ? room.last(this) : 0;
    const { transport } = this;
    // A window that is dragged while it plays does not set it back.
    const plays = transport.playing && this.shownView === this.view;
    if (!plays) transport.playing = false;
    this.shownView = this.view;
    this.places = null;
    const wanted = plays ? Math.min(transport.index, last) : this.wanted;
    transport.perSecond = room.perSecond(last);
    if (transport.last !== last) transport.setLast(last);
    if (transport.index !== wanted) transport.position = wanted;
    transport.show();
    this.pressView(this.view);
    for (const [view, name] of Object.entries(OWN)) {
      const hidden = view !== this.view;
      if (name === "gradient") this.sends.hidden = hidden || !this.scene.fits;
      else this.stage.dials[name].hide(hidden);
    }
    transport.touch();
  }

  /** @param {number} position */
  draw(position) {
    if (!this.scene || !this.surface.width) return;
    const pen = this.surface.clear();
    // One position for picture, sentence and number.
    const at = Math.min(Math.floor(position + 1e-9), this.transport.last);
    if (!this.drawable) this.drawNothing(pen);
    else {
      const room = VIEWS[this.view];
      if (!this.places) {
        this.brush.printed = 0;
        /** @type {any} */
        let places;
        const canvas = this.surface.layer((below) => {
          places = room.still(this, below);
        });
        this.places = { ...places, canvas };
      }
      pen.drawImage(this.places.canvas, 0, 0, this.surface.width, this.surface.height);
      room.draw(this, pen, this.places, at, position - at);
    }
    this.tell(at);
    Object.assign(this.surface.canvas, { lesson: this, printed: this.brush.printed }); // read by tests
  }

  /** @param {CanvasRenderingContext2D} pen */
  drawNothing(pen) {
    const { brush, map, header } = this;
    const { size } = this.window;
    const side = Math.min(brush.height - 2 * brush.line - 14, brush.width * 0.6);
    const box = { x: 8, y: brush.line + 6, side };
    const title = `${header.noun}, ${sides(map)}`;
    brush.paint(pen, box, map, this.scale, { title });
    const unit = side / Math.max(map.width, map.height, size);
    brush.frame(pen, box.x, box.y, size * unit, size * unit, { dash: [8, 5] });
    const look = { most: brush.width - side - 48 };
    brush.write(pen, this.words["no-fit"], side + 36, brush.height / 2, look);
  }

  /** @param {number} at */
  tell(at) {
    const { stage, header, words, view } = this;
    const told = this.drawable ? VIEWS[view].tell(this, at) : [];
    const warning = this.wrong || advice(this);
    const key = [view, ...told, warning].join("|");
    this.showCell();
    if (key === this.said) return;
    this.said = key;
    const [sentence, ...more] = told.map(escaped);
    stage.say(
      (sentence ? `<p class="sentence"><strong>${sentence}</strong></p>` : "") +
        more.map((text) => `<p class="formula">${text}</p>`).join("") +
        (warning ? `<p class="advice" role="status">${escaped(warning)}</p>` : ""),
    );
    const all = [...told, warning].filter(Boolean).join(" ");
    const map = filled(words.shown, {
      map: `${header.noun}, ${sides(this.map)}`,
      title: header.title,
    });
    this.surface.canvas.setAttribute("aria-label", `${map} ${all}`);
    stage.tellTwin(`${map} ${all}`, () => (this.drawable ? VIEWS[view].tables(this, at) : []));
  }

  showCell() {
    if (this.view !== "gradient" || !this.scene.fits) return;
    const { r, c } = this.scene.cell(this.current);
    const name = `Gradient of cell ${r + 1}, ${c + 1}`;
    if (this.cellName.textContent !== name) this.cellName.textContent = name;
    const root = /** @type {ShadowRoot} */ (this.stage.root);
    const value = say(this.gradient[this.current]);
    if (root.activeElement !== this.cellField && this.cellField.value !== value) {
      this.cellField.value = value;
    }
  }

  /** A gradient was typed for the current cell. */
  takeCell() {
    const text = this.cellField.value.trim().replace("\u2212", "-").replace(",", ".");
    const value = Number(text);
    if (!text || !Number.isFinite(value) || Math.abs(value) > MOST_TYPED) {
      this.wrong = filled(this.words["advice-typed"], { typed: this.cellField.value.slice(0, 20) });
      this.cellField.setAttribute("aria-invalid", "true");
      this.transport.touch();
      return;
    }
    this.cellField.removeAttribute("aria-invalid");
    const { typed } = this.stage.values;
    const cell = this.current;
    const others = typed.filter((_, i) => typed[i - (i % 2)] !== cell);
    const { longest = 64 } = this.stage.settings.field("typed");
    this.stage.set({ typed: [...others, cell, value].slice(-longest) });
    this.wrong = "";
    this.transport.touch();
  }

  listen() {
    const { canvas } = this.surface;
    const point = (/** @type {PointerEvent} */ event) => {
      if (!this.places || !this.scene.fits) return;
      const found = pointed(this, this.surface.at(event));
      if (found === null) return;
      this.transport.pause();
      this.transport.go(found);
    };
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) point(event);
    });
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const rows = this.view === "slide" || this.view === "gradient";
      if (!by || foreign(event) || !this.scene.fits || !rows) return;
      event.preventDefault();
      event.stopPropagation();
      const to = this.transport.index + by * this.scene.out.width;
      if (to < 0 || to > this.transport.last) return;
      this.transport.pause();
      this.transport.go(to);
    });
  }
}

export default await mount(
  (stage) => new PoolingStage(stage),
  [new URL("./style.css", import.meta.url)],
);
