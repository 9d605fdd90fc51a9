// Mounting a component of the page: one instance a place, fed with every message of the server.

import { unpack } from "./blob.js";
import { follow } from "./presenting.js";
import { Stage } from "./stage.js";

/**
 * What Streamlit calls a component with.
 * @typedef {object} Given
 * @property {Uint8Array} data
 * @property {ShadowRoot} parentElement
 * @property {(name: string, value: unknown) => void} setStateValue
 * @property {(name: string, value: unknown) => void} setTriggerValue
 */
/**
 * @typedef {object} Server
 * @property {(name: string, value: unknown) => void} send keeps a value and draws the page anew
 * @property {(name: string, value: unknown) => void} trigger tells of an event once
 */
/**
 * @typedef {object} Instance
 * @property {(header: any, arrays: any[]) => void} load called with each message of the server
 * @property {() => void} [close]
 */

/**
 * A style sheet of ours, fetched once for all components.
 * @param {string | URL} url
 */
async function sheet(url) {
  const made = new CSSStyleSheet();
  await made.replace(await (await fetch(url)).text());
  return made;
}

const shared = sheet(new URL("./stage.css", import.meta.url));

/**
 * A component: its script's default export. Waits for the style sheets, so that nothing is seen undressed.
 * @param {(root: ShadowRoot, server: Server) => Instance} make
 * @param {(string | URL)[]} [styles] beside the library's own
 */
export async function component(make, styles = []) {
  const sheets = await Promise.all([shared, ...styles.map(sheet)]);
  /** @type {WeakMap<ShadowRoot, Instance & { unfollow: () => void }>} */
  const instances = new WeakMap();
  return (/** @type {Given} */ { data, parentElement, setStateValue, setTriggerValue }) => {
    const left = () => !parentElement.host.isConnected;
    if (left()) return () => {}; // while the script was being fetched
    let instance = instances.get(parentElement);
    if (!instance) {
      parentElement.adoptedStyleSheets = [...parentElement.adoptedStyleSheets, ...sheets];
      const made = make(parentElement, { send: setStateValue, trigger: setTriggerValue });
      instance = Object.assign(made, { unfollow: follow(parentElement.host) });
      instances.set(parentElement, instance);
    }
    const { header, arrays } = unpack(data);
    instance.load(header, arrays);
    return () => {
      // Called too for a message that a newer one has overtaken: the place stays, and what is in it.
      if (!left()) return;
      instances.get(parentElement)?.unfollow();
      instances.get(parentElement)?.close?.();
      instances.delete(parentElement);
    };
  };
}

/**
 * @typedef {import("./stage.js").Lesson & {
 *   load: (header: any, arrays: any[], first: boolean) => void,
 *   close?: () => void,
 * }} StageLesson what a lesson's class offers to its stage
 */

/**
 * A stage: a component with the frame that all lessons have.
 *
 * The lesson's `load` is called with each message, the first one after its settings stand; it builds what
 * it draws when `first` is true.
 * @param {(stage: Stage) => StageLesson} make
 * @param {(string | URL)[]} [styles]
 */
export function mount(make, styles = []) {
  return component((root, server) => {
    const stage = new Stage(root, server);
    const lesson = make(stage);
    let first = true;
    return {
      load(header, arrays) {
        stage.take(header, lesson);
        lesson.load(header, arrays, first);
        if (first) stage.begin();
        else stage.arrange();
        first = false;
      },
      close() {
        lesson.close?.();
        stage.close();
      },
    };
  }, styles);
}
