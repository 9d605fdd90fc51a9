// The stage: six views of one map and one window. All that follows the hand is pooling_math.js.
const POOLINGS = new WeakMap();
const POOL_VIEWS = ["slide", "gradient", "shift", "loss", "halving", "global"];
const MOST_SHIFT = 24,
  MOST_ROUNDS = 4,
  MOST_LEVELS = 8,
  FRAME = "#e0a800",
  INK = "#101418";
const LOSS_WAYS = [
  ["max", "switches", "max, switches"],
  ["max", "nearest", "max"],
  ["average", "nearest", "average"],
  ["stride", "nearest", "stride"],
].map(([kind, how, title]) => ({ kind, how, title }));
const CURVES = {
  max: ["--lb-reference", []],
  average: ["--lb-other", [9, 5]],
  stride: ["--lb-text", [2, 4]],
  picture: ["--lb-muted", [12, 4, 2, 4]],
};

function poolMost(values) {
  let found = 0;
  for (const v of values) found = Math.max(found, Math.abs(v));
  return found;
}
// A number for a sentence; whole numbers as they are.
function poolSay(value) {
  // What only rounding of sums keeps from being whole is whole.
  if (Math.abs(value - Math.round(value)) < 1e-9 * Math.max(1, Math.abs(value)))
    value = Math.round(value);
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? "unknown" : value > 0 ? "without limit" : "\u2212\u221e";
  const size = Math.abs(value);
  const text =
    Number.isInteger(value) && size < 1e7
      ? String(value)
      : size !== 0 && (size < 0.0005 || size >= 1e6)
        ? value.toExponential(2)
        : value.toFixed(size < 0.1 ? 4 : size < 10 ? 3 : size < 100 ? 2 : 1);
  return text.replaceAll("-", "\u2212");
}
// As short as a cell allows.
function poolBrief(value, digits) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    Number.isInteger(value) && size < 1e4
      ? String(value)
      : size >= 1e4
        ? value.toExponential(0)
        : value.toFixed(size >= 100 ? 0 : size >= 10 ? Math.min(digits, 1) : digits);
  const short = text.replace(/^(-?)0\./, "$1.").replace("-", "\u2212");
  return /[1-9]/.test(short) ? short : "~0";
}
function poolPercent(share) {
  if (!Number.isFinite(share)) return "without limit";
  return `${(100 * share).toFixed(share === 0 || share >= 0.0995 ? 0 : share >= 0.00095 ? 1 : 3)} %`;
}
function poolFill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? `{${name}}`);
}

class PoolingStage {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.canvas = this.find("picture");
    this.context = this.canvas.getContext("2d");
    this.size = 2;
    this.stride = 2;
    this.padding = "valid";
    this.view = "slide";
    this.along = false;
    this.kind = "max";
    this.places = {};
    this.keep = new Keep("pooling_set", {
      view: "slide",
      size: 2,
      stride: 2,
      padding: "valid",
      along: false,
      kind: "max",
    });
    this.transport = new Transport(this.find("transport"), {
      last: 1,
      perSecond: 3,
      name: "Step",
      canvas: this.canvas,
      moved: () => this.moved(),
      draw: (position) => this.draw(position),
      layout: () => this.layout(),
    });
    this.canvas.lesson = this; // read by the browser tests
    this.listen();
  }

  get window() {
    return { size: this.size, stride: this.stride, padding: this.padding };
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    const first = !this.header;
    this.header = header;
    if (first || this.keep.isReset(header.fresh)) {
      this.restore(this.keep.read(header.fresh));
      this.places = {};
      this.known = null;
    }
    const [values, maps, weights] = arrays,
      [height, width] = values.shape;
    const known = `${header.key}|${height}|${width}|${header.locked}|${header.global?.key}`;
    this.global = header.global && {
      ...header.global,
      maps,
      weights,
      height: maps.shape[0],
      width: maps.shape[1],
      count: maps.shape[2],
    };
    if (known !== this.known) {
      this.known = known;
      this.map = { values, height, width };
      this.places = {};
      this.colorsOfMap();
      this.find("words").querySelector("summary").textContent = header.words.twin;
      this.buildButtons();
      this.changed();
    }
    this.layout();
  }

  // An address may hold anything: what cannot be is left out.
  restore({ view, size, stride, padding, along, kind }) {
    const whole = (value) => (Number.isInteger(value) && value >= 1 && value <= 8 ? value : 2);
    Object.assign(this, {
      view: POOL_VIEWS.includes(view) ? view : "slide",
      size: whole(size),
      stride: whole(stride),
      padding: padding === "same" ? "same" : "valid",
      along,
      kind: POOL_KINDS.includes(kind) ? kind : "max",
    });
  }

  colorsOfMap() {
    const gray = this.header.kind === "image";
    this.look = { gray, limit: gray ? 255 : poolMost(this.map.values) };
    const part = (share) => {
      const stops = this.header.activation,
        at = share * (stops.length - 1),
        low = Math.min(Math.floor(at), stops.length - 2);
      return stops[low].map((value, c) =>
        Math.round(value + (stops[low + 1][c] - value) * (at - low)),
      );
    };
    this.signed = Array.from({ length: 511 }, (_, i) => part(i / 510));
    // The same as one number a pixel, in the order of a canvas's bytes.
    const packed = ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    this.packed = {
      signed: Uint32Array.from(this.signed, packed),
      gray: Uint32Array.from({ length: 256 }, (_, v) => packed([v, v, v])),
    };
  }

  color(value, { gray, limit }) {
    if (gray) {
      const v = Math.round(Math.min(Math.max(value, 0), 255));
      return [v, v, v];
    }
    return this.signed[
      limit > 0 ? Math.round(Math.min(Math.max(255 + (255 * value) / limit, 0), 510)) : 255
    ];
  }

  // Window, stride, edge or map are new: everything else follows.
  changed() {
    this.lazy = {};
    // Each kind is pooled when a view first asks for it.
    const { map, window } = this;
    this.pooled = Object.defineProperties(
      {},
      Object.fromEntries(
        POOL_KINDS.map((kind) => [
          kind,
          {
            enumerable: true,
            get: () => this.once(`pooled${kind}`, () => poolMap(map, window, kind)),
          },
        ]),
      ),
    );
    this.fits = Boolean(spanOf(map.height, window) && spanOf(map.width, window));
    const cells = this.fits ? this.pooled.max.values.length : 0;
    if (this.gradient?.length !== cells) this.gradient = new Float64Array(cells).fill(1);
    this.back = null;
    this.showControls();
    this.arrange();
  }

  // What is only needed in some views is computed when they are shown.
  once(name, make) {
    return (this.lazy[name] ??= make());
  }
  // The curve as far as it is computed; each call goes on for a few milliseconds, or to the end.
  curveSoFar(budget) {
    const found = this.once(`curve${this.along}`, () => {
      const curves = noCurves();
      return {
        curves,
        run: shiftSteps(this.map, this.window, this.mostShift, this.along, curves),
        done: false,
      };
    });
    for (const until = performance.now() + budget; !found.done && performance.now() < until;)
      found.done = found.run.next().done;
    if (!found.done) this.transport.touch();
    // The map itself follows every move exactly, whatever the window.
    this.map.moved ??= shiftOfMap(this.map, this.mostShift);
    return { ...found.curves, picture: this.along ? this.map.moved.map(() => 0) : this.map.moved };
  }
  get curve() {
    return this.curveSoFar(Infinity);
  }
  // The moved map, its outputs and their change, for the shift that is shown.
  movedNow() {
    const t = this.transport.index,
      known = this.nowMoved;
    if (known?.t === t && known.lazy === this.lazy && known.along === this.along) return known;
    const map = rolled(this.map, t % this.map.width),
      steps = this.along ? stepsAlong(t, this.stride) % this.pooled.max.width : 0,
      change = {};
    const outputs = POOL_KINDS.map((kind) => {
      const moved = poolMap(map, this.window, kind),
        first = this.pooled[kind];
      change[kind] = relativeChange(
        steps ? rolled(first, steps).values : first.values,
        moved.values,
      );
      return moved;
    });
    change.picture = this.along ? 0 : relativeChange(this.map.values, map.values);
    return (this.nowMoved = { t, lazy: this.lazy, along: this.along, map, outputs, change });
  }
  get reads() {
    return this.once("reads", () => readsOf(this.map, this.window));
  }
  get steps() {
    return this.once(`steps${this.kind}`, () => {
      const first = this.pooled[this.kind];
      if (first.height === this.map.height && first.width === this.map.width) return [];
      return [first, ...pyramidOf(first, this.window, this.kind, MOST_LEVELS - 1)];
    });
  }
  get mostShift() {
    return Math.min(this.map.width, MOST_SHIFT);
  }
  get cells() {
    return this.pooled.max.values.length;
  }

  // Rounds of pooling that fit, at most a few.
  get rounds() {
    let { height, width } = this.map,
      found = 0;
    while (found < MOST_ROUNDS) {
      const rows = spanOf(height, this.window),
        columns = spanOf(width, this.window);
      if (!rows || !columns) break;
      [height, width] = [rows.outputs, columns.outputs];
      found++;
    }
    return found;
  }
  round(kind, n) {
    return n === 1
      ? this.pooled[kind]
      : this.once(`round${kind}${n}`, () => poolMap(this.round(kind, n - 1), this.window, kind));
  }

  // The map after `rounds` of pooling and as many of un-pooling.
  trip(kind, how, rounds) {
    return this.once(`trip${kind}${how}${rounds}`, () => {
      if (!rounds) return this.map.values;
      let { values } = this.round(kind, rounds);
      for (let n = rounds; n > 0; n--) values = unpoolMap(this.round(kind, n), how, values);
      return values;
    });
  }

  // How far the transport goes in this view, and how fast.
  arrange() {
    const locked = this.header.locked && this.view === "shift";
    const last =
      !this.fits && this.view !== "global"
        ? 0
        : {
            slide: () => this.cells - 1,
            gradient: () => this.cells,
            shift: () => (locked ? 0 : this.mostShift),
            loss: () => this.rounds,
            halving: () => this.steps.length,
            global: () => (this.global?.order ? this.global.count : 0),
          }[this.view]();
    this.transport.perSecond = {
      slide: Math.max(2.5, last / 60),
      gradient: Math.max(1.5, last / 45),
      shift: 3,
      loss: 0.6,
      halving: 0.6,
      global: Math.max(2, last / 12),
    }[this.view];
    const begin = {
      slide: () => this.middle(),
      gradient: () => this.middle() + 1,
      shift: () => Math.min(1, last),
      loss: () => Math.min(1, last),
      halving: () => 0,
      global: () => last,
    }[this.view];
    const at = this.places[this.view] ?? (this.fits || this.view === "global" ? begin() : 0);
    this.transport.setLast(last);
    this.transport.go(Math.min(at, last));
    this.still = null;
    const { view, size, stride, padding, along, kind } = this;
    this.keep.write({ view, size, stride, padding, along, kind });
    this.tell();
  }
  middle() {
    return (
      Math.floor(this.pooled.max.height / 2) * this.pooled.max.width +
      Math.floor(this.pooled.max.width / 2)
    );
  }

  moved() {
    if (!this.header || !this.transport) return;
    this.places[this.view] = this.transport.index;
    if (this.transport.index !== this.said) this.tell();
  }

  setView(view) {
    this.transport.pause();
    this.view = view;
    this.showControls();
    this.arrange();
  }

  // Rows, columns and origin of output cell `at`.
  cell(at) {
    const { width, rows, columns } = this.pooled.max,
      r = Math.floor(at / width),
      c = at % width;
    return { r, c, top: r * this.stride - rows.before, left: c * this.stride - columns.before };
  }

  layout() {
    if (!this.header || !this.pooled) return;
    const style = getComputedStyle(this.root),
      get = (name, other) => style.getPropertyValue(name).trim() || other;
    const names = {
      text: "#e9ecef",
      muted: "#a9b3bd",
      surface: "#20252b",
      border: "#3a424b",
      accent: "#7db8f0",
      background: "#15181c",
      other: "#2bbfae",
      reference: "#ff6f9f",
    };
    this.colors = Object.fromEntries(
      Object.entries(names).map(([name, other]) => [name, get(`--lb-${name}`, other)]),
    );
    this.type = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17")) * 0.96));
    this.face = get("--st-font", "sans-serif");
    this.line = Math.round(this.type * 1.4);
    this.width = Math.max(this.canvas.parentElement.clientWidth, 280);
    this.height = Math.round(
      Math.min(
        Math.max(
          innerHeight - (innerHeight > 800 ? 352 : 308) - 4.6 * this.type,
          330,
          19 * this.type,
        ),
        780,
      ),
    );
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.still = null;
    this.transport.touch();
  }

  // Squares for boxes with these titles and `below` lines under each, as large as they fit.
  pack(titles, below, x = 0, width = this.width) {
    const pad = 14,
      over = this.line + 4,
      under = below * this.line + 6,
      count = titles.length;
    const widest = Math.max(...titles.map((title) => this.measure(this.context, title, 600))) + 8;
    let best = null;
    for (let n = 1; n <= count; n++) {
      const rows = Math.ceil(count / n),
        reads = width / n >= widest;
      const side = Math.floor(
        Math.min((width - pad * (n + 1)) / n, (this.height - 12) / rows - over - under),
      );
      // Titles that run into each other are worse than small squares.
      if (
        side > 20 &&
        (!best || (reads && !best.reads) || (reads === best.reads && side > best.side))
      )
        best = { side, n, rows, reads };
    }
    best ??= { side: 20, n: count, rows: 1 };
    const { side, n, rows } = best,
      left = x + (width - n * side) / (n + 1),
      gap = (width - n * side) / (n + 1);
    const pitch = side + over + under,
      top = Math.max((this.height - rows * pitch) / 2, 2);
    return Array.from({ length: count }, (_, i) => ({
      x: left + (i % n) * (side + gap),
      y: top + over + Math.floor(i / n) * pitch,
      side,
    }));
  }

  write(
    g,
    text,
    x,
    y,
    {
      bold = 400,
      color = this.colors.text,
      align = "left",
      base = "top",
      size = this.type,
      most,
    } = {},
  ) {
    g.font = `${bold} ${size}px ${this.face}`;
    g.fillStyle = color;
    g.textAlign = align;
    g.textBaseline = base;
    g.fillText(text, x, y, most);
  }
  measure(g, text, bold = 400) {
    g.font = `${bold} ${this.type}px ${this.face}`;
    return g.measureText(text).width;
  }

  // One pixel a cell; kept as long as values and scale are the same.
  bitmap({ values, height, width }, look) {
    this.bitmaps ??= new WeakMap();
    const known = this.bitmaps.get(values);
    if (known && known.limit === look.limit && known.gray === look.gray) return known.canvas;
    const canvas = known?.canvas ?? document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const g = canvas.getContext("2d"),
      image = g.createImageData(width, height),
      pixels = new Uint32Array(image.data.buffer);
    const { gray, signed } = this.packed,
      scale = look.limit > 0 ? 255 / look.limit : 0;
    for (let i = 0; i < values.length; i++) {
      const at = look.gray ? values[i] + 0.5 : 255.5 + scale * values[i];
      pixels[i] = look.gray
        ? gray[at < 0 ? 0 : at > 255 ? 255 : at | 0]
        : signed[at < 0 ? 0 : at > 510 ? 510 : at | 0];
    }
    g.putImageData(image, 0, 0);
    this.bitmaps.set(values, { canvas, ...look });
    return canvas;
  }

  // A map in a box; returns where a cell lies. `pads` leaves room for pads around it.
  grid(map, box, pads = null) {
    const rows = map.height + (pads ? pads.rows.before + pads.rows.after : 0),
      columns = map.width + (pads ? pads.columns.before + pads.columns.after : 0);
    const unit = box.side / Math.max(rows, columns);
    return {
      ...box,
      unit,
      left: box.x + (box.side - columns * unit) / 2 + (pads ? pads.columns.before * unit : 0),
      top: box.y + (box.side - rows * unit) / 2 + (pads ? pads.rows.before * unit : 0),
      map,
    };
  }
  paint(g, box, map, look, { title = "", below = [], pads = null, numbers = true } = {}) {
    const at = this.grid(map, box, pads),
      { unit, left, top } = at;
    g.imageSmoothingEnabled = false;
    g.drawImage(this.bitmap(map, look), left, top, map.width * unit, map.height * unit);
    if (unit >= 7) {
      // Lines between cells step back where cells are small.
      g.strokeStyle = this.colors.surface;
      g.lineWidth = 1;
      g.globalAlpha *= Math.min(1, (unit - 4) / 24);
      g.beginPath();
      for (let i = 0; i <= map.height; i++) {
        g.moveTo(left, top + i * unit);
        g.lineTo(left + map.width * unit, top + i * unit);
      }
      for (let j = 0; j <= map.width; j++) {
        g.moveTo(left + j * unit, top);
        g.lineTo(left + j * unit, top + map.height * unit);
      }
      g.stroke();
      g.globalAlpha = 1;
    }
    if (numbers && unit >= this.type * 1.2) this.numbers(g, at, map, look);
    this.label(g, box, title, below);
    return at;
  }
  label(g, box, title, below = []) {
    if (title)
      this.write(g, title, box.x + box.side / 2, box.y - 4, {
        bold: 600,
        align: "center",
        base: "bottom",
      });
    below.forEach((text, i) =>
      this.write(g, text, box.x + box.side / 2, box.y + box.side + 4 + i * this.line, {
        color: this.colors.muted,
        align: "center",
      }),
    );
  }
  numbers(g, { unit, left, top }, { values, width }, look) {
    g.font = `${this.type}px ${this.face}`;
    for (const digits of [2, 1]) {
      let widest = 0;
      for (const v of values) widest = Math.max(widest, g.measureText(poolBrief(v, digits)).width);
      if (widest > unit - 4) continue;
      values.forEach((value, i) =>
        this.number(
          g,
          value,
          digits,
          left + ((i % width) + 0.5) * unit,
          top + (Math.floor(i / width) + 0.5) * unit,
          look,
        ),
      );
      return;
    }
  }
  number(g, value, digits, x, y, look) {
    const [red, green, blue] = this.color(value, look);
    const dark = 0.299 * red + 0.587 * green + 0.114 * blue > 135;
    this.write(g, poolBrief(value, digits), x, y + 1, {
      color: dark ? INK : "#ffffff",
      align: "center",
      base: "middle",
    });
    this.canvas.printed += 1;
  }

  frame(g, x, y, w, h, { dash = [], wide = Math.max(3, this.type / 6), color = FRAME } = {}) {
    g.strokeStyle = "rgb(0 0 0 / .75)";
    g.lineWidth = wide + 2;
    g.setLineDash([]);
    if (!dash.length) g.strokeRect(x, y, w, h);
    g.strokeStyle = color;
    g.lineWidth = wide;
    g.setLineDash(dash);
    g.strokeRect(x, y, w, h);
    g.setLineDash([]);
  }
  // A winner: a ring, told without color.
  ring(g, x, y, unit) {
    const r = Math.max(unit * 0.42, 4);
    for (const [color, wide] of [
      ["rgb(0 0 0 / .85)", 4.5],
      ["#ffffff", 2],
    ]) {
      g.strokeStyle = color;
      g.lineWidth = wide;
      g.beginPath();
      g.arc(x, y, r, 0, 7);
      g.stroke();
    }
  }
  corner(g, x, y, unit) {
    const s = Math.max(unit * 0.3, 5);
    g.fillStyle = INK;
    g.fillRect(x + 1, y + 1, s + 3, s + 3);
    g.fillStyle = "#ffffff";
    g.fillRect(x + 2, y + 2, s, s);
  }
  hatch(g, x, y, w, h) {
    if (w <= 0 || h <= 0) return;
    g.save();
    g.beginPath();
    g.rect(x, y, w, h);
    g.clip();
    g.fillStyle = this.colors.background;
    g.globalAlpha = 0.6;
    g.fillRect(x, y, w, h);
    g.globalAlpha = 1;
    g.strokeStyle = this.colors.muted;
    g.lineWidth = 1.5;
    g.beginPath();
    for (let d = -h; d < w; d += 7) {
      g.moveTo(x + d, y + h);
      g.lineTo(x + d + h, y);
    }
    g.stroke();
    g.restore();
  }
  // Pixels that no window reads, and the pads around the map.
  edges(g, { unit, left, top }) {
    const { height, width } = this.map,
      { rows, columns } = this.pooled.max;
    const right = columns.uncovered,
      under = rows.uncovered;
    this.hatch(g, left + (width - right) * unit, top, right * unit, height * unit);
    this.hatch(g, left, top + (height - under) * unit, (width - right) * unit, under * unit);
    if (this.stride > this.size && unit >= 5)
      this.reads.forEach((count, i) => {
        const x = i % width,
          y = Math.floor(i / width);
        if (!count && x < width - right && y < height - under)
          this.hatch(g, left + x * unit, top + y * unit, unit, unit);
      });
    if (rows.before + rows.after + columns.before + columns.after) {
      g.strokeStyle = this.colors.muted;
      g.lineWidth = 1.5;
      g.setLineDash([4, 4]);
      g.strokeRect(
        left - columns.before * unit,
        top - rows.before * unit,
        (width + columns.before + columns.after) * unit,
        (height + rows.before + rows.after) * unit,
      );
      g.setLineDash([]);
    }
  }

  draw(position) {
    if (!this.header || !this.colors || !this.pooled) return;
    const g = this.context;
    g.clearRect(0, 0, this.width, this.height);
    if (!this.fits && this.view !== "global") {
      this.drawNothing(g);
      return;
    }
    if (!this.still) {
      this.still = document.createElement("canvas");
      this.still.width = this.canvas.width;
      this.still.height = this.canvas.height;
      const s = this.still.getContext("2d");
      s.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
      this.canvas.printed = 0; // numbers in cells, read by the browser tests
      this.boxes = this[`still_${this.view}`](s);
    }
    g.drawImage(this.still, 0, 0, this.width, this.height);
    this[`draw_${this.view}`]?.(g, position);
    if (this.asked) {
      (this.canvas.waits ??= []).push(performance.now() - this.asked);
      this.asked = null;
    } // read by the benchmark
  }
  drawNothing(g) {
    const box = {
      x: 14,
      y: this.line + 8,
      side: Math.min(this.height - 2 * this.line - 16, this.width / 2),
    };
    this.paint(g, box, this.map, this.look, { title: this.titleOfMap() });
    const side = Math.max(this.map.width, this.map.height),
      unit = box.side / Math.max(side, this.size);
    this.frame(g, box.x, box.y, this.size * unit, this.size * unit, { dash: [8, 5] });
    this.write(g, this.header.words["no-fit"], box.x + box.side + 30, this.height / 2, {
      most: this.width - box.side - 60,
    });
  }
  titleOfMap() {
    return `${this.header.noun}, ${this.map.height} \u00d7 ${this.map.width}`;
  }
  limits() {
    return this.look.gray ? "gray 0 to 255" : `colors \u00b1${poolSay(this.look.limit)}`;
  }

  // ---- slide: the window, what it reads, and the three outputs ----
  still_slide(g) {
    const { line, width, height } = this;
    const side = Math.min(height - 2 * line - 16, width * 0.44);
    const map = this.paint(g, { x: 14, y: line + 8, side }, this.map, this.look, {
      title: this.titleOfMap(),
      below: [this.limits()],
      pads: this.pooled.max,
    });
    this.edges(g, map);
    const x = side + 40,
      room = width - x - 14,
      gap = 16;
    // Three outputs in a row: below the window seen large, or beside it, whichever is larger.
    const stacked = Math.floor(Math.min((room - 2 * gap) / 3, (height - 6.4 * line) * 0.55));
    const column = Math.min(room * 0.26, height - 2 * line - 16),
      beside = Math.floor(Math.min((room - column - 3 * gap) / 3, height - 4.6 * line));
    const row = beside > stacked,
      small = row ? beside : stacked,
      top = row ? line + 8 : height - 2.9 * line - small;
    const step = row ? small + gap : (room - small) / 2,
      first = row ? width - 14 - 3 * small - 2 * gap : x;
    const outputs = POOL_KINDS.map((kind, i) =>
      this.paint(g, { x: first + i * step, y: top, side: small }, this.pooled[kind], this.look, {
        title: kind,
        below: [`${this.pooled.max.height} \u00d7 ${this.pooled.max.width}`],
      }),
    );
    const side2 = row ? column : Math.min(top - 2.6 * line, room);
    return {
      map,
      outputs,
      lens: { x: row ? x : x + (room - side2) / 2, y: line + 8, side: side2 },
    };
  }
  draw_slide(g, position) {
    const { map, outputs, lens } = this.boxes,
      at = Math.min(Math.floor(position + 1e-9), this.cells - 1);
    const here = this.cell(at),
      next = this.cell(Math.min(at + 1, this.cells - 1)),
      part = position - at;
    // The window rests on a cell, then glides to the next; a new row is a jump.
    const glide = next.r === here.r ? Math.min(Math.max((part - 0.5) * 2, 0), 1) : 0,
      ease = glide * glide * (3 - 2 * glide);
    const top = here.top,
      left = here.left + (next.left - here.left) * ease,
      unit = map.unit;
    if (this.size > this.stride && unit * this.stride > 4) {
      if (here.c + 1 < this.pooled.max.width)
        this.frame(
          g,
          map.left + (here.left + this.stride) * unit,
          map.top + here.top * unit,
          this.size * unit,
          this.size * unit,
          { dash: [5, 5], wide: 2 },
        );
      if (here.r + 1 < this.pooled.max.height)
        this.frame(
          g,
          map.left + here.left * unit,
          map.top + (here.top + this.stride) * unit,
          this.size * unit,
          this.size * unit,
          { dash: [5, 5], wide: 2 },
        );
    }
    this.frame(g, map.left + left * unit, map.top + top * unit, this.size * unit, this.size * unit);
    const winner = this.pooled.max.winners[at],
      first = this.pooled.stride.winners[at];
    const place = (cell) => [
      map.left + (cell % this.map.width) * unit,
      map.top + Math.floor(cell / this.map.width) * unit,
    ];
    const [wx, wy] = place(winner);
    this.ring(g, wx + unit / 2, wy + unit / 2, unit);
    if (unit > 10) this.corner(g, ...place(first), unit * 0.6);
    for (const box of outputs) {
      const size = box.unit,
        w = this.pooled.max.width;
      g.fillStyle = this.colors.surface;
      g.globalAlpha = 0.74;
      g.fillRect(
        box.left,
        box.top + (here.r + 1) * size,
        w * size,
        (this.pooled.max.height - here.r - 1) * size,
      );
      g.fillRect(
        box.left + (here.c + 1) * size,
        box.top + here.r * size,
        (w - here.c - 1) * size,
        size,
      );
      g.globalAlpha = 1;
      const grown = Math.max(size, 6);
      this.frame(
        g,
        box.left + (here.c + 0.5) * size - grown / 2,
        box.top + (here.r + 0.5) * size - grown / 2,
        grown,
        grown,
        { wide: 3 },
      );
    }
    this.drawLens(g, lens, here, winner, first, at);
  }
  drawLens(g, lens, { top, left }, winner, first, at) {
    const unit = lens.side / this.size,
      { height, width, values } = this.map;
    let widest = 0;
    g.font = `${this.type}px ${this.face}`;
    for (let i = 0; i < this.size; i++)
      for (let j = 0; j < this.size; j++) {
        const y = top + i,
          x = left + j,
          px = lens.x + j * unit,
          py = lens.y + i * unit;
        if (y < 0 || x < 0 || y >= height || x >= width) {
          this.hatch(g, px, py, unit - 1, unit - 1);
          continue;
        }
        g.fillStyle = `rgb(${this.color(values[y * width + x], this.look).join(" ")})`;
        g.fillRect(px, py, unit - 1, unit - 1);
        widest = Math.max(widest, g.measureText(poolBrief(values[y * width + x], 2)).width);
      }
    const digits = widest < unit - 4 ? 2 : 1;
    for (let i = 0; i < this.size; i++)
      for (let j = 0; j < this.size; j++) {
        const y = top + i,
          x = left + j,
          cell = y * width + x,
          cx = lens.x + (j + 0.5) * unit,
          cy = lens.y + (i + 0.5) * unit;
        if (y < 0 || x < 0 || y >= height || x >= width) continue;
        if (cell === first)
          this.corner(g, cx - unit / 2, cy - unit / 2, Math.min(unit, this.type * 1.6));
        const fits =
          unit > this.type * 1.15 &&
          g.measureText(poolBrief(values[cell], digits)).width < unit - 3;
        if (fits) this.number(g, values[cell], digits, cx, cy, this.look);
        if (cell === winner) this.ring(g, cx, cy, unit);
      }
    this.frame(g, lens.x, lens.y, lens.side, lens.side);
    this.write(g, `window ${this.size} \u00d7 ${this.size}`, lens.x + lens.side / 2, lens.y - 4, {
      bold: 600,
      align: "center",
      base: "bottom",
    });
    // The three numbers, each below its output and with the mark that it has in the window.
    const big = Math.round(this.type * 1.5);
    POOL_KINDS.forEach((kind, i) => {
      const box = this.boxes.outputs[i],
        said = poolSay(this.pooled[kind].values[at]),
        y = box.y + box.side + 4 + this.line;
      g.font = `700 ${big}px ${this.face}`;
      const wide = g.measureText(said).width,
        x = box.x + box.side / 2 - (wide + 22) / 2;
      if (kind === "max") this.ring(g, x + 7, y + big * 0.5, 15);
      else if (kind === "stride") this.corner(g, x, y + big * 0.15, 34);
      else
        this.write(g, "\u00d8", x + 7, y + big * 0.12, {
          align: "center",
          color: this.colors.muted,
        });
      this.write(g, said, x + 22, y, { bold: 700, size: big });
    });
  }

  // ---- gradient: what the output cells send, and where it arrives ----
  still_gradient(g) {
    const titles = [this.titleOfMap(), "\u2202L/\u2202y, sent", "max: to one", "average: to all"],
      boxes = this.pack(titles, 1);
    this.full = POOL_KINDS.slice(0, 2).map((kind) => backwardMap(this.pooled[kind], this.gradient));
    this.pushLook = { gray: false, limit: poolMost(this.gradient) };
    this.backLook = { gray: false, limit: Math.max(...this.full.map(poolMost)) };
    const map = this.paint(g, boxes[0], this.map, this.look, {
      title: this.titleOfMap(),
      below: [this.limits()],
      pads: this.pooled.max,
    });
    this.edges(g, map);
    const push = this.paint(
      g,
      boxes[1],
      {
        values: this.gradient.slice(),
        height: this.pooled.max.height,
        width: this.pooled.max.width,
      },
      this.pushLook,
      { title: titles[1], below: [`\u00b1${poolSay(this.pushLook.limit)}`] },
    );
    titles
      .slice(2)
      .forEach((title, i) =>
        this.label(g, boxes[i + 2], title, [
          `\u00b1${poolSay(this.backLook.limit)}, sum ${poolSay(this.sumOf(i))}`,
        ]),
      );
    this.back = null;
    return {
      map,
      push,
      back: boxes.slice(2).map((box) => this.grid(this.map, box, this.pooled.max)),
      boxes,
    };
  }
  sumOf(i) {
    return this.full[i].reduce((a, b) => a + b, 0);
  }
  draw_gradient(g, position) {
    const { map, push, back } = this.boxes,
      sent = Math.min(Math.floor(position + 1e-9), this.cells);
    // A step forward adds one cell; a leap is sent at once.
    if (!this.back || this.back.upto > sent || sent > this.back.upto + 64)
      this.back = {
        upto: sent,
        maps: POOL_KINDS.slice(0, 2).map((kind) => ({
          ...this.map,
          values: backwardMap(this.pooled[kind], this.gradient, sent),
        })),
      };
    for (; this.back.upto < sent; this.back.upto++)
      POOL_KINDS.slice(0, 2).forEach((kind, i) => {
        const { values } = this.back.maps[i],
          drawn = this.bitmaps.get(values);
        sendBack(this.pooled[kind], this.back.upto, this.gradient[this.back.upto], values);
        if (drawn) drawn.limit = NaN; // its values have changed: to be painted anew
      });
    back.forEach((box, i) =>
      this.paint(g, box, this.back.maps[i], this.backLook, { pads: this.pooled.max }),
    );
    const flying = sent < this.cells && position > sent,
      at = flying ? sent : Math.max(sent - 1, 0),
      here = this.cell(at),
      unit = map.unit;
    this.frame(
      g,
      map.left + here.left * unit,
      map.top + here.top * unit,
      this.size * unit,
      this.size * unit,
    );
    const winner = this.pooled.max.winners[at],
      wx = winner % this.map.width,
      wy = Math.floor(winner / this.map.width);
    this.ring(g, map.left + (wx + 0.5) * unit, map.top + (wy + 0.5) * unit, unit);
    const grown = Math.max(push.unit, 6),
      px = push.left + (here.c + 0.5) * push.unit,
      py = push.top + (here.r + 0.5) * push.unit;
    this.frame(g, px - grown / 2, py - grown / 2, grown, grown, { wide: 3 });
    const [byMax, byMean] = back;
    this.ring(
      g,
      byMax.left + (wx + 0.5) * byMax.unit,
      byMax.top + (wy + 0.5) * byMax.unit,
      byMax.unit,
    );
    this.frame(
      g,
      byMean.left + here.left * byMean.unit,
      byMean.top + here.top * byMean.unit,
      this.size * byMean.unit,
      this.size * byMean.unit,
      { dash: [4, 4], wide: 2 },
    );
    if (!flying || this.gradient[at] === 0) return;
    // On its way: one parcel to the winner, a small one to each pixel of the window.
    const t = position - sent,
      ease = t * t * (3 - 2 * t);
    const parcel = (tx, ty, size) => {
      const x = px + (tx - px) * ease,
        y = py + (ty - py) * ease - Math.sin(Math.PI * ease) * 26;
      g.fillStyle = `rgb(${this.color(this.gradient[at], this.pushLook).join(" ")})`;
      g.strokeStyle = INK;
      g.lineWidth = 1.5;
      g.beginPath();
      g.arc(x, y, size, 0, 7);
      g.fill();
      g.stroke();
    };
    parcel(byMax.left + (wx + 0.5) * byMax.unit, byMax.top + (wy + 0.5) * byMax.unit, 9);
    for (let i = 0; i < this.size; i++)
      for (let j = 0; j < this.size; j++) {
        const y = here.top + i,
          x = here.left + j;
        if (y >= 0 && x >= 0 && y < this.map.height && x < this.map.width)
          parcel(
            byMean.left + (x + 0.5) * byMean.unit,
            byMean.top + (y + 0.5) * byMean.unit,
            Math.max(9 / this.size, 2.5),
          );
      }
  }

  // ---- shift: the map moves to the right, and how much each output changes ----
  still_shift() {
    const left = Math.min(this.width * 0.46, 1.02 * this.height);
    const titles = ["moved by 24 px", ...POOL_KINDS.map((kind) => `${kind}: 100 %`)];
    return { boxes: this.pack(titles, 0, 0, left), left };
  }
  draw_shift(g) {
    const t = this.transport.index,
      { boxes, left } = this.boxes;
    const now = this.movedNow();
    const map = this.paint(g, boxes[0], now.map, this.look, { title: `moved by ${t} px` });
    if (t && t < this.map.width) {
      const x = map.left + t * map.unit;
      g.strokeStyle = FRAME;
      g.lineWidth = 2;
      g.setLineDash([6, 4]);
      g.beginPath();
      g.moveTo(x, map.top);
      g.lineTo(x, map.top + this.map.height * map.unit);
      g.stroke();
      g.setLineDash([]);
    }
    now.outputs.forEach((out, i) =>
      this.paint(g, boxes[i + 1], out, this.look, {
        title: this.header.locked
          ? POOL_KINDS[i]
          : `${POOL_KINDS[i]}: ${poolPercent(now.change[POOL_KINDS[i]])}`,
      }),
    );
    if (this.header.locked)
      this.write(g, this.header.words.locked, left + (this.width - left) / 2, this.height / 2, {
        align: "center",
        base: "middle",
        most: this.width - left - 20,
      });
    else this.drawCurve(g, left + 6, t, now.change);
  }
  drawCurve(g, x0, t, now) {
    const most = this.mostShift,
      names = [...POOL_KINDS, "picture"],
      curve = this.curveSoFar(8);
    const finite = names.flatMap((name) => [...curve[name], now[name]]).filter(Number.isFinite),
      high = Math.max(0.1, ...finite) * 1.08;
    const left = x0 + this.type * 3.4,
      right = this.width - this.type * 5.2,
      top = 2 * this.line,
      bottom = this.height - 2.5 * this.line;
    const px = (s) => left + ((right - left) * s) / Math.max(most, 1),
      py = (v) => bottom - ((bottom - top) * Math.min(v, high)) / high;
    this.write(g, this.header.words[this.along ? "curve-along" : "curve-place"], x0 + 4, 6, {
      bold: 600,
      most: this.width - x0 - 10,
    });
    g.strokeStyle = this.colors.border;
    g.lineWidth = 1;
    g.beginPath();
    const tick = high > 1.2 ? 0.5 : high > 0.6 ? 0.25 : high > 0.25 ? 0.1 : 0.05;
    for (let v = 0; v <= high + 1e-9; v += tick) {
      g.moveTo(left, py(v));
      g.lineTo(right, py(v));
      this.write(g, `${Math.round(100 * v)} %`, left - 6, py(v), {
        color: this.colors.muted,
        align: "right",
        base: "middle",
      });
    }
    const every = [1, 2, 4, 8].find((n) => (most / n) * this.type * 2 < right - left) ?? 8;
    for (let s = 0; s <= most; s += every) {
      g.moveTo(px(s), bottom);
      g.lineTo(px(s), bottom + 5);
      this.write(g, String(s), px(s), bottom + 7, { color: this.colors.muted, align: "center" });
    }
    g.stroke();
    this.write(g, this.header.words["curve-x"], (left + right) / 2, bottom + 7 + this.line, {
      color: this.colors.muted,
      align: "center",
    });
    const ends = names.map((name) => py(curve[name].at(-1) ?? 0));
    const order = names.map((_, i) => i).sort((a, b) => ends[a] - ends[b]),
      spots = [];
    order.forEach((i, k) => {
      spots[i] = k ? Math.max(ends[i], spots[order[k - 1]] + this.type * 1.2) : ends[i];
    });
    const over = Math.max(0, Math.max(...spots) - bottom - 2);
    names.forEach((name, i) => {
      const color = this.colors[CURVES[name][0].slice(5)];
      g.strokeStyle = color;
      g.lineWidth = this.type / 6;
      g.setLineDash(CURVES[name][1]);
      g.beginPath();
      curve[name].forEach((v, s) => g[s ? "lineTo" : "moveTo"](px(s), py(v)));
      g.stroke();
      g.setLineDash([]);
      g.fillStyle = color;
      g.beginPath();
      g.arc(px(t), py(now[name]), this.type / 3.4, 0, 7);
      g.fill();
      this.write(g, name === "picture" ? "unpooled" : name, right + 10, spots[i] - over, {
        color,
        bold: 600,
        base: "middle",
      });
    });
    g.strokeStyle = FRAME;
    g.lineWidth = 2;
    g.beginPath();
    g.moveTo(px(t), top);
    g.lineTo(px(t), bottom);
    g.stroke();
    this.chart = { left, right, most };
  }

  // ---- loss: pool and un-pool ----
  tripsShown() {
    const rounds = this.transport.index;
    return LOSS_WAYS.map(({ kind, how, title }) => {
      const values = this.trip(kind, how, rounds);
      return { kind, how, title, values, error: relativeChange(this.map.values, values) };
    });
  }
  still_loss() {
    return { boxes: this.pack([this.header.noun, ...LOSS_WAYS.map((way) => way.title)], 1) };
  }
  draw_loss(g) {
    const { boxes } = this.boxes,
      kept = this.keptNumbers();
    this.paint(g, boxes[0], this.map, this.look, { title: this.header.noun, below: [kept] });
    this.tripsShown().forEach(({ title, values, error }, i) =>
      this.paint(g, boxes[i + 1], { ...this.map, values }, this.look, {
        title,
        below: [`error ${poolPercent(error)}`],
      }),
    );
  }
  keptNumbers() {
    const step = this.transport.index ? this.round("max", this.transport.index) : null;
    return step ? `kept ${step.height} \u00d7 ${step.width}` : "nothing pooled yet";
  }

  // ---- halving: the paper's 28, 14, 7 ----
  levels() {
    return [this.map, ...this.steps];
  }
  still_halving(g) {
    const levels = this.levels(),
      side = Math.min(this.height - 2 * this.line - 16, this.width * 0.42);
    const x = side + 44,
      room = this.width - x - 14,
      gap = 10;
    const total = levels.reduce((sum, level) => sum + Math.max(level.height, level.width), 0);
    const fit = Math.min(
        levels.length,
        Math.max(Math.floor((this.height * 0.62) / this.line) - 1, 3),
      ),
      table = (fit + 1) * this.line;
    const scale = Math.min(
      (room - gap * (levels.length - 1)) / total,
      (this.height - table - 1.5 * this.line - 16) / Math.max(levels[0].height, levels[0].width),
    );
    let left = x;
    const stairs = levels.map((level) => {
      const box = {
        x: left,
        y: this.line + 8,
        side: Math.max(scale * Math.max(level.height, level.width), 2),
      };
      left += box.side + gap;
      return this.paint(g, box, level, this.look, { numbers: false });
    });
    this.write(g, this.header.words["to-scale"], x, this.line + 4, { bold: 600, base: "bottom" });
    return {
      big: { x: 14, y: this.line + 8, side },
      stairs,
      x,
      room,
      fit,
      rows: this.height - table - 6,
    };
  }
  draw_halving(g, position) {
    const levels = this.levels(),
      { big, stairs, x, room, fit, rows } = this.boxes,
      at = this.transport.index,
      part = Math.min(position - at, 1);
    const level = levels[at],
      next = levels[at + 1];
    this.paint(g, big, level, this.look, {
      title: `level ${at}: ${level.height} \u00d7 ${level.width}`,
      below: [this.limits()],
    });
    if (next && part > 0.02) {
      g.globalAlpha = part;
      this.paint(g, big, next, this.look, { numbers: false });
      g.globalAlpha = 1;
    }
    const box = stairs[at];
    this.frame(g, box.x - 2, box.y - 2, box.side + 4, box.side + 4);
    const columns = [0, room * 0.3, room * 0.58, room * 0.8];
    this.header.words["level-head"]
      .split(" | ")
      .forEach((text, i) =>
        this.write(g, text, x + columns[i], rows, { color: this.colors.muted }),
      );
    // Where not all fit, those around the current one.
    const from = Math.min(Math.max(at - Math.floor(fit / 2), 0), levels.length - fit);
    this.levelRows()
      .slice(from, from + fit)
      .forEach((row, n) =>
        row.forEach((text, i) =>
          this.write(
            g,
            from + n === at && i === 0 ? `${text} \u25c0` : text,
            x + columns[i],
            rows + (n + 1) * this.line,
            { bold: from + n === at ? 700 : 400 },
          ),
        ),
      );
  }
  // Side, numbers, share and the pixels that one number stands for.
  levelRows() {
    const all = this.map.values.length;
    let reach = 1,
      jump = 1;
    return this.levels().map((level, n) => {
      if (n) {
        reach += (this.size - 1) * jump;
        jump *= this.stride;
      }
      return [
        `${level.height} \u00d7 ${level.width}`,
        String(level.values.length),
        poolPercent(level.values.length / all),
        `${reach} \u00d7 ${reach}`,
      ];
    });
  }

  // ---- global: one number a map ----
  still_global(g) {
    if (!this.global) return this.stillGlobalOfMap(g);
    const { global, line } = this,
      shown = this.globalShown(),
      mapLook = { gray: false, limit: poolMost(global.maps) };
    const left = global.order ? this.width * 0.62 : this.width,
      boxes = this.pack(
        shown.map((i) => (global.order ? this.productOf(i) : `mean ${poolSay(global.means[i])}`)),
        2,
        0,
        left,
      );
    const tiles = shown.map((index, i) =>
      this.paint(g, boxes[i], this.globalMap(index), mapLook, {
        title: `map ${index + 1}`,
        numbers: false,
        below: global.order
          ? [this.productOf(index), `= ${poolSay(global.means[index] * global.weights[index])}`]
          : [`mean ${poolSay(global.means[index])}`],
      }),
    );
    if (!global.order) return { tiles };
    const side = Math.min(this.height * 0.46 - line, this.width - left - 40),
      cam = {
        values: this.once("cam", () => this.activationMap()),
        height: global.height,
        width: global.width,
      };
    this.paint(
      g,
      { x: left + (this.width - left - side) / 2, y: line + 8, side },
      cam,
      { gray: false, limit: poolMost(cam.values) },
      {
        title: this.header.words.cam,
        numbers: false,
        below: [`\u00b1${poolSay(poolMost(cam.values))}`],
      },
    );
    return { tiles, left, chart: line * 3 + 16 + side };
  }
  // Two digits: there is room for no more below a map.
  productOf(i) {
    return [this.global.means[i], this.global.weights[i]]
      .map((v) => poolSay(Number(v.toPrecision(2))).replace(/(\.\d*?[1-9])0+$/, "$1"))
      .join(" \u00d7 ");
  }
  globalMap(index) {
    return this.once(`map${index}`, () => ({
      height: this.global.height,
      width: this.global.width,
      values: Float64Array.from(
        { length: this.global.height * this.global.width },
        (_, i) => this.global.maps[i * this.global.count + index],
      ),
    }));
  }
  globalShown() {
    return (this.global.order ?? Array.from({ length: this.global.count }, (_, i) => i)).slice(
      0,
      this.width > 1100 ? 10 : 6,
    );
  }
  activationMap() {
    const { maps, weights, count } = this.global,
      values = new Float64Array(maps.length / count);
    for (let i = 0; i < values.length; i++)
      for (let c = 0; c < count; c++) values[i] += maps[i * count + c] * weights[c];
    return values;
  }
  // Sum of the first n products, the largest first.
  running(n) {
    return this.once("running", () => {
      let sum = 0;
      return [
        0,
        ...this.global.order.map((i) => (sum += this.global.means[i] * this.global.weights[i])),
      ];
    })[n];
  }
  draw_global(g) {
    if (!this.global?.order) return;
    const { left, chart } = this.boxes,
      n = this.transport.index,
      { count, bias, logit } = this.global;
    const sums = Array.from({ length: count + 1 }, (_, i) => this.running(i)),
      low = Math.min(0, ...sums, logit),
      high = Math.max(0, ...sums, logit);
    const x0 = left + 16,
      x1 = this.width - 16,
      top = chart + this.line * 1.3,
      bottom = this.height - this.line * 1.6;
    const px = (i) => x0 + ((x1 - x0) * i) / count,
      py = (v) => bottom - ((bottom - top) * (v - low)) / Math.max(high - low, 1e-12);
    this.write(
      g,
      poolFill(this.header.words.running, { n, sum: poolSay(sums[n]) }),
      x0,
      chart - 2,
      { bold: 600, most: x1 - x0 },
    );
    g.strokeStyle = this.colors.border;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(x0, py(0));
    g.lineTo(x1, py(0));
    g.stroke();
    g.strokeStyle = this.colors.accent;
    g.lineWidth = this.type / 6;
    g.beginPath();
    for (let i = 0; i <= n; i++) {
      g[i ? "lineTo" : "moveTo"](px(i), py(sums[i]));
    }
    g.stroke();
    g.fillStyle = FRAME;
    g.beginPath();
    g.arc(px(n), py(sums[n]), 6, 0, 7);
    g.fill();
    this.write(
      g,
      n === count
        ? `+ bias ${poolSay(bias)} = logit ${poolSay(logit)}`
        : this.header.words["maps-added"],
      x1,
      bottom + 4,
      { color: this.colors.muted, align: "right", most: x1 - x0 },
    );
  }
  stillGlobalOfMap(g) {
    const side = Math.min(this.height - 2 * this.line - 16, this.width * 0.46),
      box = { x: 14, y: this.line + 8, side };
    const at = this.paint(g, box, this.map, this.look, {
      title: this.titleOfMap(),
      below: [this.limits()],
    });
    const { max, average, place } = this.globalNumbers();
    this.ring(
      g,
      at.left + ((place % this.map.width) + 0.5) * at.unit,
      at.top + (Math.floor(place / this.map.width) + 0.5) * at.unit,
      at.unit,
    );
    const x = side + 60,
      big = this.type * 2;
    this.write(g, "global max", x, this.height * 0.3, { color: this.colors.muted });
    this.write(g, poolSay(max), x, this.height * 0.3 + this.line, { bold: 700, size: big });
    this.write(g, "global average", x, this.height * 0.58, { color: this.colors.muted });
    this.write(g, poolSay(average), x, this.height * 0.58 + this.line, { bold: 700, size: big });
    return {};
  }
  globalNumbers() {
    return this.once("globally", () => {
      const { values } = this.map;
      let place = 0,
        sum = 0;
      values.forEach((value, i) => {
        if (value > values[place]) place = i;
        sum += value;
      });
      return { max: values[place], average: sum / values.length, place };
    });
  }

  // ---- words ----
  tell() {
    if (!this.header) return;
    this.said = this.transport.index;
    const told = !this.fits && this.view !== "global" ? ["", ""] : this[`say_${this.view}`]();
    this.put("sentence", told[0]);
    this.put("formula", told[1]);
    this.put("advice", this.advice());
    this.canvas.setAttribute(
      "aria-label",
      `${this.titleOfMap()}, ${this.header.title}. ${told.join(" ")} ${this.advice()}`.trim(),
    );
    this.showCell();
    if (this.find("words").open) this.twin();
    this.transport.touch();
  }
  put(name, text) {
    if (this.find(name).textContent !== text) this.find(name).textContent = text;
  }

  say_slide() {
    const at = Math.min(this.transport.index, this.cells - 1),
      { r, c, top, left } = this.cell(at),
      { words } = this.header;
    const read = [];
    for (let i = Math.max(top, 0); i < Math.min(top + this.size, this.map.height); i++)
      for (let j = Math.max(left, 0); j < Math.min(left + this.size, this.map.width); j++)
        read.push(this.map.values[i * this.map.width + j]);
    const list = (glue) =>
      (read.length <= 9
        ? read.map((v) => poolSay(v))
        : [...read.slice(0, 4).map((v) => poolSay(v)), "\u2026", poolSay(read.at(-1))]
      ).join(glue);
    const winner = this.pooled.max.winners[at],
      ties = read.filter((v) => v === this.pooled.max.values[at]).length;
    const place = `row ${Math.floor(winner / this.map.width) + 1}, column ${(winner % this.map.width) + 1}`;
    const pads = this.size ** 2 - read.length;
    return [
      poolFill(words["say-slide"], {
        row: r + 1,
        column: c + 1,
        place,
        pads: pads ? ` ${poolFill(words["say-pads"], { pads })}` : "",
        tie: ties > 1 ? ` ${poolFill(words["say-tie"], { ties })}` : "",
      }),
      `max { ${list(", ")} } = ${poolSay(this.pooled.max.values[at])}; average ( ${list(" + ").replaceAll("+ \u2212", "\u2212 ")} ) / ${read.length} = ${poolSay(this.pooled.average.values[at])}; stride: ${poolSay(this.pooled.stride.values[at])}.\n${poolFill(words[`say-${this.padding}`], { n: this.map.height, k: this.size, s: this.stride, outputs: this.pooled.max.height })}`,
    ];
  }
  say_gradient() {
    const sent = Math.min(this.transport.index, this.cells),
      at = Math.max(sent - 1, 0),
      { r, c } = this.cell(at),
      { words } = this.header;
    const push = this.gradient[at],
      [top, bottom] = reachOf(this.pooled.max.rows, this.window, r),
      [left, right] = reachOf(this.pooled.max.columns, this.window, c);
    const count = (bottom - top) * (right - left),
      winner = this.pooled.max.winners[at];
    const total = this.gradient.reduce((a, b) => a + b, 0);
    return [
      poolFill(words["say-gradient"], {
        row: r + 1,
        column: c + 1,
        push: poolSay(push),
        place: `row ${Math.floor(winner / this.map.width) + 1}, column ${(winner % this.map.width) + 1}`,
      }),
      `max: ${poolSay(push)} to 1 of ${count} pixels, 0 to the others; average: ${poolSay(push)} / ${count} = ${poolSay(push / count)} to each. ${poolFill(words["say-conserved"], { total: poolSay(total) })}`,
    ];
  }
  say_shift() {
    const { words } = this.header,
      t = this.transport.index;
    if (this.header.locked) return [words.locked, ""];
    const values = Object.fromEntries(
      [...POOL_KINDS, "picture"].map((name) => [name, poolPercent(this.movedNow().change[name])]),
    );
    const whole = t % this.stride === 0;
    return [
      poolFill(words[this.along ? "say-along" : "say-shift"], {
        t,
        pixels: t === 1 ? "pixel" : "pixels",
        ...values,
      }),
      t
        ? poolFill(words[whole ? "say-multiple" : "say-between"], {
            t,
            stride: this.stride,
            steps: stepsAlong(t, this.stride),
          })
        : words["say-measure"],
    ];
  }
  say_loss() {
    const rounds = this.transport.index,
      { words } = this.header,
      trips = this.tripsShown();
    if (!rounds) return [words["say-loss-none"], ""];
    const step = this.round("max", rounds),
      share = poolPercent(step.values.length / this.map.values.length);
    const errors = trips
      .map(
        ({ kind, how, error }) =>
          `${kind} ${how === "switches" ? "by switches" : "repeated"} ${poolPercent(error)}`,
      )
      .join(", ");
    return [
      poolFill(words["say-loss"], {
        rounds,
        times: rounds === 1 ? "round" : "rounds",
        share,
        side: `${step.height} \u00d7 ${step.width}`,
      }),
      `${words["say-error"]} ${errors}.`,
    ];
  }
  say_halving() {
    const rows = this.levelRows(),
      n = this.transport.index,
      { words } = this.header,
      [side, numbers, share, reach] = rows[n];
    return [
      poolFill(words["say-halving"], {
        chain: rows.map((row) => row[0].replace(/ /g, "")).join(" \u2192 "),
        n,
        side,
        numbers,
        share,
        reach,
      }),
      this.steps.length
        ? poolFill(words["say-level"], { n, side, numbers, share, reach })
        : words["say-flat"],
    ];
  }
  say_global() {
    const { words } = this.header,
      { global } = this;
    if (!global) {
      const { max, average } = this.globalNumbers();
      return [
        poolFill(words["say-global-map"], {
          max: poolSay(max),
          average: poolSay(average),
          count: this.map.values.length,
        }),
        words["say-global-more"],
      ];
    }
    const of = {
      linked: global.counting,
      name: global.network,
      count: global.count,
      side: `${global.height} \u00d7 ${global.width}`,
      label: global.label,
    };
    if (!global.order)
      return [poolFill(words["say-global-flat"], of), poolFill(words["say-global-flat-more"], of)];
    return [
      poolFill(words["say-global"], {
        ...of,
        bias: poolSay(global.bias),
        sum: poolSay(this.running(global.count)),
        logit: poolSay(global.logit),
      }),
      words["say-cam"],
    ];
  }

  advice() {
    const { words } = this.header,
      { height, width } = this.map;
    if (this.typed) return this.typed;
    if (!this.fits && this.view !== "global")
      return poolFill(words["advice-fit"], {
        size: this.size,
        side: `${height} \u00d7 ${width}`,
        most: Math.min(height, width),
      });
    if (this.view === "global") return "";
    if (this.view === "halving") {
      const odd = this.steps.find((step) => step.rows.uncovered || step.columns.uncovered);
      return odd
        ? poolFill(words["advice-halving"], {
            side: `${odd.given.height} \u00d7 ${odd.given.width}`,
            rows: odd.rows.uncovered,
            columns: odd.columns.uncovered,
          })
        : "";
    }
    if (height * width === 1) return words["advice-pixel"];
    const edge = this.pooled.max.rows.uncovered + this.pooled.max.columns.uncovered;
    if (this.stride > this.size && (this.view === "slide" || this.view === "gradient"))
      return poolFill(words["advice-gaps"], {
        unread: this.reads.filter((n) => !n).length,
        all: this.reads.length,
      });
    if (edge && this.view === "slide")
      return poolFill(words["advice-edge"], {
        rows: this.pooled.max.rows.uncovered,
        columns: this.pooled.max.columns.uncovered,
      });
    if (this.size > this.stride && this.view === "slide")
      return poolFill(words["advice-overlap"], {
        most: this.reads.reduce((a, b) => Math.max(a, b), 0),
      });
    if (this.view === "shift" && !this.header.locked && this.map.width % this.stride && this.along)
      return poolFill(words["advice-seam"], { width, stride: this.stride });
    return "";
  }

  // Tables of what is shown; of large maps the part around the current cell.
  twin() {
    this.put(
      "twin",
      `${this.find("sentence").textContent} ${this.find("formula").textContent} ${this.advice()}`,
    );
    const part = (map, title, r, c) => {
      const from = (at, length) => Math.max(0, Math.min(at - 4, length - 10)),
        top = from(r, map.height),
        left = from(c, map.width);
      const rows = [],
        bottom = Math.min(top + 10, map.height),
        right = Math.min(left + 10, map.width);
      for (let i = top; i < bottom; i++)
        rows.push(
          Array.from({ length: right - left }, (_, j) =>
            poolSay(map.values[i * map.width + left + j]),
          ),
        );
      return {
        title: `${title}, rows ${top + 1} to ${bottom}, columns ${left + 1} to ${right}`,
        rows,
      };
    };
    const { words } = this.header,
      tables = [];
    if (this.view === "global" && this.global)
      tables.push({
        title: words["table-global"],
        head: ["map", "mean", ...(this.global.order ? ["weight", "product"] : [])],
        rows: this.globalShown().map((i) => [
          i + 1,
          poolSay(this.global.means[i]),
          ...(this.global.order
            ? [
                poolSay(this.global.weights[i]),
                poolSay(this.global.means[i] * this.global.weights[i]),
              ]
            : []),
        ]),
      });
    else if (this.fits && (this.view === "slide" || this.view === "gradient")) {
      const at = Math.max(
          Math.min(this.transport.index, this.cells) - (this.view === "gradient"),
          0,
        ),
        { r, c, top, left } = this.cell(Math.min(at, this.cells - 1));
      const out = this.pooled.max,
        push = { values: this.gradient, height: out.height, width: out.width };
      tables.push(part(this.map, this.header.noun, Math.max(top, 0), Math.max(left, 0)));
      if (this.view === "slide")
        for (const kind of POOL_KINDS) tables.push(part(this.pooled[kind], kind, r, c));
      else {
        tables.push(part(push, "gradient sent", r, c));
        if (this.back)
          this.back.maps.forEach((map, i) =>
            tables.push(
              part(map, `gradient back, ${POOL_KINDS[i]}`, Math.max(top, 0), Math.max(left, 0)),
            ),
          );
      }
    } else if (this.fits && this.view === "shift" && !this.header.locked)
      tables.push({
        title: words["table-shift"],
        head: ["pixels", ...POOL_KINDS, "unpooled"],
        rows: this.curve.max.map((_, t) => [
          t,
          ...[...POOL_KINDS, "picture"].map((name) => poolPercent(this.curve[name][t])),
        ]),
      });
    else if (this.fits && this.view === "loss")
      tables.push({
        title: words["table-loss"],
        head: ["way", "error"],
        rows: this.tripsShown().map(({ kind, how, error }) => [
          `${kind}, ${how}`,
          poolPercent(error),
        ]),
      });
    else if (this.fits && this.view === "halving")
      tables.push({
        title: words["to-scale"],
        head: words["level-head"].split(" | "),
        rows: this.levelRows(),
      });
    this.find("tables").replaceChildren(
      ...tables.map(({ title, head, rows }) => {
        const table = document.createElement("table");
        table.createCaption().textContent = title;
        if (head) {
          const row = table.createTHead().insertRow();
          for (const text of head) {
            const cell = document.createElement("th");
            cell.scope = "col";
            cell.textContent = text;
            row.append(cell);
          }
        }
        const body = table.createTBody();
        for (const values of rows) {
          const row = body.insertRow();
          for (const value of values) row.insertCell().textContent = value;
        }
        return table;
      }),
    );
  }

  // ---- hands ----
  buildButtons() {
    const { words } = this.header;
    this.find("views").replaceChildren(
      ...POOL_VIEWS.map((view) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = words[`view-${view}`];
        button.dataset.view = view;
        button.onclick = () => {
          this.typed = "";
          this.setView(view);
        };
        return button;
      }),
    );
    this.find("presets").replaceChildren(
      ...[
        ["ones", () => 1],
        ["one", (i) => (i === this.current() ? 1 : 0)],
        ["mixed", (i) => Math.round(10 * Math.sin(12.9898 * (i + 1)) * Math.cos(4.1 * i)) / 10],
      ].map(([name, value]) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = words[`preset-${name}`];
        button.onclick = () => {
          this.gradient = this.gradient.map((_, i) => value(i));
          this.typed = "";
          this.redraw();
        };
        return button;
      }),
    );
  }
  redraw() {
    this.still = null;
    this.back = null;
    this.tell();
  }
  // The output cell that a typed gradient belongs to.
  current() {
    return Math.max(Math.min(this.transport.index, this.cells) - 1, 0);
  }
  showCell() {
    if (this.view !== "gradient" || !this.fits) return;
    const { r, c } = this.cell(this.current()),
      field = this.find("cell-gradient");
    this.put("cell-name", `Gradient of cell ${r + 1}, ${c + 1}`);
    if (this.root.getRootNode().activeElement !== field || !this.typed)
      field.value = poolSay(this.gradient[this.current()]);
  }
  showControls() {
    for (const button of this.find("views").children)
      button.setAttribute("aria-pressed", String(button.dataset.view === this.view));
    for (const name of ["size", "stride"]) {
      this.find(name).value = this[name];
      this.find(name).setAttribute(
        "aria-valuetext",
        name === "size" ? `${this.size} by ${this.size}` : String(this.stride),
      );
      const field = this.find(`${name}-number`);
      if (Number(field.value) !== this[name]) field.value = this[name];
    }
    this.find("padding").value = this.padding;
    this.find("along").value = this.along ? "along" : "";
    this.find("kind").value = this.kind;
    for (const extra of this.root.querySelectorAll(".extra"))
      extra.classList.toggle("on", extra.dataset.view === this.view);
  }
  set(name, value) {
    this.asked ??= performance.now();
    this.typed = "";
    if (this[name] === value) return;
    this[name] = value;
    this.places = {};
    this.changed();
  }

  listen() {
    for (const name of ["size", "stride"]) {
      const slider = this.find(name),
        field = this.find(`${name}-number`);
      slider.addEventListener("input", () => this.set(name, Number(slider.value)));
      field.addEventListener("change", () => {
        const typed = Number(field.value),
          value = Math.min(Math.max(Math.round(typed), 1), 8);
        if (field.value === "" || !Number.isFinite(typed)) {
          field.value = this[name];
          return;
        }
        this.set(name, value);
        this.showControls();
        if (value !== typed) {
          this.typed = poolFill(this.header.words["advice-range"], {
            typed: poolSay(typed),
            value,
          });
          this.tell();
        }
      });
    }
    this.find("padding").addEventListener("change", (event) => {
      this.set("padding", event.target.value);
    });
    this.find("along").addEventListener("change", (event) => {
      this.along = Boolean(event.target.value);
      this.arrange();
    });
    this.find("kind").addEventListener("change", (event) => {
      this.kind = event.target.value;
      this.places.halving = undefined;
      this.arrange();
    });
    const cell = this.find("cell-gradient");
    cell.addEventListener("change", () => {
      const text = cell.value.trim().replace("\u2212", "-").replace(",", "."),
        value = Number(text);
      if (!text || !Number.isFinite(value) || Math.abs(value) > 1e6) {
        this.typed = poolFill(this.header.words["advice-typed"], {
          typed: cell.value.slice(0, 20),
        });
        cell.setAttribute("aria-invalid", "true");
        this.tell();
        return;
      }
      cell.removeAttribute("aria-invalid");
      this.typed = "";
      this.gradient[this.current()] = value;
      this.redraw();
    });
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons) this.point(event);
    });
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (
        !by ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        !this.fits ||
        !["slide", "gradient"].includes(this.view)
      )
        return;
      event.preventDefault();
      event.stopPropagation();
      const to = this.transport.index + by * this.pooled.max.width;
      if (to >= 0 && to <= this.transport.last) {
        this.transport.pause();
        this.transport.go(to);
      }
    });
    this.find("words").addEventListener("toggle", () => {
      if (this.find("words").open) this.twin();
    });
  }

  // A cell under the hand, in the map or in an output; in the curve a shift.
  point(event) {
    if (!this.boxes || !this.fits) return;
    this.asked ??= performance.now();
    const frame = this.canvas.getBoundingClientRect(),
      x = event.clientX - frame.left,
      y = event.clientY - frame.top;
    if (this.view === "shift" && this.chart && !this.header.locked && x >= this.chart.left - 10) {
      const share = Math.min(
        Math.max((x - this.chart.left) / (this.chart.right - this.chart.left), 0),
        1,
      );
      this.transport.pause();
      this.transport.go(Math.round(share * this.chart.most));
      return;
    }
    const out = this.pooled.max,
      within = (value, length) => Math.min(Math.max(value, 0), length - 1);
    const { map, outputs = [], push, back = [] } = this.boxes,
      more = this.view === "gradient" ? 1 : 0;
    for (const box of [map, push, ...outputs, ...back].filter(Boolean)) {
      const j = Math.floor((x - box.left) / box.unit),
        i = Math.floor((y - box.top) / box.unit);
      if (i < 0 || j < 0 || i >= box.map.height || j >= box.map.width) continue;
      const isMap =
        box.map.height === this.map.height &&
        box.map.width === this.map.width &&
        (box === map || back.includes(box));
      // In the map: the window whose middle is nearest.
      const r = isMap
        ? within(Math.round((i + out.rows.before - (this.size - 1) / 2) / this.stride), out.height)
        : i;
      const c = isMap
        ? within(
            Math.round((j + out.columns.before - (this.size - 1) / 2) / this.stride),
            out.width,
          )
        : j;
      this.transport.pause();
      this.transport.go(r * out.width + c + more);
      return;
    }
  }

  // What a browser test asks of the same functions that move the picture.
  compute({ values, height, width, size, stride, padding, kind, gradient }) {
    const map = { values: Float64Array.from(values), height, width },
      window = { size, stride, padding };
    const pooled = poolMap(map, window, kind);
    if (!pooled) return null;
    const list = (array) => (array ? Array.from(array) : null);
    return {
      rows: pooled.rows,
      columns: pooled.columns,
      values: list(pooled.values),
      winners: list(pooled.winners),
      back: list(backwardMap(pooled, Float64Array.from(gradient ?? pooled.values))),
      nearest: list(unpoolMap(pooled, "nearest")),
      switches: kind === "average" ? null : list(unpoolMap(pooled, "switches")),
      reads: list(readsOf(map, window)),
      levels: pyramidOf(map, window, kind).map((step) => list(step.values)),
    };
  }

  close() {
    this.transport.close();
    this.keep.close();
  }
}

export default function ({ data, parentElement }) {
  let stage = POOLINGS.get(parentElement);
  if (!stage) {
    stage = new PoolingStage(parentElement.querySelector(".pooling"));
    POOLINGS.set(parentElement, stage);
  }
  stage.load(data);
  return () => {
    stage.close();
    POOLINGS.delete(parentElement);
  };
}
