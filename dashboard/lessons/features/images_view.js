// The images that excite one unit most: each with the part that its strongest cell sees, enlarged.

import { bitmap } from "../../browser/canvas.js";
import { write } from "../../browser/number.js";
import { Scale } from "../../browser/scale.js";
import { framed, pairPlaces } from "./places.js";
import { range } from "./values.js";

/** @typedef {CanvasRenderingContext2D} Pen */

const GRAY = new Scale("gray", 255);

export class ImagesView {
  /** @param {any} lesson the stage's class */
  constructor(lesson) {
    this.lesson = lesson;
    this.painter = lesson.painter;
    /** @type {any} What was found; null while it is sought. */
    this.about = null;
    /** @type {HTMLCanvasElement[]} */
    this.images = [];
  }

  /** Take images that have arrived, or none. @param {import("./vault.js").Group | null} group */
  take(group) {
    if (this.about === (group?.about ?? null)) return;
    this.about = group?.about ?? null;
    const images = group?.arrays.get("images");
    const [count, side] = images?.shape ?? [0, 0];
    this.images = range(count).map((at) =>
      bitmap(images.subarray(at * side * side, (at + 1) * side * side), side, side, GRAY.paint),
    );
  }

  places() {
    const { surface } = this.lesson;
    const box = { x: 4, y: 4, width: surface.width - 8, height: surface.height - 8 };
    return pairPlaces(this.images.length, box, this.painter.line);
  }

  /** What is said in place of images: why there are none. */
  get instead() {
    const { words } = this.lesson;
    return this.about?.advice ?? (this.about ? this.about.told : words["images-wait"]);
  }

  /** @param {Pen} pen @param {any} now */
  draw(pen, now) {
    const { painter, lesson } = this;
    const { surface } = lesson;
    if (!this.images.length) {
      const width = Math.min(surface.width * 0.7, 640);
      const x = (surface.width - width) / 2;
      painter.lines(pen, this.instead, { x, y: surface.height * 0.4, width, height: 0 });
      return;
    }
    const { values, labels, windows } = this.about;
    pen.imageSmoothingEnabled = false;
    this.places().forEach(({ x, y, side }, at) => {
      const image = this.images[at];
      const { frame, patch, cut } = framed({ x, y, side }, windows[at], image.width);
      pen.drawImage(image, x, y, side, side);
      painter.frame(pen, frame, { thick: 2, color: "#7db8f0" });
      if (cut.width && cut.height) {
        pen.drawImage(
          image,
          cut.x,
          cut.y,
          cut.width,
          cut.height,
          patch.x,
          patch.y,
          patch.width,
          patch.height,
        );
      }
      const chosen = at === now.place;
      const words = `${write(values[at])}, ${labels[at]}`;
      const how = { bold: chosen, wide: 2 * side + 6 };
      painter.text(pen, words, x, y + side + painter.line * 0.7, how);
      if (!chosen) return;
      painter.frame(pen, { x: x - 2, y: y - 2, width: 2 * side + 10, height: side + 4 });
    });
  }
}
