import type { Study } from "../core/mod.ts";
import threeDProperties from "./3d-properties.ts";
import concatenation from "./concatenation.ts";
import consistency from "./consistency.ts";
import curriculum from "./curriculum.ts";
import degreeAwareness from "./degree-awareness.ts";
import dso from "./dso.ts";
import harmonicStopping from "./harmonic-stopping.ts";
import hindsight from "./hindsight.ts";
import icplFeedback from "./icpl-feedback.ts";
import icplQueries from "./icpl-queries.ts";
import insights from "./insights.ts";
import inversion from "./inversion.ts";
import masking from "./masking.ts";
import maskingNoisy from "./masking-noisy.ts";
import mergingSynergy from "./merging-synergy.ts";
import minimax from "./minimax.ts";
import modelAware from "./model-aware.ts";
import momentum from "./momentum.ts";
import negativeGradient from "./negative-gradient.ts";
import onPolicyData from "./on-policy-data.ts";
import preferenceStrength from "./preference-strength.ts";
import rToQ from "./r-to-q.ts";
import rankingAccuracy from "./ranking-accuracy.ts";
import rationales from "./rationales.ts";
import responseLevel from "./response-level.ts";
import selfCorrection from "./self-correction.ts";
import selfPlayControl from "./self-play-control.ts";
import smoothing from "./smoothing.ts";
import stages from "./stages.ts";
import stepWeights from "./step-weights.ts";
import strength from "./strength.ts";
import teachersCorrections from "./teachers-corrections.ts";
import thresholds from "./thresholds.ts";
import worldModel from "./world-model.ts";

/** Papers that compare methods rather than propose one, in alphabetical order. */
export const studies: readonly Study[] = [
  threeDProperties,
  concatenation,
  consistency,
  curriculum,
  degreeAwareness,
  dso,
  harmonicStopping,
  hindsight,
  icplFeedback,
  icplQueries,
  insights,
  inversion,
  masking,
  maskingNoisy,
  mergingSynergy,
  minimax,
  modelAware,
  momentum,
  negativeGradient,
  onPolicyData,
  preferenceStrength,
  rToQ,
  rankingAccuracy,
  rationales,
  responseLevel,
  selfCorrection,
  selfPlayControl,
  smoothing,
  stages,
  stepWeights,
  strength,
  teachersCorrections,
  thresholds,
  worldModel,
];
