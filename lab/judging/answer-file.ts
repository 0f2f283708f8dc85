import { z } from "zod";
import { type Failure, failures, fingerprint } from "../../core/mod.ts";
import {
  type Answered,
  answered,
  answererOf,
  type Answering,
  type AnswerOptions,
  type Asked,
  type Said,
} from "../../judges/protocols/answering.ts";
import { exists, writeAtomic } from "../disk/atomic.ts";
import { jsonLines } from "../disk/rows.ts";
import { judgeAll } from "./log.ts";

/**
 * A model's answers: each kept as it comes in `OUT.log.jsonl`, and once all are there the file in the
 * protocol's own form.
 */

export interface AnswerJob {
  readonly protocol: string;
  readonly answering: Answering;
  readonly asked: readonly Asked[];
  readonly options: AnswerOptions;
  /** What the file calls the model. */
  readonly name: string;
  /** Where the answers go. */
  readonly out: string;
  readonly resume: boolean;
  readonly concurrency?: number | undefined;
  readonly signal: AbortSignal;
  note(line: string): void;
  progress(done: number, all: number, failed: number): void;
}

export interface AnswerFile {
  readonly answers: readonly Answered[];
  readonly failed: readonly { readonly id: string; readonly failure: Failure }[];
}

/** Beside the answers: what was said as it came, and what failed. */
export const filesBeside = (out: string) => ({
  log: `${out}.log.jsonl`,
  replies: `${out}.replies.jsonl`,
  failures: `${out}.failures.jsonl`,
});

/**
 * Asks what has no answer yet and writes the answers there are; undefined where it was stopped. A
 * RangeError where a question is there twice, or the log is of another model or other questions.
 */
export async function answerAll(job: AnswerJob): Promise<AnswerFile | undefined> {
  const { asked, options, answering, name, out, concurrency } = job;
  const questions = asked.map(({ question }) => question);
  const twice = questions.find(({ id }, i) => questions.findIndex((one) => one.id === id) < i);
  if (twice) throw new RangeError(`Cannot answer question ${twice.id}: it is there twice`);
  const { log, failures } = filesBeside(out);
  if (await exists(out) && !await exists(log)) {
    throw new RangeError(
      `Cannot answer into ${out}: it is there already, and was not written here`,
    );
  }
  const outcomes = await judgeAll<Asked, Said | Failure>({
    file: log,
    head: {
      protocol: job.protocol,
      judge: options.chat.id,
      fingerprint: answererOf(options, questions),
      asks: fingerprint(questions),
    },
    asks: asked,
    key: ({ question }) => question.id,
    read: readSaid,
    judge: (one) => answered(one, options),
    resume: job.resume,
    ...concurrency === undefined ? {} : { concurrency },
    signal: job.signal,
    doing: { verb: "answer", things: "answers" },
    note: job.note,
    progress: job.progress,
  });
  if (!outcomes) return undefined;
  const [answers, failed]: [Answered[], { id: string; failure: Failure }[]] = [[], []];
  outcomes.forEach((outcome, i) => {
    const one = asked[i]!;
    if ("failure" in outcome) failed.push({ id: one.question.id, failure: outcome });
    else answers.push({ ...one, ...outcome });
  });
  if (answers.length > 0) {
    const content = answering.written(name, answers);
    await writeAtomic(out, typeof content === "string" ? content : jsonLines(content));
  }
  await writeAtomic(failures, jsonLines(failed.map(({ id, failure }) => ({ id, ...failure }))));
  return { answers, failed };
}

const said = z.union([
  z.strictObject({
    turns: z.array(z.string()).min(1),
    cut: z.boolean().exactOptional(),
    thoughts: z.boolean().exactOptional(),
  }),
  z.looseObject({ failure: z.enum(failures), reason: z.string() }),
]);

function readSaid(value: object, place: string): Said | Failure {
  const found = said.safeParse(value);
  if (found.success) return found.data as Said | Failure;
  throw new SyntaxError(
    `${place}: field "outcome" must be turns or a failure: found ${
      JSON.stringify(value).slice(0, 80)
    }`,
  );
}
