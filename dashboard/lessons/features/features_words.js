// Numbers as words, and colors between the stops of a scale.
function say(value) {
  if (value === undefined || value === null || !Number.isFinite(value)) return "?";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size < 0.0005 || size >= 1e5
      ? value.toExponential(2)
      : value.toFixed(size < 0.1 ? 4 : size < 10 ? 3 : size < 100 ? 2 : 1);
  return text.replaceAll("-", "\u2212");
}
function brief(value, digits = 2) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = (
    size >= 1e4 ? value.toExponential(0) : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : digits)
  ).replace("-", "\u2212");
  return /[1-9]/.test(text) ? text.replace(/^(\u2212?)0\./, "$1.") : "~0";
}
function percent(share) {
  return `${(100 * share).toFixed(share > 0.999 || share < 0.001 ? 2 : 1)} %`;
}
function mix(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1),
    low = Math.min(Math.floor(at), stops.length - 2);
  return stops[low].map((part, c) => Math.round(part + (stops[low + 1][c] - part) * (at - low)));
}
function most(values) {
  let found = 0;
  for (const v of values) found = Math.max(found, Math.abs(v));
  return found;
}
