/** A lab on the smallest testbed, for tests of what programs do with theirs. */
import bandit from "../../benchmarks/bandit.ts";
import {
  type Answer,
  type AnyLearner,
  type Budget,
  type Lab,
  type LearnerOptions,
  type Offer,
  type Policy,
  rng,
  type Shape,
  Spent,
  type Testbed,
  type Workshop,
} from "../../core/mod.ts";
import { cpu } from "../../engine/mod.ts";
import { ledger } from "../../lab/train/ledger.ts";
import { MeteredLab } from "../../lab/train/metered-lab.ts";
import hypo from "../../methods/hypo.ts";

export const engine = cpu({ threads: 1 });
export const testbed = await bandit.open(bandit.settings.clean!.with, rng(1), {} as Workshop);

/** A testbed with what its labels can be read as. */
export interface Opening {
  readonly testbed: Testbed;
  readonly offers: readonly Offer[];
}
const clean: Opening = { testbed, offers: bandit.settings.clean!.offers };

/** What a program is given, and the account that pays. */
export function opened(
  budget: Budget = { flops: 1e8, queries: 512 },
  { testbed, offers }: Opening = clean,
) {
  const account = ledger(budget);
  const metered = new MeteredLab({
    engine,
    testbed,
    start: testbed.start,
    where: "bandit/clean",
    offers,
    method: hypo,
    account,
    rng: rng("programs"),
  });
  return { lab: metered.lab(hypo), account, metered };
}

/** A learner that was lent: what it was asked for with, and the lists of examples that it saw, one after another. */
export interface Lent {
  readonly made: AnyLearner;
  readonly options: LearnerOptions;
  readonly lists: (readonly unknown[])[];
}

/** A lab that tells of every learner it lends, and which policy drew an answer: a learner's, a merged one or the start policy. */
export function lending(lab: Lab) {
  const lent: Lent[] = [];
  const drawers = new Map<Answer, Policy>();
  const sign = (policy: Policy) => {
    const { sample } = policy;
    Object.assign(policy, {
      sample: async (...given: Parameters<typeof sample>) => {
        const ys = await sample.call(policy, ...given);
        for (const y of ys) drawers.set(y, policy);
        return ys;
      },
    });
  };
  sign(lab.reference);
  const watched = new Proxy(lab, {
    get(_, key: keyof Lab) {
      if (key === "merged") {
        return async (...asked: Parameters<Lab["merged"]>) => {
          const policy = await lab.merged(...asked);
          sign(policy);
          return policy;
        };
      }
      if (key !== "learner") return lab[key];
      return <F extends Shape>(...asked: Parameters<typeof lab.learner<F>>) => {
        const made = lab.learner<F>(...asked);
        const lists: (readonly unknown[])[] = [];
        const { step } = made;
        sign(made.policy);
        Object.assign(made, {
          step: (...given: Parameters<typeof step>) => {
            if (lists.at(-1) !== given[0]) lists.push(given[0]);
            return step.call(made, ...given);
          },
        });
        lent.push({ made, options: asked[1] ?? {}, lists });
        return made;
      };
    },
  });
  return { lab: watched, lent, drawers };
}

/** Runs a program until its budget is spent. */
export async function played(run: AsyncGenerator<Policy, void>): Promise<void> {
  try {
    for await (const _ of run);
  } catch (error) {
    if (!(error instanceof Spent)) throw error;
  }
}
