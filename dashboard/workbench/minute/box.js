// One class: its name, a wall of its pictures, and the ways in which pictures come.

import { button } from "../../browser/controls.js";
import { make } from "../../browser/dom.js";

/**
 * @typedef {object} BoxActions
 * @property {(name: string) => void} name
 * @property {(place: number) => void} remove
 * @property {() => void} empty
 * @property {() => void} fewer
 * @property {(files: File[]) => void} files
 * @property {() => void} hold begins to record
 * @property {() => void} release
 */
/** @typedef {{ name: string, places: number[], bursts: number }} Shown */
/** @typedef {{ url: string, tile: number, columns: number, rows: number }} Sheet all thumbnails on one picture */

/**
 * Take files that are dropped onto an element.
 * @param {HTMLElement} element
 * @param {(files: File[]) => void} taken
 */
export function takeDrops(element, taken) {
  const over = (/** @type {boolean} */ is) => element.classList.toggle("minute-over", is);
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  element.addEventListener("dragleave", () => over(false));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    taken([...(event.dataTransfer?.files ?? [])]);
  });
}

/**
 * A button that opens the choice of files.
 * @param {HTMLElement} host
 * @param {string} title
 * @param {boolean} several
 * @param {(files: File[]) => void} taken
 */
export function chooser(host, title, several, taken) {
  const input = make("input", { type: "file", multiple: several, hidden: true, tabIndex: -1 });
  input.addEventListener("change", () => {
    taken([...(input.files ?? [])]);
    input.value = ""; // the same file may be chosen again
  });
  host.append(input);
  return button(host, title, () => input.click());
}

export class Box {
  /**
   * @param {HTMLElement} host
   * @param {number} number from 1
   * @param {Record<string, string>} words
   * @param {number} longest letters of a name
   * @param {BoxActions} actions
   */
  constructor(host, number, words, longest, actions) {
    this.words = words;
    this.actions = actions;
    this.input = make("input", {
      ...{ type: "text", maxLength: longest, autocomplete: "off" },
      "aria-label": `Name of class ${number}`,
    });
    this.input.addEventListener("change", () => actions.name(this.input.value));
    this.count = make("span", { className: "lb-of" });
    const head = make("div", { className: "minute-head" }, this.input, this.count);
    this.less = button(head, "\u00d7", actions.fewer);
    this.less.setAttribute("aria-label", `Remove class ${number}`);
    this.wall = make("div", { className: "minute-wall" });
    const foot = make("div", { className: "minute-foot" });
    this.record = button(foot, words.record, () => {});
    this.hold(this.record);
    chooser(foot, words.files, true, actions.files);
    this.clear = button(foot, "Empty", actions.empty);
    this.host = make("section", { className: "minute-box", "data-picture": "" });
    this.host.append(head, this.wall, foot);
    takeDrops(this.host, actions.files);
    host.append(this.host);
    this.stamp = "";
  }

  /**
   * Records while it is held: by pointer, or by Space or Enter.
   * @param {HTMLButtonElement} held
   */
  hold(held) {
    const { hold, release } = this.actions;
    const key = (/** @type {KeyboardEvent} */ event) => event.key === " " || event.key === "Enter";
    held.addEventListener("pointerdown", hold);
    for (const end of ["pointerup", "pointercancel", "pointerleave", "blur"]) {
      held.addEventListener(end, release);
    }
    held.addEventListener("keydown", (event) => {
      if (!key(event)) return;
      event.preventDefault();
      if (!event.repeat) hold();
    });
    held.addEventListener("keyup", (event) => {
      if (key(event)) release();
    });
  }

  /**
   * @param {Shown} shown
   * @param {Sheet} sheet
   * @param {boolean} removable
   */
  show({ name, places, bursts }, sheet, removable) {
    const root = /** @type {ShadowRoot} */ (this.input.getRootNode());
    if (root.activeElement !== this.input) this.input.value = name;
    const pictures = places.length === 1 ? "1 picture" : `${places.length} pictures`;
    this.count.textContent = places.length ? `${pictures}, ${bursts} independent` : "empty";
    this.host.setAttribute("aria-label", `${name}: ${this.count.textContent}`);
    this.less.hidden = !removable;
    this.clear.hidden = !places.length;
    const stamp = `${sheet.url} ${places} ${name}`;
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.wall.replaceChildren(
      ...places.map((place, at) => {
        const [x, y] = [place % sheet.columns, Math.floor(place / sheet.columns)];
        const tile = make("button", { type: "button", title: "Remove this picture" });
        tile.setAttribute("aria-label", `Remove picture ${at + 1} of ${name}`);
        tile.style.backgroundImage = `url("${sheet.url}")`;
        tile.style.backgroundSize = `${100 * sheet.columns}% ${100 * sheet.rows}%`;
        const share = (/** @type {number} */ n, /** @type {number} */ of) =>
          of > 1 ? (100 * n) / (of - 1) : 0;
        tile.style.backgroundPosition = `${share(x, sheet.columns)}% ${share(y, sheet.rows)}%`;
        tile.addEventListener("click", () => this.actions.remove(place));
        return tile;
      }),
    );
  }

  /** @param {boolean} recording */
  mark(recording) {
    this.host.classList.toggle("minute-recording", recording);
    this.record.textContent = recording ? this.words.recording : this.words.record;
  }
}
