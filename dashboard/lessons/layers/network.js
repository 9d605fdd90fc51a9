// A network trained where it is drawn. network_math.js trains; this file draws and listens.
const NETWORKS = new WeakMap();
const EPOCHS_A_SECOND = 15,
  MOST_EPOCHS = 3000,
  FRAME_MS = 8,
  FINE = 84,
  COARSE = 36,
  COARSEST = 24,
  TEXT_MS = 120;
const LOW = "\u2080\u2081\u2082\u2083\u2084\u2085\u2086\u2087\u2088";
const OPTIMIZER_TITLES = { sgd: "gradient descent", momentum: "momentum 0.9", adam: "Adam" };
const rounded = (v, d = 3) => Number(v.toFixed(d));
const inSum = (v) => (v < 0 ? `(${fixed(v)})` : fixed(v));

// The shared transport, except that there is always more: going on past the end trains.
class TrainingTransport extends Transport {
  play() {
    this.playing = this.lesson.mayTrain();
    this.travelled = undefined;
    this.show();
  }
  step(by) {
    this.pause();
    // The start and the end of what was trained; single steps go on from there.
    const target = Math.max(this.index + by, 0);
    if (by > 1 && by > this.last) this.go(this.last);
    else if (target > this.last) {
      this.lesson.trainTo(target);
      this.show();
    } else this.go(target);
  }
  advance(seconds) {
    this.travelled = (this.travelled ?? this.position) + seconds * this.perSecond * this.speed;
    if (!this.lesson.trainTo(Math.floor(this.travelled), FRAME_MS)) this.travelled = this.position;
    this.sinceShown = (this.sinceShown || 0) + seconds;
    if (this.sinceShown > 0.1) {
      this.sinceShown = 0;
      this.show();
    }
  }
  show() {
    this.scrub.max = String(this.last);
    super.show();
  }
}

class NetworkLesson {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.plane = this.find("plane");
    this.wires = this.find("wires");
    this.curves = this.find("curves");
    this.plane.lesson = this;
    this.transport = new TrainingTransport(this.find("transport"), {
      last: 0,
      perSecond: 100,
      name: "Batch",
      canvas: this.plane,
      lesson: this,
      moved: (position) => this.seek(Math.round(position)),
      draw: () => this.draw(),
      layout: () => this.layout(),
    });
    // An answer to a question rewrites the address on the server's side, which forgets what stood in it.
    this.watching = setInterval(() => {
      if (this.choices) this.link();
    }, 1500);
    this.probe = [0.5, -1];
    this.pick = { layer: 0, unit: 0, input: -1 };
    this.waiting = null;
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    const first = !this.header;
    this.header = header;
    this.sets = Object.fromEntries(
      header.sets.map((set, i) => [
        set.name,
        {
          ...set,
          clean: arrays[3 * i],
          disturbances: arrays[3 * i + 1],
          labels: arrays[3 * i + 2],
        },
      ]),
    );
    this.inkTable = table(header.colors);
    if (first) {
      this.fill();
      this.listen();
      const linked = this.read(new URLSearchParams(location.search).get("net"));
      const kept = window.__lightboxNetwork;
      this.choices = structuredClone(linked ?? kept?.choices ?? header.presets[0].choices);
      this.rebuild();
      if (!linked && kept) this.resume(kept);
    }
    this.layout();
  }

  fill() {
    const options = (list) =>
      list.map(([value, title]) => `<option value="${value}">${escaped(title)}</option>`).join("");
    this.find("preset").innerHTML =
      `<option value="">own choice</option>` +
      options(this.header.presets.map((p, i) => [i, p.title]));
    this.find("data").innerHTML = options(this.header.sets.map((set) => [set.name, set.title]));
    this.find("optimizer").innerHTML = options(
      this.header.optimizers.map((name) => [name, OPTIMIZER_TITLES[name]]),
    );
    this.find("features").innerHTML = this.header.features
      .map((f) => `<button type="button" data-name="${f.name}">${f.symbol}</button>`)
      .join("");
  }

  // ------------------------------------------------------------------ choices
  // "circle,4tanh-2tanh,x1-x2,sgd,0.1,10,0,0.5,0,2": null where a link cannot be read.
  read(text) {
    const parts = (text ?? "").split(",");
    if (parts.length !== 10) return null;
    const [data, layers, features, optimizer, ...rest] = parts,
      [rate, batch, l2, share, noise, seed] = rest.map((v) => (v === "" ? NaN : Number(v)));
    const hidden = layers
      ? layers.split("-").map((one) => {
          const [, units, name] = /^(\d+)([a-z_]+)$/.exec(one) ?? [];
          return [Number(units), name];
        })
      : [];
    const chosen = features.split("-").filter(Boolean),
      whole = (v, low, high) => Number.isInteger(v) && v >= low && v <= high,
      between = (v, low, high) => v >= low && v <= high;
    const good =
      Object.hasOwn(this.sets, data) &&
      hidden.length <= this.header.mostHidden &&
      hidden.every(
        ([units, name]) =>
          whole(units, 1, this.header.mostUnits) && this.header.activations.includes(name),
      ) &&
      chosen.length &&
      new Set(chosen).size === chosen.length &&
      chosen.every((name) => Object.hasOwn(NET_FEATURES, name)) &&
      this.header.optimizers.includes(optimizer) &&
      between(rate, 0, 1e6) &&
      whole(batch, 1, 180) &&
      between(l2, 0, 1) &&
      between(share, 0.1, 0.9) &&
      between(noise, 0, 1) &&
      whole(seed, 0, 9999);
    return good
      ? { data, hidden, features: chosen, optimizer, rate, batch, l2, share, noise, seed }
      : null;
  }
  write() {
    const c = this.choices;
    return [
      c.data,
      c.hidden.map(([units, name]) => `${units}${name}`).join("-"),
      c.features.join("-"),
      c.optimizer,
      c.rate,
      c.batch,
      c.l2,
      c.share,
      c.noise,
      c.seed,
    ].join(",");
  }
  // The address follows without a rerun: what is shown can be sent to the students.
  link() {
    clearTimeout(this.linking);
    this.linking = setTimeout(() => {
      const address = new URL(location.href),
        text = this.write();
      if (text === this.preset(0)) address.searchParams.delete("net");
      else address.searchParams.set("net", text);
      if (address.href !== location.href) history.replaceState(history.state, "", address);
    }, 300);
  }
  preset(i) {
    const own = this.choices;
    this.choices = this.header.presets[i].choices;
    const text = this.write();
    this.choices = own;
    return text;
  }
  get settings() {
    const { optimizer, rate, batch, l2, seed } = this.choices;
    return { optimizer, rate, batch, l2, seed };
  }

  // A new network, from its beginning.
  rebuild({ keepPlaying = false } = {}) {
    const c = this.choices,
      set = this.sets[c.data],
      count = set.labels.length;
    this.positions = Float64Array.from(
      { length: 2 * count },
      (_, i) => set.clean[i] + c.noise * set.disturbances[i],
    );
    this.labels = set.labels;
    [this.trainRows, this.testRows] = splitPoints(count, c.share, c.seed);
    this.network = new SmallNetwork(c.features, c.hidden);
    this.training = new Training(this.network, {
      positions: this.positions,
      labels: set.labels,
      rows: this.trainRows,
      settings: this.settings,
    });
    this.testInputs = this.network.featuresOf(this.positions, this.testRows);
    this.testTargets = Float64Array.from(this.testRows, (r) => set.labels[r]);
    this.always = [this.training.targets, this.testTargets].map((all) => {
      const ones = all.reduce((sum, v) => sum + v, 0);
      return Math.max(ones, all.length - ones);
    });
    // The grid of the surface stays as long as it is made of the same features.
    const grid = c.features.join();
    if (this.gridOf !== grid) {
      this.grids = {};
      this.gridOf = grid;
    }
    this.fineMs ??= 0;
    this.limits = [];
    this.losses = [this.evaluate()];
    this.settle();
    if (!keepPlaying) this.transport.playing = false;
    Object.assign(this.transport, {
      last: 0,
      position: 0,
      perSecond: EPOCHS_A_SECOND * this.training.perEpoch,
      travelled: undefined,
    });
    this.transport.show();
    this.advise(null);
    this.show();
    this.link();
    this.touch();
  }
  // Only what the network computes from now on: the past stays.
  retune() {
    this.branch(this.settings);
    this.link();
  }
  branch(settings, w) {
    this.training.branch(settings, w);
    this.losses.length = Math.floor(this.training.batch / this.training.perEpoch) + 1;
    if (this.training.batch % this.training.perEpoch === 0)
      this.losses[this.losses.length - 1] = this.evaluate();
    this.transport.last = this.transport.position = this.training.batch;
    this.transport.travelled = undefined;
    this.transport.show();
    this.advise(null);
    this.touch();
  }
  settle() {
    const { pick, network } = this;
    pick.layer = Math.min(pick.layer, network.depth - 1);
    pick.unit = Math.min(pick.unit, network.sizes[pick.layer + 1] - 1);
    pick.input = Math.min(pick.input, network.sizes[pick.layer] - 1);
  }

  // ------------------------------------------------------------------ training
  mayTrain() {
    if (this.training.diverged) {
      this.advise("diverged");
      return false;
    }
    return this.training.batch < MOST_EPOCHS * this.training.perEpoch;
  }
  evaluate() {
    const t = this.training,
      n = this.network,
      { l2 } = t.settings;
    const of = (inputs, targets) => {
      const { logits } = n.forward(t.w, inputs, targets.length, "loss");
      return [crossEntropy(logits, targets) + n.penalty(t.w, l2), accuracyOf(logits, targets)];
    };
    const [train, trainRight] = of(t.inputs, t.targets),
      [test, testRight] = of(this.testInputs, this.testTargets);
    return { train, test, trainRight, testRight };
  }
  // Whether the batch was reached in the time that a frame allows.
  trainTo(target, most = Infinity) {
    const t = this.training,
      end = performance.now() + most;
    const stop = Math.min(target, MOST_EPOCHS * t.perEpoch);
    while (t.batch < stop) {
      if (!t.step()) {
        this.transport.playing = false;
        this.transport.show();
        this.advise("diverged");
        break;
      }
      if (t.batch % t.perEpoch === 0 && t.batch / t.perEpoch === this.losses.length)
        this.losses.push(this.evaluate());
      if (performance.now() > end) break;
    }
    if (t.batch >= MOST_EPOCHS * t.perEpoch && this.transport.playing) this.transport.pause();
    Object.assign(this.transport, { position: t.batch, last: t.last });
    this.touch();
    return t.batch >= target;
  }
  seek(batch) {
    if (batch < this.training.batch) this.training.back(batch);
    else if (batch > this.training.batch)
      while (this.training.batch < batch && this.training.step());
    this.choices.rate = this.training.settings.rate;
    this.choices.l2 = this.training.settings.l2;
    if (!this.training.diverged || batch < this.training.last) this.advise(null);
    this.showRate();
    this.touch();
  }
  lastGoodBatch() {
    return Math.min(
      lastGood(this.losses.map((l) => l.train)) * this.training.perEpoch,
      this.training.last,
    );
  }

  // ------------------------------------------------------------------ by hand
  get place() {
    const { layer, unit, input } = this.pick,
      n = this.network;
    return input < 0 ? n.biasAt[layer] + unit : n.weightAt[layer] + unit * n.sizes[layer] + input;
  }
  setValue(value) {
    if (!Number.isFinite(value) || Math.abs(value) > 100) {
      this.advise("value");
      return;
    }
    const w = this.training.w.slice();
    w[this.place] = value;
    this.branch(this.training.settings, w);
  }
  select(layer, unit, input = -1) {
    this.pick = { layer, unit, input };
    this.showEditor();
    this.touch();
  }
  unitName(layer, unit) {
    return layer === this.network.depth - 1 ? "output" : `hidden ${layer + 1}, unit ${unit + 1}`;
  }
  inputName(layer, input) {
    return layer ? `a${LOW[input + 1]}` : this.symbol(this.choices.features[input]);
  }
  symbol(name) {
    return this.header.features.find((f) => f.name === name).symbol;
  }

  touch() {
    this.began ??= window.event?.timeStamp ?? performance.now();
    this.stale = true;
    this.transport.touch();
  }

  listen() {
    const on = (name, type, action) => this.find(name).addEventListener(type, action);
    // A slider with its number box: both say the same; what is wrong gets advice and changes nothing.
    const pair = (name, { low, high, whole = false, from = (v) => v, use, what }) => {
      const act = (value, field) => {
        const good =
          Number.isFinite(value) &&
          value >= low &&
          value <= high &&
          (!whole || Number.isInteger(value));
        field.setAttribute("aria-invalid", String(!good));
        if (!good) {
          this.advise(
            "number",
            `${what} is a ${whole ? "whole " : ""}number from ${low} to ${plain(high)}. The last good one stays.`,
          );
          return;
        }
        this.advise(null);
        this.typing = field;
        use(value);
      };
      if (this.find(name))
        on(name, "input", (event) => act(from(Number(event.target.value)), event.target));
      on(`${name}-number`, "input", (event) =>
        act(event.target.value === "" ? NaN : Number(event.target.value), event.target),
      );
      on(`${name}-number`, "change", () => {
        this.typing = null;
      });
    };
    const renew = (change) => {
      Object.assign(this.choices, change);
      this.rebuild();
    };
    on("preset", "change", (event) => {
      const chosen = this.header.presets[Number(event.target.value)];
      if (event.target.value !== "") {
        this.choices = structuredClone(chosen.choices);
        this.rebuild();
        this.note = chosen.note;
      }
    });
    on("data", "change", (event) => renew({ data: event.target.value }));
    on("optimizer", "change", (event) => renew({ optimizer: event.target.value }));
    pair("rate", {
      low: 0,
      high: 1e6,
      from: (v) => Number((10 ** v).toPrecision(2)),
      what: "A learning rate",
      use: (rate) => {
        this.choices.rate = rate;
        this.retune();
        this.showRate();
        if (rate === 0)
          this.advise(
            "number",
            "With a rate of 0 no step moves anything: the curve will stay flat.",
          );
      },
    });
    pair("l2", {
      low: 0,
      high: 1,
      what: "The penalty",
      use: (l2) => {
        this.choices.l2 = l2;
        this.retune();
        this.show();
      },
    });
    pair("noise", { low: 0, high: 1, what: "The noise", use: (noise) => renew({ noise }) });
    pair("share", {
      low: 10,
      high: 90,
      whole: true,
      what: "The share",
      use: (share) => renew({ share: share / 100 }),
    });
    pair("batch", {
      low: 1,
      high: 180,
      whole: true,
      what: "The batch size",
      use: (batch) => renew({ batch }),
    });
    pair("seed", {
      low: 0,
      high: 9999,
      whole: true,
      what: "A seed",
      use: (seed) => renew({ seed }),
    });
    pair("value", {
      low: -100,
      high: 100,
      what: "A weight or bias",
      use: (value) => this.setValue(value),
    });
    on("tests", "change", () => this.touch());
    on("fewer", "click", () => renew({ hidden: this.choices.hidden.slice(0, -1) }));
    on("deeper", "click", () =>
      renew({ hidden: [...this.choices.hidden, [...(this.choices.hidden.at(-1) ?? [4, "tanh"])]] }),
    );
    on("epoch-on", "click", () => this.epoch(1));
    on("epoch-back", "click", () => this.epoch(-1));
    on("unit-choice", "change", (event) => {
      const [l, u] = event.target.value.split(".").map(Number);
      this.select(l, u);
    });
    on("part-choice", "change", (event) =>
      this.select(this.pick.layer, this.pick.unit, Number(event.target.value)),
    );
    on("words", "toggle", () => this.say());
    this.find("features").addEventListener("click", (event) => {
      const name = event.target.closest("button")?.dataset.name;
      if (!name) return;
      const { features } = this.choices,
        rest = features.filter((f) => f !== name);
      if (features.includes(name) && !rest.length) {
        this.advise("number", "A network needs something to look at: keep at least one feature.");
        return;
      }
      const order = this.header.features.map((f) => f.name);
      renew({
        features: features.includes(name)
          ? rest
          : [...features, name].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
      });
    });
    // An open list closes when one turns elsewhere.
    this.root.addEventListener("pointerdown", (event) => {
      const more = this.find("more");
      if (more.open && !more.contains(event.target)) more.open = false;
    });
    this.find("more").addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.find("more").open = false;
        this.find("more").querySelector("summary").focus();
        event.stopPropagation();
      }
    });
    // Letters typed here (a list's first letters too) are not Streamlit's shortcuts r and c.
    this.root.addEventListener("keydown", (event) => {
      if (event.target.matches("input, select")) event.stopPropagation();
    });
    this.listenToPictures();
  }
  epoch(by) {
    const { perEpoch, batch } = this.training,
      now = by > 0 ? Math.floor(batch / perEpoch) : Math.ceil(batch / perEpoch);
    const target = Math.max((now + by) * perEpoch, 0);
    this.transport.pause();
    if (target > this.training.last) {
      if (this.mayTrain()) {
        this.trainTo(target);
        this.transport.show();
      }
    } else this.transport.go(target);
  }
  listenToPictures() {
    const at = (event, host) => {
      const box = host.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    const moveProbe = (event) => {
      const [x, y] = at(event, this.plane),
        { left, top, side } = this.frame,
        reach = this.header.reach,
        within = (v) => Math.min(Math.max(v, -reach), reach);
      this.probe = [
        within(rounded(((x - left) / side) * 2 * reach - reach, 2)),
        within(rounded(reach - ((y - top) / side) * 2 * reach, 2)),
      ];
      this.touch();
    };
    this.plane.addEventListener("pointerdown", (event) => {
      this.plane.setPointerCapture(event.pointerId);
      moveProbe(event);
    });
    this.plane.addEventListener("pointermove", (event) => {
      if (event.buttons) moveProbe(event);
    });
    this.plane.addEventListener(
      "keydown",
      (event) => {
        const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[
          event.key
        ];
        if (!way || !event.shiftKey) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        this.probe = this.probe.map((v, d) =>
          Math.min(Math.max(rounded(v + 0.1 * way[d], 2), -this.header.reach), this.header.reach),
        );
        this.touch();
      },
      true,
    );
    let held = null;
    this.wires.addEventListener("pointerdown", (event) => {
      const found = this.hit(...at(event, this.wires));
      if (!found) return;
      this.wires.setPointerCapture(event.pointerId);
      this.select(found.layer, found.unit, found.input);
      held = { y: event.clientY, value: this.training.w[this.place], moved: false };
    });
    this.wires.addEventListener("pointermove", (event) => {
      if (!held || !event.buttons) {
        this.wires.style.cursor = this.hit(...at(event, this.wires)) ? "pointer" : "";
        return;
      }
      const by = held.y - event.clientY;
      if (!held.moved && Math.abs(by) < 4) return;
      held.moved = true;
      this.transport.pause();
      this.setValue(Math.min(Math.max(rounded(held.value + by * 0.02, 2), -100), 100));
    });
    for (const end of ["pointerup", "pointercancel"])
      this.wires.addEventListener(end, () => {
        held = null;
      });
    const scrub = (event) => {
      if (!this.panel) return;
      const epoch = this.panel.xOf(at(event, this.curves)[0]);
      this.transport.pause();
      this.transport.go(
        Math.round(Math.min(Math.max(epoch, 0), this.losses.length - 1)) * this.training.perEpoch,
      );
    };
    this.curves.addEventListener("pointerdown", (event) => {
      this.curves.setPointerCapture(event.pointerId);
      scrub(event);
    });
    this.curves.addEventListener("pointermove", (event) => {
      if (event.buttons) scrub(event);
    });
  }
  // Unit, or the nearest line, at a place of the drawing.
  hit(x, y) {
    for (const node of this.nodes ?? [])
      if (Math.abs(x - node.x) <= node.r + 2 && Math.abs(y - node.y) <= node.r + 2)
        return node.layer < 0 ? null : { layer: node.layer, unit: node.unit, input: -1 };
    let best = null,
      least = 7;
    for (const line of this.lines ?? []) {
      const dx = line.x2 - line.x1,
        dy = line.y2 - line.y1,
        t = Math.min(
          Math.max(((x - line.x1) * dx + (y - line.y1) * dy) / (dx * dx + dy * dy), 0),
          1,
        );
      const away = Math.hypot(x - line.x1 - t * dx, y - line.y1 - t * dy);
      if (away < least) {
        least = away;
        best = line;
      }
    }
    return best;
  }

  // ------------------------------------------------------------------ advice
  advise(kind, text = "") {
    const box = this.find("advice");
    box.hidden = !kind;
    if (!kind) return;
    const ways = box.querySelector(".ways"),
      t = this.training;
    ways.replaceChildren();
    const way = (label, action) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.onclick = () => {
        action();
        this.plane.focus({ preventScroll: true });
      };
      ways.append(button);
    };
    if (kind === "diverged") {
      const rate = t.settings.rate,
        calmer = Number((rate > 1 ? 0.1 : rate / 10).toPrecision(1)),
        good = this.lastGoodBatch();
      text = `The weights ran away at batch ${t.diverged}: with a rate of ${plain(rate)} a step leaps over the valley, lands where it is steeper and leaps farther, past ${plain(NET_FAR)} and soon past all numbers (NaN). Training stopped before that batch.`;
      const go = () => {
        t.diverged = null;
        this.transport.go(good);
        this.advise(null);
      };
      way("Back to the last good step", go);
      way(`Back, with a rate of ${plain(calmer)}`, () => {
        go();
        this.choices.rate = calmer;
        this.retune();
        this.showRate();
      });
    } else if (kind === "value")
      text = "A weight or bias is a number from \u2212100 to 100. The last good one stays.";
    box.querySelector("p").textContent = text;
  }

  // ------------------------------------------------------------------ words and controls
  show() {
    const c = this.choices,
      set = (name, value) => {
        const field = this.find(name);
        if (field && field !== this.typing) {
          field.value = value;
          field.removeAttribute("aria-invalid");
        }
      };
    const text = this.write(),
      preset = this.header.presets.findIndex((_, i) => this.preset(i) === text);
    set("preset", preset < 0 ? "" : preset);
    set("data", c.data);
    set("optimizer", c.optimizer);
    this.note = preset < 0 ? "" : this.header.presets[preset].note;
    for (const [name, value] of [
      ["noise", c.noise],
      ["share", Math.round(c.share * 100)],
      ["batch", c.batch],
      ["l2", c.l2],
    ]) {
      set(name, value);
      set(`${name}-number`, value);
    }
    set("seed-number", c.seed);
    this.showRate();
    this.find("depth").textContent = c.hidden.length;
    this.find("fewer").disabled = !c.hidden.length;
    this.find("deeper").disabled = c.hidden.length >= this.header.mostHidden;
    for (const button of this.find("features").children)
      button.setAttribute("aria-pressed", String(c.features.includes(button.dataset.name)));
    this.showChips();
    this.showEditor();
  }
  showRate() {
    const { rate } = this.choices;
    if (this.find("rate") !== this.typing)
      this.find("rate").value = Math.log10(Math.max(rate, 1e-4));
    if (this.find("rate-number") !== this.typing) this.find("rate-number").value = rate;
    this.find("rate").setAttribute("aria-valuetext", String(rate));
  }
  showChips() {
    const chips = this.find("chips"),
      { hidden } = this.choices;
    if (chips.children.length !== hidden.length) {
      chips.innerHTML = hidden
        .map(
          (_, l) =>
            `<span class="chip"><b>${l + 1}</b><input type="number" min="1" max="${this.header.mostUnits}" step="1" aria-label="Units of hidden layer ${l + 1}">` +
            `<select aria-label="Activation of hidden layer ${l + 1}">${this.header.activations.map((name) => `<option value="${name}">${name.replace("_", " ")}</option>`).join("")}</select></span>`,
        )
        .join("");
      [...chips.children].forEach((chip, l) => {
        chip.querySelector("input").oninput = (event) => {
          const units = Number(event.target.value),
            good = Number.isInteger(units) && units >= 1 && units <= this.header.mostUnits;
          event.target.setAttribute("aria-invalid", String(!good));
          if (!good) {
            this.advise("number", `A hidden layer has 1 to ${this.header.mostUnits} units.`);
            return;
          }
          this.typing = event.target;
          this.choices.hidden[l] = [units, this.choices.hidden[l][1]];
          this.rebuild();
        };
        chip.querySelector("input").onchange = () => {
          this.typing = null;
        };
        chip.querySelector("select").onchange = (event) => {
          this.choices.hidden[l] = [this.choices.hidden[l][0], event.target.value];
          this.rebuild();
        };
      });
    }
    [...chips.children].forEach((chip, l) => {
      const input = chip.querySelector("input");
      if (input !== this.typing) {
        input.value = hidden[l][0];
        input.removeAttribute("aria-invalid");
      }
      chip.querySelector("select").value = hidden[l][1];
    });
  }
  showEditor() {
    const { layer, unit, input } = this.pick,
      n = this.network,
      units = [];
    for (let l = n.depth - 1; l >= 0; l--)
      for (let u = 0; u < n.sizes[l + 1]; u++)
        units.push(`<option value="${l}.${u}">${this.unitName(l, u)}</option>`);
    const html = units.join("");
    if (this.unitsHtml !== html) {
      this.find("unit-choice").innerHTML = html;
      this.unitsHtml = html;
    }
    this.find("unit-choice").value = `${layer}.${unit}`;
    const parts =
      `<option value="-1">bias b</option>` +
      Array.from(
        { length: n.sizes[layer] },
        (_, j) => `<option value="${j}">weight from ${this.inputName(layer, j)}</option>`,
      ).join("");
    if (this.partsHtml !== parts) {
      this.find("part-choice").innerHTML = parts;
      this.partsHtml = parts;
    }
    this.find("part-choice").value = String(input);
  }
  say() {
    const t = this.training,
      n = this.network,
      epoch = Math.floor(t.batch / t.perEpoch),
      now = this.now,
      c = this.choices;
    const total = [t.count, this.testTargets.length];
    this.find("score").innerHTML =
      `<span><b class="train">train</b> <i aria-hidden="true">\u25cf \u25a0</i> ${sayLoss(now.train)}, ${now.trainRight} of ${total[0]} right</span>` +
      `<span><b class="test">test</b> <i aria-hidden="true">\u25cb \u25a1</i> ${sayLoss(now.test)}, ${now.testRight} of ${total[1]} right</span>` +
      `<span class="always">always one class: ${this.always[0]}, ${this.always[1]} right</span>`;
    const idle = n.idle(t.w, t.inputs, t.count),
      told = [];
    for (const [word, why] of [
      ["dead", "slope 0 at every training point, so no gradient reaches their weights any more"],
      ["saturated", "on the flat part for nearly all training points, so they hardly learn"],
    ]) {
      const where = idle
        .map((row, l) => [
          l + 1,
          row.flatMap((one, u) => (one === word ? [u + 1] : [])),
          row.length,
        ])
        .filter(([, units]) => units.length)
        .map(
          ([l, units, all]) =>
            `layer ${l}: ${all > 1 && units.length === all ? "all units" : `unit${units.length > 1 ? "s" : ""} ${units.join(", ")}`}`,
        );
      if (where.length)
        told.push(`${word[0].toUpperCase()}${word.slice(1)} (${where.join("; ")}): ${why}.`);
    }
    this.find("status").textContent =
      `Epoch ${epoch}, batch ${t.batch % t.perEpoch} of ${t.perEpoch}. ${told.join(" ") || this.note || ""}`;
    this.idle = idle;
    const value = t.w[this.place],
      shown = String(rounded(value, 4));
    for (const name of ["value", "value-number"]) {
      const field = this.find(name);
      if (field !== this.typing) field.value = shown;
    }
    this.find("formula").innerHTML = this.explain();
    const shape = n.sizes.join("\u2013"),
      shares = wilsonInterval(now.testRight, total[1]);
    const sentence =
      `A ${shape} network with ${n.count} weights and biases on ${this.sets[c.data].title}, ${c.hidden.map(([units, name], l) => `hidden layer ${l + 1}: ${units} ${name.replace("_", " ")}`).join(", ") || "no hidden layer"}; ` +
      `features ${c.features.map((f) => this.symbol(f)).join(", ")}; ${OPTIMIZER_TITLES[c.optimizer]}, rate ${plain(c.rate)}. After ${epoch} epochs the ${this.lossName()} is ${sayLoss(now.train)} on ${total[0]} training points (${now.trainRight} right) and ${sayLoss(now.test)} on ${total[1]} test points (${now.testRight} right); always answering with the more frequent class gets ${this.always[0]} and ${this.always[1]} right. On new points expect ${shares.map((v) => fixed(100 * v, 0)).join(" to ")} % right (95 % interval from the test points).`;
    this.plane.setAttribute(
      "aria-label",
      `The plane of both inputs, colored by the network's output, with the line where it is 0.5. ${sentence}`,
    );
    this.wires.setAttribute(
      "aria-label",
      `The network as a drawing: ${shape}. Lines are weights, solid above 0, dashed below; each unit shows its output over the plane. ${told.join(" ")}`,
    );
    this.curves.setAttribute(
      "aria-label",
      `Loss over epochs: begins at ${sayLoss(this.losses[0].train)} (training) and ${sayLoss(this.losses[0].test)} (test), now ${sayLoss(now.train)} and ${sayLoss(now.test)}.`,
    );
    if (!this.find("words").open) return;
    this.find("twin").textContent = `${sentence} ${told.join(" ")}`;
    const most = Math.max(...n.sizes.slice(0, -1));
    this.find("words").querySelector("thead").innerHTML =
      `<tr><th scope="col">Unit</th><th scope="col">Bias</th>${Array.from({ length: most }, (_, j) => `<th scope="col">Weight ${j + 1}</th>`).join("")}</tr>`;
    const rows = [];
    for (let l = 0; l < n.depth; l++)
      for (let u = 0; u < n.sizes[l + 1]; u++) {
        const weights = Array.from({ length: most }, (_, j) =>
          j < n.sizes[l] ? fixed(t.w[n.weightAt[l] + u * n.sizes[l] + j], 3) : "",
        );
        rows.push(
          `<tr><th scope="row">${this.unitName(l, u)}</th><td>${fixed(t.w[n.biasAt[l] + u], 3)}</td>${weights.map((v) => `<td>${v}</td>`).join("")}</tr>`,
        );
      }
    this.find("words").querySelector("tbody").innerHTML = rows.join("");
    const every = Math.max(1, Math.ceil((this.losses.length - 1) / 10));
    this.find("history").innerHTML =
      `<thead><tr><th scope="col">Epoch</th><th scope="col">Train loss</th><th scope="col">Test loss</th><th scope="col">Train right</th><th scope="col">Test right</th></tr></thead><tbody>` +
      this.losses
        .map((l, e) => [l, e])
        .filter(([, e]) => e % every === 0 || e === this.losses.length - 1)
        .map(
          ([l, e]) =>
            `<tr><th scope="row">${e}</th><td>${sayLoss(l.train)}</td><td>${sayLoss(l.test)}</td><td>${l.trainRight}</td><td>${l.testRight}</td></tr>`,
        )
        .join("") +
      "</tbody>";
  }
  lossName() {
    return this.training.settings.l2
      ? "loss (cross-entropy + \u03bb\u03a3w\u00b2)"
      : "loss (cross-entropy)";
  }
  // The chosen unit at the diamond, with every number in it.
  explain() {
    const n = this.network,
      t = this.training,
      { layer, unit } = this.pick;
    const done = n.forward(t.w, n.featuresOf(this.probe), 1, "probe"),
      before = layer ? done.outputs[layer - 1] : n.featuresOf(this.probe),
      size = n.sizes[layer];
    const terms = Array.from(
        { length: size },
        (_, j) => `${inSum(t.w[n.weightAt[layer] + unit * size + j])}\u00b7${inSum(before[j])}`,
      ),
      b = t.w[n.biasAt[layer] + unit];
    const symbols = Array.from(
      { length: size },
      (_, j) => `w${LOW[j + 1]}\u00b7${this.inputName(layer, j)}`,
    ).join(" + ");
    const z = done.sums[layer][unit],
      a = done.outputs[layer][unit],
      last = layer === n.depth - 1,
      name = n.activations[layer];
    const where = `${this.unitName(layer, unit)}, at the diamond (${fixed(this.probe[0])}, ${fixed(this.probe[1])}):`;
    const out = last
      ? `output = 1 / (1 + e^(\u2212z)) = <b>${fixed(logistic(z), 3)}</b>, so ${this.sets[this.choices.data].classes[z >= 0 ? 1 : 0]}`
      : `a = ${name.replace("_", " ")}(z) = ${escaped(bare(inNumbers(ACTIVATION_WORDS[name][0], z, n.p[layer], a)))} = <b>${fixed(a, 3)}</b>`;
    return `<span class="where">${where[0].toUpperCase()}${where.slice(1)}</span><br>z = ${symbols} + b = ${terms.join(" + ")} ${b < 0 ? MINUS : "+"} ${fixed(Math.abs(b))} = <b>${fixed(z, 3)}</b><br>${out}`;
  }

  // ------------------------------------------------------------------ drawing
  layout() {
    if (!this.header || !this.root.clientWidth) return;
    const style = getComputedStyle(this.root),
      get = (name) => style.getPropertyValue(name).trim(),
      ink = (name) => getComputedStyle(this.find(name)).color;
    this.colors = {
      text: get("--lb-text"),
      muted: get("--lb-muted"),
      surface: get("--lb-surface"),
      border: get("--lb-border"),
      accent: get("--lb-accent"),
      background: get("--lb-background"),
      training: get("--lb-training"),
      validation: get("--lb-validation"),
      for: ink("for"),
      against: ink("against"),
    };
    this.type = Math.max(16, Math.round(parseFloat(style.fontSize) * 0.95));
    this.face = style.fontFamily;
    const tight = this.root.clientWidth < 58 * this.type;
    this.root.classList.toggle("tight", tight);
    const height = Math.round(
      Math.min(Math.max(innerHeight - 37 * this.type, (tight ? 16.5 : 21) * this.type), 680),
    );
    this.root.style.setProperty("--stage-height", `${height}px`);
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const fit = (canvas, width, tall) => {
      canvas.style.height = `${tall}px`;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(tall * ratio);
      const g = canvas.getContext("2d");
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      return { g, width, height: tall };
    };
    this.net = fit(this.wires, this.wires.parentElement.clientWidth, height);
    const planeWidth = this.plane.parentElement.clientWidth,
      planeHeight = Math.min(height, planeWidth + 3 * this.type);
    this.map = fit(this.plane, planeWidth, planeHeight);
    const left = this.type * 1.9,
      top = this.type * 1.5,
      bottom = this.type * 2.7,
      side = Math.min(planeWidth - left - 4, planeHeight - top - bottom);
    this.frame = { left: left + Math.max((planeWidth - left - 4 - side) / 2, 0), top, side };
    this.curvesSize = {
      width: this.curves.clientWidth,
      height: tight ? 12 * this.type : height - 5.9 * this.type,
    };
    this.curves.style.height = `${this.curvesSize.height}px`;
    this.said = 0;
    this.touch();
  }
  // Outputs of all units over the plane; fine where that is quick or nothing moves.
  survey() {
    const busy = this.transport.playing || performance.now() - (this.moved ?? -1e9) < 250;
    const size = !busy || this.fineMs <= 4 ? FINE : this.coarseMs > 8 ? COARSEST : COARSE;
    this.surveyed = size;
    let grid = this.grids[size];
    if (!grid) {
      const reach = this.header.reach,
        at = new Float64Array(2 * size * size);
      for (let r = 0; r < size; r++)
        for (let c = 0; c < size; c++) {
          at[2 * (r * size + c)] = -reach + (2 * reach * (c + 0.5)) / size;
          at[2 * (r * size + c) + 1] = reach - (2 * reach * (r + 0.5)) / size;
        }
      grid = this.grids[size] = {
        size,
        inputs: this.network.featuresOf(at),
        image: new ImageData(size, size),
        tiles: new Map(),
      };
    }
    const started = performance.now();
    const done = this.network.forward(this.training.w, grid.inputs, size * size, "grid");
    const took = performance.now() - started;
    if (size === FINE) this.fineMs = took;
    if (size === COARSE) this.coarseMs = took;
    else if (size === FINE) this.coarseMs = 0; // a slow moment is not for ever
    return { grid, done };
  }
  tile(grid, key, value) {
    let tile = grid.tiles.get(key);
    if (!tile) {
      tile = document.createElement("canvas");
      tile.width = tile.height = grid.size;
      grid.tiles.set(key, tile);
    }
    const pixels = new Uint32Array(grid.image.data.buffer),
      ink = this.inkTable;
    for (let i = 0; i < pixels.length; i++)
      pixels[i] = ink[Math.min(Math.max(Math.round((value(i) + 1) * 127.5), 0), 255)];
    tile.getContext("2d").putImageData(grid.image, 0, 0);
    return tile;
  }
  draw() {
    if (!this.net || !this.stale) return;
    this.stale = false;
    const now = performance.now(),
      moving = this.transport.playing;
    this.now = this.evaluate();
    const { grid, done } = this.survey();
    this.drawNetwork(grid, done);
    this.drawPlane(grid, done);
    if (!moving || now - (this.said ?? 0) > TEXT_MS) {
      this.said = now;
      this.drawCurves();
      this.say();
    }
    clearTimeout(this.later);
    if (this.surveyed !== FINE || moving)
      this.later = setTimeout(() => {
        if (!this.transport.playing) this.touch();
      }, 300);
    this.moved = now;
    this.plane.draws = (this.plane.draws || 0) + 1;
    this.plane.waits?.push(performance.now() - this.began);
    this.began = null;
  }
  drawNetwork(grid, done) {
    const { g, width, height } = this.net,
      {
        colors,
        type,
        network: n,
        training: { w },
      } = this,
      t = type;
    g.clearRect(0, 0, width, height);
    g.font = `${t}px ${this.face}`;
    g.textAlign = "center";
    g.textBaseline = "alphabetic";
    const top = t * 1.6,
      bottom = height - t * 1.5,
      all = this.header.features,
      tall = bottom - top;
    const r = Math.min((tall / this.header.mostUnits) * 0.41, 30),
      labels = this.find("features").offsetWidth;
    const first = labels + r + 4,
      last = width - r - 6,
      columnX = (l) => first + ((last - first) * (l + 1)) / n.depth;
    const featureY = all.map((_, i) => top + (tall * (i + 0.5)) / all.length);
    [...this.find("features").children].forEach((button, i) => {
      button.style.top = `${featureY[i]}px`;
    });
    const unitY = (l, u) => {
      const m = n.sizes[l + 1],
        gap = Math.min(tall / m, tall / 4);
      return (top + bottom) / 2 + (u - (m - 1) / 2) * gap;
    };
    const fy = this.choices.features.map((name) => featureY[all.findIndex((f) => f.name === name)]);
    this.lines = [];
    this.nodes = [];
    for (let l = 0; l < n.depth; l++)
      for (let u = 0; u < n.sizes[l + 1]; u++)
        for (let j = 0; j < n.sizes[l]; j++) {
          this.lines.push({
            layer: l,
            unit: u,
            input: j,
            x1: columnX(l - 1) + r,
            y1: l ? unitY(l - 1, j) : fy[j],
            x2: columnX(l) - r,
            y2: unitY(l, u),
            value: w[n.weightAt[l] + u * n.sizes[l] + j],
          });
        }
    // Two sweeps, so that the dash pattern is set twice and not for each line.
    for (const negative of [false, true]) {
      g.setLineDash(negative ? [7, 4] : []);
      g.strokeStyle = negative ? colors.against : colors.for;
      for (const line of this.lines) {
        if (line.value < 0 !== negative) continue;
        g.lineWidth = 0.6 + 1.5 * Math.min(Math.abs(line.value), 5);
        g.beginPath();
        g.moveTo(line.x1, line.y1);
        g.lineTo(line.x2, line.y2);
        g.stroke();
      }
    }
    g.setLineDash([]);
    const { layer, unit, input } = this.pick;
    const chosen = this.lines.find(
      (line) => line.layer === layer && line.unit === unit && line.input === input,
    );
    if (chosen) {
      g.strokeStyle = colors.accent;
      g.lineWidth = 2;
      for (const off of [-1, 1]) {
        const gap = off * (3 + 0.75 * Math.min(Math.abs(chosen.value), 5));
        g.beginPath();
        g.moveTo(chosen.x1, chosen.y1 + gap);
        g.lineTo(chosen.x2, chosen.y2 + gap);
        g.stroke();
      }
    }
    const square = (x, y, image, edge, thick) => {
      g.imageSmoothingEnabled = true;
      g.drawImage(image, x - r, y - r, 2 * r, 2 * r);
      g.strokeStyle = edge;
      g.lineWidth = thick;
      g.strokeRect(x - r, y - r, 2 * r, 2 * r);
    };
    const reach = this.header.reach,
      cells = grid.size * grid.size;
    this.choices.features.forEach((name, j) => {
      const k = this.choices.features.length,
        most = this.featureLimit(grid, j);
      if (!grid.tiles.has(`f${j}`)) this.tile(grid, `f${j}`, (i) => grid.inputs[i * k + j] / most);
      square(first, fy[j], grid.tiles.get(`f${j}`), colors.muted, 1.5);
      this.nodes.push({ layer: -1, unit: j, x: first, y: fy[j], r });
    });
    for (let l = 0; l < n.depth; l++) {
      const m = n.sizes[l + 1],
        values = done.outputs[l],
        x = columnX(l),
        lastLayer = l === n.depth - 1;
      const limit = lastLayer ? 1 : this.limitOf(l, values, cells * m);
      for (let u = 0; u < m; u++) {
        const y = unitY(l, u),
          mine = layer === l && unit === u;
        const image = this.tile(
          grid,
          `${l}.${u}`,
          lastLayer ? (i) => 2 * logistic(values[i]) - 1 : (i) => values[i * m + u] / limit,
        );
        square(x, y, image, mine ? colors.accent : colors.text, mine ? 4 : 1.5);
        const b = w[n.biasAt[l] + u],
          s = 3 + Math.min(Math.abs(b), 5);
        g.fillStyle = b < 0 ? colors.against : colors.for;
        g.strokeStyle = mine && input < 0 ? colors.accent : colors.background;
        g.lineWidth = 2;
        g.beginPath();
        if (b < 0) {
          g.moveTo(x - r - s, y + r - s);
          g.lineTo(x - r + s, y + r - s);
          g.lineTo(x - r, y + r + s);
          g.closePath();
        } else g.arc(x - r, y + r, s, 0, 7);
        g.fill();
        g.stroke();
        this.nodes.push({ layer: l, unit: u, x, y, r });
        const word = this.idle?.[l]?.[u];
        if (word)
          this.tag(
            g,
            word,
            Math.min(
              Math.max(x, g.measureText(word).width / 2 + 6),
              width - g.measureText(word).width / 2 - 6,
            ),
            y,
            true,
          );
      }
      const title = lastLayer
          ? "output"
          : `${l + 1}: ${this.choices.hidden[l][1].replace("_", " ")}`,
        scale = lastLayer ? "0 to 1" : `\u00b1${plain(limit)}`;
      g.fillStyle = colors.muted;
      const half = Math.max(g.measureText(title).width, g.measureText(scale).width) / 2,
        tx = Math.min(x, width - half - 1);
      // Where columns are narrow the number alone stands above them: the list of layers says the rest.
      const room = (last - first) / n.depth - 10;
      g.fillText(
        g.measureText(title).width > room ? String(l + 1) : title,
        lastLayer || g.measureText(title).width <= room ? tx : x,
        t,
      );
      g.fillText(scale, tx, height - 5);
    }
    if (chosen) {
      const share = 0.5,
        x = chosen.x1 + (chosen.x2 - chosen.x1) * share,
        y = chosen.y1 + (chosen.y2 - chosen.y1) * share;
      this.tag(g, `${chosen.value < 0 ? MINUS : "+"}${fixed(Math.abs(chosen.value))}`, x, y);
    } else {
      const node = this.nodes.find((one) => one.layer === layer && one.unit === unit),
        b = w[this.place];
      const text = `b = ${b < 0 ? MINUS : "+"}${fixed(Math.abs(b))}`,
        half = g.measureText(text).width / 2 + 6;
      // Beside the unit, where only lines are; beneath the last one, which has no room there.
      const last = layer === n.depth - 1;
      const word = this.idle?.[layer]?.[unit],
        beside = Math.max(r, word ? g.measureText(word).width / 2 + 5 : 0);
      this.tag(
        g,
        text,
        last ? Math.min(node.x, width - half) : node.x + beside + half + 3,
        last ? node.y + r + t * 1.1 : node.y,
      );
    }
  }
  // A small label that stays legible over lines.
  tag(g, text, x, y, strong = false) {
    const t = this.type,
      half = g.measureText(text).width / 2 + 4;
    g.fillStyle = this.colors.background;
    g.strokeStyle = strong ? this.colors.text : this.colors.accent;
    g.lineWidth = 1.5;
    g.beginPath();
    g.roundRect(x - half, y - t * 0.66, 2 * half, t * 1.32, 4);
    g.fill();
    g.stroke();
    g.fillStyle = this.colors.text;
    g.fillText(text, x, y + t * 0.34);
  }
  featureLimit(grid, j) {
    grid.most ??= [];
    const k = this.choices.features.length;
    if (!grid.most[j]) {
      let most = 0;
      for (let i = j; i < grid.inputs.length; i += k)
        most = Math.max(most, Math.abs(grid.inputs[i]));
      grid.most[j] = most;
    }
    return grid.most[j];
  }
  // A limit that holds still: bounded activations have their own, others the next round number.
  limitOf(l, values, count) {
    if (["tanh", "sigmoid"].includes(this.network.activations[l])) return 1;
    let most = 0;
    for (let i = 0; i < count; i++) {
      const size = Math.abs(values[i]);
      if (size > most) most = size;
    }
    const power = 10 ** Math.floor(Math.log10(most || 1)),
      wanted = [1, 2, 5, 10].find((s) => s * power >= most) * power;
    // Lower only once there is room, so that colors do not flicker.
    if (!(this.limits[l] >= most && this.limits[l] <= 3 * wanted)) this.limits[l] = wanted;
    return this.limits[l];
  }
  drawPlane(grid, done) {
    const { g, width, height } = this.map,
      { colors, type: t } = this,
      { left, top, side } = this.frame,
      reach = this.header.reach,
      set = this.sets[this.choices.data];
    g.clearRect(0, 0, width, height);
    g.imageSmoothingEnabled = true;
    g.drawImage(grid.tiles.get(`${this.network.depth - 1}.0`), left, top, side, side);
    const px = (x) => left + ((x + reach) / (2 * reach)) * side,
      py = (y) => top + ((reach - y) / (2 * reach)) * side;
    g.save();
    g.beginPath();
    g.rect(left, top, side, side);
    g.clip();
    const path = this.contour(grid.size, done.logits, left, top, side);
    g.lineJoin = "round";
    g.strokeStyle = "#ffffff";
    g.lineWidth = 6;
    g.stroke(path);
    g.strokeStyle = "#15181c";
    g.lineWidth = 3;
    g.stroke(path);
    const s = Math.max(4.5, t * 0.29),
      mark = (rows, test) => {
        for (const row of rows) {
          const x = px(this.positions[2 * row]),
            y = py(this.positions[2 * row + 1]),
            one = this.labels[row] === 1,
            color = one ? "#0077bb" : "#cc3311";
          g.beginPath();
          if (one) g.arc(x, y, s, 0, 7);
          else g.rect(x - s * 0.9, y - s * 0.9, 1.8 * s, 1.8 * s);
          g.fillStyle = test ? "#ffffff" : color;
          g.fill();
          g.strokeStyle = test ? color : "#ffffff";
          g.lineWidth = test ? 2.4 : 1.3;
          g.stroke();
        }
      };
    if (this.find("tests").checked) mark(this.testRows, true);
    mark(this.trainRows, false);
    const [x, y] = this.probe.map((v, d) => (d ? py(v) : px(v)));
    for (const [color, wide] of [
      ["#15181c", 7],
      ["#ffffff", 3.5],
    ]) {
      g.strokeStyle = color;
      g.lineWidth = wide;
      g.beginPath();
      g.moveTo(x, y - 10);
      g.lineTo(x + 10, y);
      g.lineTo(x, y + 10);
      g.lineTo(x - 10, y);
      g.closePath();
      g.stroke();
    }
    g.restore();
    g.strokeStyle = colors.border;
    g.lineWidth = 1;
    g.strokeRect(left, top, side, side);
    g.font = `${t}px ${this.face}`;
    g.fillStyle = colors.muted;
    g.textAlign = "center";
    for (const v of [-2, 0, 2]) g.fillText(fixed(v, 0), px(v), top + side + t * 1.15);
    g.fillText(`${set.axes[0]} \u2192`, left + side / 2, top + side + t * 2.35);
    g.textAlign = "right";
    for (const v of [-2, 0, 2]) g.fillText(fixed(v, 0), left - 6, py(v) + t * 0.35);
    g.textAlign = "left";
    g.fillText(`${set.axes[1]} \u2191`, left, t * 1.05);
  }
  // Marching squares: where the logit is 0 the output is 0.5.
  contour(size, logits, left, top, side) {
    const path = new Path2D(),
      cell = side / size,
      x = (c) => left + (c + 0.5) * cell,
      y = (r) => top + (r + 0.5) * cell;
    for (let r = 0; r < size - 1; r++)
      for (let c = 0; c < size - 1; c++) {
        const a = logits[r * size + c],
          b = logits[r * size + c + 1],
          d = logits[(r + 1) * size + c],
          e = logits[(r + 1) * size + c + 1];
        const crossings = [];
        if (a >= 0 !== b >= 0) crossings.push([x(c + a / (a - b)), y(r)]);
        if (b >= 0 !== e >= 0) crossings.push([x(c + 1), y(r + b / (b - e))]);
        if (e >= 0 !== d >= 0) crossings.push([x(c + d / (d - e)), y(r + 1)]);
        if (d >= 0 !== a >= 0) crossings.push([x(c), y(r + a / (a - d))]);
        for (let i = 0; i + 1 < crossings.length; i += 2) {
          path.moveTo(...crossings[i]);
          path.lineTo(...crossings[i + 1]);
        }
      }
    return path;
  }
  drawCurves() {
    const { width, height } = this.curvesSize,
      { type, losses, training: t } = this,
      epochs = losses.length - 1;
    const far = Math.max(20, epochs),
      every = Math.ceil(losses.length / 240),
      kept = losses.map((l, e) => ({ ...l, e })).filter((l) => l.e % every === 0 || l.e === epochs);
    const finite = kept.flatMap((l) => [l.train, l.test]).filter(Number.isFinite),
      high = Math.min(Math.max(0.8, ...finite), 4);
    const panel = new Panel({
      id: "small-loss",
      width,
      height,
      type,
      x: [0, far],
      y: [0, high],
      title: this.lossName(),
      xTitle: "epoch",
      margin: type * 3.1,
    });
    panel.axes(niceTicks(0, far, 3), niceTicks(0, high, 4));
    panel.line(
      kept.map((l) => [l.e, l.train]),
      { color: "var(--lb-training)" },
    );
    panel.line(
      kept.map((l) => [l.e, l.test]),
      { color: "var(--lb-validation)", dash: "8 4" },
    );
    // Names where the lines end, which is where training stands, not at the frame.
    const { train, test } = kept.at(-1),
      ends = spread(
        [train, test].map((v) => (Number.isFinite(v) ? panel.clampY(v) : panel.top)),
        type * 1.2,
        panel.top + type * 0.4,
        panel.bottom - type * 0.3,
      );
    [
      ["train", "training"],
      ["test", "validation"],
    ].forEach(([name, color], i) =>
      panel.over.push(
        `<text x='${panel.px(epochs) + 10}' y='${ends[i] + type * 0.35}' font-size='${type}' font-weight='${i ? 400 : 700}' fill='var(--lb-${color})' paint-order='stroke' stroke='var(--lb-background)' stroke-width='4'>${name}</text>`,
      ),
    );
    const at = t.batch / t.perEpoch;
    panel.parts.push(
      `<path d='M${panel.px(at)} ${panel.top}V${panel.bottom}' stroke='var(--lb-muted)' stroke-width='1.5' stroke-dasharray='2 4'/>`,
    );
    for (const key of t.keys)
      if (key.own && key.batch)
        panel.parts.push(
          `<path d='M${panel.px(key.batch / t.perEpoch)} ${panel.bottom}l6 9h-12z' fill='var(--lb-accent)'/>`,
        );
    panel.dot(at, this.now.train, "var(--lb-training)", 5);
    panel.dot(at, this.now.test, "var(--lb-validation)", 5);
    this.panel = panel;
    this.curves.innerHTML = panel.svg();
  }

  // ------------------------------------------------------------------ leaving and coming back
  resume({ epochs, probe, pick, last, keys, losses, batch }) {
    Object.assign(this, { probe, pick });
    Object.assign(this.training, { keys, last });
    this.losses = losses;
    this.settle();
    this.transport.last = last;
    this.training.batch = -1;
    this.training.back(batch);
    this.transport.go(batch);
    this.show();
  }
  close() {
    const { training: t } = this;
    window.__lightboxNetwork = {
      choices: this.choices,
      probe: this.probe,
      pick: this.pick,
      last: t.last,
      keys: t.keys,
      losses: this.losses,
      batch: t.batch,
    };
    clearTimeout(this.later);
    clearTimeout(this.linking);
    clearInterval(this.watching);
    this.transport.close();
  }

  // What core computes too; a browser test compares.
  interval(right, count) {
    return wilsonInterval(right, count);
  }
  lastGood(losses) {
    return lastGood(losses);
  }
  golden({ features, hidden, data, noise, share, settings, batches }) {
    const set = this.sets[data],
      positions = Float64Array.from(set.clean, (v, i) => v + noise * set.disturbances[i]);
    const [rows, rest] = splitPoints(set.labels.length, share, settings.seed),
      network = new SmallNetwork(features, hidden);
    const training = new Training(network, { positions, labels: set.labels, rows, settings });
    const start = [...training.w],
      first = network.loss(training.w, training.inputs, training.targets, settings.l2);
    while (training.batch < batches && training.step());
    const after = network.loss(training.w, training.inputs, training.targets, settings.l2);
    const forth = [...training.w],
      stopped = training.batch;
    training.back(Math.floor(stopped / 3));
    while (training.batch < stopped && training.step());
    return {
      start,
      weights: forth,
      again: [...training.w],
      losses: [first, after],
      train: [...rows],
      test: [...rest],
      batch: stopped,
      diverged: training.diverged,
      idle: network.idle(training.w, training.inputs, training.count),
    };
  }
}
function plain(value) {
  const text =
    Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-4)
      ? value.toExponential(0).replace("e+", "e")
      : String(Number(value.toPrecision(3)));
  return text.replace("-", MINUS);
}
function sayLoss(value) {
  return !Number.isFinite(value) ? "out of range" : value >= 100 ? plain(value) : value.toFixed(3);
}
// Color of -1 to 1 in 256 steps, packed as the pixels of an image are.
function table(stops) {
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const at = (i / 255) * (stops.length - 1),
      low = Math.min(Math.floor(at), stops.length - 2),
      part = (c) => Math.round(stops[low][c] + (stops[low + 1][c] - stops[low][c]) * (at - low));
    return ((255 << 24) | (part(2) << 16) | (part(1) << 8) | part(0)) >>> 0;
  });
}
// A shape parameter of 1 is not worth a word.
const bare = (text) =>
  text
    .replaceAll(" / 1.00)", ")")
    .replaceAll("1.00\u00b7", "")
    .replace(/\(\((\u2212[\d.]+)\)\)/g, "($1)");

export default function ({ data, parentElement }) {
  let lesson = NETWORKS.get(parentElement);
  if (!lesson) {
    lesson = new NetworkLesson(parentElement.querySelector(".net"));
    NETWORKS.set(parentElement, lesson);
  }
  lesson.load(data);
  return () => {
    lesson.close();
    NETWORKS.delete(parentElement);
  };
}
