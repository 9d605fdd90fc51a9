// Draws what dashboard/lessons/home/picture.py computed: no number is made here but the
// products of one window with one kernel, which a browser test compares with the map's value.
const HEROES = new WeakMap();
const PER_SECOND = 340; // positions at normal speed: one sweep of 92 x 92 lasts 25 s
const EDGE = 3; // room for the outline of the selected map
const REST_S = 3; // how long the finished maps stay before the sweep begins anew
const SIGNED = new Intl.NumberFormat("en", {
  signDisplay: "exceptZero",
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const PLAY = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 4l13 8-13 8z"/></svg>';
const PAUSE =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 4h4v16H6zM14 4h4v16h-4z"/></svg>';

function signed(value) {
  return SIGNED.format(value).replace("-", "\u2212");
}

// Color of a share from 0 (lowest) to 1 (highest), between evenly spaced stops.
function colorOf(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((part, c) => part + (stops[low + 1][c] - part) * (at - low));
}

function raster(width, height, color) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = color(i);
    pixels.data.set([r, g, b, 255], 4 * i);
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

class Hero {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.context = this.canvas.getContext("2d");
    this.selected = 0;
    this.speed = 1;
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.canvas.frames = 0; // frames drawn, read by the browser tests
    this.seen = true;
    this.listen();
    this.watch();
  }

  load(bytes) {
    const { header, arrays } = unpack(bytes);
    [this.image, this.weights, this.maps] = arrays;
    this.header = header;
    this.size = this.image.shape[0];
    this.kernel = this.weights.shape[1];
    this.side = this.maps.shape[1];
    this.count = this.side * this.side;
    const first = this.position === undefined;
    if (first) this.position = Math.floor(this.count * 0.42);
    this.film = raster(this.size, this.size, (i) => [this.image[i], this.image[i], this.image[i]]);
    this.lit = header.kernels.map((_, f) =>
      raster(this.side, this.side, (i) => this.shade(this.maps[f * this.count + i])),
    );
    this.root.querySelector(".scrub").max = this.count - 1;
    this.root.querySelector("tbody").replaceChildren(
      ...header.kernels.map((kernel, f) => {
        const row = document.createElement("tr");
        const map = this.maps.subarray(f * this.count, (f + 1) * this.count);
        let low = Infinity,
          high = -Infinity;
        for (const value of map) {
          if (value < low) low = value;
          if (value > high) high = value;
        }
        for (const text of [kernel.name, kernel.source, "", signed(low), signed(high)]) {
          const cell = document.createElement("td");
          cell.textContent = text;
          row.append(cell);
        }
        return row;
      }),
    );
    this.layout();
    this.show();
  }

  shade(value) {
    return colorOf(this.header.activation, 0.5 + value / (2 * this.header.limit));
  }
  get row() {
    return Math.floor(Math.floor(this.position) / this.side);
  }
  get column() {
    return Math.floor(this.position) % this.side;
  }
  get value() {
    return this.maps[this.selected * this.count + Math.floor(this.position)];
  }

  // Where everything lies, in CSS pixels; the picture is as large as width and window allow.
  layout() {
    const width = Math.max(this.root.clientWidth, 240);
    const style = getComputedStyle(this.root);
    const get = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    this.colors = {
      text: get("--lb-text", "#e9ecef"),
      muted: get("--lb-muted", "#a9b3bd"),
      surface: get("--lb-surface", "#20252b"),
      border: get("--lb-border", "#3a424b"),
      accent: get("--lb-accent", "#7db8f0"),
      background: get("--lb-background", "#15181c"),
    };
    this.type = Math.max(16, Math.round(parseFloat(get("--lb-text-px", "17")) * 0.95));
    this.face = get("--st-font", "sans-serif");
    const line = Math.round(this.type * 1.4),
      gap = Math.round(this.type * 1.1);
    const wide = width >= 640;
    let height;
    if (wide) {
      const column = Math.round(Math.max(this.type * 6.6, width * 0.13));
      // Three maps and their names fill the height of the film: m = (s - 3 line - 2 gap/2) / 3.
      const film = Math.floor(
        Math.min((width - column - 3 * gap + 2 * line) / (1 + 2 / 3), innerHeight - 196),
      );
      const map = Math.floor((film - 3 * line) / 3);
      const used = film + column + 2 * map + 3 * gap;
      const left = Math.max(0, Math.floor((width - used) / 2));
      this.filmBox = { x: left, y: EDGE, side: film };
      this.columnBox = { x: left + film + gap, y: EDGE, width: column, height: film };
      this.mapBoxes = this.header.kernels.map((_, f) => ({
        x: left + film + column + 2 * gap + (f % 2) * (map + gap),
        y: EDGE + Math.floor(f / 2) * (map + line),
        side: map,
      }));
      height = film + 2 * EDGE;
    } else {
      const map = Math.floor((width - gap) / 2);
      this.filmBox = { x: 0, y: 0, side: width };
      this.columnBox = null;
      this.mapBoxes = this.header.kernels.map((_, f) => ({
        x: (f % 2) * (map + gap),
        y: width + gap + Math.floor(f / 2) * (map + line + 6),
        side: map,
      }));
      height = width + gap + Math.ceil(this.header.kernels.length / 2) * (map + line + 6);
    }
    this.line = line;
    const ratio = devicePixelRatio || 1;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.width = width;
    this.height = height;
    this.still = null;
    this.dirty = true;
  }

  // All that does not change from frame to frame, drawn once: names, frames, unlit maps.
  background() {
    const ratio = devicePixelRatio || 1;
    const still = document.createElement("canvas");
    still.width = this.canvas.width;
    still.height = this.canvas.height;
    const g = still.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.imageSmoothingEnabled = false;
    const { x, y, side } = this.filmBox;
    g.drawImage(this.film, x, y, side, side);
    g.font = `${this.type}px ${this.face}`;
    g.textBaseline = "middle";
    this.mapBoxes.forEach((box, f) => {
      g.fillStyle = this.colors.surface;
      g.fillRect(box.x, box.y, box.side, box.side);
      g.fillStyle = f === this.selected ? this.colors.text : this.colors.muted;
      g.font = `${f === this.selected ? 600 : 400} ${this.type}px ${this.face}`;
      g.fillText(this.header.kernels[f].name, box.x, box.y + box.side + this.line / 2, box.side);
    });
    return still;
  }

  draw() {
    const g = this.context;
    this.still ??= this.background();
    g.clearRect(0, 0, this.width, this.height);
    g.imageSmoothingEnabled = false;
    g.drawImage(this.still, 0, 0, this.width, this.height);
    this.drawWindow(g);
    this.mapBoxes.forEach((box, f) => this.drawMap(g, box, f));
    if (this.columnBox) this.drawColumn(g);
    this.canvas.frames += 1;
    this.dirty = false;
  }

  drawWindow(g) {
    const { x, y, side } = this.filmBox,
      pixel = side / this.size;
    const left = x + this.column * pixel,
      top = y + this.row * pixel,
      span = this.kernel * pixel;
    g.save();
    g.beginPath();
    g.rect(x, y, side, side);
    g.clip();
    // What was read already glows; what is still to come steps back.
    g.fillStyle = "rgb(10 12 15 / .42)";
    g.fillRect(x, top + span, side, side);
    g.fillRect(left + span, top, side, span);
    g.restore();
    g.save();
    g.shadowColor = this.colors.accent;
    g.shadowBlur = 14;
    g.strokeStyle = "#7db8f0";
    g.lineWidth = 3;
    g.strokeRect(left, top, span, span);
    g.restore();
  }

  drawMap(g, box, f) {
    const unit = box.side / this.side,
      top = box.y + this.row * unit;
    const map = this.lit[f];
    if (this.row > 0)
      g.drawImage(map, 0, 0, this.side, this.row, box.x, box.y, box.side, this.row * unit);
    g.drawImage(map, 0, this.row, this.column + 1, 1, box.x, top, (this.column + 1) * unit, unit);
    g.fillStyle = "#7db8f0";
    g.fillRect(box.x, top + unit, box.side, 1.5);
    if (f === this.selected) {
      g.strokeStyle = this.colors.accent;
      g.lineWidth = 3;
      g.strokeRect(box.x - 1.5, box.y - 1.5, box.side + 3, box.side + 3);
    }
  }

  // The one number being made: window times kernel, cell by cell, and its sum.
  drawColumn(g) {
    const { x, y, width, height } = this.columnBox,
      k = this.kernel,
      line = this.line;
    const grid = Math.floor(Math.min(width, (height - 6.6 * line) / 3) / k) * k,
      cell = grid / k;
    const start = this.selected * k * k;
    const products = [];
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        const pixel = this.image[(this.row + i) * this.size + this.column + j];
        products.push({
          pixel,
          weight: this.weights[start + i * k + j],
          product: (pixel / 255) * this.weights[start + i * k + j],
        });
      }
    // Read by a browser test: the drawn products add up to the map that Python computed.
    this.canvas.shown = {
      sum: products.reduce((sum, entry) => sum + entry.product, 0),
      value: this.value,
    };
    const strongest = Math.max(...this.weights.subarray(start, start + k * k).map(Math.abs));
    const rows = [
      ["window", ({ pixel }) => [pixel, pixel, pixel]],
      [
        "\u00d7 kernel",
        ({ weight }) => colorOf(this.header.weight, 0.5 + weight / (2 * strongest)),
      ],
      [
        "= products",
        ({ product }) => colorOf(this.header.activation, 0.5 + product / (2 * strongest)),
      ],
    ];
    g.textBaseline = "middle";
    let top = y;
    for (const [name, color] of rows) {
      g.font = `${this.type}px ${this.face}`;
      g.fillStyle = this.colors.muted;
      g.fillText(name, x, top + line / 2, width);
      products.forEach((entry, i) => {
        g.fillStyle = `rgb(${color(entry).map(Math.round).join(" ")})`;
        g.fillRect(x + (i % k) * cell, top + line + Math.floor(i / k) * cell, cell - 1, cell - 1);
      });
      g.strokeStyle = this.colors.border;
      g.lineWidth = 1;
      g.strokeRect(x - 0.5, top + line - 0.5, grid, grid);
      top += line + grid + line * 0.25;
    }
    g.fillStyle = this.colors.muted;
    g.fillText("sum", x, top + line / 2);
    g.fillStyle = this.colors.text;
    g.font = `600 ${Math.round(this.type * 1.3)}px ${this.face}`;
    g.textAlign = "right";
    g.fillText(signed(this.value), x + grid, top + line / 2);
    g.textAlign = "left";
    this.drawScale(g, x, y + height - line * 1.5, grid);
  }

  drawScale(g, x, y, width) {
    const stops = this.header.activation,
      bar = g.createLinearGradient(x, 0, x + width, 0);
    stops.forEach((c, i) => bar.addColorStop(i / (stops.length - 1), `rgb(${c.join(" ")})`));
    g.fillStyle = bar;
    g.fillRect(x, y, width, this.line * 0.45);
    g.fillStyle = this.colors.muted;
    g.font = `${this.type}px ${this.face}`;
    const limit = this.header.limit.toFixed(1);
    g.fillText(`\u2212${limit}`, x, y + this.line);
    g.textAlign = "center";
    g.fillText("0", x + width / 2, y + this.line);
    g.textAlign = "right";
    g.fillText(`+${limit}`, x + width, y + this.line);
    g.textAlign = "left";
  }

  // Words beside the picture: the readout always, the table while it is open.
  show() {
    const place = `Row ${this.row + 1}, column ${this.column + 1} of ${this.side}`;
    const name = this.header.kernels[this.selected].name;
    const readout = this.root.querySelector(".readout");
    const value = document.createElement("b");
    value.textContent = signed(this.value);
    readout.replaceChildren(`${place}. ${name}: window times kernel adds up to `, value, ".");
    this.root.querySelector(".scrub").value = Math.floor(this.position);
    const { title, origin, limit } = this.header;
    const words =
      `${title}, ${this.size} by ${this.size} pixels. ${origin} Each window of ` +
      `${this.kernel} by ${this.kernel} pixels becomes one point in each of ${this.header.kernels.length} ` +
      `feature maps; blue is positive, red negative, white zero, all maps from \u2212${limit.toFixed(2)} to +${limit.toFixed(2)}.`;
    if (this.canvas.getAttribute("aria-label") !== words) {
      this.canvas.setAttribute("aria-label", words);
      this.root.querySelector(".twin").textContent = words;
    }
    if (this.root.querySelector("details").open)
      this.root.querySelectorAll("tbody tr").forEach((row, f) => {
        row.children[2].textContent = signed(this.maps[f * this.count + Math.floor(this.position)]);
      });
    const button = this.root.querySelector(".play"),
      label = this.playing ? "Pause" : "Play";
    if (button.getAttribute("aria-label") !== label) button.setAttribute("aria-label", label);
    if (button.dataset.shows !== label) {
      button.dataset.shows = label;
      button.innerHTML = this.playing ? PAUSE : PLAY;
    }
    // A screen reader hears each place when a person steps, not sixty a second.
    readout.setAttribute("aria-live", this.playing ? "off" : "polite");
  }

  go(position) {
    this.position = Math.min(Math.max(position, 0), this.count - 1);
    this.rest = 0;
    this.dirty = true;
    this.show();
  }

  pause() {
    this.playing = false;
  }
  step(by) {
    this.pause();
    this.go(Math.floor(this.position) + by);
  }
  toggle() {
    this.playing = !this.playing;
    if (this.playing && this.position >= this.count - 1) this.position = 0;
    this.show();
  }

  select(f) {
    this.selected = f;
    this.still = null;
    this.dirty = true;
    this.show();
  }

  tick(now) {
    this.raf = requestAnimationFrame((time) => this.tick(time));
    // A tab that slept must not leap ahead: at most a tenth of a second counts.
    const passed = Math.min((now - (this.last ?? now)) / 1000, 0.1);
    this.last = now;
    if (!this.header || !this.seen) return;
    if (this.playing) this.advance(passed);
    if (this.playing || this.dirty) this.draw();
  }

  advance(seconds) {
    if (this.position >= this.count - 1) {
      this.rest = (this.rest || 0) + seconds;
      if (this.rest < REST_S) return;
      this.rest = 0;
      this.position = 0;
    }
    this.position = Math.min(this.position + seconds * PER_SECOND * this.speed, this.count - 1);
    // Text ten times a second is enough to read and leaves the frame to the canvas.
    this.sinceShown = (this.sinceShown || 0) + seconds;
    if (this.sinceShown > 0.1) {
      this.sinceShown = 0;
      this.show();
    }
  }

  listen() {
    const on = (selector, type, action) =>
      this.root.querySelector(selector).addEventListener(type, action);
    on(".play", "click", () => this.toggle());
    on(".back", "click", () => this.step(-1));
    on(".next", "click", () => this.step(1));
    on(".scrub", "input", (event) => {
      this.pause();
      this.go(Number(event.target.value));
    });
    on(".speed", "change", (event) => {
      this.speed = Number(event.target.value);
    });
    on("details", "toggle", () => this.show());
    on("canvas", "keydown", (event) => this.key(event));
    let held = false;
    on("canvas", "pointerdown", (event) => {
      held = this.press(event);
    });
    on("canvas", "pointermove", (event) => {
      if (held && event.buttons) this.press(event);
    });
    on("canvas", "pointerup", () => {
      held = false;
    });
  }

  // Pressing on the film puts the kernel there; on a map, selects it. Returns whether to follow.
  press(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left,
      y = event.clientY - box.top;
    const map = this.mapBoxes.findIndex(
      (m) => x >= m.x && x < m.x + m.side && y >= m.y && y < m.y + m.side + this.line,
    );
    if (map >= 0) {
      if (event.type === "pointerdown") this.select(map);
      return false;
    }
    const film = this.filmBox;
    if (x < film.x || x > film.x + film.side || y > film.side) return false;
    const within = (value) =>
      Math.min(Math.max(Math.round(value - this.kernel / 2), 0), this.side - 1);
    const pixel = film.side / this.size;
    this.pause();
    this.go(within((y - film.y) / pixel) * this.side + within((x - film.x) / pixel));
    return true;
  }

  key(event) {
    const kernels = this.header.kernels.length;
    const actions = {
      " ": () => this.toggle(),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      ArrowUp: () => this.step(-this.side),
      ArrowDown: () => this.step(this.side),
      Home: () => this.step(-this.count),
      End: () => this.step(this.count),
      PageDown: () => this.select((this.selected + 1) % kernels),
      PageUp: () => this.select((this.selected + kernels - 1) % kernels),
    };
    const action = actions[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  watch() {
    this.resized = new ResizeObserver(() => {
      if (this.header) this.layout();
    });
    this.resized.observe(this.root);
    this.visible = new IntersectionObserver(([entry]) => {
      this.seen = entry.isIntersecting;
    });
    this.visible.observe(this.canvas);
    this.onWindow = () => {
      if (this.header) this.layout();
    };
    addEventListener("resize", this.onWindow);
    // The theme lives in CSS variables; a switch sends no event.
    this.themes = setInterval(() => {
      const style = getComputedStyle(this.root);
      const look =
        style.getPropertyValue("--lb-background") + style.getPropertyValue("--lb-text-px");
      if (this.header && this.look !== undefined && look !== this.look) this.layout();
      this.look = look;
    }, 400);
    this.raf = requestAnimationFrame((time) => this.tick(time));
  }

  close() {
    cancelAnimationFrame(this.raf);
    clearInterval(this.themes);
    this.resized.disconnect();
    this.visible.disconnect();
    removeEventListener("resize", this.onWindow);
  }
}

export default function ({ data, parentElement }) {
  let hero = HEROES.get(parentElement);
  if (!hero) {
    hero = new Hero(parentElement.querySelector(".hero"));
    HEROES.set(parentElement, hero);
  }
  hero.load(data);
  return () => {
    hero.close();
    HEROES.delete(parentElement);
  };
}
