// What a window does to this map that a person may not have meant.

import { filled } from "../../browser/number.js";
import { counted, sides } from "./words.js";

/** @param {import("./stage.js").PoolingStage} room */
export function advice({ scene, view, words, along, locked, kind }) {
  const { map, window } = scene;
  const { size, stride } = window;
  const { height, width } = map;
  if (view === "global") return "";
  if (!scene.fits) {
    const most = Math.min(height, width);
    return filled(words["advice-fit"], { size, side: sides(map), most });
  }
  const left = (/** @type {any} */ { rows, columns }) => ({
    rows: counted(rows.uncovered, "row"),
    columns: counted(columns.uncovered, "column"),
  });
  if (view === "halving") {
    const odd = scene.levels(kind).find((/** @type {any} */ one) => {
      return one.rows && one.rows.uncovered + one.columns.uncovered;
    });
    if (!odd) return "";
    const { given } = /** @type {any} */ (odd);
    return filled(words["advice-halving"], { side: sides(given), ...left(odd) });
  }
  if (height * width === 1) return words["advice-pixel"];
  if (stride > size && (view === "slide" || view === "gradient")) {
    const unread = scene.reads.filter((n) => !n).length;
    return filled(words["advice-gaps"], { unread, all: scene.reads.length });
  }
  if (view === "slide" && scene.out.rows.uncovered + scene.out.columns.uncovered) {
    return filled(words["advice-edge"], left(scene.out));
  }
  if (view === "slide" && size > stride) {
    const most = scene.reads.reduce((a, b) => Math.max(a, b), 0);
    return filled(words["advice-overlap"], { most });
  }
  if (view === "shift" && !locked && width % stride && along) {
    return filled(words["advice-seam"], { width, stride });
  }
  return "";
}
