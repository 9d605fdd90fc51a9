const LESSONS = new WeakMap();
const MOST_STEPS = 500;
// Family by color, member by dash and by the shape at its head.
const LOOKS = {
  sgd: ["--lb-text", [], "circle"],
  momentum: ["--lb-training", [], "square"],
  nesterov: ["--lb-training", [8, 5], "triangle"],
  adagrad: ["--lb-other", [], "diamond"],
  rmsprop: ["--lb-other", [8, 5], "plus"],
  adam: ["--lb-validation", [], "star"],
  adamw: ["--lb-validation", [8, 5], "cross"],
  nadam: ["--lb-reference", [2, 4], "hexagon"],
  training: ["--lb-accent", [], "circle"],
};
const RACING = ["sgd", "momentum", "rmsprop", "adam"];
const NOISES = [
  ["full", "all examples", "exact"],
  ["batch", "batches of 8", "a little noise"],
  ["single", "one example", "much noise"],
];

// A head's outline around (x, y), r its radius.
function shapePath(shape, x, y, r) {
  const path = new Path2D(),
    ring = (n, turn, radius = () => r) => {
      for (let i = 0; i < n; i++) {
        const a = turn + (2 * Math.PI * i) / n,
          d = radius(i);
        path[i ? "lineTo" : "moveTo"](x + d * Math.cos(a), y + d * Math.sin(a));
      }
      path.closePath();
    };
  const up = -Math.PI / 2;
  if (shape === "circle") path.arc(x, y, r * 0.9, 0, 2 * Math.PI);
  else if (shape === "square") ring(4, Math.PI / 4, () => r * 1.15);
  else if (shape === "triangle") ring(3, up, () => r * 1.2);
  else if (shape === "diamond") ring(4, up, () => r * 1.15);
  else if (shape === "hexagon") ring(6, 0);
  else if (shape === "star") ring(10, up, (i) => (i % 2 ? r * 0.5 : r * 1.3));
  else {
    const turn = shape === "cross" ? Math.PI / 4 : 0,
      w = r * 0.42;
    const corners = [
      [w, w],
      [r * 1.2, w],
      [r * 1.2, -w],
      [w, -w],
      [w, -r * 1.2],
      [-w, -r * 1.2],
      [-w, -w],
      [-r * 1.2, -w],
      [-r * 1.2, w],
      [-w, w],
      [-w, r * 1.2],
      [w, r * 1.2],
    ];
    const plus = new Path2D();
    corners.forEach(([a, b], i) =>
      plus[i ? "lineTo" : "moveTo"](
        x + a * Math.cos(turn) - b * Math.sin(turn),
        y + a * Math.sin(turn) + b * Math.cos(turn),
      ),
    );
    plus.closePath();
    return plus;
  }
  return path;
}

// Round numbers that divide a range into about `count` parts.
function ticks(low, high, count) {
  const raw = (high - low) / count,
    power = 10 ** Math.floor(Math.log10(raw));
  const unit = power * [1, 2, 5, 10].find((m) => m * power >= raw * 0.999);
  const out = [];
  for (let v = Math.ceil(low / unit - 1e-9) * unit; v <= high + unit * 1e-9; v += unit)
    out.push(Number(v.toPrecision(12)));
  return out;
}

class Descent {
  constructor(root) {
    this.root = root;
    this.canvas = this.find("picture");
    this.curves = this.find("curves");
    this.context = this.canvas.getContext("2d");
    this.yaw = -0.6;
    this.pitch = 0.95;
    this.racing = new Set(RACING);
    this.selected = "sgd";
    this.schedule = "constant";
    this.noise = "full";
    this.heights = "equal";
    this.listen();
    this.transport = new Transport(root.querySelector(".transport"), {
      last: 100,
      perSecond: 12,
      name: "Step",
      canvas: this.canvas,
      moved: () => {
        if (this.transport.index !== this.said) this.say();
      },
      draw: (position) => this.draw(position),
      layout: () => this.layout(),
    });
    // What a browser test reads: the same functions that move the picture.
    this.canvas.lesson = this;
  }

  find(name) {
    return this.root.querySelector(`.${name}`);
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    const [
      inputs,
      targets,
      disturbances,
      eights,
      ones,
      grid,
      coordinates,
      truth,
      below,
      distances,
      lengths,
      epochs,
    ] = arrays;
    Object.assign(this, {
      header,
      data: { inputs, targets },
      disturbances,
      rows: { batch: eights, single: ones },
    });
    this.rules = Object.fromEntries(header.rules.map((rule) => [rule.name, rule]));
    const identity = JSON.stringify(header.surface),
      first = this.identity === undefined,
      reset = this.keep?.isReset(header.fresh);
    if (identity === this.identity && !reset) {
      this.transport.touch();
      this.say();
      return;
    }
    this.identity = identity;
    this.surface = header.surface;
    // The recorded training of a slice: where it was on the plane, its true losses and those below it.
    this.slice = this.surface.slice && {
      ...this.surface.slice,
      coordinates,
      truth,
      below,
      distances,
      lengths,
      epochs,
      grid: { values: grid, shape: grid.shape, domain: this.surface.domain },
    };
    this.condition = this.surface.condition;
    this.start = [...this.surface.start];
    this.steps = this.surface.steps;
    this.rates = { ...this.surface.rates };
    this.invite();
    this.settle(first || reset);
    this.build();
    this.fill();
    this.layout();
    this.wrong = "";
    this.changed({ ground: true });
    if (!this.stands(...this.start)) this.moveToGround();
    this.transport.pause();
    this.transport.go(this.transport.last);
  }

  // Who takes part where nobody has chosen: on a slice its own training alone.
  invite() {
    if (this.slice) {
      this.racing = new Set(["training"]);
      this.selected = "training";
    } else if (this.racing.has("training") || this.selected === "training") {
      this.racing = new Set(RACING);
      this.selected = "sgd";
    }
  }

  // What was set before a reload, or came with a link, where it was set on this surface.
  settle(anew) {
    const names = this.header.rules.map((rule) => rule.name),
      own = names.filter((name) => name !== "training");
    const defaults = {
      on: "",
      rates: own.map((name) => this.surface.rates[name]),
      start: [...this.surface.start],
      steps: this.surface.steps,
      condition: this.surface.condition,
      racing: this.slice ? ["training"] : RACING,
      selected: this.slice ? "training" : "sgd",
      schedule: "constant",
      noise: "full",
      heights: "equal",
      relief: false,
      together: false,
      yaw: -0.6,
      pitch: 0.95,
    };
    this.keep?.close();
    this.keep = new Keep("descent_set", defaults);
    this.own = own;
    if (!anew) return;
    let kept = this.keep.read(this.header.fresh);
    if (kept.on !== this.surface.name) kept = structuredClone(defaults);
    const [x0, x1, y0, y1] = this.surface.domain,
      among = (list, value, other) => (list.includes(value) ? value : other);
    own.forEach((name, i) => {
      if (kept.rates[i] >= 0 && kept.rates[i] <= 1e6) this.rates[name] = kept.rates[i];
    });
    if (kept.start[0] >= x0 && kept.start[0] <= x1 && kept.start[1] >= y0 && kept.start[1] <= y1)
      this.start = kept.start;
    if (kept.steps >= 1 && kept.steps <= MOST_STEPS) this.steps = Math.round(kept.steps);
    if (kept.condition >= 1 && kept.condition <= 1000) this.condition = kept.condition;
    this.racing = new Set(kept.racing.filter((name) => names.includes(name)));
    this.selected = among(names, kept.selected, defaults.selected);
    this.schedule = among(
      this.header.schedules.map(([key]) => key),
      kept.schedule,
      "constant",
    );
    this.noise = among(
      NOISES.map(([key]) => key),
      kept.noise,
      "full",
    );
    this.heights = among(["equal", "log", "linear"], kept.heights, "equal");
    this.find("heights").value = this.heights;
    this.find("relief").checked = kept.relief;
    this.canvas.classList.toggle("turn", kept.relief);
    this.find("together").checked = kept.together;
    this.yaw = kept.yaw;
    this.pitch = Math.min(Math.max(kept.pitch, 0.15), 1.45);
  }

  remember() {
    const round = (value) => Number(value.toPrecision(5));
    const settings = {
      rates: this.own.map((name) => this.rates[name]),
      start: this.start.map(round),
      steps: this.steps,
      condition: this.condition,
      racing: this.header.rules.map((rule) => rule.name).filter((name) => this.racing.has(name)),
      selected: this.selected,
      schedule: this.schedule,
      noise: this.noise,
      heights: this.heights,
      relief: this.relief,
      together: this.find("together").checked,
      yaw: round(this.yaw),
      pitch: round(this.pitch),
    };
    const same = Object.entries(settings).every(
      ([key, value]) => this.keep.say(value) === this.keep.say(this.keep.defaults[key]),
    );
    this.keep.write(same ? {} : { on: this.surface.name, ...settings });
  }

  // Rows of the race and menus; once for each surface.
  build() {
    const rows = this.header.rules.map((rule) => {
      const row = document.createElement("div");
      row.className = "racer";
      row.dataset.rule = rule.name;
      const [color, dash, shape] = LOOKS[rule.name];
      row.innerHTML =
        `<input type="checkbox" aria-label="${rule.title} takes part"><button type="button">` +
        `<svg viewBox="0 0 50 18" aria-hidden="true"><line x1="0" y1="9" x2="38" y2="9" stroke="var(${color})" stroke-width="3" stroke-dasharray="${dash.join(" ")}"/>` +
        `</svg><span>${rule.title}</span><small></small></button>`;
      const head = document.createElementNS("http://www.w3.org/2000/svg", "path");
      head.setAttribute("d", outline(shape));
      head.setAttribute("fill", `var(${color})`);
      row.querySelector("svg").append(head);
      row.querySelector("input").addEventListener("change", (event) => {
        if (event.target.checked) {
          this.racing.add(rule.name);
          this.selected = rule.name;
        } else this.racing.delete(rule.name);
        this.fill();
        this.changed();
      });
      row.querySelector("button").addEventListener("click", () => {
        this.selected = rule.name;
        this.racing.add(rule.name);
        this.fill();
        this.changed();
      });
      return row;
    });
    this.find("racers").replaceChildren(...rows);
    const fillMenu = (name, entries, value) => {
      this.find(name).replaceChildren(
        ...entries.map(([key, title]) => new Option(title, key, false, key === value)),
      );
    };
    fillMenu("schedule", this.header.schedules, this.schedule);
    const real = this.surface.name === "neuron";
    fillMenu(
      "noise",
      NOISES.map(([key, own, other]) => [key, real ? own : other]),
      this.noise,
    );
    this.find("condition-dial").hidden = this.surface.name !== "bowl";
  }

  // All fields from the state.
  fill() {
    for (const row of this.root.querySelectorAll(".racer")) {
      const name = row.dataset.rule,
        on = this.racing.has(name);
      row.classList.toggle("on", on);
      row.querySelector("input").checked = on;
      row.querySelector("button").setAttribute("aria-pressed", String(name === this.selected));
      row.querySelector("small").textContent =
        name === "training" ? `${this.slice.epochs.at(-1)} epochs` : plainText(this.rates[name], 3);
    }
    this.find("rate-of").textContent = this.rules[this.selected].title;
    // What was recorded has no rate to turn.
    const recorded = this.selected === "training",
      rate = recorded ? 0 : this.rates[this.selected];
    for (const name of ["rate", "rate-number"]) this.find(name).disabled = recorded;
    if (recorded) {
      this.find("rate-number").removeAttribute("aria-invalid");
      this.find("rate-number").value = "";
    } else this.write("rate-number", Number(rate.toPrecision(4)));
    this.find("rate").value = rate > 0 ? Math.log10(rate) : -5;
    this.find("rate").setAttribute("aria-valuetext", recorded ? "recorded" : plainText(rate, 3));
    this.write("condition-number", Number(this.condition.toPrecision(4)));
    this.find("condition").value = Math.log10(this.condition);
    this.find("condition").setAttribute("aria-valuetext", plainText(this.condition, 3));
    this.write("start-x", Number(this.start[0].toFixed(3)));
    this.write("start-y", Number(this.start[1].toFixed(3)));
    this.write("steps", this.steps);
  }

  // A field under the hand is not rewritten; one that was wrong is right again.
  write(name, value) {
    const field = this.find(name);
    field.removeAttribute("aria-invalid");
    if (this.root.getRootNode().activeElement !== field || Number(field.value) !== value)
      field.value = value;
  }

  // Something that decides the walks is new: walk again and draw in the next frame.
  changed({ ground = false } = {}) {
    this.began ??= this.arrived ?? performance.now();
    const { condition, data } = this;
    if (ground) {
      this.functions = surfaceFunctions(this.surface.name, {
        condition,
        data,
        tree: this.surface.tree,
        grid: this.slice?.grid,
      });
      this.still = null;
      this.reliefStill = null;
      this.measure();
    }
    this.race();
    this.showLimits();
    this.curvesStill = null;
    this.transport.setLast(this.length);
    this.transport.touch();
    this.say();
    this.remember();
  }

  race() {
    const { functions, start, steps, schedule } = this;
    const slope = this.slopes();
    this.runs = this.header.rules
      .filter((rule) => this.racing.has(rule.name))
      .map((rule) =>
        rule.name === "training"
          ? this.recorded(rule)
          : walk({ functions, rule, start, steps, schedule, slope, rate: this.rates[rule.name] }),
      );
    // Alone, the training takes as many steps as it has snapshots.
    this.length =
      this.runs.length && this.runs.every((run) => run.rule.name === "training")
        ? this.runs[0].taken
        : steps;
    this.run = this.runs.find((run) => run.rule.name === this.selected) ?? this.runs[0];
  }

  // The training as a walk: projected positions, true losses, which do not lie on the ground.
  recorded(rule) {
    const { coordinates, truth } = this.slice,
      good = truth.indexOf(Math.min(...truth));
    return {
      rule,
      positions: coordinates,
      values: truth,
      heights: truth,
      rates: [],
      states: {},
      taken: truth.length - 1,
      diverged: null,
      good,
      lost: null,
    };
  }

  // The true loss of a recorded walk at a position between two steps; undefined where the ground is true.
  heightAt(run, position) {
    if (!run.heights) return undefined;
    const whole = Math.min(Math.floor(position), run.taken),
      next = Math.min(whole + 1, run.taken),
      share = Math.min(position, run.taken) - whole;
    return run.heights[whole] + share * (run.heights[next] - run.heights[whole]);
  }

  // The gradient as an optimizer receives it: exact, of a real batch, or disturbed.
  slopes(noise = this.noise, functions = this.functions) {
    if (noise === "full") return undefined;
    if (functions.batch) {
      const rows = this.rows[noise],
        size = rows.shape[1];
      return (t, x, y) => functions.batch(x, y, rows.subarray((t - 1) * size, t * size));
    }
    const size = this.spread();
    return (t, x, y) => {
      const g = functions.gradient(x, y);
      return [
        g[0] + size * this.disturbances[2 * t - 2],
        g[1] + size * this.disturbances[2 * t - 1],
      ];
    };
  }

  // A walk of any rule on any ground, for the browser test that compares it with core's.
  walkFor({ ground, rule, start, rate, schedule, steps, noise }) {
    const functions = surfaceFunctions(ground.name, { data: this.data, ...ground });
    const slope = this.slopes(noise, functions);
    const run = walk({ functions, rule: this.rules[rule], start, rate, schedule, steps, slope });
    return { ...run, limit: stabilityLimit(functions.gradient, ...start) };
  }

  // Standard deviation of seeded noise: a share of the slope at the start.
  spread() {
    const share = this.noise === "batch" ? 0.2 : 0.2 * Math.sqrt(8);
    return share * Math.hypot(...this.functions.gradient(...this.start));
  }

  measure() {
    const values = sample(this.functions.value, this.surface.domain, 90, 70);
    this.scale = heightScale(values, this.heights);
  }

  layout() {
    if (!this.header) return;
    const style = getComputedStyle(this.root),
      get = (name, other) => style.getPropertyValue(name).trim() || other;
    const names = {
      text: "#e9ecef",
      muted: "#a9b3bd",
      surface: "#20252b",
      border: "#3a424b",
      accent: "#7db8f0",
      background: "#15181c",
      training: "#3d9fdd",
      validation: "#ee6a4a",
      reference: "#ff6f9f",
      other: "#2bbfae",
    };
    this.colors = Object.fromEntries(
      Object.entries(names).map(([name, other]) => [`--lb-${name}`, get(`--lb-${name}`, other)]),
    );
    this.ground = channels(this.colors["--lb-background"]);
    this.nowhere = channels(this.colors["--lb-border"]);
    this.table = colorTable(this.header.colors, this.ground, 0.62);
    this.type = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17"))));
    this.root.classList.toggle("large", this.type > 20);
    this.thick = this.type > 20 ? 4 : 2.5;
    this.face = get("--st-font", "sans-serif");
    const width = this.find("view").clientWidth;
    const height = Math.max(
      this.type > 20 ? 300 : 340,
      Math.min(innerHeight - (this.type > 20 ? 16.5 : 21) * this.type, width * 0.9),
    );
    this.size = { width, height };
    this.box = {
      x: 3.1 * this.type,
      y: 6,
      width: width - 8.2 * this.type,
      height: height - 2.3 * this.type - 6,
    };
    this.fit(this.canvas, this.context, width, height);
    this.plotSize = { width: this.curves.clientWidth || width * 0.45, height: 17 * this.type };
    this.fit(this.curves, this.curves.getContext("2d"), this.plotSize.width, this.plotSize.height);
    this.still = this.reliefStill = this.curvesStill = null;
    this.transport.touch();
  }

  fit(canvas, context, width, height) {
    const ratio = devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  layer(size, paint) {
    const ratio = devicePixelRatio || 1,
      canvas = document.createElement("canvas");
    canvas.width = Math.round(size.width * ratio);
    canvas.height = Math.round(size.height * ratio);
    const g = canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.font = `${this.type}px ${this.face}`;
    g.textBaseline = "middle";
    paint(g);
    return canvas;
  }

  toPixel(x, y) {
    const [x0, x1, y0, y1] = this.surface.domain,
      { box } = this;
    return [
      box.x + (box.width * (x - x0)) / (x1 - x0),
      box.y + (box.height * (y1 - y)) / (y1 - y0),
    ];
  }

  paintGround(g) {
    const { box, surface, functions, scale, type } = this,
      c = this.colors;
    const columns = Math.ceil(box.width / 4),
      rows = Math.ceil(box.height / 4);
    const values = sample(functions.value, surface.domain, columns, rows);
    g.drawImage(
      colored(values, columns, rows, scale, this.table, this.nowhere),
      box.x,
      box.y,
      box.width,
      box.height,
    );
    if (scale) {
      g.strokeStyle = c["--lb-text"];
      g.globalAlpha = 0.34;
      g.lineWidth = 1;
      g.beginPath();
      const px = (col) => box.x + ((col + 0.5) * box.width) / columns,
        py = (row) => box.y + ((row + 0.5) * box.height) / rows;
      const levels = [...Array(11).keys()].map((i) => scale.valueAt((i + 1) / 12));
      march(values, columns, rows, levels, (a, b, d, e) => {
        g.moveTo(px(a), py(b));
        g.lineTo(px(d), py(e));
      });
      g.stroke();
      g.globalAlpha = 1;
    }
    g.fillStyle = c["--lb-muted"];
    const [x0, x1, y0, y1] = surface.domain;
    g.textAlign = "center";
    for (const v of ticks(x0, x1, 6))
      g.fillText(plainText(v), this.toPixel(v, y0)[0], box.y + box.height + type * 0.85);
    g.textAlign = "right";
    for (const v of ticks(y0, y1, 5)) {
      const py = this.toPixel(x0, v)[1];
      if (py > box.y + type * 0.4)
        g.fillText(plainText(v), box.x - 6, Math.min(py, box.y + box.height - type * 0.3));
    }
    g.fillStyle = c["--lb-text"];
    g.fillText(surface.axes[0], box.x + box.width, box.y + box.height + type * 1.75);
    g.textAlign = "left";
    g.fillText(surface.axes[1], 0, box.y + type * 0.6);
    this.paintMinima(g);
    this.paintLegend(g);
  }

  paintMinima(g) {
    for (const [x, y] of this.surface.minima) {
      const [px, py] = this.toPixel(x, y),
        r = this.type * 0.4;
      g.lineWidth = 2;
      g.strokeStyle = this.colors["--lb-text"];
      g.beginPath();
      g.moveTo(px - r, py);
      g.lineTo(px + r, py);
      g.moveTo(px, py - r);
      g.lineTo(px, py + r);
      g.stroke();
    }
  }

  paintLegend(g) {
    const { box, scale, type } = this,
      x = box.x + box.width + type * 0.8,
      width = type * 0.9;
    const top = box.y + type * 1.6,
      height = box.height - type * 1.6;
    g.fillStyle = this.colors["--lb-text"];
    g.textAlign = "left";
    g.fillText(this.surface.measure, x, box.y + type * 0.6);
    if (!scale) return;
    for (let i = 0; i < height; i++) {
      const k = 3 * Math.round(255 * (1 - i / height));
      g.fillStyle = `rgb(${this.table[k]} ${this.table[k + 1]} ${this.table[k + 2]})`;
      g.fillRect(x, top + i, width, 1.5);
    }
    g.fillStyle = this.colors["--lb-muted"];
    for (let i = 0; i <= 4; i++) {
      const y = top + height * (1 - i / 4);
      const value = scale.valueAt(i / 4),
        said = plainText(value, 3);
      g.fillText(
        said.length > 6 ? plainText(value, 1) : said,
        x + width + 5,
        Math.min(Math.max(y, top + type * 0.4), top + height - type * 0.4),
      );
    }
  }

  // Each axis is named along its nearer edge, at the foot of the relief.
  nameEdges(g, view) {
    const [x0, x1, y0, y1] = this.surface.domain,
      out = 0.1;
    const y = Math.cos(this.yaw) > 0 ? y0 - out * (y1 - y0) : y1 + out * (y1 - y0);
    const x = Math.sin(this.yaw) > 0 ? x0 - out * (x1 - x0) : x1 + out * (x1 - x0);
    g.textAlign = "center";
    g.lineWidth = 4;
    g.strokeStyle = this.colors["--lb-background"];
    g.fillStyle = this.colors["--lb-text"];
    for (const [name, at] of [
      [this.surface.axes[0], view((x0 + x1) / 2, y, 0)],
      [this.surface.axes[1], view(x, (y0 + y1) / 2, 0)],
    ]) {
      g.strokeText(name, ...at);
      g.fillText(name, ...at);
    }
  }

  get relief() {
    return this.find("relief").checked;
  }

  draw(position) {
    if (!this.functions) return;
    const g = this.context,
      { size, box } = this;
    g.clearRect(0, 0, size.width, size.height);
    let place;
    if (this.relief && this.scale) {
      const view = sideView({ yaw: this.yaw, pitch: this.pitch, domain: this.surface.domain, box });
      this.reliefStill ??= this.layer(size, (l) => {
        paintRelief(l, {
          value: this.functions.value,
          domain: this.surface.domain,
          scale: this.scale,
          table: this.table,
          view,
          yaw: this.yaw,
          ink: `rgb(${channels(this.colors["--lb-text"]).join(" ")} / .3)`,
        });
        this.paintLegend(l);
        this.nameEdges(l, view);
      });
      g.drawImage(this.reliefStill, 0, 0, size.width, size.height);
      const [x0, x1, y0, y1] = this.surface.domain;
      place = (x, y, height = this.functions.value(x, y)) => {
        if (x < x0 || x > x1 || y < y0 || y > y1) return null;
        return view(x, y, Math.min(Math.max(this.scale.at(height), 0), 1));
      };
    } else {
      this.still ??= this.layer(size, (l) => this.paintGround(l));
      g.drawImage(this.still, 0, 0, size.width, size.height);
      place = (x, y) => this.toPixel(x, y);
    }
    g.save();
    g.beginPath();
    g.rect(box.x, box.y, box.width, box.height);
    g.clip();
    for (const run of this.runs) {
      if (run.heights && this.relief) this.drawStems(g, run, position, place);
      this.drawPath(g, run, position, place);
    }
    this.drawStart(g, place);
    g.restore();
    this.drawHeads(g, position, place);
    this.drawCurves(position);
    if (this.began !== undefined) {
      // Read by the benchmark: from the event to the picture drawn.
      this.canvas.waits = [
        ...(this.canvas.waits ?? []).slice(-499),
        performance.now() - this.began,
      ];
      this.began = undefined;
    }
  }

  // The way so far strong, what is to come faint.
  drawPath(g, run, position, place) {
    const [color, dash] = LOOKS[run.rule.name],
      whole = Math.min(Math.floor(position), run.taken);
    const chosen = run.rule.name === this.selected;
    const trace = (from, to, tail) => {
      const path = new Path2D();
      let down = false;
      const add = (x, y, height) => {
        const at = place(
          Math.min(Math.max(x, -1e4), 1e4),
          Math.min(Math.max(y, -1e4), 1e4),
          height,
        );
        if (!at) {
          down = false;
          return;
        }
        if (down) path.lineTo(...at);
        else path.moveTo(...at);
        down = true;
      };
      for (let t = from; t <= to; t++)
        add(run.positions[2 * t], run.positions[2 * t + 1], run.heights?.[t]);
      if (tail) add(...tail, this.heightAt(run, position));
      return path;
    };
    g.lineJoin = "round";
    g.strokeStyle = this.colors[color];
    g.setLineDash(dash);
    if (whole < run.taken) {
      g.globalAlpha = 0.3;
      g.lineWidth = 1.5;
      g.stroke(trace(whole, run.taken));
    }
    const done = trace(0, whole, this.between(run, position));
    g.globalAlpha = 0.75;
    g.strokeStyle = this.colors["--lb-background"];
    g.lineWidth = this.thick + 3;
    g.setLineDash([]);
    g.stroke(done);
    g.globalAlpha = 1;
    g.strokeStyle = this.colors[color];
    g.setLineDash(dash);
    g.lineWidth = this.thick + (chosen ? 1.5 : 0);
    g.stroke(done);
    g.setLineDash([]);
    if (chosen && whole <= 60) {
      g.fillStyle = this.colors[color];
      for (let t = 1; t <= whole; t++) {
        const at = place(run.positions[2 * t], run.positions[2 * t + 1], run.heights?.[t]);
        if (at) {
          g.beginPath();
          g.arc(at[0], at[1], this.thick * 0.95, 0, 2 * Math.PI);
          g.fill();
        }
      }
    }
  }

  // Where a walker stands at a position between two steps.
  between(run, position) {
    const whole = Math.min(Math.floor(position), run.taken),
      share = whole < run.taken ? position - whole : 0;
    const p = run.positions,
      at = (d) =>
        p[2 * whole + d] + (share ? share * (p[2 * whole + 2 + d] - p[2 * whole + d]) : 0);
    return [at(0), at(1)];
  }

  // From each snapshot at its true loss straight down, or up, to the slice.
  drawStems(g, run, position, place) {
    g.strokeStyle = this.colors["--lb-text"];
    g.lineWidth = 1.5;
    g.setLineDash([3, 3]);
    g.beginPath();
    for (let t = 0; t <= Math.min(Math.floor(position), run.taken); t++) {
      const [x, y] = [run.positions[2 * t], run.positions[2 * t + 1]],
        high = place(x, y, run.heights[t]),
        low = place(x, y);
      if (high && low) {
        g.moveTo(...high);
        g.lineTo(...low);
      }
    }
    g.stroke();
    g.setLineDash([]);
  }

  drawStart(g, place) {
    const at = place(...this.start);
    if (!at) return;
    const r = this.type * 0.62;
    for (const [color, width] of [
      ["--lb-background", 5],
      ["--lb-text", 2.5],
    ]) {
      g.strokeStyle = this.colors[color];
      g.lineWidth = width;
      g.beginPath();
      g.arc(at[0], at[1], r, 0, 2 * Math.PI);
      g.stroke();
    }
  }

  drawHeads(g, position, place) {
    const { box, type } = this,
      c = this.colors;
    g.font = `600 ${type}px ${this.face}`;
    g.textBaseline = "middle";
    const heads = this.runs.map((run) => {
      const at = place(...this.between(run, position), this.heightAt(run, position));
      const inside =
        at &&
        at[0] >= box.x - 2 &&
        at[0] <= box.x + box.width + 2 &&
        at[1] >= box.y - 2 &&
        at[1] <= box.y + box.height + 2;
      return { run, at, inside, width: g.measureText(run.rule.title).width };
    });
    for (const { run, at, inside } of heads) {
      if (!inside) continue;
      const [color, , shape] = LOOKS[run.rule.name],
        path = shapePath(shape, at[0], at[1], type * 0.42);
      g.lineWidth = 4;
      g.strokeStyle = c["--lb-background"];
      g.stroke(path);
      g.fillStyle = c[color];
      g.fill(path);
    }
    // Labels right of their heads, pushed apart where they would cover each other.
    const labels = heads
      .filter((h) => h.inside)
      .map((h) => {
        const right = h.at[0] + type * 0.9 + h.width <= box.x + box.width;
        return {
          ...h,
          x: right ? h.at[0] + type * 0.9 : h.at[0] - type * 0.9 - h.width,
          y: h.at[1],
        };
      })
      .sort((a, b) => a.y - b.y);
    const line = type * 1.2;
    for (let i = 1; i < labels.length; i++)
      labels[i].y = Math.max(labels[i].y, labels[i - 1].y + line);
    let floor = box.y + box.height - line / 2;
    for (let i = labels.length - 1; i >= 0; i--) {
      labels[i].y = Math.min(labels[i].y, floor);
      floor = labels[i].y - line;
    }
    for (const label of labels) {
      const [color] = LOOKS[label.run.rule.name];
      if (Math.abs(label.y - label.at[1]) > line * 0.8) {
        g.lineWidth = 1;
        g.strokeStyle = c[color];
        g.beginPath();
        g.moveTo(...label.at);
        g.lineTo(label.x > label.at[0] ? label.x - 3 : label.x + label.width + 3, label.y);
        g.stroke();
      }
      g.lineWidth = 4;
      g.lineJoin = "round";
      g.strokeStyle = c["--lb-background"];
      g.strokeText(label.run.rule.title, label.x, label.y);
      g.fillStyle = c[color];
      g.fillText(label.run.rule.title, label.x, label.y);
    }
  }

  // Loss over steps and the rate's schedule, with the scrubbed step as a line.
  drawCurves(position) {
    if (!this.plotSize.width) return;
    const g = this.curves.getContext("2d"),
      { width, height } = this.plotSize;
    this.curvesStill ??= this.layer(this.plotSize, (l) => this.paintCurves(l));
    g.clearRect(0, 0, width, height);
    g.drawImage(this.curvesStill, 0, 0, width, height);
    const plot = this.lossBox,
      x = plot.x + plot.width * Math.min(position / this.length, 1);
    g.strokeStyle = this.colors["--lb-text"];
    g.lineWidth = 1.5;
    g.beginPath();
    g.moveTo(x, plot.y);
    g.lineTo(x, this.rateBox.y + this.rateBox.height);
    g.stroke();
  }

  paintCurves(g) {
    const { width, height } = this.plotSize,
      { type } = this,
      c = this.colors,
      left = type * 4.2,
      right = type * 0.8;
    const box = (this.lossBox = {
      x: left,
      y: type * 1.5,
      width: width - left - right,
      height: height - type * 8.2,
    });
    const low = (this.rateBox = {
      x: left,
      y: box.y + box.height + type * 2.1,
      width: box.width,
      height: type * 2.6,
    });
    let bottom = Infinity,
      top = -Infinity;
    // A walk that runs away must not flatten the others: the start's loss, doubled, is the ceiling.
    const ceiling = this.runs.length ? Math.max(2 * Math.abs(this.runs[0].values[0]), 1e-6) : 1;
    const drawn = [
      ...this.runs.map((run) => run.values),
      ...(this.slice && this.racing.has("training") ? [this.slice.below] : []),
    ];
    for (const values of drawn)
      for (const v of values)
        if (Number.isFinite(v)) {
          bottom = Math.min(bottom, v);
          top = Math.max(top, Math.min(v, ceiling));
        }
    if (!(top > bottom)) {
      top = Number.isFinite(top) ? top + 0.5 : 1;
      bottom = top - 1;
    }
    const log = bottom >= 0 && top / Math.max(bottom, 1e-300) > 50;
    const floor = log ? Math.max(bottom, top * 1e-9) : bottom;
    const share = log
      ? (v) => Math.log(Math.max(v, floor) / floor) / Math.log(top / floor)
      : (v) => (v - bottom) / (top - bottom);
    const px = (t) => box.x + (box.width * t) / this.length,
      py = (v) => box.y + box.height * (1 - Math.min(Math.max(share(v), 0), 3)); // above: out of the frame
    g.fillStyle = c["--lb-text"];
    g.fillText(`${this.surface.loss}${log ? ", logarithmic" : ""}`, box.x, type * 0.6);
    g.strokeStyle = c["--lb-border"];
    g.lineWidth = 1;
    g.strokeRect(box.x, box.y, box.width, box.height);
    g.fillStyle = c["--lb-muted"];
    g.textAlign = "right";
    const marks = log ? [floor, Math.sqrt(floor * top), top] : [bottom, (bottom + top) / 2, top];
    for (const v of marks)
      g.fillText(
        plainText(v, 2),
        box.x - 6,
        Math.min(Math.max(py(v), box.y + type * 0.4), box.y + box.height - type * 0.4),
      );
    g.save();
    g.beginPath();
    g.rect(box.x, box.y - 2, box.width, box.height + 4);
    g.clip();
    for (const run of this.runs) {
      const [color, dash] = LOOKS[run.rule.name];
      g.strokeStyle = c[color];
      g.setLineDash(dash);
      g.lineJoin = "round";
      g.lineWidth = this.thick + (run.rule.name === this.selected ? 1.5 : 0);
      g.beginPath();
      run.values.forEach((v, t) => {
        if (Number.isFinite(v)) g[t ? "lineTo" : "moveTo"](px(t), py(v));
      });
      g.stroke();
    }
    if (this.slice && this.racing.has("training")) {
      g.strokeStyle = c["--lb-accent"];
      g.lineWidth = 1.5;
      g.setLineDash([3, 4]);
      g.beginPath();
      this.slice.below.forEach((v, t) => g[t ? "lineTo" : "moveTo"](px(t), py(v)));
      g.stroke();
    }
    g.restore();
    g.setLineDash([]);
    this.paintSchedule(g, low);
  }

  paintSchedule(g, box) {
    const { type } = this,
      c = this.colors,
      rate = this.rates[this.selected];
    if (this.selected === "training") {
      const { epochs } = this.slice;
      g.fillStyle = c["--lb-text"];
      g.textAlign = "left";
      g.fillText("solid: true loss; dashed: on the slice", box.x, box.y + box.height * 0.4);
      g.fillStyle = c["--lb-muted"];
      g.fillText(String(epochs[0]), box.x, box.y - type * 0.9);
      g.textAlign = "center";
      g.fillText("epoch", box.x + box.width / 2, box.y - type * 0.9);
      g.textAlign = "right";
      g.fillText(String(epochs.at(-1)), box.x + box.width, box.y - type * 0.9);
      return;
    }
    const at = scheduleOf(this.schedule, rate, this.steps),
      top = rate || 1;
    g.textAlign = "left";
    g.fillStyle = c["--lb-text"];
    g.fillText(`rate of ${this.rules[this.selected].title}`, box.x, box.y - type * 0.75);
    g.strokeStyle = c["--lb-border"];
    g.lineWidth = 1;
    g.strokeRect(box.x, box.y, box.width, box.height);
    g.textAlign = "right";
    g.fillStyle = c["--lb-muted"];
    g.fillText(plainText(rate, 2), box.x - 6, box.y + type * 0.45);
    g.fillText("0", box.x - 6, box.y + box.height - type * 0.35);
    g.strokeStyle = c[LOOKS[this.selected][0]];
    g.lineWidth = this.thick;
    g.beginPath();
    for (let t = 1; t <= this.steps; t++) {
      const x = box.x + (box.width * (t - 0.5)) / this.steps,
        y = box.y + 2 + (box.height - 4) * (1 - at(t) / top);
      g[t > 1 ? "lineTo" : "moveTo"](x, y);
    }
    g.stroke();
    g.fillStyle = c["--lb-muted"];
    const under = box.y + box.height + type * 0.8;
    g.textAlign = "left";
    g.fillText("0", box.x, under);
    g.textAlign = "center";
    g.fillText("step", box.x + box.width / 2, under);
    g.textAlign = "right";
    g.fillText(String(this.steps), box.x + box.width, under);
  }

  // The marks under the slider: where plain gradient descent begins to swing out.
  showLimits() {
    const { gradient } = this.functions;
    const here = stabilityLimit(gradient, ...this.start);
    const nearest = this.surface.minima.length
      ? this.surface.minima.reduce((a, b) =>
          Math.hypot(a[0] - this.start[0], a[1] - this.start[1]) <=
          Math.hypot(b[0] - this.start[0], b[1] - this.start[1])
            ? a
            : b,
        )
      : null;
    const there = nearest ? stabilityLimit(gradient, ...nearest) : null;
    this.limits = { start: here, minimum: there };
    const mark = (name, value) => {
      const share = (Math.log10(value) + 5) / 6,
        shown = Number.isFinite(value) && share >= 0 && share <= 1;
      this.find(name).hidden = !shown;
      if (shown) this.find(name).style.left = `${100 * share}%`;
    };
    mark("limit-start", here);
    mark("limit-minimum", there ?? NaN);
    const say = (value) => (Number.isFinite(value) ? plainText(value, 3) : "none");
    const same = nearest && Math.abs(here - there) < 1e-3 * there;
    this.find("limits").innerHTML =
      `Plain descent holds below 2/\u03bb<sub>max</sub>: ` +
      (same
        ? `<i class="m"></i><b>${say(there)}</b> everywhere here`
        : `<i class="s"></i><b>${say(here)}</b> at start` +
          (nearest ? `, <i class="m"></i><b>${say(there)}</b> at minimum` : ""));
    const noiseWords =
      this.noise === "full"
        ? ""
        : this.functions.batch
          ? `Each step sees ${this.noise === "batch" ? 8 : 1} of 24 examples; the order is shuffled anew each epoch (seeded).`
          : `There are no examples here: seeded normal noise of ${plainText(this.spread(), 2)} is added to each slope.`;
    this.find("said").textContent = noiseWords;
  }

  // Words beside the pictures: what the selected optimizer does now, and what went wrong.
  say() {
    if (!this.functions) return;
    this.said = this.transport.index;
    this.showUpdate();
    this.advise();
    if (this.find("words").open) this.showTable();
    const words = this.summary();
    if (this.canvas.getAttribute("aria-label") !== words)
      this.canvas.setAttribute("aria-label", words);
    this.find("twin").textContent = words;
    this.curves.setAttribute(
      "aria-label",
      `${this.surface.loss} over ${this.length} steps for ${this.names()}` +
        (this.selected === "training"
          ? "; dashed the loss at the projected points."
          : `; below it the rate of ${this.rules[this.selected].title}.`),
    );
  }

  names() {
    return this.runs.map((run) => run.rule.title).join(", ") || "nobody";
  }

  ending(run) {
    if (run.lost !== null) return `left the ground at step ${run.lost}`;
    if (run.diverged) return `ran away at step ${run.diverged}`;
    return `at (${plainText(run.positions[2 * run.taken], 3)}, ${plainText(run.positions[2 * run.taken + 1], 3)}) with loss ${plainText(run.values[run.taken], 3)}`;
  }

  summary() {
    const ends = this.runs
      .filter((run) => !run.heights)
      .map(
        (run) =>
          `${run.rule.title} (rate ${plainText(this.rates[run.rule.name], 3)}) ${this.ending(run)}`,
      );
    return (
      `${this.surface.title} ${this.relief ? "as a relief seen from a side" : "from above"}, dark where low. From (${plainText(this.start[0], 3)}, ${plainText(this.start[1], 3)}), ` +
      `after ${this.steps} steps: ${ends.join("; ") || "no optimizer takes part"}.${this.sliceWords()}`
    );
  }

  // How much of the training the slice shows, and how far each drawn point is from the truth.
  sliceWords() {
    if (!this.slice) return "";
    const { truth, below, epochs, shares, images } = this.slice,
      gaps = truth.map((v, t) => Math.abs(v - below[t]));
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length,
      worst = gaps.indexOf(Math.max(...gaps));
    return (
      ` The training's ${epochs.length} snapshots do not lie on the slice: it holds ${this.percent(shares[0] + shares[1])} of their way. Loss on ${images} validation images: ` +
      `at the snapshots ${plainText(truth[0], 3)} to ${plainText(truth.at(-1), 3)}; on the slice it is off by ${plainText(mean, 2)} on average and by ${plainText(gaps[worst], 2)} at worst, after epoch ${epochs[worst]}.`
    );
  }

  percent(share) {
    const value = 100 * share;
    return `${value >= 10 ? Math.round(value) : value >= 0.01 || value === 0 ? Number(value.toPrecision(1)) : "less than 0.01"} %`;
  }

  showTable() {
    const index = this.transport.index;
    this.root.querySelector(".numbers tbody").replaceChildren(
      ...this.runs.map((run) => {
        const row = document.createElement("tr"),
          t = Math.min(index, run.taken),
          p = run.positions;
        const cells = [
          run.rule.title,
          run.heights ? "recorded" : plainText(this.rates[run.rule.name], 3),
          `(${plainText(p[2 * t])}, ${plainText(p[2 * t + 1])})`,
          plainText(run.values[t]),
          `${plainText(run.values[run.good])} at step ${run.good}`,
          this.ending(run),
        ];
        row.append(
          ...cells.map((text) =>
            Object.assign(document.createElement("td"), { textContent: text }),
          ),
        );
        return row;
      }),
    );
  }

  showUpdate() {
    const { run } = this,
      heading = this.root.querySelector(".why h3"),
      body = this.root.querySelector(".update tbody");
    if (!run || run.rule.name !== this.selected) {
      heading.textContent = "No optimizer takes part";
      body.replaceChildren();
      this.find("loss").textContent = "Tick one beside the picture.";
      this.find("note").textContent = "";
      return;
    }
    if (run.heights) {
      this.showSnapshot(run, heading, body);
      return;
    }
    const t = Math.min(Math.max(this.transport.index, 1), run.taken);
    heading.textContent = `${run.rule.title}, step ${t} of ${this.steps}`;
    if (!run.taken) {
      body.replaceChildren();
      this.find("note").textContent = "";
      this.find("loss").textContent =
        "The very first step leaves every map: there is nothing to write out.";
      return;
    }
    this.find("loss").innerHTML =
      `\u03b1 = ${plain(run.rates[t - 1])}; ${this.surface.loss} ${plain(run.values[t - 1])} \u2192 <b>${plain(run.values[t])}</b>`;
    const axes = this.surface.axes;
    body.innerHTML = writeOut(run, t)
      .map(
        ({ name, formula, numbers }) =>
          `<tr><th scope="row">${formula}<span>${name}</span></th><td>${numbers
            .map((text, d) => `<div><i>${axes[d]}</i>${text}</div>`)
            .join("")}</td></tr>`,
      )
      .join("");
    this.find("note").textContent = run.rule.note;
    this.canvas.written = { step: t, rule: run.rule.name };
  }

  // One snapshot of the recorded training: its true loss, the loss drawn below it, and its distance.
  showSnapshot(run, heading, body) {
    const t = Math.min(this.transport.index, run.taken),
      { truth, below, distances, lengths, epochs, shares, coordinates } = this.slice;
    heading.textContent = `The training, after epoch ${epochs[t]} of ${epochs.at(-1)}`;
    this.find("loss").innerHTML =
      `true loss <b>${plain(truth[t])}</b>; on the slice ${plain(below[t])}: off by <b>${plain(truth[t] - below[t], 2)}</b>`;
    const row = (title, small, text) =>
      `<tr><th scope="row">${title}<span>${small}</span></th><td>${text}</td></tr>`;
    body.innerHTML =
      row(
        "on the slice",
        this.slice.kind === "path"
          ? "1 = straight from start to end"
          : "1 = a filter\u2019s length",
        `a = ${plain(coordinates[2 * t])}, b = ${plain(coordinates[2 * t + 1])}`,
      ) +
      row(
        "beside the slice",
        "distance from it",
        `${plain(distances[t])} of ${plain(lengths[t])} to the end${lengths[t] > 0 ? ` (${this.percent(distances[t] / lengths[t])})` : ""}`,
      ) +
      row(
        "the whole way",
        "squared length in the slice",
        `${this.percent(shares[0])} + ${this.percent(shares[1])} = <b>${this.percent(shares[0] + shares[1])}</b>`,
      );
    this.find("note").textContent = run.rule.note;
    this.canvas.written = { step: t, rule: run.rule.name };
  }

  // Advice in place; the worst comes first.
  advise() {
    const box = this.find("advice"),
      rate = this.rates[this.selected],
      title = this.rules[this.selected].title;
    const lost = this.run?.diverged ? this.run : this.runs.find((run) => run.diverged);
    const fallen = this.runs.find((run) => run.lost !== null && this.transport.index >= run.lost);
    const say = (text, ways = []) => {
      const key = text + ways.map(([label]) => label).join();
      box.hidden = !text;
      if (this.advised === key) return;
      this.advised = key;
      box.querySelector("p").textContent = text;
      this.find("ways").replaceChildren(
        ...ways.map(([label, action]) => {
          const button = Object.assign(document.createElement("button"), {
            type: "button",
            textContent: label,
          });
          button.addEventListener("click", action);
          return button;
        }),
      );
    };
    if (this.wrong) say(this.wrong);
    else if (fallen) {
      const at = fallen.lost;
      say(
        `${fallen.rule.title} left the ground at step ${at}: the function has no value at (${plainText(fallen.positions[2 * at], 3)}, ${plainText(fallen.positions[2 * at + 1], 3)}).`,
        [
          [
            `Back to its best step, ${fallen.good}`,
            () => {
              this.select(fallen.rule.name);
              this.transport.pause();
              this.transport.go(fallen.good);
            },
          ],
        ],
      );
    } else if (lost && this.transport.index >= Math.min(lost.diverged, this.length) - 1) {
      const name = lost.rule.name,
        limit = this.limits.start,
        own = this.rates[name];
      const why =
        name === "sgd" && own > limit
          ? ` Its rate ${plainText(own, 3)} is above the limit ${plainText(limit, 3)}: each step overshoots by more than the last.`
          : " Each step was longer than the slope could be trusted for.";
      const calm =
        name === "sgd" && Number.isFinite(limit) ? Math.min(0.5 * limit, own / 2) : own / 10;
      say(
        `${lost.rule.title} ran away: after step ${lost.diverged} it is farther out than any picture.${why}`,
        [
          [
            `Back to its best step, ${lost.good}`,
            () => {
              this.select(name);
              this.transport.pause();
              this.transport.go(lost.good);
            },
          ],
          [
            `Try a rate of ${plainText(calm, 2)}`,
            () => {
              this.select(name);
              this.setRate(Number(calm.toPrecision(2)));
            },
          ],
        ],
      );
    } else if (rate === 0) say(`With a rate of 0, ${title} never moves. Give it a rate above 0.`);
    else say("");
  }

  select(name) {
    this.selected = name;
    this.racing.add(name);
    this.fill();
    this.changed();
  }

  setRate(rate) {
    this.wrong = "";
    if (this.selected === "training") return;
    // The open question is what happens there.
    if (
      this.header.locked &&
      this.surface.name === "bowl" &&
      this.selected === "sgd" &&
      rate > this.limits.start
    ) {
      this.wrong = this.header.locked;
      this.fill();
      this.say();
      return;
    }
    if (this.find("together").checked) for (const name of this.own) this.rates[name] = rate;
    else this.rates[this.selected] = rate;
    this.racing.add(this.selected);
    this.fill();
    this.changed();
  }

  // Whether the function has a value and a slope there.
  stands(x, y) {
    return [this.functions.value(x, y), ...this.functions.gradient(x, y)].every(Number.isFinite);
  }

  // A typed function may have no value at the usual start: take a place that has one, and say so.
  moveToGround() {
    const [x0, x1, y0, y1] = this.surface.domain,
      [x, y] = this.start,
      n = 24,
      places = [];
    for (let r = 0; r <= n; r++)
      for (let c = 0; c <= n; c++) {
        const place = [
          x0 + ((x1 - x0) * (c + 0.5)) / (n + 1),
          y0 + ((y1 - y0) * (r + 0.5)) / (n + 1),
        ];
        if (this.stands(...place)) places.push(place);
      }
    const nowhere = `The function has no value anywhere in the picture. Change it, for example with abs(...) inside log or sqrt.`;
    if (places.length) {
      const far = ([a, b]) => Math.hypot(a - x, b - y);
      const near = places.reduce((a, b) => (far(a) <= far(b) ? a : b));
      // Not at the very edge of the ground: one place further in.
      this.setStart(near[0] + (Math.sign(near[0] - x) * (x1 - x0)) / 20, near[1]);
      if (!this.stands(...this.start)) this.setStart(...near);
    }
    this.wrong = places.length
      ? `The function has no value at (${plainText(x, 3)}, ${plainText(y, 3)}), so the start was moved to where it has one.`
      : nowhere;
    this.say();
  }

  // Moves the start where it may stand; else says why not, and keeps the last good one.
  setStart(x, y) {
    const [x0, x1, y0, y1] = this.surface.domain;
    const refuse = (why) => {
      this.wrong = why;
      this.say();
      return false;
    };
    if (!(x >= x0 && x <= x1 && y >= y0 && y <= y1))
      return refuse(
        `The start must lie in the picture: from ${plainText(x0)} to ${plainText(x1)} across, from ${plainText(y0)} to ${plainText(y1)} upward.`,
      );
    if (!this.stands(x, y))
      return refuse(
        `The function has no value or no slope at (${plainText(x, 3)}, ${plainText(y, 3)}). Start beside it.`,
      );
    this.wrong = "";
    this.start = [x, y];
    this.fill();
    this.changed();
    return true;
  }

  listen() {
    // When the hand moved, by the browser's own clock: what the benchmark measures from.
    for (const type of ["input", "pointerdown", "pointermove", "keydown"]) {
      this.root.addEventListener(
        type,
        (event) => {
          this.arrived = event.timeStamp;
        },
        true,
      );
    }
    const on = (name, type, action) => this.find(name).addEventListener(type, action);
    // A number box: says at once what is wrong with it, and changes nothing until it is right.
    const number = (name, { low, high, what, use }) =>
      on(name, "input", (event) => {
        const field = event.target,
          value = field.value === "" ? NaN : Number(field.value);
        const good = Number.isFinite(value) && value >= low && value <= high;
        field.setAttribute("aria-invalid", String(!good));
        if (good) {
          this.wrong = "";
          use(value);
        } else {
          this.wrong = `${what} from ${plainText(low)} to ${plainText(high)}.`;
          this.say();
        }
      });
    on("rate", "input", (event) =>
      this.setRate(Number((10 ** Number(event.target.value)).toPrecision(3))),
    );
    number("rate-number", {
      low: 0,
      high: 1e6,
      what: "A learning rate is a number",
      use: (v) => this.setRate(v),
    });
    const bend = (value) => {
      this.wrong = "";
      this.condition = value;
      this.fill();
      this.changed({ ground: true });
    };
    on("condition", "input", (event) =>
      bend(Number((10 ** Number(event.target.value)).toPrecision(3))),
    );
    number("condition-number", {
      low: 1,
      high: 1000,
      what: "The condition number is a number",
      use: bend,
    });
    for (const [d, name] of ["start-x", "start-y"].entries())
      on(name, "input", (event) => {
        const value = event.target.value === "" ? NaN : Number(event.target.value);
        const wanted = [...this.start];
        wanted[d] = value;
        event.target.setAttribute("aria-invalid", String(!this.setStart(...wanted)));
      });
    number("steps", {
      low: 1,
      high: MOST_STEPS,
      what: "A walk has a number of steps",
      use: (v) => {
        this.steps = Math.round(v);
        this.changed();
        this.transport.go(this.length);
      },
    });
    on("schedule", "change", (event) => {
      this.schedule = event.target.value;
      this.changed();
    });
    on("noise", "change", (event) => {
      this.noise = event.target.value;
      this.changed();
    });
    on("heights", "change", (event) => {
      this.heights = event.target.value;
      this.changed({ ground: true });
    });
    on("relief", "change", () => {
      this.canvas.classList.toggle("turn", this.relief);
      this.transport.touch();
      this.say();
      this.remember();
    });
    on("together", "change", () => {
      if (this.find("together").checked) this.setRate(this.rates[this.selected]);
    });
    on("words", "toggle", () => this.say());
    on("picture", "keydown", (event) => this.key(event));
    this.drag();
  }

  // Dragging moves the start from above, and turns the relief.
  drag() {
    let last = null;
    const move = (event) => {
      const box = this.canvas.getBoundingClientRect();
      const px = event.clientX - box.left,
        py = event.clientY - box.top;
      if (this.relief) {
        this.turn((px - last[0]) * 0.01, (py - last[1]) * 0.008);
        last = [px, py];
        return;
      }
      const [x0, x1, y0, y1] = this.surface.domain,
        inner = this.box;
      const within = (v, low, high) => Math.min(Math.max(v, low), high);
      this.began ??= this.arrived ?? performance.now();
      this.setStart(
        within(x0 + ((x1 - x0) * (px - inner.x)) / inner.width, x0, x1),
        within(y1 - ((y1 - y0) * (py - inner.y)) / inner.height, y0, y1),
      );
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      const box = this.canvas.getBoundingClientRect();
      last = [event.clientX - box.left, event.clientY - box.top];
      if (!this.relief && last[0] > this.box.x + this.box.width + 4) {
        last = null;
        return;
      }
      this.canvas.setPointerCapture(event.pointerId);
      this.transport.pause();
      if (!this.relief && this.transport.position < 1) this.transport.go(this.transport.last);
      move(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (last && event.buttons) move(event);
    });
    for (const end of ["pointerup", "pointercancel"])
      this.canvas.addEventListener(end, () => {
        last = null;
      });
  }

  turn(yaw, pitch) {
    this.began ??= this.arrived ?? performance.now();
    this.yaw += yaw;
    this.pitch = Math.min(Math.max(this.pitch + pitch, 0.15), 1.45);
    this.reliefStill = null;
    this.transport.touch();
    this.remember();
  }

  // Shift and arrows move the start; in the relief plain arrows turn it. The rest is the transport's.
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
      event.key
    ];
    if (!way || !(this.relief || event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.relief && !event.shiftKey) {
      this.turn(way[0] * 0.12, -way[1] * 0.08);
      return;
    }
    const [x0, x1, y0, y1] = this.surface.domain;
    const within = (v, low, high) => Math.min(Math.max(v, low), high);
    this.setStart(
      within(this.start[0] + (way[0] * (x1 - x0)) / 50, x0, x1),
      within(this.start[1] + (way[1] * (y1 - y0)) / 50, y0, y1),
    );
  }

  close() {
    this.transport.close();
    this.keep?.close();
  }
}

// The head's shape as SVG, at the end of the sample line.
function outline(shape) {
  const x = 43,
    y = 9,
    r = 6,
    p = (points) => `M${points.map((q) => q.map((v) => v.toFixed(1)).join(" ")).join("L")}Z`;
  const ring = (n, turn, radius = () => r) =>
    p(
      [...Array(n).keys()].map((i) => {
        const a = turn + (2 * Math.PI * i) / n;
        return [x + radius(i) * Math.cos(a), y + radius(i) * Math.sin(a)];
      }),
    );
  const up = -Math.PI / 2;
  const bars = (turn) =>
    p(
      [
        [2.5, 2.5],
        [7, 2.5],
        [7, -2.5],
        [2.5, -2.5],
        [2.5, -7],
        [-2.5, -7],
        [-2.5, -2.5],
        [-7, -2.5],
        [-7, 2.5],
        [-2.5, 2.5],
        [-2.5, 7],
        [2.5, 7],
      ].map(([a, b]) => [
        x + a * Math.cos(turn) - b * Math.sin(turn),
        y + a * Math.sin(turn) + b * Math.cos(turn),
      ]),
    );
  return {
    circle: ring(24, 0),
    square: ring(4, Math.PI / 4, () => 7.5),
    triangle: ring(3, up, () => 7.5),
    diamond: ring(4, up, () => 7.5),
    hexagon: ring(6, 0),
    star: ring(10, up, (i) => (i % 2 ? 3 : 8)),
    plus: bars(0),
    cross: bars(Math.PI / 4),
  }[shape];
}

export default function ({ data, parentElement }) {
  let lesson = LESSONS.get(parentElement);
  if (!lesson) {
    lesson = new Descent(parentElement.querySelector(".descent"));
    LESSONS.set(parentElement, lesson);
  }
  lesson.load(data);
  return () => {
    lesson.close();
    LESSONS.delete(parentElement);
  };
}
