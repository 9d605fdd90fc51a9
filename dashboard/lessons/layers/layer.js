// The paper's Fig. 2: a matrix, a sum for each output, an activation; as numbers and as lines.
const LAYERS = new WeakMap();
const SUBSCRIPTS = "\u2080\u2081\u2082\u2083\u2084";
const BEGIN = {
  w: [
    [0.8, -0.6, 0.3, 1],
    [-1, 0.5, 1.2, -0.4],
    [0.4, 0.9, -0.7, 0.2],
    [-0.3, 1.1, 0.6, -1],
  ],
  x: [1, 0.5, -1, 2],
  b: [0.1, -0.2, 0.3, 0],
  n: 3,
  m: 2,
  name: "relu",
  row: 0,
};

// "f(Wx + b)": what core/ops/dense.py computes; a browser test compares.
function denseForward(w, x, b, name, parameter) {
  const sums = w.map((row, i) => row.reduce((sum, weight, j) => sum + weight * x[j], 0) + b[i]);
  return {
    sums,
    outputs: sums.map((z) => ACTIVATION_MATH[name][0](z, parameter)),
    slopes: sums.map((z) => ACTIVATION_MATH[name][1](z, parameter)),
  };
}
// Numbers of a pasted text, row by row; null where a piece is no number.
function numbersIn(text) {
  const rows = text
    .replaceAll("\u2212", "-")
    .split(/[\n;]|\]\s*,?\s*\[/)
    .map((row) => row.split(/[\s,|[\](){}]+/).filter(Boolean))
    .filter((row) => row.length);
  const wrong = rows.flat().find((piece) => !Number.isFinite(Number(piece)));
  return { rows: rows.map((row) => row.map(Number)), wrong };
}

class LayerStage {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.picture = this.find("picture");
    this.picture.compute = (w, x, b, name) =>
      denseForward(w, x, b, name, this.entries.find((e) => e.name === name).parameter?.value ?? 0);
    // An answer to a question rewrites the address on the server's side, which forgets what stood in it.
    this.watching = setInterval(() => {
      if (this.opened !== undefined) this.link();
    }, 1500);
    // Letters typed here are not Streamlit's shortcuts r and c.
    root.addEventListener("keydown", (event) => {
      if (event.target.matches("input, select")) event.stopPropagation();
    });
    this.observer = new ResizeObserver(() => this.soon());
    this.observer.observe(root);
    this.resized = () => this.soon();
    addEventListener("resize", this.resized);
  }
  load(bytes) {
    const first = !this.header;
    this.header = unpack(bytes).header;
    this.entries = this.header.activations;
    if (first) {
      Object.assign(
        this,
        structuredClone(window.__lightboxLayer ?? BEGIN),
        this.read(new URLSearchParams(location.search).get("layer")),
      );
      const numbers = (most) =>
        Array.from({ length: most }, (_, i) => `<option>${i + 1}</option>`).join("");
      this.find("inputs").innerHTML = numbers(this.header.mostInputs);
      this.find("outputs").innerHTML = numbers(this.header.mostOutputs);
      this.find("activation").innerHTML = this.entries
        .map((e) => `<option value="${e.name}">${escaped(e.title)}</option>`)
        .join("");
      this.find("inputs").onchange = (event) => {
        this.n = Number(event.target.value);
        this.build();
      };
      this.find("outputs").onchange = (event) => {
        this.m = Number(event.target.value);
        this.row = Math.min(this.row, this.m - 1);
        this.build();
      };
      this.find("activation").onchange = (event) => {
        this.name = event.target.value;
        this.soon();
      };
      this.find("row-choice").onchange = (event) => {
        this.row = Number(event.target.value);
        this.soon();
      };
      this.find("again").onclick = () => {
        Object.assign(this, structuredClone(BEGIN));
        this.build();
      };
      this.find("words").addEventListener("toggle", () => this.soon());
      this.build();
    }
    this.soon();
  }
  // "relu|0.8,-0.6/1,2|1,0.5|0.1,0": activation, rows of W, x, b; nothing where it cannot be read.
  read(text) {
    const [name, rows, inputs, biases, ...more] = (text ?? "").split("|");
    if (biases === undefined || more.length || !this.entries.some((e) => e.name === name))
      return {};
    const numbers = (part) => part.split(",").map((v) => (v === "" ? NaN : Number(v))),
      w = rows.split("/").map(numbers),
      x = numbers(inputs),
      b = numbers(biases);
    const m = w.length,
      n = x.length,
      good =
        n <= this.header.mostInputs &&
        m <= this.header.mostOutputs &&
        b.length === m &&
        w.every((row) => row.length === n);
    if (!good || ![...w.flat(), ...x, ...b].every((v) => !this.refuse(v))) return {};
    // Cells that the link does not fill keep what the lesson begins with.
    const whole = structuredClone(BEGIN);
    w.forEach((row, i) =>
      row.forEach((value, j) => {
        whole.w[i][j] = value;
      }),
    );
    x.forEach((value, j) => {
      whole.x[j] = value;
    });
    b.forEach((value, i) => {
      whole.b[i] = value;
    });
    return { ...whole, n, m, name, row: 0 };
  }
  // The address follows without a rerun, once the hand rests.
  link() {
    clearTimeout(this.linking);
    this.linking = setTimeout(() => {
      const { n, m } = this,
        text = [
          this.name,
          this.w
            .slice(0, m)
            .map((row) => row.slice(0, n).join(","))
            .join("/"),
          this.x.slice(0, n).join(","),
          this.b.slice(0, m).join(","),
        ].join("|");
      const address = new URL(location.href);
      this.opened ??= text;
      if (text === this.opened && !address.searchParams.has("layer")) return;
      address.searchParams.set("layer", text);
      if (address.href !== location.href) history.replaceState(history.state, "", address);
    }, 300);
  }
  get entry() {
    return this.entries.find((e) => e.name === this.name);
  }
  get parameter() {
    return this.entry.parameter?.value ?? 0;
  }
  value(kind, i, j) {
    return kind === "w" ? this.w[i][j] : this[kind][i];
  }
  put(kind, i, j, value) {
    if (kind === "w") this.w[i][j] = value;
    else this[kind][i] = value;
  }
  // Why a number cannot stand in a cell; empty where it can.
  refuse(value) {
    return Math.abs(value) <= this.header.limit
      ? ""
      : `${plainNumber(value)} is outside the range of this picture: use numbers from ${MINUS}${this.header.limit} to ${this.header.limit}.`;
  }
  build() {
    const { n, m } = this;
    this.find("inputs").value = n;
    this.find("outputs").value = m;
    this.find("activation").value = this.name;
    this.find("row-choice").innerHTML = Array.from(
      { length: m },
      (_, i) => `<option value="${i}">y${SUBSCRIPTS[i + 1]}</option>`,
    ).join("");
    const cell = (kind, i, j, label) =>
      `<input class="cell" type="text" inputmode="decimal" role="spinbutton" autocomplete="off" data-kind="${kind}" data-i="${i}" data-j="${j}" aria-label="${label}" aria-valuemin="${-this.header.limit}" aria-valuemax="${this.header.limit}">`;
    const block = (name, columns, cells) =>
      `<div class="block" style="grid-template-columns: repeat(${columns}, auto)"><span class="name">${name}</span>${cells.join("")}</div>`;
    const rows = Array.from({ length: m }, (_, i) => i),
      columns = Array.from({ length: n }, (_, j) => j);
    this.find("equation").innerHTML =
      `<span>f (</span>` +
      block(
        "W",
        n,
        rows.flatMap((i) =>
          columns.map((j) => cell("w", i, j, `Weight from input ${j + 1} to output ${i + 1}`)),
        ),
      ) +
      "<span>\u00b7</span>" +
      block(
        "x",
        1,
        columns.map((j) => cell("x", j, 0, `Input ${j + 1}`)),
      ) +
      "<span>+</span>" +
      block(
        "b",
        1,
        rows.map((i) => cell("b", i, 0, `Bias of output ${i + 1}`)),
      ) +
      "<span>)</span><span>= f (</span>" +
      block(
        "z",
        1,
        rows.map((i) => `<span class="told z" data-i="${i}"></span>`),
      ) +
      "<span>) =</span>" +
      block(
        "y",
        1,
        rows.map((i) => `<span class="told y" data-i="${i}"></span>`),
      );
    this.cells = [...this.find("equation").querySelectorAll(".cell")];
    this.cells.forEach((input) => this.attend(input));
    this.advise("");
    this.soon();
  }
  attend(input) {
    const { kind } = input.dataset,
      i = Number(input.dataset.i),
      j = Number(input.dataset.j);
    const set = (value) => {
      const wrong = this.refuse(value);
      input.setAttribute("aria-invalid", String(Boolean(wrong)));
      this.advise(wrong);
      if (!wrong) {
        this.put(kind, i, j, value);
        this.soon();
      }
      return !wrong;
    };
    input.onfocus = () => {
      if (kind !== "x" && this.row !== i) {
        this.row = i;
        this.soon();
      }
      input.select();
    };
    input.oninput = () => {
      this.typing = input;
      const text = input.value.trim().replace("\u2212", "-");
      if (text === "" || text === "-" || text === "." || text === "-.") {
        this.advise("A number belongs here; the last good one stays until then.");
        return;
      }
      const value = Number(text);
      if (!Number.isFinite(value)) {
        input.setAttribute("aria-invalid", "true");
        this.advise(
          `\u201c${text.slice(0, 24)}\u201d is not a number. ${/^-?\d+,\d+$/.test(text) ? "The decimal sign is a point: " + text.replace(",", ".") + "." : "Write it with a decimal point, such as 0.5 or -1.25."}`,
        );
      } else set(value);
    };
    input.onblur = () => {
      this.typing = null;
      input.removeAttribute("aria-invalid");
      this.soon();
    };
    input.onkeydown = (event) => {
      const by = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.typing = null;
      set(
        Math.min(
          Math.max(Math.round((this.value(kind, i, j) + by) * 100) / 100, -this.header.limit),
          this.header.limit,
        ),
      );
    };
    input.onpaste = (event) => {
      const text = event.clipboardData?.getData("text") ?? "",
        { rows, wrong } = numbersIn(text);
      if (rows.length <= 1 && (rows[0]?.length ?? 0) <= 1 && wrong === undefined && rows.length)
        return; // one number: as if typed
      event.preventDefault();
      this.paste(kind, i, j, rows, wrong, text);
    };
    let from = null;
    input.onpointerdown = (event) => {
      from = { x: event.clientX, value: this.value(kind, i, j), moved: false };
    };
    input.onpointermove = (event) => {
      if (!from || !event.buttons) return;
      const by = event.clientX - from.x;
      if (!from.moved && Math.abs(by) < 4) return;
      if (!from.moved) {
        from.moved = true;
        input.setPointerCapture(event.pointerId);
        this.typing = null;
      }
      event.preventDefault();
      getSelection()?.removeAllRanges();
      set(
        Math.min(
          Math.max(Math.round((from.value + by * 0.02) * 100) / 100, -this.header.limit),
          this.header.limit,
        ),
      );
    };
    input.onpointerup = input.onpointercancel = () => {
      from = null;
    };
  }
  // A block of numbers goes in from the cell on; what cannot go in is said.
  paste(kind, i, j, rows, wrong, text) {
    if (wrong !== undefined || !rows.length) {
      this.advise(
        `The pasted text holds \u201c${(wrong ?? text).slice(0, 24)}\u201d, which is not a number: nothing was changed. Paste numbers with decimal points.`,
      );
      return;
    }
    const [down, across] =
      kind === "w" ? [this.m - i, this.n - j] : [(kind === "x" ? this.n : this.m) - i, 1];
    const list = kind === "w" ? rows : rows.flat().map((value) => [value]);
    if (list.length > down || Math.max(...list.map((row) => row.length)) > across) {
      this.advise(
        `The pasted block is ${list.length} by ${Math.max(...list.map((row) => row.length))}, from this cell on there is room for ${down} by ${across}: nothing was changed.`,
      );
      return;
    }
    const far = list.flat().find((value) => this.refuse(value));
    if (far !== undefined) {
      this.advise(`${this.refuse(far)} Nothing was changed.`);
      return;
    }
    list.forEach((row, r) => row.forEach((value, c) => this.put(kind, i + r, j + c, value)));
    this.typing = null;
    this.advise("");
    this.soon();
  }
  advise(text) {
    const say = this.find("say"),
      wanted =
        text ||
        "Drag a number sideways, type it, or use the arrow keys; a block of numbers can be pasted.";
    if (say.textContent !== wanted) say.textContent = wanted;
  }
  soon() {
    this.asked ??= window.event?.timeStamp ?? performance.now();
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }
  draw() {
    if (!this.header || !this.root.clientWidth) return;
    const { n, m, row } = this,
      w = this.w.slice(0, m).map((line) => line.slice(0, n)),
      x = this.x.slice(0, n),
      b = this.b.slice(0, m);
    const now = denseForward(w, x, b, this.name, this.parameter),
      type = Math.max(16, parseFloat(getComputedStyle(this.root).fontSize));
    this.find("stage").classList.toggle(
      "tight",
      this.root.clientWidth < (n + 21) * type * 1.9 + 16 * type,
    );
    this.find("row-choice").value = row;
    for (const input of this.cells) {
      const i = Number(input.dataset.i),
        value = this.value(input.dataset.kind, i, Number(input.dataset.j));
      input.classList.toggle("on", input.dataset.kind !== "x" && i === row);
      input.setAttribute("aria-valuenow", value);
      if (input !== this.typing) {
        input.value = String(Math.round(value * 1000) / 1000);
        input.removeAttribute("aria-invalid");
      }
    }
    for (const told of this.find("equation").querySelectorAll(".told")) {
      const i = Number(told.dataset.i);
      told.textContent = fixed(told.classList.contains("z") ? now.sums[i] : now.outputs[i]);
      told.classList.toggle("on", i === row);
    }
    this.paint(w, x, b, now, type);
    const terms = w[row].map((weight, j) => `${bracket(weight)}\u00b7${bracket(x[j])}`).join(" + "),
      s = SUBSCRIPTS[row + 1];
    this.find("formula").innerHTML =
      `z${s} = ${terms} ${b[row] < 0 ? MINUS : "+"} ${fixed(Math.abs(b[row]))} = <b>${fixed(now.sums[row], 3)}</b><br>` +
      `y${s} = ${escaped(this.name.replace("_", " "))}(z${s}) = ${escaped(bare(inNumbers(ACTIVATION_WORDS[this.name][0], now.sums[row], this.parameter, now.outputs[row])))} = <b>${fixed(now.outputs[row], 3)}</b>`;
    const sentence = `A layer with ${n} input${n > 1 ? "s" : ""} and ${m} output${m > 1 ? "s" : ""}: ${m * n} weights and ${m} bias${m > 1 ? "es" : ""}. For x = (${x.map((v) => fixed(v)).join(", ")}) the sums are ${now.sums.map((v) => fixed(v)).join(", ")}; ${this.entry.title} makes them ${now.outputs.map((v) => fixed(v)).join(", ")}.`;
    this.picture.setAttribute("aria-label", sentence);
    this.find("twin").textContent = sentence;
    this.find("words").querySelector("thead").innerHTML =
      `<tr><th scope="col">Output</th>${x.map((_, j) => `<th scope="col">w\u00b7x${SUBSCRIPTS[j + 1]}</th>`).join("")}<th scope="col">bias</th><th scope="col">sum z</th><th scope="col">y</th></tr>`;
    this.find("words").querySelector("tbody").innerHTML = w
      .map(
        (line, i) =>
          `<tr><th scope="row">y${SUBSCRIPTS[i + 1]}</th>${line.map((weight, j) => `<td>${fixed(weight * x[j], 3)}</td>`).join("")}<td>${fixed(b[i], 3)}</td><td>${fixed(now.sums[i], 3)}</td><td>${fixed(now.outputs[i], 3)}</td></tr>`,
      )
      .join("");
    this.picture.shown = { w, x, b, ...now, activation: this.name };
    this.link();
    this.picture.draws = (this.picture.draws || 0) + 1;
    this.picture.waits?.push(performance.now() - this.asked);
    this.asked = null;
  }
  paint(w, x, b, now, type) {
    const { n, m, row } = this,
      width = this.picture.clientWidth,
      height = Math.round(
        Math.max(
          Math.min(Math.max(innerHeight - 24 * type, 17 * type), 560),
          Math.max(n, m) * 4.4 * type + 1.8 * type,
        ),
      );
    const r = type * 1.5,
      left = r + type * 1.7,
      out = width - r - type * 1.7,
      sum = out - 2 * r - type * 2.2;
    const top = type * 0.7,
      tall = height - top - type * 1.1,
      y = (k, count) => top + (tall * (k + 0.5)) / count;
    // The sums are named where there is room; the equation beside names them always.
    const named = tall / m > 2 * r + 2.7 * type;
    const font = `font-size='${type}' text-anchor='middle'`,
      halo =
        "paint-order='stroke' stroke='var(--lb-background)' stroke-width='6' stroke-linejoin='round'";
    const color = (value) =>
      value === 0 ? "var(--lb-muted)" : value > 0 ? "var(--weight-for)" : "var(--weight-against)";
    const lines = [],
      labels = [],
      nodes = [];
    w.forEach((line, i) =>
      line.forEach((weight, j) => {
        const x1 = left + r,
          y1 = y(j, n),
          x2 = sum - r,
          y2 = y(i, m),
          mine = i === row;
        lines.push(
          `<path d='M${x1} ${y1}L${x2} ${y2}' stroke='${color(weight)}' stroke-width='${1 + 2.2 * Math.abs(weight)}' stroke-dasharray='${weight < 0 ? "10 6" : ""}' opacity='${mine ? 1 : 0.4}'/>`,
        );
        // Each output has a place of its own along the lines, so that labels keep apart.
        const t = m === 1 ? 0.5 : 0.24 + (0.52 * i) / (m - 1);
        if (mine || n * m <= 9)
          labels.push(
            `<text x='${x1 + (x2 - x1) * t}' y='${y1 + (y2 - y1) * t + type * 0.35}' ${font} ${halo} fill='var(--lb-text)' font-weight='${mine ? 650 : 400}'>${weight < 0 ? MINUS : "+"}${fixed(Math.abs(weight))}</text>`,
          );
      }),
    );
    const circle = (cx, cy, text, edge, wide, extra = "") =>
      `<circle cx='${cx}' cy='${cy}' r='${r}' fill='var(--lb-surface)' stroke='${edge}' stroke-width='${wide}' ${extra}/><text x='${cx}' y='${cy + type * 0.35}' ${font} font-weight='600' fill='var(--lb-text)'>${text}</text>`;
    x.forEach((value, j) =>
      nodes.push(
        circle(left, y(j, n), fixed(value), "var(--lb-text)", 2) +
          `<text x='${left - r - 6}' y='${y(j, n) + type * 0.35}' font-size='${type}' text-anchor='end' fill='var(--lb-muted)'>x${SUBSCRIPTS[j + 1]}</text>`,
      ),
    );
    now.sums.forEach((z, i) => {
      const at = y(i, m),
        edge = i === row ? "var(--lb-accent)" : "var(--lb-text)",
        wide = i === row ? 4 : 2;
      lines.push(
        `<path d='M${sum + r} ${at}H${out - r}' stroke='var(--lb-text)' stroke-width='2'/>`,
      );
      labels.push(
        `<text x='${(sum + out) / 2}' y='${at - type * 0.5}' ${font} ${halo} fill='var(--lb-muted)'>f</text>` +
          `<text x='${sum}' y='${at + r + type * 1.02}' ${font} ${halo} fill='var(--lb-text)'>b ${b[i] < 0 ? MINUS : "+"}${fixed(Math.abs(b[i]))}</text>`,
      );
      nodes.push(
        circle(sum, at, fixed(z), edge, wide) +
          (named
            ? `<text x='${sum}' y='${at - r - type * 0.5}' ${font} ${halo} fill='var(--lb-muted)'>z${SUBSCRIPTS[i + 1]}</text>`
            : ""),
      );
      nodes.push(
        circle(out, at, fixed(now.outputs[i]), edge, wide) +
          `<text x='${out + r + 6}' y='${at + type * 0.35}' font-size='${type}' fill='var(--lb-muted)'>y${SUBSCRIPTS[i + 1]}</text>`,
      );
    });
    this.picture.innerHTML = `<svg viewBox='0 0 ${width} ${height}' width='${width}' height='${height}' aria-hidden='true' fill='none'>${lines.join("")}${nodes.join("")}${labels.join("")}</svg>`;
  }
  close() {
    const { w, x, b, n, m, name, row } = this;
    if (this.header) window.__lightboxLayer = { w, x, b, n, m, name, row };
    clearTimeout(this.linking);
    clearInterval(this.watching);
    cancelAnimationFrame(this.waiting);
    this.observer.disconnect();
    removeEventListener("resize", this.resized);
  }
}
const bracket = (value) => (value < 0 ? `(${fixed(value)})` : fixed(value));
const plainNumber = (value) =>
  String(Math.abs(value) >= 1e6 ? value.toExponential(1) : value).replace("-", MINUS);
// A shape parameter of 1 is not worth a word.
const bare = (text) =>
  text
    .replaceAll(" / 1.00)", ")")
    .replaceAll("1.00\u00b7", "")
    .replace(/\(\((\u2212[\d.]+)\)\)/g, "($1)");

export default function ({ data, parentElement }) {
  if (!LAYERS.has(parentElement))
    LAYERS.set(parentElement, new LayerStage(parentElement.querySelector(".layer")));
  LAYERS.get(parentElement).load(data);
  return () => {
    LAYERS.get(parentElement)?.close();
    LAYERS.delete(parentElement);
  };
}
