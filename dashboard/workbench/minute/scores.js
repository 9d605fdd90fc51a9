// Scores of the classes as bars, one below the other for each network that answers.

import { make } from "../../browser/dom.js";

/**
 * A list: who answers, then a row a class. The first one's best class is strong.
 * @param {{ name: string }[]} classes
 * @param {[string, string, number[]][]} who name, color and scores
 */
export function scoreList(classes, who) {
  const heads = who.map(([title, color]) => {
    const swatch = make("i");
    swatch.style.background = color;
    return make("li", { className: "lb-of" }, swatch, title);
  });
  const best = who.length ? Math.max(...who[0][2]) : NaN;
  const rows = classes.map(({ name }, at) => {
    const said = who.map(([, , scores]) => make("b", {}, scores[at].toFixed(2)));
    const bars = who.map(([, color, scores]) => {
      const bar = make("div", { className: "minute-bar" });
      bar.style.background = `linear-gradient(${color} 0 0) left / ${100 * scores[at]}% 100% no-repeat`;
      return bar;
    });
    const className = who[0]?.[2][at] === best ? "minute-best" : "";
    return make("li", { className }, make("span", {}, name), ...said, ...bars);
  });
  return make("ul", {}, ...heads, ...rows);
}
