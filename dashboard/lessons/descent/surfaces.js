// Surfaces as core/descent has them, for what must follow the hand; held to core by a test.

// A value and its partial derivatives by x and y, as core/descent/expression.py differentiates.
const CALLS = {
  sin: (v) => [Math.sin(v), Math.cos(v)],
  cos: (v) => [Math.cos(v), -Math.sin(v)],
  tan: (v) => [Math.tan(v), 1 + Math.tan(v) ** 2],
  tanh: (v) => [Math.tanh(v), 1 - Math.tanh(v) ** 2],
  exp: (v) => [Math.exp(v), Math.exp(v)],
  log: (v) => [Math.log(v), 1 / v],
  sqrt: (v) => [Math.sqrt(v), 0.5 / Math.sqrt(v)],
  abs: (v) => [Math.abs(v), Math.sign(v)],
};

// A tree of Expression.to_lists as one function (x, y) -> [f, df/dx, df/dy].
function differentiable(tree) {
  if (typeof tree === "number") return () => [tree, 0, 0];
  if (tree === "x") return (x) => [x, 1, 0];
  if (tree === "y") return (_x, y) => [y, 0, 1];
  const [name, ...parts] = tree;
  const [first, second] = parts.map(differentiable);
  if (name === "negative") return (x, y) => first(x, y).map((v) => -v);
  if (name in CALLS)
    return (x, y) => {
      const [v, dx, dy] = first(x, y),
        [f, slope] = CALLS[name](v);
      return [f, slope * dx, slope * dy];
    };
  const joined = (f, fa, a, fb, b) => [f, fa * a[1] + fb * b[1], fa * a[2] + fb * b[2]];
  const rule = {
    "+": (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]],
    "-": (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]],
    "*": (a, b) => joined(a[0] * b[0], b[0], a, a[0], b),
    "/": (a, b) => joined(a[0] / b[0], 1 / b[0], a, -a[0] / b[0] ** 2, b),
    "^": (a, b) => {
      const f = a[0] ** b[0];
      const byBase = b[0] === 0 ? 0 : b[0] * a[0] ** (b[0] - 1);
      const byExponent = b[1] === 0 && b[2] === 0 ? 0 : f * Math.log(a[0]);
      return joined(f, byBase, a, byExponent, b);
    },
  }[name];
  return (x, y) => rule(first(x, y), second(x, y));
}

const TWO_PI = 2 * Math.PI;

/**
 * @typedef {object} Functions
 * @property {(x: number, y: number) => number} value
 * @property {(x: number, y: number) => number[]} gradient by x and by y
 * @property {(x: number, y: number, rows: ArrayLike<number>) => number[]} [batch] gradient of some examples
 */

/**
 * A surface of `core.descent.surfaces`, by its name.
 * @param {string} name
 * @param {{ condition?: number, tree?: any, data?: any, grid?: any }} [given] what only some surfaces need
 * @returns {Functions}
 */
export function surfaceFunctions(
  name,
  { condition = 10, tree = null, data = null, grid = null } = {},
) {
  if (name === "bowl")
    return {
      value: (x, y) => 0.5 * x * x + 0.5 * condition * y * y,
      gradient: (x, y) => [x, condition * y],
    };
  if (name === "rosenbrock")
    return {
      value: (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
      gradient: (x, y) => [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)],
    };
  if (name === "beale") {
    const parts = (x, y) => [1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y ** 3];
    return {
      value: (x, y) => {
        const [a, b, c] = parts(x, y);
        return a * a + b * b + c * c;
      },
      gradient: (x, y) => {
        const [a, b, c] = parts(x, y);
        return [
          2 * a * (y - 1) + 2 * b * (y * y - 1) + 2 * c * (y ** 3 - 1),
          2 * a * x + 4 * b * x * y + 6 * c * x * y * y,
        ];
      },
    };
  }
  if (name === "himmelblau")
    return {
      value: (x, y) => (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
      gradient: (x, y) => [
        4 * x * (x * x + y - 11) + 2 * (x + y * y - 7),
        2 * (x * x + y - 11) + 4 * y * (x + y * y - 7),
      ],
    };
  if (name === "saddle")
    return {
      value: (x, y) => 0.5 * x * x - 0.5 * y * y + 0.25 * y ** 4,
      gradient: (x, y) => [x, -y + y ** 3],
    };
  if (name === "rastrigin")
    return {
      value: (x, y) => 20 + x * x + y * y - 10 * Math.cos(TWO_PI * x) - 10 * Math.cos(TWO_PI * y),
      gradient: (x, y) => [
        2 * x + 10 * TWO_PI * Math.sin(TWO_PI * x),
        2 * y + 10 * TWO_PI * Math.sin(TWO_PI * y),
      ],
    };
  if (name === "neuron") return neuronFunctions(data);
  if (name === "slice") return gridFunctions(grid);
  const both = differentiable(tree);
  return { value: (x, y) => both(x, y)[0], gradient: (x, y) => both(x, y).slice(1) };
}

// Values at grid points joined by Catmull-Rom cubics, as core/descent/gridded.py; NaN outside.
function gridFunctions({ values, shape: [rows, columns], domain: [x0, x1, y0, y1] }) {
  const stepX = (x1 - x0) / (columns - 1),
    stepY = (y1 - y0) / (rows - 1);
  const inside = (r, c) => values[r * columns + c];
  // One more point beyond each edge, on the line through the last two.
  const alongRow = (r, c) =>
    c < 0
      ? 2 * inside(r, 0) - inside(r, 1)
      : c >= columns
        ? 2 * inside(r, columns - 1) - inside(r, columns - 2)
        : inside(r, c);
  const known = (r, c) =>
    r < 0
      ? 2 * alongRow(0, c) - alongRow(1, c)
      : r >= rows
        ? 2 * alongRow(rows - 1, c) - alongRow(rows - 2, c)
        : alongRow(r, c);
  const cubic = (t) => [
    [
      -0.5 * t + t * t - 0.5 * t ** 3,
      1 - 2.5 * t * t + 1.5 * t ** 3,
      0.5 * t + 2 * t * t - 1.5 * t ** 3,
      -0.5 * t * t + 0.5 * t ** 3,
    ],
    [-0.5 + 2 * t - 1.5 * t * t, -5 * t + 4.5 * t * t, 0.5 + 4 * t - 4.5 * t * t, -t + 1.5 * t * t],
  ];
  const at = (x, y) => {
    if (!(x >= x0 && x <= x1 && y >= y0 && y <= y1)) return [NaN, NaN, NaN];
    const u = (x - x0) / stepX,
      v = (y - y0) / stepY;
    const column = Math.min(Math.floor(u), columns - 2),
      row = Math.min(Math.floor(v), rows - 2);
    const [across, alongX] = cubic(u - column),
      [down, alongY] = cubic(v - row),
      sum = [0, 0, 0];
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) {
        const value = known(row - 1 + i, column - 1 + j);
        sum[0] += down[i] * across[j] * value;
        sum[1] += down[i] * alongX[j] * value;
        sum[2] += alongY[i] * across[j] * value;
      }
    return [sum[0], sum[1] / stepX, sum[2] / stepY];
  };
  return { value: (x, y) => at(x, y)[0], gradient: (x, y) => at(x, y).slice(1) };
}

// inputs: N pairs in a row; targets: N. As core/descent/fitted.py.
function neuronFunctions({ inputs, targets }) {
  const count = targets.length;
  const error = (i, x, y) => {
    const z = x * inputs[2 * i] + y * inputs[2 * i + 1],
      small = Math.exp(-Math.abs(z));
    return (z >= 0 ? 1 : small) / (1 + small) - targets[i];
  };
  const batch = (x, y, rows) => {
    let gx = 0,
      gy = 0;
    for (const i of rows) {
      const e = error(i, x, y);
      gx += e * inputs[2 * i];
      gy += e * inputs[2 * i + 1];
    }
    return [gx / rows.length, gy / rows.length];
  };
  const all = [...targets.keys()];
  return {
    value: (x, y) => {
      let sum = 0;
      for (let i = 0; i < count; i++) {
        const z = x * inputs[2 * i] + y * inputs[2 * i + 1];
        sum += Math.max(z, 0) - z * targets[i] + Math.log1p(Math.exp(-Math.abs(z)));
      }
      return sum / count;
    },
    gradient: (x, y) => batch(x, y, all),
    batch,
  };
}

// Largest eigenvalue of the Hessian, by central differences of the exact gradient.
function steepest(gradient, x, y) {
  const h = 1e-5 * Math.max(1, Math.abs(x), Math.abs(y));
  const along = (dx, dy) => {
    const up = gradient(x + dx, y + dy),
      down = gradient(x - dx, y - dy);
    return [(up[0] - down[0]) / (2 * h), (up[1] - down[1]) / (2 * h)];
  };
  const [a, c1] = along(h, 0),
    [c2, b] = along(0, h),
    c = (c1 + c2) / 2;
  return (a + b) / 2 + Math.hypot((a - b) / 2, c);
}

/**
 * The largest rate at which plain descent settles in a bowl of this curvature; Infinity where nothing
 * curves upward.
 * @param {(x: number, y: number) => number[]} gradient
 * @param {number} x
 * @param {number} y
 */
export function stabilityLimit(gradient, x, y) {
  const largest = steepest(gradient, x, y);
  return largest > 0 ? 2 / largest : Infinity;
}

/**
 * Whether a function has a value and a slope at a place.
 * @param {Functions} functions
 * @param {number} x
 * @param {number} y
 */
export const stands = (functions, x, y) =>
  [functions.value(x, y), ...functions.gradient(x, y)].every(Number.isFinite);
