// Draws what core/ops/stack.py measured; picks rows, computes nothing but ratios to the start.
const DEPTHS = new WeakMap();
const FLOOR = 1e-16; // what is exactly zero has no place on a logarithmic axis: drawn here, and said

class Depth {
  constructor(root) {
    this.root = root;
    this.find = (query) => root.querySelector(query);
    this.pictures = this.find(".pictures");
    for (const query of [".layers", ".layers-number"])
      this.find(query).oninput = (event) => {
        const value = Math.round(Number(event.target.value));
        if (event.target.value === "" || !Number.isFinite(value)) return;
        this.layers = Math.min(Math.max(value, 1), this.header.depth);
        this.typing = query === ".layers-number";
        this.soon();
      };
    this.find(".layers-number").onchange = () => this.soon();
    this.observer = new ResizeObserver(() => this.soon());
    this.observer.observe(this.find(".main"));
  }
  load(bytes) {
    const { header, arrays } = unpack(bytes);
    const first = !this.header,
      anew = first || this.keep.isReset(header.fresh);
    this.header = header;
    [this.signal, this.gradient, this.silent] = arrays;
    if (anew) {
      this.keep ??= new Keep("activations_depth", {
        chosen: header.chosen,
        start: header.initializations[0].name,
        layers: header.depth,
      });
      const kept = this.keep.read(header.fresh),
        known = kept.chosen.filter((name) =>
          header.activations.some((entry) => entry.name === name),
        );
      this.chosen = new Set(known.length ? known : header.chosen);
      this.start = Math.max(
        0,
        header.initializations.findIndex((one) => one.name === kept.start),
      );
      this.layers = Math.min(Math.max(Math.round(kept.layers), 1), header.depth);
      this.find(".chips").replaceChildren(...header.activations.map((entry) => this.chip(entry)));
      this.find(".starts").replaceChildren(
        ...header.initializations.map((entry, i) => {
          const button = document.createElement("button");
          button.type = "button";
          button.className = "plain";
          button.textContent = entry.title;
          button.title = entry.rule;
          button.onclick = () => {
            this.start = i;
            this.soon();
          };
          return button;
        }),
      );
      for (const query of [".layers", ".layers-number"]) this.find(query).max = header.depth;
      this.pictures.replaceChildren(document.createElement("div"), document.createElement("div"));
      this.pictures.draws = 0;
    }
    this.soon();
  }
  chip(entry) {
    const row = document.createElement("label"),
      look = LOOKS[entry.name];
    row.className = "chip";
    row.innerHTML =
      `<input type="checkbox" aria-label="Stack of ${escaped(entry.title)}" ${this.chosen.has(entry.name) ? "checked" : ""}>` +
      `<svg viewBox="0 0 34 16" aria-hidden="true"><path d="M1 8H33" stroke="${look.color}" stroke-width="3.5" stroke-dasharray="${look.dash}"/></svg><span>${escaped(SHORT_TITLES[entry.name])}</span>`;
    row.querySelector("input").onchange = (event) => {
      if (event.target.checked) this.chosen.add(entry.name);
      else if (this.chosen.size > 1) this.chosen.delete(entry.name);
      else event.target.checked = true;
      this.soon();
    };
    return row;
  }
  soon() {
    this.asked ??= window.event?.timeStamp ?? performance.now(); // read by benchmarks/neuron_drag.py
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }
  // Root mean squares of layers 0..D for one activation: the signal, and the gradient that arrives.
  rows(a) {
    const starts = this.header.initializations.length,
      n = this.header.depth + 1,
      D = this.layers;
    const at = a * starts + this.start;
    const from = at * n * n + D * n;
    return [
      Array.from(this.signal.subarray(at * n, at * n + D + 1)),
      Array.from(this.gradient.subarray(from, from + D + 1)),
      Array.from(this.silent.subarray(at * (n - 1), at * (n - 1) + D)),
    ];
  }
  verdict(ratio) {
    if (ratio === 0) return "is zero";
    if (ratio < this.header.vanished) return "vanishes";
    return ratio > this.header.exploded ? "explodes" : "is kept";
  }
  draw() {
    if (!this.root.clientWidth || !this.header) return;
    const type = Math.max(16, parseFloat(getComputedStyle(this.root).fontSize));
    // Where type is large for the screen, the names stand above the pictures instead of beside them.
    this.root.classList.toggle("tight", this.root.clientWidth < 56 * type);
    const width = this.find(".main").clientWidth;
    const narrow = this.root.clientWidth < 720,
      each = narrow ? width : (width - 8) / 2;
    const height = Math.min(Math.max(innerHeight - 340 - type * 5, 340), 560) / (narrow ? 1.3 : 1);
    const D = this.layers;
    const stacks = this.header.activations
      .map((entry, a) => ({ entry, rows: this.rows(a) }))
      .filter(({ entry }) => this.chosen.has(entry.name));
    let low = 1e-4,
      high = 1e2;
    for (const { rows } of stacks)
      for (const value of [...rows[0], ...rows[1]]) {
        if (value > 0) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      }
    if (stacks.some(({ rows }) => rows[1][0] === 0)) low = Math.min(low, 1e-6);
    const bottom = Math.max(Math.floor(Math.log10(low)), -22),
      top = Math.ceil(Math.log10(high));
    const stride = Math.max(1, Math.ceil((top - bottom) / 8)),
      powers = [];
    for (let p = Math.ceil(bottom / stride) * stride; p <= top; p += stride) powers.push(10 ** p);
    const layerTicks = niceTicks(
      0,
      D,
      Math.max(2, Math.min(6, (each - type * 9) / (2.6 * type))),
    ).filter(Number.isInteger);
    [
      ["Signal: root mean square after each layer", "layer, from the input upwards", [0, D]],
      [
        "Gradient: root mean square at each layer",
        "layer, from the last back to the input",
        [D, 0],
      ],
    ].forEach(([title, xTitle, x], which) => {
      const panel = new Panel({
        id: `depth-${which}`,
        width: each,
        height,
        type,
        x,
        y: [10 ** bottom, 10 ** top],
        log: true,
        title,
        xTitle,
        margin: type * 5.6 + 22,
      });
      panel.axes(layerTicks, powers);
      for (const [limit, word, below] of [
        [this.header.vanished, "vanishing", true],
        [this.header.exploded, "exploding", false],
      ]) {
        if (limit < 10 ** bottom || limit > 10 ** top) continue;
        const at = panel.py(limit),
          edge = below ? panel.bottom : panel.top;
        panel.parts.push(
          `<rect x='${panel.left}' y='${Math.min(at, edge)}' width='${panel.right - panel.left}' height='${Math.abs(edge - at)}' fill='var(--lb-muted)' opacity='.12'/>`,
        );
        if (Math.abs(edge - at) > type * 1.4)
          panel.parts.push(
            `<text x='${panel.left + 8}' y='${below ? panel.bottom - 7 : panel.top + type * 1.1}' font-size='${type}' font-style='italic' fill='var(--lb-muted)'>${word}</text>`,
          );
      }
      for (const { entry, rows } of stacks) {
        const look = LOOKS[entry.name];
        let points = rows[which].map((value, layer) => [
          layer,
          Math.max(value, FLOOR, 10 ** bottom),
        ]);
        if (which) points = points.reverse();
        panel.line(points, {
          color: look.color,
          dash: look.dash,
          width: 3,
          end: SHORT_TITLES[entry.name],
        });
      }
      this.pictures.children[which].innerHTML = panel.svg();
    });
    this.write(stacks);
    this.keep.write({
      chosen: stacks.map(({ entry }) => entry.name),
      start: this.header.initializations[this.start].name,
      layers: this.layers,
    });
    this.pictures.draws += 1;
    this.pictures.waits?.push(performance.now() - this.asked);
    this.asked = null;
  }
  write(stacks) {
    const D = this.layers,
      start = this.header.initializations[this.start];
    this.find(".layers").value = D;
    if (!this.typing) this.find(".layers-number").value = D;
    this.typing = false;
    this.root
      .querySelectorAll(".starts button")
      .forEach((button, i) => button.setAttribute("aria-pressed", i === this.start));
    const told = stacks.map(({ entry, rows }) => {
      const back = rows[1][0],
        forth = rows[0][D];
      return {
        name: entry.name,
        back,
        forth,
        signal: this.verdict(forth),
        gradient: this.verdict(back),
        silent: rows[2],
      };
    });
    const plural = D === 1 ? "1 layer" : `${D} layers`;
    const gone = told.reduce(
      (worst, one) =>
        Math.abs(Math.log10(one.back || FLOOR)) > Math.abs(Math.log10(worst.back || FLOOR))
          ? one
          : worst,
      told[0],
    );
    this.find(".formula").innerHTML =
      `${escaped(start.title)} weights (${escaped(start.rule)}), ${plural} of ${this.header.width} units. ` +
      `Most changed is the gradient of ${escaped(SHORT_TITLES[gone.name])}: at the input <b>${scientific(gone.back)}</b> of what started at the top; it <b>${gone.gradient}</b>.`;
    const sentence =
      `${start.title} weights, ${plural}. ` +
      told
        .map(
          (one) =>
            `${SHORT_TITLES[one.name]}: the signal ${one.signal} (${scientific(one.forth)}), the gradient ${one.gradient} (${scientific(one.back)})`,
        )
        .join("; ") +
      ".";
    this.find(".twin").textContent = sentence;
    this.pictures.setAttribute("aria-label", sentence);
    this.pictures.shown = { layers: D, start: start.name, stacks: told };
    this.find("thead").innerHTML =
      "<tr>" +
      [
        "Activation",
        "Signal at the top",
        "Signal",
        "Gradient at the input",
        "Gradient",
        "Silent units, first layer",
        "Silent units, last layer",
      ]
        .map((word) => `<th scope="col">${word}</th>`)
        .join("") +
      "</tr>";
    this.find("tbody").innerHTML = told
      .map(
        (one) =>
          `<tr><th scope="row">${SHORT_TITLES[one.name]}</th><td>${scientific(one.forth)}</td><td>${one.signal}</td>` +
          `<td>${scientific(one.back)}</td><td>${one.gradient}</td><td>${Math.round(100 * one.silent[0])} %</td><td>${Math.round(100 * one.silent[D - 1])} %</td></tr>`,
      )
      .join("");
  }
  close() {
    this.keep?.close();
    cancelAnimationFrame(this.waiting);
    this.observer.disconnect();
  }
}

export default function ({ data, parentElement }) {
  if (!DEPTHS.has(parentElement))
    DEPTHS.set(parentElement, new Depth(parentElement.querySelector(".depth")));
  DEPTHS.get(parentElement).load(data);
  return () => {
    DEPTHS.get(parentElement)?.close();
    DEPTHS.delete(parentElement);
  };
}
