// Arrays that outlive one message: weights of a network, exact values of a large layer. They are
// kept under a group's name, so that a picture may change without the weights travelling again.
function lightboxVault() {
  const vault = (globalThis.lightboxVault ??= {
    groups: new Map(),
    listeners: new Set(),
    put(group, found) {
      const known = vault.groups.get(group) ?? new Map();
      vault.groups.delete(group); // the youngest last
      vault.groups.set(group, new Map([...known, ...found]));
      while (vault.groups.size > 6) vault.groups.delete(vault.groups.keys().next().value);
      vault.listeners.forEach((listener) => listener(group));
    },
  });
  return vault;
}
