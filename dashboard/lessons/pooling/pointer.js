// What a pointer on the picture means: a cell of the map or of an output, or a shift in the chart.

/** @param {number} value @param {number} low @param {number} high */
const within = (value, low, high) => Math.min(Math.max(value, low), high);

/**
 * The position of the transport that belongs to a place of the picture; null for none.
 * @param {import("./stage.js").PoolingStage} room
 * @param {[number, number]} at
 * @returns {number | null}
 */
export function pointed({ view, scene, places, locked }, [x, y]) {
  if (view === "shift") {
    const { chart } = places;
    if (!chart || locked || x < chart.left - 10) return null;
    const share = within((x - chart.left) / (chart.right - chart.left), 0, 1);
    return Math.round(share * chart.most);
  }
  if (view !== "slide" && view !== "gradient") return null;
  const { map, outputs = [], push, back = [] } = places;
  const { out, window } = scene;
  const middle = (window.size - 1) / 2;
  for (const box of [map, push, ...outputs, ...back].filter(Boolean)) {
    const j = Math.floor((x - box.left) / box.unit);
    const i = Math.floor((y - box.top) / box.unit);
    if (i < 0 || j < 0 || i >= box.map.height || j >= box.map.width) continue;
    // In the map: the window whose middle is nearest.
    const isMap = box === map || back.includes(box);
    const r = isMap ? Math.round((i + out.rows.before - middle) / window.stride) : i;
    const c = isMap ? Math.round((j + out.columns.before - middle) / window.stride) : j;
    const cell = within(r, 0, out.height - 1) * out.width + within(c, 0, out.width - 1);
    return cell + (view === "gradient" ? 1 : 0);
  }
  return null;
}
