// What all views of the lesson draw with: maps in their colors, words, frames, numbers in cells.

import { brief, write } from "../../browser/number.js";
import { box as rectangle, inside, paint, words as say } from "../../browser/paint.js";
import { ink, Scale } from "../../browser/scale.js";

/** @typedef {import("./places.js").Tile} Tile */
/** @typedef {CanvasRenderingContext2D} Pen */

/** Colors of a bar are shown in so many steps. */
const STEPS = 32;
/** Pixels a side of a map that gets an edge. */
const SMALLEST_FRAMED = 8;

/** @param {number[]} color */
export const css = (color) => `rgb(${color.map(Math.round).join(" ")})`;

export class Painter {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.printed = 0;
    this.forget();
  }

  /** Colors or values are others now. */
  forget() {
    /** @type {Map<string, any>} */
    this.atlases = new Map();
  }

  get net() {
    return this.lesson.net;
  }

  get theme() {
    return this.lesson.surface.theme;
  }

  get type() {
    return this.theme.textPx;
  }

  get line() {
    return Math.round(this.type * 1.35);
  }

  // ---- colors -----------------------------------------------------------------------------------

  /**
   * Limits of color, from extremes where the values themselves are not here.
   * @param {string} name
   * @param {number} unit
   */
  limits(name, unit) {
    const { coarse, scope, clip } = this.lesson;
    const net = this.net;
    const extremes = (/** @type {string} */ key) => {
      const { low, high } = net.node(key).stats ?? { low: 0, high: 0 };
      return { low, high: Math.max(Math.abs(low), Math.abs(high)) };
    };
    if (scope !== "network" && !net.values(name)) {
      const { low, high } = extremes(name);
      const most = net.node(name).limits?.[this.lesson.stage.values.clip] ?? high;
      return { low: low < 0 ? -most : 0, high: most };
    }
    const found = net.limits(name, unit, scope, clip);
    // Layers that are not here in full still count for the whole network, with their extremes.
    if (scope !== "network" || clip < 100) return found;
    let { low, high } = found;
    for (const key of coarse.keys()) {
      const other = extremes(key);
      high = Math.max(high, other.high);
      if (other.low < 0) low = -1;
    }
    return { low: low < 0 ? -high : 0, high };
  }

  /** @param {string} name */
  isPicture(name) {
    const { kind, own } = this.net.node(name);
    return kind === "input" || (kind === "rescaling" && !own.offset);
  }

  /** @param {string} name @param {number} unit */
  scale(name, unit) {
    if (!this.isPicture(name)) return new Scale("activation", this.limits(name, unit).high);
    return new Scale("gray", this.net.node(name).kind === "input" ? 255 : 1);
  }

  /** @param {string} name @param {number} unit @param {number | undefined} value */
  color(name, unit, value) {
    return this.scale(name, unit).rgb(value ?? 0);
  }

  /**
   * All maps of a node side by side, colored; null where nothing of them is here.
   * @param {string} name
   */
  atlas(name) {
    if (this.atlases.has(name)) return this.atlases.get(name);
    const exact = this.net.values(name);
    const given = exact
      ? { values: exact, dims: this.net.dims(name) }
      : this.lesson.coarse.get(name);
    const found = given ? this.drawAtlas(name, given) : null;
    this.atlases.set(name, found);
    return found;
  }

  /** @param {string} name @param {{ values: ArrayLike<number>, dims: number[] }} given */
  drawAtlas(name, { values, dims: [height, width, count] }) {
    const columns = Math.ceil(Math.sqrt(count));
    const canvas = document.createElement("canvas");
    canvas.width = columns * width;
    canvas.height = Math.ceil(count / columns) * height;
    const pen = /** @type {Pen} */ (canvas.getContext("2d"));
    const image = pen.createImageData(canvas.width, canvas.height);
    const own = this.lesson.scope === "unit" && !this.isPicture(name);
    const all = this.scale(name, 0);
    for (let u = 0; u < count; u++) {
      const { paint } = own ? this.scale(name, u) : all;
      const corner = Math.floor(u / columns) * height * canvas.width + (u % columns) * width;
      for (let r = 0; r < height; r++) {
        for (let c = 0; c < width; c++) {
          const to = 4 * (corner + r * canvas.width + c);
          paint(values[(r * width + c) * count + u], image.data, to);
          image.data[to + 3] = 255;
        }
      }
    }
    pen.putImageData(image, 0, 0);
    return { canvas, height, width, columns };
  }

  // ---- drawing ----------------------------------------------------------------------------------

  /**
   * One map in a square.
   * @param {Pen} pen
   * @param {string} name
   * @param {number} unit
   * @param {{ x: number, y: number, side: number }} box
   */
  tile(pen, name, unit, { x, y, side }) {
    const found = this.atlas(name);
    const edge = rectangle(x + 0.5, y + 0.5, side - 1, side - 1);
    if (!found) {
      paint(pen, edge, { fill: this.theme.surface, color: this.theme.border });
      return;
    }
    const { canvas, height, width, columns } = found;
    const [left, top] = [(unit % columns) * width, Math.floor(unit / columns) * height];
    pen.imageSmoothingEnabled = side < width;
    pen.drawImage(canvas, left, top, width, height, x, y, side, side);
    if (side < SMALLEST_FRAMED) return;
    // A silent map is as light as paper: its edge tells it from the ground.
    paint(pen, edge, { color: this.theme.border });
  }

  /**
   * Words on one line, shortened to their place.
   * @param {Pen} pen
   * @param {string} words
   * @param {number} x
   * @param {number} y of their middle
   * @param {{ align?: CanvasTextAlign, muted?: boolean, bold?: boolean, wide?: number }} [how]
   */
  text(pen, words, x, y, { align = "left", muted = false, bold = false, wide = Infinity } = {}) {
    const color = muted ? this.theme.muted : this.theme.text;
    say(pen, this.theme, words, x, y, { color, align, weight: bold ? 650 : 400, most: wide });
  }

  /**
   * Words on as many lines as they need.
   * @param {Pen} pen
   * @param {string} words
   * @param {import("./places.js").Box} box
   * @returns {number} where they end
   */
  lines(pen, words, { x, y, width }) {
    let [said, at] = ["", y];
    for (const word of words.split(" ")) {
      pen.font = `400 ${this.type}px ${this.theme.font}`;
      const more = said ? `${said} ${word}` : word;
      if (said && pen.measureText(more).width > width) {
        this.text(pen, said, x, at);
        at += this.line;
        said = word;
      } else said = more;
    }
    this.text(pen, said, x, at);
    return at + this.line;
  }

  /**
   * @param {Pen} pen
   * @param {import("./places.js").Box} box
   * @param {{ thick?: number, color?: string }} [how]
   */
  frame(pen, { x, y, width, height }, { thick = 3, color = this.theme.accent } = {}) {
    const look = { color, line: thick, under: this.theme.background };
    paint(pen, rectangle(x, y, width, height), look);
  }

  /** @param {Pen} pen @param {{ x: number, y: number, side: number }} tile */
  mark(pen, { x, y, side }) {
    this.frame(pen, { x: x - 1, y: y - 1, width: side + 2, height: side + 2 });
  }

  /**
   * A number in its cell, where it has room.
   * @param {Pen} pen
   * @param {number | undefined} value
   * @param {{ x: number, y: number, side: number }} cell
   * @param {number[]} color of the cell
   * @param {string} [words] instead of the number in brief
   */
  number(pen, value, { x, y, side }, color, words = value === undefined ? "" : brief(value)) {
    if (!words) return;
    pen.font = `400 ${this.type}px ${this.theme.font}`;
    if (side < this.type * 1.15 || pen.measureText(words).width > side - 3) return;
    const how = { color: ink(color), align: /** @type {const} */ ("center") };
    say(pen, this.theme, words, x + side / 2, y + side / 2 + 1, how);
    this.printed += 1;
  }

  /**
   * The colors of activations with their limits, and what these hold for.
   * @param {Pen} pen
   * @param {number} y
   * @param {{ low: number, high: number } | null} limits null where each layer has its own
   * @param {string} words
   */
  bar(pen, y, limits, words) {
    const { type, line } = this;
    const low = limits && limits.low >= 0 ? 0 : -1;
    const middle = y + line * 0.45;
    const [left, right] = limits
      ? [write(limits.low), write(limits.high)]
      : ["\u2212limit", "+limit"];
    pen.font = `400 ${type}px ${this.theme.font}`;
    const from = type * 0.6 + pen.measureText(left).width + type * 0.4;
    const width = Math.min(this.lesson.surface.width * 0.2, 240);
    const scale = new Scale("activation", 1);
    this.text(pen, left, type * 0.6, middle);
    for (let i = 0; i < STEPS; i++) {
      pen.fillStyle = scale.css(low + ((1 - low) * (i + 0.5)) / STEPS);
      pen.fillRect(from + (i * width) / STEPS, y, width / STEPS + 0.5, line * 0.85);
    }
    this.text(pen, right, from + width + type * 0.4, middle);
    const x = from + width + type * 1.4 + pen.measureText(right).width;
    this.text(pen, words, x, middle, { muted: true, wide: this.lesson.surface.width - x - 4 });
  }

  /**
   * The bar for what is shown now, at the foot of the picture; returns its limits, where they are one pair.
   * @param {Pen} pen
   * @param {any} now
   * @returns {{ low: number, high: number } | null}
   */
  legend(pen, now) {
    const { scope, clip, words, surface, film, header, locked } = this.lesson;
    const y = surface.height - this.line * 1.1;
    if (now.view === "images" || locked) return null;
    if (now.view === "film") {
      const limits = film.limits();
      if (limits) this.bar(pen, y, limits, words["film-scale"]);
      return limits;
    }
    const name = now.view === "whole" ? now.aim?.node : now.node;
    if (name && this.isPicture(name)) {
      this.text(pen, words.grays, this.type * 0.6, y + this.line * 0.45, { muted: true });
      return null;
    }
    const unit = now.aim?.unit ?? now.unit;
    const any = header.shown.at(-1).name;
    const limits = scope === "network" || name ? this.limits(name ?? any, unit) : null;
    const own = scope === "layer" && !name ? "layers" : scope;
    const clipped = clip < 100 ? `; saturates at ${clip} %` : "";
    this.bar(pen, y, limits, `${words[`limits-${own}`]}${clipped}`);
    return limits;
  }

  // ---- what a cell sees -------------------------------------------------------------------------

  /**
   * Top, left, bottom and right (excluded) of what a cell sees of the picture; null for nothing.
   * @param {any} now
   */
  fieldOf({ node, unit, row, column }) {
    const { field, shape } = this.net.node(node);
    if (!field) return null;
    if (shape.length === 1) {
      const at = Math.floor(unit / field.channels);
      [row, column] = [Math.floor(at / field.side), at % field.side];
    }
    const outside = row >= field.side || column >= field.side;
    if (outside || field.high[row] < 0 || field.high[column] < 0) return null;
    return [field.low[row], field.low[column], field.high[row] + 1, field.high[column] + 1];
  }

  /**
   * The picture, dark but for what the cell sees.
   * @param {Pen} pen
   * @param {any} now
   * @param {{ x: number, y: number, side: number }} box
   */
  picture(pen, now, { x, y, side }) {
    const { header } = this.lesson;
    this.tile(pen, header.nodes[0].name, 0, { x, y, side });
    this.text(pen, "picture", x + side / 2, y - this.line * 0.5, { align: "center", muted: true });
    const seen = this.fieldOf(now);
    if (!seen) return;
    const unit = side / header.size;
    const [top, left, bottom, right] = seen.map((edge) => edge * unit);
    const window = { x: x + left, y: y + top, width: right - left, height: bottom - top };
    inside(pen, [x, y, side, side], () => {
      pen.rect(window.x, window.y, window.width, window.height);
      pen.fillStyle = "rgb(10 12 15 / .5)";
      pen.fill("evenodd");
    });
    this.frame(pen, window, { color: "#7db8f0" });
  }
}
