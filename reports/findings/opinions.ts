import {
  type Contestant,
  isOn,
  type Judged,
  lasting,
  type Pair,
  pairKey,
  questionIds,
  rng,
  type RunRecord,
  type Vote,
} from "../../core/mod.ts";
import * as stats from "../../stats/mod.ts";
import type { Catalogue } from "./runs.ts";

/** Who says what of which pair, people, judges and the truth, and how far they agree. */

/** Sides of a pair are drawn by a coin, so that to agree is more than to know which is the start policy. */
type Side = "A" | "B" | "tie";

/** One who says which of two answers is better. */
export interface Rater {
  readonly name: string;
  readonly verdicts: ReadonlyMap<string, Side>;
}

/** How far two raters agree on the pairs that both have seen. */
export interface Concord {
  readonly a: string;
  readonly b: string;
  /** With intervals where there are prompts enough. */
  readonly found: stats.Agreement | stats.AgreementIntervals;
  /** The share of equal verdicts where neither calls it a tie. */
  readonly decided: { readonly share: number; readonly n: number } | undefined;
}

export interface Opinions {
  /** Each voter asked again, voters with each other, and people with the truth and with judges. */
  readonly people: readonly Concord[];
  /** Judges with the truth. */
  readonly judges: readonly Concord[];
  /** Krippendorff's α of all voters, where there are more than two. */
  readonly voters: { readonly n: number; readonly alpha: number | undefined } | undefined;
  /** Votes that count, pairs skipped, and votes on texts that are not on record any more. */
  readonly counts: { readonly votes: number; readonly skipped: number; readonly lost: number };
  /** Judgements of prompts or models that are not on record. */
  readonly strangers: number;
  readonly judgements: readonly Opinion[];
  /** Votes between a method and the start policy, as judgements by all people together. */
  readonly votes: readonly Opinion[];
}

/** A probability that a method's answer beats the start policy's, and the true one where it is known. */
export interface Opinion {
  /** The place of the judge in the catalogue; of people −1. */
  readonly judge: number;
  readonly testbed: string;
  readonly method: string;
  readonly prompt: string;
  readonly seed: number;
  readonly preference: number;
  readonly truth: number | undefined;
}

/** Resamples of an interval: 4,000 place its ends to a fiftieth of its width. */
const REPETITIONS = 4000;
/** Prompts from which resamples of them are an interval. */
export const FEWEST = 10;

/** "learned (alpaca-eval)": a judge together with the protocol that asked it. */
export const judgeName = ({ judge, protocol }: Judged): string => `${judge.id} (${protocol})`;

export function opinions(
  records: readonly RunRecord[],
  { votes: rows = [], judged = [] }: Pick<Catalogue, "votes" | "judged">,
): Opinions | undefined {
  if (rows.length === 0 && judged.length === 0) return undefined;
  const answers = library(records);
  const pairs = new Map<string, Seen>();
  const see = (pair: Pair): string => {
    const key = pairKey(pair);
    if (!pairs.has(key)) pairs.set(key, seen(pair, key));
    return key;
  };

  const cast = lasting(rows).flatMap((vote) => {
    const pair = answers.between(vote);
    return pair && isOn(vote, pair) ? [{ vote, pair, key: see(pair) }] : [];
  });
  const decided = cast.filter(({ vote }) => vote.choice !== "skip").map((one) => ({
    ...one,
    verdict: pairs.get(one.key)!.sided(preferenceOf(one.vote, one.pair)),
  }));
  const fresh = decided.filter(({ vote }) => vote.repeats === undefined);
  const voters = [...Map.groupBy(fresh, ({ vote }) => vote.voter)].map(([name, own]) =>
    rater(name, own)
  );
  const again = [
    ...Map.groupBy(
      decided.filter(({ vote }) => vote.repeats !== undefined),
      (one) => one.vote.voter,
    ),
  ].map(([name, own]) => rater(`${name}, asked again`, own));

  let strangers = 0;
  const judgements = judged.flatMap(({ judgements, on }, judge) =>
    judgements.flatMap(({ question, model, seed, preference, turn }): Judgement[] => {
      if (preference === undefined || (turn ?? 1) !== 1) return [];
      const pair = answers.question(on, model, seed, question);
      if (pair === undefined) {
        strangers++;
        return [];
      }
      return [{ pair, key: see(pair), opinion: opinion(answers, judge, pair, preference) }];
    })
  );
  const byJudge = judged.map((file, i) =>
    rater(
      judgeName(file),
      judgements.filter(({ opinion, pair }) =>
        // Nobody can say which of two equal texts is better.
        opinion.judge === i && pair.answers[0] !== pair.answers[1]
      ).map(({ key, opinion }) => ({ key, verdict: pairs.get(key)!.sided(opinion.preference) })),
    )
  );
  const truth = rater(
    "the truth",
    [...pairs].flatMap(([key, { pair: { rewards }, sided }]) =>
      rewards ? [{ key, verdict: sided(settled(rewards[1] - rewards[0])) }] : []
    ),
  );
  const all = rater("all voters", fresh);
  const people = voters.length > 1 ? [...voters, all] : voters;
  const together = (a: Rater, b: Rater) => concord(a, b, pairs);
  return {
    people: [
      ...again.flatMap((one) =>
        together(one, voters.find(({ name }) => one.name === `${name}, asked again`)!)
      ),
      ...voters.flatMap((one, i) => voters.slice(i + 1).flatMap((other) => together(one, other))),
      ...people.flatMap((one) => together(one, truth)),
      ...people.slice(-1).flatMap((one) => byJudge.flatMap((judge) => together(one, judge))),
    ],
    judges: byJudge.flatMap((judge) => together(judge, truth)),
    voters: voters.length > 2 ? { n: voters.length, alpha: alphaOf(voters) } : undefined,
    counts: {
      votes: decided.length,
      skipped: cast.length - decided.length,
      lost: lasting(rows).length - cast.length,
    },
    strangers,
    judgements: judgements.map(({ opinion }) => opinion),
    votes: fresh.flatMap(({ vote, pair }) =>
      pair.contestants[0] === null ? [opinion(answers, -1, pair, preferenceOf(vote, pair))] : []
    ),
  };
}

interface Judgement {
  readonly pair: Pair;
  readonly key: string;
  readonly opinion: Opinion;
}

/** A pair with its coin: `sided` turns P(the second is better) into a verdict. */
interface Seen {
  readonly pair: Pair;
  readonly sided: (preference: number) => Side;
}

function seen(pair: Pair, key: string): Seen {
  const turned = rng("sides").split(key).uniform() < 0.5;
  return {
    pair,
    sided: (preference) => preference === 0.5 ? "tie" : (preference > 0.5) === turned ? "A" : "B",
  };
}

/** P(the pair's second is better) as a voter said it. */
function preferenceOf({ choice, shown }: Vote, { contestants }: Pair): number {
  if (choice === "tie") return 0.5;
  return (choice === "b") === (shown[1] === contestants[1]) ? 1 : 0;
}

const settled = (difference: number): number => difference > 0 ? 1 : difference < 0 ? 0 : 0.5;

const rater = (
  name: string,
  said: readonly { readonly key: string; readonly verdict: Side }[],
): Rater => ({
  name,
  // Of two verdicts on one pair the first was given before the other could be known.
  verdicts: new Map(said.toReversed().map(({ key, verdict }) => [key, verdict])),
});

function opinion(
  { temperature }: Library,
  judge: number,
  pair: Pair,
  preference: number,
): Opinion {
  const { benchmark, setting, seed, prompt, contestants, rewards } = pair;
  const scale = temperature(pair);
  return {
    judge,
    testbed: `${benchmark}/${setting}`,
    method: contestants[1]!,
    prompt,
    seed,
    preference,
    truth: rewards && scale !== undefined ? stats.beats(rewards[1] - rewards[0], scale) : undefined,
  };
}

/** Nothing where the two have no pair in common. */
function concord(a: Rater, b: Rater, pairs: ReadonlyMap<string, Seen>): Concord[] {
  const both = [...a.verdicts].flatMap(([key, verdict]) => {
    const other = b.verdicts.get(key);
    if (other === undefined) return [];
    const { benchmark, setting, prompt, seed } = pairs.get(key)!.pair;
    return [{ a: verdict, b: other, prompt: JSON.stringify([benchmark, setting, prompt]), seed }];
  });
  if (both.length === 0) return [];
  const sure = both.filter(({ a, b }) => a !== "tie" && b !== "tie");
  const categories = ["A", "B", "tie"];
  const many = new Set(both.map(({ prompt }) => prompt)).size >= FEWEST;
  return [{
    a: a.name,
    b: b.name,
    found: many
      ? stats.agreementIntervals(both, {
        rng: rng("report").split("agreement").split(a.name).split(b.name),
        repetitions: REPETITIONS,
        categories,
      })
      : stats.agreement(both, categories),
    decided: sure.length === 0
      ? undefined
      : { share: stats.mean(sure.map(({ a, b }) => a === b ? 1 : 0)), n: sure.length },
  }];
}

function alphaOf(voters: readonly Rater[]): number | undefined {
  const keys = new Set(voters.flatMap(({ verdicts }) => [...verdicts.keys()]));
  const units = [...keys].map((key) => voters.flatMap(({ verdicts }) => verdicts.get(key) ?? []));
  return units.some((said) => said.length > 1) ? stats.krippendorff(units) : undefined;
}

/** The answers on record, by what votes and judgements name. */
interface Library {
  between(vote: Vote): Pair | undefined;
  question(on: string, method: string, seed: number | undefined, id: string): Pair | undefined;
  temperature(pair: Pair): number | undefined;
}

function library(records: readonly RunRecord[]): Library {
  const known = new Map<string, RunRecord>();
  // Of the start policy any method's record will do.
  const name = (on: string, seed: number, method: Contestant) => JSON.stringify([on, seed, method]);
  const seeds = new Map<string, Set<number>>();
  for (const record of records) {
    if (record.answers === undefined) continue;
    const on = `${record.benchmark}/${record.setting}`;
    known.set(name(on, record.seed, record.method), record);
    known.set(name(on, record.seed, null), record);
    seeds.set(on, (seeds.get(on) ?? new Set()).add(record.seed));
  }
  const pair = (
    on: string,
    seed: number,
    question: number,
    contestants: readonly [Contestant, Contestant],
  ): Pair | undefined => {
    const method = contestants.find((one) => one !== null) ?? null;
    const record = known.get(name(on, seed, method));
    const own = record?.answers?.[question];
    if (record === undefined || own === undefined) return undefined;
    const [one, other] = contestants.map((who) => {
      if (who === null) return { text: own.start, reward: own.rewards?.[0] };
      const answer = known.get(name(on, seed, who))?.answers?.[question];
      return answer?.prompt === own.prompt
        ? { text: answer.end, reward: answer.rewards?.[1] }
        : undefined;
    });
    if (one === undefined || other === undefined) return undefined;
    const { benchmark, setting } = record;
    return {
      benchmark,
      setting,
      seed,
      question,
      prompt: own.prompt,
      contestants,
      answers: [one.text, other.text],
      ...one.reward !== undefined && other.reward !== undefined
        ? { rewards: [one.reward, other.reward] }
        : {},
    };
  };
  const places = new Map<RunRecord, Map<string, number>>();
  return {
    between({ benchmark, setting, seed, question, shown }) {
      // The start policy first, whatever side it was on.
      const [one, other] = shown;
      return pair(
        `${benchmark}/${setting}`,
        seed,
        question,
        other === null || one !== null && other < one ? [other, one] : [one, other],
      );
    },
    question(on, method, seed, id) {
      const [only] = seeds.get(on) ?? [];
      const record = known.get(name(on, seed ?? only ?? 0, method));
      if (record === undefined) return undefined;
      const ids = places.get(record) ??
        new Map(
          questionIds(record.answers!.map(({ prompt }) => prompt)).map((id, i) => [id, i]),
        );
      places.set(record, ids);
      const place = ids.get(id);
      return place === undefined ? undefined : pair(on, record.seed, place, [null, method]);
    },
    temperature: ({ benchmark, setting, seed, contestants }) =>
      known.get(name(`${benchmark}/${setting}`, seed, contestants[1]))?.truth.temperature,
  };
}
