// Draws the arrays that core computed, one operation at a time. While the learning rate is dragged,
// cycle_math.js walks the same cycle here; Python's own arrays replace it when the hand lets go.
const CYCLES = new WeakMap();
const STEPS = 11,
  MOVE_MS = 220,
  SMALL = 0.4;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");
// What each operation shows, in order, and how large; "small" arrays only keep the overview.
const SCENES = [
  [
    ["patch", 1],
    ["kernel", SMALL],
    ["sums", SMALL],
    ["relu", SMALL],
    ["pooled", SMALL],
    ["dense", SMALL],
    ["out", 1],
  ],
  [
    ["patch", 1],
    ["kernel", 1],
    ["sums", 1],
    ["relu", SMALL],
    ["pooled", SMALL],
    ["dense", SMALL],
    ["out", 1],
  ],
  [
    ["patch", SMALL],
    ["kernel", SMALL],
    ["sums", 1],
    ["relu", 1],
    ["pooled", SMALL],
    ["dense", SMALL],
    ["out", 1],
  ],
  [
    ["patch", SMALL],
    ["kernel", SMALL],
    ["sums", SMALL],
    ["relu", 1],
    ["pooled", 1],
    ["dense", SMALL],
    ["out", 1],
  ],
  [
    ["patch", SMALL],
    ["kernel", SMALL],
    ["sums", SMALL],
    ["relu", SMALL],
    ["pooled", 1],
    ["dense", 1],
    ["out", 1],
  ],
  [
    ["patch", SMALL],
    ["kernel", SMALL],
    ["sums", SMALL],
    ["relu", SMALL],
    ["pooled", 1],
    ["dense", 1],
    ["out", 1],
  ],
  [
    ["patch", SMALL],
    ["relu", SMALL],
    ["pooled", 1],
    ["dgrad", 1],
    ["bpooled", 1],
    ["dense", 1],
    ["out", 1],
  ],
  [
    ["patch", SMALL],
    ["relu", 1],
    ["brelu", 1],
    ["bpooled", 1],
    ["dense", SMALL],
    ["out", 1],
  ],
  [
    ["sums", 1],
    ["bsums", 1],
    ["brelu", 1],
    ["bpooled", SMALL],
    ["out", 1],
  ],
  [
    ["patch", 1],
    ["bsums", 1],
    ["parts", 1],
    ["kgrad", 1],
  ],
  [
    ["kernel", 1],
    ["kgrad", 1],
    ["kafter", 1],
    ["dense", 1],
    ["dgrad", 1],
    ["dafter", 1],
    ["out", 1],
  ],
];
const SIDES = {
  patch: 8,
  kernel: 3,
  kgrad: 3,
  kafter: 3,
  sums: 6,
  bsums: 6,
  parts: 6,
  relu: 6,
  brelu: 6,
  pooled: 3,
  bpooled: 3,
  dense: 3,
  dgrad: 3,
  dafter: 3,
};
const GLYPHS = {
  "patch>kernel": "\u2217",
  "kernel>sums": "=",
  "patch>bsums": "\u00d7",
  "bsums>parts": "=",
  "parts>kgrad": "\u03a3",
  "kernel>kgrad": "\u2212\u03b7\u00b7",
  "kgrad>kafter": "=",
  "dense>dgrad": "\u2212\u03b7\u00b7",
  "dgrad>dafter": "=",
  "pooled>dense": "\u00b7",
  "kafter>dense": "",
  "dgrad>bpooled": "",
};
const BACKWARD = new Set([
  "brelu>bpooled",
  "bsums>brelu",
  "bpooled>dense",
  "sums>bsums",
  "relu>brelu",
]);
const MAPS = new Set(["sums", "bsums", "parts", "relu", "brelu"]);
const KERNELS = new Set(["kernel", "kgrad", "kafter"]);
const THREES = new Set(["pooled", "bpooled", "dense", "dgrad", "dafter"]);

// Three significant digits for formulas; as short as a cell allows inside cells.
function say(value) {
  if (!Number.isFinite(value)) return "out of range";
  const size = Math.abs(value);
  const text =
    size !== 0 && (size < 0.0005 || size >= 1e5)
      ? value.toExponential(2)
      : value.toFixed(size < 0.1 && size > 0 ? 4 : size < 10 ? 3 : size < 100 ? 2 : 1);
  return text.replaceAll("-", "\u2212");
}
function brief(value, digits) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text =
    size >= 1e4 ? value.toExponential(0) : value.toFixed(size >= 10 ? 0 : size >= 1 ? 1 : digits);
  text = text.replace(/^(-?)0\./, "$1.").replace("-", "\u2212");
  return /[1-9]/.test(text) ? text : "~0";
}
function place(at, side) {
  return `row ${Math.floor(at / side) + 1}, column ${(at % side) + 1}`;
}
function mix(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1),
    low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((part, c) => part + (stops[low + 1][c] - part) * (at - low));
}
function most(values) {
  let found = 0;
  for (const v of values) found = Math.max(found, Math.abs(v));
  return found;
}

class Cycle {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.canvas = this.find("picture");
    this.context = this.canvas.getContext("2d");
    this.sample = 0;
    this.k = 0;
    this.weight = 4;
    this.spot = null;
    this.transport = new Transport(this.find("transport"), {
      last: 1,
      perSecond: 1,
      name: "Step",
      canvas: this.canvas,
      moved: () => this.moved(),
      draw: () => this.draw(),
      layout: () => this.layout(),
    });
    this.listen();
  }

  load(bytes, send) {
    this.send = send;
    const { header, arrays } = unpack(bytes),
      first = !this.keep;
    const { given, run } = cycleSent(header, arrays);
    Object.assign(this, { header, arrays, sent: given });
    this.keep ??= new Keep("cycle_set", header.defaults);
    if (first || this.keep.isReset(header.fresh))
      this.choices = this.allowed(this.keep.read(header.fresh));
    // Read by a browser test: how far this script's own cycle is from Python's.
    this.canvas.disagreement = this.disagreement(
      cycleRun(cycleGiven(arrays, given, header.choices), header.rate),
      run,
    );
    if (this.agrees(header.choices)) {
      this.given = given;
      this.adopt(run);
    } else {
      // Chosen here, or kept from before a reload: the server has not caught up yet.
      this.given = cycleGiven(arrays, given, this.choices);
      this.adopt(cycleRun(this.given, this.choices.rate));
      if (first) setTimeout(() => this.report());
    }
    const words = header.words;
    this.find("rate-name").textContent = words.rate;
    this.find("rate-number").setAttribute("aria-label", words["rate-number"]);
    this.find("rate-number").max = String(header.greatest);
    this.find("picker").setAttribute("aria-label", words.picker);
    this.find("words").querySelector("summary").textContent = words.twin;
    this.showRate(this.choices.rate);
    this.buildPhases();
    this.buildChoices();
    this.buildPatches();
    this.layout();
    this.moved();
    this.tell();
  }

  allowed({ kernels, batch, seed, rate }) {
    const whole = (value, low, high, other) =>
      Number.isInteger(value) && value >= low && value <= high ? value : other;
    const { defaults, seeds, greatest } = this.header;
    return {
      kernels: whole(kernels, 1, 2, defaults.kernels),
      batch: whole(batch, 1, 4, defaults.batch),
      seed: whole(seed, 0, seeds - 1, defaults.seed),
      rate: rate >= 0 && rate <= greatest ? rate : defaults.rate,
    };
  }

  agrees(other) {
    return Object.keys(this.choices).every((name) => this.choices[name] === other[name]);
  }

  report() {
    this.keep.write(this.choices);
    this.send("choices", { ...this.choices });
  }

  // Another run at once, from what was sent for every choice; Python's own numbers follow.
  choose(changes) {
    this.choices = { ...this.choices, ...changes };
    this.given = cycleGiven(this.arrays, this.sent, this.choices);
    const relaid = this.run.kernels !== this.choices.kernels;
    this.adopt(cycleRun(this.given, this.choices.rate));
    this.buildChoices();
    this.buildPatches();
    if (relaid) this.layout();
    this.tell();
    this.report();
  }

  buildChoices() {
    const host = this.find("choices"),
      words = this.header.words;
    if (!host.childElementCount) {
      const group = (name, title, values) => {
        const box = document.createElement("div");
        box.className = "choice";
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", title);
        box.append(
          Object.assign(document.createElement("span"), { textContent: title }),
          ...values.map((value) => {
            const button = Object.assign(document.createElement("button"), {
              type: "button",
              textContent: String(value),
            });
            button.dataset.name = name;
            button.dataset.value = String(value);
            button.addEventListener("click", () => this.choose({ [name]: value }));
            return button;
          }),
        );
        return box;
      };
      const seed = document.createElement("label");
      seed.className = "choice";
      seed.title = words["seed-help"];
      const box = Object.assign(document.createElement("input"), {
        type: "number",
        className: "seed",
        min: "0",
        step: "1",
      });
      box.max = String(this.header.seeds - 1);
      seed.append(Object.assign(document.createElement("span"), { textContent: words.seed }), box);
      box.addEventListener("input", () => {
        const value = box.value === "" ? NaN : Number(box.value);
        if (Number.isInteger(value) && value >= 0 && value < this.header.seeds)
          this.choose({ seed: value });
      });
      box.addEventListener("change", () => {
        box.value = String(this.choices.seed);
      });
      host.append(
        group("kernels", words.kernels, [1, 2]),
        group("batch", words.batch, [1, 2, 3, 4]),
        seed,
      );
    }
    for (const button of host.querySelectorAll("button")) {
      button.setAttribute(
        "aria-pressed",
        String(this.choices[button.dataset.name] === Number(button.dataset.value)),
      );
    }
    const box = this.find("seed");
    if (Number(box.value) !== this.choices.seed || box.value === "")
      box.value = String(this.choices.seed);
  }

  adopt(run) {
    this.run = run;
    this.sample = Math.min(this.sample, run.batch - 1);
    this.k = Math.min(this.k, run.kernels - 1);
    this.limits = this.findLimits();
    this.transport.setLast(this.header.locked ? STEPS - 2 : run.updates.length * STEPS - 1);
  }

  disagreement(mine, sent) {
    let worst = mine.updates.length === sent.updates.length ? 0 : Infinity;
    const compare = (a, b) => {
      for (let i = 0; i < a.length; i++)
        worst = Math.max(worst, Math.abs(a[i] - b[i]) / (1 + Math.abs(b[i])));
    };
    mine.updates.forEach((update, u) => {
      const other = sent.updates[u];
      compare(update.gradient, other.gradient);
      compare([update.loss, update.lossAfter], [other.loss, other.lossAfter]);
      update.samples.forEach((sample, b) => {
        for (const name of ["sums", "pooled", "winners", "byPooled", "byMaps", "bySums"])
          compare(sample[name], other.samples[b][name]);
        compare(
          [sample.logit, sample.output, sample.loss, sample.byLogit],
          [
            other.samples[b].logit,
            other.samples[b].output,
            other.samples[b].loss,
            other.samples[b].byLogit,
          ],
        );
      });
    });
    mine.weights.forEach((row, u) => compare(row, sent.weights[u]));
    compare(mine.poolLoss, sent.poolLoss);
    return worst;
  }

  get u() {
    return Math.min(Math.floor(this.transport.index / STEPS), this.run.updates.length - 1);
  }
  get s() {
    return this.transport.index % STEPS;
  }
  get update() {
    return this.run.updates[this.u];
  }
  get now() {
    return this.update.samples[this.sample];
  }
  get patch() {
    return this.given.pool.subarray(64 * this.now.index, 64 * this.now.index + 64);
  }
  get w() {
    return this.run.weights[this.u];
  }
  get after() {
    return this.run.weights[this.u + 1];
  }

  // Limits of maps and weights hold for the whole run, so that colors compare through time.
  findLimits() {
    const K = this.run.kernels,
      found = { sums: 0, kernel: 0, dense: 0 };
    for (const { samples } of this.run.updates)
      for (const { sums } of samples) found.sums = Math.max(found.sums, most(sums));
    for (const row of this.run.weights) {
      found.kernel = Math.max(found.kernel, most(row.subarray(0, 9 * K)));
      found.dense = Math.max(found.dense, most(row.subarray(10 * K, 19 * K)));
    }
    return found;
  }

  spotOf(k) {
    if (this.spot !== null) return this.spot;
    let best = 0;
    for (let p = 1; p < 9; p++)
      if (this.now.pooled[9 * k + p] > this.now.pooled[9 * k + best]) best = p;
    return cellOf(best, this.now.winners[9 * k + best]);
  }

  // Contributions of the 36 positions to one weight of kernel k: gradient of the sum times pixel.
  parts(k, weight) {
    const i = Math.floor(weight / 3),
      j = weight % 3;
    return Float64Array.from({ length: 36 }, (_, at) => {
      const slope = this.now.bySums[36 * k + at];
      return slope === 0 ? 0 : slope * this.patch[(Math.floor(at / 6) + i) * 8 + (at % 6) + j];
    });
  }

  // Values, colors, title and limit of one array at this step; null values are not computed yet.
  content(id, k) {
    const K = this.run.kernels,
      { now, s } = this,
      g = this.update.gradient,
      L = this.limits;
    const three = (row, from) => row.subarray(from + 9 * k, from + 9 * k + 9);
    const map = (row) => row.subarray(36 * k, 36 * k + 36);
    const number = K > 1 ? ` ${k + 1}` : "";
    const signed = (values, limit, title) => ({
      values,
      limit,
      title,
      stops: this.header.activation,
    });
    const weights = (values, limit, title) => ({ values, limit, title, stops: this.header.weight });
    switch (id) {
      case "patch":
        return {
          values: this.patch,
          title: "patch x",
          gray: this.given.gray.subarray(64 * now.index, 64 * now.index + 64),
        };
      case "kernel":
        return weights(
          three(this.w, 0),
          L.kernel,
          s === 10 ? `kernel${number} before` : `kernel${number}`,
        );
      case "kafter":
        return weights(three(this.after, 0), L.kernel, `kernel${number} after`);
      case "kgrad":
        return weights(three(g, 0), most(g.subarray(0, 9 * K)), "\u2202L/\u2202k");
      case "sums":
        return signed(s >= 1 ? map(now.sums) : null, L.sums, `sums${number}`);
      case "relu":
        return signed(s >= 2 ? map(now.sums).map((v) => Math.max(v, 0)) : null, L.sums, "ReLU");
      case "pooled":
        return signed(s >= 3 ? three(now.pooled, 0) : null, L.sums, "pooled");
      case "dense":
        return weights(three(this.w, 10 * K), L.dense, s === 10 ? "dense before" : "dense w");
      case "dafter":
        return weights(three(this.after, 10 * K), L.dense, "dense after");
      case "dgrad":
        return weights(three(g, 10 * K), most(g.subarray(10 * K, 19 * K)), "\u2202L/\u2202w");
      case "bpooled":
        return signed(three(now.byPooled, 0), most(now.byPooled), "\u2202L/\u2202pooled");
      case "brelu":
        return signed(map(now.byMaps), most(now.byPooled), "\u2202L/\u2202ReLU");
      case "bsums":
        return signed(map(now.bySums), most(now.byPooled), "\u2202L/\u2202sums");
      case "parts":
        return signed(
          this.parts(k, this.weight),
          most(this.parts(this.k, this.weight)),
          "36 products",
        );
      default:
        throw new Error(`There is no array ${id}.`);
    }
  }

  layout() {
    if (!this.header) return;
    const style = getComputedStyle(this.root);
    const get = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    this.colors = {
      text: get("--lb-text", "#e9ecef"),
      muted: get("--lb-muted", "#a9b3bd"),
      surface: get("--lb-surface", "#20252b"),
      border: get("--lb-border", "#3a424b"),
      accent: get("--lb-accent", "#7db8f0"),
      training: get("--lb-training", "#3d9fdd"),
      other: get("--lb-other", "#2bbfae"),
      background: get("--lb-background", "#15181c"),
    };
    this.type = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17")) * 0.95));
    this.face = get("--st-font", "sans-serif");
    this.line = Math.round(this.type * 1.35);
    this.width = Math.max(this.canvas.parentElement.clientWidth, 280);
    // In large type the stage fits a low screen by itself, once it is scrolled to.
    this.height = Math.round(
      Math.min(
        Math.max(innerHeight - (this.type > 20 ? 18 * this.type : 350 + 4 * this.type), 290),
        760,
      ),
    );
    const ratio = Math.min(devicePixelRatio || 1, 2);
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.scenes = SCENES.map((scene, s) => this.arrange(scene, s));
    this.shown = null;
    this.drawLosses();
    this.transport.touch();
  }

  // Boxes of one scene: the largest cell for which titles, gaps and arrays fit.
  arrange(scene, s) {
    const g = this.context,
      K = this.run.kernels,
      gap = Math.round(this.type * 1.7);
    g.font = `${this.type}px ${this.face}`;
    const wanted = {
      patch: "patch x",
      kernel: "kernel 1",
      kgrad: "\u2202L/\u2202k",
      kafter: "after 1",
      sums: "sums 1",
      relu: "ReLU",
      pooled: "pooled",
      dense: "dense w",
      dgrad: "\u2202L/\u2202w",
      dafter: "after",
      bpooled: "\u2202L/\u2202pooled",
      brelu: "\u2202L/\u2202ReLU",
      bsums: "\u2202L/\u2202sums",
      parts: "36 products",
    };
    const titles = Object.fromEntries(
      scene.map(([id]) => [
        id,
        id === "out" ? 8.2 * this.type : g.measureText(wanted[id]).width + 2,
      ]),
    );
    const perRow = 2.1 * this.line;
    const width = (cell) =>
      scene.reduce(
        (sum, [id, size]) => sum + Math.max(titles[id], id === "out" ? 0 : SIDES[id] * cell * size),
        0,
      ) +
      gap * (scene.length - 1);
    const tall = (cell) =>
      Math.max(
        ...scene.map(([id, size]) =>
          id === "out" ? 0 : (id === "patch" ? 1 : K) * (SIDES[id] * cell * size + perRow),
        ),
      );
    let cell = 84;
    while (cell > 8 && (width(cell) > this.width - 16 || tall(cell) > this.height - 8)) cell -= 1;
    const boxes = {};
    let x = (this.width - width(cell)) / 2;
    for (const [id, size] of scene) {
      const unit = id === "out" ? 0 : Math.floor(cell * size),
        side = unit * (SIDES[id] ?? 0),
        slot = Math.max(titles[id], side);
      const rows = id === "patch" || id === "out" ? 1 : K;
      for (let k = 0; k < rows; k++) {
        const middle = (this.height * (k + 0.5)) / rows;
        boxes[`${id}${k}`] = {
          id,
          k,
          x: x + (slot - side) / 2,
          y: middle - side / 2,
          unit,
          side,
          slot,
          left: x,
          large: size === 1,
          alpha: 1,
        };
      }
      x += slot + gap;
    }
    return { boxes, gap, s };
  }

  // The boxes as they are on the screen now: on their way from one scene to the next.
  boxes(time) {
    const target = this.scenes[this.s];
    if (!this.shown || this.shown.s !== this.s) {
      const from = this.shown ? this.last : target.boxes;
      this.shown = { s: this.s, from, began: this.shown && !STILL.matches ? time : -Infinity };
    }
    const t = Math.min((time - this.shown.began) / MOVE_MS, 1),
      ease = t * (2 - t),
      found = {};
    for (const [key, box] of Object.entries(target.boxes)) {
      const old = this.shown.from[key];
      if (t >= 1) found[key] = box;
      else if (!old) found[key] = { ...box, alpha: ease };
      else {
        const between = (name) => old[name] + (box[name] - old[name]) * ease;
        found[key] = {
          ...box,
          x: between("x"),
          y: between("y"),
          unit: between("unit"),
          side: between("side"),
          left: between("left"),
          slot: between("slot"),
          moving: true,
        };
      }
    }
    if (t < 1) this.transport.touch();
    this.last = found;
    return found;
  }

  draw() {
    if (!this.header || !this.scenes) return;
    const g = this.context,
      found = this.boxes(performance.now());
    g.clearRect(0, 0, this.width, this.height);
    this.canvas.printed = 0; // numbers in cells, read by the browser tests
    let before = null;
    for (const box of Object.values(found)) {
      g.globalAlpha = box.alpha;
      if (box.id === "out") this.drawOut(g, box);
      else this.drawArray(g, box);
      if (box.k === 0) {
        this.drawGlyph(g, before, box);
        before = box;
      }
    }
    g.globalAlpha = 1;
    this.placePicker(found);
  }

  drawGlyph(g, before, box) {
    if (!before) return;
    const pair = `${before.id}>${box.id}`;
    const glyph =
      GLYPHS[pair] ??
      (BACKWARD.has(pair) || (box.id === "out" && this.s >= 6 && this.s < 10)
        ? "\u2190"
        : "\u2192");
    g.fillStyle = this.colors.muted;
    g.font = `${Math.round(this.type * 1.1)}px ${this.face}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillText(glyph, (before.left + before.slot + box.left) / 2, this.height / 2);
  }

  drawArray(g, box) {
    const content = this.content(box.id, box.k),
      side = SIDES[box.id],
      { x, y, unit } = box;
    const numbers = box.large && !box.moving ? this.digits(g, content, unit) : 0;
    for (let at = 0; at < side * side; at++) {
      const left = x + (at % side) * unit,
        top = y + Math.floor(at / side) * unit;
      let color = null;
      if (content.gray) color = [content.gray[at], content.gray[at], content.gray[at]];
      else if (content.values)
        color = mix(
          content.stops,
          content.limit > 0 ? 0.5 + content.values[at] / (2 * content.limit) : 0.5,
        );
      g.fillStyle = color ? `rgb(${color.map(Math.round).join(" ")})` : this.colors.background;
      g.fillRect(left, top, Math.max(unit - 1, 1), Math.max(unit - 1, 1));
      if (numbers && content.values)
        this.drawNumber(g, content.values[at], numbers, left + unit / 2, top + unit / 2, color);
    }
    g.globalAlpha = box.alpha;
    this.drawMarks(g, box, content);
    g.fillStyle = box.large ? this.colors.text : this.colors.muted;
    g.font = `${box.large ? 600 : 400} ${this.type}px ${this.face}`;
    g.textAlign = "center";
    g.textBaseline = "bottom";
    g.fillText(content.title, x + box.side / 2, y - 3);
    if (!box.large) return;
    g.font = `${this.type}px ${this.face}`;
    g.textBaseline = "top";
    g.fillStyle = this.colors.muted;
    const below = content.gray
      ? this.given.targets[this.now.index]
        ? "fracture, t = 1"
        : "whole, t = 0"
      : !content.values
        ? ""
        : (box.id === "parts" ? `sum ${say(content.values.reduce((a, b) => a + b, 0))}, ` : "") +
          `\u00b1${say(content.limit)}`;
    g.fillText(below, x + box.side / 2, y + box.side + 3);
  }

  // Digits behind the point that fit into a cell and say something; 0 where there is no room.
  digits(g, { values, limit }, unit) {
    if (!values) return 0;
    g.font = `${this.type}px ${this.face}`;
    const largest = limit ?? most(values);
    for (const digits of largest < 0.1 ? [3] : largest < 1 ? [2] : [2, 1]) {
      const widest = Math.max(...Array.from(values, (v) => g.measureText(brief(v, digits)).width));
      if (widest <= unit - 3 && unit > this.type * 1.1) return digits;
    }
    return 0;
  }

  drawNumber(g, value, digits, x, y, color) {
    const dark = 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2] > 135;
    g.fillStyle = dark ? "#101418" : "#ffffff";
    g.font = `${this.type}px ${this.face}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillText(brief(value, digits), x, y + 1);
    this.canvas.printed += 1;
  }

  drawMarks(g, box, content) {
    const { id, k, x, y, unit } = box,
      { s } = this,
      selected = k === this.k;
    const frame = (row, column, rows, columns, color, width, dash = []) => {
      g.strokeStyle = color;
      g.lineWidth = width;
      g.setLineDash(dash);
      g.strokeRect(x + column * unit, y + row * unit, columns * unit - 1, rows * unit - 1);
      g.setLineDash([]);
    };
    if (!content.values) return;
    const at = this.spotOf(this.k),
      row = Math.floor(at / 6),
      column = at % 6;
    // The winner of each window: a thick frame, told without color.
    if ((id === "relu" || id === "brelu") && (s === 3 || s === 7))
      for (let p = 0; p < 9; p++) {
        const cell = cellOf(p, this.now.winners[9 * k + p]);
        frame(Math.floor(cell / 6), cell % 6, 1, 1, "#101418", 3);
        g.strokeStyle = this.colors.border;
        g.lineWidth = 1;
        g.strokeRect(
          x + 2 * (p % 3) * unit - 0.5,
          y + 2 * Math.floor(p / 3) * unit - 0.5,
          2 * unit,
          2 * unit,
        );
      }
    // A closed gate: a cross.
    if (id === "sums" && s === 8)
      for (let cell = 0; cell < 36; cell++)
        if (!(content.values[cell] > 0)) {
          const left = x + (cell % 6) * unit,
            top = y + Math.floor(cell / 6) * unit;
          g.strokeStyle = "#101418";
          g.lineWidth = 1;
          g.beginPath();
          g.moveTo(left + 3, top + 3);
          g.lineTo(left + unit - 4, top + unit - 4);
          g.stroke();
        }
    if (!box.large) return;
    const accent = "#e0a800",
      line = Math.max(3, this.type / 6);
    if (id === "patch" && s === 1) frame(row, column, 3, 3, accent, line);
    // The part of the patch that one kernel weight meets while the kernel slides.
    if (id === "patch" && s === 9)
      frame(Math.floor(this.weight / 3), this.weight % 3, 6, 6, accent, line, [6, 4]);
    if (id === "patch" && s === 9)
      frame(row + Math.floor(this.weight / 3), column + (this.weight % 3), 1, 1, accent, line);
    if (!selected) return;
    if (MAPS.has(id) && ((s >= 1 && s <= 3) || (s >= 7 && s <= 9)))
      frame(row, column, 1, 1, accent, line);
    if (THREES.has(id) && (s === 3 || s === 7))
      frame(Math.floor(row / 2), Math.floor(column / 2), 1, 1, accent, line);
    if (KERNELS.has(id) && s >= 9)
      frame(Math.floor(this.weight / 3), this.weight % 3, 1, 1, accent, line);
  }

  drawOut(g, box) {
    const { now, s } = this,
      rows = [];
    if (s >= 6 && s < 10) rows.push(["\u2202L/\u2202z", say(now.byLogit), true]);
    if (s < 10) {
      rows.push(["logit z", s >= 4 ? say(now.logit) : "", s === 4]);
      rows.push(["output \u03c3(z)", s >= 4 ? say(now.output) : "", s === 4]);
      rows.push([
        "target t",
        say(this.given.targets[now.index]).replace(".000", "").replace(/^0$/, "0"),
        s === 5,
      ]);
      rows.push(["loss L", s >= 5 ? say(now.loss) : "", s === 5]);
    } else
      rows.push(
        ["batch loss before", say(this.update.loss), false],
        ["after the step", say(this.update.lossAfter), true],
      );
    const pitch = Math.min(2.6 * this.line, (this.height - 12) / rows.length);
    let top = (this.height - pitch * rows.length) / 2;
    g.textAlign = "left";
    g.textBaseline = "top";
    for (const [name, value, strong] of rows) {
      g.font = `${this.type}px ${this.face}`;
      g.fillStyle = this.colors.muted;
      g.fillText(name, box.left, top, box.slot);
      g.font = `${strong ? 700 : 500} ${Math.round(this.type * (strong ? 1.5 : 1.15))}px ${this.face}`;
      g.fillStyle = strong ? this.colors.accent : this.colors.text;
      g.fillText(value || "\u2026", box.left, top + this.line * 0.95, box.slot);
      top += pitch;
    }
  }

  placePicker(found) {
    const box = found[`kgrad${this.k}`] ?? found[`kernel${this.k}`],
      picker = this.find("picker");
    picker.hidden = !box || !box.large;
    picker.style.display = picker.hidden ? "none" : "";
    if (picker.hidden) return;
    Object.assign(picker.style, {
      left: `${box.x}px`,
      top: `${box.y}px`,
      width: `${box.side}px`,
      height: `${box.side}px`,
    });
  }

  // Loss of all patches after each update, and of each batch as it came.
  drawLosses() {
    const canvas = this.find("losses"),
      ratio = Math.min(devicePixelRatio || 1, 2);
    const width = canvas.clientWidth,
      height = canvas.clientHeight;
    if (!width || !this.run) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const g = canvas.getContext("2d"),
      { poolLoss, updates } = this.run,
      words = this.header.words;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    // Before the prediction nothing that lies behind it is drawn.
    const known = this.header.locked ? 1 : poolLoss.length;
    const top = Math.max(1, Math.min(most(poolLoss.slice(0, known)), 3)),
      left = this.type * 2,
      right = width - 8;
    const x = (u) => left + ((right - left) * u) / Math.max(poolLoss.length - 1, 1);
    const y = (loss) => this.line + (height - this.line - 6) * (1 - Math.min(loss, top) / top);
    Object.assign(this, { lossX: { left, right } });
    g.font = `${this.type}px ${this.face}`;
    g.textBaseline = "middle";
    g.fillStyle = this.colors.muted;
    g.textAlign = "right";
    g.fillText(say(top).replace(/\.?0+$/, ""), left - 6, y(top));
    g.fillText("0", left - 6, y(0) - 4);
    g.strokeStyle = this.colors.border;
    g.lineWidth = 1;
    g.setLineDash([4, 4]);
    g.beginPath();
    g.moveTo(left, y(Math.LN2));
    g.lineTo(right, y(Math.LN2));
    g.stroke();
    g.setLineDash([]);
    g.fillStyle = this.colors.other;
    for (let u = 0; u < known - 1; u++) g.fillRect(x(u) - 2, y(updates[u].loss) - 2, 4, 4);
    g.strokeStyle = this.colors.training;
    g.lineWidth = 2.5;
    g.beginPath();
    for (let u = 0; u < known; u++) g[u ? "lineTo" : "moveTo"](x(u), y(poolLoss[u]));
    g.stroke();
    g.strokeStyle = this.colors.accent;
    g.lineWidth = 2;
    const at = x(this.u + (this.s === 10 ? 1 : 0));
    g.beginPath();
    g.moveTo(at, this.line);
    g.lineTo(at, height);
    g.stroke();
    g.textAlign = "left";
    g.textBaseline = "top";
    g.fillStyle = this.colors.text;
    const last = poolLoss[known - 1];
    g.fillText(
      `${words["loss-line"]}: ${say(poolLoss[0])}${known > 1 ? ` \u2192 ${say(last)}` : ""}`,
      left + 4,
      0,
      right - left,
    );
    canvas.setAttribute(
      "aria-label",
      words["loss-alt"]
        .replace("{first}", say(poolLoss[0]))
        .replace("{last}", say(last))
        .replace("{updates}", String(known - 1)),
    );
  }

  moved() {
    if (!this.header) return;
    const key = `${this.u}/${this.s}`;
    if (key !== this.told) {
      this.spot = null;
      this.told = key;
      this.tell();
    }
  }

  // All that is said in words, for the step that is shown.
  tell() {
    const { header, u, s } = this,
      step = header.steps[s];
    this.root.querySelectorAll(".phases button").forEach((button, i) => {
      if (i + 1 === step.phase) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    this.root.querySelector(".phases .at").textContent =
      `Update ${u + 1} of ${this.run.updates.length}`;
    const wait =
      header.locked && this.transport.index >= this.transport.last ? ` ${header.words.locked}` : "";
    this.find("sentence").textContent = step.sentence + wait;
    this.buildPatchStates();
    this.explain();
    this.drawLosses();
    this.transport.touch();
  }

  explain() {
    const text = this.formula();
    this.find("formula").textContent = text;
    this.canvas.setAttribute("aria-label", `${this.header.steps[this.s].sentence} ${text}`);
    const advice = this.advice();
    if (this.find("advice").textContent !== advice) this.find("advice").textContent = advice;
    this.canvas.shown = this.numbers();
    if (this.find("words").open) this.tellTwin();
    this.transport.touch();
  }

  // Read by the browser tests: what stands on the screen now.
  numbers() {
    const at = 9 * this.k + this.weight,
      own = this.parts(this.k, this.weight).reduce((a, b) => a + b, 0);
    const total = this.update.samples.map((_, b) => this.ownSum(b)).reduce((a, b) => a + b, 0);
    return {
      update: this.u,
      step: this.s,
      choices: { ...this.choices },
      rate: this.run.rate,
      k: this.k,
      weight: this.weight,
      before: this.w[at],
      gradient: this.update.gradient[at],
      after: this.after[at],
      own,
      total,
      logit: this.now.logit,
      loss: this.update.loss,
      updates: this.run.updates.length,
      losses: this.run.poolLoss,
    };
  }

  ownSum(b) {
    const kept = this.sample;
    this.sample = b;
    const sum = this.parts(this.k, this.weight).reduce((a, c) => a + c, 0);
    this.sample = kept;
    return sum;
  }

  formula() {
    const { now, s, k, run, patch } = this,
      K = run.kernels,
      B = run.batch,
      t = this.given.targets[now.index];
    const at = this.spotOf(k),
      r = Math.floor(at / 6),
      c = at % 6,
      sum = now.sums[36 * k + at];
    const p = 3 * Math.floor(r / 2) + Math.floor(c / 2);
    const which = K > 1 ? `kernel ${k + 1}, ` : "";
    const terms = (pairs) =>
      pairs
        .map(([a, b]) => `${say(a)}\u00b7${b < 0 ? `(${say(b)})` : say(b)}`)
        .join(" + ")
        .replaceAll("+ \u2212", "\u2212 ");
    const kw = `k[${Math.floor(this.weight / 3) + 1},${(this.weight % 3) + 1}]`,
      gw = 9 * k + this.weight;
    switch (s) {
      case 0:
        return this.update.samples
          .map(
            ({ index }, b) =>
              `x${b + 1}: ${this.given.targets[index] ? "fracture, t = 1" : "whole, t = 0"} (${this.header.origins[this.choices.seed][index]})`,
          )
          .join("; ");
      case 1:
        return (
          `${which}${place(at, 6)}: s = \u03a3 k\u00b7x + b = ` +
          terms(
            Array.from({ length: 9 }, (_, q) => [
              this.w[9 * k + q],
              patch[(r + Math.floor(q / 3)) * 8 + c + (q % 3)],
            ]),
          ) +
          ` + ${say(this.w[9 * K + k])} = ${say(sum)}`
        );
      case 2:
        return (
          `${which}${place(at, 6)}: max(0, s) = max(0, ${say(sum)}) = ${say(Math.max(sum, 0))}. ` +
          `${now.sums.subarray(36 * k, 36 * k + 36).filter((v) => v > 0).length} of 36 stay.`
        );
      case 3:
        return `${which}window ${place(p, 3)}: max(${[0, 1, 2, 3]
          .map((q) => say(Math.max(now.sums[36 * k + cellOf(p, q)], 0)))
          .join(", ")}) = ${say(now.pooled[9 * k + p])}`;
      case 4:
        return (
          `z = \u03a3 w\u00b7pooled + b = ${K === 1 ? `${terms(Array.from(now.pooled, (v, q) => [this.w[10 * K + q], v]))} + ${say(this.w[19 * K])} = ` : ""}` +
          `${say(now.logit)};  \u03c3(z) = 1 / (1 + e^${say(-now.logit)}) = ${say(now.output)}`
        );
      case 5:
        return (
          `L = \u2212ln ${t ? "\u03c3(z)" : "(1 \u2212 \u03c3(z))"} = max(z, 0) \u2212 z\u00b7t + ln(1 + e^\u2212|z|) = ${say(now.loss)}` +
          (B > 1
            ? `;  mean of the batch: (${this.update.samples.map((one) => say(one.loss)).join(" + ")}) / ${B} = ${say(this.update.loss)}`
            : "")
        );
      case 6:
        return (
          `\u2202L/\u2202z = (\u03c3(z) \u2212 t) / B = (${say(now.output)} \u2212 ${t}) / ${B} = ${say(now.byLogit)};  ` +
          `\u2202L/\u2202pooled = \u2202L/\u2202z \u00b7 w;  \u2202L/\u2202w = \u03a3 over the batch of \u2202L/\u2202z \u00b7 pooled`
        );
      case 7:
        return (
          `${which}window ${place(p, 3)}: all of ${say(now.byPooled[9 * k + p])} goes to the winner, ` +
          `${place(cellOf(p, now.winners[9 * k + p]), 6)}; its three neighbors get 0.`
        );
      case 8:
        return (
          `${which}${place(at, 6)}: s = ${say(sum)} ${sum > 0 ? "> 0, the gradient passes" : "\u2264 0, the gradient stops"}: ` +
          `${say(now.bySums[36 * k + at])}. It reaches ${now.bySums.subarray(36 * k, 36 * k + 36).filter((v) => v !== 0).length} of 36 positions.`
        );
      case 9:
        return this.gradientFormula(kw, which, gw);
      default:
        return (
          `${which}${kw} = ${say(this.w[gw])} \u2212 ${run.rate}\u00b7${
            this.update.gradient[gw] < 0
              ? `(${say(this.update.gradient[gw])})`
              : say(this.update.gradient[gw])
          } = ${say(this.after[gw])}: it ${
            this.after[gw] > this.w[gw] ? "grew" : this.after[gw] < this.w[gw] ? "shrank" : "stayed"
          }. ` + `Loss of this batch: ${say(this.update.loss)} \u2192 ${say(this.update.lossAfter)}`
        );
    }
  }

  gradientFormula(kw, which, gw) {
    const parts = Array.from(this.parts(this.k, this.weight)).filter((v) => v !== 0);
    const own = parts.reduce((a, b) => a + b, 0),
      total = this.update.gradient[gw];
    const sum = parts.map(say).join(" + ").replaceAll("+ \u2212", "\u2212 ") || "0";
    const others =
      this.run.batch > 1
        ? `; the batch: ${this.update.samples
            .map((_, b) => say(this.ownSum(b)))
            .join(" + ")
            .replaceAll("+ \u2212", "\u2212 ")} = ${say(total)}`
        : "";
    const checked = this.run.differences
      ? `. Central differences say ${say(this.run.differences[this.u][gw])}`
      : "";
    return `${which}\u2202L/\u2202${kw} = \u03a3 of 36 (${parts.length} not 0) = ${sum} = ${say(own)}${others}${checked}`;
  }

  advice() {
    const { words, wanted } = this.header,
      { run } = this,
      last = run.updates.at(-1);
    if (this.clipped) return words.clipped.replace("{greatest}", String(this.header.greatest));
    if (this.header.locked) return "";
    if (run.rate === 0) return words["rate-zero"];
    if (run.updates.length < wanted)
      return words.overflow.replace("{updates}", String(run.updates.length));
    if (last.samples.every((sample) => most(sample.bySums) === 0)) return words.silent;
    if (run.poolLoss.at(-1) > run.poolLoss[0]) return words.rises;
    return "";
  }

  tellTwin() {
    const scene = SCENES[this.s].filter(([id, size]) => id !== "out" && size === 1);
    const keys = scene.flatMap(([id]) =>
      id === "patch" ? [[id, 0]] : Array.from({ length: this.run.kernels }, (_, k) => [id, k]),
    );
    this.find("twin").textContent =
      `Update ${this.u + 1}, ${this.header.steps[this.s].name}. ${this.find("sentence").textContent} ${this.find("formula").textContent}`;
    this.find("tables").replaceChildren(
      ...keys.map(([id, k]) => {
        const content = this.content(id, k),
          table = document.createElement("table"),
          side = SIDES[id];
        table.createCaption().textContent = content.title;
        for (let r = 0; r < side; r++) {
          const row = table.insertRow();
          for (let c = 0; c < side; c++)
            row.insertCell().textContent = content.values
              ? say(content.values[r * side + c])
              : "\u2026";
        }
        return table;
      }),
    );
  }

  buildPhases() {
    const host = this.find("phases");
    if (host.childElementCount) return;
    this.header.phases.forEach((title, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `${i + 1} ${title}`;
      button.addEventListener("click", () => {
        const s = this.header.steps.findIndex((step) => step.phase === i + 1);
        this.transport.pause();
        this.transport.go(this.u * STEPS + s);
      });
      host.append(button);
    });
    const at = document.createElement("span");
    at.className = "at";
    host.append(at);
  }

  buildPatches() {
    const host = this.find("patches");
    host.setAttribute("aria-label", this.header.words.patch);
    const label = document.createElement("span");
    label.textContent = this.header.words.patch;
    host.replaceChildren(
      label,
      ...Array.from({ length: this.run.batch }, (_, b) => {
        const button = document.createElement("button");
        button.type = "button";
        button.addEventListener("click", () => {
          this.sample = b;
          this.tell();
        });
        return button;
      }),
    );
  }

  buildPatchStates() {
    this.root.querySelectorAll(".patches button").forEach((button, b) => {
      const sample = this.update.samples[b];
      button.textContent = `${b + 1} ${this.given.targets[sample.index] ? "fracture" : "whole"}`;
      button.setAttribute("aria-pressed", String(b === this.sample));
    });
  }

  showRate(rate, typing = false) {
    this.find("rate").value = String(rate > 0 ? Math.round(30 * (Math.log10(rate) + 3)) : 0);
    this.find("rate").setAttribute("aria-valuetext", String(rate));
    if (!typing) this.find("rate-number").value = String(rate);
  }

  // Follows the hand: the whole run with another learning rate, in this script.
  drag(rate, typing) {
    this.showRate(rate, typing);
    this.choices.rate = rate;
    this.adopt(cycleRun(this.given, rate));
    this.moved();
    this.tell();
  }

  pick(weight) {
    this.weight = weight;
    this.explain();
  }

  listen() {
    const slider = this.find("rate"),
      number = this.find("rate-number"),
      losses = this.find("losses");
    const rateOf = () => Number((10 ** (Number(slider.value) / 30 - 3)).toPrecision(2));
    slider.addEventListener("input", () => {
      this.clipped = false;
      this.drag(rateOf());
    });
    slider.addEventListener("change", () => this.report());
    number.addEventListener("change", () => {
      const typed = Number(number.value);
      if (number.value === "" || Number.isNaN(typed)) {
        this.showRate(this.run.rate);
        return;
      }
      const rate = Math.min(Math.max(typed, 0), this.header.greatest);
      this.clipped = rate !== typed;
      this.drag(rate);
      this.report();
    });
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerdown", (event) => this.point(event));
    this.canvas.addEventListener("keydown", (event) => {
      const by = { ArrowDown: STEPS, ArrowUp: -STEPS }[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.transport.step(by);
    });
    this.find("picker").addEventListener("keydown", (event) => this.pickerKey(event));
    this.find("words").addEventListener("toggle", () => {
      if (this.find("words").open) this.tellTwin();
    });
    const scrub = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const box = losses.getBoundingClientRect(),
        { left, right } = this.lossX;
      const share = Math.min(Math.max((event.clientX - box.left - left) / (right - left), 0), 1);
      this.transport.pause();
      this.transport.go(
        Math.min(Math.round(share * (this.run.poolLoss.length - 1)), this.run.updates.length - 1) *
          STEPS +
          this.s,
      );
    };
    losses.addEventListener("pointerdown", scrub);
    losses.addEventListener("pointermove", scrub);
  }

  pickerKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = Math.floor(this.weight / 3),
      column = this.weight % 3;
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (event.key in moves) {
      const [down, right] = moves[event.key],
        within = (v) => Math.min(Math.max(v, 0), 2);
      this.pick(3 * within(row + down) + within(column + right));
    } else if (event.key === "PageDown" || event.key === "PageUp") {
      this.k = (this.k + 1) % this.run.kernels;
      this.explain();
    } else {
      this.transport.key(event);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // A cell under the hand: a kernel weight is chosen by pressing, a position by pointing.
  point(event) {
    if (!this.last) return;
    const box = this.canvas.getBoundingClientRect(),
      px = event.clientX - box.left,
      py = event.clientY - box.top;
    for (const { id, k, x, y, unit, side, large } of Object.values(this.last)) {
      if (id === "out" || !large || px < x || py < y || px >= x + side || py >= y + side) continue;
      const row = Math.floor((py - y) / unit),
        column = Math.floor((px - x) / unit);
      if (KERNELS.has(id)) {
        if (event.type !== "pointerdown") return;
        this.k = k;
        this.pick(3 * row + column);
      } else if (MAPS.has(id)) this.aim(k, 6 * row + column);
      else if (THREES.has(id))
        this.aim(k, cellOf(3 * row + column, this.now.winners[9 * k + 3 * row + column]));
      else
        this.aim(
          this.k,
          6 * Math.min(Math.max(row - 1, 0), 5) + Math.min(Math.max(column - 1, 0), 5),
        );
      return;
    }
  }

  aim(k, spot) {
    if (k === this.k && spot === this.spot) return;
    this.k = k;
    this.spot = spot;
    this.explain();
  }

  close() {
    this.transport.close();
    this.keep?.close();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let cycle = CYCLES.get(parentElement);
  if (!cycle) {
    cycle = new Cycle(parentElement.querySelector(".cycle"));
    CYCLES.set(parentElement, cycle);
  }
  cycle.load(data, setStateValue);
  return () => {
    cycle.close();
    CYCLES.delete(parentElement);
  };
}
