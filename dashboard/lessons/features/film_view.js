// A layer through a training: its maps at each epoch that was kept, all in one scale of color.

import { bitmap } from "../../browser/canvas.js";
import { percent, write } from "../../browser/number.js";
import { box as rectangle, paint, through } from "../../browser/paint.js";
import { largest, Scale } from "../../browser/scale.js";
import { filmPlace } from "./places.js";
import { range } from "./values.js";

/** @typedef {CanvasRenderingContext2D} Pen */

/** Steps of the maps as they are sent: 127 stands for 0, so that zero has its one color. */
const MIDDLE = 127;

export class FilmView {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.painter = lesson.painter;
    /** @type {any} */
    this.about = null;
    /** @type {HTMLCanvasElement[][]} Bitmaps of each epoch. */
    this.frames = [];
  }

  /** Take a film that has arrived, or none. @param {import("./vault.js").Group | null} group */
  take(group) {
    if (this.about === (group?.about ?? null)) return;
    this.about = group?.about ?? null;
    this.frames = [];
    const maps = group?.arrays.get("maps");
    if (!maps) return;
    const [epochs, units, height, width] = maps.shape;
    const { paint } = new Scale("activation", MIDDLE);
    const size = height * width;
    this.frames = range(epochs).map((e) =>
      range(units).map((u) => {
        const start = (e * units + u) * size;
        const map = Array.from(maps.subarray(start, start + size), (step) => step - MIDDLE);
        return bitmap(map, width, height, paint);
      }),
    );
  }

  get epochs() {
    return this.about?.epochs ?? [];
  }

  /** The snapshot nearest to an epoch. @param {number} epoch */
  indexOf(epoch) {
    const far = this.epochs.map((/** @type {number} */ one) => Math.abs(one - epoch));
    return Math.max(far.indexOf(Math.min(...far)), 0);
  }

  /** @param {Pen} pen @param {any} now */
  draw(pen, now) {
    const { painter, lesson } = this;
    const { surface, barTop } = lesson;
    if (!this.frames.length) {
      const words = this.about?.advice ?? lesson.words["film-wait"];
      const width = Math.min(surface.width * 0.7, 640);
      const x = (surface.width - width) / 2;
      painter.lines(pen, words, { x, y: surface.height * 0.4, width, height: 0 });
      return;
    }
    const position = lesson.transport.position;
    const [units, at] = [
      this.frames[0].length,
      Math.min(Math.floor(position), this.frames.length - 1),
    ];
    const share = position - at;
    const place = filmPlace(surface.width, barTop - 6, painter.line, units);
    place.tiles.forEach(({ x, y, side }, u) => {
      const put = (/** @type {number} */ epoch, /** @type {number} */ alpha) => {
        const map = this.frames[epoch][u];
        pen.globalAlpha = alpha;
        pen.imageSmoothingEnabled = side < map.width;
        pen.drawImage(map, x, y, side, side);
      };
      put(at, 1);
      if (share > 0 && at + 1 < this.frames.length) put(at + 1, share);
    });
    pen.globalAlpha = 1;
    const { zeros, means } = this.about;
    const { theme } = painter;
    const top = largest(means) || 1;
    this.chart(pen, place.charts[0], "Exactly 0", zeros, 1, percent, now, theme.training, []);
    this.chart(pen, place.charts[1], "Mean", means, top, write, now, theme.validation, [9, 5]);
    Object.assign(surface.canvas, { epoch: this.epochs[now.snapshot] }); // read by tests
  }

  /**
   * One figure of the layer from epoch to epoch, from 0 to its own largest.
   * @param {Pen} pen
   * @param {import("./places.js").Box} box
   * @param {string} title
   * @param {number[]} values
   * @param {number} top
   * @param {(value: number) => string} say
   * @param {any} now
   * @param {string} color
   * @param {number[]} dash
   */
  chart(pen, { x, y, width, height }, title, values, top, say, now, color, dash) {
    const { painter, epochs } = this;
    const { theme, line } = painter;
    const low = Math.min(0, ...values) / top;
    const px = (/** @type {number} */ i) => x + (i / Math.max(values.length - 1, 1)) * width;
    const py = (/** @type {number} */ v) =>
      y + height - ((v / top - low) / (1 - low)) * (height - 4);
    painter.text(pen, `${title}: ${say(values[now.snapshot])}`, x, y - line * 0.6, { bold: true });
    const thick = theme.linePx;
    paint(pen, rectangle(x, y, width, height), { color: theme.border });
    const points = Array.from(values, (v, i) => [px(i), py(v)]);
    paint(pen, through(points), { color, line: thick, dash });
    const here = px(this.lesson.transport.position);
    paint(pen, `M${here} ${y}v${height}`, { color: theme.accent, line: thick });
    const below = y + height + line * 0.6;
    painter.text(pen, `epoch ${epochs[0]}`, x, below, { muted: true });
    painter.text(pen, String(epochs.at(-1)), x + width, below, { align: "right", muted: true });
  }

  /** Limits of the color that all epochs share. */
  limits() {
    return this.frames.length ? { low: this.about.low, high: this.about.limit } : null;
  }
}
