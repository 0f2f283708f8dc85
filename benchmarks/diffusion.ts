import {
  type Answer,
  type Benchmark,
  type Comparison,
  type Example,
  type Kind,
  resultAlone,
  type Rng,
  samePrompt,
  type Setting,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import entropy from "../evaluators/entropy.ts";
import { without } from "../evaluators/mod.ts";
import regret from "../evaluators/regret.ts";
import { base, pool, promptsOf } from "./diffusion/base.ts";
import type { Domain } from "./diffusion/domain.ts";
import { icons } from "./diffusion/icons.ts";
import { madeOf } from "./diffusion/measures.ts";
import { framesOf } from "./diffusion/pictures.ts";
import { towers } from "./diffusion/towers.ts";
import { wordsByStep } from "./diffusion/words.ts";
import { type Asked, costs, read } from "./labelled.ts";

const TEMPERATURE = 0.5;

/** What labels read as; `noised` are pairs without their paths. */
const offers: readonly Kind[] = [
  "pairs",
  "noised",
  "points",
  "scored",
  "demonstrations",
  "lists",
  "triples",
];

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
 * of the two settings do not compare.
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
      "Icons of a shape and a colour that are asked for; in a third of the captions that the start " +
        "policy learned from, either is drawn at random.",
    ),
    towers: setting(
      towers,
      "Towers of six blocks: one that stands, in the silhouette that is asked for, is worth 1, any " +
        "other 0.",
      { flops: 2e10 },
    ),
  },
  measures: [...common, ...icons.measures, ...towers.measures],
  headline: "reward",
  budget: { flops: 3e10, queries: 2000 },
  stages: [
    [icons, towers].map((domain) => ({
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
  summary: string,
  budget?: Setting["budget"],
): Setting<Domain> {
  return { summary, offers, with: domain, ...budget ? { budget } : {} };
}

async function testbed(domain: Domain, workshop: Workshop): Promise<Testbed> {
  const { model, start } = await base(workshop, domain);
  const { train, held } = await pool(workshop, domain);
  const prompts = promptsOf(domain);
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

  /** Every prompt equally often, in an order of its own each time round. */
  function* askings(n: number, size: number, rng: Rng): Generator<Asked> {
    const [order, draws, labels] = ["prompts", "answers", "labels"].map((x) => rng.split(x)) as [
      Rng,
      Rng,
      Rng,
    ];
    const decks = train.map((ys) => dealer(ys, reward, draws));
    for (let left = n; left > 0; left -= decks.length) {
      for (const deal of order.shuffle(decks).slice(0, left)) {
        yield { answers: deal(size), label: (a, b) => label(a, b, labels), objective: () => 0 };
      }
    }
  }

  const comparisons = held.flatMap((ys) =>
    Array.from({ length: ys.length / 2 }, (_, k) => [ys[2 * k]!, ys[2 * k + 1]!] as const)
  ).flatMap(([a, b]): Comparison[] => {
    const p = chance(a, b);
    if (p === 1 / 2) return [];
    return [
      p > 1 / 2
        ? { chosen: a, rejected: b, strength: p }
        : { chosen: b, rejected: a, strength: 1 - p },
    ];
  });

  return {
    model,
    start,
    optimiser: { rate: 1e-4, warmup: 10, batch: 32, clip: 1 },
    oracle: { id: `${domain.id} truth`, prefer: async (a, b) => await chance(a, b) },
    evaluators: [...common, ...domain.measures],
    longest: domain.shape.steps - 1,
    samples: domain.samples,
    prompts: () => prompts,
    label: async (a, b, rng) => await label(a, b, rng),
    costs,
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      if (!offers.includes(kind)) {
        throw new RangeError(
          `Cannot draw ${kind} from diffusion as it offers only ${offers.join(", ")}`,
        );
      }
      const ask = (askingsOf: number, size: number) => askings(askingsOf, size, rng);
      const others = rng.split("unrelated");
      const elsewhere = ({ prompt }: Answer): Answer => {
        const at = others.below(train.length - 1);
        const p = at < prompts.indexOf(prompt) ? at : at + 1;
        return { ...others.pick(train[p]!), prompt };
      };
      if (kind !== "noised") return read(kind, n, "diffusion", ask, elsewhere);
      const pairs = read("pairs", n, "diffusion", ask, elsewhere);
      return pairs.map(({ chosen, rejected, strength }) => (
        { chosen: resultAlone(chosen), rejected: resultAlone(rejected), strength }
      )) as Example<K>[];
    },
    check: async (ys) => await ys.map(checked),
    prices: { checks: domain.price },
    heldOut: () => comparisons,
    reward: async (ys) => await Float64Array.from(ys, reward),
    show: ({ tokens }) => domain.wanted[tokens[0]!]!,
    showSteps: (y) => wordsByStep(y, domain.words),
    picture: (y) => "prompt" in y ? domain.draw(madeOf(y).made) : domain.sketch(y.tokens[0]!),
    frames: (y) => framesOf(y, domain.draw),
    truth: { temperature: TEMPERATURE },
  };
}

/** Deals sets of answers of which two at least are not as good as each other; each answer once before any comes again. */
function dealer(
  ys: readonly Answer[],
  reward: (y: Answer) => number,
  draws: Rng,
): (size: number) => readonly Answer[] {
  let left: Answer[] = [];
  return (size) => {
    const differs = (y: Answer) => reward(y) !== reward(left[0]!);
    if (left.length < size || !left.some(differs)) left = draws.shuffle(ys);
    const [other] = left.splice(left.findIndex(differs), 1);
    return [other!, ...left.splice(0, size - 1)];
  };
}
