// The one line above every stage: title, question, answers, "show me", and later the verdict in the same
// place. While presenting it tells the step of the lesson.

import { component } from "./mount.js";
import { escaped } from "./number.js";
import { hush, isPresenting, leave, moments, present, provideLine } from "./presenting.js";
import { isSettled, settle } from "./question.js";
import "./upload.js";

/**
 * @typedef {object} Question
 * @property {string} text
 * @property {string[]} options
 * @property {number} truth
 * @property {string} because
 */
/**
 * @typedef {object} Check
 * @property {string} text
 * @property {string} answer
 * @property {string} because
 */
/**
 * @typedef {object} Header
 * @property {string} slug
 * @property {string} title
 * @property {string} goal
 * @property {Question | null} question
 * @property {Check | null} check
 * @property {{ slug: string, title: string, carries: string } | null} next
 * @property {string} given the option that was chosen, "shown", or "" while the question is open
 * @property {boolean} asks whether questions are asked at all
 * @property {string} fresh changes when the page is reset
 */
/** @typedef {{ kind: string, say: string, go?: () => void }} Step */

const FRAME = /* html */ `
<div class="lb-line" data-line>
  <h1></h1>
  <div class="lb-ask" aria-live="polite"></div>
  <div class="lb-tools">
    <button type="button" class="lb-present" title="Present: the stage in full screen (P)">Present</button>
    <details class="lb-menu"><summary aria-label="More for this page" title="More for this page">⋯</summary>
      <div class="lb-menu-list">
        <button type="button" data-do="code">QR code of this view</button>
        <button type="button" data-do="questions"></button>
        <button type="button" data-do="reset">Reset this page</button>
        <p>Present: P. Page Down and Page Up walk the lesson, Space plays, arrows step, B blacks the screen, Escape leaves.</p>
      </div></details>
  </div>
</div>`;

class Line {
  /**
   * @param {ShadowRoot} root
   * @param {import("./mount.js").Server} server
   */
  constructor(root, server) {
    const holder = document.createElement("div");
    holder.innerHTML = FRAME;
    root.append(.../** @type {any} */ (holder.children));
    this.server = server;
    const find = (/** @type {string} */ selector) =>
      /** @type {HTMLElement} */ (root.querySelector(selector));
    this.line = find(".lb-line");
    this.title = find("h1");
    this.ask = find(".lb-ask");
    this.menu = /** @type {HTMLDetailsElement} */ (find(".lb-menu"));
    this.questions = find('[data-do="questions"]');
    /** @type {Header | null} */
    this.header = null;
    this.given = "";
    this.fresh = "";
    this.at = 0;
    find(".lb-present").onclick = () => (isPresenting() ? leave() : present());
    this.ask.onclick = (event) => this.press(/** @type {HTMLElement} */ (event.target));
    find(".lb-menu-list").onclick = (event) =>
      this.choose(/** @type {HTMLElement} */ (event.target));
    this.menu.onkeydown = (event) => {
      if (event.key !== "Escape" || !this.menu.open) return;
      this.menu.open = false;
      event.stopPropagation();
    };
    this.outside = (/** @type {Event} */ event) => {
      if (this.menu.open && !event.composedPath().includes(this.menu)) this.menu.open = false;
    };
    document.addEventListener("pointerdown", this.outside);
    this.withdraw = provideLine({
      walk: (by) => this.walk(by),
      changed: () => {
        this.at = isSettled(this.slug) && this.header?.question ? 1 : 0;
        this.show();
      },
    });
  }

  get slug() {
    return this.header?.slug ?? "";
  }

  /** @param {Header} header */
  load(header) {
    const reset = this.header && header.fresh !== this.fresh;
    this.header = header;
    this.fresh = header.fresh;
    if (reset) this.given = "";
    this.given = header.given || this.given;
    if (!header.asks) this.given ||= "off";
    else if (this.given === "off") this.given = header.given;
    settle(header.slug, this.given !== "" || !header.question);
    this.show();
  }

  /** @param {string} slug */
  go(slug) {
    hush();
    this.server.trigger("go", slug);
  }

  /** @param {HTMLElement} target */
  press(target) {
    const button = target.closest("button");
    if (!button) return;
    if (button.dataset.option !== undefined) this.answer(button.dataset.option);
    else if (button.dataset.go) this.go(button.dataset.go);
  }

  /** @param {HTMLElement} target */
  choose(target) {
    const wish = target.closest("button")?.dataset.do;
    if (!wish) return;
    this.menu.open = false;
    // A code is drawn by the server, of the address that stands now.
    this.server.trigger(wish, wish === "code" ? location.href : String(Date.now()));
  }

  /** @param {string} given */
  answer(given) {
    this.given = given;
    this.at = Math.max(this.at, 1);
    settle(this.slug);
    this.show();
    const address = new URL(location.href);
    address.searchParams.set("answer", given);
    history.replaceState(history.state, "", address);
    this.server.send("answer", given);
  }

  /** @returns {Step[]} */
  steps() {
    const { question, check, next } = /** @type {Header} */ (this.header);
    /** @type {Step[]} */
    const steps = [];
    if (question) steps.push({ kind: "question", say: question.text });
    if (question)
      steps.push({ kind: "answer", say: "", go: () => this.given || this.answer("shown") });
    for (const { say, go } of moments()) steps.push({ kind: "moment", say, go });
    if (!steps.length) steps.push({ kind: "moment", say: this.header?.goal ?? "" });
    if (check) steps.push({ kind: "check", say: `Check: ${check.text}` });
    if (check) steps.push({ kind: "solution", say: `${check.answer}. ${check.because}` });
    if (next) steps.push({ kind: "next", say: `Next: ${next.title}. ${next.carries}` });
    return steps;
  }

  /** @param {number} by */
  walk(by) {
    const steps = this.steps();
    const to = this.at + by;
    if (to >= steps.length) {
      if (this.header?.next) this.go(this.header.next.slug);
      return;
    }
    this.at = Math.max(to, 0);
    steps[this.at].go?.();
    this.show();
  }

  show() {
    if (!this.header) return;
    const { title, question, asks } = this.header;
    this.title.textContent = title;
    this.questions.hidden = !question;
    this.questions.textContent = asks ? "Leave questions out" : "Ask questions";
    const step = isPresenting() ? this.steps()[this.at] : null;
    const markup =
      step && !["question", "answer"].includes(step.kind)
        ? `<p class="lb-step">${escaped(step.say)}</p>`
        : this.asking(question);
    if (this.ask.innerHTML !== markup) this.ask.innerHTML = markup;
  }

  /** @param {Question | null} question */
  asking(question) {
    if (!question || this.given === "off") {
      return `<p class="lb-step">${escaped(this.header?.goal ?? "")}</p>`;
    }
    const { text, options, truth, because } = question;
    if (this.given === "") {
      const buttons = options.map(
        (option, at) => `<button type="button" data-option="${at}">${escaped(option)}</button>`,
      );
      return (
        `<p class="lb-question">${escaped(text)}</p><div class="lb-answers">${buttons.join("")}` +
        `<button type="button" class="lb-show" data-option="shown">Show me</button></div>`
      );
    }
    const chosen = this.given === "shown" ? undefined : options[Number(this.given)];
    const right = Number(this.given) === truth && chosen !== undefined;
    const told = right
      ? `<b>Right: ${escaped(options[truth])}.</b>`
      : `<b>${chosen === undefined ? "" : `You said ${escaped(chosen)}. `}Answer: ${escaped(options[truth])}.</b>`;
    return `<p class="lb-verdict ${right ? "lb-right" : "lb-other"}">${told} ${escaped(because)}</p>`;
  }

  close() {
    document.removeEventListener("pointerdown", this.outside);
    this.withdraw();
  }
}

export default await component(
  (root, server) => new Line(root, server),
  [new URL("./line.css", import.meta.url)],
);
