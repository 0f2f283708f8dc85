import type { Method } from "../core/mod.ts";
import alphapo from "./alphapo.ts";
import aot from "./aot.ts";
import aotUnpaired from "./aot-unpaired.ts";
import apoDown from "./apo-down.ts";
import apoNesterov from "./apo-nesterov.ts";
import apoZero from "./apo-zero.ts";
import apoZeroUnpaired from "./apo-zero-unpaired.ts";
import asft from "./asft.ts";
import bco from "./bco.ts";
import bestOfN from "./best-of-n.ts";
import betaDpo from "./beta-dpo.ts";
import calDpo from "./cal-dpo.ts";
import cdpo from "./cdpo.ts";
import cofsDpo from "./cofs-dpo.ts";
import contextAware from "./context-aware.ts";
import cpo from "./cpo.ts";
import curryDpo from "./curry-dpo.ts";
import d3po from "./d3po.ts";
import ddpo from "./ddpo.ts";
import diffusionDpo from "./diffusion-dpo.ts";
import diffusionSft from "./diffusion-sft.ts";
import discopop from "./discopop.ts";
import dpa from "./dpa.ts";
import dpo from "./dpo.ts";
import dpoLw from "./dpo-lw.ts";
import dpoMean from "./dpo-mean.ts";
import dpoSearch from "./dpo-search.ts";
import dpop from "./dpop.ts";
import exo from "./exo.ts";
import fDpoAlpha from "./f-dpo-alpha.ts";
import fDpoForwardKl from "./f-dpo-forward-kl.ts";
import fDpoJs from "./f-dpo-js.ts";
import flexDpo from "./flex-dpo.ts";
import flr from "./flr.ts";
import fspo from "./fspo.ts";
import hinge from "./hinge.ts";
import hypo from "./hypo.ts";
import ipo from "./ipo.ts";
import ipoMean from "./ipo-mean.ts";
import iterativeDpo from "./iterative-dpo.ts";
import kto from "./kto.ts";
import ldDpo from "./ld-dpo.ts";
import lipo from "./lipo.ts";
import modpo from "./modpo.ts";
import nca from "./nca.ts";
import ofsDpo from "./ofs-dpo.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import pipeline from "./pipeline.ts";
import ppo from "./ppo.ts";
import pro from "./pro.ts";
import rDpo from "./r-dpo.ts";
import rationaleDpo from "./rationale-dpo.ts";
import rdpo from "./rdpo.ts";
import rewardAugmented from "./reward-augmented.ts";
import rewardBestOfN from "./reward-best-of-n.ts";
import rewardModel from "./reward-model.ts";
import rpo from "./rpo.ts";
import rpoSum from "./rpo-sum.ts";
import rrhf from "./rrhf.ts";
import rso from "./rso.ts";
import rsoHinge from "./rso-hinge.ts";
import rsoSft from "./rso-sft.ts";
import sft from "./sft.ts";
import sftDpo from "./sft-dpo.ts";
import simpo from "./simpo.ts";
import slerpMerge from "./slerp-merge.ts";
import slic from "./slic.ts";
import sppo from "./sppo.ts";
import sppoHard from "./sppo-hard.ts";
import srpo from "./srpo.ts";
import streamDpo from "./stream-dpo.ts";
import tdpo1 from "./tdpo1.ts";
import tdpo2 from "./tdpo2.ts";
import tpo from "./tpo.ts";
import tpoL from "./tpo-l.ts";
import upo from "./upo.ts";
import wpo from "./wpo.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  alphapo,
  aot,
  aotUnpaired,
  apoDown,
  apoNesterov,
  apoZero,
  apoZeroUnpaired,
  asft,
  bco,
  bestOfN,
  betaDpo,
  calDpo,
  cdpo,
  cofsDpo,
  contextAware,
  cpo,
  curryDpo,
  d3po,
  ddpo,
  diffusionDpo,
  diffusionSft,
  discopop,
  dpa,
  dpo,
  dpoLw,
  dpoMean,
  dpoSearch,
  dpop,
  exo,
  fDpoAlpha,
  fDpoForwardKl,
  fDpoJs,
  flexDpo,
  flr,
  fspo,
  hinge,
  hypo,
  ipo,
  ipoMean,
  iterativeDpo,
  kto,
  ldDpo,
  lipo,
  modpo,
  nca,
  ofsDpo,
  onlineDpo,
  orpo,
  pipeline,
  ppo,
  pro,
  rDpo,
  rationaleDpo,
  rdpo,
  rewardAugmented,
  rewardBestOfN,
  rewardModel,
  rpo,
  rpoSum,
  rrhf,
  rso,
  rsoHinge,
  rsoSft,
  sft,
  sftDpo,
  simpo,
  slerpMerge,
  slic,
  sppo,
  sppoHard,
  srpo,
  streamDpo,
  tdpo1,
  tdpo2,
  tpo,
  tpoL,
  upo,
  wpo,
];
