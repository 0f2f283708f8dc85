import { z } from "zod";
import { canonical, fingerprint } from "./canonical.ts";
import { failures } from "./judge.ts";

/** What `deno task judge` leaves behind: one file of JSON a protocol and judge, from which boards are drawn. */

const finite = z.number();

const estimate = z.strictObject({
  value: finite,
  /** The 95 % interval; absent where there is none. */
  low: finite.optional(),
  high: finite.optional(),
  /** Questions it averages over; of a table of pairs, pairs; of facts about a board, models or pairs of them. */
  n: z.int().min(0),
});
/** By id; a measure that does not exist stands in `absent` with its reason. */
const estimates = z.record(z.string(), estimate);

const row = z.strictObject({
  model: z.string(),
  estimates,
  absent: z.record(z.string(), z.string()),
  /** The same by the testbed's exact truth, where the answers are of prefbench's own policies. */
  exact: estimates.optional(),
});

/** One judgement of one answer or pair, for drill-down and for statistics over questions. */
const judgement = z.strictObject({
  question: z.string(),
  /** Tells questions that share a prompt, and so are not independent, where some do. */
  prompt: z.string().optional(),
  model: z.string(),
  /** Whom it met, where that is not the file's one baseline. */
  opponent: z.string().optional(),
  /** Training seed of the policy that answered, where there is one. */
  seed: z.int().optional(),
  /** P(model beats baseline), both orders averaged. */
  preference: finite.optional(),
  grade: finite.optional(),
  /** From 1. */
  turn: z.int().optional(),
  /** The verdict changed with the order of the answers. */
  flipped: z.boolean().optional(),
  failure: z.strictObject({ kind: z.enum(failures), reason: z.string() }).optional(),
});

/**
 * Two models on what both were judged on: the mean over questions of the first's verdict less the
 * second's, with Student's interval and a permutation test of questions.
 */
const pair = z.strictObject({
  a: z.string(),
  b: z.string(),
  /** Questions that both have, and verdicts (turns, orders and opponents apart). */
  n: z.int().min(0),
  verdicts: z.int().min(0),
  difference: finite.optional(),
  low: finite.optional(),
  high: finite.optional(),
  p: finite.optional(),
});

/**
 * How far a judge agrees with people on pairs of answers, and people with each other. Verdicts are
 * "the model first by name", "the second" or "a tie", and meet on one question, turn and pair.
 */
const agreement = z.strictObject({
  /** What the files of votes are called. */
  files: z.string(),
  /** How many voted. */
  people: z.int().min(0),
  /** Votes that count, and those of them that are on something judged. */
  votes: z.int().min(0),
  joined: z.int().min(0),
  /** Votes by a benchmark's authors, which do not count. */
  authors: z.int().min(0),
  /** Pairs that were judged, those on which the judge failed, and those that somebody voted on. */
  judged: z.int().min(0),
  failed: z.int().min(0),
  voted: z.int().min(0),
  rows: z.array(z.strictObject({
    /** Of the judge with each vote, or of every two votes on one pair. */
    who: z.enum(["judge", "people"]),
    /** Absent where it is of all turns. */
    turn: z.int().min(1).optional(),
    /** Whether ties count, or pairs of verdicts with a tie are left out. */
    ties: z.boolean(),
    /** Pairs of verdicts; `n` of the estimates counts questions. */
    pairs: z.int().min(0),
    /** `observed`, the share of equal verdicts, and beyond chance `kappa`, `alpha` and `ac1`. */
    estimates,
    absent: z.record(z.string(), z.string()),
  })),
});

/**
 * Models of a leaderboard that somebody published. Which judge, baseline and questions they had the
 * file does not say, so they are shown apart and never ranked with one's own.
 */
const published = z.strictObject({
  file: z.string(),
  rows: z.array(z.strictObject({
    model: z.string(),
    /** In the units of `measures`; an interval only where the file has a sampling error. */
    estimates,
    /** What the board calls its kind of entry, as "verified". */
    mode: z.string().optional(),
  })),
});

/** Where the variance of a headline comes from. */
const noise = z.strictObject({
  /** Models that the components are means over, and the most prompts and seeds that one has. */
  models: z.int().min(0),
  prompts: z.int().min(0),
  seeds: z.int().min(1),
  /** In which each pair was shown. */
  orders: z.union([z.literal(1), z.literal(2)]),
  /** Verdicts that were asked for again, which count here alone. */
  again: z.int().min(0),
  /** Variances of one verdict's parts, as `stats.VarianceComponents` defines them. */
  components: z.strictObject({
    prompt: finite.optional(),
    seed: finite.optional(),
    answer: finite.optional(),
    order: finite.optional(),
    repeat: finite.optional(),
  }),
  /** The mean's variance over what as many independent verdicts would have. */
  designEffect: finite.optional(),
  /** Prompts that make the 95 % interval ± `half`, all else as it is. */
  half: finite,
  needed: z.int().min(1).optional(),
  /** Why any of these is not there. */
  absent: z.record(z.string(), z.string()),
});

/** Who judged, and what that took. */
export const judgeOnRecord = z.strictObject({
  id: z.string(),
  fingerprint: z.string(),
  /** Calls made, and those answered from the cache. */
  calls: z.int().min(0),
  cached: z.int().min(0),
  tokens: z.strictObject({ prompt: z.int(), completion: z.int() }).optional(),
  /** Calls of which the server does not say how many tokens they took: they are not among `tokens`. */
  unmetered: z.int().min(1).optional(),
  /** In the currency of the prices given. */
  cost: finite.optional(),
});

/** The first 16 digits of digests by question: of what was asked, and of what the opponent answered. */
const content = z.strictObject({
  questions: z.record(z.string(), z.string()),
  opponents: z.record(z.string(), z.string()),
});

/** The schema of a judged file (`judged.json`). */
export const judged = z.strictObject({
  schema: z.literal(1),
  command: z.string(),
  protocol: z.string(),
  judge: judgeOnRecord,
  /** `benchmark/setting` of a run, or what the files are called. */
  on: z.string(),
  baseline: z.string(),
  /** What `estimates` holds: title, unit and direction by id. */
  measures: z.record(
    z.string(),
    z.strictObject({
      title: z.string(),
      unit: z.string().optional(),
      better: z.enum(["higher", "lower", "neither"]),
      /** It is about the other models of the file as well, as a rank is. */
      among: z.literal(true).optional(),
    }),
  ),
  rows: z.array(row),
  /** Facts about the judge on these answers: order effect, length effect, agreement with the truth. */
  bias: estimates,
  /** Facts that `bias` lacks, with the reason. */
  absent: z.record(z.string(), z.string()).optional(),
  /** By the measure whose verdicts they are; absent in files made before it was measured. */
  noise: z.record(z.string(), noise).optional(),
  judgements: z.array(judgement),
  /** Every two models on what both have; absent in files made before it was measured. */
  pairs: z.array(pair).optional(),
  /** What a reader of the figures must know, such as rows that were left out. */
  notes: z.array(z.string()).optional(),
  /** Where people voted on the same pairs. */
  agreement: agreement.optional(),
  published: published.optional(),
  /** Digests of `texts` where those are absent, so that files are told apart by what they are of. */
  content: content.optional(),
  /** What was asked and answered, for who reads single verdicts; absent where it may not be passed on. */
  texts: z.strictObject({
    questions: z.array(z.strictObject({
      id: z.string(),
      turns: z.array(z.string()),
      category: z.string().optional(),
    })),
    /** The baseline's too, under its name. */
    answers: z.array(z.strictObject({
      question: z.string(),
      model: z.string(),
      seed: z.int().optional(),
      turns: z.array(z.string()),
    })),
  }).optional(),
});

/** What `deno task judge` leaves behind of one protocol and judge. */
export type Judged = z.infer<typeof judged>;
/** One judge's difference between two models. */
export type JudgedPair = z.infer<typeof pair>;
/** A model with its figures. */
export type JudgedRow = z.infer<typeof row>;
/** One judgement of one answer or pair. */
export type Judgement = z.infer<typeof judgement>;
/** How far a judge agrees with people. */
export type JudgedAgreement = z.infer<typeof agreement>;
/** What a judge's figures vary with. */
export type JudgedNoise = z.infer<typeof noise>;
/** A figure with its interval. */
export type JudgedEstimate = z.infer<typeof estimate>;

/** The part of a judged file that its identity is made of. */
export type JudgedContent = z.infer<typeof content>;

/** What a file is of, whatever files and models are called; undefined where it holds no texts. */
export function contentOf(
  { content, texts, judgements, baseline }: Pick<
    Judged,
    "content" | "texts" | "judgements" | "baseline"
  >,
): JudgedContent | undefined {
  if (!texts) return content;
  const digest = (value: unknown) => fingerprint(value).slice(0, 16);
  const models = new Set(judgements.map(({ model }) => model));
  // Of a question whose words nobody knew, its id stands in their place.
  const known = texts.questions.filter(({ id, turns }) => turns.join() !== id);
  const others = texts.answers.filter(({ model }) => model === baseline || !models.has(model));
  return {
    questions: Object.fromEntries(known.map(({ id, turns }) => [id, digest(turns)])),
    opponents: Object.fromEntries(
      [...Map.groupBy(others, ({ question }) => question)].map(([question, answers]) => {
        // The one opponent's name is no part of what it said; of several, it tells them apart.
        const said = answers.map(({ model, seed, turns }) =>
          canonical([model === baseline ? "" : model, seed ?? null, turns])
        );
        return [question, digest([...new Set(said)].sort())];
      }),
    ),
  };
}

/** How judges of one set of answers agree: of each part that was judged, as a category is. */
const judgesAgreement = z.strictObject({
  part: z.string().optional(),
  /** Whether verdicts are grades, whose α and κ weigh differences by their square. */
  of: z.enum(["preference", "grade"]),
  /** Verdicts that two judges have at least. */
  verdicts: z.int().min(0),
  /** Krippendorff's; absent where all verdicts are the same, or no two judges met. */
  alpha: finite.optional(),
  pairs: z.array(z.strictObject({
    a: z.string(),
    b: z.string(),
    verdicts: z.int().min(0),
    /** The share of equal verdicts. */
    observed: finite.optional(),
    /** Cohen's; absent where both always say one thing. */
    kappa: finite.optional(),
  })),
});

/** Several judges' figures of one set of answers, a file each, and how the judges agree. */
export const panel = z.strictObject({
  schema: z.literal(1),
  command: z.string(),
  protocol: z.string(),
  judges: z.array(z.string()),
  /** How their verdicts were put together, where that was asked for. */
  jury: z.enum(["mean", "majority"]).optional(),
  agreement: z.array(judgesAgreement),
  /** Paths of the judged files, from the panel's own directory. */
  files: z.array(z.string()),
});
/** Several judges of the same answers: whose files they are, and how far they agree. */
export type Panel = z.infer<typeof panel>;
/** How far two judges agree with each other. */
export type JudgesAgreement = z.infer<typeof judgesAgreement>;

/** What a component is called, in the order in which they are shown. */
const parts = {
  prompt: "questions",
  seed: "training seeds",
  answer: "one seed's answer to a question",
  order: "order shown",
  repeat: "asking again",
} as const;

/** A part of the variance that one verdict has, in an order drawn by a coin, or why it is not known. */
export type NoisePart =
  & { readonly title: string }
  & ({ readonly variance: number; readonly share: number } | { readonly absent: string });

/** Every part that is known or whose absence has a reason; `share` is of all that are known. */
export function noiseParts({ components, absent }: JudgedNoise): NoisePart[] {
  const ids = Object.keys(parts) as (keyof typeof parts)[];
  // Two orders have half the variance of both about their mean that they have between them.
  const own = (id: typeof ids[number]) =>
    id === "order" && components.order !== undefined ? components.order / 2 : components[id];
  const total = ids.reduce((sum, id) => sum + (own(id) ?? 0), 0);
  return ids.flatMap((id): NoisePart[] => {
    const [title, variance] = [parts[id], own(id)];
    if (variance !== undefined) {
      return [{ title, variance, share: total === 0 ? 0 : variance / total }];
    }
    return Object.hasOwn(absent, id) ? [{ title, absent: absent[id]! }] : [];
  });
}

/** Ids of prompts in their order, as judgements name questions: of the text, and of which time it occurs. */
export function questionIds(prompts: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return prompts.map((text) => {
    const nth = (seen.get(text) ?? 0) + 1;
    seen.set(text, nth);
    const id = fingerprint(text).slice(0, 16);
    return nth === 1 ? id : `${id}#${nth}`;
  });
}
