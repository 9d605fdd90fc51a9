// The picture under the window, its output, the products and the sum.

import { bitmap, enlarge } from "../../browser/canvas.js";
import { MINUS, TIMES, write } from "../../browser/number.js";
import { box, inside, paint } from "../../browser/paint.js";
import { largest, Scale } from "../../browser/scale.js";
import { drawChannels } from "./channels.js";
import { Grids } from "./grids.js";
import { arrange } from "./layout.js";

/** The power of ten that is taken out of small numbers, so that cells can print them; 0 for none. */
const powerOf = (/** @type {ArrayLike<number>} */ values) => {
  const most = largest(Array.from(values));
  return most > 1e-9 && most < 0.02 ? Math.floor(Math.log10(most)) : 0;
};

export class Drawing extends Grids {
  /** @param {any} header of the last message */
  draw(header) {
    const { model, surface } = this;
    const pen = surface.clear();
    this.header = header;
    if (this.version !== model.version) {
      // Pictures of the input stay: only what follows from kernels is new.
      for (const name of this.kept.keys())
        if (!name.startsWith(`in ${model.key}`)) this.kept.delete(name);
      this.version = model.version;
    }
    this.boxes = [];
    this.printed = 0;
    const { width, height } = surface;
    const thumbs = !model.depthwise && model.filters > 1 ? model.filters : 1;
    if (!model.maps.length) {
      const { input, output } = arrange(width, height, { ...this.wish([]), filters: 1 });
      this.drawInput(input, model.c);
      this.text(header.words.empty, output.x + output.side / 2, output.y + output.side / 2, {
        color: this.look.muted,
      });
      return;
    }
    if (this.stage.values.view === "channels" && model.planes.length > 1 && !model.transposed) {
      drawChannels(this);
      return;
    }
    const terms = model.terms();
    const parts = { window: terms.values, kernel: terms.kernel, products: terms.products };
    const printed = Object.fromEntries(
      Object.entries(parts).map(([part, values]) => {
        const power = powerOf(values);
        return [part, { power, values: power ? values.map((v) => v / 10 ** power) : values }];
      }),
    );
    const places = arrange(width, height, {
      ...this.wish(Object.values(printed).flatMap(({ values }) => Array.from(values))),
      filters: thumbs,
    });
    const from = this.drawInput(places.input, model.c);
    const to = this.drawOutput(places.output);
    if (places.strip) this.drawStrip(places.strip);
    this.thread(pen, from, places.grids[0]);
    for (const grid of places.grids) this.drawPart(grid, terms, printed[grid.part]);
    this.drawSigns(places.grids);
    this.drawSum(places.sum, terms.sum, to);
  }

  /** @param {number} c */
  inputPaint(c) {
    const { kind, limit } = this.header;
    if (kind === "maps") return new Scale("activation", limit).paint;
    const on = kind === "color" ? c : -1;
    const parts = [0, 1, 2].map((part) => (on === -1 || on === part ? 255 : 30));
    return (
      /** @type {number} */ value,
      /** @type {Uint8ClampedArray} */ data,
      /** @type {number} */ to,
    ) => {
      for (let part = 0; part < 3; part++) data[to + part] = parts[part] * value;
    };
  }

  /** @param {number} c */
  inputPicture(c) {
    const { model } = this;
    return this.keep(`in ${model.key} ${c}`, () => {
      const padded = model.padded[c] ?? {
        values: model.planes[c],
        height: model.height,
        width: model.width,
      };
      return bitmap(padded.values, padded.width, padded.height, this.inputPaint(c));
    });
  }

  /** @param {string} color */
  hatch(color) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
    paint(pen, "M-2 10L10 -2M-2 2L2 -2M6 10L10 6", { color, line: 2 });
    return /** @type {CanvasPattern} */ (this.surface.pen.createPattern(tile, "repeat"));
  }

  /**
   * The picture with its padding around it, and the window where it stands; returns the window's frame.
   * @param {import("./layout.js").Square} place
   * @param {number} c
   * @param {boolean} [small]
   * @returns {[number, number, number, number] | null}
   */
  drawInput({ x, y, side }, c, small = false) {
    const { model, look } = this;
    const { pen } = this.surface;
    const bare = !model.maps.length || model.transposed;
    const axis = (
      /** @type {number} */ length,
      /** @type {import("./convolution_math.js").Axis} */ one,
    ) => (bare ? { length, before: 0, after: 0, reach: 1 } : one);
    const [rows, columns] = [axis(model.height, model.rows), axis(model.width, model.columns)];
    const tall = rows.length + rows.before + rows.after;
    const wide = columns.length + columns.before + columns.after;
    const unit = side / Math.max(tall, wide);
    const [left, upper] = [x + (side - unit * wide) / 2, y + (side - unit * tall) / 2];
    /** @type {[number, number, number, number]} */
    const inner = [
      left + columns.before * unit,
      upper + rows.before * unit,
      columns.length * unit,
      rows.length * unit,
    ];
    enlarge(pen, this.inputPicture(c), left, upper, unit * wide, unit * tall);
    if (tall > rows.length || wide > columns.length)
      this.dimPadding([left, upper, unit * wide, unit * tall], inner);
    const edge = box(inner[0] - 0.5, inner[1] - 0.5, inner[2] + 1, inner[3] + 1);
    paint(pen, edge, { color: look.border });
    if (!small) {
      this.inputTitle(x, y, side, c);
      pen.fillStyle = this.hatch(look.reference);
      for (const r of model.uncovered[0])
        pen.fillRect(inner[0], inner[1] + r * unit, inner[2], Math.max(unit, 2));
      for (const n of model.uncovered[1])
        pen.fillRect(inner[0] + n * unit, inner[1], Math.max(unit, 2), inner[3]);
    }
    if (!model.maps.length) return null;
    if (!small)
      this.boxes.push({
        part: "input",
        x: left,
        y: upper,
        wide: unit,
        high: unit,
        rows: tall,
        columns: wide,
      });
    const { stride, dilation, size } = model.how;
    const step = model.transposed ? 1 : stride;
    /** @type {[number, number, number, number]} */
    const frame = [
      left + model.column * step * unit,
      upper + model.row * step * unit,
      rows.reach * unit,
      columns.reach * unit,
    ];
    this.frame(frame, small ? 0.8 : 1);
    if (model.transposed) return frame;
    const cell = (/** @type {number} */ at) => [
      frame[0] + (at % size) * dilation * unit,
      frame[1] + Math.floor(at / size) * dilation * unit,
    ];
    for (let at = 0; at < size * size && dilation > 1 && unit >= 3; at++) {
      const [across, down] = cell(at);
      paint(pen, box(across, down, unit, unit), { color: look.accent, line: 1.5 });
    }
    if (this.pointed !== null && !small) {
      const [across, down] = cell(this.pointed);
      const grown = Math.max(unit, 3) + 2;
      const mark = { color: look.reference, line: look.linePx };
      paint(pen, box(across - 1, down - 1, grown, grown), mark);
    }
    return frame;
  }

  /**
   * Padding steps back: zeros are hatched, a mirrored edge is dimmed.
   * @param {[number, number, number, number]} outer
   * @param {[number, number, number, number]} inner
   */
  dimPadding(outer, inner) {
    const { pen } = this.surface;
    const mirrored = this.model.how.padding === "reflect";
    pen.save();
    pen.beginPath();
    pen.rect(...outer);
    pen.rect(...inner);
    pen.clip("evenodd");
    pen.globalAlpha = mirrored ? 0.45 : 1;
    pen.fillStyle = this.look.background;
    pen.fillRect(...outer);
    if (!mirrored) {
      pen.globalAlpha = 0.7;
      pen.fillStyle = this.hatch(this.look.border);
      pen.fillRect(...outer);
    }
    pen.restore();
  }

  /** @param {number} x @param {number} y @param {number} side @param {number} c */
  inputTitle(x, y, side, c) {
    const { model, header } = this;
    const name = model.planes.length > 1 ? `input, ${header.channels[c]}` : "input";
    const scale =
      header.kind === "maps" ? `\u00b1${write(header.limit)}, 0 is white` : "black 0, white 1";
    this.text(
      `${name}, ${model.height} ${TIMES} ${model.width}`,
      x + side / 2,
      y - 0.55 * this.line,
      { weight: 600, most: side },
    );
    this.text(scale, x + side / 2, y + side + 0.6 * this.line, {
      color: this.look.muted,
      most: side,
    });
  }

  /** @param {number} n */
  outputPicture(n) {
    const { model } = this;
    const scale = this.scaleOf(n);
    return this.keep(`out ${n} ${scale.limit}`, () =>
      bitmap(model.maps[n], model.columns.places, model.rows.places, scale.paint),
    );
  }

  /**
   * The output; returns the frame of its present cell.
   * @param {import("./layout.js").Square} place
   * @returns {[number, number, number, number] | null}
   */
  drawOutput({ x, y, side }) {
    const { model, look, header } = this;
    const { pen } = this.surface;
    const [rows, columns] = [model.rows.places, model.columns.places];
    const unit = side / Math.max(rows, columns);
    const [left, upper] = [x + (side - unit * columns) / 2, y + (side - unit * rows) / 2];
    let name = "output";
    if (model.filters > 1) name = `output ${model.f + 1}`;
    else if (model.depthwise && model.planes.length > 1)
      name = `output, ${header.channels[model.c]}`;
    this.text(`${name}, ${rows} ${TIMES} ${columns}`, x + side / 2, y - 0.55 * this.line, {
      weight: 600,
      most: side,
    });
    const edge = box(left - 0.5, upper - 0.5, unit * columns + 1, unit * rows + 1);
    paint(pen, edge, { color: look.border });
    if (this.stage.locked) {
      pen.fillStyle = this.hatch(look.border);
      pen.fillRect(left, upper, unit * columns, unit * rows);
      this.text("?", x + side / 2, y + side / 2, { scale: 3, weight: 700, color: look.muted });
      return null;
    }
    const picture = this.outputPicture(model.shown);
    if (this.building && !model.transposed) {
      // Cells that the window has not reached yet are faint.
      const { row, column } = model;
      pen.globalAlpha = 0.22;
      enlarge(pen, picture, left, upper, unit * columns, unit * rows);
      pen.globalAlpha = 1;
      pen.imageSmoothingEnabled = false;
      if (row) pen.drawImage(picture, 0, 0, columns, row, left, upper, unit * columns, unit * row);
      pen.drawImage(
        picture,
        0,
        row,
        column + 1,
        1,
        left,
        upper + unit * row,
        unit * (column + 1),
        unit,
      );
    } else enlarge(pen, picture, left, upper, unit * columns, unit * rows);
    this.boxes.push({ part: "output", x: left, y: upper, wide: unit, high: unit, rows, columns });
    const limit = write(this.scaleOf(model.shown).limit);
    this.text(
      `${MINUS}${limit} red, 0 white, ${limit} blue`,
      x + side / 2,
      y + side + 0.6 * this.line,
      { color: look.muted, most: side + this.px },
    );
    const { stride } = model.how;
    const reach = model.transposed ? model.rows.reach : 1;
    const [r, c] = model.transposed
      ? [model.row * stride - model.rows.before, model.column * stride - model.columns.before]
      : [model.row, model.column];
    /** @type {[number, number, number, number]} */
    const frame = [left + c * unit, upper + r * unit, reach * unit, reach * unit];
    inside(pen, [left - 5, upper - 5, unit * columns + 10, unit * rows + 10], () =>
      this.frame(frame),
    );
    return frame;
  }

  /** @param {NonNullable<import("./layout.js").Places["strip"]>} strip */
  drawStrip({ x, y, side, each }) {
    if (this.stage.locked) return;
    const { pen } = this.surface;
    const perColumn = Math.floor(side / each + 1e-6);
    for (let f = 0; f < this.model.filters; f++) {
      const [left, upper] = [x + Math.floor(f / perColumn) * each, y + (f % perColumn) * each];
      pen.imageSmoothingEnabled = true;
      pen.drawImage(this.outputPicture(f), left + 3, upper + 3, each - 6, each - 6);
      if (f === this.model.f) this.frame([left + 3, upper + 3, each - 6, each - 6]);
      this.boxes.push({
        part: "filter",
        value: f,
        x: left,
        y: upper,
        wide: each,
        high: each,
        rows: 1,
        columns: 1,
      });
    }
  }
}
