// Loss of all patches after each update, and of each batch as it came: a curve to scrub on.

import { Surface } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { filled, write } from "../../browser/number.js";
import { paint, through, widthOf, words as said } from "../../browser/paint.js";
import { largest } from "../../browser/scale.js";

export class LossCurve {
  /** @param {(update: number) => void} chosen */
  constructor(chosen) {
    this.element = make("div", { className: "losses" });
    this.surface = new Surface(this.element);
    this.surface.canvas.removeAttribute("data-picture");
    this.surface.canvas.tabIndex = -1;
    this.count = 1;
    this.left = 0;
    this.right = 1;
    const scrub = (/** @type {PointerEvent} */ event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const [x] = this.surface.at(event);
      const share = Math.min(Math.max((x - this.left) / (this.right - this.left), 0), 1);
      chosen(Math.round(share * (this.count - 1)));
    };
    this.surface.canvas.addEventListener("pointerdown", scrub);
    this.surface.canvas.addEventListener("pointermove", scrub);
  }

  /**
   * @param {any} run
   * @param {number} at update that is shown
   * @param {boolean} locked nothing that lies behind the prediction is drawn
   * @param {Record<string, string>} words
   */
  draw(run, at, locked, words) {
    const { width, height, theme, canvas } = this.surface;
    if (!width) return;
    const pen = this.surface.clear();
    const { poolLoss, updates } = run;
    const known = locked ? 1 : poolLoss.length;
    const top = Math.max(1, Math.min(largest(poolLoss.slice(0, known)), 3));
    const line = 1.35 * theme.textPx;
    this.count = poolLoss.length;
    this.left = 1.7 * theme.textPx;
    this.right = width - 6;
    const x = (/** @type {number} */ u) =>
      this.left + ((this.right - this.left) * u) / Math.max(poolLoss.length - 1, 1);
    const last = poolLoss[known - 1];
    const range = `${write(poolLoss[0])}${known > 1 ? ` \u2192 ${write(last)}` : ""}`;
    const [title, told] = [words["loss-line"], range].map((text) => widthOf(pen, theme, text));
    // One line above the curve where title and range fit beside each other.
    const beside = title + told + theme.textPx <= width;
    const head = (beside ? 1.2 : 2.1) * line;
    const y = (/** @type {number} */ loss) =>
      head + (height - head - 8) * (1 - Math.min(loss, top) / top);
    const muted = /** @type {const} */ ({ color: theme.muted, align: "right" });
    said(pen, theme, write(top), this.left - 6, y(top), muted);
    said(pen, theme, "0", this.left - 6, y(0) - 4, muted);
    const even = `M${this.left} ${y(Math.LN2)}H${this.right}`;
    paint(pen, even, { color: theme.border, dash: [4, 4] });
    pen.fillStyle = theme.other;
    for (let u = 0; u < known - 1; u++) pen.fillRect(x(u) - 2, y(updates[u].loss) - 2, 4, 4);
    const curve = Array.from({ length: known }, (_, u) => [x(u), y(poolLoss[u])]);
    paint(pen, through(curve), { color: theme.training, line: theme.linePx });
    paint(pen, `M${x(at)} ${head}V${height}`, { color: theme.accent, line: 2 });
    said(pen, theme, words["loss-line"], 0, 0, { base: "top" });
    if (beside) said(pen, theme, range, width, 0, { base: "top", align: "right" });
    else said(pen, theme, range, 0, line * 0.95, { base: "top" });
    const values = { first: write(poolLoss[0]), last: write(last), updates: known - 1 };
    canvas.setAttribute("aria-label", filled(words["loss-alt"], values));
  }
}
