// Presenting: the stage in full screen, walked with the keys of a presenter's remote.
//
// Page Down and Page Up walk the lesson's steps (question, answer, the lesson's own moments, check, its
// solution, the next lesson), Space plays, arrows step, B blacks the screen, Escape leaves. Nothing is
// taken out of the page: a class on the document's root hides what is not stage, so that nothing is lost
// on leaving, and the full screen belongs to the document, so that it lasts into the next lesson.

import { typing } from "./keys.js";
import { lookAgain } from "./theme.js";

const CLASS = "lb-presenting";
const root = document.documentElement;

/**
 * @typedef {object} Moment one thing that a lesson shows
 * @property {string} say one line, at most about 90 characters
 * @property {() => void} go sets the stage to it
 */
/**
 * @typedef {object} Player what Space and the arrows move
 * @property {() => void} toggle
 * @property {(by: number) => void} step
 */
/**
 * @typedef {object} StagePart
 * @property {() => Moment[]} moments
 * @property {() => Player | null | undefined} player
 * @property {() => void} focus
 * @property {() => void} hush tells the server nothing more: the page is being left
 */
/**
 * @typedef {object} LinePart
 * @property {(by: number) => void} walk to the next or previous step
 * @property {() => void} changed presenting began or ended
 */

/** @type {StagePart | null} */
let stage = null;
/** @type {LinePart | null} */
let line = null;
/** @type {HTMLElement | null} */
let black = null;

/** Whether the page is being presented. */
export const isPresenting = () => root.classList.contains(CLASS);

/** The lesson's own moments, as the stage that is open has them. */
export const moments = () => stage?.moments() ?? [];

/**
 * The stage of the page that is open; returns what takes it away.
 * @param {StagePart} part
 */
export function provideStage(part) {
  stage = part;
  return () => {
    if (stage === part) stage = null;
  };
}

/** The page is being left: a stage that tells its settings now would call the server back to it. */
export const hush = () => stage?.hush();

/**
 * The line of the page that is open; returns what takes it away.
 * @param {LinePart} part
 */
export function provideLine(part) {
  line = part;
  return () => {
    if (line === part) line = null;
  };
}

/** Begin to present; where the browser has no full screen, in the whole window. */
export function present() {
  if (isPresenting()) return;
  root.classList.add(CLASS);
  root.requestFullscreen?.().catch(() => {}); // refused: the window is filled all the same
  changed();
  stage?.focus();
}

/** Leave the presentation; everything stays as it was set. */
export function leave() {
  if (!isPresenting()) return;
  root.classList.remove(CLASS);
  lighten();
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  changed();
}

/** @type {Set<Element>} Hosts of components, whose style sheets ask for the attribute. */
const hosts = new Set();

/**
 * Let a component's style sheet know of presenting, as `:host([data-presenting])`; returns what ends that.
 * @param {Element} host
 */
export function follow(host) {
  hosts.add(host);
  host.toggleAttribute("data-presenting", isPresenting());
  return () => {
    hosts.delete(host);
  };
}

function changed() {
  for (const host of hosts) host.toggleAttribute("data-presenting", isPresenting());
  lookAgain();
  line?.changed();
}

function lighten() {
  black?.remove();
  black = null;
}

function blacken() {
  if (black) {
    lighten();
    return;
  }
  black = document.createElement("div");
  black.setAttribute("role", "status");
  black.setAttribute("aria-label", "The screen is black. B lights it again.");
  black.style.cssText = "position:fixed;inset:0;background:#000;z-index:2147483647";
  black.addEventListener("click", lighten);
  root.append(black);
}

/** @type {Record<string, () => void>} */
const KEYS = {
  PageDown: () => line?.walk(1),
  PageUp: () => line?.walk(-1),
  Escape: leave,
  b: blacken,
  B: blacken,
  " ": () => stage?.player()?.toggle(),
  ArrowRight: () => stage?.player()?.step(1),
  ArrowLeft: () => stage?.player()?.step(-1),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!isPresenting()) {
    if (event.key.toLowerCase() === "p" && !typing(event) && line) {
      event.preventDefault();
      present();
    }
    return;
  }
  const target = /** @type {Element | undefined} */ (event.composedPath()[0]);
  const always = ["PageDown", "PageUp", "Escape"].includes(event.key);
  // What a field or a button does with a key is its own; so is what the picture does with arrows.
  if (!always && (typing(event) || target?.matches?.("button, summary, a, input"))) return;
  if (event.key.startsWith("Arrow") && target?.closest?.("[data-picture]")) return;
  const action = KEYS[event.key];
  if (!action || (black && event.key !== "Escape" && event.key.toLowerCase() !== "b")) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

addEventListener("keydown", onKey, true);
document.addEventListener("fullscreenchange", () => {
  if (!document.fullscreenElement) leave(); // Escape ends a full screen without a key event
});
