// The wall of images: draws those that it was given, turns pages and opens images.

import { bitmap, Surface } from "../../browser/canvas.js";
import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { Loop } from "../../browser/loop.js";
import { mount } from "../../browser/mount.js";
import { count, escaped } from "../../browser/number.js";
import { frames } from "../../browser/paint.js";
import { Scale } from "../../browser/scale.js";
import { follow, label, listed, MARK_EM, pointed } from "./tile.js";

/** @typedef {import("../../browser/stage.js").Stage} Stage */
/** @typedef {import("./tile.js").Tile} Tile */

const GAP = 6;
const GRAY = new Scale("gray", 255);

/**
 * Columns and side of the tiles that fill a place best.
 * @param {number} tiles
 * @param {number} width
 * @param {number} height
 * @param {number} line height of the words under each
 */
export function grid(tiles, width, height, line) {
  let best = { columns: 1, cell: 0 };
  for (let columns = 1; columns <= tiles; columns++) {
    const rows = Math.ceil(tiles / columns);
    const across = (width - GAP * (columns - 1)) / columns;
    const cell = Math.floor(Math.min(across, height / rows - line - GAP));
    if (cell > best.cell) best = { columns, cell };
  }
  return best;
}

/** @type {Record<string, string>} */
const SIGNS = {
  triangle: "\u25b2\u25b3",
  circle: "\u25cf\u25cb",
  square: "\u25a0\u25a1",
  diamond: "\u25c6\u25c7",
};

class Images {
  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.canvas = this.surface.canvas;
    this.loop = new Loop(() => this.draw(), this.canvas);
    this.balance = make("p", { className: "dataset-balance" });
    this.legend = make("p", { className: "dataset-legend" });
    this.pager = make("div", { className: "dataset-pager lb-choice" });
    this.previous = button(this.pager, "Previous", () => this.turn(-1));
    this.next = button(this.pager, "Next", () => this.turn(1));
    this.count = make("span", { className: "dataset-count" });
    this.pager.append(this.count);
    stage.side.prepend(this.balance, this.legend);
    stage.aside.append(this.pager);
    /** @type {any} */
    this.header = null;
    /** @type {Tile[]} */
    this.tiles = [];
    /** @type {HTMLCanvasElement[]} */
    this.films = [];
    this.side = 1;
    this.cursor = 0;
    this.inside = false;
    this.landAtEnd = false;
    this.columns = 1;
    this.cell = 1;
    this.named = true;
    this.line = 0;
    this.listen();
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    if (first) this.stage.control(["boxes"]);
    const turned = this.header && this.header.page !== header.page;
    this.header = header;
    this.tiles = header.tiles;
    this.side = arrays[0].shape[1] || 1;
    const size = this.side * this.side;
    this.films = this.tiles.map((_, n) =>
      bitmap(arrays[0].subarray(n * size, (n + 1) * size), this.side, this.side, GRAY.paint),
    );
    if (turned || this.cursor >= this.tiles.length) {
      this.cursor = this.landAtEnd && turned ? this.tiles.length - 1 : 0;
    }
    this.landAtEnd = false;
    this.canvas.style.opacity = "1";
    // Other filters begin at their first page, and fewer pages end earlier.
    if (header.page !== this.stage.values.page && !first) this.stage.set({ page: header.page });
    this.stage.dials.boxes.element.hidden = !header.boxed;
    this.previous.disabled = header.page <= 0;
    this.next.disabled = header.page >= header.pages - 1;
    const last = header.first + this.tiles.length;
    this.count.textContent = `${count(header.first + 1)} to ${count(last)} of ${count(header.total)}`;
    const named = this.tiles.map((tile) => `${tile.id} ${tile.label}`).join(", ");
    this.canvas.setAttribute("aria-label", `${header.name}, ${this.count.textContent}: ${named}`);
    this.settled();
    this.stage.tellTwin(`${header.name}, ${this.count.textContent}.`, () => [
      { caption: this.count.textContent ?? "", ...listed(this.tiles) },
    ]);
  }

  settled() {
    this.balance.textContent = this.stage.locked ? this.header.name : this.header.balance;
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("page") && this.header && this.stage.values.page !== this.header.page) {
      this.canvas.style.opacity = "0.5";
      this.stage.settings?.put(); // another page is asked for at once, not when the hand rests
      this.stage.tell();
    }
    this.loop.touch();
  }

  arranged() {
    if (!this.header) return;
    const { width, height, theme } = this.surface;
    this.line = Math.round(theme.textPx * 1.45);
    Object.assign(this, grid(this.tiles.length, width, height, this.line));
    // Names are whole or not there: the shape under a picture says its class, and a legend the shapes.
    const pen = this.surface.clear();
    const marks = new Map(this.tiles.map((tile) => [tile.label, tile]));
    this.named = [...marks.keys()].every((label) => pen.measureText(label).width <= this.room);
    this.legend.hidden = this.named;
    const told = [...marks].map(([label, { mark, filled, color }]) => {
      const sign = SIGNS[mark][filled ? 0 : 1];
      return `<span style="color:${theme[color]}" aria-hidden="true">${sign}</span> ${escaped(label)}`;
    });
    this.legend.innerHTML = told.join("<br>");
    this.loop.touch();
  }

  close() {
    this.loop.close();
  }

  /** Width for a name beside its mark. */
  get room() {
    return this.cell - this.surface.theme.textPx * MARK_EM;
  }

  /** @param {number} n @returns {[number, number]} */
  place(n) {
    const rows = Math.ceil(this.tiles.length / this.columns);
    const across = this.columns * this.cell + (this.columns - 1) * GAP;
    const left = Math.max((this.surface.width - across) / 2, 0);
    const pitch = Math.min(this.surface.height / rows, 1.25 * this.cell + this.line + GAP);
    return [
      left + (n % this.columns) * (this.cell + GAP),
      Math.floor(n / this.columns) * pitch + 1,
    ];
  }

  draw() {
    const pen = this.surface.clear();
    const { theme } = this.surface;
    const { boxes } = this.stage.values;
    pen.imageSmoothingEnabled = this.cell < this.side;
    this.tiles.forEach((tile, n) => {
      const [x, y] = this.place(n);
      const middle = y + this.cell + this.line / 2;
      pen.drawImage(this.films[n], x, y, this.cell, this.cell);
      if (boxes) frames(pen, tile.boxes, x, y, this.cell / this.side);
      label(pen, tile, theme, x, middle, this.named ? tile.label : "");
      if (n === this.cursor && this.inside) pointed(pen, theme, x, y, this.cell);
    });
    this.say();
    const ids = this.tiles.map((tile) => tile.id);
    Object.assign(this.canvas, { shown: { page: this.header.page, boxes, ids } }); // for tests
  }

  say() {
    const tile = this.tiles[this.cursor];
    if (!tile || !this.inside) this.stage.say(`<p>${escaped(this.header.words.hint)}</p>`);
    else {
      const more = tile.words ? `, ${tile.words}` : "";
      this.stage.say(`<p><b>${escaped(tile.id)}</b>: ${escaped(tile.label + more)}</p>`);
    }
  }

  /** @param {number} by */
  turn(by) {
    const page = this.header.page + by;
    if (page < 0 || page >= this.header.pages) return;
    this.landAtEnd = false;
    this.stage.set({ page });
  }

  /** @param {number} by */
  move(by) {
    const to = this.cursor + by;
    if (to >= 0 && to < this.tiles.length) {
      this.cursor = to;
      this.loop.touch();
    } else if (Math.abs(by) === 1) {
      this.turn(by);
      this.landAtEnd = by < 0;
    }
  }

  open() {
    const tile = this.tiles[this.cursor];
    if (tile) this.stage.server.trigger("opened", tile.id);
  }

  /** @param {PointerEvent | MouseEvent} event */
  at(event) {
    const [px, py] = this.surface.at(event);
    return this.tiles.findIndex((_, n) => {
      const [x, y] = this.place(n);
      return px >= x && px < x + this.cell && py >= y && py < y + this.cell + this.line;
    });
  }

  listen() {
    const { canvas } = this;
    follow(
      canvas,
      (event) => this.at(event),
      (inside, tile = this.cursor) => {
        if (tile === this.cursor && inside === this.inside) return;
        this.cursor = tile;
        this.inside = inside;
        this.loop.touch();
      },
    );
    canvas.addEventListener("click", (event) => {
      const n = this.at(event);
      if (n < 0) return;
      this.cursor = n;
      this.open();
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (foreign(event)) return;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      ArrowUp: () => this.move(-this.columns),
      ArrowDown: () => this.move(this.columns),
      PageUp: () => this.turn(-1),
      PageDown: () => this.turn(1),
      Home: () => this.move(-this.cursor),
      End: () => this.move(this.tiles.length - 1 - this.cursor),
      Enter: () => this.open(),
      " ": () => this.open(),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  player() {
    return { toggle: () => {}, step: (/** @type {number} */ by) => this.turn(by) };
  }
}

export default await mount((stage) => new Images(stage), [new URL("./style.css", import.meta.url)]);
