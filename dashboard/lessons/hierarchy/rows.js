// The rows of patches: the units of one layer that answer most, below them the parts of the chosen one.

import { make } from "../../browser/dom.js";
import { foreign } from "../../browser/keys.js";
import { percent, write } from "../../browser/number.js";

/** @typedef {import("./tree.js").Cell} Cell */

// The narrow column of names says "depthwise 3", "residual 6 conv 4" and "branch 2.1 conv 1" for the
// first branch of the second parallel block; sentences and the panel say it in full.
const brief = (/** @type {string} */ title) =>
  title
    .replace(/parallel (\d+) branch (\d+)/g, "branch $1.$2")
    .replace("depthwise convolution", "depthwise")
    .replace(/(.) convolution/, "$1 conv");

/**
 * The square around a window, so that patches keep their shape at the border of the picture.
 * @param {HTMLCanvasElement} image
 * @param {Cell} cell
 */
export function cut(image, cell) {
  const [height, width] = [cell.bottom - cell.top, cell.right - cell.left];
  const side = Math.max(height, width, 1);
  const scale = Math.max(1, Math.ceil(120 / side));
  const canvas = make("canvas", { width: side * scale, height: side * scale });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.imageSmoothingEnabled = false;
  const [x, y] = [((side - width) / 2) * scale, ((side - height) / 2) * scale];
  pen.drawImage(image, cell.left, cell.top, width, height, x, y, width * scale, height * scale);
  return canvas;
}

export class Rows {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.element = make("div", { className: "rows", role: "group", "data-picture": "" });
    this.element.onkeydown = (event) => this.walk(event);
  }

  /** Build all rows for the path that is followed. */
  build() {
    const { path, header, words, stage } = this.lesson;
    if (!header) return;
    const root = /** @type {ShadowRoot} */ (this.element.getRootNode());
    const focused = /** @type {HTMLElement | null} */ (root.activeElement);
    const kept = this.element.contains(focused) ? focused?.dataset.at : null;
    const rows = path.length ? path : [-1];
    const type = this.lesson.surface.theme.textPx;
    const room = this.element.clientHeight / rows.length - 1.3 * type - 14;
    const wide = (this.element.clientWidth - 9 * type) / 4 - 12;
    const side = Math.floor(Math.max(40, Math.min(160, room, wide)));
    this.element.style.setProperty("--patch", `${side}px`);
    const lock = stage.locked ? [make("p", {}, words.locked)] : [];
    this.element.replaceChildren(
      ...rows.map((/** @type {number} */ index, /** @type {number} */ row) => this.row(index, row)),
      ...lock,
    );
    if (kept) /** @type {any} */ (this.element.querySelector(`[data-at="${kept}"]`))?.focus();
  }

  /**
   * @param {number} index of the cell that is followed, -1 where the layer is silent
   * @param {number} row
   */
  row(index, row) {
    const { tree, words, header, stage } = this.lesson;
    if (index < 0) {
      return make("div", { className: "row" }, make("div", {}, this.chooser(), words.silent));
    }
    const cell = tree.cell(index);
    const open = row === 0 && header.levels.length > 1 && !stage.locked;
    const name = make(
      "div",
      { className: "name" },
      open ? this.chooser() : make("b", {}, brief(cell.title)),
      make("span", {}, `${words.sees} ${tree.sizeOf(cell)}`),
    );
    const shown = this.lesson.shownIn(row);
    const patches = make(
      "div",
      { className: "patches" },
      ...shown.map((/** @type {Cell} */ one) => this.patch(one, row, one.index === index)),
    );
    if (!tree.partsOf(index).length) {
      patches.append(make("span", { className: "pixels" }, tree.endOf(cell, words)));
    }
    return make("div", { className: "row" }, name, patches);
  }

  /** The layer to begin with; a select cannot break its line, so its text stands behind it. */
  chooser() {
    const { header, words, level, stage } = this.lesson;
    const box = make("select", { "aria-label": words.begin, dataset: { at: "level" } });
    header.titles.forEach((/** @type {string} */ title, /** @type {number} */ at) => {
      box.append(new Option(brief(title), String(at), false, at === level));
    });
    box.onchange = () => stage.set({ level: Number(box.value) + 1, follow: [], row: 0 });
    const shown = make("b", {}, brief(header.titles[level]));
    return make("div", { className: "level" }, shown, box);
  }

  /**
   * @param {Cell} cell
   * @param {number} row
   * @param {boolean} chosen
   */
  patch(cell, row, chosen) {
    const { words, image } = this.lesson;
    const worth = cell.share === undefined ? write(cell.answer) : percent(cell.share);
    return make(
      "button",
      {
        type: "button",
        dataset: { at: `${row}:${cell.index}` },
        "aria-pressed": String(chosen),
        "aria-label": `${words.map} ${cell.map}, ${cell.title}: ${worth}`,
        onclick: () => this.lesson.choose(row, cell.index),
      },
      cut(image, cell),
      worth,
    );
  }

  /**
   * Left and right follow a neighbor, up and down go to the row above or below.
   * @param {KeyboardEvent} event
   */
  walk(event) {
    const button = /** @type {Element} */ (event.target).closest("button[data-at]");
    const turn = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[
      event.key
    ];
    if (!button || !turn || foreign(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const row = Number(/** @type {HTMLElement} */ (button).dataset.at?.split(":")[0]);
    const [down, aside] = turn;
    const other = /** @type {HTMLElement | null | undefined} */ (
      down
        ? this.element.children[row + down]?.querySelector("button[aria-pressed=true]")
        : aside < 0
          ? button.previousElementSibling
          : button.nextElementSibling
    );
    if (!other?.dataset.at) return;
    other.focus({ preventScroll: true });
    if (down) this.lesson.look(row + down);
    else other.click();
  }

  /**
   * Mark the row that is looked at, and keep it in sight.
   * @param {number} at
   */
  mark(at) {
    this.element.querySelectorAll(".row").forEach((row, i) => {
      row.toggleAttribute("data-looked-at", i === at);
      const { offsetTop, offsetHeight } = /** @type {HTMLElement} */ (row);
      if (i !== at) return;
      const top = offsetTop - this.element.offsetTop;
      const below = top + offsetHeight - this.element.clientHeight;
      if (this.element.scrollTop > top) this.element.scrollTop = top - 4;
      else if (this.element.scrollTop < below) this.element.scrollTop = below + 4;
    });
  }
}
