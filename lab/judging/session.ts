import { join } from "node:path";
import { z } from "zod";
import { failures, fingerprint, type TextJudge } from "../../core/mod.ts";
import { type JudgeOutcome, keyOf, type Line, outcomeOf } from "../../judges/protocols/asks.ts";
import { asksAgain } from "../../judges/protocols/noise.ts";
import type { Prepared } from "../../judges/protocols/protocol.ts";
import { judgeAll } from "./log.ts";

/** Asks a judge everything that a protocol wants to know, and some of it again. */

export interface SessionOptions {
  readonly protocol: string;
  readonly prepared: Prepared;
  /** Who is asked the first time, the second and so on: one judge, with replies of its own each time. */
  readonly judges: readonly [TextJudge, ...TextJudge[]];
  /** Percent of the questions that are asked again. */
  readonly share: number;
  /** Where `judgements.jsonl` lies. */
  readonly directory: string;
  readonly resume: boolean;
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  note(line: string): void;
  progress(done: number, all: number, failed: number): void;
}

/** What came of it. */
export interface Outcomes {
  readonly lines: readonly Line[];
  /** What was asked again, a list a time. */
  readonly again: readonly (readonly Line[])[];
}

/** Undefined where it was stopped; a RangeError where nothing is to be asked, or a file is in the way. */
export async function session(
  { protocol, prepared: { asks }, judges, share, directory, ...options }: SessionOptions,
): Promise<Outcomes | undefined> {
  const [judge] = judges;
  const again = asksAgain(asks, { repeats: judges.length, share });
  const { concurrency, ...rest } = options;
  const outcomes = await judgeAll({
    ...rest,
    ...concurrency === undefined ? {} : { concurrency },
    file: join(directory, "judgements.jsonl"),
    head: {
      protocol,
      judge: judge.id,
      fingerprint: judge.fingerprint,
      // Without repeats: a file can be gone on with by asking again, or more often.
      asks: fingerprint(asks.map(({ about, task }) => ({ about, task }))),
    },
    asks: [...asks, ...again],
    key: ({ about }) => keyOf(about),
    read: readOutcome,
    judge: (ask) => outcomeOf(judges[ask.about.repeat ?? 0]!, ask),
  });
  if (!outcomes) return undefined;
  const all = [...asks, ...again].map(({ about }, i): Line => ({ about, outcome: outcomes[i]! }));
  return {
    lines: all.slice(0, asks.length),
    again: [
      ...Map.groupBy(all.slice(asks.length), ({ about }) => about.repeat).values(),
    ],
  };
}

const outcome = z.union([
  z.looseObject({ preference: z.number().min(0).max(1), label: z.string().optional() }),
  z.looseObject({ grade: z.number().min(1).max(10) }),
  z.looseObject({ failure: z.enum(failures), reason: z.string() }),
]);

function readOutcome(value: object, place: string): JudgeOutcome {
  const found = outcome.safeParse(value);
  if (found.success) return found.data as JudgeOutcome;
  throw new SyntaxError(
    `${place}: field "outcome" must be a preference, a grade or a failure: found ${
      JSON.stringify(value).slice(0, 80)
    }`,
  );
}
