// The hand on the picture: a window is drawn on a sheet, a sheet pulled from the stack, a bar dragged.

/** @typedef {import("./stage.js").TensorStage} TensorStage */

const inside = (/** @type {number} */ v, /** @type {number} */ low, /** @type {number} */ high) =>
  Math.min(Math.max(v, low), high);

/** @param {TensorStage} lesson */
export function followHand(lesson) {
  const { canvas } = lesson.surface;
  /** @type {any} */
  let grip = null;
  /** @type {[number, number]} */
  let corner = [0, 0];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    const [x, y] = lesson.surface.at(event);
    const on = (/** @type {any} */ s) =>
      x >= s.x && x <= s.x + s.width && y >= s.y - 4 && y <= s.y + s.height + 4;
    const faces = lesson.spots.filter((spot) => spot.kind === "face");
    grip = faces.find(on) ?? lesson.spots.find(on) ?? null;
    move(event, true);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) move(event, false);
  });

  /**
   * @param {PointerEvent} event
   * @param {boolean} down
   */
  function move(event, down) {
    if (!grip) return;
    event.preventDefault();
    const [x, y] = lesson.surface.at(event);
    const { t } = lesson;
    const share = (x - grip.x) / grip.width;
    if (grip.kind === "bar") {
      lesson.point(grip.axis, inside(Math.floor(share * grip.size), 0, grip.size - 1));
    } else if (grip.kind === "stack" && grip.stackAxis >= 0) {
      const { size, depth, n, film, stackAxis } = grip;
      const at = Math.round(((x - grip.x - size / 2) / Math.max(depth, 1)) * (n - 1));
      const items = [...lesson.items];
      if (t.name === "video") items[0] = film;
      items[stackAxis] = inside(at, 0, n - 1);
      lesson.write(items);
    } else {
      const [rows, cols] = [t.shape[t.rowAxis], t.shape[t.rowAxis + 1]];
      const deep = (y - grip.y) / grip.height;
      const row = inside(Math.floor(deep * rows), 0, rows - 1);
      const col = inside(Math.floor(share * cols), 0, cols - 1);
      if (down) corner = [row, col];
      const between = (/** @type {number} */ a, /** @type {number} */ b) => ({
        start: Math.min(a, b),
        stop: Math.max(a, b) + 1,
        step: null,
      });
      const items = [...lesson.items];
      items[t.rowAxis] = between(row, corner[0]);
      items[t.rowAxis + 1] = between(col, corner[1]);
      lesson.write(items);
    }
  }
}
