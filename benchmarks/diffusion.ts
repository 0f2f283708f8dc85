import {
  type Answer,
  type Benchmark,
  type Kind,
  type Rng,
  samePrompt,
  type Setting,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import entropy from "../evaluators/entropy.ts";
import { without } from "../evaluators/mod.ts";
import regret from "../evaluators/regret.ts";
import { base, pool } from "./diffusion/base.ts";
import { comparedOffers } from "./diffusion/compared.ts";
import type { Domain } from "./diffusion/domain.ts";
import { icons } from "./diffusion/icons.ts";
import { madeOf } from "./diffusion/measures.ts";
import { framesOf } from "./diffusion/pictures.ts";
import { subject, subjectOffers } from "./diffusion/subject.ts";
import { towers } from "./diffusion/towers.ts";
import { wordsByStep } from "./diffusion/words.ts";

const TEMPERATURE = 0.5;

/** Of numbers, whose steps are as many and as uncertain in every answer, others say nothing; nor does anybody know the best. */
const common = without("steps").filter((measure) => measure !== entropy && measure !== regret);

/**
 * Small denoisers that make a few numbers in eleven steps from noise: policies whose steps are
 * Gaussian. P(a beats b) = σ((r(a) − r(b)) / 0.5), where the gold reward r is a program's.
 *
 * A pair may be had with the paths on which the start policy came to its results (`pairs`), or with
 * the results alone (`noised`), which a step of learning sees at a moment and under a noise that it
 * draws: DPO's loss on the one is DPO on the steps of a decision process, on the other Diffusion-DPO.
 * KL is of whole paths, and never less than that of results; it depends on the schedule, so figures
 * of two settings do not compare.
 *
 * Answers that meet in given data are never as good as each other; who asks for a label of two that
 * are, as most towers are, is told by a coin. Nothing but labels, and which answers meet, depends on
 * the seed. docs/contracts.md has the rule by which checks are priced.
 */
const diffusion: Benchmark<Domain> = {
  id: "diffusion",
  summary:
    "A small denoiser, trained here, makes what is asked for out of noise in eleven steps; " +
    "a program says what the result is worth.",
  family: "diffusion",
  settings: {
    icons: setting(
      icons,
      comparedOffers,
      "Icons of a shape and a colour that are asked for; in a third of the captions that the start " +
        "policy learned from, either is drawn at random.",
    ),
    towers: setting(
      towers,
      comparedOffers,
      "Towers of six blocks: one that stands, in the silhouette that is asked for, is worth 1, any " +
        "other 0.",
      { flops: 2e10 },
    ),
    subject: setting(
      subject,
      subjectOffers,
      "One icon of its own, shown four times at two places, is asked for by its name at others: worth " +
        "the harmonic mean of its likeness and of its nearness to the place.",
      { flops: 4e9 },
    ),
  },
  measures: [...common, ...icons.measures, ...towers.measures, ...subject.measures],
  headline: "reward",
  budget: { flops: 3e10, queries: 2000 },
  stages: [
    [icons, towers, subject].map((domain) => ({
      title: `Denoiser of ${domain.id}`,
      settings: [domain.id],
      make: (workshop) => base(workshop, domain),
    })),
    [icons, towers].map((domain) => ({
      title: `Answers of the denoiser of ${domain.id}`,
      settings: [domain.id],
      make: (workshop) => pool(workshop, domain),
    })),
  ],
  open: async (domain, _rng, workshop) => await testbed(domain, workshop),
};
export default diffusion;

function setting(
  domain: Domain,
  offers: readonly Kind[],
  summary: string,
  budget?: Setting["budget"],
): Setting<Domain> {
  return { summary, offers, with: domain, ...budget ? { budget } : {} };
}

async function testbed(domain: Domain, workshop: Workshop): Promise<Testbed> {
  const { model, start } = await base(workshop, domain);
  const checked = (y: Answer) => {
    const { made, token } = madeOf(y);
    return domain.check(made, token);
  };
  const rewards = new WeakMap<Answer, number>();
  const reward = (y: Answer): number => {
    const found = rewards.get(y) ?? checked(y).reward;
    rewards.set(y, found);
    return found;
  };
  const chance = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return 1 / (1 + Math.exp(-(reward(a) - reward(b)) / TEMPERATURE));
  };
  const label = (a: Answer, b: Answer, rng: Rng): boolean => rng.uniform() < chance(a, b);

  const given = await domain.given(workshop, domain, { reward, chance, label });

  return {
    model,
    start,
    optimiser: { rate: domain.rate, warmup: 10, batch: 32, clip: 1 },
    oracle: { id: `${domain.id} truth`, prefer: async (a, b) => await chance(a, b) },
    evaluators: [...common, ...domain.measures],
    longest: domain.shape.steps - 1,
    samples: domain.samples,
    ...given,
    label: async (a, b, rng) => await label(a, b, rng),
    check: async (ys) => await ys.map(checked),
    prices: { checks: domain.price },
    reward: async (ys) => await Float64Array.from(ys, reward),
    show: ({ tokens }) => domain.wanted[tokens[0]!]!,
    showSteps: (y) => wordsByStep(y, domain.words),
    picture: (y) => "prompt" in y ? domain.draw(madeOf(y).made) : domain.sketch(y.tokens[0]!),
    frames: (y) => framesOf(y, domain.draw),
    truth: { temperature: TEMPERATURE },
  };
}
