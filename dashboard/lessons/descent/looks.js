// How each walker is drawn: family by color, member by dash and by the shape at its head.

/** @type {Record<string, { color: string, dash: number[], shape: string }>} */
export const LOOKS = {
  sgd: { color: "text", dash: [], shape: "circle" },
  momentum: { color: "training", dash: [], shape: "square" },
  nesterov: { color: "training", dash: [8, 5], shape: "triangle" },
  adagrad: { color: "other", dash: [], shape: "diamond" },
  rmsprop: { color: "other", dash: [8, 5], shape: "plus" },
  adam: { color: "validation", dash: [], shape: "star" },
  adamw: { color: "validation", dash: [8, 5], shape: "cross" },
  nadam: { color: "reference", dash: [2, 4], shape: "hexagon" },
  training: { color: "accent", dash: [], shape: "circle" },
};

const UP = -Math.PI / 2;
const BAR = 0.42;
/** A quarter of a plus, to be turned four times. */
const CORNERS = [
  [BAR, -BAR],
  [1.2, -BAR],
  [1.2, BAR],
];

/** Corners of a shape around 0, for a radius of 1. */
const ring = (
  /** @type {number} */ count,
  /** @type {number} */ turn,
  /** @type {(i: number) => number} */ radius = () => 1,
) =>
  Array.from({ length: count }, (_, i) => {
    const angle = turn + (2 * Math.PI * i) / count;
    return [radius(i) * Math.cos(angle), radius(i) * Math.sin(angle)];
  });

const bars = (/** @type {number} */ turn) =>
  [0, 1, 2, 3].flatMap((quarter) => {
    const angle = turn + (quarter * Math.PI) / 2;
    return CORNERS.map(([a, b]) => [
      a * Math.cos(angle) - b * Math.sin(angle),
      a * Math.sin(angle) + b * Math.cos(angle),
    ]);
  });

/** @type {Record<string, number[][]>} */
const SHAPES = {
  circle: ring(24, 0, () => 0.9),
  square: ring(4, Math.PI / 4, () => 1.15),
  triangle: ring(3, UP, () => 1.2),
  diamond: ring(4, UP, () => 1.15),
  hexagon: ring(6, 0),
  star: ring(10, UP, (i) => (i % 2 ? 0.5 : 1.3)),
  plus: bars(0),
  cross: bars(Math.PI / 4),
};

/**
 * Outline of a walker's head, as the data of an SVG path.
 * @param {string} name of the walker
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function head(name, x, y, radius) {
  const corners = SHAPES[LOOKS[name].shape];
  return `M${corners.map(([a, b]) => `${(x + radius * a).toFixed(1)} ${(y + radius * b).toFixed(1)}`).join("L")}Z`;
}
