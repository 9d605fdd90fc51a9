// A small board to draw a picture on, by mouse, finger or keyboard; each stroke goes to the server.

import { bitmap } from "./canvas.js";
import { button } from "./controls.js";
import { make } from "./dom.js";
import { foreign, WAYS } from "./keys.js";
import { component } from "./mount.js";
import { Scale } from "./scale.js";

/** @typedef {[number, number]} Place row and column, fractional under a pointer */

const GRAY = new Scale("gray", 255);
const CURSOR = "#7db8f0"; // the board is black in both themes

class Board {
  /**
   * @param {ShadowRoot} root
   * @param {import("./mount.js").Server} server
   */
  constructor(root, server) {
    this.server = server;
    this.size = 0;
    this.pixels = new Uint8Array();
    this.restored = "";
    this.rubs = false;
    /** @type {Record<string, string>} */
    this.words = {};
    /** @type {Place | null} Where the keyboard is. */
    this.cursor = null;
    /** @type {Place | null} Where the stroke that is being drawn has come to. */
    this.last = null;
    const label = "Drawing board";
    this.canvas = make("canvas", { tabIndex: 0, role: "application", "aria-label": label });
    this.width = make("input", {
      ...{ type: "range", min: "1", max: "4", step: "1", value: "2" },
      "aria-label": "Width of the pen in pixels",
    });
    this.said = make("p", { className: "board-words", role: "status" });
    const bar = make("div", { className: "board-bar" });
    bar.append(make("label", {}, "Pen ", this.width));
    const rub = button(bar, "Rub out", () => {
      this.rubs = !this.rubs;
      rub.setAttribute("aria-pressed", String(this.rubs));
    });
    rub.setAttribute("aria-pressed", "false");
    button(bar, "Clear", () => {
      this.pixels.fill(0);
      this.draw();
      this.send();
    });
    root.append(this.canvas, bar, this.said);
    this.listen();
  }

  /**
   * @param {{ size: number, words: Record<string, string>, restored: string }} header
   * @param {Uint8Array[]} arrays what the board shows at first, and when Back has brought it again
   */
  load({ size, words, restored }, [pixels]) {
    const first = !this.size;
    if (first) {
      Object.assign(this, { size, words });
      this.said.textContent = words.hint;
    }
    if (first || (restored && restored !== this.restored && !this.last)) {
      this.pixels = Uint8Array.from(pixels);
      this.draw();
    }
    this.restored = restored;
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this.cursor = null;
      this.last = this.at(event);
      this.stroke(this.last, this.last);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.last) return;
      const to = this.at(event);
      this.stroke(this.last, to);
      this.last = to;
    });
    const end = () => {
      if (!this.last) return;
      this.last = null;
      this.send();
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /**
   * @param {PointerEvent} event
   * @returns {Place}
   */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientY - box.top) / box.height) * this.size - 0.5,
      ((event.clientX - box.left) / box.width) * this.size - 0.5,
    ];
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const way = WAYS[event.key];
    if (foreign(event) || (!way && event.key !== " ")) return;
    event.preventDefault();
    const middle = Math.round((this.size - 1) / 2);
    const from = this.cursor ?? [middle, middle];
    const inside = (/** @type {number} */ at) => Math.min(Math.max(at, 0), this.size - 1);
    this.cursor = way ? [inside(from[0] + way[0]), inside(from[1] + way[1])] : from;
    if (!way || event.shiftKey) {
      this.stroke(from, this.cursor);
      this.send();
    } else this.draw();
    const [row, column] = this.cursor;
    const value = this.pixels[row * this.size + column];
    this.said.textContent = `${this.words.row} ${row}, ${this.words.column} ${column}: ${value}`;
  }

  /**
   * A round pen with one pixel of soft rim, along the line from one place to another.
   * @param {Place} from
   * @param {Place} to
   */
  stroke(from, to) {
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let k = 0; k <= steps; k++) {
      this.dot(
        from[0] + ((to[0] - from[0]) * k) / steps,
        from[1] + ((to[1] - from[1]) * k) / steps,
      );
    }
    this.draw();
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  dot(row, column) {
    const radius = Number(this.width.value) * 0.6;
    const low = (/** @type {number} */ at) => Math.max(0, Math.floor(at - radius - 1));
    const high = (/** @type {number} */ at) => Math.min(this.size - 1, at + radius + 1);
    for (let r = low(row); r <= high(row); r++) {
      for (let c = low(column); c <= high(column); c++) {
        const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(r - row, c - column)));
        const at = r * this.size + c;
        const value = Math.round(255 * cover);
        this.pixels[at] = this.rubs
          ? Math.min(this.pixels[at], 255 - value)
          : Math.max(this.pixels[at], value);
      }
    }
  }

  draw() {
    bitmap(this.pixels, this.size, this.size, GRAY.paint, this.canvas);
    if (!this.cursor) return;
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.strokeStyle = CURSOR;
    pen.lineWidth = 0.5;
    pen.strokeRect(this.cursor[1] + 0.1, this.cursor[0] + 0.1, 0.8, 0.8);
  }

  send() {
    this.server.send("pixels", btoa(String.fromCharCode(...this.pixels)));
  }
}

export default await component(
  (root, server) => new Board(root, server),
  [new URL("./board.css", import.meta.url)],
);
