// Surfaces, update rules, schedules and walks as core/descent has them, for what must follow the
// hand. A browser test walks every rule on every surface beside core.descent.
const FAR = 1e6;

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
  if (tree === "y") return (x, y) => [y, 0, 1];
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

// name -> { value(x, y), gradient(x, y) -> [by x, by y] }
function surfaceFunctions(name, { condition = 10, tree = null, data = null, grid = null } = {}) {
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
function stabilityLimit(gradient, x, y) {
  const largest = steepest(gradient, x, y);
  return largest > 0 ? 2 / largest : Infinity;
}

// Each rule: (g, w, s, t, rate, o) -> change of one coordinate; it writes its state into s.
// One letter each, as in the formulas: gradient, weight, state, step, options.
function adamStep(g, w, s, t, rate, o) {
  s.mean = o.beta_1 * s.mean + (1 - o.beta_1) * g;
  s.squares = o.beta_2 * s.squares + (1 - o.beta_2) * g * g;
  const corrected =
    (rate * Math.sqrt(1 - Math.fround(o.beta_2) ** t)) / (1 - Math.fround(o.beta_1) ** t);
  return (-corrected * s.mean) / (Math.sqrt(s.squares) + o.epsilon);
}
const STEPS_OF = {
  sgd: (g, w, s, t, rate) => -rate * g,
  momentum: (g, w, s, t, rate, o) => {
    s.velocity = o.momentum * s.velocity - rate * g;
    return s.velocity;
  },
  nesterov: (g, w, s, t, rate, o) => {
    s.velocity = o.momentum * s.velocity - rate * g;
    return o.momentum * s.velocity - rate * g;
  },
  adagrad: (g, w, s, t, rate, o) => {
    s.squares += g * g;
    return (-rate * g) / Math.sqrt(s.squares + o.epsilon);
  },
  rmsprop: (g, w, s, t, rate, o) => {
    s.squares = o.rho * s.squares + (1 - o.rho) * g * g;
    return (-rate * g) / Math.sqrt(s.squares + o.epsilon);
  },
  adam: adamStep,
  adamw: (g, w, s, t, rate, o) => adamStep(g, w, s, t, rate, o) - rate * o.weight_decay * w,
  nadam: (g, w, s, t, rate, o) => {
    const u = o.beta_1 * (1 - 0.5 * 0.96 ** t),
      next = o.beta_1 * (1 - 0.5 * 0.96 ** (t + 1));
    s.schedule *= u;
    s.mean = o.beta_1 * s.mean + (1 - o.beta_1) * g;
    s.squares = o.beta_2 * s.squares + (1 - o.beta_2) * g * g;
    const m = (next * s.mean) / (1 - s.schedule * next) + ((1 - u) * g) / (1 - s.schedule);
    return (-rate * m) / (Math.sqrt(s.squares / (1 - o.beta_2 ** t)) + o.epsilon);
  },
};

function scheduleOf(name, rate, steps) {
  const every = Math.max(1, Math.floor(steps / 4)),
    rise = Math.max(1, Math.floor(steps / 5));
  return {
    constant: () => rate,
    step: (t) => rate * 0.5 ** Math.floor((t - 1) / every),
    cosine: (t) => rate * 0.5 * (1 + Math.cos((Math.PI * (t - 1)) / steps)),
    "warm-up": (t) => rate * Math.min(1, t / rise),
  }[name];
}

// One walk. `slope(t, x, y)` is the gradient as the rule receives it: of a batch, or disturbed.
// positions: x and y in turn, (taken + 1) pairs; states: slot -> the same; good: the step of the
// smallest value, to which a walk that ran away is rewound; lost: where the function had no value.
function walk({ functions, rule, start, rate, schedule = "constant", steps, slope }) {
  const received = slope ?? ((t, x, y) => functions.gradient(x, y));
  const rateAt = scheduleOf(schedule, rate, steps),
    change = STEPS_OF[rule.name];
  const positions = new Float64Array(2 * (steps + 1)),
    gradients = new Float64Array(2 * steps);
  const rates = new Float64Array(steps),
    states = {},
    now = [{}, {}];
  for (const slot of rule.slots) {
    const first = rule.initial[slot] ?? 0;
    states[slot] = new Float64Array(2 * (steps + 1));
    now.forEach((s, d) => {
      s[slot] = first;
      states[slot][d] = first;
    });
  }
  const at = [start[0], start[1]];
  positions.set(at);
  let taken = steps,
    diverged = null;
  for (let t = 1; t <= steps; t++) {
    const g = received(t, at[0], at[1]),
      alpha = rateAt(t);
    for (let d = 0; d < 2; d++) at[d] += change(g[d], at[d], now[d], t, alpha, rule.settings);
    if (!(Math.abs(at[0]) <= FAR && Math.abs(at[1]) <= FAR)) {
      taken = t - 1;
      diverged = t;
      break;
    }
    positions[2 * t] = at[0];
    positions[2 * t + 1] = at[1];
    gradients[2 * t - 2] = g[0];
    gradients[2 * t - 1] = g[1];
    rates[t - 1] = alpha;
    for (const slot of rule.slots)
      for (let d = 0; d < 2; d++) states[slot][2 * t + d] = now[d][slot];
  }
  const values = new Float64Array(taken + 1);
  let good = 0,
    lost = null;
  for (let t = 0; t <= taken; t++) {
    values[t] = functions.value(positions[2 * t], positions[2 * t + 1]);
    if (values[t] <= values[good]) good = t;
    if (lost === null && !Number.isFinite(values[t])) lost = t;
  }
  return {
    rule,
    positions: positions.subarray(0, 2 * (taken + 1)),
    values,
    gradients,
    rates,
    states,
    taken,
    diverged,
    good,
    lost,
  };
}
