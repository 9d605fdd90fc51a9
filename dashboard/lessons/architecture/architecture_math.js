// Shapes, counts and receptive fields of core/models/{layers,graph,cost,memory,diagnosis}.py and
// core/inspect/receptive_field.py once more, for a network that is being dragged; a browser test compares every
// number and every sentence with core's.
const MOST_PARAMETERS = 50000000,
  MOST_STRIDE = 8,
  FLOAT_BYTES = 4,
  ADAM_COPIES = 3;
const CLASS_NAMES = {
  convolution: "Convolution",
  depthwise_convolution: "DepthwiseConvolution",
  shared_convolution: "SharedConvolution",
  pooling: "Pooling",
  global_pooling: "GlobalPooling",
};
const BLOCKS = new Set(["residual", "parallel"]);

const count = (value) => Math.round(value).toLocaleString("en-US");
const pyShape = (shape) => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);
const sameShape = (a, b) => a.length === b.length && a.every((side, i) => side === b[i]);
const product = (values) => values.reduce((total, value) => total * value, 1);

class Refusal extends Error {
  constructor(layer, problem, remedy) {
    super(problem);
    Object.assign(this, { layer, problem, remedy });
  }
}

function windowOf(layer) {
  if (layer.layer === "pooling")
    return { side: layer.size, stride: layer.stride ?? layer.size, dilation: 1, reach: layer.size };
  const dilation = layer.dilation ?? 1;
  return {
    side: layer.kernel_size,
    stride: layer.stride,
    dilation,
    reach: (layer.kernel_size - 1) * dilation + 1,
  };
}

// What a description on its own must hold, as the classes of layers.py check it.
function checkLayer(name, layer) {
  if (layer.layer === "convolution" && layer.stride > 1 && layer.dilation > 1) {
    throw new Refusal(
      name,
      `A stride of ${layer.stride} and a dilation of ${layer.dilation} together are not supported by Keras.`,
      "Set one of the two to 1.",
    );
  }
  if (layer.layer === "residual" && !layer.body.length) {
    throw new Refusal(
      name,
      "A residual block has no layers.",
      "Put at least one convolution into it.",
    );
  }
  if (layer.layer === "parallel" && layer.branches.length < 2) {
    throw new Refusal(
      name,
      `Parallel branches number ${layer.branches.length}; at least 2 are needed.`,
      "Add a branch, or put the layers one after another.",
    );
  }
}

function mapSides(name, layer, shape) {
  if (shape.length !== 3) {
    throw new Refusal(
      name,
      `${CLASS_NAMES[layer.layer]} takes maps, but receives a vector of ${shape[0]}.`,
      "Put it before Flatten or GlobalPooling.",
    );
  }
  return shape[0];
}

function sideAfter(name, layer, shape) {
  const side = mapSides(name, layer, shape),
    { stride, reach } = windowOf(layer);
  if (layer.padding === "same") return Math.ceil(side / stride);
  if (side < reach) {
    const what =
      layer.layer === "pooling"
        ? `${layer.kind} pooling ${reach}x${reach}`
        : `${reach}x${reach} filter`;
    throw new Refusal(
      name,
      `A ${what} does not fit maps of ${shape[0]}x${shape[1]}: nothing would be left.`,
      "Use a larger input image, or fewer pooling layers.",
    );
  }
  return Math.floor((side - reach) / stride) + 1;
}

function shapeAfter(name, layer, shape) {
  switch (layer.layer) {
    case "convolution": {
      const side = sideAfter(name, layer, shape);
      return [side, side, layer.filters];
    }
    case "depthwise_convolution":
    case "pooling": {
      const side = sideAfter(name, layer, shape);
      return [side, side, shape[2]];
    }
    case "shared_convolution": {
      const side = mapSides(name, layer, shape);
      for (const scale of layer.scales)
        if (side % scale) {
          throw new Refusal(
            name,
            `Maps of ${side}x${side} cannot be averaged in windows of ${scale}x${scale} without a rest.`,
            `Use an input size that ${scale} divides, or other scales.`,
          );
        }
      return [side, side, layer.filters];
    }
    case "flatten":
      return [product(shape)];
    case "global_pooling":
      mapSides(name, layer, shape);
      return [shape[2]];
    case "dense":
      if (shape.length !== 1)
        throw new Refusal(
          name,
          `A dense layer takes a vector, but receives maps of shape ${pyShape(shape)}.`,
          "Put Flatten or GlobalPooling before the first dense layer.",
        );
      return [layer.units];
    default:
      return shape;
  }
}

// Parameters and products of a single layer, each with its arithmetic.
function costOf(layer, shape, after) {
  const k = layer?.kernel_size,
    none = { parameters: 0, text: "", trained: 0, macs: 0, macsText: "" };
  const told = (parameters, text, macs, macsText) => ({
    parameters,
    trained: parameters,
    text: `${text} = ${count(parameters)}`,
    macs,
    macsText: macs ? `${macsText} = ${count(macs)}` : "",
  });
  switch (layer?.layer) {
    case "convolution":
      return told(
        (k * k * shape[2] + 1) * layer.filters,
        `${k}x${k}x${shape[2]}x${layer.filters} + ${layer.filters}`,
        product(after) * k * k * shape[2],
        `${after.join("x")} x ${k}x${k}x${shape[2]}`,
      );
    case "shared_convolution": {
      const sides = layer.scales.map((scale) => Math.floor(shape[0] / scale));
      return told(
        (k * k * shape[2] + 1) * layer.filters,
        `${k}x${k}x${shape[2]}x${layer.filters} + ${layer.filters}`,
        sides.reduce((total, side) => total + side * side, 0) * layer.filters * k * k * shape[2],
        `(${sides.map((side) => `${side}x${side}`).join(" + ")}) x ${layer.filters} x ${k}x${k}x${shape[2]}`,
      );
    }
    case "depthwise_convolution":
      return told(
        (k * k + 1) * shape[2],
        `${k}x${k}x${shape[2]} + ${shape[2]}`,
        product(after) * k * k,
        `${after.join("x")} x ${k}x${k}`,
      );
    case "dense":
      return told(
        (shape[0] + 1) * layer.units,
        `${shape[0]}x${layer.units} + ${layer.units}`,
        shape[0] * layer.units,
        `${shape[0]}x${layer.units}`,
      );
    case "batch_normalization": {
      const found = told(4 * shape.at(-1), `4x${shape.at(-1)}`, 0, "");
      found.trained /= 2;
      return found;
    }
    default:
      return none;
  }
}

// Receptive fields: `at(path, u)` is the first and the last pixel seen on an axis without an end.
const gcd = (a, b) => (b ? gcd(b, a % b) : a);
const lcm = (a, b) => (a / gcd(a, b)) * b;
function at(path, unit) {
  const period = path.first.length,
    phase = ((unit % period) + period) % period,
    shift = (unit - phase) * path.jump;
  return [path.first[phase] + shift, path.last[phase] + shift];
}
function mergedPaths(paths) {
  const found = new Map();
  for (const path of paths) {
    const known = found.get(path.jump);
    if (!known) {
      found.set(path.jump, path);
      continue;
    }
    const hull = { jump: path.jump, first: [], last: [] };
    for (let unit = 0; unit < lcm(known.first.length, path.first.length); unit++) {
      const [a, b] = at(known, unit),
        [c, d] = at(path, unit);
      hull.first.push(Math.min(a, c));
      hull.last.push(Math.max(b, d));
    }
    found.set(path.jump, hull);
  }
  return [...found.values()];
}
function slideField(before, layer, side) {
  const w = windowOf(layer),
    steps = Math.ceil(before.side / w.stride);
  const pad =
    layer.padding === "same"
      ? Math.floor(Math.max((steps - 1) * w.stride + w.reach - before.side, 0) / 2)
      : 0;
  const paths = before.paths.map((path) => {
    const period = path.first.length / gcd(path.first.length, w.stride),
      first = [],
      last = [];
    for (let unit = 0; unit < period; unit++) {
      const ends = Array.from({ length: w.side }, (_, tap) =>
        at(path, unit * w.stride - pad + tap * w.dilation),
      );
      first.push(Math.min(...ends.map((end) => end[0])));
      last.push(Math.max(...ends.map((end) => end[1])));
    }
    return { jump: path.jump * w.stride, first, last };
  });
  const low = [],
    high = [];
  for (let unit = 0; unit < side; unit++) {
    let a = Infinity,
      b = -1;
    for (let tap = 0; tap < w.side; tap++) {
      const from = unit * w.stride - pad + tap * w.dilation;
      if (from < 0 || from >= before.side) continue;
      a = Math.min(a, before.low[from]);
      b = Math.max(b, before.high[from]);
    }
    low.push(a);
    high.push(b);
  }
  return { side, paths, low, high };
}
function shareField(before, layer) {
  const k = layer.kernel_size,
    pad = (k - 1) >> 1,
    side = before.side,
    paths = [];
  const low = new Array(side).fill(Infinity),
    high = new Array(side).fill(-1);
  for (const scale of layer.scales) {
    const cells = side / scale,
      clip = (cell) => Math.min(Math.max(cell, 0), cells - 1);
    for (let unit = 0; unit < side; unit++) {
      const cell = Math.floor(unit / scale);
      low[unit] = Math.min(low[unit], before.low[clip(cell - pad) * scale]);
      high[unit] = Math.max(high[unit], before.high[clip(cell - pad + k - 1) * scale + scale - 1]);
    }
    for (const path of before.paths) {
      const first = [],
        last = [];
      for (let unit = 0; unit < lcm(path.first.length, scale); unit++) {
        const cell = Math.floor(unit / scale) - pad;
        first.push(at(path, cell * scale)[0]);
        last.push(at(path, (cell + k) * scale - 1)[1]);
      }
      paths.push({ jump: path.jump, first, last });
    }
  }
  return { side, paths: mergedPaths(paths), low, high };
}
function allField(before) {
  let first = Infinity,
    last = -Infinity;
  for (const path of before.paths)
    for (let unit = 0; unit < before.side; unit++) {
      const [a, b] = at(path, unit);
      first = Math.min(first, a);
      last = Math.max(last, b);
    }
  return {
    side: 1,
    paths: [{ jump: 0, first: [first], last: [last] }],
    low: [Math.min(...before.low)],
    high: [Math.max(...before.high)],
  };
}
function joinFields(fields) {
  return {
    side: fields[0].side,
    paths: mergedPaths(fields.flatMap((field) => field.paths)),
    low: fields[0].low.map((_, u) => Math.min(...fields.map((field) => field.low[u]))),
    high: fields[0].high.map((_, u) => Math.max(...fields.map((field) => field.high[u]))),
  };
}
function fieldAfter(row, layer, fields) {
  switch (layer?.layer) {
    case "convolution":
    case "depthwise_convolution":
    case "pooling":
      return slideField(fields[0], layer, row.shape[0]);
    case "shared_convolution":
      return shareField(fields[0], layer);
    case "global_pooling":
    case "dense":
      return allField(fields[0]);
    default:
      if (fields.length === 1) return { ...fields[0] };
      return joinFields(
        row.shape.length === 1 && row.kind === "concatenate" ? fields.map(allField) : fields,
      );
  }
}
function summed(field) {
  let size = 0;
  const hull = (unit) => {
    let first = Infinity,
      last = -Infinity;
    for (const path of field.paths) {
      const [a, b] = at(path, unit);
      first = Math.min(first, a);
      last = Math.max(last, b);
    }
    return [first, last];
  };
  // With one jump all sizes repeat after a period.
  const most =
    field.paths.length === 1 ? Math.min(field.side, field.paths[0].first.length) : field.side;
  for (let unit = 0; unit < most; unit++) {
    const [a, b] = hull(unit);
    size = Math.max(size, b - a + 1);
  }
  const [a, b] = hull(0);
  return Object.assign(field, {
    size,
    center: (a + b) / 2,
    jump: field.paths.length === 1 ? field.paths[0].jump : null,
  });
}

// All rows of a described network; where a layer cannot follow, the rows before it and why.
function examine(design, batch = 32) {
  const rows = [],
    known = new Map(),
    S = design.input_size;
  const add = (name, kind, layer, inputs, shape, path) => {
    const before = inputs.length ? known.get(inputs[0]).shape : shape;
    const row = {
      name,
      kind,
      layer,
      inputs,
      inShape: before,
      shape,
      path,
      ...costOf(layer, before, shape),
    };
    row.bytes = kind === "input" || kind === "flatten" ? 0 : FLOAT_BYTES * product(shape);
    row.field = inputs.length
      ? summed(
          fieldAfter(
            row,
            layer,
            inputs.map((input) => known.get(input).field),
          ),
        )
      : summed({
          side: S,
          paths: [{ jump: 1, first: [0], last: [0] }],
          low: [...Array(S).keys()],
          high: [...Array(S).keys()],
        });
    rows.push(row);
    known.set(name, row);
    return name;
  };
  const chain = (layers, name, source, path) =>
    layers.reduce(
      (last, layer, i) => one(layer, `${name}_${layer.layer}_${i + 1}`, last, [...path, i]),
      source,
    );
  const one = (layer, name, source, path) => {
    const shape = known.get(source).shape;
    if (layer.layer === "residual") {
      const body = chain(layer.body, name, source, [...path, "body"]);
      checkLayer(name, layer);
      const after = known.get(body).shape;
      let way = source;
      if (!sameShape(after, shape)) {
        if (shape.length !== 3 || after.length !== 3) {
          throw new Refusal(
            name,
            `A residual body turns ${pyShape(shape)} into ${pyShape(after)}, which no shortcut can match.`,
            "Keep Flatten, GlobalPooling and dense layers outside of the block.",
          );
        }
        const stride = Math.max(1, Math.ceil(shape[0] / after[0]));
        if (stride > MOST_STRIDE)
          throw new Refusal(
            name,
            `stride is ${stride}, not a whole number from 1 to ${MOST_STRIDE}.`,
            `Choose stride between 1 and ${MOST_STRIDE}.`,
          );
        const shortcut = {
          layer: "convolution",
          filters: after[2],
          kernel_size: 1,
          stride,
          padding: "same",
          activation: "linear",
          dilation: 1,
        };
        if (!sameShape(shapeAfter(name, shortcut, shape), after)) {
          throw new Refusal(
            name,
            `A residual body turns ${pyShape(shape)} into ${pyShape(after)}, which no shortcut can match.`,
            'Use padding "same" and an even size inside the block.',
          );
        }
        way = add(`${name}_shortcut`, "convolution", shortcut, [source], after, path);
      }
      const total = add(`${name}_add`, "add", null, [way, body], after, path);
      return add(
        `${name}_relu`,
        "activation",
        { layer: "activation", kind: "relu" },
        [total],
        after,
        path,
      );
    }
    if (layer.layer === "parallel") {
      const ends = layer.branches.map((branch, b) =>
        chain(branch, `${name}_branch_${b + 1}`, source, [...path, b]),
      );
      checkLayer(name, layer);
      const shapes = ends.map((end) => known.get(end).shape),
        head = (s) => s.slice(0, -1).join("x");
      if (new Set(shapes.map(head)).size !== 1) {
        throw new Refusal(
          name,
          `Parallel branches end in different sizes: [${shapes.map(pyShape).join(", ")}].`,
          "Give every branch the same strides and pooling.",
        );
      }
      const joined = [...shapes[0].slice(0, -1), shapes.reduce((total, s) => total + s.at(-1), 0)];
      return add(`${name}_join`, "concatenate", null, ends, joined, path);
    }
    checkLayer(name, layer);
    return add(name, layer.layer, layer, [source], shapeAfter(name, layer, shape), path);
  };
  let error = null,
    last = "rescaling";
  const seen = {},
    largest = { parameters: 0, name: "" };
  const total = (field) => rows.reduce((sum, row) => sum + row[field], 0);
  add("image", "input", null, [], [S, S, 1], null);
  add("rescaling", "rescaling", null, ["image"], [S, S, 1], null);
  try {
    design.layers.forEach((layer, i) => {
      seen[layer.layer] = (seen[layer.layer] ?? 0) + 1;
      const name = `${layer.layer}_${seen[layer.layer]}`,
        held = total("parameters");
      last = one(layer, name, last, [i]);
      if (total("parameters") - held >= largest.parameters)
        Object.assign(largest, { parameters: total("parameters") - held, name });
    });
    const outputs = design.classes.length === 2 ? 1 : design.classes.length;
    one({ layer: "dense", units: outputs, activation: "linear" }, "logits", last, null);
    if (total("parameters") > MOST_PARAMETERS) {
      error = new Refusal(
        largest.name,
        `This network has ${count(total("parameters"))} parameters; ${count(MOST_PARAMETERS)} is the limit.`,
        "Pool once more before Flatten, use GlobalPooling, or fewer dense units.",
      );
    }
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    error = refusal;
  }
  const maps = total("bytes"),
    weights = FLOAT_BYTES * total("parameters");
  return {
    rows,
    error: error && { layer: error.layer, problem: error.problem, remedy: error.remedy },
    parameters: total("parameters"),
    macs: total("macs"),
    maps,
    weights,
    batch,
    training:
      batch * (FLOAT_BYTES * S * S + 2 * maps) +
      weights +
      FLOAT_BYTES * ADAM_COPIES * total("trained"),
  };
}
