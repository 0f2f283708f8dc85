import type { Method, Study } from "../core/mod.ts";
import apoNesterov from "./apo-nesterov.ts";
import bestOfN from "./best-of-n.ts";
import cofsDpo from "./cofs-dpo.ts";
import dpo from "./dpo.ts";
import dpoSearch from "./dpo-search.ts";
import flr from "./flr.ts";
import hypo from "./hypo.ts";
import ipo from "./ipo.ts";
import iterativeDpo from "./iterative-dpo.ts";
import kto from "./kto.ts";
import mergingSynergy from "./merging-synergy.ts";
import ofsDpo from "./ofs-dpo.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import pipeline from "./pipeline.ts";
import ppo from "./ppo.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import rewardBestOfN from "./reward-best-of-n.ts";
import rso from "./rso.ts";
import rsoHinge from "./rso-hinge.ts";
import rsoSft from "./rso-sft.ts";
import sft from "./sft.ts";
import simpo from "./simpo.ts";
import slerpMerge from "./slerp-merge.ts";
import sppo from "./sppo.ts";
import streamDpo from "./stream-dpo.ts";
import upo from "./upo.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  apoNesterov,
  bestOfN,
  cofsDpo,
  dpo,
  dpoSearch,
  flr,
  hypo,
  ipo,
  iterativeDpo,
  kto,
  ofsDpo,
  onlineDpo,
  orpo,
  pipeline,
  ppo,
  rewardBestOfN,
  rso,
  rsoHinge,
  rsoSft,
  sft,
  simpo,
  slerpMerge,
  sppo,
  streamDpo,
  upo,
];

/** Papers that compare methods rather than propose one, in alphabetical order. */
export const studies: readonly Study[] = [
  mergingSynergy,
  rankingAccuracy,
];
