// One chart as SVG: axes, curves clipped to the frame, names at the ends of the lines.

import { escaped, fixed, raised } from "./number.js";

/**
 * Round numbers between two limits, at most about so many.
 * @param {number} low
 * @param {number} high
 * @param {number} most
 */
export function ticks(low, high, most) {
  const raw = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = /** @type {number} */ ([1, 2, 5, 10].find((n) => n * power >= raw)) * power;
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    found.push(k * step);
  }
  return found;
}

/**
 * Places for labels near their wishes, at least `gap` apart, inside low to high.
 * @param {number[]} wishes
 * @param {number} gap
 * @param {number} low
 * @param {number} high
 * @returns {number[]}
 */
export function spread(wishes, gap, low, high) {
  const order = wishes.map((wish, at) => ({ wish, at }));
  order.sort((a, b) => a.wish - b.wish || a.at - b.at);
  const placed = order.map(({ wish }) => wish);
  placed.forEach((place, i) => {
    placed[i] = Math.max(place, i ? placed[i - 1] + gap : low);
  });
  for (let i = placed.length - 1, limit = high; i >= 0; i--) {
    placed[i] = Math.min(placed[i], limit);
    limit = placed[i] - gap;
  }
  /** @type {number[]} */
  const result = [];
  order.forEach(({ at }, i) => {
    result[at] = placed[i];
  });
  return result;
}

/**
 * A power of ten, for logarithmic axes.
 * @param {number} value
 */
export const tenTo = (value) => `10${raised(Math.round(Math.log10(value)))}`;

/**
 * @typedef {object} PlotOptions
 * @property {string} id of the clip, unique in its root
 * @property {number} width
 * @property {number} height
 * @property {number} type size of the text, in pixels
 * @property {[number, number]} x limits
 * @property {[number, number]} y limits
 * @property {string} title
 * @property {string} xTitle
 * @property {number} margin at the right, for the names of lines
 * @property {boolean} [log] logarithmic y
 */

/** A chart, drawn as text by `svg`. */
export class Plot {
  /** @param {PlotOptions} options */
  constructor({ id, width, height, type, x, y, title, xTitle, margin, log = false }) {
    this.id = id;
    this.width = width;
    this.height = height;
    this.type = type;
    this.x = x;
    this.y = y;
    this.title = title;
    this.xTitle = xTitle;
    this.log = log;
    this.left = type * 3.2;
    this.right = width - margin;
    this.top = type * 2.1;
    this.bottom = height - type * 3;
    /** @type {string[]} Under the names. */
    this.parts = [];
    /** @type {string[]} Over everything. */
    this.over = [];
    /** @type {{ x: number, y: number, text: string, color: string, strong: boolean, leaves: boolean }[]} */
    this.ends = [];
  }

  /** @param {number} x */
  px(x) {
    return this.left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * (this.right - this.left);
  }

  /** @param {number} y */
  py(y) {
    const to = (/** @type {number} */ value) => (this.log ? Math.log10(value) : value);
    const share = (to(y) - to(this.y[0])) / (to(this.y[1]) - to(this.y[0]));
    return this.bottom - share * (this.bottom - this.top);
  }

  /** @param {number} pixel */
  xAt(pixel) {
    return this.x[0] + ((pixel - this.left) / (this.right - this.left)) * (this.x[1] - this.x[0]);
  }

  /** @param {number} pixel */
  yAt(pixel) {
    const share = (this.bottom - pixel) / (this.bottom - this.top);
    return this.y[0] + share * (this.y[1] - this.y[0]);
  }

  /** @param {number} y */
  clampY(y) {
    return Math.min(Math.max(this.py(y), this.top), this.bottom);
  }

  /**
   * @param {number[]} xTicks
   * @param {number[]} yTicks
   * @param {(value: number) => string} [say]
   */
  axes(xTicks, yTicks, say = (value) => fixed(value, Number.isInteger(value) ? 0 : 1)) {
    const edge = "stroke='var(--lb-border)' stroke-width='1'";
    const font = `font-size='${this.type}' fill='var(--lb-muted)'`;
    const middle = (this.left + this.right) / 2;
    for (const x of xTicks) {
      const at = this.px(x);
      this.parts.push(
        `<path d='M${at} ${this.top}V${this.bottom}' ${edge}/>` +
          `<text x='${at}' y='${this.bottom + this.type * 1.2}' text-anchor='middle' ${font}>${say(x)}</text>`,
      );
    }
    for (const y of yTicks) {
      const at = this.py(y);
      this.parts.push(
        `<path d='M${this.left} ${at}H${this.right}' ${edge}/>` +
          `<text x='${this.left - 7}' y='${at + this.type * 0.35}' text-anchor='end' ${font}>${this.log ? tenTo(y) : say(y)}</text>`,
      );
    }
    this.parts.push(
      `<text x='${middle}' y='${this.bottom + this.type * 2.5}' text-anchor='middle' ${font}>${escaped(this.xTitle)}</text>`,
      `<text x='${this.left}' y='${this.type * 1.2}' font-weight='600' font-size='${this.type}' fill='var(--lb-text)'>${escaped(this.title)}</text>`,
    );
  }

  /**
   * A curve.
   * @param {([number, number] | null)[]} points in data units; null breaks the line
   * @param {{ color: string, dash?: string, width?: number, end?: string | null, strong?: boolean, opacity?: number }} look
   *   `end` names it at its right end
   */
  line(points, { color, dash = "", width = 2.5, end = null, strong = false, opacity = 1 }) {
    let path = "";
    let pen = "M";
    /** @type {[number, number] | null} */
    let last = null;
    const far = 20 * this.height;
    for (const point of points) {
      if (!point) {
        pen = "M";
        continue;
      }
      last = point;
      const y = Math.min(Math.max(this.py(point[1]), -far), far);
      path += `${pen}${this.px(point[0]).toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
    }
    this.parts.push(
      `<path d='${path}' clip-path='url(#${this.id})' fill='none' stroke='${color}' stroke-width='${width}'` +
        ` stroke-dasharray='${dash}' stroke-linejoin='round' opacity='${opacity}'/>`,
    );
    if (!end || !last) return;
    const leaves = last[1] > this.y[1] || last[1] < this.y[0];
    const text = leaves ? `${end} ${last[1] > 0 ? "\u2191" : "\u2193"}` : end;
    this.ends.push({ x: this.px(last[0]), y: this.clampY(last[1]), text, color, strong, leaves });
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {string} color
   * @param {number} radius
   */
  dot(x, y, color, radius) {
    if (this.py(y) < this.top - 1 || this.py(y) > this.bottom + 1) return;
    this.over.push(
      `<circle cx='${this.px(x)}' cy='${this.py(y)}' r='${radius}' fill='${color}' stroke='var(--lb-background)' stroke-width='2'/>`,
    );
  }

  /** The chart as markup. */
  svg() {
    const gap = this.type * 1.28;
    const wishes = this.ends.map((end) => end.y);
    const places = spread(wishes, gap, this.top + gap / 4, this.bottom);
    const names = this.ends.map((end, i) => {
      const [x, y] = [this.right + 22, places[i]];
      const lead = `<path d='M${end.x + 3} ${end.y}L${x - 4} ${y}' stroke='${end.color}' stroke-width='1.5' fill='none'/>`;
      return (
        (end.leaves ? "" : lead) +
        `<text x='${x}' y='${y + this.type * 0.35}' font-size='${this.type}' font-weight='${end.strong ? 700 : 400}' fill='${end.color}'>${escaped(end.text)}</text>`
      );
    });
    const frame = `<rect x='${this.left}' y='${this.top}' width='${this.right - this.left}' height='${this.bottom - this.top}'/>`;
    return (
      `<svg viewBox='0 0 ${this.width} ${this.height}' width='${this.width}' height='${this.height}' aria-hidden='true'>` +
      `<defs><clipPath id='${this.id}'>${frame}</clipPath></defs>` +
      `${this.parts.join("")}${names.join("")}${this.over.join("")}</svg>`
    );
  }
}
