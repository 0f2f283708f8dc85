import type { Method, Study } from "../core/mod.ts";
import apoNesterov from "./apo-nesterov.ts";
import bestOfN from "./best-of-n.ts";
import cofsDpo from "./cofs-dpo.ts";
import contextAware from "./context-aware.ts";
import dpa from "./dpa.ts";
import dpo from "./dpo.ts";
import dpoSearch from "./dpo-search.ts";
import flr from "./flr.ts";
import fspo from "./fspo.ts";
import hypo from "./hypo.ts";
import ipo from "./ipo.ts";
import iterativeDpo from "./iterative-dpo.ts";
import kto from "./kto.ts";
import lipo from "./lipo.ts";
import ofsDpo from "./ofs-dpo.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import pipeline from "./pipeline.ts";
import ppo from "./ppo.ts";
import pro from "./pro.ts";
import rToQ from "./r-to-q.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import rationaleDpo from "./rationale-dpo.ts";
import rationales from "./rationales.ts";
import rewardAugmented from "./reward-augmented.ts";
import rewardBestOfN from "./reward-best-of-n.ts";
import rewardModel from "./reward-model.ts";
import rrhf from "./rrhf.ts";
import rso from "./rso.ts";
import rsoHinge from "./rso-hinge.ts";
import rsoSft from "./rso-sft.ts";
import sft from "./sft.ts";
import simpo from "./simpo.ts";
import slerpMerge from "./slerp-merge.ts";
import sppo from "./sppo.ts";
import srpo from "./srpo.ts";
import tpo from "./tpo.ts";
import tpoL from "./tpo-l.ts";
import upo from "./upo.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  apoNesterov,
  bestOfN,
  cofsDpo,
  contextAware,
  dpa,
  dpo,
  dpoSearch,
  flr,
  fspo,
  hypo,
  ipo,
  iterativeDpo,
  kto,
  lipo,
  ofsDpo,
  onlineDpo,
  orpo,
  pipeline,
  ppo,
  pro,
  rationaleDpo,
  rewardAugmented,
  rewardBestOfN,
  rewardModel,
  rrhf,
  rso,
  rsoHinge,
  rsoSft,
  sft,
  simpo,
  slerpMerge,
  sppo,
  srpo,
  tpo,
  tpoL,
  upo,
];

/** Papers that compare methods rather than propose one, in alphabetical order. */
export const studies: readonly Study[] = [
  rToQ,
  rankingAccuracy,
  rationales,
];
