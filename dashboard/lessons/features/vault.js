// Arrays that outlive one message: weights of a network, exact values of a layer that was opened, its
// maps through a training, the images that excite a unit. The server sends each group once, in a
// message of its own, so that another picture does not bring the weights again.

import { component } from "../../browser/mount.js";

/** Groups of one kind that are kept, the youngest; a group is named "kind:what". */
const KEPT = 4;

/** @typedef {{ arrays: Map<string, any>, about: any }} Group */

export const vault = {
  /** @type {Map<string, Group>} */
  groups: new Map(),
  /** @type {Set<(name: string) => void>} */
  listeners: new Set(),

  /**
   * @param {string} name
   * @param {Group} group
   */
  put(name, { arrays, about }) {
    const known = this.groups.get(name)?.arrays ?? [];
    this.groups.delete(name); // the youngest last
    this.groups.set(name, { arrays: new Map([...known, ...arrays]), about });
    const [kind] = name.split(":");
    const alike = [...this.groups.keys()].filter((other) => other.startsWith(`${kind}:`));
    for (const old of alike.slice(0, -KEPT)) this.groups.delete(old);
    for (const listener of this.listeners) listener(name);
  },
};

export default await component(() => ({
  load({ group, names, about }, arrays) {
    const found = names.map((/** @type {string} */ name, /** @type {number} */ i) => [
      name,
      arrays[i],
    ]);
    vault.put(group, { arrays: new Map(found), about });
  },
}));
