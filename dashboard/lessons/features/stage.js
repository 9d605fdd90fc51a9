// Feature maps: a network from the whole to one number, one layer through a training, and the images that
// excite a unit. All values were computed by core; formula.js adds up the cell under the hand.

import { Surface } from "../../browser/canvas.js";
import { mount } from "../../browser/mount.js";
import { still } from "../../browser/theme.js";
import { CellView } from "./cell_view.js";
import { FilmView } from "./film_view.js";
import { explain } from "./formula.js";
import { ImagesView } from "./images_view.js";
import { flyersBetween, LayerView } from "./layer_view.js";
import { Overview } from "./overview.js";
import { Painter } from "./painter.js";
import { Panel } from "./panel.js";
import { Pointer } from "./pointer.js";
import { Reading } from "./reading.js";
import { decoded, Values } from "./values.js";
import { vault } from "./vault.js";
import { momentsOf, tell } from "./words.js";

const MOVE_MS = 220;
const ASKED_AFTER_MS = 400;
/** Seconds in which the activation passes through a deep network. */
const MOST_SECONDS = 25;
/** @type {Record<string, number>} Steps a second. */
const PACE = { whole: 1.6, layer: 3, cell: 10, film: 1.5, images: 1 };

class Features {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.surface.canvas.style.cursor = "pointer";
    /** @type {any} */
    this.header = null;
    /** @type {Values | null} */
    this.net = null;
    /** @type {Map<string, { values: Float32Array, dims: number[] }>} Of layers that are only drawn. */
    this.coarse = new Map();
    /** @type {any} What is pointed at, for as long as it is. */
    this.hover = null;
    /** @type {any} The view that is being left. */
    this.from = null;
    this.reading = new Reading(this);
    this.painter = new Painter(this);
    this.overview = new Overview(this);
    this.layer = new LayerView(this);
    this.cell = new CellView(this);
    this.film = new FilmView(this);
    this.images = new ImagesView(this);
    this.pointer = new Pointer(this); // its keys come before the transport's
    this.onVault = () => this.fetch();
    vault.listeners.add(this.onVault);
  }

  /** @param {any} header @param {any[]} arrays @param {boolean} first */
  load(header, arrays, first) {
    const before = this.header;
    this.header = header;
    if (before?.stamp === header.stamp && before.locked === header.locked) return;
    /** @type {Map<string, any>} */
    const values = new Map();
    this.coarse = new Map();
    for (const { kind, name, data, coarse, range } of header.nodes) {
      if (kind === "input") values.set(name, Float32Array.from(arrays[0]));
      else if (data !== null) values.set(name, arrays[data]);
      else if (coarse !== null) this.coarse.set(name, decoded(arrays[coarse], range));
    }
    this.net = new Values(header.nodes, values);
    this.shown = new Map(header.shown.map((/** @type {any} */ one) => [one.name, one]));
    this.stands = new Map(
      header.shown.flatMap((/** @type {any} */ one) =>
        one.chain.map((/** @type {string} */ name) => [name, one.name]),
      ),
    );
    if (first) this.build();
    this.panel.offerLayers();
    const { net } = this;
    Object.assign(this.surface.canvas, {
      explain: (/** @type {string} */ name, /** @type {number[]} */ at) => explain(net, name, at),
      limitsOf: net.limits.bind(net),
      strengthsOf: net.strengths.bind(net),
    }); // read by tests
    this.hover = null;
    this.from = null;
    this.last = null;
    this.fetch();
    if (header.set === this.stage.settings?.text) this.asked = this.wanted;
    if (before?.locked && !header.locked && this.now.view === "whole" && !still.matches) {
      this.transport.go(0);
      this.transport.play();
    }
  }

  build() {
    this.panel = new Panel(this);
    this.transport = this.stage.play({
      last: 1,
      name: "Step",
      canvas: this.surface.canvas,
      moved: () => this.moved(),
      draw: () => this.draw(),
    });
  }

  /** Take what came in messages of its own: weights, exact values, a film, images. */
  fetch() {
    const { header, net } = this;
    if (!net) return;
    const { node, unit } = this.now;
    net.weights = vault.groups.get(`weights:${header.weights}`)?.arrays ?? null;
    const exact = header.locked ? null : vault.groups.get(`values:${header.stamp}`);
    for (const [name, values] of exact?.arrays ?? []) {
      if (net.own.has(name)) continue;
      net.own.set(name, values);
      this.coarse.delete(name);
    }
    this.film.take(vault.groups.get(`film:${header.stamp}|${node}`) ?? null);
    this.images.take(vault.groups.get(`images:${header.weights}|${node}|${unit}`) ?? null);
    net.kept.clear();
    this.painter.forget();
    if (this.surface.width) this.arranged();
    this.sync();
  }

  arranged() {
    if (!this.net || !this.surface.width) return;
    this.from = null;
    this.barTop = this.surface.height - this.painter.line * 1.25;
    this.overview.arrange();
    this.told = "";
    this.sync();
  }

  // ---- what is set ------------------------------------------------------------------------------

  get words() {
    return this.header.words;
  }

  /** Whether the question is open: nothing of the answer was sent. */
  get locked() {
    return this.header.locked;
  }

  get scope() {
    return this.stage.values.scope;
  }

  get clip() {
    return Number(this.stage.values.clip.replace("-", "."));
  }

  /** The layer that is set. */
  get node() {
    return this.reading.node;
  }

  /** All that is shown now. */
  get now() {
    return this.reading.now;
  }

  /** Put the transport and the controls where the settings are. */
  sync() {
    const { transport, hover } = this;
    if (!transport) return;
    this.hover = null;
    const { now } = this;
    const [last, at] = this.reading.position(now);
    transport.perSecond = Math.max(PACE[now.view], now.view === "whole" ? last / MOST_SECONDS : 0);
    if (!transport.playing) {
      this.syncing = true;
      if (transport.last !== last) transport.setLast(last);
      if (transport.position !== at) transport.go(at);
      this.syncing = false;
    }
    this.panel.show(now.view);
    this.hover = hover;
    this.told = "";
    transport.touch();
  }

  /** The transport moved. */
  moved() {
    if (this.syncing || !this.net) return;
    if (!this.transport.playing) {
      this.hover = null;
      const further = this.stage.values.view === "whole" ? { aimed: false } : {};
      this.stage.set({ ...this.reading.settingsAt(this.transport.index), ...further });
    }
    this.told = "";
  }

  /** @param {string[]} names */
  changed(names) {
    if (!this.net) return;
    if (this.transport.playing) {
      this.syncing = true;
      this.transport.pause();
      this.syncing = false;
    }
    this.hover = null;
    if (names.some((name) => ["scope", "clip"].includes(name))) {
      this.painter.forget();
      this.overview.forget();
    }
    if (names.some((name) => ["layer", "unit", "view"].includes(name))) {
      const { now } = this;
      const moves = this.last && (this.last.view !== now.view || this.last.node !== now.node);
      if (moves && !still.matches && this.overview.places) {
        const flyers = flyersBetween(this, this.last, now);
        this.from = { now: this.last, began: performance.now(), flyers };
      }
      this.film.take(vault.groups.get(`film:${this.header.stamp}|${now.node}`) ?? null);
      const images = `images:${this.header.weights}|${now.node}|${now.unit}`;
      this.images.take(vault.groups.get(images) ?? null);
    }
    this.sync();
    this.ask();
  }

  /** What the server is to send for what is open. */
  get wanted() {
    const { view, node, unit } = this.now;
    if (view === "whole") return "";
    return view === "images" ? `${view}/${node}/${unit}` : `${view === "film" ? view : ""}/${node}`;
  }

  /** Tell the server what is open, once the hand rests. */
  ask() {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => {
      const { wanted } = this;
      if (!wanted || wanted === this.asked) return;
      this.asked = wanted;
      this.stage.server.trigger("settled", this.stage.settings.text);
    }, ASKED_AFTER_MS);
  }

  // ---- walking ----------------------------------------------------------------------------------

  /**
   * Open a view of a layer, at its middle where no cell is named.
   * @param {string} view
   * @param {{ node: string, unit: number, row?: number, column?: number }} what
   */
  open(view, { node, unit, row, column }) {
    if (this.locked) return;
    const [rows, columns, units] = this.net.dims(node);
    this.stage.set({
      view,
      layer: node,
      unit: Math.min(unit, units - 1) + 1,
      row: (row ?? Math.floor(rows / 2)) + 1,
      column: (column ?? Math.floor(columns / 2)) + 1,
      term: 0,
      aimed: false,
    });
  }

  /** Choose within the view. @param {{ unit?: number, row?: number, column?: number }} what */
  choose({ unit, row, column }) {
    const set = { unit, row, column };
    const given = Object.entries(set).filter(([, at]) => at !== undefined);
    const patch = Object.fromEntries(given.map(([name, at]) => [name, Number(at) + 1]));
    this.stage.set(unit === undefined ? patch : { ...patch, term: 0 });
  }

  /** @param {string} view */
  look(view) {
    if (view === "whole") this.stage.set({ view, aimed: false });
    else this.open(view, this.now);
  }

  back() {
    const { view } = this.now;
    if (view === "layer") this.stage.set({ view: "whole", aimed: this.shown.has(this.node) });
    else this.stage.set({ view: "layer" });
  }

  /** Show something for as long as it is pointed at. @param {any} what */
  preview(what) {
    if (this.transport.playing) return;
    if (JSON.stringify(what) === JSON.stringify(this.hover)) return;
    this.hover = what;
    this.told = "";
    this.transport.touch();
  }

  // ---- drawing ----------------------------------------------------------------------------------

  draw() {
    if (!this.net || !this.overview.places || !this.surface.width) return;
    const pen = this.surface.clear();
    const { now } = this;
    this.painter.printed = 0;
    const share = this.from ? Math.min((performance.now() - this.from.began) / MOVE_MS, 1) : 1;
    if (share >= 1) {
      this.from = null;
      this.drawView(pen, now, 1);
      if (!this.hover) this.last = now;
    } else {
      const eased = share * (2 - share);
      this.drawView(pen, this.from.now, 1 - eased);
      this.drawView(pen, now, eased);
      pen.globalAlpha = 1;
      for (const { name, unit, start, end } of this.from.flyers) {
        const at = (/** @type {"x" | "y" | "side"} */ part) =>
          start[part] + (end[part] - start[part]) * eased;
        this.painter.tile(pen, name, unit, { x: at("x"), y: at("y"), side: at("side") });
      }
      this.transport.touch();
    }
    pen.globalAlpha = 1;
    const limits = this.painter.legend(pen, now);
    const key = JSON.stringify([now, Boolean(this.from)]);
    if (this.told === key) return;
    this.told = key;
    tell(this, now);
    const formula = now.view === "cell" ? this.formulaOf(now) : null;
    const shown = {
      ...now,
      stamp: this.header.stamp,
      moving: Boolean(this.from),
      field: now.view === "whole" ? null : this.painter.fieldOf(now),
      value: now.view === "whole" ? null : (this.valueAt(now) ?? null),
      result: formula?.result ?? null,
      limits,
    };
    Object.assign(this.surface.canvas, { shown, drawn: this.header.stamp }); // read by tests
    Object.assign(this.surface.canvas, { printed: this.painter.printed });
  }

  /** @param {CanvasRenderingContext2D} pen @param {any} now @param {number} alpha */
  drawView(pen, now, alpha) {
    pen.globalAlpha = alpha;
    const flown = Boolean(this.from?.flyers.length);
    if (now.view === "whole") this.overview.draw(pen, now, alpha, !this.from);
    else if (now.view === "layer") this.layer.draw(pen, now, flown && this.from.flyers.length > 1);
    else if (now.view === "cell") this.cell.draw(pen, now, flown);
    else if (now.view === "film") this.film.draw(pen, now);
    else this.images.draw(pen, now);
    pen.globalAlpha = 1;
  }

  // ---- words about nodes ------------------------------------------------------------------------

  /** @param {string} name */
  titleOf(name) {
    return this.net.node(name).title;
  }

  /** @param {string} name */
  isVector(name) {
    return this.net.node(name).shape.length === 1;
  }

  /** @param {string} name */
  word(name) {
    return this.isVector(name) ? "unit" : "map";
  }

  /** @param {string} name */
  sizeOf(name) {
    const [height, width, count] = this.net.dims(name);
    if (this.isVector(name)) return `${count} ${count === 1 ? "unit" : "units"}`;
    return `${count} ${count === 1 ? "map" : "maps"} of ${height} \u00d7 ${width}`;
  }

  /** @param {any} now */
  indexOf({ node, unit, row, column }) {
    return this.isVector(node) ? [unit] : [row, column, unit];
  }

  /** @param {any} now */
  valueAt(now) {
    return this.net.values(now.node) ? this.net.at(now.node, this.indexOf(now)) : undefined;
  }

  /** @param {any} now */
  formulaOf(now) {
    return explain(this.net, now.node, this.indexOf(now));
  }

  moments() {
    return momentsOf(this);
  }

  close() {
    clearTimeout(this.asking);
    vault.listeners.delete(this.onVault);
  }
}

export default await mount((stage) => new Features(stage));
