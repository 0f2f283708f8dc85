import type { Method, Study } from "../core/mod.ts";
import bestOfN from "./best-of-n.ts";
import dpo from "./dpo.ts";
import ipo from "./ipo.ts";
import kto from "./kto.ts";
import lipo from "./lipo.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import ppo from "./ppo.ts";
import pro from "./pro.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import rrhf from "./rrhf.ts";
import rso from "./rso.ts";
import sft from "./sft.ts";
import simpo from "./simpo.ts";
import sppo from "./sppo.ts";
import tpo from "./tpo.ts";
import tpoL from "./tpo-l.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  bestOfN,
  dpo,
  ipo,
  kto,
  lipo,
  onlineDpo,
  orpo,
  ppo,
  pro,
  rrhf,
  rso,
  sft,
  simpo,
  sppo,
  tpo,
  tpoL,
];

/** Papers that compare methods rather than propose one, in alphabetical order. */
export const studies: readonly Study[] = [
  rankingAccuracy,
];
