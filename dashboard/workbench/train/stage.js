// The stage of Train: the curves of a run, and beside them where it is, or how the network is at one moment.

import { mount } from "../../browser/mount.js";
import { Laboratory } from "./laboratory.js";

export default await mount(
  (stage) => new Laboratory(stage),
  [new URL("./style.css", import.meta.url)],
);
