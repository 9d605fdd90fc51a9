// The idea of a network as a figure: whatever there is of pictures, curves and bars at one position.
const ROLE_LOOKS = {
  old: { color: "var(--lb-muted)", dash: "7 5" },
  new: { color: "var(--lb-accent)", dash: "" },
  part: { color: "var(--lb-accent)", dash: "2 4" },
  plain: { color: "var(--lb-text)", dash: "2 5" },
};
const OLD_DASHES = ["7 5", "2 4", "12 4 2 4"];
class IdeaFigure {
  constructor(root) {
    this.root = root;
    this.find = (query) => root.querySelector(query);
  }
  show(figure, index, arrays, type) {
    const view = figure.views[index];
    this.pictures(view.pictures, arrays, type);
    this.lines(figure, index, type);
    this.bars(figure, view);
    this.find(".figure").setAttribute("aria-label", `${figure.title}. ${view.sentence}`);
    this.find(".formula").textContent = view.formula;
    this.find(".sentence").textContent = view.sentence;
  }
  pictures(pictures, arrays, type) {
    const host = this.find(".pictures"),
      count = pictures.length;
    host.hidden = !count;
    while (host.children.length > count) host.lastChild.remove();
    while (host.children.length < count)
      host.insertAdjacentHTML(
        "beforeend",
        "<figure><figcaption></figcaption><canvas></canvas><small></small></figure>",
      );
    if (!count) return;
    const side = Math.floor(Math.min(11 * type, (host.clientWidth - (count - 1) * 10) / count));
    pictures.forEach((picture, i) => {
      const cell = host.children[i],
        canvas = cell.querySelector("canvas"),
        array = arrays[picture.array];
      cell.style.width = `${side}px`;
      cell.querySelector("figcaption").textContent = picture.title;
      cell.querySelector("small").textContent = picture.note;
      paint(canvas, array, side, picture.numbers, type);
    });
  }
  lines(figure, index, type) {
    const host = this.find(".lines");
    host.hidden = !figure.lines.length;
    if (host.hidden) return host.replaceChildren();
    const values = figure.lines
      .flatMap((line) => line.values)
      .filter((v) => !figure.logarithmic || v > 0);
    const numbers = figure.positions.map(Number),
      [low, high] = [Math.min(...values), Math.max(...values)];
    const y = figure.logarithmic
      ? [10 ** Math.floor(Math.log10(low)), 10 ** Math.ceil(Math.log10(high) + 0.2)]
      : [Math.min(0, low), high * 1.08];
    const longest = Math.max(...figure.lines.map((line) => line.name.length));
    const panel = new Panel({
      id: "zoo-lines",
      width: host.clientWidth,
      height: Math.round(type * (figure.views[0].pictures.length ? 10.5 : 13.5)),
      type,
      x: [numbers[0], numbers.at(-1)],
      y,
      log: figure.logarithmic,
      title: figure.axis,
      xTitle: figure.control,
      margin: type * 0.6 * longest + 26,
    });
    const decades = () => {
      const step = Math.ceil(Math.log10(y[1] / y[0]) / 5),
        ticks = [];
      for (let p = Math.log10(y[0]); p <= Math.log10(y[1]) + 1e-9; p += step)
        ticks.push(10 ** Math.round(p));
      return ticks;
    };
    panel.axes(
      niceTicks(...panel.x, 6).filter((x) => x >= panel.x[0]),
      figure.logarithmic ? decades() : niceTicks(...y, 5),
      (v) => String(Number(v.toPrecision(3))).replace("-", "\u2212"),
    );
    panel.parts.push(
      `<path d='M${panel.px(numbers[index])} ${panel.top}V${panel.bottom}' stroke='var(--lb-text)' stroke-width='1.5' stroke-dasharray='3 4'/>`,
    );
    let olds = 0;
    const size = parseFloat(getComputedStyle(this.root).getPropertyValue("--zoo-line")) || 2.5;
    figure.lines.forEach((line) => {
      const look = { ...ROLE_LOOKS[line.role] },
        strong = line.role === "new";
      if (line.role === "old") look.dash = OLD_DASHES[olds++ % OLD_DASHES.length];
      const points = line.values.flatMap((v, i) =>
        line.jumps && i && v !== line.values[i - 1]
          ? [null, [numbers[i - 1], v], [numbers[i], v]]
          : [[numbers[i], v]],
      );
      panel.line(points, {
        color: look.color,
        dash: look.dash,
        width: strong ? size * 1.5 : size,
        end: line.name,
        strong,
      });
      panel.dot(numbers[index], line.values[index], look.color, strong ? 7 : 5);
    });
    host.innerHTML = panel.svg();
  }
  bars(figure, view) {
    const host = this.find(".bars"),
      hidden = figure.logarithmic && figure.lines.length > 0;
    host.hidden = hidden || !view.bars.length;
    if (host.hidden) return host.replaceChildren();
    const share = (value) =>
      100 *
      (figure.logarithmic
        ? Math.log10(Math.max(1, value)) / Math.log10(figure.highest)
        : value / figure.highest);
    const rows = view.bars.map(
      ([label, value, role, shown]) =>
        `<div class="bar ${role}"><span>${escaped(label)}</span><b>${escaped(shown)}</b><i><u style="width:${Math.max(0.4, share(value)).toFixed(2)}%"></u></i></div>`,
    );
    host.classList.toggle("many", view.bars.length > 5);
    host.innerHTML =
      rows.join("") +
      (figure.logarithmic
        ? "<small>Bars by powers of ten: equal steps mean equal factors.</small>"
        : "");
  }
}
function unscaled(array, width, height) {
  const canvas = new OffscreenCanvas(width, height),
    pen = canvas.getContext("2d"),
    image = pen.createImageData(width, height),
    to = image.data;
  for (let i = 0, from = 0; i < to.length; i += 4, from += 3) {
    to[i] = array[from];
    to[i + 1] = array[from + 1];
    to[i + 2] = array[from + 2];
    to[i + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
  return canvas;
}
function paint(canvas, array, side, numbers, type) {
  const [height, width] = array.shape,
    ratio = devicePixelRatio || 1,
    key = `${side} ${ratio}`;
  if (canvas.sent === array && canvas.key === key) return;
  canvas.sent = array;
  canvas.key = key;
  canvas.style.width = canvas.style.height = `${side}px`;
  canvas.width = canvas.height = Math.round(side * ratio);
  const small = (array.small ??= unscaled(array, width, height));
  const big = canvas.getContext("2d");
  big.imageSmoothingEnabled = false;
  big.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (!numbers.length) return;
  const cell = canvas.width / width,
    font = Math.min(cell * 0.5, type * ratio);
  if (font >= 16 * ratio) {
    big.font = `${font}px sans-serif`;
    big.textAlign = "center";
    big.textBaseline = "middle";
    numbers.forEach((number, i) => {
      const light = 0.3 * array[3 * i] + 0.59 * array[3 * i + 1] + 0.11 * array[3 * i + 2] > 128;
      big.fillStyle = light ? "#000" : "#fff";
      big.fillText(number, ((i % width) + 0.5) * cell, (Math.floor(i / width) + 0.5) * cell);
    });
  }
  big.strokeStyle = "#fff";
  big.lineWidth = 2 * ratio;
  for (let reach = 1; 2 * reach + 1 < width; reach++) {
    // the windows of the layers between
    const from = ((width - 1) / 2 - reach) * cell;
    big.strokeRect(from, from, (2 * reach + 1) * cell, (2 * reach + 1) * cell);
  }
}
