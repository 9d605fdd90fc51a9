// The checks of a map: frames of a picture with a map over it, a chart whose positions they are, and a
// brush that paints places over. The server computes all of it; what is painted goes there cell by cell.

import { Surface } from "../../browser/canvas.js";
import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { film, heatOf, interpolate } from "../../browser/heat.js";
import { walk } from "../../browser/keys.js";
import { mount } from "../../browser/mount.js";
import { escaped, write } from "../../browser/number.js";
import { box, disc, frames as marked, paint, words } from "../../browser/paint.js";
import { Plot, ticks } from "../../browser/plot.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */
/** @typedef {{ picture: number, cells: number | null, limit: number, title: string, said: string, x: number, boxes: number[][] }} Frame */
/** @typedef {{ x: number, y: number, side: number }} Place of a frame */

const INK = "#e9ecef"; // on the light box, which is dark in both themes
const GROUND = "#0b0d10";
const POINTED = "#7db8f0";
const PATIENCE_MS = 20_000;

class Trust {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.canvas = this.surface.canvas;
    this.canvas.setAttribute("role", "application");
    this.chart = make("div", { className: "trust-chart" });
    this.waiting = make("p", { className: "trust-waiting", role: "status" });
    stage.pictures.append(this.chart, this.waiting);
    this.output = make("div", { className: "trust-output" });
    this.tools = make("div", { className: "trust-tools" });
    stage.aside.append(this.output, this.tools);
    /** @type {any} */
    this.header = null;
    /** @type {Frame[]} */
    this.frames = [];
    /** @type {any[]} */
    this.arrays = [];
    /** @type {Map<string, OffscreenCanvas>} */
    this.made = new Map();
    /** @type {Place[]} */
    this.places = [];
    this.mask = new Uint8Array();
    /** @type {Uint8Array<ArrayBuffer>[]} */
    this.before = [];
    this.outputs = /** @type {number[]} */ ([]);
    this.subject = this.asked = this.sent = "";
    this.cursor = { row: 0, column: 0 };
    this.painting = false;
    this.listen();
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    [this.header, this.arrays, this.frames] = [header, arrays, header.frames];
    this.made.clear();
    if (first) {
      this.stage.control(["view", "method", "kind", "brush", "boxes"]);
      button(this.tools, header.words.undo, () => this.undo());
      button(this.tools, header.words.clear, () => this.clear());
      this.transport = this.stage.play({
        perSecond: 1.5,
        name: "Frame",
        canvas: this.canvas,
        moved: () => this.stage.set({ at: this.transport?.index ?? 0 }),
        draw: () => this.draw(),
      });
    }
    this.transport?.setLast(header.waits ? this.stage.values.at : this.frames.length - 1);
    if (first) this.transport?.go(this.stage.values.at);
    this.takePainted();
    this.show();
    const keys = header.words[header.view === "hand" ? "paint" : "keys"];
    this.canvas.setAttribute("aria-label", `${header.said} ${keys}`);
    this.stage.tellTwin(`${header.said} ${this.frames[this.at]?.said ?? ""}`, () =>
      header.rows.length ? [{ caption: header.said, head: header.head, rows: header.rows }] : [],
    );
    this.arranged();
  }

  /** Which controls belong to the check that is chosen. */
  show() {
    const { view } = this.stage.values;
    const { dials } = this.stage;
    const hand = view === "hand";
    dials.method.element.hidden = view === "compare" || hand;
    dials.kind.element.hidden = view !== "disturb";
    dials.brush.element.hidden = !hand;
    dials.boxes.element.hidden = !this.frames.some((frame) => frame.boxes.length);
    this.tools.hidden = !hand;
    this.output.hidden = !hand || this.header.output === undefined;
    this.stage.foot.hidden = this.frames.length < 2 && !this.header.waits;
    const { asked, waiting, words: own } = this.header;
    const late = ["view", "method", "kind"].some((name) => asked[name] !== this.stage.values[name]);
    const empty = !this.frames.length && this.header.said;
    const said = waiting || (late ? own.waiting : empty);
    this.waiting.textContent = said || "";
    this.waiting.hidden = !said;
  }

  /** What the server made of the places that were painted over. */
  takePainted() {
    const { subject, brushed, echo, output } = this.header;
    if (subject !== this.subject || this.mask.length !== brushed ** 2) {
      this.mask = new Uint8Array(brushed ** 2);
      this.cursor = { row: brushed >> 1, column: brushed >> 1 };
      [this.subject, this.before, this.outputs] = [subject, [], []];
      this.asked = this.sent = "";
    }
    if (output === undefined) return;
    const fresh = this.asked && echo === this.sent;
    if (fresh || !this.outputs.length) this.outputs.push(output);
    if (fresh) {
      this.asked = "";
      this.send();
    }
    this.output.innerHTML = `<b>${output.toFixed(2)}</b><span>${escaped(this.header.target)}</span>`;
  }

  get at() {
    return Math.min(this.transport?.index ?? 0, Math.max(this.frames.length - 1, 0));
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("at") && this.transport && this.transport.index !== this.stage.values.at) {
      this.transport.go(this.stage.values.at);
    }
    if (this.header) this.show();
  }

  arranged() {
    if (!this.header || !this.surface.width) return;
    const { width, height, theme } = this.surface;
    const line = 1.7 * theme.textPx;
    this.made.clear();
    const count = this.frames.length;
    if (this.header.grid) {
      let best = { side: 0, across: 1 };
      for (let across = 1; across <= count; across++) {
        const down = Math.ceil(count / across);
        const side = Math.min((width - 8 * (across - 1)) / across, height / down - line);
        if (side > best.side) best = { side: Math.floor(side), across };
      }
      const { side, across } = best;
      const left = (width - across * (side + 8) + 8) / 2;
      const top = Math.max(0, height - Math.ceil(count / across) * (side + line)) / 2 + line;
      this.places = this.frames.map((_, k) => ({
        x: left + (k % across) * (side + 8),
        y: Math.floor(k / across) * (side + line) + top,
        side,
      }));
    } else {
      const charted = !["compare", "marks"].includes(this.header.view); // once it is here
      const side = Math.floor(Math.min(height - line, width * (charted ? 0.55 : 1)));
      const x = charted ? 0 : (width - side) / 2;
      this.places = this.frames.map(() => ({ x, y: (height + line - side) / 2, side }));
    }
    this.transport?.touch();
  }

  draw() {
    if (!this.header) return;
    const pen = this.surface.clear();
    const { width, height } = this.surface;
    pen.fillStyle = GROUND;
    pen.fillRect(0, 0, width, height);
    const { grid } = this.header;
    this.frames.forEach((frame, k) => {
      if (grid || k === this.at) this.frame(pen, frame, this.places[k], grid && k === this.at);
    });
    if (this.header.view === "hand" && this.frames.length) this.brush(pen);
    this.plot();
    const frame = this.frames[this.at];
    const said = [frame?.said, this.header.said].filter(Boolean);
    this.stage.say(said.map((one) => `<p>${escaped(one)}</p>`).join(""));
    const { view, waits, echo, output } = this.header;
    const told = { view, waits, echo, output, at: this.at, frames: this.frames };
    Object.assign(this.canvas, { shown: { ...told, places: this.places } }); // for tests
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Frame} frame
   * @param {Place} place
   * @param {boolean} chosen
   */
  frame(pen, frame, { x, y, side }, chosen) {
    const { theme } = this.surface;
    if (side < 8) return;
    const shown = this.once(`film ${frame.picture}`, () => film(this.arrays[frame.picture]));
    pen.imageSmoothingQuality = "high";
    pen.drawImage(shown, x, y, side, side);
    if (frame.cells !== null) {
      const ratio = Math.min(devicePixelRatio || 1, 2);
      const wide = Math.round(side * ratio);
      const heat = this.once(`heat ${frame.cells} ${frame.limit} ${wide}`, () => {
        const cells = this.arrays[/** @type {number} */ (frame.cells)];
        const rows = cells.shape[0];
        const field = interpolate(cells, rows, [0, 0, rows, rows], wide, wide);
        return heatOf(field, wide, wide, { ...this.header, limit: frame.limit, ratio });
      });
      pen.globalAlpha = 0.75;
      pen.drawImage(heat, x, y, side, side);
      pen.globalAlpha = 1;
    }
    if (this.stage.values.boxes) marked(pen, frame.boxes, x, y, side);
    if (chosen) paint(pen, box(x + 1, y + 1, side - 2, side - 2), { color: POINTED, line: 3 });
    const how = /** @type {const} */ ({ color: INK, base: "bottom", most: side });
    words(pen, theme, frame.title, x + (this.header.grid ? 0 : 8), y - 0.25 * theme.textPx, how);
  }

  /**
   * @param {string} key
   * @param {() => OffscreenCanvas} build
   */
  once(key, build) {
    const known = this.made.get(key) ?? build();
    this.made.set(key, known);
    return known;
  }

  /** Painted places that the server has not answered to, and where the brush is. @param {CanvasRenderingContext2D} pen */
  brush(pen) {
    const { x, y, side } = this.places[0];
    const cell = side / this.header.brushed;
    if (this.asked) {
      pen.fillStyle = "rgb(125 130 136 / .8)";
      this.mask.forEach((on, k) => {
        const [row, column] = this.cellOf(k);
        if (on) pen.fillRect(x + column * cell, y + row * cell, cell + 0.5, cell + 0.5);
      });
    }
    const { row, column } = this.cursor;
    const middle = /** @type {const} */ ([x + (column + 0.5) * cell, y + (row + 0.5) * cell]);
    const radius = Math.max((this.stage.values.brush / 100) * side, cell / 2);
    paint(pen, disc(...middle, radius), { color: POINTED, line: 2, under: GROUND });
  }

  /** @param {number} k */
  cellOf(k) {
    return [Math.floor(k / this.header.brushed), k % this.header.brushed];
  }

  plot() {
    const chart = this.header.view === "hand" ? this.history() : this.header.chart;
    this.chart.hidden = !chart || !this.places.length;
    if (this.chart.hidden) return;
    const { width, height, theme } = this.surface;
    const left = this.places[0].x + this.places[0].side + 8;
    const [w, h] = [width - left, Math.min(height, 1.1 * (width - left))];
    Object.assign(this.chart.style, { left: `${left}px`, top: `${(height - h) / 2}px` });
    const all = chart.curves.flatMap((/** @type {any} */ one) => one.points.filter(Boolean));
    const xs = all.map((/** @type {number[]} */ [x]) => x);
    const [low, high] = [Math.min(...xs), Math.max(...xs)];
    const plot = new Plot({
      ...{ id: "trust", width: w, height: h, type: theme.textPx, margin: 6.6 * theme.textPx },
      ...{ x: [low, Math.max(high, low + 1)], y: chart.y },
      ...{ title: chart.title, xTitle: chart.xTitle },
    });
    plot.axes(ticks(low, Math.max(high, low + 1), 4), ticks(chart.y[0], chart.y[1], 4), write);
    for (const { points, color, dash, name } of chart.curves) {
      plot.line(points, { color, dash, end: name });
    }
    const last = this.outputs.length - 1;
    const x = this.header.view === "hand" ? last : this.frames[this.at].x;
    plot.line(
      chart.y.map((/** @type {number} */ y) => [x, y]),
      { color: "var(--lb-accent)", width: 1.5 },
    );
    if (this.header.view === "hand") plot.dot(x, this.outputs[last], "#cc3311", 5);
    this.chart.innerHTML = plot.svg();
  }

  /** The output after each stroke, as a chart. */
  history() {
    const { threshold, words: said } = this.header;
    const points = this.outputs.map((output, k) => [k, output]);
    const name = points.length > 1 ? said.output : ""; // a name's line would look like an answer
    const curves = [{ name, color: "#cc3311", dash: "", points }];
    const level = [0, Math.max(points.length - 1, 1)].map((k) => [k, threshold]);
    const cut = { name: said.threshold, color: "#8a9099", dash: "2 5", points: level };
    if (threshold !== null) curves.push(cut);
    return { title: this.header.target, xTitle: said.strokes, y: [0, 1], curves };
  }

  listen() {
    this.canvas.addEventListener("pointerdown", (event) => {
      if (this.header?.view !== "hand") {
        this.choose(this.surface.at(event));
        return;
      }
      if (!this.under(event)) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.keep();
      this.painting = true;
      this.dab();
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.header?.view !== "hand" || !this.under(event)) return;
      if (this.painting) this.dab();
      else this.transport?.touch();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(end, () => (this.painting = false));
    }
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {[number, number]} at of a click */
  choose([px, py]) {
    if (!this.header?.grid) return;
    const found = this.places.findIndex(
      ({ x, y, side }) => px >= x && py >= y && px < x + side && py < y + side,
    );
    if (found >= 0) this.transport?.go(found);
  }

  /** @param {PointerEvent} event @returns {boolean} whether it is over the picture; the brush follows */
  under(event) {
    const [px, py] = this.surface.at(event);
    const { x, y, side } = this.places[0] ?? { x: 0, y: 0, side: 0 };
    const many = this.header.brushed;
    const [row, column] = [py - y, px - x].map((at) => Math.floor((at / side) * many));
    if (!(row >= 0 && column >= 0 && row < many && column < many)) return false;
    this.cursor = { row, column };
    return true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (this.header?.view !== "hand") return;
    const many = this.header.brushed;
    const to = walk(event, this.cursor, { rows: many, columns: many });
    if (to) this.cursor = to;
    else if (event.key === " ") {
      this.keep();
      this.dab();
    } else if (event.key === "Backspace") this.undo();
    else if (event.key === "Delete") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.transport?.touch();
  }

  /** Remember the mask, so that a stroke can be undone. */
  keep() {
    this.before.push(this.mask.slice());
  }

  undo() {
    this.mask = this.before.pop() ?? this.mask;
    this.send();
  }

  clear() {
    this.keep();
    this.mask = new Uint8Array(this.mask.length);
    this.send();
  }

  /** Paint over what is under the brush. */
  dab() {
    const many = this.header.brushed;
    const radius = Math.max((this.stage.values.brush / 100) * many, 0.5);
    for (let k = 0; k < this.mask.length; k++) {
      const [row, column] = this.cellOf(k);
      const far = Math.hypot(row - this.cursor.row, column - this.cursor.column);
      if (far <= radius) this.mask[k] = 1;
    }
    this.send();
  }

  /** Tell the server, one message at a time: the next goes once it has answered. */
  send() {
    this.transport?.touch();
    if (this.asked) return;
    const bytes = new Uint8Array(this.mask.length / 8);
    this.mask.forEach((on, k) => {
      if (on) bytes[k >> 3] |= 128 >> (k & 7);
    });
    const text = `${this.subject}:${btoa(String.fromCharCode(...bytes))}`;
    if (text === this.sent) return;
    this.asked = this.sent = text;
    this.stage.server.send("mask", text);
    setTimeout(() => {
      if (this.asked === text) this.asked = ""; // lost on the way
    }, PATIENCE_MS);
  }
}

export default await mount((stage) => new Trust(stage), [new URL("./style.css", import.meta.url)]);
