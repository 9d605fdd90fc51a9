// core/ops/activation.py once more, for what follows a dragging hand. A browser test compares both.
const SELU_ALPHA = 1.6732632423543772,
  SELU_SCALE = 1.0507009873554805;
function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  // A series of positive terms only: nothing cancels.
  let term = size,
    sum = size;
  for (let n = 1; term > 1e-18 * sum; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    sum += term;
  }
  return ((Math.sign(x) * 2) / Math.sqrt(Math.PI)) * Math.exp(-size * size) * sum;
}
function logistic(x) {
  const small = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
}
const normalCdf = (x) => 0.5 * (1 + erf(x / Math.SQRT2));
const eluOf = (x, a) => (x > 0 ? x : a * Math.expm1(x));
const eluSlope = (x, a) => (x > 0 ? 1 : a * Math.exp(x));
const ACTIVATION_MATH = {
  step: [(x, b) => (x >= b ? 1 : 0), () => 0],
  sigmoid: [
    (x, a) => logistic(a * x),
    (x, a) => {
      const y = logistic(a * x);
      return a * y * (1 - y);
    },
  ],
  tanh: [(x, a) => Math.tanh(x / a), (x, a) => (1 - Math.tanh(x / a) ** 2) / a],
  relu: [(x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)],
  leaky_relu: [(x, a) => (x > 0 ? x : a * x), (x, a) => (x > 0 ? 1 : a)],
  elu: [eluOf, eluSlope],
  selu: [(x) => SELU_SCALE * eluOf(x, SELU_ALPHA), (x) => SELU_SCALE * eluSlope(x, SELU_ALPHA)],
  gelu: [
    (x) => x * normalCdf(x),
    (x) => normalCdf(x) + (x * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI),
  ],
  silu: [
    (x) => x * logistic(x),
    (x) => {
      const y = logistic(x);
      return y * (1 + x * (1 - y));
    },
  ],
  softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x) => logistic(x)],
  linear: [(x) => x, () => 1],
};
const MINUS = "\u2212";
function fixed(value, digits = 2) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", MINUS);
}
function scientific(value) {
  if (value === 0) return "0";
  if (value >= 0.01 && value < 1000) return String(Number(value.toPrecision(2)));
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits}\u00d7${tenTo(10 ** Number(power))}`;
}
// Formula and slope in plain text; {x} and {p} become numbers, {f} the value itself.
const ACTIVATION_WORDS = {
  step: ["1 if {x} \u2265 {p}, else 0", "0"],
  sigmoid: ["1 / (1 + e^(\u2212{p}\u00b7{x}))", "{p} \u00b7 {f} \u00b7 (1 \u2212 {f})"],
  tanh: ["tanh({x} / {p})", "(1 \u2212 tanh\u00b2({x} / {p})) / {p}"],
  relu: ["max(0, {x})", "1 if {x} > 0, else 0"],
  leaky_relu: ["{x} if {x} > 0, else {p}\u00b7{x}", "1 if {x} > 0, else {p}"],
  elu: ["{x} if {x} > 0, else {p}\u00b7(e^({x}) \u2212 1)", "1 if {x} > 0, else {p}\u00b7e^({x})"],
  selu: [
    "1.051 \u00b7 ({x} if {x} > 0, else 1.673\u00b7(e^({x}) \u2212 1))",
    "1.051 \u00b7 (1 if {x} > 0, else 1.673\u00b7e^({x}))",
  ],
  gelu: ["{x} \u00b7 \u03a6({x})", "\u03a6({x}) + {x}\u00b7\u03c6({x})"],
  silu: ["{x} \u00b7 \u03c3({x})", "\u03c3({x}) \u00b7 (1 + {x}\u00b7(1 \u2212 \u03c3({x})))"],
  softplus: ["ln(1 + e^({x}))", "1 / (1 + e^(\u2212{x}))"],
  linear: ["{x}", "1"],
};
const SHORT_TITLES = {
  step: "step",
  sigmoid: "logistic",
  tanh: "tanh",
  relu: "ReLU",
  leaky_relu: "leaky ReLU",
  elu: "ELU",
  selu: "SELU",
  gelu: "GELU",
  silu: "SiLU",
  softplus: "softplus",
  linear: "linear",
};
// The same look for the same activation everywhere: four colors, three dashes.
const LOOKS = Object.fromEntries(
  Object.keys(ACTIVATION_MATH).map((name, i) => [
    name,
    {
      color: `var(--lb-${["training", "validation", "other", "reference"][i % 4]})`,
      dash: ["", "9 5", "2.5 4.5"][Math.floor(i / 4)],
    },
  ]),
);
const signedIn = (value) => (value < 0 ? `(${fixed(value)})` : fixed(value));
function inNumbers(template, x, p, f) {
  return template
    .replaceAll("({x})", `(${fixed(x)})`)
    .replaceAll("{x}", signedIn(x))
    .replaceAll("{p}", fixed(p))
    .replaceAll("{f}", fixed(f, 3));
}
