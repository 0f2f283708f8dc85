import type { Method } from "../core/mod.ts";
import alphapo from "./alphapo.ts";
import aot from "./aot.ts";
import aotUnpaired from "./aot-unpaired.ts";
import apoDown from "./apo-down.ts";
import apoZero from "./apo-zero.ts";
import apoZeroUnpaired from "./apo-zero-unpaired.ts";
import asft from "./asft.ts";
import bco from "./bco.ts";
import bestOfN from "./best-of-n.ts";
import betaDpo from "./beta-dpo.ts";
import calDpo from "./cal-dpo.ts";
import cdpo from "./cdpo.ts";
import cpo from "./cpo.ts";
import discopop from "./discopop.ts";
import dpo from "./dpo.ts";
import dpoMean from "./dpo-mean.ts";
import dpop from "./dpop.ts";
import exo from "./exo.ts";
import fDpoAlpha from "./f-dpo-alpha.ts";
import fDpoForwardKl from "./f-dpo-forward-kl.ts";
import fDpoJs from "./f-dpo-js.ts";
import flexDpo from "./flex-dpo.ts";
import hinge from "./hinge.ts";
import ipo from "./ipo.ts";
import ipoMean from "./ipo-mean.ts";
import kto from "./kto.ts";
import ldDpo from "./ld-dpo.ts";
import nca from "./nca.ts";
import onlineDpo from "./online-dpo.ts";
import orpo from "./orpo.ts";
import ppo from "./ppo.ts";
import rDpo from "./r-dpo.ts";
import rdpo from "./rdpo.ts";
import rpo from "./rpo.ts";
import rpoSum from "./rpo-sum.ts";
import rso from "./rso.ts";
import sft from "./sft.ts";
import sftDpo from "./sft-dpo.ts";
import simpo from "./simpo.ts";
import slic from "./slic.ts";
import sppo from "./sppo.ts";
import sppoHard from "./sppo-hard.ts";
import tdpo1 from "./tdpo1.ts";
import tdpo2 from "./tdpo2.ts";
import wpo from "./wpo.ts";

/** Every method, in alphabetical order. */
export const methods: readonly Method[] = [
  alphapo,
  aot,
  aotUnpaired,
  apoDown,
  apoZero,
  apoZeroUnpaired,
  asft,
  bco,
  bestOfN,
  betaDpo,
  calDpo,
  cdpo,
  cpo,
  discopop,
  dpo,
  dpoMean,
  dpop,
  exo,
  fDpoAlpha,
  fDpoForwardKl,
  fDpoJs,
  flexDpo,
  hinge,
  ipo,
  ipoMean,
  kto,
  ldDpo,
  nca,
  onlineDpo,
  orpo,
  ppo,
  rDpo,
  rdpo,
  rpo,
  rpoSum,
  rso,
  sft,
  sftDpo,
  simpo,
  slic,
  sppo,
  sppoHard,
  tdpo1,
  tdpo2,
  wpo,
];
