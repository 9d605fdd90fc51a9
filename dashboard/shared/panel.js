// One chart as SVG text: axes, curves clipped to the frame, names at the ends of the lines.
function niceTicks(low, high, most) {
  const raw = (high - low) / most,
    power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((n) => n * power >= raw) * power;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    ticks.push(k * step);
  return ticks;
}
// Places for labels near their wishes, at least `gap` apart, inside low..high.
function spread(wishes, gap, low, high) {
  const order = wishes.map((wish, i) => [wish, i]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const placed = order.map(([wish]) => wish);
  for (let i = 0; i < placed.length; i++)
    placed[i] = Math.max(placed[i], i ? placed[i - 1] + gap : low);
  for (let i = placed.length - 1, limit = high; i >= 0; i--, limit = placed[i + 1] - gap)
    placed[i] = Math.min(placed[i], limit);
  const result = [];
  order.forEach(([, i], k) => {
    result[i] = placed[k];
  });
  return result;
}
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
class Panel {
  // options: width, height, type (px), x: [left, right], y: [low, high], log, title, xTitle, margin (right, px)
  constructor(options) {
    Object.assign(this, options);
    const { type } = this;
    this.left = type * 3.2;
    this.right = this.width - this.margin;
    this.top = type * 2.1;
    this.bottom = this.height - type * 3;
    this.parts = [];
    this.over = [];
    this.ends = [];
  }
  px(x) {
    return this.left + ((x - this.x[0]) / (this.x[1] - this.x[0])) * (this.right - this.left);
  }
  py(y) {
    const to = (v) => (this.log ? Math.log10(v) : v);
    return (
      this.bottom -
      ((to(y) - to(this.y[0])) / (to(this.y[1]) - to(this.y[0]))) * (this.bottom - this.top)
    );
  }
  xOf(pixel) {
    return this.x[0] + ((pixel - this.left) / (this.right - this.left)) * (this.x[1] - this.x[0]);
  }
  clampY(y) {
    return Math.min(Math.max(this.py(y), this.top), this.bottom);
  }
  axes(xTicks, yTicks, say = (v) => fixed(v, Number.isInteger(v) ? 0 : 1)) {
    const out = [],
      edge = "stroke='var(--lb-border)' stroke-width='1'";
    const font = `font-size='${this.type}' fill='var(--lb-muted)'`;
    for (const x of xTicks) {
      const at = this.px(x);
      out.push(
        `<path d='M${at} ${this.top}V${this.bottom}' ${edge}/><text x='${at}' y='${this.bottom + this.type * 1.2}' text-anchor='middle' ${font}>${say(x)}</text>`,
      );
    }
    for (const y of yTicks) {
      const at = this.py(y);
      out.push(
        `<path d='M${this.left} ${at}H${this.right}' ${edge}/><text x='${this.left - 7}' y='${at + this.type * 0.35}' text-anchor='end' ${font}>${this.log ? tenTo(y) : say(y)}</text>`,
      );
    }
    out.push(
      `<text x='${(this.left + this.right) / 2}' y='${this.bottom + this.type * 2.5}' text-anchor='middle' ${font}>${escaped(this.xTitle)}</text>`,
    );
    out.push(
      `<text x='${this.left}' y='${this.type * 1.2}' font-weight='600' font-size='${this.type}' fill='var(--lb-text)'>${escaped(this.title)}</text>`,
    );
    this.parts.push(out.join(""));
  }
  // points: [x, y] in data units, null breaks the line; `end` names it at its right end.
  line(points, { color, dash = "", width = 2.5, end = null, strong = false, opacity = 1 }) {
    let path = "",
      pen = "M",
      last = null;
    const far = 20 * this.height;
    for (const point of points) {
      if (!point) {
        pen = "M";
        continue;
      }
      last = point;
      path += `${pen}${this.px(point[0]).toFixed(1)} ${Math.min(Math.max(this.py(point[1]), -far), far).toFixed(1)}`;
      pen = "L";
    }
    this.parts.push(
      `<path d='${path}' clip-path='url(#${this.id})' fill='none' stroke='${color}' stroke-width='${width}' stroke-dasharray='${dash}' stroke-linejoin='round' opacity='${opacity}'/>`,
    );
    if (end && last) {
      const leaves = last[1] > this.y[1] || last[1] < this.y[0];
      this.ends.push({
        x: this.px(last[0]),
        y: this.clampY(last[1]),
        text: leaves ? `${end} ${last[1] > 0 ? "\u2191" : "\u2193"}` : end,
        color,
        strong,
        leaves,
      });
    }
  }
  dot(x, y, color, radius) {
    if (this.py(y) < this.top - 1 || this.py(y) > this.bottom + 1) return;
    this.over.push(
      `<circle cx='${this.px(x)}' cy='${this.py(y)}' r='${radius}' fill='${color}' stroke='var(--lb-background)' stroke-width='2'/>`,
    );
  }
  svg() {
    const gap = this.type * 1.28;
    const places = spread(
      this.ends.map((end) => end.y),
      gap,
      this.top + gap / 4,
      this.bottom,
    );
    const names = this.ends.map((end, i) => {
      const x = this.right + 22,
        y = places[i];
      return (
        (end.leaves
          ? ""
          : `<path d='M${end.x + 3} ${end.y}L${x - 4} ${y}' stroke='${end.color}' stroke-width='1.5' fill='none'/>`) +
        `<text x='${x}' y='${y + this.type * 0.35}' font-size='${this.type}' font-weight='${end.strong ? 700 : 400}' fill='${end.color}'>${escaped(end.text)}</text>`
      );
    });
    return (
      `<svg viewBox='0 0 ${this.width} ${this.height}' width='${this.width}' height='${this.height}' aria-hidden='true'>` +
      `<defs><clipPath id='${this.id}'><rect x='${this.left}' y='${this.top}' width='${this.right - this.left}' height='${this.bottom - this.top}'/></clipPath></defs>` +
      `${this.parts.join("")}${names.join("")}${this.over.join("")}</svg>`
    );
  }
}
function tenTo(value) {
  const power = Math.round(Math.log10(value));
  const raised = String(power).replace(/[-0-9]/g, (c) =>
    c === "-" ? "\u207b" : "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"[c],
  );
  return `10${raised}`;
}
