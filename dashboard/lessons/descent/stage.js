// Gradient descent: eight optimizers race down a surface from one start, every step written out.

import { Surface } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { mount } from "../../browser/mount.js";
import { GroundMap } from "./map.js";
import { Panel } from "./panel.js";
import { listen } from "./pointer.js";
import { Race } from "./race.js";
import { Side } from "./side.js";
import { advice, sentence, summary, table } from "./words.js";

/** What changes only how the race is looked at. */
const LOOKING = ["step", "relief", "yaw", "pitch", "heights", "together"];

class Descent {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.host = make("div", { className: "ground" });
    this.advice = make("div", { className: "advice", role: "status", hidden: true });
    this.instead = make("div", { className: "instead", hidden: true });
    this.panel = new Panel();
    stage.pictures.append(
      make("div", { className: "descent" }, this.host, this.panel.element, this.instead),
    );
    this.surface = stage.hold(new Surface(this.host));
    this.host.append(this.advice);
    this.map = new GroundMap(this.surface);
    /** @type {Race | null} */
    this.race = null;
    this.stale = true;
    this.sizes = "";
    this.said = "";
    this.advised = "";
    listen(this);
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    const [inputs, targets, disturbances, eights, ones, grid, coordinates, truth, below, ...more] =
      arrays;
    const [distances, lengths, epochs] = more;
    this.header = header;
    this.arrays = {
      data: { inputs, targets },
      disturbances,
      rows: { batch: eights, single: ones },
      grid: grid && { values: grid, shape: grid.shape },
      recorded: { coordinates, truth, below, distances, lengths, epochs },
    };
    if (first) {
      this.side = new Side(this.stage, header);
      this.transport = this.stage.play({
        last: this.stage.values.steps,
        perSecond: 12,
        name: "Step",
        canvas: this.surface.canvas,
        draw: () => this.draw(),
        moved: () => this.moved(),
      });
    }
    this.side.header = header;
    this.again();
  }

  again() {
    this.stale = true;
    this.transport?.touch();
  }

  /** @param {string[]} names */
  changed(names) {
    this.stale ||= names.some((name) => !LOOKING.includes(name));
    this.sizes = "";
    if (names.includes("step")) this.follow();
  }

  arranged() {
    this.sizes = "";
  }

  settled() {
    this.again();
  }

  /** The step that is set: the end where it lies beyond. */
  follow() {
    if (this.transport.playing) return;
    const wanted = Math.min(this.stage.values.step, this.transport.last);
    if (this.transport.index !== wanted) this.transport.go(wanted);
  }

  moved() {
    const { transport, header } = this;
    if (!transport || transport.playing) return;
    const { index, last } = transport;
    this.stage.set({ step: index === last ? header.mostSteps : index });
  }

  /** Show whole paths while the start is dragged from the first step. */
  rewind() {
    this.transport.pause();
    if (this.transport.index < 1) this.transport.go(this.transport.last);
  }

  draw() {
    if (this.stale) this.build();
    const { race, transport, surface } = this;
    const index = transport.index; // picture, sentence and numbers speak of this one step
    const missing = !race.surface;
    this.instead.hidden = !missing;
    // Only a slice has buttons in the corner; elsewhere the side has all of the height.
    this.stage.side.classList.toggle("whole", race.values.surface !== "slice");
    this.panel.element.classList.toggle("empty", missing || !race.start);
    if (missing) {
      surface.clear();
      this.tellInstead();
      return;
    }
    this.map.draw(race, index);
    if (race.start) {
      const { theme } = surface;
      const sizes = [surface.width, surface.height, theme.textPx, theme.background].join();
      if (sizes !== this.sizes) {
        this.panel.drawCurves(race, theme);
        this.sizes = sizes;
      }
      this.panel.show(race, index);
    }
    this.say(index);
    Object.assign(surface.canvas, { shown: this.shown(index) });
  }

  build() {
    this.stale = false;
    const { values, locked } = this.stage;
    this.race = new Race(this.known(), this.arrays, values, locked);
    this.sizes = "";
    this.said = "";
    this.side.show(this.race);
    if (this.transport.last !== this.race.length) this.transport.setLast(this.race.length);
    this.follow();
  }

  /** The header without a slice that is not the one that is set: the right one is under way. */
  known() {
    const { surfaces, slice } = this.header;
    const { run, directions } = this.stage.values;
    const right = slice.kind === directions && (!run || run === slice.run);
    return right ? this.header : { ...this.header, surfaces: { ...surfaces, slice: undefined } };
  }

  tellInstead() {
    const { slice, words } = this.header;
    const text = slice.instead || words.asking;
    if (this.instead.textContent !== text) this.instead.replaceChildren(make("p", {}, text));
    this.advice.hidden = true;
    this.stage.say("");
    this.surface.canvas.setAttribute("aria-label", text);
    this.stage.tellTwin(text, () => []);
    Object.assign(this.surface.canvas, { shown: null });
  }

  /** @param {number} index */
  say(index) {
    const { race, header, stage, surface } = this;
    const key = `${index} ${stage.values.relief}`;
    if (key === this.said) return;
    this.said = key;
    const found = advice(race, index, header, {
      back: (run) => {
        this.side.choose(run.rule.name);
        this.transport.pause();
        this.transport.go(run.best);
      },
      calm: (name, rate) => {
        this.side.choose(name);
        this.draw();
        this.side.setRate(rate);
      },
    });
    this.advise(found);
    // Advice does not cover the place that it speaks of.
    const gone = race.start && (race.chosen?.leftTo ?? race.runs.find((run) => run.leftTo)?.leftTo);
    const low = gone && this.map.pixel(race, gone[0], gone[1])[1] > 0.55 * surface.height;
    this.advice.classList.toggle("above", Boolean(low));
    const words = race.start ? summary(race) : found.text;
    stage.say(race.start ? sentence(race, index) : "");
    surface.canvas.setAttribute("aria-label", words);
    stage.tellTwin(words, () => (race.start ? [table(race, index)] : []));
  }

  /** @param {import("./words.js").Advice} found */
  advise({ text, ways }) {
    this.advice.hidden = !text;
    const key = [text, ...ways.map((way) => way.title)].join("|");
    if (key === this.advised) return;
    this.advised = key;
    const buttons = ways.map(({ title, go }) =>
      make("button", { type: "button", textContent: title, onclick: go }),
    );
    this.advice.replaceChildren(
      make("p", {}, text),
      ...(buttons.length ? [make("div", { className: "ways" }, ...buttons)] : []),
    );
  }

  /** What tests compare with core. @param {number} index */
  shown(index) {
    const { race, panel } = this;
    const { relief, yaw, pitch } = this.stage.values;
    return {
      at: index,
      start: race.start,
      limits: race.limits,
      length: race.length,
      relief: relief && [yaw, pitch],
      scale: [0, 0.5, 1].map((share) => this.map.scale?.valueAt(share)),
      written: { step: panel.written.step, rule: panel.written.rule },
      runs: race.runs.map(({ rule, positions, taken, diverged, left, leftTo, best }) => ({
        rule: rule.name,
        end: [...positions.slice(-2)],
        taken,
        diverged,
        left,
        leftTo,
        best,
      })),
    };
  }
}

export default await mount(
  (stage) => new Descent(stage),
  [new URL("./style.css", import.meta.url)],
);
