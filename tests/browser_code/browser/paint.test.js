// Lines and words on a canvas, written down by a pen that only remembers what it was told.

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.matchMedia = () => ({ matches: false });
globalThis.Path2D = class {
  constructor(d) {
    this.d = d;
  }
};
const { box, disc, frames, inside, paint, through, widthOf, words } =
  await import("../../../dashboard/browser/paint.js");

const THEME = { text: "black", font: "Face", mono: "Mono", textPx: 20 };

function penOf() {
  const told = [];
  const pen = {
    globalAlpha: 1,
    told,
    fill: ({ d }) => told.push(["fill", pen.fillStyle, pen.globalAlpha, d]),
    stroke: ({ d }) => told.push(["stroke", pen.strokeStyle, pen.lineWidth, pen.globalAlpha, d]),
    setLineDash: (dash) => told.push(["dash", ...dash]),
    fillText: (text, x, y, most) => told.push(["text", text, x, y, most]),
    strokeText: (text) => told.push(["halo", pen.strokeStyle, text]),
    measureText: (text) => ({ width: 10 * text.length }),
  };
  for (const name of ["save", "restore", "beginPath", "clip"]) pen[name] = () => told.push([name]);
  pen.rect = (...place) => told.push(["rect", ...place]);
  return pen;
}

test("paths go around what they name", () => {
  assert.equal(box(1, 2, 3, 4), "M1 2h3v4h-3z");
  assert.equal(disc(5, 6, 2), "M3 6a2 2 0 1 0 4 0a2 2 0 1 0 -4 0z");
  assert.equal(through([[0, 1], [2, 3]]), "M0 1L2 3"); // prettier-ignore
});

test("what shows a line lies beneath it, and the pen is given back as it was", () => {
  const pen = penOf();
  pen.globalAlpha = 0.5;
  paint(pen, "M0 0", {
    fill: "white",
    color: "blue",
    line: 3,
    under: "dark",
    dash: [4],
    alpha: 0.5,
  });
  assert.deepEqual(pen.told, [
    ["stroke", "dark", 5, 0.25, "M0 0"],
    ["fill", "white", 0.25, "M0 0"],
    ["dash", 4],
    ["stroke", "blue", 3, 0.25, "M0 0"],
    ["dash"],
  ]);
  assert.equal(pen.globalAlpha, 0.5);
});

test("nothing is drawn without a color", () => {
  const pen = penOf();
  paint(pen, "M0 0", {});
  assert.deepEqual(pen.told, []);
});

test("words are shortened to their place, or pressed into it", () => {
  const pen = penOf();
  words(pen, THEME, "radiograph", 1, 2, { most: 60, align: "right", weight: 600, color: "red" });
  assert.deepEqual(pen.told.at(-1), ["text", "radio\u2026", 1, 2, undefined]);
  assert.equal(pen.font, "600 20px Face");
  assert.deepEqual([pen.fillStyle, pen.textAlign, pen.textBaseline], ["red", "right", "middle"]);
  words(pen, THEME, "radiograph", 1, 2, { squeeze: 60, mono: true, size: 9 });
  assert.deepEqual(pen.told.at(-1), ["text", "radiograph", 1, 2, 60]);
  assert.equal(pen.font, "400 9px Mono");
});

test("a halo is drawn before the letters that it shows", () => {
  const pen = penOf();
  words(pen, THEME, "Adam", 0, 0, { halo: "white" });
  assert.deepEqual(pen.told, [["halo", "white", "Adam"], ["text", "Adam", 0, 0, undefined]]); // prettier-ignore
});

test("widths are measured in the type that words are written in", () => {
  const pen = penOf();
  assert.equal(widthOf(pen, THEME, "four", 700), 40);
  assert.equal(pen.font, "700 20px Face");
});

test("what stays inside a place is cut there, and nothing else", () => {
  const pen = penOf();
  inside(pen, [1, 2, 3, 4], () => pen.told.push(["drawn"]));
  assert.deepEqual(
    pen.told.map(([what]) => what),
    ["save", "beginPath", "rect", "clip", "drawn", "restore"],
  );
  assert.deepEqual(pen.told[2], ["rect", 1, 2, 3, 4]);
});

test("a marked place is framed around its pixels", () => {
  const pen = penOf();
  frames(pen, [[10, 20, 5, 6]], 100, 200, 2);
  assert.deepEqual(
    pen.told.map(([what, , width, , d]) => [what, width, d]),
    [
      ["stroke", 4, "M119 239h12v14h-12z"],
      ["stroke", 2, "M119 239h12v14h-12z"],
    ],
  );
});
