// Play, pause, step, scrub, speed, keyboard and reduced motion, the same in every lesson.
//
// It starts still; `autoplay` is ignored where the viewer asked for reduced motion, and there a play
// moves in whole positions. Keys: space, left and right arrow, Home, End, comma and full stop (a tenth).
// Streamlit's r, c and escape are left alone; a key that the lesson uses itself, with preventDefault
// called before, is left alone too.

import { foreign } from "./keys.js";
import { drawn } from "./loop.js";
import { still } from "./theme.js";

const ICONS = {
  play: "M7 4l13 8-13 8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  back: "M7 5h3v14H7zM19 5v14l-8-7z",
  next: "M14 5h3v14h-3zM5 5l8 7-8 7z",
  start: "M4 5h3v14H4zM20 5v14l-11-7z",
};
/** @type {[number, string][]} */
const SPEEDS = [
  [0.1, "very slow"],
  [0.25, "slow"],
  [1, "normal"],
  [4, "fast"],
  [16, "very fast"],
];

/**
 * @typedef {object} TransportOptions
 * @property {number} [last] positions run from 0 to last, both reached
 * @property {number} [perSecond] positions a second at speed 1
 * @property {string} [name] what one position is: "Step 3 of 120"
 * @property {(position: number) => void} [moved] at most once a frame; the position may be fractional
 * @property {(position: number) => void} [draw] draw one frame; called only when something changed
 * @property {HTMLElement} [canvas] keys work on it, frames are counted on it, and
 *   nothing is drawn while it is out of sight
 * @property {boolean} [autoplay]
 * @property {boolean} [loop]
 * @property {number} [rest] seconds at the end of a loop
 */

export class Transport {
  /**
   * @param {HTMLElement} host
   * @param {TransportOptions} options
   */
  constructor(host, options) {
    this.host = host;
    this.last = options.last ?? 1;
    this.perSecond = options.perSecond ?? 10;
    this.name = options.name ?? "Step";
    this.loop = options.loop ?? false;
    this.rest = options.rest ?? 2;
    this.moved = options.moved;
    this.draw = options.draw;
    this.canvas = options.canvas;
    this.position = 0;
    this.speed = 1;
    this.visible = true;
    this.dirty = true;
    this.rested = 0;
    this.sinceShown = 0;
    /** @type {number | undefined} */
    this.traveled = undefined;
    /** @type {number | undefined} */
    this.before = undefined;
    /** @type {number | undefined} Time of the event that asked for the next frame. */
    this.askedAt = undefined;
    this.request = 0;
    const find = this.build();
    /** @type {HTMLInputElement} */
    this.scrub = find("scrub");
    /** @type {HTMLInputElement} */
    this.number = find("at-number");
    /** @type {HTMLElement} */
    this.of = find("of");
    /** @type {HTMLButtonElement} */
    this.button = find("play");
    this.listen(find);
    this.watch();
    this.playing = Boolean(options.autoplay) && !still.matches;
    this.show();
  }

  /** The whole position; `position` may lie between two. */
  get index() {
    return Math.min(Math.floor(this.position + 1e-9), this.last);
  }

  /** Something else changed: draw in the next frame. */
  touch() {
    this.askedAt ??= window.event?.timeStamp ?? performance.now();
    this.dirty = true;
  }

  /** @param {number} last */
  setLast(last) {
    this.last = Math.max(last, 0);
    this.scrub.max = String(this.last);
    if (this.position > this.last) this.position = this.last;
    this.touch();
    this.show();
  }

  /** @param {number} position */
  go(position) {
    this.position = Math.min(Math.max(position, 0), this.last);
    this.rested = 0;
    this.touch();
    this.moved?.(this.position);
    this.show();
  }

  /** @param {number} by */
  step(by) {
    this.pause();
    this.go(this.index + by);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.touch(); // what is said less often than drawn catches up
    this.show();
    this.moved?.(this.position);
  }

  play() {
    if (this.position >= this.last) this.go(0);
    this.playing = this.last > 0;
    this.show();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  close() {
    cancelAnimationFrame(this.request);
    this.observer?.disconnect();
  }

  build() {
    const icon = (/** @type {keyof typeof ICONS} */ name) =>
      `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;
    const button = (/** @type {keyof typeof ICONS} */ kind, /** @type {string} */ label) =>
      `<button type="button" class="lb-${kind}" aria-label="${label}" title="${label}">${icon(kind)}</button>`;
    const unit = this.name.toLowerCase();
    const speeds = SPEEDS.map(
      ([value, word]) =>
        `<option value="${value}"${value === 1 ? " selected" : ""}>${word}</option>`,
    ).join("");
    this.host.classList.add("lb-transport");
    this.host.setAttribute("role", "group");
    this.host.setAttribute("aria-label", "Playback");
    this.host.innerHTML =
      button("play", "Play") +
      button("start", "Back to the start") +
      button("back", `One ${unit} back`) +
      button("next", `One ${unit} forward`) +
      `<input type="range" class="lb-scrub" min="0" max="${this.last}" step="1" value="0" aria-label="${this.name}">` +
      `<label class="lb-at"><span class="lb-unit">${this.name}</span> <input type="number" class="lb-at-number" min="0" step="1" value="0"> ` +
      `<span class="lb-of"></span></label><label class="lb-speed-label"><span>Speed</span> <select class="lb-speed">${speeds}</select></label>`;
    return (/** @type {string} */ name) =>
      /** @type {any} */ (this.host.querySelector(`.lb-${name}`));
  }

  /** @param {(name: string) => any} find */
  listen(find) {
    this.button.addEventListener("click", () => this.toggle());
    find("start").addEventListener("click", () => this.step(-this.last - 1));
    find("back").addEventListener("click", () => this.step(-1));
    find("next").addEventListener("click", () => this.step(1));
    this.scrub.addEventListener("input", () => {
      const wanted = Number(this.scrub.value); // before a pause shows where it is
      this.pause();
      this.go(wanted);
    });
    this.number.addEventListener("change", () => {
      const wanted = Number(this.number.value);
      this.pause();
      this.go(Number.isFinite(wanted) ? Math.round(wanted) : this.index);
      this.number.value = String(this.index);
    });
    find("speed").addEventListener("change", () => {
      this.speed = Number(find("speed").value);
    });
    this.host.addEventListener("keydown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (target === this.host || target.tagName === "BUTTON") this.key(event);
    });
    this.canvas?.addEventListener("keydown", (event) => this.key(event));
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was used
   */
  key(event) {
    if (foreign(event)) return false;
    const onButton = /** @type {Element} */ (event.target).tagName === "BUTTON";
    if (onButton && (event.key === " " || event.key === "Enter")) return false; // the button's own
    const tenth = Math.max(1, Math.round(this.last / 10));
    /** @type {Record<string, () => void>} */
    const actions = {
      " ": () => this.toggle(),
      ArrowRight: () => this.step(1),
      ArrowLeft: () => this.step(-1),
      Home: () => this.step(-this.last - 1),
      End: () => this.step(this.last + 1),
      ".": () => this.step(tenth),
      ",": () => this.step(-tenth),
    };
    const action = actions[event.key];
    if (!action) return false;
    event.preventDefault();
    event.stopPropagation();
    action();
    return true;
  }

  /** @param {number} now */
  tick(now) {
    this.request = requestAnimationFrame((time) => this.tick(time));
    // A tab that slept must not leap ahead: at most a tenth of a second counts.
    const passed = Math.min((now - (this.before ?? now)) / 1000, 0.1);
    this.before = now;
    if (!this.visible) return;
    if (this.playing) this.advance(passed);
    if (!this.dirty) return;
    this.dirty = false;
    this.draw?.(this.position);
    if (this.canvas) drawn(this.canvas, this.askedAt);
    this.askedAt = undefined;
  }

  /** @param {number} seconds */
  advance(seconds) {
    if (this.position >= this.last) {
      this.rested += seconds;
      if (!this.loop) this.pause();
      else if (this.rested >= this.rest) this.go(0);
      return;
    }
    const from = still.matches ? (this.traveled ?? this.position) : this.position;
    this.traveled = from + seconds * this.perSecond * this.speed;
    const next = Math.min(this.traveled, this.last);
    this.position = still.matches ? Math.floor(next) : next;
    this.dirty = true;
    this.moved?.(this.position);
    // Text ten times a second is enough to read and leaves the frame to the canvas.
    this.sinceShown += seconds;
    if (this.sinceShown > 0.1) {
      this.sinceShown = 0;
      this.show();
    }
  }

  show() {
    if (!this.playing) this.traveled = undefined;
    const at = String(this.index);
    if (this.scrub.value !== at) this.scrub.value = at;
    this.scrub.setAttribute("aria-valuetext", `${this.name} ${at} of ${this.last}`);
    const root = /** @type {ShadowRoot | Document} */ (this.host.getRootNode());
    if (root.activeElement !== this.number && this.number.value !== at) this.number.value = at;
    this.number.max = String(this.last);
    const of = `of ${this.last}`;
    if (this.of.textContent !== of) this.of.textContent = of;
    const label = this.playing ? "Pause" : "Play";
    if (this.button.getAttribute("aria-label") === label) return;
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    const path = /** @type {Element} */ (this.button.querySelector("path"));
    path.setAttribute("d", ICONS[this.playing ? "pause" : "play"]);
  }

  watch() {
    if (this.canvas) {
      this.observer = new IntersectionObserver((entries) => {
        this.visible = /** @type {IntersectionObserverEntry} */ (entries.at(-1)).isIntersecting;
      });
      this.observer.observe(this.canvas);
    }
    this.request = requestAnimationFrame((time) => this.tick(time));
  }
}
