import type { Method, Study } from "../core/mod.ts";
import bestOfN from "./best-of-n.ts";
import dpo from "./dpo.ts";
import hypo from "./hypo.ts";
import ipo from "./ipo.ts";
import kto from "./kto.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import ppo from "./ppo.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import rewardBestOfN from "./reward-best-of-n.ts";
import rso from "./rso.ts";
import rsoHinge from "./rso-hinge.ts";
import rsoSft from "./rso-sft.ts";
import sft from "./sft.ts";
import simpo from "./simpo.ts";
import sppo from "./sppo.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  bestOfN,
  dpo,
  hypo,
  ipo,
  kto,
  onlineDpo,
  orpo,
  ppo,
  rewardBestOfN,
  rso,
  rsoHinge,
  rsoSft,
  sft,
  simpo,
  sppo,
];

/** Papers that compare methods rather than propose one, in alphabetical order. */
export const studies: readonly Study[] = [
  rankingAccuracy,
];
