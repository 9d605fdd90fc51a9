// Global: one number a map, and what a network makes of them.

import { filled } from "../../browser/number.js";
import { largest, Scale } from "../../browser/scale.js";
import { disc, paint, through } from "../../browser/paint.js";
import { FRAME } from "./brush.js";
import { say, sides } from "./words.js";

/** @typedef {import("./stage.js").PoolingStage} Room */
/** @typedef {import("./brush.js").Pen} Pen */

const WIDE = 1100; // pixels from which on more maps have room

/** @param {Room} room */
export const last = ({ lastMaps }) => (lastMaps?.order ? lastMaps.count : 0);
/** @param {Room} room */
export const begin = (room) => last(room);
/** @param {number} last */
export const perSecond = (last) => Math.max(2, last / 12);

/** @param {Room} room */
const shown = ({ lastMaps, brush }) => lastMaps.shown(brush.width > WIDE ? 10 : 6);

/**
 * Two digits: there is room for no more below a map.
 * @param {import("./scene.js").LastMaps} found
 * @param {number} i
 */
const product = (found, i) =>
  [found.means[i], found.weights[i]].map((v) => say(Number(v.toPrecision(2)))).join(" \u00d7 ");

/**
 * @param {Room} room
 * @param {Pen} pen
 */
export function still(room, pen) {
  const { lastMaps: found, brush, words } = room;
  if (!found) return stillOfMap(room, pen);
  const { width, height, line } = brush;
  const scale = new Scale("activation", largest(found.maps));
  const left = found.order ? width * 0.6 : width;
  const indices = shown(room);
  const under = indices.map((i) =>
    found.order
      ? [product(found, i), `= ${say(found.product(i))}`]
      : [`mean ${say(found.means[i])}`],
  );
  const boxes = brush.pack(
    under.map(([text]) => text),
    under[0].length,
    0,
    left,
  );
  indices.forEach((index, i) =>
    brush.paint(pen, boxes[i], found.grid(index), scale, {
      ...{ title: `map ${index + 1}`, numbers: false, below: under[i] },
    }),
  );
  if (!found.order) return {};
  const cam = found.activation;
  const limit = largest(cam.values);
  const side = Math.min(height * 0.48 - line, width - left - 24);
  const box = { x: left + (width - left - side) / 2, y: line + 6, side };
  brush.paint(pen, box, cam, new Scale("activation", limit), {
    ...{ title: words.cam, numbers: false, below: [`\u00b1${say(limit)}`] },
  });
  return { left, chart: line * 3 + 12 + side };
}

/**
 * The sum that grows map by map.
 * @param {Room} room
 * @param {Pen} pen
 * @param {any} places
 * @param {number} n
 */
export function draw({ lastMaps: found, brush, words }, pen, { left, chart }, n) {
  if (!found?.order) return;
  const { theme, width, height, line } = brush;
  const { count, bias, logit, sums } = found;
  const low = Math.min(0, ...sums, logit);
  const high = Math.max(0, ...sums, logit);
  const [x0, x1] = [left + 16, width - 16];
  const [top, bottom] = [chart + line * 1.3, height - line * 1.6];
  const px = (/** @type {number} */ i) => x0 + ((x1 - x0) * i) / count;
  const py = (/** @type {number} */ v) =>
    bottom - ((bottom - top) * (v - low)) / Math.max(high - low, 1e-12);
  const most = x1 - x0;
  const running = filled(words.running, { n, sum: say(sums[n]) });
  brush.write(pen, running, x0, chart - 2, { bold: 600, most });
  paint(pen, `M${x0} ${py(0)}H${x1}`, { color: theme.border });
  const curve = Array.from({ length: n + 1 }, (_, i) => [px(i), py(sums[i])]);
  paint(pen, through(curve), { color: theme.accent, line: theme.linePx });
  paint(pen, disc(px(n), py(sums[n]), 6), { fill: FRAME });
  const end = n === count ? `+ bias ${say(bias)} = logit ${say(logit)}` : words["maps-added"];
  brush.write(pen, end, x1, bottom + 4, { color: theme.muted, align: "right", most });
}

/**
 * @param {Room} room
 * @param {Pen} pen
 */
function stillOfMap({ brush, scene, scale, header }, pen) {
  const { line, width, height, type, theme } = brush;
  const side = Math.min(height - 2 * line - 14, width * 0.6);
  const box = { x: 8, y: line + 6, side };
  const { max, average, place } = scene.global;
  const at = brush.paint(pen, box, scene.map, scale, {
    ...{ title: `${header.noun}, ${sides(scene.map)}`, below: [header.limits] },
  });
  brush.ringAt(pen, at, place);
  const x = side + 40;
  const bold = { bold: 700, size: type * 2 };
  brush.write(pen, "global max", x, height * 0.3, { color: theme.muted });
  brush.write(pen, say(max), x, height * 0.3 + line, bold);
  brush.write(pen, "global average", x, height * 0.58, { color: theme.muted });
  brush.write(pen, say(average), x, height * 0.58 + line, bold);
  return {};
}

/** @param {Room} room */
export function tell({ lastMaps: found, scene, words }) {
  if (!found) {
    const { max, average } = scene.global;
    const count = scene.map.values.length;
    const told = { max: say(max), average: say(average), count };
    return [
      filled(words["say-global-map"], told),
      words["say-invariant"],
      words["say-global-more"],
    ];
  }
  const of = {
    linked: found.counting,
    name: found.network,
    count: found.count,
    side: sides(found),
    label: found.label,
  };
  if (!found.order) {
    return [filled(words["say-global-flat"], of), filled(words["say-global-flat-more"], of)];
  }
  const [bias, sum, logit] = [found.bias, found.sums[found.count], found.logit].map(say);
  return [filled(words["say-global"], { ...of, bias, sum, logit }), words["say-cam"]];
}

/** @param {Room} room */
export function tables(room) {
  const { lastMaps: found, words } = room;
  if (!found) return [];
  const { means, weights } = found;
  return [
    {
      caption: words["table-global"],
      head: ["map", "mean", ...(found.order ? ["weight", "product"] : [])],
      rows: shown(room).map((/** @type {number} */ i) => [
        String(i + 1),
        say(means[i]),
        ...(found.order ? [say(weights[i]), say(found.product(i))] : []),
      ]),
    },
  ];
}
