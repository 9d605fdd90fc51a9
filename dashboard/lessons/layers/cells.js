// The cells of the matrix equation: typed, stepped, dragged sideways, or filled from a pasted block.

import { make } from "../../browser/dom.js";
import { fixed, MINUS, write } from "../../browser/number.js";

/** @typedef {import("./layer.js").LayerView} LayerView */
/** @typedef {"w" | "x" | "b"} Kind */

const STEPS = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 };
const PER_PIXEL = 0.02;
const MOVED_PX = 4;

/**
 * Numbers of a pasted text, row by row, and the first piece that is none.
 * @param {string} text
 */
export function numbersIn(text) {
  const rows = text
    .replaceAll(MINUS, "-")
    .split(/[\n;]|\]\s*,?\s*\[/)
    .map((row) => row.split(/[\s,|[\](){}]+/).filter(Boolean))
    .filter((row) => row.length);
  const wrong = rows.flat().find((piece) => !Number.isFinite(Number(piece)));
  return { rows: rows.map((row) => row.map(Number)), wrong };
}

const hundredths = (/** @type {number} */ value) => Math.round(value * 100) / 100;

export class Cells {
  /** @param {LayerView} view */
  constructor(view) {
    this.view = view;
    this.stage = view.stage;
    this.host = view.equation;
    this.limit = view.header.limit;
    /** @type {{ input: HTMLInputElement, kind: Kind, i: number, j: number }[]} */
    this.all = [];
    /** @type {{ element: HTMLElement, of: "sums" | "outputs", i: number }[]} */
    this.told = [];
    /** @type {HTMLInputElement | null} */
    this.typing = null;
  }

  build() {
    const { n, m } = this.view.now;
    this.all = [];
    this.told = [];
    this.typing = null;
    const range = (/** @type {number} */ size) => Array.from({ length: size }, (_, i) => i);
    const weights = range(m).flatMap((i) =>
      range(n).map((j) => this.cell("w", i, j, `Weight from input ${j + 1} to output ${i + 1}`)),
    );
    const inputs = range(n).map((j) => this.cell("x", j, 0, `Input ${j + 1}`));
    const biases = range(m).map((i) => this.cell("b", i, 0, `Bias of output ${i + 1}`));
    const results = (/** @type {"sums" | "outputs"} */ of) =>
      range(m).map((i) => {
        const element = make("span", { className: "told" });
        this.told.push({ element, of, i });
        return element;
      });
    this.host.replaceChildren(
      make("span", {}, "f ("),
      block("W", n, weights),
      make("span", {}, "\u00b7"),
      block("x", 1, inputs),
      make("span", {}, "+"),
      block("b", 1, biases),
      make("span", {}, ") = f ("),
      block("z", 1, results("sums")),
      make("span", {}, ") ="),
      block("y", 1, results("outputs")),
    );
    this.view.advise("");
  }

  /**
   * @param {Kind} kind
   * @param {number} i
   * @param {number} j
   * @param {string} label
   */
  cell(kind, i, j, label) {
    const input = make("input", {
      className: "cell",
      type: "text",
      inputMode: "decimal",
      autocomplete: "off",
      role: "spinbutton",
      "aria-label": label,
      "aria-valuemin": String(-this.limit),
      "aria-valuemax": String(this.limit),
    });
    this.all.push({ input, kind, i, j });
    this.listen(input, kind, i, j);
    return input;
  }

  /** @param {Kind} kind @param {number} i @param {number} j */
  place(kind, i, j) {
    return kind === "w" ? i * this.view.header.most + j : i;
  }

  /** @param {Kind} kind @param {number} i @param {number} j */
  value(kind, i, j) {
    return this.stage.values[kind][this.place(kind, i, j)] ?? 0;
  }

  /**
   * @param {Kind} kind
   * @param {[number, number, number][]} changes row, column and value
   */
  put(kind, changes) {
    const list = [...this.stage.values[kind]];
    for (const [i, j, value] of changes) list[this.place(kind, i, j)] = value;
    this.stage.set({ [kind]: Array.from(list, (value) => value ?? 0) });
  }

  /**
   * Why a number cannot stand in a cell; empty where it can.
   * @param {number} value
   */
  refuse(value) {
    const { limit } = this;
    return Math.abs(value) <= limit
      ? ""
      : `${write(value)} is outside the range of this picture: use numbers from ${MINUS}${limit} to ${limit}.`;
  }

  /**
   * @param {HTMLInputElement} input
   * @param {Kind} kind
   * @param {number} i
   * @param {number} j
   */
  listen(input, kind, i, j) {
    const set = (/** @type {number} */ value) => {
      const wrong = this.refuse(value);
      input.setAttribute("aria-invalid", String(Boolean(wrong)));
      this.view.advise(wrong);
      if (!wrong) this.put(kind, [[i, j, value]]);
    };
    const nudge = (/** @type {number} */ value) =>
      set(Math.min(Math.max(hundredths(value), -this.limit), this.limit));
    input.onfocus = () => {
      if (kind !== "x") this.stage.set({ row: i + 1 });
      input.select();
    };
    input.oninput = () => {
      this.typing = input;
      const text = input.value.trim().replace(MINUS, "-");
      const value = Number(text);
      if (["", "-", ".", "-."].includes(text)) {
        this.view.advise("A number belongs here; the last good one stays until then.");
      } else if (Number.isFinite(value)) set(value);
      else {
        input.setAttribute("aria-invalid", "true");
        const better = /^-?\d+,\d+$/.test(text)
          ? `The decimal sign is a point: ${text.replace(",", ".")}.`
          : "Write it with a decimal point, such as 0.5 or -1.25.";
        this.view.advise(`\u201c${text.slice(0, 24)}\u201d is not a number. ${better}`);
      }
    };
    input.onblur = () => {
      this.typing = null;
      input.removeAttribute("aria-invalid");
      this.view.advise("");
    };
    input.onkeydown = (event) => {
      const by = STEPS[event.key];
      if (!by) return;
      event.preventDefault();
      event.stopPropagation();
      this.typing = null;
      nudge(this.value(kind, i, j) + by);
    };
    input.onpaste = (event) => {
      const text = event.clipboardData?.getData("text") ?? "";
      const { rows, wrong } = numbersIn(text);
      if (rows.length === 1 && rows[0].length === 1 && wrong === undefined) return; // as if typed
      event.preventDefault();
      this.view.advise(this.paste(kind, i, j, rows, wrong, text));
    };
    this.drag(input, () => this.value(kind, i, j), nudge);
  }

  /**
   * @param {HTMLInputElement} input
   * @param {() => number} value
   * @param {(value: number) => void} nudge
   */
  drag(input, value, nudge) {
    /** @type {{ x: number, value: number, moved: boolean } | null} */
    let from = null;
    input.onpointerdown = (event) => {
      from = { x: event.clientX, value: value(), moved: false };
    };
    input.onpointermove = (event) => {
      if (!from || !event.buttons) return;
      const by = event.clientX - from.x;
      if (!from.moved && Math.abs(by) < MOVED_PX) return;
      if (!from.moved) input.setPointerCapture(event.pointerId);
      from.moved = true;
      this.typing = null;
      event.preventDefault();
      getSelection()?.removeAllRanges();
      nudge(from.value + by * PER_PIXEL);
    };
    input.onpointerup = input.onpointercancel = () => {
      from = null;
    };
  }

  /**
   * A block of numbers goes in from the cell on; what cannot go in is said.
   * @param {Kind} kind
   * @param {number} i
   * @param {number} j
   * @param {number[][]} rows
   * @param {string | undefined} wrong
   * @param {string} text
   * @returns {string} advice
   */
  paste(kind, i, j, rows, wrong, text) {
    if (wrong !== undefined || !rows.length) {
      return `The pasted text holds \u201c${(wrong ?? text).slice(0, 24)}\u201d, which is not a number: nothing was changed. Paste numbers with decimal points.`;
    }
    const { n, m } = this.view.now;
    const [down, across] = kind === "w" ? [m - i, n - j] : [(kind === "x" ? n : m) - i, 1];
    const list = kind === "w" ? rows : rows.flat().map((value) => [value]);
    const wide = Math.max(...list.map((row) => row.length));
    if (list.length > down || wide > across) {
      return `The pasted block is ${list.length} by ${wide}, from this cell on there is room for ${down} by ${across}: nothing was changed.`;
    }
    const far = list.flat().find((value) => this.refuse(value));
    if (far !== undefined) return `${this.refuse(far)} Nothing was changed.`;
    this.typing = null;
    this.put(
      kind,
      list.flatMap((row, r) =>
        row.map((value, c) => /** @type {[number, number, number]} */ ([i + r, j + c, value])),
      ),
    );
    return "";
  }

  /**
   * Show the present numbers.
   * @param {{ row: number }} layer
   * @param {{ sums: number[], outputs: number[] }} done
   */
  show({ row }, done) {
    for (const { input, kind, i, j } of this.all) {
      const value = this.value(kind, i, j);
      input.classList.toggle("on", kind !== "x" && i === row);
      input.setAttribute("aria-valuenow", String(value));
      if (input === this.typing) continue;
      input.value = String(Math.round(value * 1000) / 1000);
      input.removeAttribute("aria-invalid");
    }
    for (const { element, of, i } of this.told) {
      element.textContent = fixed(done[of][i]);
      element.classList.toggle("on", i === row);
    }
  }
}

/**
 * A matrix in brackets under its name.
 * @param {string} name
 * @param {number} columns
 * @param {HTMLElement[]} cells
 */
function block(name, columns, cells) {
  const made = make("div", { className: "block" }, make("span", { className: "name" }, name));
  made.style.gridTemplateColumns = `repeat(${columns}, auto)`;
  made.append(...cells);
  return made;
}
