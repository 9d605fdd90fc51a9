// The picture of the ground, from above or as a relief, and the race on it.

import { write } from "../../browser/number.js";
import { inside, paint, words } from "../../browser/paint.js";
import { ticks } from "../../browser/plot.js";
import {
  channels,
  colored,
  colorTable,
  heightScale,
  march,
  paintRelief,
  sample,
  sideView,
} from "./ground.js";
import { drawHeads, drawLeft, drawPath, drawStart, drawStems } from "./paths.js";

/** @typedef {import("./race.js").Race} Race */
/** @typedef {(x: number, y: number, height?: number) => [number, number] | null} Place */

const LEVELS = 12;
const RASTER_PX = 4;

export class GroundMap {
  /** @param {import("../../browser/canvas.js").Surface} surface */
  constructor(surface) {
    this.surface = surface;
    this.box = { x: 0, y: 0, width: 1, height: 1 };
    /** @type {Map<string, { key: string, value: any }>} */
    this.made = new Map();
  }

  /**
   * What was made under a key; made anew where the key is another one.
   * @template T
   * @param {string} name
   * @param {string} key
   * @param {() => T} make
   * @returns {T}
   */
  once(name, key, make) {
    const found = this.made.get(name);
    if (found?.key === key) return found.value;
    const value = make();
    this.made.set(name, { key, value });
    return value;
  }

  get type() {
    return this.surface.theme.textPx;
  }

  /**
   * Draw the race at a step.
   * @param {Race} race
   * @param {number} index
   */
  draw(race, index) {
    const { surface, type } = this;
    const { width, height, theme } = surface;
    const pen = surface.clear();
    if (!race.surface) return;
    this.box = {
      x: 3.1 * type,
      y: 6,
      width: Math.max(width - 8.4 * type, 40),
      height: Math.max(height - 2.4 * type - 6, 40),
    };
    const { values } = race;
    const { f, condition } = values;
    const stamp = race.surface.tree ? JSON.stringify(race.surface.tree) : race.surface.stamp;
    const ground = [values.surface, condition, stamp, f, values.heights].join("|");
    this.scale = this.once("scale", ground, () =>
      heightScale(sample(race.functions.value, race.surface.domain, 90, 70), values.heights),
    );
    this.table = this.once("table", theme.background, () => colorTable(channels(theme.background)));
    const look = [ground, width, height, theme.background, type, devicePixelRatio].join("|");
    const relief = values.relief && this.scale;
    /** @type {Place} */
    let place;
    if (relief) {
      const { yaw, pitch } = values;
      const view = sideView({ yaw, pitch, domain: race.surface.domain, box: this.box });
      const still = this.once("relief", `${look}|${yaw}|${pitch}`, () =>
        surface.layer((layer) => this.paintRelief(layer, race, view)),
      );
      pen.drawImage(still, 0, 0, width, height);
      const [x0, x1, y0, y1] = race.surface.domain;
      place = (x, y, high = race.functions.value(x, y)) => {
        if (x < x0 || x > x1 || y < y0 || y > y1 || !Number.isFinite(high)) return null;
        const [px, py] = view(x, y, Math.min(Math.max(this.scale.at(high), 0), 1));
        return [px, py];
      };
    } else {
      const still = this.once("above", look, () =>
        surface.layer((layer) => this.paintAbove(layer, race)),
      );
      pen.drawImage(still, 0, 0, width, height);
      place = (x, y) => this.pixel(race, x, y);
    }
    this.paintRace(pen, race, index, place, Boolean(relief));
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Race} race
   * @param {number} index
   * @param {Place} place
   * @param {boolean} relief
   */
  paintRace(pen, race, index, place, relief) {
    if (!race.start) return;
    const { box, type } = this;
    const { theme } = this.surface;
    const at = { pen, box, type, theme, place };
    inside(pen, [box.x, box.y, box.width, box.height], () => {
      for (const run of race.runs) {
        if (run.heights && relief) drawStems(at, run, index);
        drawPath(at, run, index, run.rule.name === race.of);
        drawLeft(at, run, index);
      }
      drawStart(at, race.start);
    });
    drawHeads(at, race.runs, index);
  }

  /**
   * @param {Race} race
   * @param {number} x
   * @param {number} y
   * @returns {[number, number]}
   */
  pixel(race, x, y) {
    const [x0, x1, y0, y1] = race.surface.domain;
    const { box } = this;
    return [
      box.x + (box.width * (x - x0)) / (x1 - x0),
      box.y + (box.height * (y1 - y)) / (y1 - y0),
    ];
  }

  /**
   * The place on the ground under a pixel, inside the picture.
   * @param {Race} race
   * @param {number} px
   * @param {number} py
   * @returns {[number, number]}
   */
  placeOf(race, px, py) {
    const [x0, x1, y0, y1] = race.surface.domain;
    const { box } = this;
    const share = (/** @type {number} */ value) => Math.min(Math.max(value, 0), 1);
    return [
      x0 + (x1 - x0) * share((px - box.x) / box.width),
      y1 - (y1 - y0) * share((py - box.y) / box.height),
    ];
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Race} race
   */
  paintAbove(pen, race) {
    const { box, scale, type } = this;
    const { theme } = this.surface;
    const { surface } = race;
    const columns = Math.ceil(box.width / RASTER_PX);
    const rows = Math.ceil(box.height / RASTER_PX);
    const values = sample(race.functions.value, surface.domain, columns, rows);
    const nowhere = channels(theme.border);
    const picture = colored(values, columns, rows, scale, this.table, nowhere);
    pen.drawImage(picture, box.x, box.y, box.width, box.height);
    if (scale) {
      const lines = new Path2D();
      const px = (/** @type {number} */ c) => box.x + ((c + 0.5) * box.width) / columns;
      const py = (/** @type {number} */ r) => box.y + ((r + 0.5) * box.height) / rows;
      const levels = Array.from({ length: LEVELS - 1 }, (_, i) => scale.valueAt((i + 1) / LEVELS));
      march(values, columns, rows, levels, (a, b, d, e) => {
        lines.moveTo(px(a), py(b));
        lines.lineTo(px(d), py(e));
      });
      paint(pen, lines, { color: theme.text, alpha: 0.34 });
    }
    const [x0, x1, y0, y1] = surface.domain;
    const most = Math.max(2, Math.min(6, box.width / (4.5 * type)));
    const [foot, right] = [box.y + box.height + type * 0.95, box.x + box.width];
    const muted = { color: theme.muted };
    for (const v of ticks(x0, x1, most)) {
      const at = this.pixel(race, v, y0)[0];
      // The axis's own name stands at its right end.
      if (at < right - 1.6 * type) {
        words(pen, theme, write(v), at, foot, { ...muted, align: "center" });
      }
    }
    for (const v of ticks(y0, y1, Math.max(2, Math.min(5, box.height / (3 * type))))) {
      const at = this.pixel(race, x0, v)[1];
      if (at > box.y + type * 1.7) {
        const y = Math.min(at, box.y + box.height - type * 0.4);
        words(pen, theme, write(v), box.x - 6, y, { ...muted, align: "right" });
      }
    }
    words(pen, theme, surface.axes[0], right, foot, { align: "right" });
    words(pen, theme, surface.axes[1], box.x - 6, box.y + type * 0.6, { align: "right" });
    this.paintMinima(pen, race);
    this.paintLegend(pen, race);
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Race} race
   */
  paintMinima(pen, race) {
    const r = this.type * 0.4;
    const crosses = race.surface.minima.map(([x, y]) => {
      const [px, py] = this.pixel(race, x, y);
      return `M${px - r} ${py}h${2 * r}M${px} ${py - r}v${2 * r}`;
    });
    paint(pen, crosses.join(""), { color: this.surface.theme.text, line: 2 });
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Race} race
   */
  paintLegend(pen, race) {
    const { box, scale, type, table } = this;
    const { theme } = this.surface;
    const [x, width] = [box.x + box.width + type * 0.8, type * 0.9];
    const [top, height] = [box.y + type * 1.6, box.height - type * 1.6];
    words(pen, theme, race.surface.measure, x, box.y + type * 0.6);
    if (!scale) return;
    for (let i = 0; i < height; i++) {
      const k = 3 * Math.round(255 * (1 - i / height));
      pen.fillStyle = `rgb(${table[k]} ${table[k + 1]} ${table[k + 2]})`;
      pen.fillRect(x, top + i, width, 1.5);
    }
    const room = this.surface.width - x - width - 5;
    for (let i = 0; i <= 4; i++) {
      const value = scale.valueAt(i / 4);
      const said = [3, 2, 1].map((digits) => write(value, digits));
      const fits = said.find((text) => pen.measureText(text).width <= room) ?? said[2];
      const y = top + height * (1 - i / 4);
      const at = Math.min(Math.max(y, top + type * 0.4), top + height - type * 0.4);
      words(pen, theme, fits, x + width + 5, at, { color: theme.muted, most: Math.max(room, 1) });
    }
  }

  /**
   * @param {CanvasRenderingContext2D} pen
   * @param {Race} race
   * @param {(x: number, y: number, share: number) => number[]} view
   */
  paintRelief(pen, race, view) {
    const { scale, table } = this;
    const { theme } = this.surface;
    const { yaw } = race.values;
    const { domain, axes } = race.surface;
    const { value } = race.functions;
    const lines = `rgb(${channels(theme.text).join(" ")} / .3)`;
    paintRelief(pen, { value, domain, scale, table, view, yaw, ink: lines });
    this.paintLegend(pen, race);
    // Each axis is named along its nearer edge, at the foot of the relief.
    const [x0, x1, y0, y1] = domain;
    const out = 0.1;
    const y = Math.cos(yaw) > 0 ? y0 - out * (y1 - y0) : y1 + out * (y1 - y0);
    const x = Math.sin(yaw) > 0 ? x0 - out * (x1 - x0) : x1 + out * (x1 - x0);
    const how = /** @type {const} */ ({ align: "center", halo: theme.background });
    const names = /** @type {[string, number[]][]} */ ([
      [axes[0], view((x0 + x1) / 2, y, 0)],
      [axes[1], view(x, (y0 + y1) / 2, 0)],
    ]);
    for (const [name, [px, py]] of names) words(pen, theme, name, px, py, how);
  }
}
