// Hands on the stage: cells pointed at, kernel cells dragged, typed and pasted, filters and channels chosen.

import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { filled, fixed, MINUS } from "../../browser/number.js";
import { largest } from "../../browser/scale.js";

/** @typedef {import("./grids.js").Box} Box */
/** @typedef {Box & { row: number, column: number, at: number }} Hit */

export class Pointer {
  /** @param {any} lesson of `stage.js` */
  constructor(lesson) {
    this.lesson = lesson;
    this.stage = lesson.stage;
    this.model = lesson.model;
    this.drawing = lesson.drawing;
    this.canvas = lesson.surface.canvas;
    /** @type {{ y: number, value: number, unit: number } | null} */
    this.dragging = null;
    /** @type {[number, number] | null} Output cell of a transposed convolution under the pointer. */
    this.under = null;
    this.picker = make("div", { className: "picker", tabIndex: 0, role: "application" });
    const field = { type: "text", inputMode: "decimal", autocomplete: "off", hidden: true };
    this.typed = make("input", { className: "typed", ...field });
    this.stage.pictures.append(this.picker, this.typed);
    this.listen();
  }

  listen() {
    const { canvas, picker, typed } = this;
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(end, () => this.release());
    }
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("dblclick", (event) => {
      if (this.hit(event)?.part === "kernel") this.type("");
    });
    // Before the transport's own keys: up and down are a row.
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by || foreign(event)) return;
      event.preventDefault();
      this.lesson.goTo(this.model.at + by * this.model.steps[1]);
    });
    picker.addEventListener("keydown", (event) => this.pickerKey(event));
    typed.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Enter") return;
      typed.blur();
      picker.focus();
    });
    typed.addEventListener("blur", () => this.takeTyped());
  }

  /** @param {MouseEvent} event @returns {Hit | null} */
  hit(event) {
    const [x, y] = this.lesson.surface.at(event);
    for (const box of this.drawing.boxes) {
      const column = Math.floor((x - box.x) / box.wide);
      const row = Math.floor((y - box.y) / box.high);
      if (row < 0 || column < 0 || row >= box.rows || column >= box.columns) continue;
      return { ...box, row, column, at: row * box.columns + column };
    }
    return null;
  }

  /** A cell of the kernel as it lies on the picture, in the kernel as it is set. @param {number} at */
  own(at) {
    return this.model.flips ? this.model.how.size ** 2 - 1 - at : at;
  }

  /** @param {number | null} cell */
  point(cell) {
    if (this.drawing.pointed === cell) return;
    this.drawing.pointed = cell;
    this.lesson.touch();
  }

  /** @param {PointerEvent} event */
  press(event) {
    const hit = this.hit(event);
    if (!hit) return;
    if (hit.part === "products") this.stage.set({ large: "products" });
    if (hit.part === "filter") this.lesson.pick(hit.value);
    else if (hit.part === "channel") this.stage.set({ c: hit.value });
    else if (hit.part === "kernel") {
      const cell = this.own(hit.at);
      this.drawing.pointed = null;
      // Too small to be dragged with care: it changes places with the products first.
      this.stage.set(hit.small ? { cell, large: "kernel" } : { cell });
      if (hit.small) return;
      const weights = this.model.kernel();
      this.dragging = {
        y: event.clientY,
        value: weights[cell],
        unit: Math.max(largest(weights), 0.5) / 60,
      };
      this.canvas.setPointerCapture(event.pointerId);
    } else this.move(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (this.dragging) {
      const value = this.dragging.value + (this.dragging.y - event.clientY) * this.dragging.unit;
      this.lesson.setCell(this.stage.values.cell, Math.round(value * 100) / 100);
      return;
    }
    const hit = this.hit(event);
    this.under = null;
    const cursors = { kernel: "ns-resize", filter: "pointer", channel: "pointer" };
    this.canvas.style.cursor = cursors[hit?.part] ?? "crosshair";
    this.point(hit && ["kernel", "window", "products"].includes(hit.part) ? hit.at : null);
    if (hit && !this.lesson.transport.playing) this.visit(hit);
  }

  /** Go to the place that belongs to a cell of the input or the output. @param {Hit} hit */
  visit({ part, row, column, at }) {
    const { model } = this;
    const { stride, dilation, size } = model.how;
    const half = (dilation * (size - 1)) / 2;
    const near = (/** @type {number} */ cell, /** @type {number} */ steps) =>
      Math.min(Math.max(Math.round((cell - half) / stride), 0), steps - 1);
    if (part === "output" && model.transposed) {
      this.under = [row, column];
      const r = near(row + model.rows.before, model.rows.length);
      this.lesson.goTo(
        r * model.steps[1] + near(column + model.columns.before, model.columns.length),
      );
      this.lesson.touch();
    } else if (part === "output" || (part === "input" && model.transposed)) this.lesson.goTo(at);
    else if (part === "input") {
      this.lesson.goTo(near(row, model.steps[0]) * model.steps[1] + near(column, model.steps[1]));
    }
  }

  release() {
    if (!this.dragging) return;
    this.dragging = null;
    this.lesson.compute({ only: true });
    this.lesson.goTo(this.model.at, true);
  }

  /** @param {KeyboardEvent} event */
  pickerKey(event) {
    if (foreign(event)) return;
    const { size } = this.model.how;
    const { cell } = this.stage.values;
    const turn = this.model.flips ? -1 : 1;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size, ArrowDown: size }[event.key];
    const change = { PageUp: 0.1, PageDown: -0.1, "+": 0.1 }[event.key];
    if (by) {
      const next = cell + turn * by;
      if (next >= 0 && next < size * size) this.stage.set({ cell: next });
    } else if (change) {
      this.lesson.setCell(cell, Math.round((this.model.kernel()[cell] + change) * 1000) / 1000);
    } else if (/^[-0-9.,\u2212]$/.test(event.key)) this.type(event.key);
    else if (event.key === "Enter") this.type("");
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  get kernelBox() {
    return this.drawing.boxes.find((/** @type {Box} */ box) => box.part === "kernel");
  }

  /** The picker lies over the kernel, so that the keyboard finds it. @param {string} label */
  place(label) {
    const box = this.kernelBox;
    this.picker.hidden = !box;
    this.picker.setAttribute("aria-label", label);
    if (!box) return;
    const style = {
      left: box.x - 2,
      top: box.y - 2,
      width: box.wide * box.columns + 3,
      height: box.high * box.rows + 3,
    };
    for (const [name, value] of Object.entries(style)) this.picker.style[name] = `${value}px`;
  }

  /** @param {string} start what was typed already */
  type(start) {
    const box = this.kernelBox;
    if (!box) return;
    const { cell } = this.stage.values;
    const { size } = this.model.how;
    const px = this.drawing.px;
    const at = this.own(cell);
    const [wide, high] = [Math.max(box.wide, 4.5 * px), 1.8 * px];
    this.typed.hidden = false;
    this.typed.value = start || String(Math.round(this.model.kernel()[cell] * 10000) / 10000);
    this.typed.setAttribute(
      "aria-label",
      `Weight in row ${Math.floor(cell / size) + 1}, column ${(cell % size) + 1}`,
    );
    this.typed.style.left = `${box.x + ((at % size) + 0.5) * box.wide - wide / 2}px`;
    this.typed.style.top = `${box.y + (Math.floor(at / size) + 0.5) * box.high - high / 2}px`;
    this.typed.style.width = `${wide}px`;
    this.typed.style.height = `${high}px`;
    this.typed.focus();
    if (!start) this.typed.select();
  }

  /** A number for one cell, or a whole square kernel. */
  takeTyped() {
    if (this.typed.hidden) return;
    this.typed.hidden = true;
    const text = this.typed.value.trim().replaceAll(MINUS, "-");
    const parts = text
      .split(/[\s;]+|,\s+/)
      .filter(Boolean)
      .map((part) => Number(part.replace(",", ".")));
    const good = parts.length > 0 && parts.every((v) => Number.isFinite(v) && Math.abs(v) <= 1e4);
    const side = Math.sqrt(parts.length);
    if (good && parts.length > 1 && Number.isInteger(side) && side <= 11)
      this.lesson.setKernel(parts);
    else if (good && parts.length === 1) this.lesson.setCell(this.stage.values.cell, parts[0]);
    else {
      const kept = fixed(this.model.kernel()[this.stage.values.cell], 3);
      const words = this.lesson.header.words["not-a-number"];
      this.lesson.advise(filled(words, { typed: text.slice(0, 40), kept }));
    }
  }
}
