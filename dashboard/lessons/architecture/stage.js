// A network built by hand: drawn to scale, counted while a block is dragged, seen through its units.

import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { mount } from "../../browser/mount.js";
import { escaped } from "../../browser/number.js";
import { theme } from "../../browser/theme.js";
import {
  added,
  behind,
  doubled,
  fresh,
  IMAGE,
  keysOf,
  layerAt,
  LOGITS,
  moved,
  removed,
} from "./design.js";
import { followTurn, Hand } from "./hand.js";
import { Inspector } from "./inspector.js";
import { moments } from "./moments.js";
import { examine } from "./network_math.js";
import { fromNotation, toNotation } from "./notation.js";
import { Plan } from "./plan.js";
import { Sight, windowOfUnit } from "./sight.js";
import { keyOfRow, LayerTable, sums, twinTable } from "./summary.js";
import { sayNetwork, sayRow, saySight, sayTrouble } from "./words.js";

/** @typedef {import("./notation.js").Design} Design */
/** @typedef {import("./design.js").Edited} Edited */
/** @typedef {import("./network_math.js").Row} Row */

const TOLD_MS = 300;
const CAMERA = new Set(["turn", "tilt", "near"]);
/** The last network of the server's that this tab has taken: each is taken once. */
let followed = "";

export class ArchitectureStage {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.plan = new Plan(this);
    this.line = make("p", { className: "scale", role: "status" });
    this.costs = make("div", { className: "costs", tabIndex: 0, role: "region" });
    this.seen = make("canvas", { className: "seen", tabIndex: 0, role: "img" });
    this.element = make(
      "div",
      { className: "architecture", role: "group", tabIndex: 0, "data-picture": "" },
      this.plan.element,
      this.line,
      make(
        "div",
        { className: "lower" },
        this.costs,
        make("div", { className: "sight" }, this.seen),
      ),
    );
    stage.pictures.append(this.element);
    this.inspector = new Inspector(make("div", { className: "inspector", role: "group" }), this);
    this.facts = make("div", { className: "facts" });
    stage.aside.append(this.inspector.host, this.facts);
    /** @type {string[]} */
    this.past = [];
    /** @type {string[]} */
    this.future = [];
    /** @type {string | null} The network before the hand began to move something. */
    this.moving = null;
    /** @type {Design} */
    this.design = null;
    /** @type {Row | null} The row under the pointer. */
    this.near = null;
    this.note = "";
    this.table = new LayerTable(this.costs, {
      near: (row) => this.nearTo(row && keyOfRow(row), row),
      choose: (key) => this.choose(key),
    });
    this.costs.onkeydown = (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const row = this.table.beside(this.shownRow, step);
      this.nearTo(keyOfRow(row), row);
      this.table.reveal(row);
      event.preventDefault();
      event.stopPropagation();
    };
    this.sight = new Sight(this.seen, () => this.drawSeen());
    this.hand = new Hand(this);
    followTurn(this.plan.space, (by) => this.turn(by));
  }

  /** @param {any} header @param {any[]} arrays @param {boolean} first */
  load(header, arrays, first) {
    this.header = header;
    this.words = header.words;
    this.grammar = header.grammar;
    this.picture = arrays[0];
    if (first) this.build();
    if (header.token !== followed) {
      followed = header.token;
      if (header.token) this.stage.set({ net: header.net, block: header.block });
    }
    if (this.code !== header.net) this.tell();
    this.touch();
  }

  build() {
    const { stage, words } = this;
    const foot = stage.footLeft;
    foot.classList.add("views");
    this.undo = button(foot, words.undo, () => this.travel(this.past, this.future));
    this.redo = button(foot, words.redo, () => this.travel(this.future, this.past));
    this.whole = button(foot, words.whole, () => stage.set({ whole: !stage.values.whole }));
    this.solid = button(foot, words.solid, () => stage.set({ solid: !stage.values.solid }));
    for (const [element, word] of /** @type {[HTMLElement, string][]} */ ([
      [this.inspector.host, words.inspector],
      [this.costs, words.costs],
      [this.plan.drawing, words.drawing],
      [this.element, words.name],
    ])) {
      element.setAttribute("aria-label", word);
    }
    this.take();
    this.transport = stage.play({
      last: this.keys.length - 1,
      perSecond: 1,
      name: "Block",
      canvas: this.element,
      moved: () => this.walked(),
      draw: () => this.draw(),
    });
    this.follow();
    Object.assign(this.element, { examine }); // for the test that compares it with core
    document.fonts.ready.then(() => this.arranged()); // words are measured
  }

  /** Take over the network that is set, the paper's in place of nonsense. */
  take() {
    const { net } = this.stage.values;
    const found = fromNotation(net, this.grammar);
    this.code = net;
    this.design = found ?? fromNotation(this.stage.settings.field("net").default, this.grammar);
    this.note = found ? "" : this.words.unreadable;
    this.inspector.built = "";
    this.moving = null;
  }

  /** The chosen block. */
  get chosen() {
    const { block } = this.stage.values;
    return block === LOGITS || layerAt(this.design, block) ? block : IMAGE;
  }

  get keys() {
    return keysOf(this.design);
  }

  /** @param {string[]} names */
  changed(names) {
    const { net } = this.stage.values;
    if (names.includes("net") && net !== this.code) {
      // A link's, Back's or the server's: what was there can be called back.
      this.past.push(JSON.stringify(this.design));
      this.future = [];
      this.take();
      this.tell();
    }
    this.follow();
    // A view that is only turned is counted as it was.
    if (names.every((name) => CAMERA.has(name))) this.transport?.touch();
    else this.touch();
  }

  arranged() {
    this.plan.forget();
    this.sight.forget();
    this.touch();
  }

  settled = () => this.touch();

  touch() {
    this.stale = true;
    this.transport?.touch();
  }

  /** The transport stands at the chosen block. */
  follow() {
    if (!this.transport) return;
    const { keys, transport } = this;
    if (transport.last !== keys.length - 1) transport.setLast(keys.length - 1);
    const at = keys.indexOf(this.chosen);
    if (transport.index === at) return;
    transport.pause();
    transport.go(at);
  }

  walked() {
    const key = this.keys[this.transport.index];
    if (key && key !== this.chosen) this.choose(key);
  }

  /** Let the server know, once the hand rests: what stands below the stage depends on it. */
  tell() {
    clearTimeout(this.telling);
    const say = () => this.stage.server.trigger("settled", this.stage.settings.text);
    this.telling = setTimeout(say, TOLD_MS);
  }

  /**
   * Every change of the network goes through here.
   * @param {(design: Design) => void} edit
   * @param {boolean} done false while a hand still moves
   * @param {string} [block] key of the block that is chosen then
   */
  change(edit, done, block = this.chosen) {
    const before = JSON.stringify(this.design);
    this.moving ??= before;
    edit(this.design);
    if (done) {
      const first = this.moving;
      this.moving = null;
      if (first !== JSON.stringify(this.design)) this.commit(first, block);
    }
    this.touch();
  }

  /** Keep what was built. @param {string} before @param {string} block */
  commit(before, block) {
    const code = toNotation({ ...this.design, name: this.grammar.begin.name }, this.grammar);
    this.note = "";
    if (!fromNotation(code, this.grammar)) {
      this.design = JSON.parse(before); // more than an address can hold
      this.note = this.words.toomuch;
      return;
    }
    this.past.push(before);
    this.future = [];
    this.design.name = this.grammar.begin.name;
    this.keep(code, block);
  }

  /** @param {string} code @param {string} block */
  keep(code, block) {
    this.code = code;
    this.stage.set({ net: code, block });
    this.tell();
  }

  /** @param {string[]} from @param {string[]} to */
  travel(from, to) {
    if (!from.length) return;
    to.push(JSON.stringify(this.design));
    this.design = JSON.parse(from.pop());
    this.inspector.built = "";
    this.keep(toNotation(this.design, this.grammar), this.chosen);
    this.touch();
  }

  /** @param {Edited | null} edited */
  replace(edited) {
    if (!edited) return;
    const { design, key } = edited;
    this.inspector.built = "";
    this.change((now) => Object.assign(now, design), true, key);
    if (this.plan.focused) this.plan.focus(this.chosen);
  }

  /** @param {number} step */
  shift(step) {
    this.replace(moved(this.design, this.chosen, step));
  }

  remove() {
    this.replace(removed(this.design, this.chosen));
  }

  double() {
    this.replace(doubled(this.design, this.chosen));
  }

  /** @param {string} kind @param {import("./design.js").Path | null} where */
  add(kind, where) {
    const shape = this.rowOf(this.chosen)?.shape;
    const layer = fresh(kind, shape, this.grammar.fields);
    this.replace(added(this.design, where ?? behind(this.design, this.chosen), layer));
  }

  /** @param {string} key */
  choose(key) {
    this.near = null;
    this.sight.spot = null;
    this.stage.set({ block: key });
    this.touch();
  }

  /** Show what a block, or a row of it, sees. @param {string | null} key @param {Row | null} [row] */
  nearTo(key, row = null) {
    if (this.hand?.moving || !this.found) return;
    const near = row ?? (key === null ? null : this.rowOf(key));
    if (near?.name === this.near?.name) return;
    this.near = near;
    this.sight.spot = null;
    this.table.mark(near);
    this.drawSeen();
  }

  /** The last row of a block. @param {string} key @returns {Row | undefined} */
  rowOf(key) {
    return this.found.rows.findLast((row) => keyOfRow(row) === key);
  }

  /** The row whose field is drawn: under the pointer, else the chosen one. */
  get shownRow() {
    const { rows } = this.found;
    const near = this.near && rows.find((row) => row.name === this.near.name);
    return near ?? this.rowOf(this.chosen) ?? rows.at(-1);
  }

  /** @param {{ turn?: number, tilt?: number, near?: number }} by */
  turn({ turn = 0, tilt = 0, near = 1 }) {
    const { values } = this.stage;
    const inside = (/** @type {string} */ name, /** @type {number} */ value) => {
      const { low, high } = this.stage.settings.field(name);
      return Math.round(100 * Math.min(Math.max(value, low), high)) / 100;
    };
    const around = values.turn + turn;
    this.stage.set({
      turn: inside("turn", around - 2 * Math.PI * Math.round(around / (2 * Math.PI))),
      tilt: inside("tilt", values.tilt + tilt),
      near: inside("near", values.near * near),
    });
  }

  draw() {
    const { stage, words, hand } = this;
    if (!this.element.clientWidth) return;
    if (!this.stale && this.found) {
      if (stage.values.solid) this.plan.drawSpace(this.design, this.found);
      return;
    }
    this.stale = false;
    const { solid, whole } = stage.values;
    const shown = hand.candidate?.design ?? this.design;
    this.found = examine(shown, this.header.batch);
    this.look = theme(this.element);
    this.inspector.show();
    this.undo.disabled = !this.past.length;
    this.redo.disabled = !this.future.length;
    this.whole.setAttribute("aria-pressed", String(whole));
    this.solid.setAttribute("aria-pressed", String(solid));
    this.plan.show(shown, this.found);
    const facts = sums(this.found, words, stage.locked).map(
      ([value, name]) => `<p class="fact"><b>${escaped(value)}</b> ${escaped(name)}</p>`,
    );
    if (this.said !== facts.join("")) this.facts.innerHTML = this.said = facts.join("");
    this.table.show(this.found, words, stage.locked, this.chosen);
    this.drawSeen();
    const told = sayNetwork(this.found, words, stage.locked);
    stage.tellTwin(told, () => [twinTable(this.found, words, stage.locked)]);
    this.plan.space.setAttribute("aria-label", `${words.space} ${told}`);
    const { parameters, macs, error, rows } = this.found;
    Object.assign(this.element, {
      shown: {
        design: structuredClone(shown),
        ...{ parameters, macs, error, chosen: this.chosen },
        rows: rows.map(({ name, shape, parameters: held }) => ({ name, shape, parameters: held })),
      },
    });
  }

  drawSeen() {
    if (!this.found) return;
    const { sight, shownRow: row } = this;
    sight.draw(row, this.design.input_size, this.picture, this.look.accent);
    const text = saySight(row, windowOfUnit(row, sight.unit), this.words);
    this.seen.setAttribute("aria-label", text);
    this.stage.say(`<p class="sees">${escaped(text)}</p>`);
    const { error } = this.found;
    const note = this.note || this.plan.note;
    this.line.classList.toggle("wrong", Boolean(error));
    const line = error
      ? sayTrouble(error, this.words)
      : sayRow(row, note, this.words, this.stage.locked);
    if (this.line.innerHTML !== line) this.line.innerHTML = line;
  }

  moments = () => moments(this);

  close() {
    clearTimeout(this.telling);
    this.plan.sizes.disconnect();
  }
}

export default await mount(
  (stage) => new ArchitectureStage(stage),
  [new URL("./style.css", import.meta.url)],
);
