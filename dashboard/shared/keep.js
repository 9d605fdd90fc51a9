// What was set in a component, kept in the page's address (a reload and a link bring it back) and in
// the tab (a visit to another page clears the address, not the tab). "Reset this page" forgets both.
//
//   this.keep = new Keep("neuron_set", { n: 2, x: [1, 1], task: "AND", chosen: ["relu"] });
//   const { n, x } = this.keep.read(header.fresh)   // defaults where nothing or nonsense was kept
//   this.keep.isReset(header.fresh)                 // a reset happened since the last read
//   this.keep.write({ n, x, task, chosen })         // soon, and only what differs from the defaults
//
// A value has the type of its default: number, true or false, text, list of numbers, list of texts.
// Texts hold letters, digits and _ only; what they mean is for the component to check.
class Keep {
  constructor(name, defaults) {
    this.name = name;
    this.defaults = defaults;
    this.tab = window.__lightboxKept ??= {};
    this.seen = window.__lightboxFresh ??= {};
  }
  isReset(fresh) {
    return Boolean(fresh) && fresh !== this.seen[this.name];
  }
  read(fresh) {
    if (this.isReset(fresh)) {
      this.seen[this.name] = fresh;
      this.put("");
      return structuredClone(this.defaults);
    }
    const kept = new URL(location).searchParams.get(this.name) ?? this.tab[this.name] ?? "";
    this.put(kept);
    const found = structuredClone(this.defaults);
    for (const field of kept.split("*")) {
      const at = field.indexOf("_"),
        key = field.slice(0, at);
      if (at < 1 || !Object.hasOwn(found, key)) continue;
      const value = this.parse(field.slice(at + 1), found[key]);
      if (value !== undefined) found[key] = value;
    }
    return found;
  }
  parse(text, like) {
    const number = (part) => (part !== "" && Number.isFinite(Number(part)) ? Number(part) : NaN);
    if (typeof like === "number") return Number.isNaN(number(text)) ? undefined : number(text);
    if (typeof like === "boolean") return text === "1" || (text === "0" ? false : undefined);
    if (typeof like === "string") return text;
    if (typeof like[0] === "string") return text === "" ? [] : text.split(".");
    const list = text.split("_").map(number);
    return list.length === like.length && !list.some(Number.isNaN) ? list : undefined;
  }
  say(value) {
    if (typeof value === "boolean") return value ? "1" : "0";
    if (!Array.isArray(value)) return String(value);
    return typeof value[0] === "string" ? value.join(".") : value.join("_");
  }
  write(settings) {
    const text = Object.entries(settings)
      .filter(([key, value]) => this.say(value) !== this.say(this.defaults[key]))
      .map(([key, value]) => `${key}_${this.say(value)}`)
      .join("*");
    if (text === this.tab[this.name]) return;
    this.tab[this.name] = text;
    clearTimeout(this.timer);
    // A browser refuses an address that changes a hundred times a second.
    this.timer = setTimeout(() => this.put(text), 250);
  }
  put(text) {
    this.tab[this.name] = text;
    const address = new URL(location);
    if ((address.searchParams.get(this.name) ?? "") === text) return;
    if (text) address.searchParams.set(this.name, text);
    else address.searchParams.delete(this.name);
    history.replaceState(history.state, "", address);
  }
  close() {
    clearTimeout(this.timer);
  }
}
