// Long, as the four protocols differ in files and options alone and are read best side by side.
import { basename } from "node:path";
import { z } from "zod";
import { jsonLines, readDocument, readRows } from "../lab/rows.ts";
import { type Judged, type Judgement, type Rng, type stats } from "../mod.ts";
import {
  alpacaEval,
  arenaHard,
  arenaHardFiles,
  type Ask,
  comparisons,
  type Field,
  gradings,
  type Line,
  mtBench,
  mtBenchFiles,
  type Orders,
  pairings,
  questionIds,
  replyVerdicts,
  rewardBench,
  rewardBenchFiles,
} from "../mod.ts";
import { here } from "./input.ts";

/** Each protocol on a user's own files: what is asked, and what follows from the replies. */

export interface Given {
  readonly answers?: string[] | undefined;
  readonly baseline?: string | undefined;
  readonly questions?: string | undefined;
  readonly references?: string | undefined;
  readonly data?: string | undefined;
  readonly scores?: string | undefined;
  readonly annotations?: string | undefined;
  readonly judgments?: string[] | undefined;
  readonly orders: Orders;
  readonly mode?: "single" | "pair" | "both" | undefined;
  readonly difficulty?: string | undefined;
  readonly gamed?: string | undefined;
  readonly compat?: string | undefined;
  readonly c?: number | "cv" | undefined;
}

export const protocolNames = ["alpaca-eval", "mt-bench", "arena-hard", "reward-bench"] as const;
export type ProtocolName = typeof protocolNames[number];

export type Reduced =
  & Pick<Judged, "measures" | "rows" | "bias">
  & { readonly judgements: readonly Judgement[] };
export interface Files {
  readonly [name: string]: string;
}

/** A protocol with everything read that it judges. */
export interface Prepared {
  readonly on: string;
  readonly baseline: string;
  readonly asks: readonly Ask[];
  readonly field?: Field;
  /** What could not be joined, for the user to know. */
  readonly notes: readonly string[];
  readonly pair: replyVerdicts.Wanted;
  readonly token: boolean;
  reduce(lines: readonly Line[], rng: Rng): Reduced & { readonly tables?: Files };
  /** The original's own files of judgements; `tables` are those that hold figures. */
  files(lines: readonly Line[], judge: string, prompts: string): Files;
}

/** Metrics of somebody's judgements, without a judge. */
export interface Recomputed extends Reduced {
  readonly on: string;
  readonly baseline: string;
  /** Who judged, as the files say. */
  readonly judge: string;
  readonly notes: readonly string[];
  readonly files: Files;
}

export interface Protocol {
  readonly title: string;
  /** What the judged files are ranked by. */
  readonly headline: readonly string[];
  prepare(given: Given, judge: string): Promise<Prepared>;
  /** Of a field that was not read from files: prefbench's own policies. Absent where it ranks judges. */
  readonly ofField?: (field: Field, on: string, given: Given) => Prepared;
  recompute(given: Given, rng: Rng): Promise<Recomputed>;
}

const need = (given: Given, names: readonly (keyof Given)[], what: string): void => {
  const missing = names.filter((name) => given[name] === undefined);
  if (missing.length > 0) {
    throw new RangeError(`Cannot ${what} without --${missing.join(" and --")}`);
  }
};

const names = (paths: readonly string[]) => paths.map((path) => basename(path)).join(", ");
const pretty = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

const left = (what: string, own: number, other: number): string[] =>
  own + other === 0 ? [] : [
    `${what}: ${own} answers have no partner in the baseline, and ${other} of the baseline's have none here: left out`,
  ];

/** How AlpacaEval's lengths are controlled for, as the options say. */
async function controlOf(given: Given): Promise<alpacaEval.Control> {
  const { compat, c } = given;
  if (c !== undefined && compat === undefined) {
    throw new RangeError(
      "Cannot use --C without --compat alpaca-v1: our own fit has no such number",
    );
  }
  const difficulties = given.difficulty === undefined ? undefined : await readRows(
    here(given.difficulty),
    z.looseObject({ instruction: z.string(), difficulty: z.number() }),
  );
  const ids = difficulties && questionIds(difficulties.map(({ instruction }) => instruction));
  const gamed = given.gamed === undefined ? undefined : await readRows(
    here(given.gamed),
    z.strictObject({
      length: z.number(),
      difficulty: z.number().exactOptional(),
      preference: z.number().min(0).max(1),
      weight: z.number().positive().exactOptional(),
    }),
  );
  return {
    ...difficulties
      ? { difficulty: Object.fromEntries(difficulties.map((row, i) => [ids![i]!, row.difficulty])) }
      : {},
    ...gamed ? { gamed } : {},
    ...compat === undefined
      ? {}
      : { penalty: { l1: c === undefined || c === "cv" ? "chosen" : c } },
  };
}

const alpaca: Protocol = {
  title: "AlpacaEval 2",
  headline: ["win-rate"],
  async prepare(given) {
    need(given, ["answers", "baseline"], "judge by AlpacaEval");
    const read = async (path: string) => ({
      rows: await readRows(here(path), alpacaEval.modelOutput),
      place: path,
    });
    const { field, leftover } = alpacaEval.join(
      await read(given.baseline!),
      await Promise.all(given.answers!.map(read)),
    );
    const control = await controlOf(given);
    return {
      ...ofAlpaca(field, names(given.answers!), given, control),
      notes: Object.entries(leftover).flatMap(([model, { own, baseline }]) =>
        left(model, own, baseline)
      ),
    };
  },
  ofField: (field, on, given) => ofAlpaca(field, on, given, {}),
  async recompute(given, rng) {
    need(given, ["annotations"], "recompute AlpacaEval");
    const rows = await readRows(here(given.annotations!), alpacaEval.annotation);
    const found = alpacaEval.fromAnnotations(rows, given.annotations!);
    const { leaderboard, ...reduced } = alpacaEval.reduce(
      found.rows,
      await controlOf(given),
      rng,
    );
    return {
      ...reduced,
      on: basename(given.annotations!),
      baseline: found.baseline,
      judge: [...new Set(rows.map(({ annotator }) => annotator ?? "unknown"))].join(", "),
      notes: [],
      files: { "leaderboard.csv": leaderboard },
    };
  },
};

function ofAlpaca(
  field: Field,
  on: string,
  { orders }: Given,
  control: alpacaEval.Control,
): Prepared {
  return {
    on,
    field,
    baseline: field.baseline.model,
    asks: comparisons(field, { orders, turns: 1 }),
    notes: [],
    pair: replyVerdicts.PAIR,
    token: true,
    reduce(lines, rng) {
      const { leaderboard, ...reduced } = alpacaEval.reduce(
        alpacaEval.preferred(pairings(lines), field),
        control,
        rng,
      );
      return { ...reduced, tables: { "leaderboard.csv": leaderboard } };
    },
    files: (lines, judge) => ({
      "annotations.json": pretty(alpacaEval.annotations(pairings(lines), field, judge)),
    }),
  };
}

const mt: Protocol = {
  title: "MT-Bench",
  headline: ["grade", "grade-legacy", "win-rate"],
  async prepare(given) {
    const { mode = "single" } = given;
    need(
      given,
      mode === "single" ? ["questions", "answers"] : ["questions", "answers", "baseline"],
      "judge by MT-Bench",
    );
    const references = given.references === undefined
      ? []
      : await readRows(here(given.references), mtBenchFiles.answer);
    const questions = mtBenchFiles.questionsOf(
      await readRows(here(given.questions!), mtBenchFiles.question),
      references,
    );
    const read = async (path: string) =>
      mtBenchFiles.entrant(await readRows(here(path), mtBenchFiles.answer), path);
    const field = await joined(given, questions, read);
    return { ...ofMt(field.field, names(given.answers!), given), notes: field.notes };
  },
  ofField: ofMt,
  async recompute(given, rng) {
    need(given, ["judgments"], "recompute MT-Bench");
    const categories = new Map(
      given.questions === undefined
        ? []
        : (await readRows(here(given.questions), mtBenchFiles.question)).map((
          { question_id, category },
        ) => [`${question_id}`, category]),
    );
    const single: mtBenchFiles.SingleJudgment[] = [];
    const pair: mtBenchFiles.PairJudgment[] = [];
    for (const path of given.judgments!) {
      const rows = await readRows(here(path), z.looseObject({}));
      const pairs = rows.some((row) => Object.hasOwn(row, "g1_winner"));
      if (pairs) pair.push(...await readRows(here(path), mtBenchFiles.pairJudgment));
      else single.push(...await readRows(here(path), mtBenchFiles.singleJudgment));
    }
    const rows = [...single, ...pair];
    if (rows.length === 0) {
      throw new RangeError("Cannot recompute MT-Bench: there are no judgements");
    }
    const baseline = pair.length === 0 ? "none" : mtBenchFiles.baselineOf(pair, given.baseline);
    return {
      ...mtBench.reduce(
        mtBenchFiles.fromSingle(single, categories),
        pair.length === 0 ? [] : mtBenchFiles.fromPairs(pair, baseline, categories),
        rng,
      ),
      on: names(given.judgments!),
      baseline,
      judge: [...new Set(rows.map(({ judge }) => judge.join(" ")))].join(", "),
      notes: [],
      files: {},
    };
  },
};

function ofMt(field: Field, on: string, { orders, mode = "single" }: Given): Prepared {
  const categories = new Map(
    field.questions.flatMap(({ id, category }) => category === undefined ? [] : [[id, category]]),
  );
  return {
    on,
    field,
    baseline: mode === "single" ? "none" : field.baseline.model,
    asks: [
      ...mode === "pair" ? [] : gradings(field, { turns: 2 }),
      ...mode === "single" ? [] : comparisons(field, { orders, turns: 2 }),
    ],
    notes: [],
    pair: replyVerdicts.PAIR,
    token: false,
    reduce: (lines, rng) =>
      mtBench.reduce(
        mtBenchFiles.gradesOf(lines, categories),
        mtBenchFiles.matchesOf(pairings(lines), categories),
        rng,
      ),
    files(lines, judge, prompts) {
      const { single, pair } = mtBenchFiles.exported(lines, field, judge, prompts);
      return {
        ...single.length > 0 ? { "judgments_single.jsonl": jsonLines(single) } : {},
        ...pair.length > 0 ? { "judgments_pair.jsonl": jsonLines(pair) } : {},
      };
    },
  };
}

const arena: Protocol = {
  title: "Arena-Hard",
  headline: ["win-rate"],
  async prepare(given) {
    need(given, ["questions", "answers", "baseline"], "judge by Arena-Hard");
    const questions = arenaHardFiles.questionsOf(
      await readRows(here(given.questions!), arenaHardFiles.question),
    );
    const { field, notes } = await joined(given, questions, readArena);
    return { ...ofArena(field, names(given.answers!), given), notes };
  },
  ofField: ofArena,
  async recompute(given, rng) {
    need(given, ["judgments"], "recompute Arena-Hard");
    const rows = (await Promise.all(
      given.judgments!.map((path) => readRows(here(path), arenaHardFiles.judgment)),
    )).flat();
    const baselines = [...new Set(rows.map(({ baseline }) => baseline))];
    const [baseline] = baselines;
    if (baseline === undefined || baselines.length > 1) {
      throw new RangeError(
        `Cannot recompute Arena-Hard: field "baseline" must be one model: found ${
          baselines.join(", ") || "no rows"
        }`,
      );
    }
    const entrants = await Promise.all((given.answers ?? []).map(readArena));
    const known = new Map(entrants.map((entrant) => [entrant.model, entrant.styles]));
    return {
      ...arenaHard.reduce(arenaHardFiles.fromJudgments(rows), {
        baseline,
        ...entrants.length === 0 ? {} : {
          styles: (model, _seed, question) => [
            known.get(model)?.get(question),
            known.get(baseline)?.get(question),
          ],
        },
      }, rng),
      on: names(given.judgments!),
      baseline,
      judge: [...new Set(rows.map(({ judge }) => judge))].join(", "),
      notes: [],
      files: {},
    };
  },
};

const readArena = async (path: string) =>
  arenaHardFiles.entrant(await readRows(here(path), arenaHardFiles.answer), path);

function ofArena(field: Field, on: string, { orders }: Given): Prepared {
  const { baseline, models } = field;
  const styled = (
    { answers, styles }: {
      readonly answers: Field["baseline"]["answers"];
      readonly styles?: ReadonlyMap<string, stats.Style>;
    },
    question: string,
  ) => {
    const text = answers.get(question)?.[0];
    return styles?.get(question) ?? (text === undefined ? undefined : arenaHardFiles.styleOf(text));
  };
  const styles = (model: string, seed: number | undefined, question: string) => {
    const own = models.find((entrant) => entrant.model === model && entrant.seed === seed);
    if (!own) return undefined;
    return [own, own.against ? { answers: own.against } : baseline].map((side) =>
      styled(side, question)
    ) as [stats.Style | undefined, stats.Style | undefined];
  };
  return {
    on,
    field,
    baseline: baseline.model,
    asks: comparisons(field, { orders, turns: 1 }),
    notes: [],
    pair: replyVerdicts.FIVE,
    token: false,
    reduce: (lines, rng) =>
      arenaHard.reduce(arenaHardFiles.battlesOf(pairings(lines)), {
        baseline: baseline.model,
        styles,
      }, rng),
    files: (lines, judge) => ({
      "judgments.jsonl": jsonLines(arenaHardFiles.exported(pairings(lines), field, judge)),
    }),
  };
}

/** Answers joined with the questions and the baseline by the question's id. */
async function joined(
  given: Given,
  questions: Field["questions"],
  read: (path: string) => Promise<Field["baseline"]>,
): Promise<{ readonly field: Field; readonly notes: string[] }> {
  const models = await Promise.all(given.answers!.map(read));
  const baseline = given.baseline === undefined
    ? { model: "none", answers: new Map<string, readonly string[]>() }
    : await read(given.baseline);
  const ids = new Set(questions.map(({ id }) => id));
  const notes: string[] = [];
  const seen = new Set<string>();
  const all = given.baseline === undefined ? models : [baseline, ...models];
  all.forEach(({ model, answers }, i) => {
    const path = given.baseline === undefined
      ? given.answers![i]!
      : i === 0
      ? given.baseline
      : given.answers![i - 1]!;
    if (seen.has(model)) throw new RangeError(`Cannot judge ${path}: ${model} was given already`);
    seen.add(model);
    const shared = [...answers.keys()].filter((id) => ids.has(id)).length;
    if (shared === 0) {
      throw new RangeError(
        `Cannot join ${path} with ${given.questions}: no question of the one is in the other`,
      );
    }
    const [extra, unanswered] = [answers.size - shared, questions.length - shared];
    if (extra + unanswered > 0) {
      notes.push(
        `${model}: ${extra} answers are to no question, and ${unanswered} questions have none: left out`,
      );
    }
  });
  return { field: { questions, baseline, models }, notes };
}

const reward: Protocol = {
  title: "RewardBench",
  headline: ["score", "accuracy"],
  async prepare(given, judge) {
    need(given, ["data"], "judge by RewardBench");
    const rows = await readRows(here(given.data!), rewardBenchFiles.row);
    rewardBenchFiles.checkIds(rows, given.data!);
    return ofRewardRows(rows, basename(given.data!), judge, given);
  },
  async recompute(given, rng) {
    need(given, ["data", "scores"], "recompute RewardBench");
    const rows = await readRows(here(given.data!), rewardBenchFiles.row);
    rewardBenchFiles.checkIds(rows, given.data!);
    const path = here(given.scores!);
    const { rows: scored, leftover } = path.endsWith(".jsonl")
      ? rewardBenchFiles.joinScores(
        rows,
        await readRows(path, rewardBenchFiles.givenScores),
        given.scores!,
      )
      : rewardBenchFiles.joinDocument(
        rows,
        await readDocument(path, rewardBenchFiles.scoreDocument),
        given.scores!,
      );
    const name = basename(given.scores!);
    return {
      ...rewardBench.reduce(scored, name, rng),
      on: basename(given.data!),
      baseline: "none",
      judge: name,
      notes: leftover.rows + leftover.scores === 0
        ? []
        : [`${leftover.rows} rows have no scores, and ${leftover.scores} scores no row: left out`],
      files: {},
    };
  },
};

/** Rows of RewardBench, whoever wrote them. */
export function ofRewardRows(
  rows: readonly rewardBenchFiles.RewardRow[],
  on: string,
  judge: string,
  { mode = "single" }: Given,
): Prepared {
  if (mode === "both") throw new RangeError("Cannot judge RewardBench in both modes: choose one");
  const scored = (lines: readonly Line[]) => rewardBenchFiles.scoredBy(rows, lines);
  return {
    on,
    baseline: "none",
    asks: rewardBenchFiles.asks(rows, judge, mode === "single" ? "grades" : "pairs"),
    notes: [],
    pair: replyVerdicts.PAIR,
    token: false,
    reduce: (lines, rng) => rewardBench.reduce(scored(lines), judge, rng),
    files: (lines) => ({
      "scores.jsonl": jsonLines(
        scored(lines).map(({ id, subset, scores, failure }) => ({
          id,
          subset,
          scores: scores ?? null,
          ...failure ? { failure: failure.failure, reason: failure.reason } : {},
        })),
      ),
    }),
  };
}

export const protocols: { readonly [name in ProtocolName]: Protocol } = {
  "alpaca-eval": alpaca,
  "mt-bench": mt,
  "arena-hard": arena,
  "reward-bench": reward,
};
