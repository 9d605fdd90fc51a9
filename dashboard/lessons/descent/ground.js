// The ground as a picture: from values to colors, contour lines and a relief seen from a side.

import { bitmap } from "../../browser/canvas.js";
import { colorsOf, mixed } from "../../browser/scale.js";

const STRENGTH = 0.62;
const RELIEF = 38; // squares along each side of the relief

// Where a value stands between the lowest (0) and the highest (1) of the picture, and back.
//   equal: each tenth of the scale covers a tenth of the picture's area
//   log:   logarithm of the height above the lowest value
//   linear
export function heightScale(values, kind) {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  if (!sorted.length) return null;
  const low = sorted[0],
    high = sorted[sorted.length - 1],
    span = high - low || 1;
  if (kind === "linear")
    return { low, high, at: (v) => (v - low) / span, valueAt: (t) => low + t * span };
  if (kind === "log") {
    const unit = Math.max(sorted[Math.floor(sorted.length / 20)] - low, span * 1e-6),
      top = Math.log1p(span / unit);
    return {
      low,
      high,
      at: (v) => Math.log1p(Math.max(v - low, 0) / unit) / top,
      valueAt: (t) => low + unit * Math.expm1(t * top),
    };
  }
  const count = 128,
    table = new Float64Array(count + 1);
  for (let i = 0; i <= count; i++) table[i] = sorted[Math.round((i / count) * (sorted.length - 1))];
  const at = (v) => {
    if (!(v > table[0])) return 0;
    if (v >= table[count]) return 1;
    let from = 0,
      to = count;
    while (to - from > 1) {
      const half = (from + to) >> 1;
      if (table[half] <= v) from = half;
      else to = half;
    }
    return (from + (v - table[from]) / (table[to] - table[from] || 1)) / count;
  };
  return {
    low,
    high,
    at,
    valueAt: (t) => {
      const x = Math.min(Math.max(t, 0), 1) * count,
        i = Math.min(Math.floor(x), count - 1);
      return table[i] + (x - i) * (table[i + 1] - table[i]);
    },
  };
}

/**
 * 256 colors, red, green and blue in turn: the scale, drawn back toward the page's ground so that paths
 * stand out.
 * @param {number[]} ground
 */
export function colorTable(ground) {
  const pure = colorsOf("magnitude");
  const table = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i++) {
    table.set(mixed(ground, [...pure.subarray(6 * i, 6 * i + 3)], STRENGTH), 3 * i);
  }
  return table;
}

/**
 * Red, green and blue of a color of the theme.
 * @param {string} color as #rrggbb
 */
export const channels = (color) =>
  [1, 3, 5].map((at) => parseInt(color.trim().slice(at, at + 2), 16));

// Values on a raster of columns x rows over the domain; row 0 is the top.
export function sample(value, [x0, x1, y0, y1], columns, rows) {
  const out = new Float64Array(columns * rows);
  for (let r = 0; r < rows; r++) {
    const y = y1 + ((y0 - y1) * (r + 0.5)) / rows;
    for (let c = 0; c < columns; c++)
      out[r * columns + c] = value(x0 + ((x1 - x0) * (c + 0.5)) / columns, y);
  }
  return out;
}

/**
 * The ground colored; where the function has no value it has the color `nowhere`.
 * @param {Float64Array} values
 * @param {number} columns
 * @param {number} rows
 * @param {any} scale of `heightScale`
 * @param {Uint8ClampedArray} table
 * @param {number[]} nowhere
 */
export function colored(values, columns, rows, scale, table, nowhere) {
  return bitmap(values, columns, rows, (value, pixels, at) => {
    const known = scale && Number.isFinite(value);
    const from = known ? 3 * Math.round(255 * Math.min(Math.max(scale.at(value), 0), 1)) : 0;
    for (let k = 0; k < 3; k++) pixels[at + k] = known ? table[from + k] : nowhere[k];
  });
}

// Lines of several rising levels through a raster: marching squares; calls line(column, row,
// column, row). One pass: a cell is asked only for the levels between its lowest and highest corner.
export function march(values, columns, rows, levels, line) {
  for (let r = 0; r < rows - 1; r++)
    for (let c = 0; c < columns - 1; c++) {
      const i = r * columns + c;
      const a = values[i],
        b = values[i + 1],
        d = values[i + columns],
        e = values[i + columns + 1];
      if (!Number.isFinite(a + b + d + e)) continue;
      const low = Math.min(a, b, d, e),
        high = Math.max(a, b, d, e);
      for (const level of levels) {
        if (level < low) continue;
        if (level >= high) break;
        crossing(a, b, d, e, level, c, r, line);
      }
    }
}

// The line of one level through one cell with the corners a b (above) and d e (below).
function crossing(a, b, d, e, level, c, r, line) {
  const code = [a, b, e, d].reduce((sum, corner, bit) => sum + (corner > level ? 1 << bit : 0), 0);
  const cut = (p, q) => (level - p) / (q - p);
  const top = () => [c + cut(a, b), r],
    right = () => [c + 1, r + cut(b, e)];
  const bottom = () => [c + cut(d, e), r + 1],
    left = () => [c, r + cut(a, d)];
  const join = (p, q) => line(p[0], p[1], q[0], q[1]);
  switch (code) {
    case 1:
    case 14:
      join(left(), top());
      break;
    case 2:
    case 13:
      join(top(), right());
      break;
    case 3:
    case 12:
      join(left(), right());
      break;
    case 4:
    case 11:
      join(right(), bottom());
      break;
    case 6:
    case 9:
      join(top(), bottom());
      break;
    case 7:
    case 8:
      join(left(), bottom());
      break;
    case 5:
      join(left(), top());
      join(right(), bottom());
      break;
    case 10:
      join(top(), right());
      join(left(), bottom());
      break;
  }
}

// Seen from a side, without perspective: (x, y, t) -> pixels. t is the height on the scale.
export function sideView({ yaw, pitch, domain: [x0, x1, y0, y1], box }) {
  const cy = Math.cos(yaw),
    sy = Math.sin(yaw),
    cp = Math.cos(pitch),
    sp = Math.sin(pitch);
  const unit = Math.min(box.width / 2.9, box.height / (2.75 * sp + 1.2 * cp));
  return (x, y, t) => {
    const u = (2 * (x - x0)) / (x1 - x0) - 1,
      v = (2 * (y - y0)) / (y1 - y0) - 1,
      h = 1.25 * (t - 0.5);
    const across = u * cy - v * sy,
      away = u * sy + v * cy;
    return [
      box.x + box.width / 2 + unit * across,
      box.y + box.height / 2 - unit * (away * sp + h * cp),
    ];
  };
}

// The relief by the painter's algorithm: far squares first, so near ones cover them.
export function paintRelief(g, { value, domain, scale, table, view, yaw, ink }) {
  const [x0, x1, y0, y1] = domain,
    n = RELIEF;
  const points = [],
    heights = [];
  for (let r = 0; r <= n; r++)
    for (let c = 0; c <= n; c++) {
      const x = x0 + ((x1 - x0) * c) / n,
        y = y0 + ((y1 - y0) * r) / n,
        f = value(x, y);
      const t = Number.isFinite(f) ? Math.min(Math.max(scale.at(f), 0), 1) : NaN;
      heights.push(t);
      points.push(view(x, y, t));
    }
  // "Away" grows with u sin(yaw) + v cos(yaw): begin with the largest.
  const columns = Math.sin(yaw) > 0 ? -1 : 1,
    rows = Math.cos(yaw) > 0 ? -1 : 1;
  g.lineWidth = 0.6;
  g.lineJoin = "round";
  const across = (step, i) => (step > 0 ? i : n - 1 - i);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const r = across(rows, i),
        c = across(columns, j),
        k = r * (n + 1) + c;
      const corners = [k, k + 1, k + n + 2, k + n + 1],
        t = corners.reduce((sum, q) => sum + heights[q], 0) / 4;
      if (!Number.isFinite(t)) continue;
      const shade = 3 * Math.round(255 * t);
      g.beginPath();
      corners.forEach((q, m) => (m ? g.lineTo(...points[q]) : g.moveTo(...points[q])));
      g.closePath();
      g.fillStyle = `rgb(${table[shade]} ${table[shade + 1]} ${table[shade + 2]})`;
      g.fill();
      g.strokeStyle = g.fillStyle;
      g.stroke();
      // Every fourth line of the grid shows how the ground bends.
      for (const [to, line] of [
        [1, r],
        [3, c],
      ]) {
        if (line % 4) continue;
        g.strokeStyle = ink;
        g.beginPath();
        g.moveTo(...points[k]);
        g.lineTo(...points[corners[to]]);
        g.stroke();
      }
    }
}
