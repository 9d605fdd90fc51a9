// The hand on the picture: pointing previews, pressing chooses and opens; and the same by keys.

import { foreign } from "../../browser/keys.js";
import { focusOf } from "./cell_view.js";
import { hit, inBox } from "./places.js";

/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export class Pointer {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    const { canvas } = lesson.surface;
    canvas.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => this.point(e, false));
    canvas.addEventListener("pointerdown", (/** @type {PointerEvent} */ e) => this.point(e, true));
    canvas.addEventListener("pointerleave", () => lesson.preview(null));
    canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.key(event));
  }

  /** @param {PointerEvent} event @param {boolean} press */
  point(event, press) {
    const { lesson } = this;
    if (!lesson.net) return;
    const [x, y] = lesson.surface.at(event);
    const { now } = lesson;
    if (now.view === "whole") this.overWhole(x, y, press);
    else if (now.view === "layer") this.overLayer(now, x, y, press);
    else if (now.view === "cell") this.overCell(now, x, y, press);
    else if (now.view === "images" && press) {
      const place = lesson.images
        .places()
        .findIndex((/** @type {any} */ p) =>
          inBox({ ...p, width: 2 * p.side + 6, height: p.side }, x, y),
        );
      if (place >= 0) lesson.stage.set({ place: place + 1 });
    }
  }

  /** @param {number} x @param {number} y @param {boolean} press */
  overWhole(x, y, press) {
    const { lesson } = this;
    for (const { name } of lesson.header.shown) {
      const box = lesson.overview.places.boxes[name];
      const unit = inBox(box, x, y) ? hit(box.tiles, x, y) : -1;
      if (unit < 0) continue;
      if (press) lesson.open("layer", { node: name, unit });
      else lesson.preview({ node: name, unit });
      return;
    }
    if (press) lesson.stage.set({ aimed: false });
    lesson.preview(null);
  }

  /** @param {any} now @param {number} x @param {number} y @param {boolean} press */
  overLayer(now, x, y, press) {
    const { lesson } = this;
    const place = lesson.layer.place(now.node);
    const tile = hit(place.tiles, x, y);
    const box = tile >= 0 ? place.tiles[tile] : inBox(place.big, x, y) ? place.big : null;
    if (!box) {
      lesson.preview(null);
      if (press && inBox(place.picture, x, y)) {
        lesson.open("layer", { node: lesson.header.nodes[0].name, unit: 0 });
      }
      return;
    }
    const found = { unit: tile >= 0 ? tile : now.unit, ...this.cellAt(now.node, box, x, y) };
    if (press) lesson.open("cell", { node: now.node, ...found });
    else lesson.preview({ node: now.node, ...found });
  }

  /** @param {string} node @param {{ x: number, y: number, side: number }} box @param {number} x @param {number} y */
  cellAt(node, box, x, y) {
    const [rows, columns] = this.lesson.net.dims(node);
    const at = (/** @type {number} */ share, /** @type {number} */ count) =>
      Math.min(Math.max(Math.floor(share * count), 0), count - 1);
    return {
      row: at((y - box.y) / box.side, rows),
      column: at((x - box.x) / box.side, columns),
    };
  }

  /** @param {any} now @param {number} x @param {number} y @param {boolean} press */
  overCell(now, x, y, press) {
    const { lesson } = this;
    const { output, source } = lesson.cell.place();
    const choose = (/** @type {any} */ found) => {
      if (press) lesson.choose(found);
      else lesson.preview({ node: now.node, ...found });
    };
    if (lesson.isVector(now.node)) {
      const unit = hit(lesson.cell.unitTiles(now.node), x, y);
      if (unit >= 0) {
        choose({ unit });
        return;
      }
    } else if (inBox(output, x, y)) {
      choose(this.cellAt(now.node, output, x, y));
      return;
    }
    const { bars } = lesson.cell;
    if (bars && inBox(bars, x, y)) {
      const at = Math.min(Math.floor((x - bars.x) / bars.unit), bars.count - 1);
      if (press) lesson.stage.set({ term: at + 1 });
      else lesson.preview({ ...now, term: at + 1 });
      return;
    }
    lesson.preview(null);
    if (!press || !inBox(source, x, y)) return;
    // Pressing on the map that is read walks one layer back along the strongest path.
    const formula = lesson.formulaOf(now);
    if (!formula?.terms.length) return;
    const [p, c] = focusOf(formula, now.term);
    const part = formula.terms[p];
    const found = { unit: part.channels[c], ...this.cellAt(part.source, source, x, y) };
    lesson.open("cell", { node: part.source, ...found });
  }

  // ---- keys -------------------------------------------------------------------------------------

  /** @param {KeyboardEvent} event */
  key(event) {
    const { lesson } = this;
    if (!lesson.net || foreign(event)) return;
    const { now } = lesson;
    const used =
      now.view === "whole"
        ? this.keyWhole(event.key, now)
        : now.view === "layer"
          ? this.keyLayer(event.key, now)
          : now.view === "cell" && this.keyCell(event.key, now);
    if (!used && event.key === "Backspace" && now.view !== "whole") lesson.back();
    else if (!used) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {string} key @param {any} now */
  keyWhole(key, { aim }) {
    const { lesson } = this;
    const { columns, boxes } = lesson.overview.places;
    if (key === "Enter" && aim) {
      lesson.open("layer", aim);
      return true;
    }
    if (key === "Backspace") {
      lesson.stage.set({ aimed: false });
      return true;
    }
    const way = WAYS[key];
    if (!way) return false;
    const aimAt = (/** @type {{ name: string }} */ { name }, /** @type {number} */ unit) => {
      const most = lesson.net.dims(name)[2] - 1;
      lesson.stage.set({ aimed: true, layer: name, unit: Math.min(unit, most) + 1, term: 0 });
    };
    if (!aim) {
      aimAt(columns[Math.min(1, columns.length - 1)][0], 0);
      return true;
    }
    const column = lesson.shown.get(aim.node).column;
    if (way[1]) {
      const next = columns[column + way[1]];
      if (next) aimAt(next[0], aim.unit);
      return true;
    }
    const all = columns[column].flatMap((/** @type {any} */ one) =>
      boxes[one.name].tiles.map((/** @type {any} */ _, /** @type {number} */ unit) => ({
        name: one.name,
        unit,
      })),
    );
    const at = all.findIndex(
      (/** @type {any} */ one) => one.name === aim.node && one.unit === aim.unit,
    );
    const next = all[Math.min(Math.max(at + way[0], 0), all.length - 1)];
    aimAt(next, next.unit);
    return true;
  }

  /** @param {string} key @param {any} now */
  keyLayer(key, now) {
    const { lesson } = this;
    const way = WAYS[key];
    if (way) {
      const [{ columns }] = lesson.layer.place(now.node).tiles;
      const unit = now.unit + way[0] * columns + way[1];
      if (unit >= 0 && unit < lesson.net.dims(now.node)[2]) lesson.choose({ unit });
    } else if (key === "Enter") lesson.open("cell", now);
    else if (key === "PageDown" || key === "PageUp") {
      const names = lesson.header.nodes.map((/** @type {any} */ node) => node.name);
      const node = names[names.indexOf(now.node) + (key === "PageDown" ? 1 : -1)];
      if (node) lesson.open("layer", { node, unit: now.unit });
    } else return false;
    return true;
  }

  /** @param {string} key @param {any} now */
  keyCell(key, now) {
    const { lesson } = this;
    const [rows, columns, units] = lesson.net.dims(now.node);
    const way = WAYS[key];
    if (way && lesson.isVector(now.node)) {
      const unit = now.unit + way[0] + way[1];
      if (unit >= 0 && unit < units) lesson.choose({ unit });
    } else if (way) {
      const [row, column] = [now.row + way[0], now.column + way[1]];
      const inside = row >= 0 && row < rows && column >= 0 && column < columns;
      if (inside) lesson.choose({ row, column });
    } else if (key === "PageDown" || key === "PageUp") {
      const formula = lesson.formulaOf(now);
      if (!formula?.terms.length) return true;
      const [p, c] = focusOf(formula, now.term);
      const counts = formula.terms.map((/** @type {any} */ part) => part.channels.length);
      const sum = (/** @type {number[]} */ parts) => parts.reduce((a, b) => a + b, 0);
      const all = sum(counts);
      const at = sum(counts.slice(0, p)) + c + (key === "PageDown" ? 1 : all - 1);
      lesson.stage.set({ term: (at % all) + 1 });
    } else return false;
    return true;
  }
}
