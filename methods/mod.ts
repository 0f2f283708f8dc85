import type { Method, Study } from "../core/mod.ts";
import bestOfN from "./best-of-n.ts";
import dpo from "./dpo.ts";
import ipo from "./ipo.ts";
import kto from "./kto.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import ppo from "./ppo.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import rso from "./rso.ts";
import sft from "./sft.ts";
import simpo from "./simpo.ts";
import sppo from "./sppo.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  bestOfN,
  dpo,
  ipo,
  kto,
  onlineDpo,
  orpo,
  ppo,
  rso,
  sft,
  simpo,
  sppo,
];

/** Papers that compare methods rather than propose one, in alphabetical order. */
export const studies: readonly Study[] = [
  rankingAccuracy,
];
