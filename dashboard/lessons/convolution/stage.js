const CONVOLUTIONS = new WeakMap();
const MINUS = "\u2212",
  TIMES = "\u00d7",
  MOST_ROWS = 4;
const brief = (value) => {
  const size = Math.abs(value);
  let text = size >= 99.5 ? size.toFixed(0) : size >= 9.995 ? size.toFixed(1) : size.toFixed(2);
  if (text.includes(".")) text = text.replace(/0+$/, "").replace(/\.$/, "");
  if (text === "0" || text === "") return size > 1e-9 ? "\u22480" : "0"; // not nothing, only too small for the cell
  return (value < 0 ? MINUS : "") + text.replace(/^0\./, ".");
};
const raised = (power) =>
  `10${String(power).replace(/[-0-9]/g, (c) => (c === "-" ? "\u207b" : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[c]))}`;
// Digits behind the point, and more where all of them would be lost.
const said = (value, digits = 3) => {
  const size = Math.abs(value),
    sign = value < 0 ? MINUS : "";
  if (size > 1e-9 && size < 0.5 * 10 ** -digits) {
    const power = Math.floor(Math.log10(size));
    if (power < -4) return `${sign}${(size / 10 ** power).toFixed(1)} \u00b7 ${raised(power)}`;
    return sign + size.toFixed(-power);
  }
  const text =
    size >= 1000 ? size.toFixed(0) : size >= 100 ? size.toFixed(1) : size.toFixed(digits);
  return (Number(text) !== 0 ? sign : "") + text;
};
const plain = (value) => (value >= 1e-4 ? String(Number(value.toPrecision(3))) : said(value, 3));
// The power of ten that is taken out of small numbers, so that cells can print them; 0 for none.
const powerOf = (array) => {
  const most = largestOf(array);
  return most > 1e-9 && most < 0.02 ? Math.floor(Math.log10(most)) : 0;
};
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const signedTerm = (value) => (value < 0 ? ` ${MINUS} ` : " + ") + said(Math.abs(value));
const largestOf = (array) => {
  let most = 0;
  for (const v of array) {
    const size = v < 0 ? -v : v;
    if (size > most) most = size;
  }
  return most;
};
// Limits in steps of 1, 2, 5: they stay while a weight is dragged, so that colors show the change.
const niceLimit = (value) => {
  if (!(value > 1e-12)) return 1;
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5, 10].find((n) => n * power >= value * (1 - 1e-9)) * power;
};
function lookup(stops) {
  const table = new Uint8ClampedArray(3 * 511);
  for (let n = 0; n < 511; n++) {
    const at = (n / 510) * (stops.length - 1),
      low = Math.min(Math.floor(at), stops.length - 2),
      t = at - low;
    for (let k = 0; k < 3; k++)
      table[3 * n + k] = stops[low][k] + (stops[low + 1][k] - stops[low][k]) * t;
  }
  return table;
}
const tone = (value, limit) => Math.round(255 + 255 * Math.min(Math.max(value / limit, -1), 1));

class Convolution {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.canvas = this.find("picture");
    this.g = this.canvas.getContext("2d");
    this.picker = this.find("picker");
    this.typed = this.find("typed");
    this.at = 0;
    this.cell = 0;
    this.view = "window";
    this.range = "map";
    this.pointed = null;
    this.listen();
    this.transport = new Transport(this.find("transport"), {
      last: 1,
      perSecond: 12,
      name: "Cell",
      canvas: this.canvas,
      moved: (position) => {
        this.at = Math.min(Math.floor(position + 1e-9), this.transport.last);
        this.building = this.transport.playing;
        if (!this.transport.playing) this.say();
        else if (performance.now() - (this.saidAt ?? 0) > 200) this.say();
      },
      draw: () => this.draw(),
      layout: () => this.layout(),
    });
    this.canvas.lesson = this; // what browser tests and benchmarks read
    this.canvas.wholeLayer = wholeLayer;
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    const [planes, presets, kernels, biases] = arrays;
    const first = !this.header;
    if (!first && header.fresh !== this.header.fresh) {
      this.steps = null;
      this.header = null;
      this.load(bytes);
      return;
    } // the page was reset
    const identity = header.identity,
      other = identity !== this.identity,
      layer = header.learned?.identity !== this.header?.learned?.identity;
    this.header = header;
    [, this.height, this.width] = planes.shape;
    this.planes = Array.from({ length: planes.shape[0] }, (_, c) =>
      planes.subarray(c * this.height * this.width, (c + 1) * this.height * this.width),
    );
    this.presetValues = presets;
    this.learned = header.learned && { ...header.learned, kernels, biases };
    this.identity = identity;
    this.mapsKey = first ? null : this.mapsKey;
    if (first) {
      this.colors = { map: lookup(header.activation), weight: lookup(header.weight) };
      this.fillMenus();
    }
    if (first) this.begin();
    else if (layer) {
      if (header.learned) this.takeLearned();
      else if (this.how.preset === "learned") this.usePreset("sobel-x");
    }
    if (other && !first) {
      this.c = Math.min(this.c, this.planes.length - 1);
      this.fitChannels();
    }
    this.fillChoices();
    this.layout();
    if (first || other || layer) this.changed({ quiet: first });
    else {
      this.say();
      this.transport.touch();
    }
  }

  fillMenus() {
    const { presets, paddings, modes } = this.header;
    this.find("preset").innerHTML =
      presets.map((p) => `<option value="${p.name}">${escaped(p.title)}</option>`).join("") +
      `<option value="random">Random, seeded</option><option value="own">My own</option><option value="learned">Learned by a network</option>`;
    this.find("padding").innerHTML = paddings
      .map(([name, title]) => `<option value="${name}">${escaped(title)}</option>`)
      .join("");
    this.find("mode").innerHTML = modes
      .map(([name, title]) => `<option value="${name}">${escaped(title)}</option>`)
      .join("");
    this.root.querySelector(".words summary").textContent = this.header.words.twin;
    this.picker.setAttribute("aria-label", this.header.words.picker);
  }

  // The state that the server kept for this visit, or the beginning.
  begin() {
    const [
      preset = "sobel-x",
      k = 3,
      stride = 1,
      dilation = 1,
      padding = "valid",
      mode = "standard",
      flip = 0,
      filters = 1,
      bias = 0,
      seed = 1,
      own = "",
    ] = (this.header.code || "").split("_").filter((part, i, all) => all.length > 1);
    this.how = {
      preset,
      size: Number(k),
      stride: Number(stride),
      dilation: Number(dilation),
      padding,
      mode,
      flip: flip === "1",
      seed: Number(seed),
    };
    this.gain = 1;
    this.f = 0;
    this.c = 0;
    this.filters = [];
    if (this.learned && (preset === "learned" || !this.header.code))
      this.takeLearned({ keep: preset === "learned" });
    else {
      if (preset === "learned") this.how.preset = "sobel-x";
      this.filters = [this.blank(Number(bias))];
      const numbers = own ? own.split("~").map(Number) : [];
      if (
        preset === "own" &&
        numbers.length === this.how.size ** 2 &&
        numbers.every(Number.isFinite)
      )
        this.filters[0].base = this.planes.map(() => Float64Array.from(numbers));
      else
        this.usePreset(
          this.presetOf(this.how.preset) || this.how.preset === "random"
            ? this.how.preset
            : "sobel-x",
          { keepSize: true },
        );
      this.setFilters(Number(filters));
    }
  }

  blank(bias = 0) {
    return {
      base: this.planes.map(() => new Float64Array(this.how.size ** 2)),
      bias,
      preset: "own",
    };
  }
  presetOf(name) {
    return this.header.presets.find((p) => p.name === name);
  }
  nearest(preset, size) {
    return preset.sizes.reduce((best, s) =>
      Math.abs(s - size) < Math.abs(best - size) ||
      (Math.abs(s - size) === Math.abs(best - size) && s > best)
        ? s
        : best,
    );
  }
  valuesOf(preset, size) {
    const start =
      preset.offset + preset.sizes.filter((s) => s < size).reduce((sum, s) => sum + s * s, 0);
    return this.presetValues.subarray(start, start + size * size);
  }

  // Puts a named kernel into the chosen filter, shared among its channels.
  usePreset(name, { keepSize = false, filter = this.filters[this.f] } = {}) {
    const preset = this.presetOf(name),
      channels = this.planes.length;
    const share = this.how.mode === "depthwise" ? 1 : 1 / channels;
    if (this.filters.some((own) => own.preset === "learned")) {
      const bias = 0;
      this.filters = [this.blank(bias)];
      this.f = 0;
      filter = this.filters[0];
    }
    this.how.preset = name;
    filter.preset = name;
    this.gain = 1;
    if (preset) {
      const size = this.nearest(preset, this.how.size);
      if (size !== this.how.size) {
        if (keepSize && this.filters.length > 1) {
          this.how.preset = filter.preset = "own";
          return;
        }
        this.resizeAll(size, { but: filter });
      }
      const values = this.valuesOf(preset, size);
      filter.base = this.planes.map(() => Float64Array.from(values, (v) => v * share));
    } else if (name === "random")
      filter.base = randomKernels(
        this.how.seed + this.filters.indexOf(filter),
        channels,
        this.how.size,
      );
  }

  // Other kernels keep their middle and get zeros around it.
  resizeAll(size, { but = null } = {}) {
    const old = this.how.size,
      shift = Math.floor((size - 1) / 2) - Math.floor((old - 1) / 2);
    this.how.size = size;
    for (const filter of this.filters) {
      if (filter === but) {
        filter.base = this.planes.map(() => new Float64Array(size * size));
        continue;
      }
      const preset = this.presetOf(filter.preset);
      if (preset?.sizes.includes(size)) {
        const share = this.how.mode === "depthwise" ? 1 : 1 / this.planes.length;
        filter.base = this.planes.map(() =>
          Float64Array.from(this.valuesOf(preset, size), (v) => v * share),
        );
        continue;
      }
      if (filter.preset === "random") {
        filter.base = randomKernels(
          this.how.seed + this.filters.indexOf(filter),
          this.planes.length,
          size,
        );
        continue;
      }
      filter.preset = "own";
      filter.base = filter.base.map((kernel) => {
        const out = new Float64Array(size * size);
        for (let i = 0; i < old; i++)
          for (let j = 0; j < old; j++) {
            const r = i + shift,
              c = j + shift;
            if (r >= 0 && r < size && c >= 0 && c < size) out[r * size + c] = kernel[i * old + j];
          }
        return out;
      });
    }
    this.how.preset = this.filters[this.f]?.preset ?? this.how.preset;
    this.cell = Math.min(this.cell, size * size - 1);
  }

  setFilters(count) {
    const want = Math.min(Math.max(Math.round(count) || 1, 1), 8),
      names = ["sobel-x", "sobel-y", "laplacian", "gaussian", "line", "emboss", "outline", "box"];
    while (this.filters.length < want) {
      const filter = this.blank();
      this.filters.push(filter);
      const name = names[(this.filters.length - 1) % names.length],
        preset = this.presetOf(name);
      const kept = [this.how.preset, this.gain];
      if (preset.sizes.includes(this.how.size)) {
        this.usePreset(name, { filter, keepSize: true });
        [this.how.preset, this.gain] = kept;
      } else {
        filter.preset = "random";
        filter.base = randomKernels(
          this.how.seed + this.filters.length,
          this.planes.length,
          this.how.size,
        );
      }
    }
    this.filters.length = want;
    this.f = Math.min(this.f, want - 1);
  }

  takeLearned({ keep = false } = {}) {
    const { size, stride, padding, dilation, depthwise, kernels, biases } = this.learned;
    const [, , channels, filters] = kernels.shape;
    Object.assign(this.how, {
      preset: "learned",
      size,
      dilation,
      mode: depthwise ? "depthwise" : "standard",
      flip: false,
    });
    if (!keep) Object.assign(this.how, { stride, padding });
    const plane = (c, f) =>
      Float64Array.from(
        { length: size * size },
        (_, at) => kernels[(at * channels + c) * filters + f],
      );
    this.filters = Array.from({ length: filters }, (_, f) => ({
      preset: "learned",
      bias: depthwise ? 0 : biases[f],
      base: Array.from({ length: channels }, (_, c) => plane(c, f)),
    }));
    this.depthBiases = depthwise ? Array.from(biases) : null;
    this.f = 0;
    this.gain = 1;
  }

  // The channels became others: kernels of the same filters for the new number of them.
  fitChannels() {
    for (const filter of this.filters) {
      if (filter.base.length === this.planes.length) continue;
      const factor = this.how.mode === "depthwise" ? 1 : filter.base.length / this.planes.length;
      filter.base = this.planes.map(() => filter.base[0].map((v) => v * factor));
    }
  }

  get depthwise() {
    return this.how.mode === "depthwise";
  }
  get transposed() {
    return this.how.mode === "transposed";
  }
  kernel(f = this.f, c = this.c) {
    return this.filters[this.depthwise ? 0 : f].base[c];
  }
  scaled(f = this.f, c = this.c) {
    const own = this.kernel(f, c);
    return f === this.f && this.gain !== 1 ? own.map((v) => v * this.gain) : own;
  }
  biasOf(f = this.f) {
    return this.depthwise
      ? (this.depthBiases?.[this.c] ?? this.filters[0].bias)
      : this.filters[f].bias;
  }

  // Everything anew; `only` names the one filter that changed, `done` says its map is up to date.
  changed({ quiet = false, only = null, done = false } = {}) {
    const { how } = this;
    if (how.mode === "pointwise" && how.size !== 1) this.resizeAll(1);
    if (this.transposed && !["valid", "same"].includes(how.padding)) how.padding = "valid";
    this.advice = "";
    const from = this.place;
    const { rows, columns } = layerAxes(this.height, this.width, how);
    Object.assign(this, { rows, columns });
    const key = JSON.stringify([
      this.identity,
      how.size,
      how.stride,
      how.dilation,
      how.padding,
      how.mode,
      how.flip,
      this.filters.length,
    ]);
    if (!rows.places || !columns.places) {
      this.maps = [];
      this.mapsKey = null;
      this.steps = [0, 0];
      const spread = how.dilation > 1 ? ` (spread to ${rows.reach} by its dilation)` : "";
      this.advice = this.header.words["too-large"]
        .replace("{size}", `${how.size}${spread}`)
        .replaceAll("{side}", String(this.height));
      this.transport.setLast(0);
    } else {
      if (key !== this.mapsKey) {
        this.padded = this.transposed
          ? []
          : this.planes.map((plane) => paddedPlane(plane, rows, columns, how.padding));
        only = null;
        this.inputs = new Map();
        this.partials = new Map();
      }
      this.mapsKey = key;
      this.uncovered = this.transposed
        ? [[], []]
        : [uncoveredOf(rows, how), uncoveredOf(columns, how)];
      if (only === null || this.depthwise) this.computeAll();
      else {
        if (!done) this.maps[only] = this.compute(only);
        this.partials = new Map();
      }
      this.steps = this.transposed ? [rows.length, columns.length] : [rows.places, columns.places];
      const cells = this.steps[0] * this.steps[1];
      this.transport.perSecond = Math.min(4 + cells / 60, 300);
      if (this.transport.last !== cells - 1) {
        this.transport.setLast(cells - 1);
        const place = from ?? this.strongest();
        this.at =
          Math.min(Math.floor(place[0] * this.steps[0]), this.steps[0] - 1) * this.steps[1] +
          Math.min(Math.floor(place[1] * this.steps[1]), this.steps[1] - 1);
        this.transport.go(this.at);
      }
    }
    if (only === null || this.depthwise || this.range === "layer") this.outputs = null;
    else this.outputs?.delete(only);
    this.fillChoices();
    this.say();
    this.transport.touch();
    if (!quiet) this.report();
  }

  compute(f) {
    const own = this.filters[f];
    return filterMap(
      this.planes,
      this.padded,
      this.planes.map((_, c) => this.scaled(f, c)),
      own.bias,
      this.rows,
      this.columns,
      this.how,
    );
  }
  computeAll() {
    this.partials = new Map();
    if (this.depthwise)
      this.maps = this.planes.map((plane, c) =>
        filterMap(
          [plane],
          [this.padded[c]],
          [this.scaled(this.f, c)],
          this.depthBiases?.[c] ?? this.filters[0].bias,
          this.rows,
          this.columns,
          this.how,
        ),
      );
    else this.maps = this.filters.map((_, f) => this.compute(f));
  }
  partial(c) {
    if (!this.partials.has(c))
      this.partials.set(
        c,
        filterMap(
          this.planes,
          this.padded,
          this.planes.map((_, n) => this.scaled(this.f, n)),
          0,
          this.rows,
          this.columns,
          this.how,
          c,
        ),
      );
    return this.partials.get(c);
  }
  get shown() {
    return this.depthwise ? this.c : this.f;
  }
  get row() {
    return Math.floor(this.at / this.steps[1]);
  }
  get column() {
    return this.at % this.steps[1];
  }
  get place() {
    return this.steps?.[0]
      ? [(this.row + 0.5) / this.steps[0], (this.column + 0.5) / this.steps[1]]
      : null;
  }

  // Where the lesson opens: the strongest answer.
  strongest() {
    const map = this.maps[this.shown];
    if (this.transposed || !map) return [0.5, 0.5];
    // Inside, where the rim of the picture does not decide.
    const { places: high } = this.rows,
      { places: wide } = this.columns,
      inside = (at, side) => at >= 0.25 * (side - 1) && at <= 0.75 * (side - 1);
    let best = -1;
    for (let n = 0; n < map.length; n++) {
      if (!inside(Math.floor(n / wide), high) || !inside(n % wide, wide)) continue;
      if (best < 0 || Math.abs(map[n]) > Math.abs(map[best])) best = n;
    }
    best = Math.max(best, 0);
    return [
      (Math.floor(best / this.columns.places) + 0.5) / this.rows.places,
      ((best % this.columns.places) + 0.5) / this.columns.places,
    ];
  }

  // What the window of the current place reads in channel c: values, and whether each is padding.
  window(c = this.c) {
    const { size, stride, dilation, padding } = this.how,
      { rows, columns } = this;
    const values = new Float64Array(size * size),
      outside = new Uint8Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) {
        const y = this.row * stride + i * dilation,
          x = this.column * stride + j * dilation,
          at = i * size + j;
        values[at] = this.padded[c].values[y * this.padded[c].width + x];
        outside[at] =
          y < rows.before ||
          y >= rows.before + rows.length ||
          x < columns.before ||
          x >= columns.before + columns.length
            ? 1
            : 0;
      }
    return { values, outside };
  }
  used(c = this.c) {
    return this.how.flip && !this.transposed
      ? turned(this.scaled(this.f, c))
      : this.scaled(this.f, c);
  }
  terms(c = this.c) {
    const kernel = this.used(c);
    if (this.transposed) {
      const pixel = this.planes[c][this.at];
      return {
        values: Float64Array.of(pixel),
        outside: new Uint8Array(1),
        kernel,
        products: kernel.map((w) => w * pixel),
        sum: pixel,
      };
    }
    const { values, outside } = this.window(c),
      products = values.map((v, at) => v * kernel[at]);
    return { values, outside, kernel, products, sum: products.reduce((a, b) => a + b, 0) };
  }

  // ---- hands --------------------------------------------------------------------------------

  listen() {
    const on = (name, event, act) => this.find(name).addEventListener(event, act);
    on("preset", "change", (event) => {
      const name = event.target.value;
      if (name === "learned") {
        if (this.learned) {
          this.takeLearned();
          this.changed();
        } else {
          this.want?.("layer");
          this.fillChoices();
        }
        return;
      }
      this.usePreset(name);
      this.changed();
    });
    const pair = (name, low, high, act) => {
      const slider = this.find(name),
        box = this.find(`${name}-number`);
      slider.addEventListener("input", () => {
        act(Number(slider.value));
      });
      box.addEventListener("input", () => {
        if (box.value === "" || !Number.isFinite(Number(box.value))) return;
        act(Math.min(Math.max(Number(box.value), low), high));
      });
      box.addEventListener("change", () => this.fillChoices());
    };
    pair("size", 1, 11, (value) => {
      const size = Math.round(value);
      if (size !== this.how.size) {
        this.resize(size);
      }
    });
    pair("stride", 1, 6, (value) => {
      this.how.stride = Math.round(value);
      this.changed();
    });
    pair("dilation", 1, 4, (value) => {
      this.how.dilation = Math.round(value);
      this.changed();
    });
    pair("gain", -3, 3, (value) => {
      this.gain = value;
      this.changed({ only: this.f });
    });
    pair("bias", -100, 100, (value) => {
      if (this.depthBiases) this.depthBiases[this.c] = value;
      else this.filters[this.depthwise ? 0 : this.f].bias = value;
      this.changed({ only: this.f });
    });
    on("padding", "change", (event) => {
      this.how.padding = event.target.value;
      this.changed();
    });
    on("mode", "change", (event) => this.takeMode(event.target.value));
    on("flip", "change", (event) => {
      this.how.flip = event.target.checked;
      this.changed();
    });
    on("filters", "change", (event) => {
      this.setFilters(Number(event.target.value));
      this.changed();
    });
    on("seed", "change", (event) => {
      this.how.seed = Math.min(Math.max(Math.round(Number(event.target.value)) || 0, 0), 9999);
      this.usePreset("random");
      this.changed();
    });
    on("range", "change", (event) => {
      this.range = event.target.value;
      this.outputs = null;
      this.transport.touch();
    });
    on("channel", "change", (event) => {
      this.c = Number(event.target.value);
      this.chosen();
    });
    on("filter", "change", (event) => {
      this.pick(Number(event.target.value));
    });
    on("more", "click", () => {
      const rest = this.find("rest");
      rest.hidden = !rest.hidden;
      this.find("more").setAttribute("aria-expanded", String(!rest.hidden));
      this.find("more").textContent = rest.hidden ? "More" : "Less";
    });
    for (const button of this.root.querySelectorAll("[data-view]"))
      button.addEventListener("click", () => {
        this.view = button.dataset.view;
        this.fillChoices();
        this.layout();
      });
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    this.canvas.addEventListener("pointerup", () => this.release());
    this.canvas.addEventListener("pointercancel", () => this.release());
    this.canvas.addEventListener("pointerleave", () => {
      if (this.pointed !== null) {
        this.pointed = null;
        this.say();
        this.transport.touch();
      }
    });
    this.canvas.addEventListener("dblclick", (event) => {
      const hit = this.hit(event);
      if (hit?.part === "kernel") this.type("");
    });
    // Before the transport's own keys: up and down are a row.
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -this.steps[1], ArrowDown: this.steps[1] }[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.goTo(this.at + by);
    });
    this.picker.addEventListener("keydown", (event) => this.pickerKey(event));
    this.typed.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") {
        this.typed.blur();
        this.picker.focus();
      }
    });
    this.typed.addEventListener("blur", () => this.takeTyped());
  }

  takeMode(mode) {
    const { how } = this,
      was = this.depthwise;
    how.mode = mode;
    this.depthBiases = null;
    if (was !== this.depthwise) {
      const factor = this.depthwise ? this.planes.length : 1 / this.planes.length;
      for (const filter of this.filters)
        if (filter.preset !== "learned")
          filter.base = filter.base.map((kernel) => kernel.map((v) => v * factor));
    }
    if (mode === "pointwise" && how.size !== 1) {
      this.resizeAll(1);
      this.usePreset("random");
    }
    this.changed();
  }
  resize(size) {
    if (this.filters.some((filter) => filter.preset === "learned"))
      for (const filter of this.filters) filter.preset = "own";
    this.bake();
    this.resizeAll(size);
    this.changed();
  }
  // The gain becomes part of the numbers, so that a cell can be set to what is typed.
  bake() {
    if (this.gain === 1) return;
    const own = this.filters[this.depthwise ? 0 : this.f];
    own.base = own.base.map((kernel) => kernel.map((v) => v * this.gain));
    this.gain = 1;
  }
  setCell(at, value) {
    this.bake();
    const own = this.filters[this.depthwise ? 0 : this.f],
      { how } = this,
      by = value - own.base[this.c][at];
    own.base[this.c][at] = value;
    this.how.preset = own.preset = "own";
    // While a cell is dragged, only its own part of every sum changes; let go, all is summed anew.
    const quick =
      Boolean(this.dragging) && this.maps.length > 0 && !this.depthwise && !this.transposed;
    if (quick) {
      const change = new Float64Array(how.size ** 2);
      change[how.flip ? change.length - 1 - at : at] = by;
      addPlane(this.maps[this.f], this.padded[this.c], change, this.rows, this.columns, how);
    }
    this.changed({ only: this.f, done: quick });
  }
  release() {
    if (!this.dragging) return;
    this.dragging = null;
    this.changed({ only: this.f });
  }
  pick(f) {
    if (this.depthwise) {
      this.c = f;
      this.chosen();
      return;
    }
    this.bake();
    this.f = f;
    this.how.preset = this.filters[f].preset;
    this.chosen();
  }
  chosen() {
    this.partials = new Map();
    this.outputs = null;
    this.fillChoices();
    this.say();
    this.transport.touch();
  }
  goTo(at) {
    if (!this.steps) return;
    const last = this.steps[0] * this.steps[1] - 1;
    if (at < 0 || at > last) return;
    this.transport.pause();
    this.transport.go(at);
    this.building = false;
  }

  spot(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.wide) / box.width,
      ((event.clientY - box.top) * this.tall) / box.height,
    ];
  }
  // What lies under the pointer: a part of the stage and its cell.
  hit(event) {
    const [x, y] = this.spot(event);
    for (const box of this.boxes ?? []) {
      const column = Math.floor((x - box.x) / box.unit),
        row = Math.floor((y - box.y) / box.unit);
      if (row >= 0 && column >= 0 && row < box.rows && column < box.columns)
        return { part: box.part, row, column, box, at: row * box.columns + column };
    }
    return null;
  }
  press(event) {
    const hit = this.hit(event);
    if (!hit) return;
    if (hit.part === "products" && this.large !== "products") {
      this.large = "products";
      this.transport.touch();
    }
    if (hit.part === "kernel" && hit.box.small) {
      // Too small to be dragged with care: it changes places with the products first.
      this.large = "kernel";
      this.cell = this.how.flip && !this.transposed ? this.how.size ** 2 - 1 - hit.at : hit.at;
      this.pointed = null;
      this.say();
      this.transport.touch();
    } else if (hit.part === "kernel") {
      this.cell = this.how.flip && !this.transposed ? this.how.size ** 2 - 1 - hit.at : hit.at;
      this.dragging = {
        y: event.clientY,
        value: this.scaled()[this.cell],
        unit: Math.max(largestOf(this.scaled()), 0.5) / 60,
      };
      this.canvas.setPointerCapture(event.pointerId);
      this.say();
      this.transport.touch();
    } else if (hit.part === "filter") this.pick(hit.box.value);
    else if (hit.part === "channel") {
      this.c = hit.box.value;
      this.chosen();
    } else this.move(event);
  }
  move(event) {
    if (this.dragging) {
      const value = this.dragging.value + (this.dragging.y - event.clientY) * this.dragging.unit;
      this.setCell(this.cell, Math.round(value * 100) / 100);
      return;
    }
    const hit = this.hit(event);
    this.under = null;
    this.canvas.style.cursor =
      hit?.part === "kernel"
        ? "ns-resize"
        : hit?.part === "filter" || hit?.part === "channel"
          ? "pointer"
          : "crosshair";
    const pointed = hit && ["kernel", "window", "products"].includes(hit.part) ? hit.at : null;
    if (pointed !== this.pointed) {
      this.pointed = pointed;
      this.say();
      this.transport.touch();
    }
    if (!hit || this.transport.playing) return;
    const { stride, dilation, size } = this.how;
    if (hit.part === "output" && !this.transposed) this.show(hit.at);
    else if (hit.part === "output") {
      const r = this.stampAt(hit.row, this.rows),
        c = this.stampAt(hit.column, this.columns);
      this.under = [hit.row, hit.column];
      this.show(r * this.steps[1] + c);
      this.say();
    } else if (hit.part === "input" && this.transposed) this.show(hit.at);
    else if (hit.part === "input") {
      const half = (dilation * (size - 1)) / 2;
      const r = Math.min(Math.max(Math.round((hit.row - half) / stride), 0), this.steps[0] - 1);
      const c = Math.min(Math.max(Math.round((hit.column - half) / stride), 0), this.steps[1] - 1);
      this.show(r * this.steps[1] + c);
    }
  }
  show(at) {
    if (at !== this.at || this.building) this.goTo(at);
  }
  // The input cell whose stamp has its middle nearest to an output cell.
  stampAt(at, axis) {
    const half = (this.how.dilation * (this.how.size - 1)) / 2;
    return Math.min(
      Math.max(Math.round((at + axis.before - half) / this.how.stride), 0),
      axis.length - 1,
    );
  }

  pickerKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { size } = this.how,
      cells = size * size,
      flip = this.how.flip && !this.transposed ? -1 : 1;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -size, ArrowDown: size }[event.key];
    const change = { PageUp: 0.1, PageDown: -0.1, "+": 0.1 }[event.key];
    if (by) {
      const next = this.cell + flip * by;
      if (next >= 0 && next < cells) this.cell = next;
    } else if (change)
      this.setCell(this.cell, Math.round((this.scaled()[this.cell] + change) * 1000) / 1000);
    else if (/^[-0-9.,\u2212]$/.test(event.key)) this.type(event.key);
    else if (event.key === "Enter") this.type("");
    else return;
    event.preventDefault();
    this.say();
    this.transport.touch();
  }
  type(start) {
    const box = this.boxes.find((b) => b.part === "kernel");
    if (!box) return;
    const place =
      this.how.flip && !this.transposed ? this.how.size ** 2 - 1 - this.cell : this.cell;
    this.typed.hidden = false;
    this.typed.value = start || String(Math.round(this.scaled()[this.cell] * 10000) / 10000);
    this.typed.setAttribute(
      "aria-label",
      `Weight in row ${Math.floor(this.cell / this.how.size) + 1}, column ${(this.cell % this.how.size) + 1}`,
    );
    const wide = Math.max(box.unit, 4.5 * this.px);
    this.typed.style.left = `${box.x + ((place % box.columns) + 0.5) * box.unit - wide / 2}px`;
    this.typed.style.top = `${box.y + (Math.floor(place / box.columns) + 0.5) * box.unit - 0.9 * this.px}px`;
    this.typed.style.width = `${wide}px`;
    this.typed.style.height = `${1.8 * this.px}px`;
    this.typed.focus();
    if (!start) this.typed.select();
  }
  takeTyped() {
    if (this.typed.hidden) return;
    this.typed.hidden = true;
    const text = this.typed.value.trim().replaceAll(MINUS, "-");
    const parts = text
      .split(/[\s;]+|,\s+/)
      .filter(Boolean)
      .map((part) => Number(part.replace(",", ".")));
    const side = Math.sqrt(parts.length);
    if (
      parts.length > 1 &&
      Number.isInteger(side) &&
      side <= 11 &&
      parts.every((v) => Number.isFinite(v) && Math.abs(v) <= 1e4)
    ) {
      this.bake();
      if (side !== this.how.size) this.resizeAll(side);
      const own = this.filters[this.depthwise ? 0 : this.f];
      own.base[this.c] = Float64Array.from(parts);
      this.how.preset = own.preset = "own";
      this.changed();
      return;
    }
    const value = parts.length === 1 ? parts[0] : NaN;
    if (!Number.isFinite(value) || Math.abs(value) > 1e4) {
      this.advice = this.header.words["not-a-number"]
        .replace("{typed}", text.slice(0, 40))
        .replace("{kept}", said(this.scaled()[this.cell]));
      this.find("advice").textContent = this.advice;
      return;
    }
    this.setCell(this.cell, value);
  }

  // ---- words --------------------------------------------------------------------------------

  fillChoices() {
    const { how } = this,
      value = (name, v) => {
        const node = this.find(name);
        if (
          this.root.getRootNode().activeElement !== node ||
          node.type === "range" ||
          node.tagName === "SELECT"
        )
          node.value = String(v);
      };
    value("preset", how.preset);
    value("padding", how.padding);
    value("mode", how.mode);
    for (const name of ["size", "stride", "dilation"]) {
      value(name, how[name]);
      value(`${name}-number`, how[name]);
    }
    const round = (v) => Math.round(v * 1000) / 1000;
    value("gain", this.gain);
    value("gain-number", round(this.gain));
    value("bias", this.biasOf());
    value("bias-number", round(this.biasOf()));
    value("filters", this.filters.length);
    value("seed", how.seed);
    this.find("flip").checked = how.flip;
    this.find("flip-label").hidden = this.transposed;
    this.find("seed-label").hidden = how.preset !== "random";
    const fixed = how.mode === "pointwise";
    for (const name of ["size", "size-number"]) this.find(name).disabled = fixed;
    for (const option of this.find("padding").options)
      option.disabled = this.transposed && !["valid", "same"].includes(option.value);
    const many = this.planes.length > 1,
      outs = this.depthwise ? 1 : this.filters.length,
      learned = how.preset === "learned";
    this.find("filters").disabled = this.depthwise || learned;
    this.find("views").hidden = !many || this.transposed;
    if (!many || this.transposed) this.view = "window";
    this.find("channel-label").hidden = !many;
    this.find("filter-label").hidden = outs < 2;
    const options = (name, labels, chosen) => {
      const node = this.find(name),
        html = labels.map((label, n) => `<option value="${n}">${escaped(label)}</option>`).join("");
      if (node.innerHTML !== html) node.innerHTML = html;
      node.value = String(chosen);
    };
    if (many) options("channel", this.header.channels, this.c);
    if (outs > 1)
      options(
        "filter",
        this.filters.map((_, f) => `${f + 1} of ${outs}`),
        this.f,
      );
    for (const button of this.root.querySelectorAll("[data-view]"))
      button.setAttribute("aria-pressed", String(button.dataset.view === this.view));
  }

  say() {
    if (!this.header) return;
    this.saidAt = performance.now();
    this.find("advice").textContent = this.advice;
    this.find("sizes").innerHTML = this.sizeLine();
    const twin = this.find("twin");
    if (!this.maps.length) {
      this.find("formula").textContent = "";
      twin.textContent = this.advice;
      this.find("tables").innerHTML = "";
      this.canvas.setAttribute("aria-label", this.advice);
      return;
    }
    this.find("formula").setAttribute("aria-live", this.transport.playing ? "off" : "polite");
    this.find("formula").innerHTML = this.formula();
    const sentence = this.sentence();
    if (twin.textContent !== sentence) twin.textContent = sentence;
    this.canvas.setAttribute("aria-label", sentence);
    if (this.root.querySelector(".words").open && !this.transport.playing) this.tables();
    else this.stale = true;
    this.root.querySelector(".words").ontoggle = () => this.tables();
  }

  sizeLine() {
    const { how, rows } = this,
      side = this.height;
    const words = [];
    const C = this.planes.length,
      F = this.filters.length,
      k = how.size;
    if (this.transposed) {
      words.push(
        how.padding === "same"
          ? `Output: ${side} ${TIMES} ${how.stride} = <b>${rows.places}</b> rows and columns.`
          : `Output: ${side} ${TIMES} ${how.stride} + max(${rows.reach} ${MINUS} ${how.stride}, 0) = <b>${rows.places}</b> rows and columns.`,
      );
    } else {
      const reach =
        how.dilation > 1 ? `${how.dilation} \u00b7 (${k} ${MINUS} 1) ${MINUS} 1` : `${k}`;
      const inside = `${side} + ${rows.before} + ${rows.after} ${MINUS} ${reach}`;
      words.push(
        rows.places
          ? `Output: \u230a(${inside}) / ${how.stride}\u230b + 1 = <b>${rows.places}</b> rows and columns.`
          : `No place: ${inside} is below 0.`,
      );
      if (how.padding !== "valid" && rows.places)
        words.push(
          `Padding ${how.padding === "reflect" ? "mirrored" : "zeros"}: ${rows.before} before, ${rows.after} after.`,
        );
      const [missed, across] = this.uncovered ?? [[], []];
      if (rows.places && (missed.length || across.length)) {
        const list =
          missed.length > 4
            ? `${missed
                .slice(0, 3)
                .map((v) => v + 1)
                .join(", ")} \u2026 ${missed.at(-1) + 1}`
            : missed.map((v) => v + 1).join(", ");
        words.push(
          `<span class="mark">Never read: ${missed.length === 1 ? "row and column" : `${missed.length} rows and columns,`} ${list} (hatched).</span>`,
        );
      }
    }
    const preset = this.presetOf(how.preset);
    const total = this.scaled().reduce((sum, weight) => sum + weight, 0),
      zero = Math.abs(total) < 5e-4;
    const known = preset
      ? `${escaped(preset.title)} answers: ${escaped(preset.answers)} (${escaped(preset.source)}). `
      : "";
    words.unshift(
      `<span class="named">${known}The weights${C > 1 ? " of this channel" : ""} sum to ${!zero ? said(total, 2) : this.header.locked ? "0" : "0: blind to flat areas"}.</span><br>`,
    );
    words.push(
      this.depthwise
        ? `Parameters: ${k} ${TIMES} ${k} ${TIMES} ${C} + ${C} = ${k * k * C + C}.`
        : `Parameters: ${k} ${TIMES} ${k} ${TIMES} ${C} in ${TIMES} ${F} out + ${F} = ${(k * k * C * F + F).toLocaleString("en")}.`,
    );
    return words.join(" ");
  }

  formula() {
    if (this.header.locked) return escaped(this.header.words.locked);
    const cell = `row ${this.row + 1}, column ${this.column + 1}`;
    const { values, kernel, products, sum } = this.terms(),
      at = this.pointed;
    if (this.transposed && this.under) return this.stampsOf(...this.under);
    if (this.transposed) {
      const first = [
        this.row * this.how.stride - this.rows.before + 1,
        this.column * this.how.stride - this.columns.before + 1,
      ];
      return `The pixel in ${cell} is <b>${said(values[0])}</b>. Its stamp, ${said(values[0])} ${TIMES} the kernel, is added to the output from row ${first[0]}, column ${first[1]} on; stamps that overlap add up.`;
    }
    const name = this.planes.length > 1 ? ` of ${escaped(this.header.channels[this.c])}` : "";
    if (at !== null && at < products.length)
      return `Kernel row ${Math.floor(at / this.how.size) + 1}, column ${(at % this.how.size) + 1}${name}: pixel ${said(values[at])} ${TIMES} weight ${said(kernel[at])} = <b>${said(products[at])}</b>, one of ${products.length} products that sum to ${said(sum)}.`;
    const value = this.maps[this.shown][this.at],
      bias = this.biasOf();
    if (this.planes.length > 1 && !this.depthwise)
      return `Output in ${cell} = ${this.channelSums()}${bias < 0 ? ` ${MINUS} ` : " + "}${said(Math.abs(bias))} (one bias) = <b>${said(value)}</b>`;
    const shown =
      products.length <= 9
        ? Array.from(
            values,
            (v, n) =>
              `${said(v, 2)} \u00b7 ${kernel[n] < 0 ? `(${said(kernel[n], 2)})` : said(kernel[n], 2)}`,
          ).join(" + ")
        : `${products.length} products, ${said(sum)}`;
    return `Output in ${cell} = ${shown} + bias ${said(bias, 2)} = <b>${said(value)}</b>`;
  }
  // Transposed: all stamps that reach one output cell.
  stampsOf(row, column) {
    const { size, stride, dilation } = this.how,
      parts = [];
    const kernels = this.planes.map((_, c) => this.scaled(this.f, c));
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) {
        const y = (row + this.rows.before - i * dilation) / stride,
          x = (column + this.columns.before - j * dilation) / stride;
        if (
          !Number.isInteger(y) ||
          !Number.isInteger(x) ||
          y < 0 ||
          x < 0 ||
          y >= this.rows.length ||
          x >= this.columns.length
        )
          continue;
        this.planes.forEach((plane, c) =>
          parts.push([plane[y * this.width + x], kernels[c][i * size + j]]),
        );
      }
    const bias = this.biasOf(),
      value = this.maps[this.f][row * this.columns.places + column];
    const shown = parts
      .slice(0, 6)
      .map(
        ([pixel, weight]) =>
          `${said(pixel, 2)} \u00b7 ${weight < 0 ? `(${said(weight, 2)})` : said(weight, 2)}`,
      )
      .join(" + ");
    const rest = parts.slice(6).reduce((sum, [pixel, weight]) => sum + pixel * weight, 0);
    const sum =
      parts.length > 6
        ? `${shown} + ${said(rest)} (${parts.length - 6} more)`
        : shown || "no stamp";
    return `Output in row ${row + 1}, column ${column + 1}: ${parts.length} products from the stamps that reach it: ${sum} + bias ${said(bias, 2)} = <b>${said(value)}</b>`;
  }
  channelSums() {
    const sums = this.planes.map((_, c) => ({ c, sum: this.terms(c).sum }));
    const named = ({ c, sum }) =>
      `${sum < 0 ? `(${said(sum)})` : said(sum)} (${escaped(this.header.channels[c])})`;
    if (sums.length <= 4) return sums.map(named).join(" + ");
    sums.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
    const rest = sums.slice(3).reduce((total, s) => total + s.sum, 0);
    return `${sums.slice(0, 3).map(named).join(" + ")} + ${said(rest)} (${sums.length - 3} others)`;
  }
  sentence() {
    const { how } = this,
      map = this.maps[this.shown];
    const base = `${this.header.title}, ${this.height} by ${this.width} pixels${this.planes.length > 1 ? `, ${this.planes.length} channels` : ""}. ${how.flip && !this.transposed ? "Convolution (kernel turned)" : "Cross-correlation"}, kernel ${how.size} by ${how.size}, stride ${how.stride}, padding ${how.padding}, dilation ${how.dilation}. `;
    if (this.header.locked) return base + this.header.words.locked;
    let low = 0,
      high = 0;
    for (let n = 0; n < map.length; n++) {
      if (map[n] < map[low]) low = n;
      if (map[n] > map[high]) high = n;
    }
    const place = (n) =>
      `row ${Math.floor(n / this.columns.places) + 1}, column ${(n % this.columns.places) + 1}`;
    return `${base}Output ${this.rows.places} by ${this.columns.places}: smallest ${said(map[low])} in ${place(low)}, largest ${said(map[high])} in ${place(high)}. Here, in row ${this.row + 1}, column ${this.column + 1}: ${said(this.transposed ? this.terms().values[0] : map[this.at])}.`;
  }
  tables() {
    if (!this.maps.length || this.header.locked) {
      this.find("tables").innerHTML = "";
      return;
    }
    const { values, kernel, products } = this.terms(),
      k = this.how.size;
    const table = (title, array, side) =>
      `<table><caption>${title}</caption>${Array.from({ length: side }, (_, r) => `<tr>${Array.from({ length: side }, (_, c) => `<td>${said(array[r * side + c])}</td>`).join("")}</tr>`).join("")}</table>`;
    this.find("tables").innerHTML =
      table("Window", values, this.transposed ? 1 : k) +
      table("Kernel", kernel, k) +
      table("Products", products, k);
  }

  // What the server may know: enough to ask a question and to come back to.
  code() {
    const { how } = this,
      first = this.filters[0];
    const own =
      this.how.preset === "own" && this.filters.length === 1 && how.size <= 5
        ? Array.from(
            this.scaled(0, 0),
            (v) => Math.round(v * this.planes.length * 1000) / 1000,
          ).join("~")
        : "";
    return [
      how.preset,
      how.size,
      how.stride,
      how.dilation,
      how.padding,
      how.mode,
      how.flip ? 1 : 0,
      Math.min(this.filters.length, 8),
      Math.round((first?.bias ?? 0) * 1000) / 1000,
      how.seed,
      own,
    ].join("_");
  }
  report() {
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => {
      if (this.dragging || this.transport.playing) {
        this.report();
        return;
      }
      const code = this.code();
      if (code !== this.reported) {
        this.reported = code;
        this.tell?.(code);
      }
    }, 500);
  }

  // ---- drawing ------------------------------------------------------------------------------

  layout() {
    if (!this.header) return;
    const style = getComputedStyle(this.root),
      get = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    this.look = {
      text: get("--lb-text", "#e9ecef"),
      muted: get("--lb-muted", "#a9b3bd"),
      surface: get("--lb-surface", "#20252b"),
      border: get("--lb-border", "#3a424b"),
      accent: get("--lb-accent", "#7db8f0"),
      background: get("--lb-background", "#15181c"),
      reference: get("--lb-reference", "#ff6f9f"),
    };
    this.px = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17")) * 0.95));
    this.face = get("--st-font", "sans-serif");
    this.wide = Math.max(this.canvas.parentElement.clientWidth, 300);
    const line = this.px * 1.35;
    this.tall = Math.round(
      Math.min(Math.max(innerHeight - 395 - 3 * this.px, 300), this.wide * 0.3 + 2.15 * line),
    );
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.style.height = `${this.tall}px`;
    this.canvas.width = Math.round(this.wide * ratio);
    this.canvas.height = Math.round(this.tall * ratio);
    this.g.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.line = line;
    this.outputs = null;
    this.transport.touch();
  }

  font(weight = 400, scale = 1) {
    this.g.font = `${weight} ${Math.round(this.px * scale)}px ${this.face}`;
  }
  text(
    words,
    x,
    y,
    {
      color = this.look.text,
      align = "center",
      base = "middle",
      weight = 400,
      scale = 1,
      most = 0,
    } = {},
  ) {
    this.font(weight, scale);
    this.g.fillStyle = color;
    this.g.textAlign = align;
    this.g.textBaseline = base;
    if (most && this.g.measureText(words).width > most) {
      while (words.length > 3 && this.g.measureText(`${words}\u2026`).width > most)
        words = words.slice(0, -1);
      words = `${words.trimEnd()}\u2026`;
    }
    this.g.fillText(words, x, y);
  }

  // A plane as a picture of its own, one pixel a cell; `paint` gives the color of one value.
  picture(values, rows, columns, paint, keep = null) {
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d"),
      image = context.createImageData(columns, rows),
      data = image.data;
    for (let at = 0; at < rows * columns; at++) paint(values[at], data, 4 * at, at);
    context.putImageData(image, 0, 0);
    return canvas;
  }
  paintMap(limit) {
    const table = this.colors.map;
    return (value, data, to) => {
      const n = 3 * tone(value, limit);
      data[to] = table[n];
      data[to + 1] = table[n + 1];
      data[to + 2] = table[n + 2];
      data[to + 3] = 255;
    };
  }
  paintInput(c) {
    if (this.header.kind === "maps") return this.paintMap(this.header.limit);
    const on = this.header.kind === "color" ? c : -1;
    return (value, data, to) => {
      const gray = 255 * value;
      data[to] = on === -1 || on === 0 ? gray : 0.12 * gray;
      data[to + 1] = on === -1 || on === 1 ? gray : 0.12 * gray;
      data[to + 2] = on === -1 || on === 2 ? gray : 0.12 * gray;
      data[to + 3] = 255;
    };
  }
  input(c) {
    if (!this.inputs.has(c)) {
      const plane = this.transposed
          ? { values: this.planes[c], height: this.height, width: this.width }
          : this.padded[c],
        paint = this.paintInput(c);
      this.inputs.set(c, this.picture(plane.values, plane.height, plane.width, paint));
    }
    return this.inputs.get(c);
  }
  limitOf(map) {
    if (this.range === "layer") return niceLimit(Math.max(...this.maps.map((m) => largestOf(m))));
    return niceLimit(largestOf(map));
  }
  output(n) {
    this.outputs ??= new Map();
    if (!this.outputs.has(n)) {
      const limit = this.limitOf(this.maps[n]);
      this.outputs.set(n, {
        limit,
        canvas: this.picture(
          this.maps[n],
          this.rows.places,
          this.columns.places,
          this.paintMap(limit),
        ),
      });
    }
    return this.outputs.get(n);
  }

  hatch(color) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 8;
    const context = canvas.getContext("2d");
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(-2, 10);
    context.lineTo(10, -2);
    context.moveTo(-2, 2);
    context.lineTo(2, -2);
    context.moveTo(6, 10);
    context.lineTo(10, 6);
    context.stroke();
    return this.g.createPattern(canvas, "repeat");
  }

  draw() {
    if (!this.header || !this.look || !this.how) return;
    const { g } = this;
    g.clearRect(0, 0, this.wide, this.tall);
    this.boxes = [];
    this.canvas.printed = 0;
    const thumbs = !this.depthwise && this.filters.length > 1 && this.view === "window";
    const top = this.line,
      bottom = this.line * 1.15;
    const side = Math.min(this.tall - top - bottom, this.wide * (thumbs ? 0.27 : 0.3));
    this.side = side;
    const gap = this.px * 1.4;
    const strip = thumbs ? this.stripWidth(side) : 0;
    const y = top + (this.tall - top - bottom - side) / 2;
    const right = this.wide - side - strip;
    if (this.view === "channels" && this.maps.length) {
      this.drawChannels(top, this.tall - top - bottom, right, y, side);
      return;
    }
    const input = this.drawInput(0, y, side);
    if (!this.maps.length) {
      this.text(this.header.words.empty, right + side / 2, y + side / 2, {
        color: this.look.muted,
        most: side,
      });
      return;
    }
    const output = this.drawOutput(right, y, side);
    if (thumbs) this.drawStrip(right + side + this.px * 0.7, y, side, strip - this.px * 0.7);
    this.drawMiddle(side + gap, y, right - gap - side - gap, side, input, output);
    this.placePicker();
  }

  // The picture with its padding around it; the window where it stands.
  drawInput(x, y, side, c = this.c, { small = false } = {}) {
    const { g, look } = this;
    const axes = this.maps.length
      ? [this.rows, this.columns]
      : [this.height, this.width].map((length) => ({ length, before: 0, after: 0, reach: 0 }));
    const [rows, columns] = this.transposed
      ? axes.map((a) => ({ ...a, before: 0, after: 0 }))
      : axes;
    const tall = rows.length + rows.before + rows.after,
      wide = columns.length + columns.before + columns.after;
    const unit = side / Math.max(tall, wide),
      left = x + (side - unit * wide) / 2,
      upper = y + (side - unit * tall) / 2;
    const inner = [
      left + columns.before * unit,
      upper + rows.before * unit,
      columns.length * unit,
      rows.length * unit,
    ];
    g.imageSmoothingEnabled = false;
    if (this.maps.length) g.drawImage(this.input(c), left, upper, unit * wide, unit * tall);
    else
      g.drawImage(
        this.picture(this.planes[c], this.height, this.width, this.paintInput(c)),
        left,
        upper,
        unit * wide,
        unit * tall,
      );
    if (rows.before + rows.after + columns.before + columns.after) {
      // Padding steps back: zeros are hatched, a mirrored edge is dimmed.
      g.save();
      g.beginPath();
      g.rect(left, upper, unit * wide, unit * tall);
      g.rect(inner[0], inner[1], inner[2], inner[3]);
      g.clip("evenodd");
      g.globalAlpha = this.how.padding === "reflect" ? 0.45 : 1;
      g.fillStyle = look.background;
      g.fillRect(left, upper, unit * wide, unit * tall);
      if (this.how.padding !== "reflect") {
        g.globalAlpha = 0.7;
        g.fillStyle = this.hatch(look.border);
        g.fillRect(left, upper, unit * wide, unit * tall);
      }
      g.restore();
    }
    g.strokeStyle = look.border;
    g.lineWidth = 1;
    g.strokeRect(inner[0] - 0.5, inner[1] - 0.5, inner[2] + 1, inner[3] + 1);
    if (!this.maps.length) {
      if (!small) this.inputTitle(x, y, side);
      return null;
    }
    if (!small && this.uncovered) {
      g.fillStyle = this.hatch(look.reference);
      for (const r of this.uncovered[0])
        g.fillRect(inner[0], inner[1] + r * unit, inner[2], Math.max(unit, 2));
      for (const n of this.uncovered[1])
        g.fillRect(inner[0] + n * unit, inner[1], Math.max(unit, 2), inner[3]);
    }
    if (!small) {
      this.boxes.push({ part: "input", x: left, y: upper, unit, rows: tall, columns: wide });
      this.inputTitle(x, y, side);
    }
    const { stride, dilation, size } = this.how;
    const reach = this.transposed ? 1 : rows.reach,
      step = this.transposed ? 1 : stride;
    const frame = [
      left + this.column * step * unit,
      upper + this.row * step * unit,
      reach * unit,
      reach * unit,
    ];
    this.frame(frame, small ? 2 : 3);
    if (dilation > 1 && !this.transposed && unit >= 3) {
      g.strokeStyle = look.accent;
      g.lineWidth = 1.5;
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++)
          g.strokeRect(frame[0] + j * dilation * unit, frame[1] + i * dilation * unit, unit, unit);
    }
    if (this.pointed !== null && !small && !this.transposed) {
      g.strokeStyle = look.reference;
      g.lineWidth = 3;
      const i = Math.floor(this.pointed / size),
        j = this.pointed % size;
      g.strokeRect(
        frame[0] + j * dilation * unit - 1,
        frame[1] + i * dilation * unit - 1,
        Math.max(unit, 3) + 2,
        Math.max(unit, 3) + 2,
      );
    }
    return frame;
  }
  inputTitle(x, y, side) {
    const name = this.planes.length > 1 ? `input, ${this.header.channels[this.c]}` : "input";
    this.text(`${name}, ${this.height} ${TIMES} ${this.width}`, x + side / 2, y - this.line * 0.5, {
      weight: 600,
      most: side,
    });
    const scale =
      this.header.kind === "maps"
        ? `\u00b1${plain(this.header.limit)}, 0 is white`
        : "black 0, white 1";
    this.text(scale, x + side / 2, y + side + this.line * 0.55, {
      color: this.look.muted,
      most: side,
    });
  }
  frame([x, y, w, h], width) {
    const { g, look } = this,
      grow = Math.max(0, (7 - w) / 2);
    g.lineWidth = width + 2;
    g.strokeStyle = "rgb(0 0 0 / .55)";
    g.strokeRect(x - grow, y - grow, w + 2 * grow, h + 2 * grow);
    g.lineWidth = width;
    g.strokeStyle = look.accent;
    g.strokeRect(x - grow, y - grow, w + 2 * grow, h + 2 * grow);
  }

  drawOutput(x, y, side, { title = true } = {}) {
    const { g, look } = this,
      rows = this.rows.places,
      columns = this.columns.places;
    const unit = side / Math.max(rows, columns),
      left = x + (side - unit * columns) / 2,
      upper = y + (side - unit * rows) / 2;
    const name =
      this.filters.length > 1 && !this.depthwise
        ? `output ${this.f + 1}`
        : this.depthwise && this.planes.length > 1
          ? `output, ${this.header.channels[this.c]}`
          : "output";
    if (title)
      this.text(`${name}, ${rows} ${TIMES} ${columns}`, x + side / 2, y - this.line * 0.5, {
        weight: 600,
        most: side,
      });
    g.strokeStyle = look.border;
    g.lineWidth = 1;
    g.strokeRect(left - 0.5, upper - 0.5, unit * columns + 1, unit * rows + 1);
    if (this.header.locked) {
      g.fillStyle = this.hatch(look.border);
      g.fillRect(left, upper, unit * columns, unit * rows);
      this.text("?", x + side / 2, y + side / 2, { scale: 3, weight: 700, color: look.muted });
      return null;
    }
    const { canvas, limit } = this.output(this.shown);
    g.imageSmoothingEnabled = false;
    const { stride } = this.how;
    if (this.building && this.at < this.transport.last && !this.transposed) {
      // Cells that the window has not reached yet are faint.
      g.globalAlpha = 0.22;
      g.drawImage(canvas, left, upper, unit * columns, unit * rows);
      g.globalAlpha = 1;
      const { row, column } = this;
      if (row) g.drawImage(canvas, 0, 0, columns, row, left, upper, unit * columns, unit * row);
      g.drawImage(
        canvas,
        0,
        row,
        column + 1,
        1,
        left,
        upper + unit * row,
        unit * (column + 1),
        unit,
      );
    } else g.drawImage(canvas, left, upper, unit * columns, unit * rows);
    this.boxes.push({ part: "output", x: left, y: upper, unit, rows, columns });
    if (title)
      this.text(
        `${MINUS}${plain(limit)} red, 0 white, ${plain(limit)} blue`,
        x + side / 2,
        y + side + this.line * 0.55,
        { color: look.muted, most: side + this.px },
      );
    const box = this.transposed
      ? [
          left + (this.column * stride - this.columns.before) * unit,
          upper + (this.row * stride - this.rows.before) * unit,
          this.rows.reach * unit,
          this.rows.reach * unit,
        ]
      : [left + this.column * unit, upper + this.row * unit, unit, unit];
    g.save();
    g.beginPath();
    g.rect(left - 5, upper - 5, unit * columns + 10, unit * rows + 10);
    g.clip();
    this.frame(box, 3);
    g.restore();
    return box;
  }

  stripWidth(side) {
    const each = this.thumbSide(side);
    return Math.ceil(this.filters.length / Math.floor(side / each)) * each + this.px * 0.7;
  }
  thumbSide(side) {
    for (const n of [4, 5, 6, 8])
      if ((Math.ceil(this.filters.length / n) * side) / n <= side * 0.55) return side / n;
    return side / 10;
  }
  drawStrip(x, y, side) {
    const each = this.thumbSide(side),
      perColumn = Math.floor(side / each + 1e-6),
      { g } = this;
    if (this.header.locked) return;
    for (let f = 0; f < this.filters.length; f++) {
      const left = x + Math.floor(f / perColumn) * each,
        upper = y + (f % perColumn) * each,
        inner = each - 4;
      g.imageSmoothingEnabled = true;
      g.drawImage(this.output(f).canvas, left + 2, upper + 2, inner, inner);
      if (f === this.f) {
        g.lineWidth = 3;
        g.strokeStyle = this.look.accent;
        g.strokeRect(left + 1.5, upper + 1.5, inner + 1, inner + 1);
      }
      this.boxes.push({
        part: "filter",
        value: f,
        x: left,
        y: upper,
        unit: each,
        rows: 1,
        columns: 1,
      });
    }
  }

  // Window, kernel and products, as large as their numbers allow; below them the sum.
  drawMiddle(x, y, width, side, inputFrame, outputFrame) {
    const { size } = this.how,
      { look, g } = this;
    const { values, outside, kernel, products, sum } = this.terms();
    const signs = this.px * (size === 1 ? 5 : 1.5),
      floor = this.line * 2.3,
      room = side - floor;
    const first = this.transposed ? 1 : size;
    const printed = Object.fromEntries(
      Object.entries({ window: values, kernel, products }).map(([part, array]) => {
        const power = powerOf(array);
        return [part, { power, array: power ? array.map((v) => v / 10 ** power) : array }];
      }),
    );
    const widest = this.widest(...Object.values(printed).map((entry) => entry.array));
    let unit = Math.min((width - 2 * signs) / (first + 2 * size), room / size, 64);
    const three = unit >= widest || size <= 3;
    const grids = [];
    if (three) {
      const total = (first + 2 * size) * unit + 2 * signs;
      let left = x + (width - total) / 2;
      const upper = y + (room - size * unit) / 2;
      grids.push({
        part: "window",
        x: left,
        y: upper + ((size - first) * unit) / 2,
        unit,
        n: first,
      });
      left += first * unit + signs;
      grids.push({ part: "kernel", x: left, y: upper, unit, n: size });
      left += size * unit + signs;
      grids.push({ part: "products", x: left, y: upper, unit, n: size });
    } else {
      // The numbers need room: products (or the kernel, once it is chosen) large, the others small.
      const large = Math.min(room / size, (width - signs) / (size * 1.5)),
        small = (large * size - this.line * 1.25) / (2 * size);
      const total = size * (small + large) + signs,
        order =
          this.large === "kernel"
            ? ["window", "products", "kernel"]
            : ["window", "kernel", "products"];
      const left = x + (width - total) / 2,
        upper = y + (room - large * size) / 2;
      grids.push({ part: "window", x: left, y: upper, unit: small, n: first, small: true });
      grids.push({
        part: order[1],
        x: left,
        y: upper + size * (large - small),
        unit: small,
        n: size,
        small: true,
      });
      grids.push({
        part: order[2],
        x: left + size * small + signs,
        y: upper,
        unit: large,
        n: size,
      });
    }
    const limit = niceLimit(largestOf(products)),
      heavy = niceLimit(largestOf(kernel));
    if (inputFrame) {
      g.strokeStyle = look.accent;
      g.globalAlpha = 0.5;
      g.lineWidth = 1;
      const [a] = grids,
        [fx, fy, fw, fh] = inputFrame;
      g.beginPath();
      g.moveTo(fx + fw, fy);
      g.lineTo(a.x, a.y);
      g.moveTo(fx + fw, fy + fh);
      g.lineTo(a.x, a.y + a.n * a.unit);
      g.stroke();
      g.globalAlpha = 1;
    }
    const flip = this.how.flip && !this.transposed;
    for (const grid of grids) {
      const array = { window: values, kernel, products }[grid.part],
        hidden = grid.part === "products" && this.header.locked;
      this.drawGrid(
        grid,
        array,
        { window: outside }[grid.part],
        { window: this.header.limit, kernel: heavy, products: limit }[grid.part],
        hidden,
        printed[grid.part].array,
      );
      const { power } = printed[grid.part];
      const title =
        {
          window: this.transposed ? "pixel" : "window",
          kernel: flip ? "kernel, turned" : "kernel",
          products: this.transposed ? "stamp" : "products",
        }[grid.part] +
        (power && !hidden && this.fits(grid.unit, printed[grid.part].array)
          ? ` \u00b7 ${raised(power)}`
          : "");
      this.text(title, grid.x + (grid.n * grid.unit) / 2, grid.y - this.line * 0.5, {
        weight: 600,
        most: Math.max(grid.n * grid.unit + signs, 5 * this.px),
      });
      this.boxes.push({
        part: grid.part,
        x: grid.x,
        y: grid.y,
        unit: grid.unit,
        rows: grid.n,
        columns: grid.n,
        small: grid.small,
      });
    }
    if (three) {
      const middle = grids[1].y + (size * unit) / 2;
      this.text(TIMES, grids[1].x - signs / 2, middle, { scale: 1.3, color: look.muted });
      this.text("=", grids[2].x - signs / 2, middle, { scale: 1.3, color: look.muted });
    } else if (this.large !== "kernel")
      this.text("\u2192", grids[2].x - signs / 2, grids[2].y + (size * grids[2].unit) / 2, {
        scale: 1.3,
        color: look.muted,
      });
    this.drawSum(x + width / 2, y + side - floor * 0.36, width, sum, grids[2], outputFrame);
    this.canvas.shown = {
      row: this.row,
      column: this.column,
      values: Array.from(values),
      kernel: Array.from(kernel),
      products: Array.from(products),
      sum,
      bias: this.biasOf(),
      value: this.transposed ? null : this.maps[this.shown][this.at],
      limit: this.header.locked ? null : this.output(this.shown).limit,
      rows: this.rows.places,
      columns: this.columns.places,
    };
  }
  // The sum, the bias and the output cell in one line, with a thread to where it goes.
  drawSum(center, y, width, sum, from, to) {
    const { look, g } = this;
    let words;
    if (this.header.locked) words = "sum of the products = ?";
    else if (this.transposed) words = `stamped: ${said(sum)} ${TIMES} kernel`;
    else {
      const others = this.depthwise ? 0 : this.maps[this.shown][this.at] - sum - this.biasOf();
      const many = this.planes.length > 1 && !this.depthwise;
      words = `sum ${said(sum)}${many ? `${signedTerm(others)} others` : ""}${signedTerm(this.biasOf())} bias = `;
    }
    const value = this.header.locked || this.transposed ? "" : said(this.maps[this.shown][this.at]);
    let scale = 1.15;
    this.font(600, scale);
    let long = g.measureText(words).width;
    const end = value ? this.px * 4.2 : 0;
    if (long + end > width) {
      scale = 1;
      this.font(600, 1);
      long = g.measureText(words).width;
    }
    const left = center - (long + end) / 2;
    this.text(words, left, y, { align: "left", weight: 600, scale });
    if (!value) return;
    const color = 3 * tone(this.maps[this.shown][this.at], this.output(this.shown).limit),
      table = this.colors.map;
    const rgb = [table[color], table[color + 1], table[color + 2]],
      box = [left + long + 2, y - this.line * 0.62, this.px * 4.2, this.line * 1.24];
    g.fillStyle = `rgb(${rgb.join(" ")})`;
    g.fillRect(...box);
    g.strokeStyle = look.accent;
    g.lineWidth = 3;
    g.strokeRect(...box);
    this.text(value, box[0] + box[2] / 2, y + 1, {
      weight: 700,
      color: this.ink(rgb),
      scale: 1.05,
    });
    if (to) {
      g.globalAlpha = 0.5;
      g.lineWidth = 1.5;
      g.strokeStyle = look.accent;
      g.beginPath();
      g.moveTo(box[0] + box[2], y);
      g.lineTo(to[0], to[1] + to[3] / 2);
      g.stroke();
      g.globalAlpha = 1;
    }
  }
  ink([r, g, b]) {
    return 0.299 * r + 0.587 * g + 0.114 * b > 135 ? "#101418" : "#ffffff";
  }
  widest(...arrays) {
    this.font();
    const seen = new Set();
    for (const array of arrays) for (const value of array) seen.add(brief(value).length);
    return this.g.measureText("0".repeat(Math.max(...seen))).width * 0.96 + 4;
  }
  fits(unit, array) {
    return unit >= this.widest(array) && unit >= this.px * 1.15;
  }
  drawGrid({ part, x, y, unit, n, still = false }, array, outside, limit, hidden, printed = array) {
    const { g, look } = this,
      kind = part === "kernel" ? this.colors.weight : this.colors.map;
    const gray = part === "window" && this.header.kind !== "maps",
      numbers = this.fits(unit, printed);
    const flip = this.how.flip && !this.transposed;
    for (let at = 0; at < n * n; at++) {
      const left = x + (at % n) * unit,
        upper = y + Math.floor(at / n) * unit;
      let rgb;
      if (gray) {
        const v = Math.round(255 * Math.min(Math.max(array[at], 0), 1));
        rgb = [v, v, v];
      } else {
        const at3 = 3 * tone(array[at], limit);
        rgb = [kind[at3], kind[at3 + 1], kind[at3 + 2]];
      }
      const padding = outside?.[at] && this.how.padding !== "reflect";
      g.fillStyle = hidden || padding ? look.surface : `rgb(${rgb.join(" ")})`;
      g.fillRect(left, upper, Math.max(unit - 1, 1), Math.max(unit - 1, 1));
      if (outside?.[at]) {
        g.strokeStyle = look.muted;
        g.lineWidth = 1;
        g.setLineDash([3, 3]);
        g.strokeRect(left + 1.5, upper + 1.5, unit - 4, unit - 4);
        g.setLineDash([]);
      }
      if (numbers) {
        this.text(hidden ? "?" : brief(printed[at]), left + unit / 2, upper + unit / 2 + 1, {
          color: hidden || padding ? look.text : this.ink(rgb),
        });
        this.canvas.printed += 1;
      }
    }
    g.strokeStyle = look.border;
    g.lineWidth = 1;
    g.strokeRect(x - 1, y - 1, n * unit + 1, n * unit + 1);
    if (still) return;
    const cell = part === "kernel" ? (flip ? n * n - 1 - this.cell : this.cell) : null;
    if (cell !== null) {
      g.strokeStyle = look.accent;
      g.lineWidth = 3;
      g.strokeRect(x + (cell % n) * unit - 0.5, y + Math.floor(cell / n) * unit - 0.5, unit, unit);
    }
    if (this.pointed !== null && this.pointed < n * n && !(this.transposed && part === "window")) {
      g.strokeStyle = look.reference;
      g.lineWidth = 3;
      g.strokeRect(
        x + (this.pointed % n) * unit - 0.5,
        y + Math.floor(this.pointed / n) * unit - 0.5,
        unit,
        unit,
      );
    }
  }

  // One row a channel: what it is, its kernel, what it alone answers; then the sum and the bias.
  drawChannels(top, room, right, y, side) {
    const { look, g } = this;
    const sums = this.planes.map((_, c) => ({ c, sum: this.terms(c).sum }));
    const most = Math.min(sums.length, MOST_ROWS);
    if (sums.length > MOST_ROWS) sums.sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum));
    const shown = sums.slice(0, most).sort((a, b) => a.c - b.c),
      rest = sums.slice(most).reduce((total, s) => total + s.sum, 0);
    const high = room / most,
      each = high - this.px * 0.5,
      label = this.px * 6.5,
      gap = this.px * 1.6;
    const columns = [label, label + each + gap, label + 2 * (each + gap)];
    const heads = ["in", "kernel", "alone"];
    columns.forEach((x, n) =>
      this.text(heads[n], x + each / 2, top - this.line * 0.5, { weight: 600, most: each + gap }),
    );
    const end = columns[2] + each + this.px * 0.6;
    const part = (c) => this.partial(c);
    const limit = this.header.locked
      ? 1
      : niceLimit(Math.max(...shown.map(({ c }) => largestOf(part(c)))));
    const heavy = niceLimit(Math.max(...shown.map(({ c }) => largestOf(this.used(c)))));
    shown.forEach(({ c, sum }, n) => {
      const upper = top + n * high + (high - each) / 2,
        middle = upper + each / 2;
      this.text(this.header.channels[c], label - this.px * 0.6, middle, {
        align: "right",
        weight: c === this.c ? 700 : 400,
        color: c === this.c ? look.accent : look.text,
        most: label,
      });
      this.drawInput(columns[0], upper, each, c, { small: true });
      this.boxes.push({
        part: "channel",
        value: c,
        x: columns[0],
        y: upper,
        unit: each,
        rows: 1,
        columns: 1,
      });
      this.text(TIMES, columns[1] - gap / 2, middle, { color: look.muted, scale: 1.2 });
      this.text("=", columns[2] - gap / 2, middle, { color: look.muted, scale: 1.2 });
      this.drawGrid(
        {
          part: "kernel",
          x: columns[1],
          y: upper,
          unit: each / this.how.size,
          n: this.how.size,
          still: true,
        },
        this.used(c),
        null,
        heavy,
        false,
      );
      if (this.header.locked) return;
      g.imageSmoothingEnabled = false;
      g.drawImage(
        this.picture(part(c), this.rows.places, this.columns.places, this.paintMap(limit)),
        columns[2],
        upper,
        each,
        each,
      );
      const unit = each / this.columns.places;
      this.frame([columns[2] + this.column * unit, upper + this.row * unit, unit, unit], 2);
      this.text(said(sum), end, middle, { align: "left", weight: 600 });
    });
    if (this.header.locked) {
      this.drawOutput(right, y, side);
      return;
    }
    const x = (end + this.px * 4.2 + right) / 2,
      middle = top + room / 2,
      bias = this.biasOf();
    const lines = [
      this.depthwise ? "Nothing is summed:" : `sum of ${this.planes.length} channels`,
      this.depthwise ? "each channel" : said(sums.reduce((total, s) => total + s.sum, 0)),
      this.depthwise
        ? "has its own output:"
        : `${bias < 0 ? MINUS : "+"} one bias ${said(Math.abs(bias))}`,
      `${this.depthwise ? `${this.header.channels[this.c]} ` : ""}= ${said(this.maps[this.shown][this.at])}`,
    ];
    if (sums.length > most)
      lines.unshift(`${most} largest here;`, `${sums.length - most} others: ${said(rest)}`);
    lines.forEach((words, n) =>
      this.text(words, x, middle + (n - (lines.length - 1) / 2) * this.line * 1.15, {
        weight: n === lines.length - 1 ? 700 : 400,
        scale: n === lines.length - 1 ? 1.15 : 1,
      }),
    );
    this.drawOutput(right, y, side);
    this.placePicker();
  }

  placePicker() {
    const box = this.boxes.find((b) => b.part === "kernel");
    this.picker.hidden = !box;
    if (!box) return;
    Object.assign(this.picker.style, {
      left: `${box.x - 2}px`,
      top: `${box.y - 2}px`,
      width: `${box.unit * box.columns + 3}px`,
      height: `${box.unit * box.rows + 3}px`,
    });
  }

  close() {
    clearTimeout(this.reporting);
    this.transport.close();
  }
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  if (!CONVOLUTIONS.has(parentElement))
    CONVOLUTIONS.set(parentElement, new Convolution(parentElement.querySelector(".conv")));
  const stage = CONVOLUTIONS.get(parentElement);
  stage.tell = (code) => setStateValue("code", code);
  stage.want = (what) => setStateValue("want", `${what} ${Date.now()}`); // a new wish each time
  stage.load(data);
  return () => {
    CONVOLUTIONS.get(parentElement)?.close();
    CONVOLUTIONS.delete(parentElement);
  };
}
