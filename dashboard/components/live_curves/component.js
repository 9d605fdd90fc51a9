// Draws what dashboard/figures/train.py decided. The node stays for the life of the page, every
// update goes through Plotly.react, and a range that a person chose is kept until they let go.
const MOUNTED = new WeakMap();
const SCRIPT_URL = "app/static/plotly.min.js";

function loadPlotly() {
  window.__lightboxPlotly ??= new Promise((resolve, reject) => {
    if (window.Plotly) return resolve(window.Plotly);
    const script = document.createElement("script");
    script.src = SCRIPT_URL;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`${SCRIPT_URL} cannot be loaded`));
    document.head.append(script);
  });
  return window.__lightboxPlotly;
}

function mount(parent) {
  const figure = parent.querySelector(".lb-curves");
  const view = {
    plot: figure.querySelector(".lb-curves-plot"),
    message: figure.querySelector(".lb-curves-message"),
    reset: figure.querySelector(".lb-curves-reset"),
    zoom: {}, run: null, latest: null, drawing: false, gone: false, updates: 0,
  };
  view.reset.onclick = () => { view.zoom = {}; draw(view); };
  view.resized = new ResizeObserver(() => view.latest && draw(view));
  view.resized.observe(view.plot);
  return view;
}

// Plotly reports ranges that a person dragged and ones set from code in the same way.
function rememberZoom(view, change) {
  for (const axis of ["xaxis", "yaxis", "xaxis2", "yaxis2"]) {
    if (change[`${axis}.autorange`]) delete view.zoom[axis];
    const range = change[`${axis}.range`];
    const low = range ? range[0] : change[`${axis}.range[0]`];
    const high = range ? range[1] : change[`${axis}.range[1]`];
    if (low !== undefined && high !== undefined) view.zoom[axis] = [low, high];
  }
  const x = view.zoom.xaxis ?? view.zoom.xaxis2;
  if (change["xaxis2.range[0]"] !== undefined || change["xaxis2.range"]) view.zoom.xaxis = view.zoom.xaxis2;
  else if (x) view.zoom.xaxis2 = x;
  view.reset.hidden = Object.keys(view.zoom).length === 0;
}

function traces(header, arrays) {
  const result = [];
  let next = 0;
  header.panels.forEach((panel, index) => {
    const axes = index ? { xaxis: "x2", yaxis: "y2" } : { xaxis: "x", yaxis: "y" };
    // Plotly leaves out axes without a trace.
    result.push({ type: "scatter", ...axes, x: [null], y: [null], hoverinfo: "skip" });
    for (const line of panel.lines) {
      const x = arrays[next++], y = arrays[next++];
      result.push({
        type: "scatter", ...axes, x, y, name: line.name, opacity: line.opacity,
        mode: line.markers ? "lines+markers" : "lines",
        line: { color: line.color, width: line.width, dash: line.dash },
        marker: { color: line.color, size: line.width * 2.6 },
        hovertemplate: `${line.name}<br>epoch %{x:.4~g}: %{y:.4f}<extra></extra>`,
      });
    }
    if (panel.best) {
      result.push({
        type: "scatter", ...axes, x: [panel.best.epoch], y: [panel.best.value], mode: "markers",
        name: panel.best.text, hovertemplate: `${panel.best.text}: %{y:.4f}<extra></extra>`,
        marker: { symbol: "circle-open", size: header.theme.text_px, color: header.theme.text,
          line: { width: 2, color: header.theme.text } },
      });
    }
  });
  return result;
}

// Labels stand at the ends of their lines; where two would overlap they are moved apart.
function endLabels(panel, lines, suffix, range, height, theme) {
  const scale = (value) => (panel.log ? Math.log10(value) : value);
  const labels = lines.filter((line) => line.label).map((line) => {
    let last = line.y.length - 1;
    while (last >= 0 && !Number.isFinite(line.y[last])) last--;
    if (last < 0) return null;
    const value = scale(line.y[last]);
    return { line, x: line.x[last], value, at: ((value - range[0]) / (range[1] - range[0])) * height };
  }).filter((label) => label && label.at >= 0 && label.at <= height);
  labels.sort((a, b) => a.at - b.at);
  const gap = theme.text_px * 1.2;
  const place = labels.map((label) => label.at);
  for (let i = 1; i < place.length; i++) place[i] = Math.max(place[i], place[i - 1] + gap);
  const over = Math.max(0, (place.at(-1) ?? 0) - height);
  for (let i = place.length - 1, top = height; over && i >= 0; i--) {
    place[i] = Math.min(place[i], top);
    top = place[i] - gap;
  }
  return labels.map((label, i) => ({
    xref: `x${suffix}`, yref: `y${suffix}`, x: label.x, y: label.value, text: label.line.label,
    showarrow: false, xanchor: "left", xshift: theme.text_px * 0.6, yshift: place[i] - label.at,
    font: { color: label.line.color, size: theme.text_px },
  }));
}

function layoutOf(view, header, arrays) {
  const { theme, panels } = header;
  const width = view.plot.clientWidth, height = view.plot.clientHeight;
  const top = theme.text_px * 2.2, bottom = theme.text_px * 3;
  // Beside each panel there is room for labels, beside the second for its tick labels too.
  const inner = width - theme.text_px * 3.4 - 4;
  const room = (theme.text_px * 5.4) / inner, ticks = (theme.text_px * 2.6) / inner;
  const part = (1 - 2 * room - ticks) / 2;
  const layout = {
    ...theme.layout, width, height, annotations: [], shapes: [],
    margin: { l: theme.text_px * 3.4, r: 4, t: top, b: bottom }, hovermode: "closest", dragmode: "zoom",
  };
  let next = 0;
  panels.forEach((panel, index) => {
    const suffix = index ? "2" : "";
    const lines = panel.lines.map((line) => ({ ...line, x: arrays[next++], y: arrays[next++] }));
    const own = panel.log ? [Math.log10(panel.low), Math.log10(panel.high)] : [panel.low, panel.high];
    const range = view.zoom[`yaxis${suffix}`] ?? own;
    const left = index ? part + room + ticks : 0;
    const right = left + part;
    layout[`xaxis${suffix}`] = { ...theme.layout.xaxis, domain: [left, right], anchor: `y${suffix}`,
      range: view.zoom[`xaxis${suffix}`] ?? [0, header.epochs * 1.001], title: { text: "epoch", standoff: 4 },
      tickformat: "~g", nticks: 8, zeroline: false, automargin: false };
    layout[`yaxis${suffix}`] = { ...theme.layout.yaxis, anchor: `x${suffix}`, range, zeroline: false,
      type: panel.log ? "log" : "linear", nticks: 6, automargin: false };
    layout.annotations.push({ xref: "paper", yref: "paper", x: left, y: 1, text: `<b>${panel.title}</b>`,
      showarrow: false, xanchor: "left", yanchor: "bottom", yshift: 6, font: { size: theme.text_px } });
    if (panel.baseline) addBaseline(layout, panel, suffix, theme);
    if (panel.best) addBest(layout, panel, suffix, theme);
    layout.annotations.push(...endLabels(panel, lines, suffix, range, height - top - bottom, theme));
  });
  return layout;
}

function addBaseline(layout, panel, suffix, theme) {
  const value = panel.baseline.value;
  layout.shapes.push({ type: "line", xref: `x${suffix} domain`, yref: `y${suffix}`, x0: 0, x1: 1,
    y0: value, y1: value, layer: "below", line: { color: theme.muted, width: 1.5, dash: "dot" } });
  layout.annotations.push({ xref: `x${suffix} domain`, yref: `y${suffix}`, x: 0, xanchor: "left", xshift: 4,
    y: panel.log ? Math.log10(value) : value, yanchor: "bottom", text: panel.baseline.text, showarrow: false,
    font: { color: theme.muted, size: theme.text_px - 1 }, bgcolor: theme.background, opacity: 0.9 });
}

function addBest(layout, panel, suffix, theme) {
  const epoch = panel.best.epoch;
  layout.shapes.push({ type: "line", xref: `x${suffix}`, yref: `y${suffix} domain`, x0: epoch, x1: epoch,
    y0: 0, y1: 1, layer: "below", line: { color: theme.muted, width: 1 } });
  layout.annotations.push({ xref: `x${suffix} domain`, yref: "paper", x: 1, xanchor: "right", y: 1,
    yanchor: "bottom", yshift: 6, text: panel.best.text, showarrow: false,
    font: { color: theme.text, size: theme.text_px - 1 } });
}

// One drawing at a time; whatever arrives meanwhile is drawn once, in its newest state.
async function draw(view) {
  if (view.drawing) { view.again = true; return; }
  view.drawing = true;
  try {
    const Plotly = await loadPlotly();
    do {
      view.again = false;
      if (view.gone || !view.plot.clientWidth) return;
      const { header, arrays } = view.latest;
      await Plotly.react(view.plot, traces(header, arrays), layoutOf(view, header, arrays),
        { displayModeBar: false, doubleClick: false, scrollZoom: false });
      if (!view.listening) {
        view.listening = true;
        view.plot.on("plotly_relayout", (change) => { rememberZoom(view, change); draw(view); });
        view.plot.on("plotly_doubleclick", () => { view.zoom = {}; draw(view); });
      }
      view.plot.dataset.updates = ++view.updates;
      view.plot.dataset.points = arrays.reduce((sum, array) => sum + array.length, 0) / 2;
      view.reset.hidden = Object.keys(view.zoom).length === 0;
    } while (view.again);
  } finally {
    view.drawing = false;
  }
}

export default function ({ data, parentElement }) {
  if (!MOUNTED.has(parentElement)) MOUNTED.set(parentElement, mount(parentElement));
  const view = MOUNTED.get(parentElement);
  view.latest = unpack(data);
  const { run, sentence, message } = view.latest.header;
  if (view.run !== run) { view.zoom = {}; view.run = run; }
  view.plot.setAttribute("aria-label", sentence);
  view.message.textContent = message;
  view.message.hidden = !message;
  draw(view);
  return () => {
    view.gone = true;
    view.resized.disconnect();
    window.Plotly?.purge(view.plot);
    MOUNTED.delete(parentElement);
  };
}
