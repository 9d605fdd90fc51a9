// Draws what the server computed on an X-ray over the X-ray it was computed for. The values come as
// arrays; this script colors, interpolates linearly between them and picks one under the hand.

import { Surface } from "../../browser/canvas.js";
import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { foreign, WAYS } from "../../browser/keys.js";
import { Loop } from "../../browser/loop.js";
import { mount } from "../../browser/mount.js";
import { escaped, fixed, write } from "../../browser/number.js";
import { box as rectangle, inside, paint, words } from "../../browser/paint.js";
import { film, heatOf, interpolate, strengths, threshold } from "../../browser/heat.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */
/** @typedef {import("../../browser/heat.js").Rectangle} Rectangle */
/** @typedef {{ x: number, y: number, w: number, h: number, heated: boolean }} Frame */

const INK = "#e9ecef"; // of words on the light box, which is dark in both themes
const EDGE = "#0b0d10";
const POINTED = "#7db8f0";

/** @param {number} value */
const signed = (value) => (value > 0 ? `+${write(value)}` : write(value));

class XRay {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.canvas = this.surface.canvas;
    this.canvas.classList.add("xray-picture");
    this.canvas.setAttribute("role", "application");
    this.loop = new Loop(() => this.draw(), this.canvas);
    this.empty = make("div", { className: "xray-empty", "data-picture": "" });
    stage.pictures.append(this.empty);
    this.answer = make("div", { className: "xray-answer" });
    stage.side.prepend(this.answer);
    /** @type {any} */
    this.header = null;
    /** @type {any} (S, S) the map, and (rows, columns) the cells that it was enlarged from */
    this.map = null;
    /** @type {any} */
    this.cells = null;
    this.rows = 0;
    this.columns = 0;
    /** @type {[number, number] | null} Under the pointer, not chosen. */
    this.hovered = null;
    /** @type {Frame[]} */
    this.frames = [];
    /** @type {OffscreenCanvas | null} */
    this.heat = null;
    this.listen();
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    if (first) this.stage.control(["opacity", "boxes"], ["hide", "positive", "input"]);
    this.header = header;
    this.hovered = null;
    const { empty } = header;
    this.empty.hidden = !empty;
    this.canvas.hidden = Boolean(empty);
    for (const part of [this.stage.controlsPlace, this.stage.more]) part.hidden = Boolean(empty);
    this.stage.find(".lb-twin").hidden = Boolean(empty);
    if (empty) {
      this.showEmpty(empty);
      return;
    }
    const [picture, input, map, cells] = arrays;
    [this.map, this.cells] = [map, cells];
    [this.rows, this.columns] = this.cells.shape;
    this.films = { picture: film(picture), input: film(input) };
    this.sorted = strengths(this.map, header.size, header.placement);
    this.stage.dials.boxes.element.hidden = !header.boxes.length;
    const doubts = header.doubts.map((/** @type {string} */ one) => `<p>${escaped(one)}</p>`);
    this.answer.innerHTML = `${header.answer}<div class="xray-doubts">${doubts.join("")}</div>`;
    this.canvas.setAttribute("aria-label", `${header.summary} ${header.words.keys}`);
    this.stage.tellTwin(`${header.summary} ${header.trial}`.trim(), () => [
      {
        caption: header.words.cells,
        head: ["", ...Array.from({ length: this.columns }, (_, c) => `column ${c + 1}`)],
        rows: Array.from({ length: this.rows }, (_, r) => [
          `row ${r + 1}`,
          ...Array.from(this.cells.subarray(r * this.columns, (r + 1) * this.columns), signed),
        ]),
      },
    ]);
  }

  /** @param {{ title: string, sentences: string[], offer: string }} empty */
  showEmpty({ title, sentences, offer }) {
    const said = sentences.map((one) => `<p>${escaped(one)}</p>`).join("");
    this.empty.innerHTML = `<b>${escaped(title)}</b>${said}`;
    this.answer.replaceChildren();
    this.stage.say("");
    if (!offer) return;
    button(this.empty, offer, () => this.stage.server.trigger("take", String(Date.now())));
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("hide") || names.includes("positive")) this.heat = null;
    if (names.includes("input")) this.layOut();
    if (names.includes("cell")) this.hovered = null;
    this.loop.touch();
  }

  arranged() {
    this.layOut();
    this.loop.touch();
  }

  close() {
    this.loop.close();
  }

  /** Part of the square that is shown: all of it, or the picture without the black bars.
   * @returns {Rectangle} */
  get part() {
    const { size, placement } = this.header;
    return this.stage.values.input ? [0, 0, size, size] : placement;
  }

  /** @returns {[number, number] | null} The cell that is read, by the pointer or as it is set. */
  get cell() {
    const [row, column] = this.hovered ?? this.stage.values.cell;
    return row < this.rows && column < this.columns ? [row, column] : null;
  }

  /** One picture, or beside it the same without heat, where that fills more of the place. */
  layOut() {
    if (!this.header || this.header.empty || !this.surface.width) return;
    const { width, theme } = this.surface;
    const bar = 1.9 * theme.textPx;
    const height = this.surface.height - bar;
    const shown = this.stage.values.input ? this.films.input : this.films.picture;
    const ratio = shown.width / shown.height;
    const gap = 8;
    const fits = (/** @type {number} */ w, /** @type {number} */ h) =>
      w / h > ratio ? [h * ratio, h] : [w, w / ratio];
    const [w1, h1] = fits(width, height);
    const caption = 1.6 * theme.textPx;
    const [w2, h2] = fits((width - gap) / 2, height - caption);
    const pair = 2 * w2 * h2 > 1.15 * w1 * h1;
    const [w, h] = (pair ? [w2, h2] : [w1, h1]).map((side) => Math.max(1, Math.round(side)));
    const y = Math.round(pair ? caption + (height - caption - h) / 2 : (height - h) / 2);
    const left = Math.round((width - (pair ? 2 * w + gap : w)) / 2);
    this.frames = (pair ? [left, left + w + gap] : [left]).map((x, at) => ({
      x,
      y,
      w,
      h,
      heated: at === (pair ? 1 : 0),
    }));
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    this.field = interpolate(
      this.map,
      this.header.size,
      this.part,
      Math.round(w * this.ratio),
      Math.round(h * this.ratio),
    );
    this.heat = null;
  }

  draw() {
    if (!this.header || this.header.empty || !this.frames.length) return;
    const { opacity, hide, positive, input, boxes } = this.stage.values;
    const pen = this.surface.clear();
    const shown = input ? this.films.input : this.films.picture;
    const { w, h } = this.frames[0];
    this.heat ??= heatOf(this.field, Math.round(w * this.ratio), Math.round(h * this.ratio), {
      ...this.header,
      least: threshold(this.sorted, hide),
      positive,
      ratio: this.ratio,
    });
    pen.imageSmoothingQuality = "high";
    const captions = [this.header.words.plain, this.header.words.heated];
    this.frames.forEach((frame, at) => {
      pen.imageSmoothingEnabled = !input; // the network's pixels are shown as pixels
      pen.drawImage(shown, frame.x, frame.y, frame.w, frame.h);
      pen.imageSmoothingEnabled = true;
      if (frame.heated) {
        pen.globalAlpha = opacity / 100;
        pen.drawImage(this.heat, frame.x, frame.y, frame.w, frame.h);
        pen.globalAlpha = 1;
      }
      if (boxes)
        for (const box of this.header.boxes) this.rectangle(frame, box, [10, 6], "#ffffff");
      if (this.cell) this.rectangle(frame, this.cellBox(this.cell), [], POINTED);
      if (this.frames.length < 2) return;
      const { theme } = this.surface;
      const how = /** @type {const} */ ({ color: INK, align: "center", base: "bottom" });
      words(pen, theme, captions[at], frame.x + frame.w / 2, frame.y - 0.25 * theme.textPx, how);
    });
    this.legend();
    this.read();
    const told = { opacity, hide, positive, input, boxes, cell: this.cell, frames: this.frames };
    Object.assign(this.canvas, {
      shown: { ...told, grid: [this.rows, this.columns], cells: Array.from(this.cells) },
    }); // for tests
  }

  /**
   * A rectangle of the square's pixels, with a dark edge so that it shows on white bone.
   * @param {Frame} frame
   * @param {number[]} box left, top, width, height
   * @param {number[]} dash
   * @param {string} color
   */
  rectangle({ x, y, w, h }, [left, top, width, height], dash, color) {
    const { pen, theme } = this.surface;
    const [pl, pt, pw, ph] = this.part;
    const at = /** @type {Rectangle} */ ([
      x + ((left - pl) / pw) * w,
      y + ((top - pt) / ph) * h,
      (width / pw) * w,
      (height / ph) * h,
    ]);
    const look = { color, line: theme.linePx, dash, under: EDGE };
    inside(pen, [x, y, w, h], () => paint(pen, rectangle(...at), look));
  }

  /** @param {[number, number]} cell @returns {Rectangle} */
  cellBox([row, column]) {
    const { size } = this.header;
    const [height, width] = [size / this.rows, size / this.columns];
    return [column * width, row * height, width, height];
  }

  /** The color scale, with what its two ends mean. */
  legend() {
    const { pen, theme, width, height } = this.surface;
    const { low, high, limit } = this.header;
    const middle = height - 0.95 * theme.textPx;
    const [from, to] = [pen.measureText(low).width + 20, width - pen.measureText(high).width - 20];
    const [across, tall] = [Math.round(Math.min(to - from - 12, 420)), Math.round(theme.textPx)];
    const x = Math.round((from + to - across) / 2);
    words(pen, theme, low, x - 10, middle, { color: INK, align: "right" });
    words(pen, theme, high, x + across + 10, middle, { color: INK });
    if (across < 20) return;
    const ramp = Float32Array.from(
      { length: across * tall },
      (_, i) => (2 * (i % across)) / (across - 1) - 1,
    );
    const bar = heatOf(ramp, across, tall, { ...this.header, limit: limit > 0 ? 1 : 0 });
    pen.drawImage(bar, x, Math.round(middle - tall / 2));
  }

  /** The sentence of the cell that is read. */
  read() {
    const { words } = this.header;
    if (!this.cell) {
      this.stage.say(`<p>${escaped(words.hint)}</p>`);
      return;
    }
    const [row, column] = this.cell;
    const value = this.cells[row * this.columns + column];
    const side = value > 0 ? words.for : value < 0 ? words.against : words.neither;
    this.stage.say(
      `<p>Row ${row + 1}, column ${column + 1} of ${this.rows} \u00d7 ${this.columns}: ` +
        `<b>${signed(value)}</b> ${escaped(side)}</p>`,
    );
  }

  listen() {
    const over = (/** @type {PointerEvent} */ event) => {
      const cell = this.cellAt(this.surface.at(event));
      if (String(cell) === String(this.hovered)) return;
      this.hovered = cell;
      this.loop.touch();
    };
    this.canvas.addEventListener("pointermove", over);
    this.canvas.addEventListener("pointerleave", () => {
      if (!this.hovered) return;
      this.hovered = null;
      this.loop.touch();
    });
    this.canvas.addEventListener("pointerdown", (event) => {
      const cell = this.cellAt(this.surface.at(event));
      if (cell) this.stage.set({ cell });
    });
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {[number, number]} at @returns {[number, number] | null} */
  cellAt([px, py]) {
    if (!this.header || this.header.empty) return null;
    const frame = this.frames.find(
      ({ x, y, w, h }) => px >= x && py >= y && px < x + w && py < y + h,
    );
    if (!frame) return null;
    const [left, top, width, height] = this.part;
    const { size } = this.header;
    const [u, v] = [(px - frame.x) / frame.w, (py - frame.y) / frame.h];
    return [
      Math.floor(((top + v * height) / size) * this.rows),
      Math.floor(((left + u * width) / size) * this.columns),
    ];
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (foreign(event) || this.header.empty) return;
    const way = WAYS[event.key];
    if (!way && event.key !== "Home" && event.key !== "End") return;
    event.preventDefault();
    event.stopPropagation();
    if (!way) {
      this.stage.set({ cell: this.strongest(event.key === "Home" ? 1 : -1) });
      return;
    }
    const [row, column] = this.cell ?? this.strongest(1);
    const [down, right] = this.cell ? way : [0, 0];
    const inside = (/** @type {number} */ at, /** @type {number} */ count) =>
      Math.min(Math.max(at, 0), count - 1);
    this.stage.set({ cell: [inside(row + down, this.rows), inside(column + right, this.columns)] });
  }

  /** @param {1 | -1} sign @returns {[number, number]} */
  strongest(sign) {
    let best = 0;
    for (let i = 1; i < this.cells.length; i++) {
      if (sign * this.cells[i] > sign * this.cells[best]) best = i;
    }
    return [Math.floor(best / this.columns), best % this.columns];
  }

  moments() {
    if (!this.header || this.header.empty) return [];
    const { words, boxes } = this.header;
    const base = { opacity: 70, hide: 0, positive: false, input: false, boxes: false, cell: [] };
    const go = (/** @type {Record<string, any>} */ patch) => () =>
      this.stage.set({ ...base, ...patch });
    const size = fixed(this.header.size, 0);
    const moments = [
      { say: words["moment-plain"], go: go({ opacity: 0 }) },
      {
        say: words["moment-input"].replaceAll("{size}", size),
        go: go({ opacity: 0, input: true }),
      },
      { say: words["moment-heat"], go: go({}) },
      { say: words["moment-strong"], go: () => go({ hide: 90, cell: this.strongest(1) })() },
    ];
    if (boxes.length) moments.push({ say: words["moment-marks"], go: go({ boxes: true }) });
    return moments;
  }
}

export default await mount((stage) => new XRay(stage), [new URL("./style.css", import.meta.url)]);
