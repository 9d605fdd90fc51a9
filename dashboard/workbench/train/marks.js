// Lines and words that Plotly draws over the curves: a level, the best epoch, what a person changed.

export function addBaseline(layout, panel, suffix, theme) {
  const value = panel.baseline.value;
  layout.shapes.push({
    type: "line",
    xref: `x${suffix} domain`,
    yref: `y${suffix}`,
    x0: 0,
    x1: 1,
    y0: value,
    y1: value,
    layer: "below",
    line: { color: theme.muted, width: 1.5, dash: "dot" },
  });
}

/** What a person changed, where it began to hold. */
export function addChange(layout, { x, text }, suffix, theme) {
  const place = { xref: `x${suffix}`, yref: `y${suffix} domain` };
  layout.shapes.push({
    ...place,
    type: "line",
    x0: x,
    x1: x,
    y0: 0,
    y1: 1,
    layer: "below",
    line: { color: theme.text, width: 1.5, dash: "dash" },
  });
  layout.annotations.push({
    ...place,
    x,
    y: 0,
    xanchor: "left",
    yanchor: "bottom",
    text: ` ${text}`,
    showarrow: false,
    bgcolor: theme.background,
    font: { color: theme.text, size: theme.text_px },
  });
}

/** The best epoch; named where that has room, with `spare` only beside the title. */
export function addBest(layout, panel, suffix, theme, width, spare = false) {
  const epoch = panel.best.epoch;
  layout.shapes.push({
    type: "line",
    xref: `x${suffix}`,
    yref: `y${suffix} domain`,
    x0: epoch,
    x1: epoch,
    y0: 0,
    y1: 1,
    layer: "below",
    line: { color: theme.muted, width: 1 },
  });
  // Beside the title where both fit, else at the head of its line.
  const fits = (panel.title.length + panel.best.text.length + 2) * theme.text_px * 0.52 < width;
  if (spare && !fits) return;
  const middle = (layout[`xaxis${suffix}`].range[0] + layout[`xaxis${suffix}`].range[1]) / 2;
  const place = fits
    ? {
        xref: `x${suffix} domain`,
        yref: `y${suffix} domain`,
        x: 1,
        xanchor: "right",
        y: 1,
        yanchor: "bottom",
        yshift: 6,
      }
    : {
        xref: `x${suffix}`,
        yref: `y${suffix} domain`,
        x: epoch,
        xanchor: epoch > middle ? "right" : "left",
        y: 1,
        yanchor: "top",
        yshift: -2,
        bgcolor: theme.background,
      };
  layout.annotations.push({
    ...place,
    text: panel.best.text,
    showarrow: false,
    font: { color: theme.text, size: theme.text_px },
  });
}
