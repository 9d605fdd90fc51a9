// The frame of a stage: pictures on the left, at most five controls at the side with the sentence that
// speaks of the same moment, transport below, and the text twin behind a fold underneath.

import { controls } from "./controls.js";
import { table } from "./table.js";
import { onTheme } from "./theme.js";
import { Transport } from "./transport.js";
import { isSettled, onSettled } from "./question.js";
import { provideStage } from "./presenting.js";
import { Settings } from "./state.js";

/** @typedef {import("./presenting.js").Moment} Moment */
/** @typedef {import("./transport.js").TransportOptions} TransportOptions */

const FRAME = /* html */ `
<section class="lb-stage" data-stage tabindex="-1">
  <div class="lb-desk">
    <div class="lb-pictures"></div>
    <div class="lb-side">
      <div class="lb-controls"></div>
      <details class="lb-more" hidden><summary>More</summary><div class="lb-more-controls"></div></details>
      <div class="lb-aside"></div>
      <div class="lb-sentence" aria-live="polite"></div>
    </div>
  </div>
  <div class="lb-foot"><div class="lb-foot-left"></div><div class="lb-transport-place"></div></div>
</section>
<details class="lb-twin"><summary>In words and numbers</summary><p class="lb-twin-words"></p>
  <div class="lb-twin-tables" tabindex="0" role="region" aria-label="Tables of the numbers shown"></div></details>`;

const LEAST_ROOM_PX = 60;
const HUSH_MS = 60_000; // a page that is still here after that was not left

/**
 * What a lesson hands to its frame.
 * @typedef {object} Lesson
 * @property {(names: string[]) => void} [changed] settings changed: by a control, Back, a moment
 * @property {() => void} [arranged] sizes or the look changed
 * @property {() => void} [settled] the page's question was answered, or is asked anew
 * @property {() => Moment[]} [moments] instead of those that the server lists
 * @property {() => import("./presenting.js").Player | null | undefined} [player] instead of the transport
 */

/** One stage in its place. */
export class Stage {
  /**
   * @param {ShadowRoot | HTMLElement} root
   * @param {{ send: (name: string, value: unknown) => void, trigger: (name: string, value: unknown) => void }} server
   */
  constructor(root, server) {
    const holder = document.createElement("div");
    holder.innerHTML = FRAME;
    root.append(...holder.children);
    this.root = root;
    this.server = server;
    this.section = this.find(".lb-stage");
    this.pictures = this.find(".lb-pictures");
    this.side = this.find(".lb-side");
    this.controlsPlace = this.find(".lb-controls");
    this.more = this.find(".lb-more");
    this.morePlace = this.find(".lb-more-controls");
    this.aside = this.find(".lb-aside");
    this.sentence = this.find(".lb-sentence");
    this.foot = this.find(".lb-foot");
    this.footLeft = this.find(".lb-foot-left");
    this.twin = this.find(".lb-twin");
    /** @type {any} Of the last message from the server. */
    this.header = null;
    /** @type {Lesson} */
    this.lesson = {};
    /** @type {Transport | null} */
    this.transport = null;
    /** @type {import("./canvas.js").Surface[]} */
    this.surfaces = [];
    /** @type {Record<string, import("./controls.js").Control>} */
    this.dials = {};
    /** @type {(() => void)[]} */
    this.ends = [];
    this.toldText = "";
    this.hushedUntil = 0;
  }

  /**
   * @param {string} selector
   * @returns {HTMLElement}
   */
  find(selector) {
    return /** @type {HTMLElement} */ (this.root.querySelector(selector));
  }

  /**
   * Take a message: the first brings schema and slug.
   * @param {any} header
   * @param {Lesson} lesson
   */
  take(header, lesson) {
    const first = !this.header;
    this.header = header;
    this.lesson = lesson;
    if (first) {
      this.section.setAttribute("aria-label", header.title ?? "Stage");
      this.settings = new Settings(header.slug, header.schema ?? [], (names) =>
        this.onChanged(names),
      );
      this.settings.isReset(header.fresh ?? "");
    } else this.settings?.isReset(header.fresh ?? "");
  }

  /** Begin: called once, after the lesson has built what it draws. */
  begin() {
    const rearranged = () => this.arrange();
    this.sizes = new ResizeObserver(rearranged);
    this.sizes.observe(this.pictures);
    this.ends.push(
      onTheme(rearranged),
      onSettled((slug) => {
        if (slug === this.header.slug) this.lesson.settled?.();
      }),
      provideStage({
        moments: () => this.lesson.moments?.() ?? this.moments,
        player: () => this.lesson.player?.() ?? this.transport,
        hush: () => {
          this.hushedUntil = performance.now() + HUSH_MS;
        },
        focus: () => this.section.focus({ preventScroll: true }),
      }),
    );
    this.arrange();
    this.tell();
  }

  /** Whether the page's question is open, so that its answer is not shown yet. */
  get locked() {
    return Boolean(this.header?.locked) && !isSettled(this.header.slug);
  }

  /**
   * What is walked through while presenting, as the server lists it.
   * @returns {Moment[]}
   */
  get moments() {
    const listed = /** @type {{ say: string, set: Record<string, any> }[]} */ (
      this.header?.moments ?? []
    );
    return listed.map(({ say, set }) => ({
      say,
      go: () => {
        this.transport?.pause();
        this.set(structuredClone(set));
      },
    }));
  }

  /** What is set. */
  get values() {
    return /** @type {Settings} */ (this.settings).values;
  }

  /** @param {Record<string, any>} patch */
  set(patch) {
    this.settings?.set(patch);
  }

  /**
   * Controls for fields of the schema: at most five at the side, the others behind "More".
   * @param {string[]} names
   * @param {string[]} [further]
   */
  control(names, further = []) {
    const settings = /** @type {Settings} */ (this.settings);
    Object.assign(this.dials, controls(this.controlsPlace, settings, names));
    Object.assign(this.dials, controls(this.morePlace, settings, further));
    if (further.length) this.more.hidden = false;
    return this.dials;
  }

  /** @param {TransportOptions} options */
  play(options) {
    this.transport = new Transport(this.find(".lb-transport-place"), options);
    this.foot.classList.add("lb-plays");
    return this.transport;
  }

  /**
   * A canvas that fills its place; sized with the stage.
   * @param {import("./canvas.js").Surface} surface
   */
  hold(surface) {
    this.surfaces.push(surface);
    this.sizes?.observe(surface.host);
    return surface;
  }

  /** Whether there is room to draw in: a stage that is being taken away has none left. */
  get roomy() {
    return Math.min(this.pictures.clientWidth, this.pictures.clientHeight) >= LEAST_ROOM_PX;
  }

  /** Take the sizes that there are now. */
  arrange() {
    if (!this.roomy) return;
    for (const surface of this.surfaces) surface.arrange();
    this.lesson.arranged?.();
    this.transport?.touch();
  }

  /** @param {string[]} names */
  onChanged(names) {
    for (const name of names) this.dials[name]?.show();
    this.lesson.changed?.(names);
    this.transport?.touch();
    clearTimeout(this.telling);
    this.telling = setTimeout(() => this.tell(), 500);
  }

  /** Tell the server what is set, where it asked to know and knows something else. */
  tell() {
    if (performance.now() < this.hushedUntil) return;
    const told = this.header?.told;
    const text = this.settings?.textOf(Array.isArray(told) ? told : null) ?? "";
    if (this.header?.told && text !== (this.toldText || (this.header.set ?? ""))) {
      this.toldText = text;
      this.server.trigger("settled", text);
    }
  }

  /**
   * The sentence that speaks of the picture's moment, as markup.
   * @param {string} markup
   */
  say(markup) {
    const said = /^(<[^>]*>|\s)*$/.test(markup) ? "" : markup; // no empty box
    if (this.sentence.innerHTML !== said) this.sentence.innerHTML = said;
  }

  /**
   * The text twin: words, and tables that are filled only while they are open.
   * @param {string} words
   * @param {() => Parameters<typeof table>[1][]} tables
   */
  tellTwin(words, tables) {
    this.find(".lb-twin-words").textContent = words;
    this.fillTables = () => {
      const place = this.find(".lb-twin-tables");
      place.replaceChildren();
      for (const content of tables()) {
        const host = document.createElement("div");
        table(host, content);
        place.append(host);
      }
    };
    const fold = /** @type {HTMLDetailsElement} */ (this.twin);
    fold.ontoggle = () => {
      if (fold.open) this.fillTables?.();
    };
    if (fold.open) this.fillTables();
  }

  close() {
    clearTimeout(this.telling);
    this.sizes?.disconnect();
    this.transport?.close();
    this.settings?.close();
    for (const end of this.ends) end();
  }
}
