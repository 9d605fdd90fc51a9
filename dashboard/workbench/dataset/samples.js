// Draws the images it was given and reports two things: the page wanted and the image opened
// (and, with sliders, their values while they are dragged, one request in flight at a time).
const WALLS = new WeakMap();
const MARKS = {
  // the shape says the class as much as the color does
  triangle: (g, x, y, r) => {
    g.moveTo(x, y - r);
    g.lineTo(x + r, y + r * 0.8);
    g.lineTo(x - r, y + r * 0.8);
    g.closePath();
  },
  circle: (g, x, y, r) => g.arc(x, y, r * 0.9, 0, 2 * Math.PI),
  square: (g, x, y, r) => g.rect(x - r * 0.8, y - r * 0.8, 1.6 * r, 1.6 * r),
  diamond: (g, x, y, r) => {
    g.moveTo(x, y - r);
    g.lineTo(x + r, y);
    g.lineTo(x, y + r);
    g.lineTo(x - r, y);
    g.closePath();
  },
};

class Wall {
  constructor(root, report) {
    this.root = root;
    this.report = report;
    this.canvas = root.querySelector("canvas");
    this.cursor = 0;
    this.listen();
    this.resized = new ResizeObserver(() => {
      if (this.header && root.clientWidth !== this.width) this.layout();
    });
    this.resized.observe(root);
    this.themes = setInterval(() => this.followTheme(), 400);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    const turned = this.header && this.header.page !== header.page;
    this.header = header;
    this.side = arrays[0].shape[1] || 1;
    this.films = header.tiles.map((_, n) => this.film(arrays[0], n));
    if (turned || this.cursor >= header.tiles.length)
      this.cursor = this.landAtEnd && turned ? header.tiles.length - 1 : 0;
    this.landAtEnd = false;
    this.root.classList.remove("waiting");
    this.words();
    this.sliders();
    this.layout();
    this.settle();
  }

  film(images, n) {
    const side = this.side,
      canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pixels = new ImageData(side, side),
      start = n * side * side;
    for (let i = 0; i < side * side; i++) {
      const value = images[start + i];
      pixels.data.set([value, value, value, 255], 4 * i);
    }
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  }

  words() {
    const { tiles, page, pages, total, first, boxed, opens, title } = this.header;
    this.find(".bar").hidden = !opens && !boxed;
    for (const name of [".previous", ".next"]) this.find(name).hidden = pages <= 1;
    this.find(".previous").disabled = page <= 0;
    this.find(".next").disabled = page >= pages - 1;
    this.find(".count").textContent = opens
      ? `${(first + 1).toLocaleString("en")} to ${(first + tiles.length).toLocaleString("en")} of ${total.toLocaleString("en")}`
      : "";
    this.find(".boxes").hidden = !boxed;
    this.canvas.setAttribute(
      "aria-label",
      `${title}: ${tiles.map((tile) => `${tile.id} ${tile.label}`).join(", ")}`,
    );
    this.find("tbody").replaceChildren(
      ...tiles.map((tile) => {
        const row = document.createElement("tr");
        for (const text of [tile.id, tile.label, tile.words]) {
          const cell = document.createElement("td");
          cell.textContent = text;
          row.append(cell);
        }
        return row;
      }),
    );
  }

  layout() {
    const style = getComputedStyle(this.root);
    const get = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    this.colors = {
      text: get("--lb-text", "#e9ecef"),
      muted: get("--lb-muted", "#a9b3bd"),
      accent: get("--lb-accent", "#7db8f0"),
      reference: get("--lb-reference", "#ff6f9f"),
      other: get("--lb-other", "#2bbfae"),
      training: get("--lb-training", "#3d9fdd"),
      validation: get("--lb-validation", "#ee6a4a"),
    };
    this.type = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17")) * 0.95));
    this.face = get("--st-font", "sans-serif");
    this.look = get("--lb-background", "") + get("--lb-text-px", "");
    this.width = Math.max(this.root.clientWidth, 120);
    const wanted = Math.max(this.header.tile, this.type * 5.3),
      gap = 8;
    const fits = (columns) => (this.width - gap * (columns - 1)) / columns >= wanted;
    // Divisors of a full page, so that its last row is full too.
    const offered = this.header.columns ? [this.header.columns, 2] : [24, 16, 12, 8, 6, 4, 3, 2];
    this.columns = offered.find(fits) || 1;
    this.cell = (this.width - gap * (this.columns - 1)) / this.columns;
    if (this.header.columns) this.cell = Math.min(this.cell, this.header.largest || this.cell);
    this.line = Math.round(this.type * 1.5);
    const rows = Math.max(1, Math.ceil(this.header.tiles.length / this.columns));
    this.height = Math.ceil(rows * (this.cell + this.line + gap) + 4);
    this.gap = gap;
    const ratio = devicePixelRatio || 1;
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
  }

  place(n) {
    return {
      x: (n % this.columns) * (this.cell + this.gap),
      y: 2 + Math.floor(n / this.columns) * (this.cell + this.line + this.gap),
    };
  }

  draw() {
    const g = this.canvas.getContext("2d"),
      boxes = this.find(".boxes input").checked;
    g.clearRect(0, 0, this.width, this.height);
    g.font = `${this.type}px ${this.face}`;
    g.textBaseline = "middle";
    g.imageSmoothingEnabled = this.cell < this.side;
    this.header.tiles.forEach((tile, n) => {
      const { x, y } = this.place(n),
        cell = this.cell,
        middle = y + cell + this.line / 2;
      g.drawImage(this.films[n], x, y, cell, cell);
      if (boxes) this.drawBoxes(g, tile.boxes, x, y);
      g.beginPath();
      MARKS[tile.mark](g, x + this.type * 0.45, middle, this.type * 0.38);
      if (tile.filled) {
        g.fillStyle = this.colors[tile.color];
        g.fill();
      } else {
        g.strokeStyle = this.colors[tile.color];
        g.lineWidth = 2;
        g.stroke();
      }
      g.fillStyle = this.colors.text;
      g.fillText(this.short(g, tile.label, cell - this.type * 1.25), x + this.type * 1.2, middle);
      if (n === this.cursor && this.inside) {
        g.strokeStyle = this.colors.accent;
        g.lineWidth = 3;
        g.strokeRect(x + 1.5, y + 1.5, cell - 3, cell - 3);
      }
    });
    this.say();
  }

  drawBoxes(g, boxes, x, y) {
    const scale = this.cell / this.side;
    for (const [left, top, width, height] of boxes) {
      const box = [
        x + left * scale - 1,
        y + top * scale - 1,
        width * scale + 2,
        height * scale + 2,
      ];
      // Dark under bright: the frame is seen on bone and on background.
      g.lineWidth = 4;
      g.strokeStyle = "rgb(0 0 0 / .7)";
      g.strokeRect(...box);
      g.lineWidth = 2;
      g.strokeStyle = "#ffd166";
      g.strokeRect(...box);
    }
  }

  short(g, text, room) {
    if (g.measureText(text).width <= room) return text;
    let end = text.length;
    while (end > 1 && g.measureText(`${text.slice(0, end)}\u2026`).width > room) end -= 1;
    return `${text.slice(0, end)}\u2026`;
  }

  say() {
    const readout = this.find(".readout"),
      tile = this.header.tiles[this.cursor];
    if (!tile || !this.inside) {
      readout.textContent = this.header.hint;
      return;
    }
    const name = document.createElement("b");
    name.textContent = tile.id;
    readout.replaceChildren(name, `: ${tile.label}${tile.words ? `, ${tile.words}` : ""}`);
  }

  turn(by) {
    const page = this.header.page + by;
    if (page < 0 || page >= this.header.pages) return;
    this.landAtEnd = false;
    this.root.classList.add("waiting");
    this.report("page", { number: page, at: Date.now() });
  }

  move(by) {
    const to = this.cursor + by,
      last = this.header.tiles.length - 1;
    if (to < 0 || to > last) {
      if (Math.abs(by) === 1) {
        this.turn(by);
        this.landAtEnd = by < 0;
      }
      return;
    }
    this.cursor = to;
    this.draw();
    this.follow();
  }

  // Keep the image that the keyboard is on inside the window.
  follow() {
    const top = this.canvas.getBoundingClientRect().top + this.place(this.cursor).y;
    const over = top + this.cell + this.line - innerHeight + 8,
      under = 76 - top;
    const page = document.querySelector(".stMain") || document.scrollingElement;
    if (over > 0) page.scrollBy(0, over);
    else if (under > 0) page.scrollBy(0, -under);
  }

  open() {
    const tile = this.header.tiles[this.cursor];
    if (!tile || !this.header.opens) return;
    // The time makes a second opening of the same image a new value.
    this.report("opened", { id: tile.id, at: Date.now() });
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / (this.cell + this.gap));
    const row = Math.floor((event.clientY - box.top) / (this.cell + this.line + this.gap));
    const n = row * this.columns + column;
    return column < this.columns && n >= 0 && n < this.header.tiles.length ? n : -1;
  }

  listen() {
    const on = (selector, type, action) => this.find(selector).addEventListener(type, action);
    on(".previous", "click", () => this.turn(-1));
    on(".next", "click", () => this.turn(1));
    on(".boxes input", "change", () => this.draw());
    on("canvas", "pointermove", (event) => {
      const n = this.at(event);
      if (n >= 0 && (n !== this.cursor || !this.inside)) {
        this.cursor = n;
        this.inside = true;
        this.draw();
      }
    });
    on("canvas", "pointerleave", () => {
      this.inside = this.root.getRootNode().activeElement === this.canvas;
      this.draw();
    });
    on("canvas", "focus", () => {
      this.inside = true;
      this.draw();
    });
    on("canvas", "blur", () => {
      this.inside = false;
      this.draw();
    });
    on("canvas", "click", (event) => {
      const n = this.at(event);
      if (n >= 0) {
        this.cursor = n;
        this.open();
      }
    });
    on("canvas", "keydown", (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      ArrowLeft: () => this.move(-1),
      ArrowRight: () => this.move(1),
      ArrowUp: () => this.move(-this.columns),
      ArrowDown: () => this.move(this.columns),
      PageUp: () => this.turn(-1),
      PageDown: () => this.turn(1),
      Home: () => this.move(-this.cursor),
      End: () => this.move(this.header.tiles.length - 1 - this.cursor),
      Enter: () => this.open(),
      " ": () => this.open(),
      b: () => {
        const box = this.find(".boxes input");
        box.checked = !box.checked;
        this.draw();
      },
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  sliders() {
    const place = this.find(".sliders"),
      wanted = this.header.sliders || [];
    place.hidden = wanted.length === 0;
    if (place.children.length === wanted.length) return; // built once: a drag goes on undisturbed
    place.replaceChildren(...wanted.map((slider) => this.slider(slider)));
  }

  slider({ name, label, help, value }) {
    const part = document.createElement("div");
    part.className = "slider";
    part.innerHTML =
      '<label></label><input type="range" min="0" max="1" step="0.05">' +
      '<input type="number" min="0" max="1" step="0.05">';
    const [title, range, number] = part.children;
    part.title = help;
    range.setAttribute("aria-description", help);
    range.id = `slider-${name}`;
    title.htmlFor = range.id;
    title.textContent = label;
    number.setAttribute("aria-label", `${label}, as a number`);
    number.value = value.toFixed(2);
    range.value = value;
    this.values = { ...(this.values || {}), [name]: value };
    const set = (text) => {
      const chosen = Math.min(Math.max(Number(text) || 0, 0), 1);
      number.value = chosen.toFixed(2);
      range.value = chosen;
      this.values = { ...this.values, [name]: chosen };
      this.ask();
    };
    range.addEventListener("input", () => set(range.value));
    number.addEventListener("change", () => set(number.value));
    return part;
  }

  ask() {
    if (this.asked) return; // its answer will look at the values again
    this.asked = JSON.stringify(this.values);
    this.report("values", this.values);
  }

  settle() {
    const asked = this.asked;
    this.asked = null;
    if (asked && asked !== JSON.stringify(this.values)) this.ask();
  }

  followTheme() {
    if (!this.header) return;
    const style = getComputedStyle(this.root);
    const look =
      style.getPropertyValue("--lb-background").trim() +
      style.getPropertyValue("--lb-text-px").trim();
    if (look !== this.look) this.layout();
  }

  close() {
    clearInterval(this.themes);
    this.resized.disconnect();
  }
}

export default function ({ data, parentElement, setStateValue }) {
  let wall = WALLS.get(parentElement);
  if (!wall) {
    wall = new Wall(parentElement.querySelector(".wall"), setStateValue);
    WALLS.set(parentElement, wall);
  }
  wall.report = setStateValue;
  wall.load(data);
  return () => {
    wall.close();
    WALLS.delete(parentElement);
  };
}
