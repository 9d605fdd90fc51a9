// The drawing: the film with its window, one number being made, and the maps as far as they are read.

import { bitmap, enlarge } from "../../browser/canvas.js";
import { fixed, MINUS } from "../../browser/number.js";
import { box as rectangle, inside, paint, words } from "../../browser/paint.js";
import { largest, Scale } from "../../browser/scale.js";

/** @typedef {import("../../browser/canvas.js").Surface} Surface */
/** @typedef {{ x: number, y: number, side: number }} Box */
/** @typedef {{ film: Box, column: { x: number, y: number, width: number, height: number } | null, maps: Box[], line: number }} Places */

const EDGE = 3; // room for the outline of the selected map
const WINDOW = "#7db8f0";

/**
 * Whether a point lies in a box, or in the line of text below it.
 * @param {Box} box
 * @param {number} x
 * @param {number} y
 * @param {number} below
 */
export const within = (box, x, y, below) =>
  x >= box.x && x < box.x + box.side && y >= box.y && y < box.y + box.side + below;

/**
 * Where everything lies: film, column of the one number, maps in two columns; on a narrow screen the
 * maps lie below the film and the column is left out.
 * @param {Surface} surface
 * @param {number} kernels
 * @returns {Places}
 */
export function arrange({ width, height, theme }, kernels) {
  const line = Math.round(theme.textPx * 1.4);
  const gap = Math.round(theme.textPx * 1.1);
  const rows = Math.ceil(kernels / 2);
  if (width < 560) {
    const side = Math.min(width, Math.floor(height * 0.45));
    const map = Math.floor(Math.min((width - gap) / 2, (height - side) / rows - line));
    const maps = Array.from({ length: kernels }, (_, f) => ({
      x: (f % 2) * (map + gap),
      y: side + gap + Math.floor(f / 2) * (map + line),
      side: map,
    }));
    return { film: { x: (width - side) / 2, y: 0, side }, column: null, maps, line };
  }
  const column = Math.round(Math.max(theme.textPx * 6.6, width * 0.13));
  // The maps and their names fill the height of the film: rows (m + line) = s.
  const room = width - column - 3 * gap + 2 * line;
  const side = Math.floor(Math.min(room / (1 + 2 / rows), height - 2 * EDGE));
  const map = Math.floor((side - rows * line) / rows);
  const used = side + column + 2 * map + 3 * gap;
  const left = Math.max(0, Math.floor((width - used) / 2));
  const top = Math.max(EDGE, Math.floor((height - side) / 2));
  const maps = Array.from({ length: kernels }, (_, f) => ({
    x: left + side + column + 2 * gap + (f % 2) * (map + gap),
    y: top + Math.floor(f / 2) * (map + line),
    side: map,
  }));
  return {
    film: { x: left, y: top, side },
    column: { x: left + side + gap, y: top, width: column, height: side },
    maps,
    line,
  };
}

/** Image, kernels and maps as the server computed them, ready to be drawn at any position. */
export class LivingDrawing {
  /**
   * @param {any[]} arrays image (S, S), kernels (F, K, K), maps (F, M, M)
   * @param {number} limit of all maps
   */
  constructor([image, weights, maps], limit) {
    this.image = image;
    this.weights = weights;
    this.maps = maps;
    this.size = image.shape[0];
    this.kernels = weights.shape[0];
    this.kernel = weights.shape[1];
    this.side = maps.shape[1];
    this.count = this.side * this.side;
    this.answers = new Scale("activation", limit);
    const gray = new Scale("gray", 255);
    this.film = bitmap(image, this.size, this.size, gray.paint);
    this.lit = Array.from({ length: this.kernels }, (_, f) =>
      bitmap(maps.subarray(f * this.count), this.side, this.side, this.answers.paint),
    );
    /** @type {HTMLCanvasElement | null} What does not change from frame to frame. */
    this.still = null;
  }

  /** The places, the look or the selection changed. */
  forget() {
    this.still = null;
  }

  /**
   * Draw one position; returns the number that is being made, and what it is made of.
   * @param {Surface} surface
   * @param {Places} places
   * @param {number} at
   * @param {number} selected
   * @param {string[]} names
   */
  draw(surface, places, at, selected, names) {
    const { width, height, theme } = surface;
    this.still ??= this.background(surface, places, selected, names);
    const pen = surface.clear();
    pen.drawImage(this.still, 0, 0, width, height);
    const row = Math.floor(at / this.side);
    const column = at % this.side;
    this.drawWindow(pen, places.film, row, column, theme);
    places.maps.forEach((box, f) => this.drawMap(pen, box, f, row, column, f === selected, theme));
    const value = this.maps[selected * this.count + at];
    const cells = this.cellsAt(row, column, selected);
    if (places.column) this.drawColumn(pen, places.column, places.line, cells, value, theme);
    return { sum: cells.reduce((sum, { product }) => sum + product, 0), value, at };
  }

  /**
   * @param {Surface} surface
   * @param {Places} places
   * @param {number} selected
   * @param {string[]} names
   */
  background(surface, { film, maps, line }, selected, names) {
    const { theme } = surface;
    return surface.layer((pen) => {
      enlarge(pen, this.film, film.x, film.y, film.side, film.side);
      maps.forEach(({ x, y, side }, f) => {
        paint(pen, rectangle(x, y, side, side), { fill: theme.surface });
        const on = f === selected;
        const how = { color: on ? theme.text : theme.muted, weight: on ? 600 : 400, most: side };
        words(pen, theme, names[f], x, y + side + line / 2, how);
      });
    });
  }

  /** The window on the film: what was read already glows, what is still to come steps back. */
  drawWindow(pen, { x, y, side }, row, column, theme) {
    const pixel = side / this.size;
    const [left, top, span] = [x + column * pixel, y + row * pixel, this.kernel * pixel];
    inside(pen, [x, y, side, side], () => {
      const still = rectangle(x, top + span, side, side) + rectangle(left + span, top, side, span);
      paint(pen, still, { fill: "rgb(10 12 15 / .42)" });
    });
    pen.save();
    pen.shadowColor = theme.accent;
    pen.shadowBlur = 14;
    paint(pen, rectangle(left, top, span, span), { color: WINDOW, line: theme.linePx + 0.5 });
    pen.restore();
  }

  drawMap(pen, box, f, row, column, selected, theme) {
    const unit = box.side / this.side;
    const top = box.y + row * unit;
    pen.imageSmoothingEnabled = false;
    if (row > 0) {
      pen.drawImage(this.lit[f], 0, 0, this.side, row, box.x, box.y, box.side, row * unit);
    }
    const done = column + 1;
    pen.drawImage(this.lit[f], 0, row, done, 1, box.x, top, done * unit, unit);
    pen.fillStyle = WINDOW;
    pen.fillRect(box.x, top + unit, box.side, 1.5);
    if (!selected) return;
    const edge = rectangle(box.x - 1.5, box.y - 1.5, box.side + 3, box.side + 3);
    paint(pen, edge, { color: theme.accent, line: theme.linePx + 0.5 });
  }

  /**
   * Pixel, weight and product of each cell of the window.
   * @param {number} row
   * @param {number} column
   * @param {number} f
   */
  cellsAt(row, column, f) {
    const k = this.kernel;
    return Array.from({ length: k * k }, (_, cell) => {
      const pixel = this.image[(row + Math.floor(cell / k)) * this.size + column + (cell % k)];
      const weight = this.weights[f * k * k + cell];
      return { pixel, weight, product: (pixel / 255) * weight };
    });
  }

  /** The one number being made: window times kernel, cell by cell, and its sum. */
  drawColumn(pen, { x, y, width, height }, line, cells, value, theme) {
    const k = this.kernel;
    // Large type leaves no room for the sum beside its word: the sentence says it as well.
    const summed = height > 17 * line;
    const texts = summed ? 6.6 : 5.3;
    const grid = Math.floor(Math.min(width, (height - texts * line) / 3) / k) * k;
    const cell = grid / k;
    const strongest = largest(cells.map(({ weight }) => weight));
    const weights = new Scale("weight", strongest);
    const products = new Scale("activation", strongest);
    const gray = new Scale("gray", 255);
    /** @type {[string, (one: { pixel: number, weight: number, product: number }) => string][]} */
    const rows = [
      ["window", ({ pixel }) => gray.css(pixel)],
      ["\u00d7 kernel", ({ weight }) => weights.css(weight)],
      ["= products", ({ product }) => products.css(product)],
    ];
    let top = y;
    for (const [name, color] of rows) {
      words(pen, theme, name, x, top + line / 2, { color: theme.muted });
      cells.forEach((one, i) => {
        pen.fillStyle = color(one);
        pen.fillRect(x + (i % k) * cell, top + line + Math.floor(i / k) * cell, cell - 1, cell - 1);
      });
      paint(pen, rectangle(x - 0.5, top + line - 0.5, grid, grid), { color: theme.border });
      top += line + grid + line * 0.25;
    }
    if (summed) {
      words(pen, theme, "sum", x, top + line / 2, { color: theme.muted });
      const how = /** @type {const} */ ({ weight: 600, align: "right" });
      const size = Math.round(theme.textPx * 1.3);
      const said = value > 0 ? `+${fixed(value)}` : fixed(value);
      words(pen, theme, said, x + grid, top + line / 2, { ...how, size });
    }
    this.drawScale(pen, x, y + height - line * 1.5, Math.max(grid, 0.8 * width), line, theme);
  }

  drawScale(pen, x, y, width, line, theme) {
    const { limit } = this.answers;
    const bar = pen.createLinearGradient(x, 0, x + width, 0);
    for (let n = 0; n <= 10; n++) bar.addColorStop(n / 10, this.answers.css(limit * (n / 5 - 1)));
    pen.fillStyle = bar;
    pen.fillRect(x, y, width, line * 0.45);
    const said = fixed(limit, 1);
    const put = (text, at, align) =>
      words(pen, theme, text, at, y + line, { color: theme.muted, align });
    put(`${MINUS}${said}`, x, "left");
    if (width > 6 * theme.textPx) put("0", x + width / 2, "center");
    put(`+${said}`, x + width, "right");
  }
}
