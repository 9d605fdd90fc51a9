// Loss of all patches after each update, and of each batch as it came: a curve to scrub on.

import { Surface } from "../../browser/canvas.js";
import { make } from "../../browser/dom.js";
import { write } from "../../browser/number.js";
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
    const y = (/** @type {number} */ loss) =>
      2 * line + (height - 2 * line - 8) * (1 - Math.min(loss, top) / top);
    pen.textBaseline = "middle";
    pen.fillStyle = theme.muted;
    pen.textAlign = "right";
    pen.fillText(write(top), this.left - 6, y(top));
    pen.fillText("0", this.left - 6, y(0) - 4);
    pen.strokeStyle = theme.border;
    pen.setLineDash([4, 4]);
    pen.beginPath();
    pen.moveTo(this.left, y(Math.LN2));
    pen.lineTo(this.right, y(Math.LN2));
    pen.stroke();
    pen.setLineDash([]);
    pen.fillStyle = theme.other;
    for (let u = 0; u < known - 1; u++) pen.fillRect(x(u) - 2, y(updates[u].loss) - 2, 4, 4);
    pen.strokeStyle = theme.training;
    pen.lineWidth = theme.linePx;
    pen.beginPath();
    for (let u = 0; u < known; u++) pen[u ? "lineTo" : "moveTo"](x(u), y(poolLoss[u]));
    pen.stroke();
    pen.strokeStyle = theme.accent;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.moveTo(x(at), 2 * line);
    pen.lineTo(x(at), height);
    pen.stroke();
    pen.textAlign = "left";
    pen.textBaseline = "top";
    pen.fillStyle = theme.text;
    const last = poolLoss[known - 1];
    pen.fillText(words["loss-line"], 0, 0);
    const range = `${write(poolLoss[0])}${known > 1 ? ` \u2192 ${write(last)}` : ""}`;
    pen.fillText(range, 0, line * 0.95);
    const told = words["loss-alt"]
      .replace("{first}", write(poolLoss[0]))
      .replace("{last}", write(last))
      .replace("{updates}", String(known - 1));
    canvas.setAttribute("aria-label", told);
  }
}
