// Elements made in one line.

/**
 * An element with properties and children.
 *
 * make("p", { className: "told" }, "text", make("b", {}, "more")). Names with a hyphen are attributes.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else if (name === "dataset") Object.assign(made.dataset, value);
    else Object.assign(made, { [name]: value });
  }
  made.append(...children);
  return made;
}
