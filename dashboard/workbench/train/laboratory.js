// Train's stage: the curves of a run, and beside them, where it is asked for, the time machine. One transport
// moves everything, the cursor on the curves too; nothing is asked of the server meanwhile.

import { Surface } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { count, escaped, filled, fixed, write } from "../../browser/number.js";
import { films, listeners, whole } from "./frames.js";
import { figures, Machine, named, silent } from "./machine.js";
import { Training } from "./training.js";

const NEWEST = -1;
const PER_SECOND = 3;

/** A title without how its measure is counted, for a narrow panel. @param {string} title */
const brief = (title) => title.replace(/,[^(]*(?=\()/, " ");

export class Laboratory extends Training {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    super(stage, ["machine", "measure", "smooth", "log", "paper"], ["threshold"]);
    this.place = make("div", { className: "train-machine", hidden: true });
    this.cursors = [0, 1].map(() => make("div", { className: "train-cursor", hidden: true }));
    stage.pictures.append(this.place, ...this.cursors);
    this.surface = stage.hold(new Surface(this.place));
    this.machine = new Machine(this.surface);
    /** @type {import("../../browser/transport.js").Transport | null} */
    this.transport = null;
    this.led = false;
    this.arrived = (/** @type {string} */ key) => {
      if (this.on && key === this.header.film.key) this.followFilm();
    };
    listeners.add(this.arrived);
    this.curves.drawn = () => this.point();
  }

  /** Whether the time machine is shown. */
  get on() {
    return Boolean(this.header?.film) && this.stage.values.machine;
  }

  /** @returns {import("./frames.js").Frame[]} */
  get frames() {
    const film = this.on ? films.get(this.header.film.key) : undefined;
    return film ? whole(film) : [];
  }

  get frame() {
    return this.frames[this.transport?.index ?? 0];
  }

  /** @param {string[]} names */
  changed(names) {
    if (names.includes("at")) this.goTo();
    // The frame draws what these two move.
    if (names.some((name) => name !== "at" && name !== "threshold")) super.changed(names);
  }

  show() {
    const { on } = this;
    this.stage.pictures.classList.toggle("train-beside", on);
    this.plot.style.right = on ? "59%" : "0";
    if (this.place.hidden === on) {
      this.place.hidden = !on;
      this.carry(on);
      this.surface.arrange();
    }
    super.show();
    if (on) this.followFilm();
    else this.point();
  }

  /** @param {any} header */
  styled(header) {
    const styled = super.styled(header);
    if (!this.on) return styled;
    const short = (/** @type {any} */ panel) => ({ ...panel, title: brief(panel.title) });
    return { ...styled, stacked: true, panels: styled.panels.map(short) };
  }

  /** The transport, while there is a film to move in. @param {boolean} on */
  carry(on) {
    const { stage } = this;
    if (on && !this.transport) {
      this.transport = stage.play({
        last: 0,
        perSecond: PER_SECOND,
        name: "Moment",
        canvas: this.surface.canvas,
        moved: () => this.moved(),
        draw: () => this.paint(),
      });
    }
    if (!on) this.transport?.pause();
    stage.transport = on ? this.transport : null;
    stage.foot.classList.toggle("lb-plays", on);
  }

  /** Take what has arrived; who looks at the newest moment goes on with it. */
  followFilm() {
    const film = films.get(this.header.film.key) ?? null;
    this.machine.take(film);
    const last = Math.max(this.frames.length - 1, 0);
    if (this.transport && this.transport.last !== last) this.transport.setLast(last);
    this.goTo();
    this.paint();
  }

  /** Go where the settings say. */
  goTo() {
    const { frames, transport } = this;
    if (!transport || transport.playing || !frames.length) return;
    const { at } = this.stage.values;
    const far = frames.map(({ place }) => Math.abs(place - at));
    const index = at === NEWEST ? frames.length - 1 : far.indexOf(Math.min(...far));
    if (transport.index === index) return;
    this.led = true; // the hand did not move it: what is set stays
    transport.go(index);
    this.led = false;
  }

  moved() {
    const { frames, transport } = this;
    if (!transport || !frames.length || this.led) return;
    const last = transport.index >= frames.length - 1;
    this.stage.set({ at: last ? NEWEST : frames[transport.index].place });
  }

  paint() {
    if (!this.on || !this.surface.width) return;
    const { frame, machine } = this;
    const { words, film: told } = this.header;
    if (!frame) {
      const text = told.moments ? words["film-wait"] : words["film-none"];
      machine.tell(filled(text, { ready: 0, moments: told.moments }));
      Object.assign(this.surface.canvas, { shown: null });
      return;
    }
    const held = this.stage.locked && this.header.ended;
    const { threshold } = this.stage.values;
    const title = this.titleOf(frame);
    machine.draw(frame, { title, threshold, held, told: words, gone: told.gone });
    this.point();
    this.tellFrame(frame, held);
  }

  /** @param {import("./frames.js").Frame} frame */
  titleOf({ epoch, batch, batches }) {
    const { words } = this.header;
    if (!epoch && !batch) return words["now-untrained"];
    const name = batch ? "now-within" : "now-end";
    return filled(words[name], { epoch: batch ? epoch + 1 : epoch, batch, batches });
  }

  /** The cursor on both panels of the curves. */
  point() {
    const { frame, curves } = this;
    this.cursors.forEach((cursor, panel) => {
      const place = frame && this.on ? curves.placeOf(frame.place, panel) : null;
      cursor.hidden = !place;
      if (!place) return;
      cursor.style.transform = `translateX(${place.x}px)`;
      cursor.style.top = `${place.top}px`;
      cursor.style.height = `${place.height}px`;
    });
  }

  /** What the picture shows, in words. @param {import("./frames.js").Frame} frame @param {boolean} held */
  sentences(frame, held) {
    const { words } = this.header;
    const film = /** @type {import("./frames.js").Film} */ (this.machine.film);
    const { threshold } = this.stage.values;
    const { classes, sample } = film.header;
    const known = figures(film, frame, threshold);
    const parts = [`${this.titleOf(frame)}.`];
    if (frame.logits) {
      const output = { class: classes[known.explained], score: fixed(known.score) };
      parts.push(filled(words["film-output"], output));
    }
    if (held) parts.push(words.held);
    else if (known.n && classes.length === 2) {
      const { found, missed, alarms, spared } = named(known.table);
      const told = { found, alarms, positives: found + missed, negatives: alarms + spared };
      const more = { n: count(known.n), threshold: fixed(threshold), positive: classes[1] };
      parts.push(filled(words["film-counts"], { ...told, ...more }));
    } else if (known.n) {
      const right = known.table.reduce((all, row, c) => all + row[c], 0);
      parts.push(filled(words["film-right"], { right: count(right), n: count(known.n) }));
    }
    const layers = silent(frame).map(
      ([name, , idle, units]) => `${name.replaceAll("_", " ")} ${idle} of ${units}`,
    );
    if (layers.length)
      parts.push(filled(words["film-units"], { sample, silent: layers.join(", ") }));
    return parts;
  }

  /** @param {import("./frames.js").Frame} frame @param {boolean} held */
  tellFrame(frame, held) {
    const film = /** @type {import("./frames.js").Film} */ (this.machine.film);
    const parts = this.sentences(frame, held);
    const [kernels, maps, heat] = film.limits.map((limit) => write(limit));
    const scale = filled(this.header.words["film-scale"], { kernels, maps, heat });
    const { canvas } = this.surface;
    canvas.setAttribute("aria-label", parts.join(" "));
    // While it plays, the sentence rests: ten a second would be read by nobody.
    if (!this.transport?.playing) {
      this.stage.say(
        parts
          .slice(1, 3)
          .map((part) => `<p>${escaped(part)}</p>`)
          .join(""),
      );
      this.stage.tellTwin(`${parts.join(" ")} ${scale}`, () => this.tables(frame, held));
    }
    const known = figures(film, frame, this.stage.values.threshold);
    const shown = { key: this.header.film.key, index: this.transport?.index, place: frame.place };
    const counts = { table: known.table, n: known.n, score: known.score };
    const numbers = { kernels: Array.from(frame.kernels.values), activity: frame.activity };
    const frames = this.frames.length;
    Object.assign(canvas, { shown: { ...shown, ...counts, ...numbers, frames } }); // read by tests
  }

  /** @param {import("./frames.js").Frame} frame @param {boolean} held */
  tables(frame, held) {
    const film = /** @type {import("./frames.js").Film} */ (this.machine.film);
    const { words } = this.header;
    const { classes } = film.header;
    const known = figures(film, frame, this.stage.values.threshold);
    const matrix = {
      caption: filled(words["film-matrix"], { n: count(known.n) }),
      head: ["", ...classes],
      rows: known.table.map((row, c) => [classes[c], ...row]),
    };
    const units = {
      caption: words["film-silent"],
      rows: silent(frame).map(([name, , idle, all]) => [
        name.replaceAll("_", " "),
        `${idle} of ${all}`,
      ]),
    };
    const [filters, side] = frame.kernels.shape;
    const kernels = {
      caption: words["film-table"],
      rows: Array.from({ length: filters }, (_, i) => [
        String(i + 1),
        ...Array.from({ length: side * side }, (_, j) =>
          fixed(frame.kernels.values[i * side * side + j], 3),
        ),
      ]),
    };
    return [...(held || !known.n ? [] : [matrix]), units, kernels];
  }

  close() {
    listeners.delete(this.arrived);
    super.close();
  }
}
