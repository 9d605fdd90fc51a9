// What is open stands in the page's address: the server tells it with each run, and it is written here, so
// that the menu's bare addresses get it without a step of Back, and what a stage has set is left alone.

/**
 * @typedef {object} Header
 * @property {Record<string, string>} parameters by name; "" for what the address need not say
 * @property {number} choices how often a person has opened something in this session
 * @property {Record<string, string>} seen what the address said when the server began its run
 */

/** What was written last: a new choice on the same page becomes a step of Back. */
const written = { path: "", choices: 0 };

/** Whether Back or Forward has moved the address since something was written. */
let walked = false;
addEventListener("popstate", () => {
  walked = true;
});

/**
 * Write what is open into the address.
 * @param {Header} header
 */
export function write({ parameters, choices, seen }) {
  const address = new URL(location.href);
  const says = (/** @type {string} */ name) => address.searchParams.get(name) ?? "";
  // A run that began before the step told of the page that was left: its word would undo the step.
  if (walked && Object.entries(seen).some(([name, value]) => says(name) !== value)) return;
  walked = false;
  const chosen = choices > written.choices && address.pathname === written.path;
  written.path = address.pathname;
  written.choices = choices;
  let differs = false;
  for (const [name, value] of Object.entries(parameters)) {
    if (says(name) === value) continue;
    differs = true;
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  if (!differs) return;
  if (chosen) history.pushState(history.state, "", address);
  else history.replaceState(history.state, "", address);
}
