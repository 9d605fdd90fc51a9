// A timeline of cards; the chosen network's drawing on the left, its idea on the right.
const ZOOS = new WeakMap();
class Zoo {
  constructor(root) {
    this.root = root;
    this.find = (query) => root.querySelector(query);
    this.figure = new IdeaFigure(root);
    this.slider = this.find(".control input");
    this.slider.oninput = () => this.move(Number(this.slider.value));
    this.observer = new ResizeObserver(() => this.soon());
    this.observer.observe(root);
    root.draws = 0;
    root.waits = null;
  }
  load(bytes, report) {
    this.report = report;
    // The server sends the same again after each choice: then all that was made of it stays.
    if (this.bytes?.length === bytes.length && this.bytes.every((byte, i) => byte === bytes[i]))
      return;
    this.bytes = bytes.slice();
    const { header, arrays } = unpack(bytes);
    this.arrays = arrays;
    this.exhibits = header.exhibits;
    this.words = header.words;
    const defaults = { network: header.first };
    for (const one of this.exhibits) defaults[`at${one.name}`] = one.figure.start;
    const again = this.keep && !this.keep.isReset(header.fresh);
    this.keep ??= new Keep("zoo_set", defaults);
    if (!again) {
      const kept = this.keep.read(header.fresh);
      this.chosen = this.exhibits.some((one) => one.name === kept.network)
        ? kept.network
        : header.first;
      this.at = Object.fromEntries(
        this.exhibits.map((one) => {
          const index = Math.round(kept[`at${one.name}`]);
          return [one.name, one.figure.positions[index] === undefined ? one.figure.start : index];
        }),
      );
    }
    this.find(".words summary").textContent = this.words.twin;
    this.cards();
    this.choose(this.chosen);
  }
  get now() {
    return this.exhibits.find((one) => one.name === this.chosen);
  }
  cards() {
    const host = this.find(".cards");
    if (host.children.length === this.exhibits.length) return;
    host.replaceChildren(
      ...this.exhibits.map((one) => {
        const card = document.createElement("button");
        card.type = "button";
        card.className = "card";
        card.dataset.name = one.name;
        card.setAttribute("role", "radio");
        card.innerHTML = `<span class="year">${one.year}</span><span class="name">${escaped(one.title)}</span><span class="mini"></span>`;
        card.onclick = () => this.choose(one.name);
        return card;
      }),
    );
    host.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const index = this.exhibits.findIndex((one) => one.name === this.chosen);
      this.choose(this.exhibits[(index + step + this.exhibits.length) % this.exhibits.length].name);
      host.children[this.exhibits.findIndex((one) => one.name === this.chosen)].focus();
      event.preventDefault();
    };
  }
  choose(name) {
    this.chosen = name;
    const one = this.now;
    for (const card of this.find(".cards").children) {
      const on = card.dataset.name === name;
      card.setAttribute("aria-checked", on);
      card.tabIndex = on ? 0 : -1;
    }
    this.find(".left .year").textContent = one.year;
    this.find(".left .title").textContent = one.title;
    this.find(".idea").textContent = one.idea;
    this.find(".facts").innerHTML = one.facts.length
      ? one.facts
          .map(
            ([label, value]) => `<div><b>${escaped(value)}</b><span>${escaped(label)}</span></div>`,
          )
          .join("")
      : `<div class="locked">${escaped(this.words.locked)}</div>`;
    this.find(".leaves").innerHTML = `<b>${escaped(this.words.leaves)}</b> ${escaped(one.leaves)}`;
    const source = `${one.source} (${one.year})`;
    this.find(".source").innerHTML = one.url
      ? `<a href="${escaped(one.url)}" target="_blank" rel="noreferrer">${escaped(source)}</a>`
      : escaped(source);
    this.find(".what").textContent = one.figure.title;
    this.control(one.figure);
    this.tables();
    this.report("chosen", name);
    this.save();
    this.soon();
  }
  control(figure) {
    const [label, , exact] = this.find(".control").children,
      texts = figure.positions.some((p) => typeof p === "string");
    label.textContent = figure.control;
    this.slider.max = figure.positions.length - 1;
    this.slider.setAttribute("aria-label", figure.control);
    const make = document.createElement(texts ? "select" : "input");
    make.setAttribute("aria-label", `${figure.control}, as a ${texts ? "choice" : "number"}`);
    if (texts) {
      make.innerHTML = figure.positions
        .map((p, i) => `<option value="${i}">${escaped(p)}</option>`)
        .join("");
      make.onchange = () => this.move(Number(make.value));
    } else {
      make.type = "number";
      make.step = "any";
      make.min = figure.positions[0];
      make.max = figure.positions.at(-1);
      make.oninput = () =>
        make.value !== "" && this.move(this.nearest(figure.positions, Number(make.value)), true);
      make.onchange = () => this.soon();
      make.onkeydown = (event) => {
        // arrows go to the next position, however far it is
        const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (step) {
          event.preventDefault();
          this.move(this.at[this.chosen] + step);
        }
      };
    }
    exact.replaceChildren(make);
    this.exact = make;
  }
  nearest(positions, value) {
    let best = 0;
    positions.forEach((p, i) => {
      if (Math.abs(p - value) < Math.abs(positions[best] - value)) best = i;
    });
    return best;
  }
  move(index, typing = false) {
    this.at[this.chosen] = Math.min(Math.max(index, 0), this.now.figure.positions.length - 1);
    this.typing = typing;
    this.save();
    this.soon();
  }
  save() {
    const settings = { network: this.chosen };
    for (const one of this.exhibits) settings[`at${one.name}`] = this.at[one.name];
    this.keep.write(settings);
  }
  soon() {
    this.asked ??= window.event?.timeStamp ?? performance.now(); // read by benchmarks/zoo_drag.py
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }
  draw() {
    if (!this.root.clientWidth || !this.exhibits) return;
    const type = Math.max(16, parseFloat(getComputedStyle(this.root).fontSize));
    this.root.classList.toggle("tight", this.root.clientWidth < 50 * type);
    this.root.classList.toggle("wide", this.root.clientWidth > 80 * type);
    this.drawNetworks(type);
    const one = this.now,
      index = this.at[one.name];
    this.figure.show(one.figure, index, this.arrays, type);
    this.slider.value = index;
    this.slider.setAttribute("aria-valuetext", String(one.figure.positions[index]));
    if (!this.typing || this.root.getRootNode().activeElement !== this.exact)
      this.exact.value = this.exact.tagName === "SELECT" ? index : one.figure.positions[index];
    this.typing = false;
    this.root.draws += 1;
    this.root.shown = { network: one.name, index, sentence: one.figure.views[index].sentence }; // for the tests
    this.root.waits?.push(performance.now() - this.asked);
    this.asked = null;
  }
  drawNetworks(type) {
    const host = this.find(".drawing"),
      width = host.clientWidth,
      key = `${this.chosen} ${width} ${type} ${this.find(".card .mini").clientWidth}`;
    if (this.drawn === key) return;
    this.drawn = key;
    const one = this.now,
      drawing = new NetworkDrawing({
        items: one.outline,
        side: one.side,
        width,
        height: Math.round(type * 9),
        type,
        id: "zoo-big",
      });
    host.innerHTML = drawing.svg();
    host.setAttribute(
      "aria-label",
      `${one.title} for ${one.side} by ${one.side} pixels: ${this.layers(one.outline)
        .map(([, label]) => label)
        .join("; ")}.`,
    );
    this.find(".legend").innerHTML =
      `<span>${escaped(this.words.scale)}</span>${drawingLegend(drawing.kinds())}`;
    for (const card of this.find(".cards").children) {
      const own = this.exhibits.find((other) => other.name === card.dataset.name),
        mini = card.querySelector(".mini");
      mini.innerHTML = new NetworkDrawing({
        items: own.outline,
        side: own.side,
        width: mini.clientWidth,
        height: Math.round(type * 1.9),
        type: 0,
        id: `zoo-${own.name}`,
      }).svg();
    }
  }
  layers(items, where = "") {
    return items.flatMap((item, i) => {
      const inside = (item.b ?? []).flatMap((branch, b) =>
        this.layers(branch, item.b.length > 1 ? `branch ${b + 1}` : "in the block"),
      );
      return [...inside, [where, item.l]];
    });
  }
  tables() {
    const { figure, outline } = this.now,
      [one, two] = this.root.querySelectorAll(".words table");
    const names = [
      ...figure.lines.map((line) => line.name),
      ...figure.views[0].bars.map((bar, i) => (figure.lines.length ? bar[0] : `${i + 1}`)),
    ];
    const said = figure.lines.length === 0;
    one.tHead.innerHTML = `<tr><th scope="col">${escaped(figure.control)}</th>${said ? '<th scope="col">What is shown</th>' : names.map((n) => `<th scope="col">${escaped(n)}</th>`).join("")}</tr>`;
    one.tBodies[0].innerHTML = figure.views
      .map(
        (view, i) =>
          `<tr><th scope="row">${escaped(figure.positions[i])}</th>` +
          (said
            ? `<td>${view.bars.length ? escaped(view.bars.map((bar) => `${bar[0]}: ${bar[3]}`).join("; ")) : escaped(view.sentence)}</td>`
            : figure.lines
                .map((line) => `<td>${Number(line.values[i].toPrecision(3))}</td>`)
                .join("") + view.bars.map((bar) => `<td>${escaped(bar[3])}</td>`).join("")) +
          "</tr>",
      )
      .join("");
    two.tHead.innerHTML =
      '<tr><th scope="col">Layer</th><th scope="col">Where</th><th scope="col">What</th></tr>';
    two.tBodies[0].innerHTML = this.layers(outline)
      .map(
        ([where, label], i) =>
          `<tr><th scope="row">${i}</th><td>${escaped(where || "trunk")}</td><td>${escaped(label)}</td></tr>`,
      )
      .join("");
  }
  close() {
    this.observer.disconnect();
    this.keep?.close();
  }
}
export default function ({ data, parentElement, setStateValue }) {
  let zoo = ZOOS.get(parentElement);
  if (!zoo) {
    zoo = new Zoo(parentElement.querySelector(".zoo"));
    ZOOS.set(parentElement, zoo);
  }
  zoo.load(data, (name, value) => {
    if (value !== zoo.told) {
      zoo.told = value;
      setStateValue(name, value);
    }
  });
  return () => {
    zoo.close();
    ZOOS.delete(parentElement);
  };
}
