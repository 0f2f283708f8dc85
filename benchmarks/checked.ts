import {
  type Answer,
  type Comparison,
  type Optimiser,
  type Prompt,
  type Rng,
  samePrompt,
  type Testbed,
} from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import {
  dealt,
  type Demonstrated,
  readVerified,
  verifiedCosts,
  type Verifier,
} from "./verified.ts";

/** What testbeds have alike whose answers a program tells right from wrong. */

const TRAIN = 512;
const TEST = 96;
/** Most held-out comparisons a test prompt, and answers that are drawn to find them. */
const HELD = 2;
const TRIED = 12;

/** What can be measured on all of them beside their own. A right answer's gold reward is 1, so "solved" says it better. */
export const commonMeasures = evaluators.filter(({ id }) => id !== "reward");

/** Ten times as fast, and DPO takes policies like these apart. */
export const optimiser: Optimiser = { rate: 3e-4, warmup: 10, batch: 32, clip: 1 };

export interface Split {
  readonly train: readonly Prompt[];
  readonly test: readonly Prompt[];
}
/** Train and test questions, the same for every seed; none is in both. */
export function questionsOf(
  name: string,
  question: (draws: Rng) => readonly number[],
  draws: Rng,
): Split {
  const seen = new Set<string>();
  const make = (split: keyof Split, n: number): Prompt[] => {
    const found: Prompt[] = [];
    for (let i = 0; found.length < n; i++) {
      const tokens = question(draws.split(split).split(i));
      if (seen.has(`${tokens}`)) continue;
      seen.add(`${tokens}`);
      found.push({ id: `${name}/${split}/${found.length}`, tokens });
    }
    return found;
  };
  return { train: make("train", TRAIN), test: make("test", TEST) };
}

export interface Checked {
  /** As messages name it. */
  readonly name: string;
  readonly questions: Split;
  readonly verifier: Verifier;
  /** An answer as the demonstrating program writes it. */
  demonstrated(question: Prompt, draws: Rng): Answer;
  /** Chance for the held-out answers. */
  readonly draws: Rng;
}

/** The gold reward is 1 or 0, right beats wrong for certain, and answers that labels are about are demonstrations. */
export function checked(
  { name, questions, verifier, demonstrated, draws }: Checked,
): Pick<
  Testbed,
  | "optimiser"
  | "oracle"
  | "prompts"
  | "label"
  | "costs"
  | "examples"
  | "check"
  | "checks"
  | "heldOut"
  | "reward"
  | "truth"
> {
  const { train, test } = questions;
  const { right } = verifier;
  const held = test.flatMap((prompt, i) => {
    const from = draws.split("held").split(i);
    return contrasts(Array.from({ length: TRIED }, () => demonstrated(prompt, from)), right);
  });
  const ahead = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return right(a) - right(b);
  };
  return {
    optimiser,
    oracle: { id: `${name} truth`, prefer: async (a, b) => await (1 + ahead(a, b)) / 2 },
    prompts: (split) => questions[split],
    label: async (a, b, from) => await ahead(a, b) === 0 ? from.uniform() < 0.5 : right(a) === 1,
    costs: verifiedCosts,
    examples: (kind, n, from) =>
      readVerified(
        kind,
        n,
        name,
        verifier,
        (askings) => demonstrations(train, askings, demonstrated, from),
      ),
    checks: ["solved"],
    check: async (ys) => await ys.map((y) => ({ solved: right(y) })),
    heldOut: () => held,
    reward: async (ys) => await Float64Array.from(ys, right),
    truth: { temperature: 0 },
  };
}

/** A right answer against a wrong one, as far as these are some. */
function contrasts(ys: readonly Answer[], right: Verifier["right"]): Comparison[] {
  const [good, bad] = [ys.filter((y) => right(y)), ys.filter((y) => !right(y))];
  return good.slice(0, HELD).flatMap((chosen, k) =>
    bad[k] ? [{ chosen, rejected: bad[k], strength: 1 }] : []
  );
}

/** Demonstrated answers to train questions. */
function* demonstrations(
  train: readonly Prompt[],
  n: number,
  demonstrated: Checked["demonstrated"],
  from: Rng,
): Generator<Demonstrated> {
  const [answers, others] = [from.split("answers"), from.split("unrelated")];
  const shuffled = (round: number) => from.split("order").split(round).shuffle(train);
  for (const [prompt, i] of dealt(train, n, shuffled)) {
    const draws = answers.split(i);
    yield {
      answer: () => demonstrated(prompt, draws),
      elsewhere: () => demonstrated(others.pick(train), others),
    };
  }
}
