// Draws what dashboard/workbench/train/figure.py decided. The node stays for the life of the page, every
// update goes through Plotly.react, and a range that a person chose is kept until they let go.

import { drawn } from "../../browser/loop.js";
import { addBaseline, addBest, addChange } from "./marks.js";

const SCRIPT_URL = "app/static/plotly.min.js";
const BOLD = 0.56; // width of a letter of a title, as a share of its height
/** @type {Promise<any> | undefined} */
let loading;

function loadPlotly() {
  loading ??= new Promise((resolve, reject) => {
    const known = /** @type {any} */ (window).Plotly;
    if (known) {
      resolve(known);
      return;
    }
    const script = document.createElement("script");
    script.src = SCRIPT_URL;
    script.onload = () => resolve(/** @type {any} */ (window).Plotly);
    script.onerror = () => reject(new Error(`${SCRIPT_URL} cannot be loaded`));
    document.head.append(script);
  });
  return loading;
}

function traces(header, arrays) {
  const result = [];
  let next = 0;
  header.panels.forEach((panel, index) => {
    const axes = index ? { xaxis: "x2", yaxis: "y2" } : { xaxis: "x", yaxis: "y" };
    // Plotly leaves out axes without a trace.
    result.push({ type: "scatter", ...axes, x: [null], y: [null], hoverinfo: "skip" });
    for (const line of panel.lines) {
      const x = arrays[next++],
        y = arrays[next++];
      result.push({
        type: "scatter",
        ...axes,
        x,
        y,
        name: line.name,
        opacity: line.opacity,
        mode: line.markers ? "lines+markers" : "lines",
        line: { color: line.color, width: line.width, dash: line.dash },
        fill: line.fill ? "tonexty" : "none",
        marker: { color: line.color, size: line.width * 2.6 },
        hovertemplate: `${line.name}<br>epoch %{x:.4~g}: %{y:.4f}<extra></extra>`,
      });
    }
    if (panel.best) {
      result.push({
        type: "scatter",
        ...axes,
        x: [panel.best.epoch],
        y: [panel.best.value],
        mode: "markers",
        name: panel.best.text,
        hovertemplate: `${panel.best.text}: %{y:.4f}<extra></extra>`,
        marker: {
          symbol: "circle-open",
          size: header.theme.text_px,
          color: header.theme.text,
          line: { width: 2, color: header.theme.text },
        },
      });
    }
  });
  return result;
}

// Labels stand at the ends of their lines, the baseline's at the end of the axis. Where two would
// overlap the upper one is moved up, and all are moved down again where they left the panel.
function endLabels(panel, lines, suffix, range, size, theme) {
  const scale = (value) => (panel.log ? Math.log10(value) : value);
  const px = (value, [low, high], length) => ((value - low) / (high - low)) * length;
  const labels = lines
    .filter((line) => line.label)
    .map((line) => {
      let last = line.y.length - 1;
      while (last >= 0 && !Number.isFinite(line.y[last])) last--;
      return last < 0
        ? null
        : { text: line.label, color: line.color, x: line.x[last], y: line.y[last] };
    })
    .filter(Boolean);
  if (panel.baseline) {
    labels.push({
      text: panel.baseline.text,
      color: theme.muted,
      x: range.x[1],
      y: panel.baseline.value,
    });
  }
  const shown = labels
    .map((label) => ({
      ...label,
      y: scale(label.y),
      at: px(scale(label.y), range.y, size.height),
      left: px(label.x, range.x, size.width),
      wide: Math.max(...label.text.split("<br>").map((row) => row.length)) * theme.text_px * 0.52,
      tall: label.text.split("<br>").length * theme.text_px * 1.25,
    }))
    .filter(
      (label) =>
        label.at >= -1 &&
        label.at <= size.height + 1 &&
        label.left >= 0 &&
        label.left <= size.width * 1.01,
    );
  shown.sort((a, b) => a.at - b.at);
  const meet = (a, b) => a.left < b.left + b.wide && b.left < a.left + a.wide;
  const apart = (a, b) => (a.tall + b.tall) / 2;
  shown.forEach((label, i) => {
    label.place = Math.max(label.at, label.tall / 2);
    for (const other of shown.slice(0, i)) {
      if (meet(label, other))
        label.place = Math.max(label.place, other.place + apart(label, other));
    }
  });
  for (let i = shown.length - 1; i >= 0; i--) {
    const label = shown[i];
    label.place = Math.min(label.place, size.height - label.tall / 2 + theme.text_px * 0.4);
    for (const other of shown.slice(i + 1)) {
      if (meet(label, other))
        label.place = Math.min(label.place, other.place - apart(label, other));
    }
  }
  return shown.map((label) => ({
    xref: `x${suffix}`,
    yref: `y${suffix}`,
    x: label.x,
    y: label.y,
    text: label.text,
    align: "left",
    showarrow: false,
    xanchor: "left",
    yanchor: "middle",
    xshift: theme.text_px * 0.7,
    yshift: label.place - label.at,
    font: { color: label.color, size: theme.text_px },
    bgcolor: theme.background,
    borderpad: 0,
  }));
}

function layoutOf(plot, zoom, header, arrays) {
  const { theme, panels } = header;
  const width = plot.clientWidth;
  const height = plot.clientHeight;
  // Beside each panel there is room for labels, beside the second for its tick labels too.
  const inner = width - theme.text_px * 3.4 - 4;
  const room = (theme.text_px * 5.4) / inner,
    ticks = (theme.text_px * 2.6) / inner;
  // Where something stands beside the curves, one panel stands over the other.
  const { stacked } = header;
  const part = stacked ? 1 - room : (1 - 2 * room - ticks) / 2;
  const letters = ((part + room) * inner) / (BOLD * theme.text_px);
  const folded = panels.some((panel) => panel.title.length > letters);
  const top = theme.text_px * (folded ? 3.5 : 2.2),
    bottom = theme.text_px * 3;
  const share = stacked ? (1 - (theme.text_px * 3) / (height - top - bottom)) / 2 : 1;
  const layout = {
    ...theme.layout,
    width,
    height,
    annotations: [],
    shapes: [],
    margin: { l: theme.text_px * 3.4, r: 4, t: top, b: bottom },
    hovermode: "closest",
    dragmode: "zoom",
  };
  let next = 0;
  panels.forEach((panel, index) => {
    const suffix = index ? "2" : "";
    const lines = panel.lines.map((line) => ({ ...line, x: arrays[next++], y: arrays[next++] }));
    const own = panel.log
      ? [Math.log10(panel.low), Math.log10(panel.high)]
      : [panel.low, panel.high];
    const range = zoom[`yaxis${suffix}`] ?? own;
    const left = index && !stacked ? part + room + ticks : 0;
    const over = index ? share : 1;
    const right = left + part;
    layout[`xaxis${suffix}`] = {
      ...theme.layout.xaxis,
      domain: [left, right],
      anchor: `y${suffix}`,
      range: zoom[`xaxis${suffix}`] ?? [0, header.epochs * 1.03],
      title: { text: stacked && !index ? "" : "epoch", standoff: 4 },
      tickformat: "~g",
      nticks: stacked ? 4 : 8,
      tickangle: 0,
      zeroline: false,
      automargin: false,
    };
    layout[`yaxis${suffix}`] = {
      ...theme.layout.yaxis,
      anchor: `x${suffix}`,
      domain: [over - share, over],
      range,
      zeroline: false,
      type: panel.log ? "log" : "linear",
      nticks: 6,
      automargin: false,
    };
    layout.annotations.push({
      xref: "paper",
      yref: "paper",
      x: left,
      y: over,
      text: `<b>${folded ? panel.title.replace(", ", ",<br>") : panel.title}</b>`,
      align: "left",
      showarrow: false,
      xanchor: "left",
      yanchor: "bottom",
      yshift: 6,
      font: { size: theme.text_px },
    });
    if (panel.baseline) addBaseline(layout, panel, suffix, theme);
    for (const change of header.changes ?? []) addChange(layout, change, suffix, theme);
    if (panel.best) addBest(layout, panel, suffix, theme, part * inner, stacked);
    const xRange = layout[`xaxis${suffix}`].range;
    const size = { width: part * inner, height: (height - top - bottom) * share };
    layout.annotations.push(
      ...endLabels(panel, lines, suffix, { x: xRange, y: range }, size, theme),
    );
  });
  return layout;
}

/** @typedef {Record<string, [number, number]>} Zoom ranges that a person chose, by axis */

export class Curves {
  /**
   * @param {HTMLElement} plot its place, in the document itself: Plotly's style sheet reaches no other
   * @param {(zoom: Zoom) => void} zoomed called when a person chose ranges or let them go
   */
  constructor(plot, zoomed) {
    this.plot = plot;
    this.zoomed = zoomed;
    /** @type {Zoom} */
    this.zoom = {};
    /** @type {{ header: any, arrays: any[] } | null} */
    this.latest = null;
    this.drawing = false;
    this.again = false;
    this.gone = false;
    this.listening = false;
    this.updates = 0;
    /** @type {any} Of the last drawing. */
    this.layout = null;
    /** @type {() => void} called after each drawing */
    this.drawn = () => {};
  }

  /**
   * Where an epoch stands in a panel, in pixels of the plot; null where it is out of sight.
   * @param {number} epoch
   * @param {number} panel 0 or 1
   */
  placeOf(epoch, panel) {
    const { layout } = this;
    if (!layout) return null;
    const { domain, range } = layout[panel ? "xaxis2" : "xaxis"];
    const share = (epoch - range[0]) / (range[1] - range[0]);
    if (share < 0 || share > 1) return null;
    const { margin, width, height } = layout;
    const inner = height - margin.t - margin.b;
    const [low, high] = layout[panel ? "yaxis2" : "yaxis"].domain;
    const across = domain[0] + share * (domain[1] - domain[0]);
    return {
      x: margin.l + across * (width - margin.l - margin.r),
      top: margin.t + (1 - high) * inner,
      height: (high - low) * inner,
    };
  }

  /**
   * @param {any} header
   * @param {any[]} arrays
   * @param {Zoom} zoom
   */
  show(header, arrays, zoom) {
    this.latest = { header, arrays };
    this.zoom = zoom;
    void this.draw();
  }

  /**
   * Plotly reports ranges that a person dragged and ones set from code in the same way.
   * @param {Record<string, any>} change
   */
  remember(change) {
    const zoom = { ...this.zoom };
    for (const axis of ["xaxis", "yaxis", "xaxis2", "yaxis2"]) {
      if (change[`${axis}.autorange`]) delete zoom[axis];
      const range = change[`${axis}.range`];
      const low = range ? range[0] : change[`${axis}.range[0]`];
      const high = range ? range[1] : change[`${axis}.range[1]`];
      if (low !== undefined && high !== undefined) zoom[axis] = [low, high];
    }
    const second = change["xaxis2.range[0]"] !== undefined || change["xaxis2.range"];
    const across = second ? zoom.xaxis2 : (zoom.xaxis ?? zoom.xaxis2);
    if (across) zoom.xaxis = zoom.xaxis2 = across;
    this.zoomed(zoom);
  }

  /** One drawing at a time; whatever arrives meanwhile is drawn once, in its newest state. */
  async draw() {
    if (this.drawing) {
      this.again = true;
      return;
    }
    this.drawing = true;
    try {
      const Plotly = await loadPlotly();
      do {
        this.again = false;
        if (this.gone || !this.plot.clientWidth || !this.latest) return;
        const { header, arrays } = this.latest;
        const layout = layoutOf(this.plot, this.zoom, header, arrays);
        await Plotly.react(this.plot, traces(header, arrays), layout, {
          displayModeBar: false,
          doubleClick: false,
          scrollZoom: false,
        });
        this.layout = layout;
        this.drawn();
        this.listen();
        this.plot.dataset.updates = String(++this.updates);
        const points = arrays.reduce((sum, array) => sum + array.length, 0) / 2;
        this.plot.dataset.points = String(points);
        drawn(this.plot, undefined);
      } while (this.again);
    } finally {
      this.drawing = false;
      if (this.gone) this.purge();
    }
  }

  listen() {
    if (this.listening) return;
    this.listening = true;
    const plot = /** @type {any} */ (this.plot);
    plot.on("plotly_relayout", (/** @type {any} */ change) => this.remember(change));
    plot.on("plotly_doubleclick", () => this.zoomed({}));
  }

  purge() {
    /** @type {any} */ (window).Plotly?.purge(this.plot);
  }

  /** Plotly's drawing ends in promises that need the figure: it is taken down after them. */
  close() {
    this.gone = true;
    if (!this.drawing) this.purge();
  }
}
