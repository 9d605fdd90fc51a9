// core/inspect/formula.py and statistics.py once more, for what follows the pointer. A browser test
// compares both on cells of every kind. Maps are row-major with channels last, as in Keras.
const PASSING = new Set(["rescaling", "dropout", "flatten"]);
const LEAKS = { leaky_relu: 0.2, elu: 1, sigmoid: 1, tanh: 1 };
const EPSILON = 1e-3;

function activationOf(name, x) {
  return ACTIVATION_MATH[name][0](x, LEAKS[name] ?? 0);
}

class NetworkMath {
  // nodes: described in the header; values: name -> Float32Array, only of nodes that hold their own.
  constructor(nodes, values) {
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    this.own = values;
    this.weights = null; // name -> array with a shape, once they have arrived
    this.kept = new Map();
  }

  node(name) {
    return this.nodes.get(name);
  }

  // Values of a node, null where they were not sent.
  values(name) {
    const node = this.node(name);
    if (this.own.has(name)) return this.own.get(name);
    if (node.kind === "rescaling") {
      const gray = this.values(node.inputs[0]),
        share = Math.fround(1 / 255);
      if (!this.kept.has(name))
        this.kept.set(
          name,
          gray.map((v) => v * share),
        );
      return this.kept.get(name);
    }
    return PASSING.has(node.kind) ? this.values(node.inputs[0]) : null;
  }

  weight(name, part) {
    const node = this.node(name);
    return this.weights?.get(`${node.weights}/${part}`) ?? null;
  }

  // Height, width and channels; a vector is one pixel with many channels.
  dims(name) {
    const { shape } = this.node(name);
    return shape.length === 3 ? shape : [1, 1, shape[0]];
  }

  lookThrough(name) {
    while (PASSING.has(this.node(name).kind)) name = this.node(name).inputs[0];
    return name;
  }

  // ---- limits of color -------------------------------------------------------------------------

  unitValues(name, unit) {
    const values = this.values(name),
      channels = this.dims(name)[2],
      found = new Float32Array(values.length / channels);
    for (let i = 0, at = unit; i < found.length; i++, at += channels) found[i] = values[at];
    return found;
  }

  limits(name, unit, scope, clip) {
    const key = `${scope}/${clip}/${scope === "network" ? "" : name}/${scope === "unit" ? unit : ""}`;
    if (!this.kept.has(key)) this.kept.set(key, this.findLimits(name, unit, scope, clip));
    return this.kept.get(key);
  }

  findLimits(name, unit, scope, clip) {
    let parts;
    if (scope === "network")
      parts = [...this.nodes.values()]
        .filter((n) => n.kind !== "input" && n.kind !== "rescaling")
        .map((n) => n.name);
    const arrays = parts
      ? parts.map((part) => this.values(part)).filter(Boolean)
      : [scope === "unit" ? this.unitValues(name, unit) : this.values(name)];
    let most = 0,
      low = 0,
      count = 0;
    for (const values of arrays) {
      count += values.length;
      for (const v of values) {
        if (v < low) low = v;
        const size = v < 0 ? -v : v;
        if (size > most) most = size;
      }
    }
    if (clip < 100 && count) {
      const all = new Float32Array(count);
      let at = 0;
      for (const values of arrays) for (const v of values) all[at++] = v < 0 ? -v : v;
      all.sort();
      const place = (clip / 100) * (count - 1),
        before = Math.floor(place),
        after = Math.min(before + 1, count - 1);
      most = all[before] + (all[after] - all[before]) * (place - before);
    }
    return { low: low < 0 ? -most : 0, high: most };
  }

  // ---- how strongly one unit reads each unit of its inputs --------------------------------------

  // [{source, channel, size, sum}] of a node's unit, the sources looked through.
  strengths(name, unit) {
    const node = this.node(name),
      [height, width, channels] = this.dims(name);
    const plain = (source, channel) => [
      { source: this.lookThrough(source), channel, size: 1, sum: 1 },
    ];
    switch (node.kind) {
      case "convolution":
      case "shared_convolution":
      case "dense":
        return this.readsAll(node, unit);
      case "depthwise_convolution": {
        const kernel = this.weight(name, "kernel");
        if (!kernel) return [];
        return [
          this.strength(
            kernel,
            this.lookThrough(node.inputs[0]),
            unit,
            unit,
            kernel.shape[2],
            kernel.shape[0] * kernel.shape[1],
          ),
        ];
      }
      case "add":
        return node.inputs.flatMap((source) => plain(source, unit));
      case "concatenate": {
        let rest = unit;
        for (const source of node.inputs) {
          const own = this.dims(source)[2];
          if (rest < own) return plain(source, rest);
          rest -= own;
        }
        return [];
      }
      case "input":
        return [];
      default:
        return plain(node.inputs[0], unit);
    }
  }

  readsAll(node, unit) {
    const kernel = this.weight(node.name, "kernel");
    if (!kernel) return [];
    const units = kernel.shape.at(-1),
      source = this.lookThrough(node.inputs[0]),
      channels = this.dims(source)[2];
    const cells = kernel.length / units / channels;
    return Array.from({ length: channels }, (_, c) =>
      this.strength(kernel, source, c, c * units + unit, channels * units, cells),
    );
  }

  strength(kernel, source, channel, start, step, cells) {
    let squares = 0,
      sum = 0;
    for (let k = 0, at = start; k < cells; k++, at += step) {
      squares += kernel[at] ** 2;
      sum += kernel[at];
    }
    return { source, channel, size: Math.sqrt(squares), sum };
  }

  // ---- one cell ----------------------------------------------------------------------------------

  // The formula of one cell, as core.inspect.formula.explain_cell; null where numbers are missing.
  explain(name, index) {
    const node = this.node(name);
    if (!this.values(name) || node.inputs.some((source) => !this.values(source))) return null;
    if (node.kind === "input") return this.finish(node, index, "copy", [], this.at(name, index));
    if (node.weights && !this.weights) return null;
    const [row, column, unit] = index.length === 3 ? index : [0, 0, index[0]];
    const source = node.inputs[0],
      own = node.own ?? {};
    switch (node.kind) {
      case "convolution": {
        const kernel = this.weight(name, "kernel"),
          [size, , channels, units] = kernel.shape;
        const terms = this.window(
          source,
          this.values(source),
          this.dims(source),
          this.places(row, this.dims(source)[0], size, own.stride, own.dilation, own.padding),
          this.places(column, this.dims(source)[1], size, own.stride, own.dilation, own.padding),
          range(channels),
          (g, k, l) => kernel[((k * size + l) * channels + g) * units + unit],
        );
        return this.finish(
          node,
          index,
          "sum",
          [terms],
          this.weight(name, "bias")[unit],
          own.activation,
        );
      }
      case "depthwise_convolution": {
        const kernel = this.weight(name, "kernel"),
          [size, , channels] = kernel.shape;
        const terms = this.window(
          source,
          this.values(source),
          this.dims(source),
          this.places(row, this.dims(source)[0], size, own.stride, 1, own.padding),
          this.places(column, this.dims(source)[1], size, own.stride, 1, own.padding),
          [unit],
          (g, k, l) => kernel[(k * size + l) * channels + unit],
        );
        return this.finish(
          node,
          index,
          "sum",
          [terms],
          this.weight(name, "bias")[unit],
          own.activation,
        );
      }
      case "shared_convolution":
        return this.shared(node, index, row, column, unit);
      case "dense": {
        const kernel = this.weight(name, "kernel"),
          units = kernel.shape[1],
          behind = this.lookThrough(source);
        const [height, width, channels] = this.dims(behind);
        const terms = this.window(
          behind,
          this.values(behind),
          [height, width, channels],
          range(height),
          range(width),
          range(channels),
          (g, k, l) => kernel[((k * width + l) * channels + g) * units + unit],
        );
        return this.finish(
          node,
          index,
          "sum",
          [terms],
          this.weight(name, "bias")[unit],
          own.activation,
        );
      }
      case "pooling": {
        const [height, width] = this.dims(source);
        const within = (places, length) => places.filter((p) => p >= 0 && p < length);
        return this.picked(
          node,
          index,
          own.kind,
          unit,
          within(this.places(row, height, own.size, own.step, 1, own.padding), height),
          within(this.places(column, width, own.size, own.step, 1, own.padding), width),
        );
      }
      case "global_pooling": {
        const [height, width] = this.dims(source);
        return this.picked(node, index, own.kind, unit, range(height), range(width));
      }
      case "batch_normalization": {
        const [gamma, beta, mean, variance] = [
          "gamma",
          "beta",
          "moving_mean",
          "moving_variance",
        ].map((part) => this.weight(name, part)[unit]);
        const factor = gamma / Math.sqrt(variance + EPSILON);
        return this.finish(
          node,
          index,
          "normalize",
          [this.cell(source, row, column, unit, factor)],
          beta - mean * factor,
          "linear",
          { constants: { gamma, beta, mean, variance, epsilon: EPSILON } },
        );
      }
      case "add":
        return this.finish(
          node,
          index,
          "add",
          node.inputs.map((one) => this.cell(one, row, column, unit)),
          0,
          "linear",
        );
      case "concatenate": {
        let rest = unit;
        for (const one of node.inputs) {
          const channels = this.dims(one)[2];
          if (rest < channels)
            return this.finish(
              node,
              index,
              "copy",
              [this.cell(one, row, column, rest)],
              0,
              "linear",
            );
          rest -= channels;
        }
        return null;
      }
      case "rescaling":
        return this.finish(
          node,
          index,
          "scale",
          [this.cell(source, row, column, unit, 1 / 255)],
          0,
          "linear",
        );
      case "flatten": {
        const [, width, channels] = this.dims(source),
          pixel = Math.floor(unit / channels);
        return this.finish(
          node,
          index,
          "copy",
          [this.cell(source, Math.floor(pixel / width), pixel % width, unit % channels)],
          0,
          "linear",
        );
      }
      case "activation":
        return this.finish(
          node,
          index,
          "apply",
          [this.cell(source, row, column, unit)],
          0,
          own.kind,
        );
      default:
        return this.finish(
          node,
          index,
          "copy",
          [this.cell(source, row, column, unit)],
          0,
          "linear",
        );
    }
  }

  at(name, index) {
    const [, width, channels] = this.dims(name),
      [row, column, unit] = index.length === 3 ? index : [0, 0, index[0]];
    return this.values(name)[(row * width + column) * channels + unit];
  }

  places(at, length, size, stride = 1, dilation = 1, padding = "valid") {
    const reach = (size - 1) * dilation + 1;
    const total =
      padding === "same"
        ? Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach - length)
        : 0;
    return Array.from(
      { length: size },
      (_, k) => at * stride - Math.floor(total / 2) + k * dilation,
    );
  }

  window(source, values, [height, width, channels], rows, columns, chosen, weightOf) {
    const K = rows.length,
      L = columns.length,
      n = chosen.length * K * L;
    const found = {
      source,
      channels: chosen,
      rows,
      columns,
      inside: new Uint8Array(K * L),
      values: new Float64Array(n),
      weights: new Float64Array(n),
      sums: new Float64Array(chosen.length),
    };
    for (let k = 0; k < K; k++)
      for (let l = 0; l < L; l++) {
        const inside = rows[k] >= 0 && rows[k] < height && columns[l] >= 0 && columns[l] < width;
        found.inside[k * L + l] = inside ? 1 : 0;
        for (let i = 0; i < chosen.length; i++) {
          const at = (i * K + k) * L + l,
            weight = weightOf(chosen[i], k, l);
          const value = inside ? values[(rows[k] * width + columns[l]) * channels + chosen[i]] : 0;
          found.values[at] = value;
          found.weights[at] = weight;
          found.sums[i] += value * weight;
        }
      }
    return found;
  }

  cell(source, row, column, channel, weight = 1) {
    return this.window(
      source,
      this.values(source),
      this.dims(source),
      [row],
      [column],
      [channel],
      () => weight,
    );
  }

  picked(node, index, kind, unit, rows, columns) {
    const source = node.inputs[0],
      [, width, channels] = this.dims(source),
      values = this.values(source);
    let winner = null,
      best = -Infinity;
    if (kind === "max")
      for (const r of rows)
        for (const c of columns) {
          const value = values[(r * width + c) * channels + unit];
          if (winner === null || value > best) {
            best = value;
            winner = [r, c];
          }
        }
    const share = 1 / (rows.length * columns.length);
    const terms = this.window(
      source,
      values,
      this.dims(source),
      rows,
      columns,
      [unit],
      (g, k, l) =>
        kind === "max" ? Number(rows[k] === winner[0] && columns[l] === winner[1]) : share,
    );
    return this.finish(node, index, kind === "max" ? "largest" : "mean", [terms], 0, "linear", {
      winner,
    });
  }

  shared(node, index, row, column, unit) {
    const source = node.inputs[0],
      kernel = this.weight(node.name, "kernel"),
      [size, , channels, units] = kernel.shape;
    const bias = this.weight(node.name, "bias")[unit];
    const found = node.own.scales.map((scale) => {
      const [values, dims] = this.coarser(source, scale);
      const terms = this.window(
        source,
        values,
        dims,
        this.places(Math.floor(row / scale), dims[0], size, 1, 1, "same"),
        this.places(Math.floor(column / scale), dims[1], size, 1, 1, "same"),
        range(channels),
        (g, k, l) => kernel[((k * size + l) * channels + g) * units + unit],
      );
      return { ...this.finish(node, index, "sum", [terms], bias, node.own.activation), scale };
    });
    const best = found.reduce((a, b) => (b.result > a.result ? b : a));
    return { ...best, scales: found.map((one) => [one.scale, one.result]) };
  }

  // Means over s x s windows, in single precision as the network computes them.
  coarser(name, scale) {
    const [height, width, channels] = this.dims(name),
      values = this.values(name);
    if (scale === 1) return [values, [height, width, channels]];
    const key = `coarser/${name}/${scale}`;
    if (!this.kept.has(key)) {
      const H = height / scale,
        W = width / scale,
        found = new Float32Array(H * W * channels);
      for (let r = 0; r < height; r++)
        for (let c = 0; c < width; c++)
          for (let g = 0; g < channels; g++)
            found[(Math.floor(r / scale) * W + Math.floor(c / scale)) * channels + g] +=
              values[(r * width + c) * channels + g];
      this.kept.set(key, [found.map((v) => v / (scale * scale)), [H, W, channels]]);
    }
    return this.kept.get(key);
  }

  finish(node, index, operation, terms, bias, activation = "linear", more = {}) {
    let before = bias;
    for (const part of terms) for (const sum of part.sums) before += sum;
    return {
      name: node.name,
      kind: node.kind,
      index,
      operation,
      terms,
      bias,
      before,
      activation,
      result: activationOf(activation, before),
      winner: null,
      scales: [],
      scale: 1,
      constants: null,
      ...more,
    };
  }
}

function range(count) {
  return Array.from({ length: count }, (_, i) => i);
}
