// What all views are painted with: maps in boxes, numbers in cells, frames, rings and hatched edges.

import { bitmap, enlarge } from "../../browser/canvas.js";
import { brief } from "../../browser/number.js";
import { box as rectangle, disc, inside, paint, words } from "../../browser/paint.js";

/** @typedef {import("./pooling_math.js").Grid} Grid */
/** @typedef {{ x: number, y: number, side: number }} Box a square */
/** @typedef {Box & { unit: number, left: number, top: number, map: Grid }} Place where a map's cells lie */
/** @typedef {CanvasRenderingContext2D} Pen */
/** @typedef {import("../../browser/scale.js").Scale} Scale */

export const FRAME = "#e0a800";
const INK = "#101418";

/** A painter for one surface, as large and as large-typed as it is now. */
export class Brush {
  /** @param {import("../../browser/canvas.js").Surface} surface */
  constructor(surface) {
    this.surface = surface;
    /** @type {WeakMap<Float64Array, { canvas: HTMLCanvasElement, scale: Scale | null }>} */
    this.bitmaps = new WeakMap();
    this.printed = 0; // numbers in cells, read by tests
  }

  get theme() {
    return this.surface.theme;
  }

  get type() {
    return Math.max(16, this.theme.textPx);
  }

  /** Height of a line of text. */
  get line() {
    return Math.round(this.type * 1.35);
  }

  get width() {
    return this.surface.width;
  }

  get height() {
    return this.surface.height;
  }

  /**
   * Squares for boxes with these titles and `below` lines under each, as large as they fit.
   * @param {string[]} titles
   * @param {number} below
   * @param {number} [x]
   * @param {number} [width]
   * @param {number} [most] height to be filled
   * @returns {Box[]}
   */
  pack(titles, below, x = 0, width = this.width, most = this.height) {
    const pad = 12;
    const over = this.line + 2;
    const under = below * this.line + 4;
    const count = titles.length;
    const { pen } = this.surface;
    const widest = Math.max(...titles.map((title) => this.measure(pen, title, 600))) + 8;
    let best = { side: 20, n: count, rows: 1, reads: false };
    for (let n = 1; n <= count; n++) {
      const rows = Math.ceil(count / n);
      const reads = width / n >= widest;
      const side = Math.floor(
        Math.min((width - pad * (n + 1)) / n, (most - 6) / rows - over - under),
      );
      // Titles that run into each other are worse than small squares.
      if (
        side > 20 &&
        (best.side === 20 || (reads && !best.reads) || (reads === best.reads && side > best.side))
      ) {
        best = { side, n, rows, reads };
      }
    }
    const { side, n, rows } = best;
    const gap = (width - n * side) / (n + 1);
    const spare = most - rows * (side + over + under);
    const pitch = side + over + under + spare / (rows + 1);
    const top = spare / (rows + 1) + over;
    return titles.map((_, i) => ({
      x: x + gap + (i % n) * (side + gap),
      y: top + Math.floor(i / n) * pitch,
      side,
    }));
  }

  /**
   * @param {Pen} pen
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {import("../../browser/paint.js").Words & { bold?: number }} [look]
   */
  write(pen, text, x, y, { bold = 400, most, ...look } = {}) {
    const how = { base: /** @type {const} */ ("top"), weight: bold, size: this.type, ...look };
    words(pen, this.theme, text, x, y, { ...how, squeeze: most });
  }

  /**
   * @param {Pen} pen
   * @param {string} text
   * @param {number} [bold]
   */
  measure(pen, text, bold = 400) {
    pen.font = `${bold} ${this.type}px ${this.theme.font}`;
    return pen.measureText(text).width;
  }

  /**
   * One pixel a cell; kept as long as values and scale are the same.
   * @param {Grid} map
   * @param {Scale} scale
   */
  bitmap({ values, height, width }, scale) {
    const known = this.bitmaps.get(values);
    if (known && known.scale === scale) return known.canvas;
    const canvas = bitmap(values, width, height, scale.paint, known?.canvas);
    this.bitmaps.set(values, { canvas, scale });
    return canvas;
  }

  /** The values of a map have changed in place. @param {Float64Array} values */
  stale(values) {
    const known = this.bitmaps.get(values);
    if (known) known.scale = null;
  }

  /**
   * Where a map's cells lie in a box; `pads` leaves room for pads around it.
   * @param {Grid} map
   * @param {Box} box
   * @param {import("./pooling_math.js").Pooled | null} [pads]
   * @returns {Place}
   */
  place(map, box, pads = null) {
    const rows = map.height + (pads ? pads.rows.before + pads.rows.after : 0);
    const columns = map.width + (pads ? pads.columns.before + pads.columns.after : 0);
    const unit = box.side / Math.max(rows, columns);
    const left = box.x + (box.side - columns * unit) / 2 + (pads ? pads.columns.before * unit : 0);
    const top = box.y + (box.side - rows * unit) / 2 + (pads ? pads.rows.before * unit : 0);
    return { ...box, unit, left, top, map };
  }

  /**
   * A map with title and lines below.
   * @param {Pen} pen
   * @param {Box} box
   * @param {Grid} map
   * @param {Scale} scale
   * @param {{ title?: string, below?: string[], pads?: import("./pooling_math.js").Pooled | null, numbers?: boolean }} [how]
   */
  paint(pen, box, map, scale, { title = "", below = [], pads = null, numbers = true } = {}) {
    const at = this.place(map, box, pads);
    const { unit, left, top } = at;
    enlarge(pen, this.bitmap(map, scale), left, top, map.width * unit, map.height * unit);
    if (unit >= 7) {
      // Lines between cells step back where cells are small.
      let path = "";
      for (let i = 0; i <= map.height; i++)
        path += `M${left} ${top + i * unit}h${map.width * unit}`;
      for (let j = 0; j <= map.width; j++)
        path += `M${left + j * unit} ${top}v${map.height * unit}`;
      paint(pen, path, { color: this.theme.surface, alpha: Math.min(1, (unit - 4) / 24) });
    }
    if (numbers && unit >= this.type * 1.2) this.numbers(pen, at, scale);
    this.label(pen, box, title, below);
    return at;
  }

  /**
   * @param {Pen} pen
   * @param {Box} box
   * @param {string} title
   * @param {string[]} [below]
   */
  label(pen, { x, y, side }, title, below = []) {
    const middle = x + side / 2;
    if (title)
      this.write(pen, title, middle, y - 4, { bold: 600, align: "center", base: "bottom" });
    below.forEach((text, i) =>
      this.write(pen, text, middle, y + side + 4 + i * this.line, {
        color: this.theme.muted,
        align: "center",
      }),
    );
  }

  /**
   * The numbers of all cells, where the widest has room.
   * @param {Pen} pen
   * @param {Place} place
   * @param {Scale} scale
   */
  numbers(pen, { unit, left, top, map }, scale) {
    pen.font = `${this.type}px ${this.theme.font}`;
    const texts = Array.from(map.values, brief);
    const widest = Math.max(...texts.map((text) => pen.measureText(text).width));
    if (widest > unit - 3) return;
    texts.forEach((text, i) => {
      const x = left + ((i % map.width) + 0.5) * unit;
      const y = top + (Math.floor(i / map.width) + 0.5) * unit;
      this.number(pen, text, x, y, scale.ink(map.values[i]));
    });
  }

  /**
   * @param {Pen} pen
   * @param {string} text
   * @param {number} x
   * @param {number} y
   * @param {string} color
   */
  number(pen, text, x, y, color) {
    this.write(pen, text, x, y + 1, { color, align: "center", base: "middle" });
    this.printed += 1;
  }

  /**
   * @param {Pen} pen
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   * @param {{ dash?: number[], wide?: number }} [look]
   */
  frame(pen, x, y, width, height, { dash = [], wide = Math.max(3, this.theme.linePx) } = {}) {
    const under = dash.length ? "" : "rgb(0 0 0 / .75)";
    paint(pen, rectangle(x, y, width, height), { color: FRAME, line: wide, dash, under });
  }

  /**
   * A frame around cells of a placed map.
   * @param {Pen} pen
   * @param {Place} place
   * @param {{ top: number, left: number }} from
   * @param {number} size in cells
   * @param {{ dash?: number[], wide?: number }} [look]
   */
  window(pen, { unit, left, top }, from, size, look) {
    this.frame(pen, left + from.left * unit, top + from.top * unit, size * unit, size * unit, look);
  }

  /**
   * A frame around one output cell, never too small to be seen.
   * @param {Pen} pen
   * @param {Place} place
   * @param {{ r: number, c: number }} cell
   */
  mark(pen, { unit, left, top }, { r, c }) {
    const grown = Math.max(unit, 6);
    const [x, y] = [left + (c + 0.5) * unit - grown / 2, top + (r + 0.5) * unit - grown / 2];
    this.frame(pen, x, y, grown, grown, { wide: 3 });
  }

  /**
   * A winner: a ring, told without color.
   * @param {Pen} pen
   * @param {number} x
   * @param {number} y
   * @param {number} unit
   */
  ring(pen, x, y, unit) {
    const look = { color: "#ffffff", line: 2, under: "rgb(0 0 0 / .85)", more: 2.5 };
    paint(pen, disc(x, y, Math.max(unit * 0.42, 4)), look);
  }

  /**
   * A ring around one cell of a placed map.
   * @param {Pen} pen
   * @param {Place} place
   * @param {number} cell
   */
  ringAt(pen, { unit, left, top, map }, cell) {
    const [x, y] = [cell % map.width, Math.floor(cell / map.width)];
    this.ring(pen, left + (x + 0.5) * unit, top + (y + 0.5) * unit, unit);
  }

  /**
   * The first pixel of a window: a square in its corner.
   * @param {Pen} pen
   * @param {number} x
   * @param {number} y
   * @param {number} unit
   */
  corner(pen, x, y, unit) {
    const side = Math.max(unit * 0.3, 5);
    pen.fillStyle = INK;
    pen.fillRect(x + 1, y + 1, side + 3, side + 3);
    pen.fillStyle = "#ffffff";
    pen.fillRect(x + 2, y + 2, side, side);
  }

  /**
   * @param {Pen} pen
   * @param {number} x
   * @param {number} y
   * @param {number} width
   * @param {number} height
   */
  hatch(pen, x, y, width, height) {
    if (width <= 0 || height <= 0) return;
    let lines = "";
    for (let d = -height; d < width; d += 7)
      lines += `M${x + d} ${y + height}l${height} ${-height}`;
    inside(pen, [x, y, width, height], () => {
      paint(pen, rectangle(x, y, width, height), { fill: this.theme.background, alpha: 0.6 });
      paint(pen, lines, { color: this.theme.muted, line: 1.5 });
    });
  }

  /**
   * Pixels that no window reads, and the pads around the map.
   * @param {Pen} pen
   * @param {Place} place
   * @param {import("./scene.js").Scene} scene
   */
  edges(pen, { unit, left, top }, scene) {
    const { map, out, window } = scene;
    const { height, width } = map;
    const { rows, columns } = out;
    const [right, under] = [columns.uncovered, rows.uncovered];
    this.hatch(pen, left + (width - right) * unit, top, right * unit, height * unit);
    this.hatch(pen, left, top + (height - under) * unit, (width - right) * unit, under * unit);
    if (window.stride > window.size && unit >= 5) {
      scene.reads.forEach((count, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        if (!count && x < width - right && y < height - under) {
          this.hatch(pen, left + x * unit, top + y * unit, unit, unit);
        }
      });
    }
    if (!(rows.before + rows.after + columns.before + columns.after)) return;
    const outline = rectangle(
      left - columns.before * unit,
      top - rows.before * unit,
      (width + columns.before + columns.after) * unit,
      (height + rows.before + rows.after) * unit,
    );
    paint(pen, outline, { color: this.theme.muted, line: 1.5, dash: [4, 4] });
  }
}
