import { createHash } from "node:crypto";
import { z } from "zod";
import type { Picture, Seen } from "./picture.ts";
import type { RunRecord } from "./record.ts";

/** What people say of pairs of answers: one line of JSON each in a run's `votes.jsonl`, only ever appended. */

/** Whose answer: a method's id, or null for the start policy. */
const contestant = z.string().min(1).nullable();

const cast = z.strictObject({
  schema: z.literal(1),
  kind: z.literal("vote"),
  id: z.string().min(1),
  voter: z.string().min(1).max(64),
  benchmark: z.string().min(1),
  setting: z.string().min(1),
  /** Training seed of the policies that answered. */
  seed: z.int(),
  /** Place of the prompt among the records' `answers`, from 0. */
  question: z.int().min(0),
  /** Digest of what was read, so that a vote never counts for other answers. */
  digest: z.string().min(1),
  /** Whose answers A and B were. */
  shown: z.tuple([contestant, contestant]),
  choice: z.enum(["a", "b", "tie", "skip"]),
  /** The id of this voter's earlier vote on the same pair, where it was asked again. */
  repeats: z.string().optional(),
  /** From showing to choosing. */
  seconds: z.number().min(0),
  at: z.string(),
});
const undone = z.strictObject({
  schema: z.literal(1),
  kind: z.literal("undo"),
  /** The id of the vote that no longer counts. */
  undoes: z.string().min(1),
  voter: z.string().min(1).max(64),
  at: z.string(),
});

/** The schema of a line of `votes.jsonl`. */
export const voteRow = z.discriminatedUnion("kind", [cast, undone]);
/** A vote, or one taken back. */
export type VoteRow = z.infer<typeof voteRow>;
/** What one voter said of one pair. */
export type Vote = z.infer<typeof cast>;
/** What a voter may say. */
export type Choice = Vote["choice"];
/** Whose answer: a method's id, or null for the start policy. */
export type Contestant = Vote["shown"][number];

/** The votes that were not taken back, in the order in which they were cast. */
export function lasting(rows: readonly VoteRow[]): Vote[] {
  const back = new Set(rows.flatMap((row) => row.kind === "undo" ? [row.undoes] : []));
  return rows.filter((row): row is Vote => row.kind === "vote" && !back.has(row.id));
}

/** Names what a voter saw where contestants are shown in this order. */
export function digestOf(pair: Pair, shown: Vote["shown"]): string {
  const { prompt, promptPicture, answers, seen } = pair;
  const more = promptPicture || seen ? [promptPicture ?? null, inOrder(pair, shown, seen)] : [];
  const what = [prompt, ...inOrder(pair, shown, answers)!, ...more];
  return createHash("sha256").update(JSON.stringify(what)).digest("hex").slice(0, 16);
}

/** What a voter sees of an answer beside its words: not what says whose it is, as what one was told does. */
export type Blind = Pick<Seen, "picture" | "turns">;
const blind = ({ picture, turns }: Seen): Blind => ({
  ...picture ? { picture } : {},
  ...turns ? { turns } : {},
});

/** Two policies' answers to one prompt from one seed; which of them is first says nothing. */
export interface Pair {
  readonly benchmark: string;
  readonly setting: string;
  readonly seed: number;
  readonly question: number;
  readonly prompt: string;
  readonly promptPicture?: Picture;
  readonly contestants: readonly [Contestant, Contestant];
  readonly answers: readonly [string, string];
  /** Of the two, where there is more than words. */
  readonly seen?: readonly [Blind, Blind];
  /** Gold rewards of the two, where they are known. */
  readonly rewards?: readonly [number, number];
}

/** Who meets whom: every method the start policy, every method every other, or both. */
export const meetings = ["start", "methods", "all"] as const;
/** Who meets whom. */
export type Meeting = (typeof meetings)[number];

/** All pairs that the answers on record allow, in the records' order; a pair of equal answers is one too. */
export function pairsOf(records: readonly RunRecord[], meeting: Meeting = "all"): Pair[] {
  const cells = Map.groupBy(
    records.filter(({ answers }) => answers !== undefined),
    ({ benchmark, setting, seed }) => JSON.stringify([benchmark, setting, seed]),
  );
  return [...cells.values()].flatMap((records) => {
    const { benchmark, setting, seed } = records[0]!;
    const place = { benchmark, setting, seed };
    const alone = meeting === "methods"
      ? []
      : records.flatMap(({ method, answers }) =>
        answers!.map(({ prompt, promptPicture, start, end, seen, rewards }, question): Pair => ({
          ...place,
          question,
          prompt,
          ...promptPicture ? { promptPicture } : {},
          contestants: [null, method],
          answers: [start, end],
          ...seen ? { seen: [blind(seen.start), blind(seen.end)] } : {},
          ...rewards ? { rewards } : {},
        }))
      );
    const among = meeting === "start"
      ? []
      : records.flatMap((one, i) =>
        records.slice(i + 1).flatMap((other) => together(place, one, other))
      );
    return [...alone, ...among];
  });
}

function together(
  place: Pick<Pair, "benchmark" | "setting" | "seed">,
  one: RunRecord,
  other: RunRecord,
): Pair[] {
  return one.answers!.flatMap((mine, question): Pair[] => {
    const theirs = other.answers![question];
    // Methods that say more beside the question may be asked otherwise: then there is no pair.
    if (theirs === undefined || theirs.prompt !== mine.prompt) return [];
    return [{
      ...place,
      question,
      prompt: mine.prompt,
      ...mine.promptPicture ? { promptPicture: mine.promptPicture } : {},
      contestants: [one.method, other.method],
      answers: [mine.end, theirs.end],
      ...mine.seen && theirs.seen ? { seen: [blind(mine.seen.end), blind(theirs.seen.end)] } : {},
      ...mine.rewards && theirs.rewards ? { rewards: [mine.rewards[1], theirs.rewards[1]] } : {},
    }];
  });
}

/** What a voter's page is told: nothing that says whose an answer is. */
export interface Polled {
  /** Absent where there is nothing more to ask. */
  readonly ballot?: {
    readonly id: string;
    readonly prompt: string;
    readonly promptPicture?: Picture;
    readonly a: string;
    readonly b: string;
    /** Of the two, where there is more than words. */
    readonly seen?: readonly [Blind, Blind];
  };
  /** Votes of this voter that count, skipped pairs aside. */
  readonly done: number;
  /** Votes that are wanted. */
  readonly of: number;
  /** Whether there is a vote to take back. */
  readonly undo: boolean;
}

/** Equal for a pair and for the same pair the other way round. */
export function pairKey(
  { benchmark, setting, seed, question, contestants }: Omit<Pair, "prompt" | "answers">,
): string {
  // JSON tells the start policy from a method that is called null.
  const both = contestants.map((one) => JSON.stringify(one)).sort();
  return JSON.stringify([benchmark, setting, seed, question, both]);
}

/** The pair that a vote is on, named as `pairKey` names pairs. */
export const keyOfVote = ({ shown, ...place }: Vote): string =>
  pairKey({ ...place, contestants: shown });

/** Of a pair's two things the one for A and the one for B where contestants are shown in this order. */
export function inOrder<T extends readonly [unknown, unknown] | undefined>(
  { contestants }: Pair,
  shown: Vote["shown"],
  two: T,
): T {
  return (shown[0] === contestants[0] || two === undefined ? two : [two[1], two[0]]) as T;
}

/** Whether nobody can tell the two answers apart. */
export const alike = ({ answers: [a, b], seen = [{}, {}] }: Pair): boolean =>
  a === b && JSON.stringify(seen[0]) === JSON.stringify(seen[1]);

/** Whether the pair's answers are still those that were voted on. */
export const isOn = (vote: Vote, pair: Pair): boolean => digestOf(pair, vote.shown) === vote.digest;
