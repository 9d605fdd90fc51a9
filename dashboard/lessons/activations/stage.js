// Activations and their slopes side by side; the operating point follows the hand in both.
const STAGES = new WeakMap();
const REACH = 6;
const TABLE_X = [-4, -2, -1, -0.5, 0, 0.5, 1, 2, 4];

class Stage {
  constructor(root) {
    this.root = root;
    this.find = (query) => root.querySelector(query);
    this.pictures = this.find(".pictures");
    const drag = (event) => {
      if (event.type === "pointermove" && !event.buttons) return;
      const box = this.pictures.getBoundingClientRect();
      const panel = this.panels.find((one) => one.host.contains(event.target)) ?? this.held;
      if (!panel) return;
      this.held = panel;
      this.setX(panel.xOf(event.clientX - panel.host.getBoundingClientRect().left));
      event.preventDefault();
    };
    this.pictures.addEventListener("pointerdown", (event) => {
      this.held = null;
      drag(event);
      this.pictures.setPointerCapture(event.pointerId);
    });
    this.pictures.addEventListener("pointermove", (event) => {
      if (this.held) drag(event);
    });
    this.pictures.onkeydown = (event) => {
      const far = event.shiftKey ? 0.5 : 0.05,
        to = { ArrowLeft: this.x - far, ArrowRight: this.x + far, Home: -REACH, End: REACH }[
          event.key
        ];
      if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.setX(to);
    };
    for (const name of ["pointerup", "pointercancel"])
      this.pictures.addEventListener(name, () => {
        this.held = null;
      });
    this.find(".x").oninput = (event) => this.setX(Number(event.target.value));
    this.find(".x-number").oninput = (event) =>
      event.target.value !== "" && this.setX(Number(event.target.value), true);
    this.find(".x-number").onchange = () => this.draw();
    this.find(".p").oninput = (event) => this.setParameter(Number(event.target.value));
    this.find(".p-number").oninput = (event) =>
      event.target.value !== "" && this.setParameter(Number(event.target.value), true);
    this.find(".p-number").onchange = () => this.draw();
    this.observer = new ResizeObserver(() => this.soon());
    this.observer.observe(this.find(".main"));
    this.resized = () => this.soon();
    addEventListener("resize", this.resized);
  }
  load(bytes) {
    const { header } = unpack(bytes);
    this.locked = header.locked;
    if (this.keep && !this.keep.isReset(header.fresh)) return this.soon();
    this.entries = header.activations;
    this.byName = Object.fromEntries(this.entries.map((entry) => [entry.name, entry]));
    const known = (names) => names.filter((name) => this.byName[name]);
    this.keep ??= new Keep("activations_set", {
      x: 0.7,
      p: this.entries.map((entry) => entry.parameter?.value ?? 0),
      chosen: header.chosen,
      focus: header.chosen[1] ?? header.chosen[0],
    });
    const kept = this.keep.read(header.fresh),
      chosen = known(kept.chosen);
    this.values = Object.fromEntries(
      this.entries.map(({ name, parameter }, i) => [
        name,
        parameter ? Math.min(Math.max(kept.p[i], parameter.low), parameter.high) : 0,
      ]),
    );
    this.chosen = new Set(chosen.length ? chosen : header.chosen);
    this.focus = this.chosen.has(kept.focus) ? kept.focus : [...this.chosen][0];
    this.x = Math.min(Math.max(kept.x, -REACH), REACH);
    this.find(".chips").replaceChildren(...this.entries.map((entry) => this.chip(entry)));
    this.find(".presets").replaceChildren(
      ...header.presets.map(({ title, names }) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "plain";
        button.textContent = title;
        button.onclick = () => {
          this.chosen = new Set(names);
          if (!this.chosen.has(this.focus)) this.focus = names[0];
          this.soon();
        };
        return button;
      }),
    );
    this.pictures.replaceChildren(document.createElement("div"), document.createElement("div"));
    // For the browser tests: what this script computes, beside what core computes.
    this.pictures.compute = (name, x, p) => ACTIVATION_MATH[name].map((f) => f(x, p));
    this.pictures.draws = 0;
    this.soon();
  }
  chip(entry) {
    const row = document.createElement("div"),
      look = LOOKS[entry.name];
    row.className = "chip";
    row.dataset.name = entry.name;
    row.innerHTML =
      `<input type="checkbox" aria-label="Show ${escaped(entry.title)}"><button type="button" title="${escaped(entry.title)}">` +
      `<svg viewBox="0 0 34 16" aria-hidden="true"><path d="M1 8H33" stroke="${look.color}" stroke-width="3.5" stroke-dasharray="${look.dash}"/></svg>${escaped(SHORT_TITLES[entry.name])}</button>`;
    row.querySelector("input").onchange = (event) => {
      if (event.target.checked) {
        this.chosen.add(entry.name);
        this.focus = entry.name;
      } else if (this.chosen.size > 1) {
        this.chosen.delete(entry.name);
        if (this.focus === entry.name) [this.focus] = this.chosen;
      }
      this.soon();
    };
    row.querySelector("button").onclick = () => {
      this.chosen.add(entry.name);
      this.focus = entry.name;
      this.soon();
    };
    return row;
  }
  setX(x, typing = false) {
    if (!Number.isFinite(x)) return;
    this.x = Math.min(Math.max(Math.round(x * 20) / 20, -REACH), REACH);
    this.typing = typing;
    this.soon();
  }
  setParameter(value, typing = false) {
    const parameter = this.byName[this.focus].parameter;
    if (!parameter || !Number.isFinite(value)) return;
    this.values[this.focus] = Math.min(Math.max(value, parameter.low), parameter.high);
    this.typing = typing;
    this.soon();
  }
  soon() {
    this.asked ??= window.event?.timeStamp ?? performance.now(); // read by benchmarks/neuron_drag.py
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }
  at(name, x) {
    return ACTIVATION_MATH[name].map((f) => f(x, this.values[name]));
  }

  draw() {
    if (!this.root.clientWidth || !this.entries) return;
    const type = Math.max(16, parseFloat(getComputedStyle(this.root).fontSize));
    // Where type is large for the screen, the names stand above the pictures instead of beside them.
    this.root.classList.toggle("tight", this.root.clientWidth < 56 * type);
    const width = this.find(".main").clientWidth;
    const narrow = this.root.clientWidth < 720;
    const each = narrow ? width : (width - 8) / 2;
    const height = Math.min(Math.max(innerHeight - 400 - type * 5, 340), 620) / (narrow ? 1.3 : 1);
    const names = this.entries.map((entry) => entry.name).filter((name) => this.chosen.has(name));
    const margin = type * 5.6 + 22;
    this.panels = ["f(x)", "f\u2032(x), its slope"].map((title, which) => {
      const [low, high] = which && this.locked ? [-0.1, 1.3] : this.range(names, which);
      const panel = new Panel({
        id: `act-${which}`,
        width: each,
        height,
        type,
        x: [-REACH, REACH],
        y: [low, high],
        title,
        xTitle: "x",
        margin,
      });
      panel.host = this.pictures.children[which];
      panel.axes(
        niceTicks(
          -REACH,
          REACH,
          Math.max(2, Math.min(6, (panel.right - panel.left) / (2.6 * type))),
        ),
        niceTicks(low, high, 6),
      );
      if (which && this.locked) return this.curtain(panel);
      const at = panel.px(this.x);
      panel.parts.push(
        `<path d='M${at} ${panel.top}V${panel.bottom}' stroke='var(--lb-text)' stroke-width='1.5' stroke-dasharray='3 4'/>`,
      );
      for (const name of [...names.filter((n) => n !== this.focus), this.focus])
        this.curve(panel, name, which);
      panel.host.innerHTML = panel.svg();
      return panel;
    });
    this.write(names);
    this.keep.write({
      x: this.x,
      p: this.entries.map(({ name }) => this.values[name]),
      chosen: names,
      focus: this.focus,
    });
    this.pictures.draws += 1;
    this.pictures.waits?.push(performance.now() - this.asked);
    this.asked = null;
  }
  // The slopes answer the open prediction: an empty frame until it is made.
  curtain(panel) {
    const words = this.locked.split(" "),
      lines = [""],
      most = (panel.right - panel.left) / (0.52 * panel.type);
    for (const word of words) {
      if ((lines.at(-1) + word).length > most) lines.push("");
      lines[lines.length - 1] += `${word} `;
    }
    const middle = (panel.top + panel.bottom) / 2 - lines.length * panel.type * 0.7;
    panel.parts.push(
      lines
        .map(
          (line, i) =>
            `<text x='${(panel.left + panel.right) / 2}' y='${middle + (i + 1) * panel.type * 1.4}' text-anchor='middle' font-size='${panel.type}' fill='var(--lb-muted)' paint-order='stroke' stroke='var(--lb-background)' stroke-width='6'>${escaped(line)}</text>`,
        )
        .join(""),
    );
    panel.host.innerHTML = panel.svg();
    return panel;
  }
  range(names, which) {
    let low = which ? 0 : -1.2,
      high = 1.2;
    for (const name of names)
      for (let x = -REACH; x <= REACH; x += 0.25) {
        const y = this.at(name, x)[which];
        low = Math.min(low, y);
        high = Math.max(high, y);
      }
    const pad = 0.06 * (high - low);
    return which
      ? [Math.max(low, -0.5) - pad, Math.min(high, 3) + pad]
      : [Math.max(low, -2.5), Math.min(high, 4)];
  }
  curve(panel, name, which) {
    const look = LOOKS[name],
      strong = name === this.focus,
      points = [];
    // A jump is drawn as one: no line joins its sides.
    const jump = { step: this.values.step, relu: 0, leaky_relu: 0, elu: 0, selu: 0 }[name];
    const jumps = jump !== undefined && (name === "step" || which === 1);
    let parted = !jumps;
    for (let i = 0; i <= 240; i++) {
      const x = (i - 20 * REACH) / 20;
      if (!parted && x >= jump) {
        parted = true;
        const eps = 1e-9;
        points.push([jump, this.at(name, jump - eps)[which]], null, [
          jump,
          this.at(name, jump + eps)[which],
        ]);
        if (x === jump) continue;
      }
      points.push([x, this.at(name, x)[which]]);
    }
    const width = strong ? 4 : 2.5;
    panel.line(points, {
      color: look.color,
      dash: look.dash,
      width,
      end: SHORT_TITLES[name],
      strong,
    });
    const [y, slope] = this.at(name, this.x);
    if (strong && !which && !this.locked) {
      const reach = 1.4 / Math.sqrt(1 + slope * slope);
      panel.line(
        [
          [this.x - reach, y - slope * reach],
          [this.x + reach, y + slope * reach],
        ],
        { color: "var(--lb-text)", width: 2 },
      );
    }
    panel.dot(this.x, which ? slope : y, look.color, strong ? 9 : 6);
  }
  write(names) {
    const entry = this.byName[this.focus],
      p = this.values[this.focus],
      [y, slope] = this.at(this.focus, this.x);
    for (const row of this.root.querySelectorAll(".chip")) {
      row.classList.toggle("focus", row.dataset.name === this.focus);
      row.querySelector("input").checked = this.chosen.has(row.dataset.name);
      row.querySelector("button").setAttribute("aria-pressed", row.dataset.name === this.focus);
    }
    this.find(".x").value = this.x;
    if (!this.typing) this.find(".x-number").value = this.x;
    const control = this.find(".parameter"),
      parameter = entry.parameter;
    control.classList.toggle("none", !parameter);
    if (parameter) {
      this.find(".p-name").textContent = `${parameter.meaning} ${parameter.symbol}`;
      for (const box of [this.find(".p"), this.find(".p-number")]) {
        box.min = parameter.low;
        box.max = parameter.high;
        box.step = parameter.step;
        box.setAttribute("aria-label", `${parameter.meaning} of ${entry.title}`);
        if (!(this.typing && box.type === "number")) box.value = p;
      }
    }
    this.typing = false;
    const [formula, derivative] = ACTIVATION_WORDS[this.focus];
    this.find(".formula").innerHTML =
      `${escaped(entry.title)}: f(${fixed(this.x)}) = ${escaped(inNumbers(formula, this.x, p, y))} = <b>${fixed(y, 3)}</b><br>` +
      (this.locked
        ? "its slope: ?"
        : `its slope: f\u2032(${fixed(this.x)}) = ${escaped(inNumbers(derivative, this.x, p, y))} = <b>${fixed(slope, 3)}</b>`);
    const sentence =
      `At x = ${fixed(this.x)}: ` +
      names
        .map((name) => {
          const [value, rise] = this.at(name, this.x);
          return `${this.byName[name].title} gives ${fixed(value, 3)}${this.locked ? "" : ` with slope ${fixed(rise, 3)}`}`;
        })
        .join("; ") +
      "." +
      (this.locked ? ` ${this.locked}` : "");
    this.find(".twin").textContent = sentence;
    this.pictures.setAttribute("aria-label", sentence);
    this.pictures.shown = {
      x: this.x,
      parameters: { ...this.values },
      values: Object.fromEntries(names.map((n) => [n, this.at(n, this.x)])),
    };
    if (this.find(".words").open || !this.wrote) this.table(names);
    this.find(".words").ontoggle = () => this.table(names);
  }
  table(names) {
    this.wrote = true;
    const all = [...new Set([...TABLE_X, this.x])].sort((a, b) => a - b);
    this.find("thead").innerHTML =
      `<tr><th scope="col">f(x) | slope</th>${all.map((x) => `<th scope="col">x = ${fixed(x)}</th>`).join("")}</tr>`;
    this.find("tbody").innerHTML = names
      .map(
        (name) =>
          `<tr><th scope="row">${escaped(this.byName[name].title)}</th>` +
          all
            .map(
              (x) =>
                `<td>${this.at(name, x)
                  .map((v, i) => (i && this.locked ? "?" : fixed(v, 3)))
                  .join(" | ")}</td>`,
            )
            .join("") +
          "</tr>",
      )
      .join("");
  }
  close() {
    this.keep?.close();
    cancelAnimationFrame(this.waiting);
    this.observer.disconnect();
    removeEventListener("resize", this.resized);
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".act");
  if (!STAGES.has(parentElement)) STAGES.set(parentElement, new Stage(root));
  STAGES.get(parentElement).load(data);
  return () => {
    STAGES.get(parentElement)?.close();
    STAGES.delete(parentElement);
  };
}
