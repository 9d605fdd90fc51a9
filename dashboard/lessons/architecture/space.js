// The same blocks in space, on a canvas: an extra view, which the plain drawing tells without hiding
// anything behind anything.

import { IMAGE, insideOf, keyOf, LOGITS } from "./design.js";
import { HOLDS, THIN } from "./names.js";

/** @typedef {{ x: number, z: number, w: number, h: number, d: number, key: string, holds: boolean }} Box */
/** @typedef {{ turn: number, tilt: number, near: number }} Camera radians, radians, a factor */
/** @typedef {Record<"accent" | "holds" | "plain" | "edge" | "ground" | "text", string>} Colors */

/** Normal and light of each face of a box. @type {[number, number, number, number][]} */
const FACES = [
  [1, 0, 0, 0.94],
  [-1, 0, 0, 0.94],
  [0, 1, 0, 1.08],
  [0, -1, 0, 0.8],
  [0, 0, 1, 0.86],
  [0, 0, -1, 0.86],
];
const AROUND = [
  [-1, -1],
  [-1, 1],
  [1, 1],
  [1, -1],
];

/** Corners of a face: its two other axes go around. @param {number[]} normal */
const corners = ([i, j, k]) => AROUND.map(([a, b]) => (i ? [i, a, b] : j ? [a, j, b] : [a, b, k]));

/**
 * One box a row that is a layer of its own: along x, branches side by side along z.
 * @param {import("./notation.js").Design} design
 * @param {import("./network_math.js").Found} found
 * @returns {{ boxes: Box[], reach: number }}
 */
export function lay(design, found) {
  const unit = 100 / design.input_size;
  const ends = new Map(found.rows.filter((row) => row.path).map((row) => [keyOf(row.path), row]));
  /** @type {Box[]} */
  const boxes = [{ x: 1, z: 0, w: 2, h: 100, d: 100, key: IMAGE, holds: false }];
  const sizes = (/** @type {import("./network_math.js").Row} */ { shape, kind }) => {
    if (shape.length === 1) return [2.5, Math.min(8 + 2.2 * Math.sqrt(shape[0]), 90), 2.5];
    const side = Math.max(shape[0] * unit, 2);
    return [THIN.has(kind) ? 1.5 : 1.2 + 1.7 * Math.sqrt(shape[2]), side, side];
  };
  const put = (x, z, row, key, holds) => {
    const [w, h, d] = sizes(row);
    boxes.push({ x: x + w / 2, z, w, h, d, key, holds });
    return x + w;
  };
  const place = (layers, path, x, z) => {
    layers.forEach((layer, i) => {
      const here = [...path, i];
      const row = ends.get(keyOf(here));
      const inside = insideOf(layer);
      if (!row) return;
      if (!inside.length) x = put(x, z, row, keyOf(here), HOLDS.has(layer.layer)) + 6;
      else {
        const gap = Math.max(row.shape.length === 3 ? row.shape[0] * unit * 1.25 : 15, 16);
        const ways = inside.map(([at, inner], b) =>
          place(inner, [...here, at], x + 3, z + (b - (inside.length - 1) / 2) * gap),
        );
        x = Math.max(...ways) + 3;
      }
    });
    return x;
  };
  let end = place(design.layers, [], 9, 0);
  const logits = found.rows.find((row) => row.name === LOGITS);
  if (logits) end = put(end, 0, logits, LOGITS, true);
  for (const box of boxes) box.x -= end / 2;
  return { boxes, reach: Math.max(end, 110) };
}

/**
 * Draw the boxes, the far ones first.
 * @param {CanvasRenderingContext2D} pen
 * @param {{ boxes: Box[], reach: number }} laid
 * @param {Camera} camera
 * @param {{ width: number, height: number, chosen: string, name: string, type: number, font: string, colors: Colors }} look
 */
export function drawSpace(pen, { boxes, reach }, { turn, tilt, near }, look) {
  const { width, height, chosen, colors, type } = look;
  pen.clearRect(0, 0, width, height);
  pen.lineJoin = "round";
  const [ct, st, cp, sp] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  const wide = reach * Math.max(Math.abs(ct), 0.35) + 110;
  const scale = Math.min(width / wide, height / 205) * near;
  const seen = ([x, y, z]) => {
    const b = -x * st + z * ct;
    const [a, up] = [x * ct + z * st, y * cp - b * sp];
    return [width / 2 + a * scale, height / 2 - up * scale, y * sp + b * cp];
  };
  const faces = boxes.flatMap((box) => {
    const far = seen([box.x, 0, box.z])[2];
    return FACES.filter(([i, j, k]) => j * sp + (k * ct - i * st) * cp < 0).map((face) => {
      const points = corners(face).map(([i, j, k]) =>
        seen([box.x + (i * box.w) / 2, (j * box.h) / 2, box.z + (k * box.d) / 2]),
      );
      return { far, box, light: face[3], points };
    });
  });
  faces.sort((a, b) => b.far - a.far);
  for (const { box, light, points } of faces) {
    const on = box.key === chosen;
    pen.beginPath();
    for (const [x, y] of points) pen.lineTo(x, y);
    pen.closePath();
    pen.fillStyle = on ? colors.accent : box.holds ? colors.holds : colors.plain;
    pen.fill();
    pen.fillStyle = light > 1 ? `rgba(255,255,255,${(light - 1) * 2})` : `rgba(0,0,0,${1 - light})`;
    pen.fill();
    pen.strokeStyle = on ? colors.accent : colors.edge;
    pen.lineWidth = on ? 3 : 1;
    pen.stroke();
  }
  const named = boxes.find((box) => box.key === chosen);
  if (!named) return;
  pen.font = `${type}px ${look.font}`;
  pen.textAlign = "center";
  pen.lineWidth = 5;
  const [x, y] = seen([named.x, named.h / 2, named.z]);
  const half = pen.measureText(look.name).width / 2;
  const at = Math.min(Math.max(x, half + 8), width - half - 8);
  const top = Math.max(y - type * 0.9, type * 1.2);
  pen.strokeStyle = colors.ground;
  pen.strokeText(look.name, at, top);
  pen.fillStyle = colors.text;
  pen.fillText(look.name, at, top);
}
