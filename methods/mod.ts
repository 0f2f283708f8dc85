import type { Method, Study } from "../core/mod.ts";
import bestOfN from "./best-of-n.ts";
import contextAware from "./context-aware.ts";
import dpa from "./dpa.ts";
import dpo from "./dpo.ts";
import fspo from "./fspo.ts";
import ipo from "./ipo.ts";
import kto from "./kto.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import ppo from "./ppo.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import rationaleDpo from "./rationale-dpo.ts";
import rewardAugmented from "./reward-augmented.ts";
import rewardModel from "./reward-model.ts";
import rso from "./rso.ts";
import sft from "./sft.ts";
import simpo from "./simpo.ts";
import sppo from "./sppo.ts";
import srpo from "./srpo.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  bestOfN,
  contextAware,
  dpa,
  dpo,
  fspo,
  ipo,
  kto,
  onlineDpo,
  orpo,
  ppo,
  rationaleDpo,
  rewardAugmented,
  rewardModel,
  rso,
  sft,
  simpo,
  sppo,
  srpo,
];

/** Papers that compare methods rather than propose one, in alphabetical order. */
export const studies: readonly Study[] = [
  rankingAccuracy,
];
