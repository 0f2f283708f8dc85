// Longer than an equation: rounds of sampling and checking, by rules that grow stricter.
import { type Answer, type Checks, program, Unsuited } from "../core/mod.ts";
import { climbing } from "./grpo.ts";

/**
 * GRPO on rules: 1 for an answer in the form that is asked for, 1 for a box that overlaps with the
 * right one by more than τ (recall), and f(q) for how far it does (precision), where f is 0 below ξ₁,
 * 1 above ξ₂ and q between. Half-way τ and ξ rise from ½ and (½, ¾) to ¾ and (¾, 0.9). One box is
 * asked for here, so that none need be matched; the paper takes one step a round, and q from overlap,
 * where its code takes a generalised one.
 */
export default program({
  id: "vision-r1",
  paper: {
    title:
      "Vision-R1: Evolving Human-Free Alignment in Large Vision-Language Models via Vision-Guided Reinforcement Learning",
    arxiv: "2503.18013",
    year: 2025,
  },
  equation: String
    .raw`-\frac1G\sum_i\frac1{|y_i|}\sum_t\left[\min\!\left(u_{i,t}A_i,\ \mathrm{clip}(u_{i,t},1\pm\epsilon)A_i\right)-\kappa\left(e^{d_{i,t}}-d_{i,t}-1\right)\right],\quad r=1[\text{form}]+1[q>\tau]+f(q;\xi_1,\xi_2)`,
  taxonomy: ["data/feedback/point", "learning/paradigm/online", "applications/vision"],
  claim: {
    text:
      "Rules that grow stricter localise better than imitating right boxes and than plain overlap",
    on: "vision/grounding",
    measure: "iou-75",
    against: ["imitation", "grpo"],
    expect: "higher",
  },
  needs: ["checks"],
  hyper: { refine: 0.5, kl: 0.04, clip: 0.2, prompts: 16, answers: 4, epochs: 1 },
  roles: {
    refine:
      "share of the budget after which rules are strict, by whichever of labels and operations is further spent",
    kl: "price of a nat from the start policy, at each step",
    clip: "how far a step's ratio to the sampling policy may move before its gradient is cut",
    prompts: "prompts of a round",
    answers: "answers drawn and checked for each, which are each other's baseline",
    epochs: "times that a round's answers are learned from",
  },
  limits: [
    { at: "refine = 1", then: "the lenient rules to the end" },
    { at: "all answers to a prompt below ξ₁ and τ", then: "their form alone is rewarded" },
    { at: "π = π_old = π_ref", then: "−A, with slope −A/|y| by each log π: the policy gradient" },
    { at: "κ → ∞", then: "the policy stays at the start policy" },
  ],
  within: { refine: [0, 1], kl: [0, 10], answers: [2, 64], epochs: [1, 64] },
  search: { kl: [0.01, 0.04], epochs: [1, 2, 4] },
  run: (lab, { refine, ...hyper }) =>
    climbing(lab, hyper, async (ys: readonly Answer[]) => {
      const strict = Math.max(lab.progress, lab.labelled) >= refine;
      return (await lab.check(ys)).map((found) => ruled(found, strict));
    }),
});

/** What the rules give for an answer's form and its overlap. */
export function ruled(found: Checks, strict: boolean): number {
  const { format, iou } = found;
  if (format === undefined || iou === undefined) {
    throw new Unsuited(
      `Cannot rule on boxes: programs check ${Object.keys(found)} here, and not "format" and "iou"`,
    );
  }
  const [least, most] = strict ? [0.75, 0.9] : [0.5, 0.75];
  const recall = iou > least ? 1 : 0;
  const precision = iou < least ? 0 : iou > most ? 1 : iou;
  return format + recall + precision;
}
