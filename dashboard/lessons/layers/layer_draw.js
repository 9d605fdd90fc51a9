// A layer as circles and lines: inputs, sums, outputs.

import { fixed, lowered, MINUS } from "../../browser/number.js";

const HALO =
  "paint-order='stroke' stroke='var(--lb-background)' stroke-width='6' stroke-linejoin='round'";

/** @param {number} value */
const signed = (value) => `${value < 0 ? MINUS : "+"}${fixed(Math.abs(value))}`;

/** @param {number} value */
const hue = (value) => (value > 0 ? "for" : value < 0 ? "against" : "none");

/**
 * @param {HTMLElement} host
 * @param {number} type size of the text
 * @param {{ n: number, m: number, w: number[][], x: number[], b: number[], row: number }} layer
 * @param {{ sums: number[], outputs: number[] }} done
 */
export function drawLayer(host, type, { n, m, w, x, b, row }, { sums, outputs }) {
  const [width, height] = [host.clientWidth, host.clientHeight];
  const [top, tall] = [type * 0.7, height - type * 1.8];
  const r = Math.min(type * 2.2, Math.max(type * 1.5, tall / Math.max(n, m) / 4));
  const left = r + type * 1.7;
  const out = width - r - type * 1.7;
  const sum = out - 2 * r - type * 2.2;
  const at = (/** @type {number} */ k, /** @type {number} */ count) =>
    top + (tall * (k + 0.5)) / count;
  // Sums and biases are named where there is room; the equation above names them always.
  const named = tall / m > 2 * r + 2.7 * type;
  const biased = tall / m > 2 * r + 1.3 * type;
  const text = (
    /** @type {number} */ px,
    /** @type {number} */ py,
    /** @type {string} */ said,
    how = "",
  ) => `<text x='${px}' y='${py + type * 0.35}' font-size='${type}' ${how}>${said}</text>`;
  const middle = "text-anchor='middle'";
  const muted = "fill='var(--lb-muted)'";
  const plain = "fill='var(--lb-text)'";
  /** @type {string[]} */
  const lines = [];
  /** @type {string[]} */
  const labels = [];
  /** @type {string[]} */
  const nodes = [];
  w.forEach((line, i) =>
    line.forEach((weight, j) => {
      const [x1, y1, x2, y2] = [left + r, at(j, n), sum - r, at(i, m)];
      const mine = i === row;
      lines.push(
        `<path d='M${x1} ${y1}L${x2} ${y2}' class='${hue(weight)}' stroke-width='${1 + 2.2 * Math.abs(weight)}' stroke-dasharray='${weight < 0 ? "10 6" : ""}' opacity='${mine ? 1 : 0.4}'/>`,
      );
      // Each output has a place of its own along the lines, so that labels keep apart.
      const t = m === 1 ? 0.5 : 0.24 + (0.52 * i) / (m - 1);
      const how = `${middle} ${HALO} ${plain} font-weight='${mine ? 650 : 400}'`;
      if (mine || n * m <= 9)
        labels.push(text(x1 + (x2 - x1) * t, y1 + (y2 - y1) * t, signed(weight), how));
    }),
  );
  const circle = (
    /** @type {number} */ cx,
    /** @type {number} */ cy,
    /** @type {number} */ value,
    /** @type {boolean} */ on,
  ) =>
    `<circle cx='${cx}' cy='${cy}' r='${r}' fill='var(--lb-surface)' stroke='var(--lb-${on ? "accent" : "text"})' stroke-width='${on ? 4 : 2}'/>` +
    text(cx, cy, fixed(value), `${middle} ${plain} font-weight='600'`);
  x.forEach((value, j) => {
    const name = text(left - r - 6, at(j, n), `x${lowered(j + 1)}`, `text-anchor='end' ${muted}`);
    nodes.push(circle(left, at(j, n), value, false), name);
  });
  sums.forEach((z, i) => {
    const y = at(i, m);
    const on = i === row;
    lines.push(`<path d='M${sum + r} ${y}H${out - r}' stroke='var(--lb-text)' stroke-width='2'/>`);
    labels.push(text((sum + out) / 2, y - type * 0.85, "f", `${middle} ${HALO} ${muted}`));
    if (biased)
      labels.push(text(sum, y + r + type * 0.7, `b ${signed(b[i])}`, `${middle} ${HALO} ${plain}`));
    if (named)
      labels.push(
        text(sum, y - r - type * 0.8, `z${lowered(i + 1)}`, `${middle} ${HALO} ${muted}`),
      );
    nodes.push(circle(sum, y, z, on), circle(out, y, outputs[i], on));
    nodes.push(text(out + r + 6, y, `y${lowered(i + 1)}`, muted));
  });
  return `<svg viewBox='0 0 ${width} ${height}' width='${width}' height='${height}' aria-hidden='true' fill='none'>${lines.join("")}${nodes.join("")}${labels.join("")}</svg>`;
}
