// Home's living picture: kernels read an X-ray, and their feature maps light up.

import { Surface } from "../../browser/canvas.js";
import { typing } from "../../browser/keys.js";
import { mount } from "../../browser/mount.js";
import { escaped, fixed, MINUS } from "../../browser/number.js";
import { largest } from "../../browser/scale.js";
import { arrange, LivingDrawing, within } from "./draw.js";

const PER_SECOND = 340; // positions at normal speed: one sweep of 92 x 92 lasts 25 s
const REST_S = 3; // how long the finished maps stay before the sweep begins anew
const BEGINS = 0.42; // share of the sweep that is done when the page opens

/** @param {number} value */
const signed = (value) => (value > 0 ? `+${fixed(value)}` : fixed(value));

class Home {
  /** @param {import("../../browser/stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    /** @type {LivingDrawing | null} */
    this.drawing = null;
    /** @type {import("../../browser/transport.js").Transport | null} */
    this.transport = null;
    this.header = null;
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {boolean} first
   */
  load(header, arrays, first) {
    this.header = header;
    this.drawing = new LivingDrawing(arrays, header.limit);
    if (first) {
      this.transport = this.stage.play({
        last: this.drawing.count - 1,
        perSecond: PER_SECOND,
        name: "Position",
        loop: true,
        rest: REST_S,
        canvas: this.surface.canvas,
        autoplay: true,
        draw: () => this.draw(),
      });
      this.transport.position = Math.floor(this.drawing.count * BEGINS);
      this.transport.show();
      this.listen();
    }
    this.transport?.touch();
  }

  changed() {
    this.drawing?.forget();
  }

  arranged() {
    this.drawing?.forget();
  }

  get selected() {
    return this.stage.values.map - 1;
  }

  draw() {
    const at = this.transport.index; // one position for picture, number and sentence
    this.places = arrange(this.surface, this.drawing.kernels);
    const shown = this.drawing.draw(
      this.surface,
      this.places,
      at,
      this.selected,
      this.header.names,
    );
    Object.assign(this.surface.canvas, { shown }); // read by tests
    this.say(at, shown.value);
  }

  /**
   * @param {number} at
   * @param {number} value
   */
  say(at, value) {
    const { side, size, kernel } = this.drawing;
    const name = this.header.names[this.selected];
    const place = `Row ${Math.floor(at / side) + 1}, column ${(at % side) + 1} of ${side}.`;
    const sum = `${name}: window times kernel adds up to`;
    // Ten times a second is enough to read, and leaves the frame to the canvas.
    const now = performance.now();
    if (this.transport.playing && now - (this.saidAt ?? 0) < 100) return;
    this.saidAt = now;
    this.stage.say(`<p>${place} ${escaped(sum)} <b>${signed(value)}</b>.</p>`);
    const { title, origin, limit } = this.header;
    const words =
      `${title}, ${size} by ${size} pixels. ${origin} Each window of ${kernel} by ${kernel} pixels becomes` +
      ` one point in each of ${this.drawing.kernels} feature maps; blue is positive, red negative, white` +
      ` zero, all maps from ${MINUS}${fixed(limit)} to +${fixed(limit)}.`;
    if (this.words !== words) {
      this.words = words;
      this.surface.canvas.setAttribute("aria-label", words);
    }
    this.stage.tellTwin(words, () => [this.table(at)]);
  }

  /** @param {number} at */
  table(at) {
    const { count } = this.drawing;
    return {
      head: ["Kernel", "Where its numbers come from", "Here", "Lowest", "Highest"],
      rows: this.header.names.map((/** @type {string} */ name, /** @type {number} */ f) => {
        const map = this.drawing.maps.subarray(f * count, (f + 1) * count);
        const low = map.reduce((least, value) => Math.min(least, value), Infinity);
        const high = map.reduce((most, value) => Math.max(most, value), -Infinity);
        return [name, this.header.sources[f], signed(map[at]), signed(low), signed(high)];
      }),
    };
  }

  listen() {
    const { canvas } = this.surface;
    let held = false;
    canvas.addEventListener("pointerdown", (event) => {
      held = this.press(event);
      if (held) canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held && event.buttons) this.press(event);
    });
    canvas.addEventListener("pointerup", () => {
      held = false;
    });
    canvas.addEventListener("keydown", (event) => this.key(event), true);
  }

  /**
   * Pressing on the film puts the kernel there; on a map, selects it.
   * @param {PointerEvent} event
   * @returns {boolean} whether to follow the pointer
   */
  press(event) {
    const [x, y] = this.surface.at(event);
    const map = this.places.maps.findIndex((box) => within(box, x, y, this.places.line));
    if (map >= 0) {
      if (event.type === "pointerdown") this.stage.set({ map: map + 1 });
      return false;
    }
    const { film } = this.places;
    if (!within(film, x, y, 0)) return false;
    const { side, size, kernel } = this.drawing;
    const cell = (/** @type {number} */ offset) =>
      Math.min(Math.max(Math.round((offset * size) / film.side - kernel / 2), 0), side - 1);
    this.transport.pause();
    this.transport.go(cell(y - film.y) * side + cell(x - film.x));
    return true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (rows) this.transport.step(rows * this.drawing.side);
    else if (event.key === "m") {
      this.stage.set({ map: (this.stage.values.map % this.drawing.kernels) + 1 });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  moments() {
    const { words, sums } = this.header;
    const go = (/** @type {number} */ share, map = 0) => {
      this.transport.pause();
      this.transport.go(Math.floor(share * (this.drawing.count - 1)));
      if (map) this.stage.set({ map });
    };
    const strongest = 1 + sums.indexOf(largest(sums));
    return [
      { say: words["moment-begin"], go: () => go(0) },
      { say: words["moment-half"], go: () => go(0.5) },
      { say: words["moment-all"], go: () => go(1, strongest) },
    ];
  }
}

export default await mount((stage) => new Home(stage));
