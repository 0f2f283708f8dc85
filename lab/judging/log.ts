import { z } from "zod";
import { exists } from "../disk/atomic.ts";
import { appender, cutOff, readLines } from "../disk/jsonl.ts";
import { lock } from "../disk/lock.ts";
import { parse } from "../disk/schema.ts";

/**
 * `judgements.jsonl`: a head that says what is asked of whom, then one line a judgement in the order
 * of their coming. Nothing in it is ever changed: a judgement that failed and was asked for again
 * has a later line, which counts.
 */

const head = z.strictObject({
  schema: z.literal(1),
  protocol: z.string(),
  judge: z.string(),
  /** Of the judge: model, prompts and parameters. */
  fingerprint: z.string(),
  /** Of everything that is asked. */
  asks: z.string(),
});
export type JudgementsHead = Omit<z.infer<typeof head>, "schema">;

const line = z.strictObject({ key: z.string(), outcome: z.looseObject({}) });

export interface JudgingOptions<A, O extends object> {
  readonly file: string;
  readonly head: JudgementsHead;
  readonly asks: readonly A[];
  key(ask: A): string;
  /** Checks what a file says an outcome was; throws with the place. */
  read(outcome: object, place: string): O;
  judge(ask: A): Promise<O>;
  /** Goes on with a file that is there. */
  readonly resume: boolean;
  /** At one time; 8 by default. */
  readonly concurrency?: number;
  /** Once it aborts nothing more is asked, and what failed by that is not kept. */
  readonly signal: AbortSignal;
  /** What is done, for messages; "judge" by default, of judgements. */
  readonly doing?: { readonly verb: string; readonly things: string };
  note(line: string): void;
  progress(done: number, all: number, failed: number): void;
}

const judging = { verb: "judge", things: "judgements" };

/**
 * Asks everything that has no valid judgement on file yet, keeping each as it comes; the outcomes in
 * the order of the asks. Undefined where it was stopped. A RangeError where the file is of another
 * judge or asks other things, or is there and not to be gone on with.
 */
export async function judgeAll<A, O extends object>(
  { file, asks, key, ...job }: JudgingOptions<A, O>,
): Promise<O[] | undefined> {
  await using _ = await lock(`${file}.lock`, { note: job.note });
  const there = await exists(file);
  const { verb, things } = job.doing ?? judging;
  if (there && !job.resume) {
    throw new RangeError(
      `Cannot ${verb} into ${file}: it is there already; go on with it by --resume, or choose another --out`,
    );
  }
  const kept = there ? await readJudgements(file, job) : undefined;
  await using out = await appender(file);
  if (!kept?.headed) await out.append({ schema: 1, ...job.head });
  const found = new Map<string, O>();
  const known = new Set(asks.map(key));
  for (const [id, outcome] of kept?.outcomes ?? []) {
    // Failures of a time before are asked for again.
    if (known.has(id) && !Object.hasOwn(outcome, "failure")) found.set(id, outcome);
  }
  if (found.size > 0) job.note(`${found.size} of ${asks.length} ${things} were there already`);
  const missing = asks.filter((ask) => !found.has(key(ask)));
  let [done, failed] = [0, 0];
  const next = missing.values();
  const worker = async () => {
    for (const ask of next) {
      if (job.signal.aborted) return;
      const outcome = await job.judge(ask);
      if (job.signal.aborted && Object.hasOwn(outcome, "failure")) return;
      await out.append({ key: key(ask), outcome });
      found.set(key(ask), outcome);
      if (Object.hasOwn(outcome, "failure")) failed++;
      job.progress(++done, missing.length, failed);
    }
  };
  await Promise.all(Array.from({ length: job.concurrency ?? 8 }, worker));
  await out.close();
  return found.size < asks.length ? undefined : asks.map((ask) => found.get(key(ask))!);
}

async function readJudgements<O extends object>(
  file: string,
  { head: wanted, read, note }: {
    readonly head: JudgementsHead;
    read(outcome: object, place: string): O;
    note(line: string): void;
  },
): Promise<{ readonly headed: boolean; readonly outcomes: Map<string, O> }> {
  const outcomes = new Map<string, O>();
  let headed = false;
  const torn = await readLines(file, (value, place, number) => {
    if (number > 1) {
      const { key, outcome } = parse(line, value, place);
      outcomes.set(key, read(outcome, place));
      return;
    }
    const found = parse(head, value, place);
    for (const field of ["protocol", "judge", "fingerprint", "asks"] as const) {
      if (found[field] === wanted[field]) continue;
      const [is, must] = [found[field], wanted[field]].map((text) => text.slice(0, 40));
      throw new RangeError(
        `Cannot resume ${file}: field "${field}" must be ${must} as now: current value is ${is}`,
      );
    }
    headed = true;
  });
  if (torn) {
    await cutOff(file, torn);
    note(`${torn.place}: cut off a torn last line; it is asked for again`);
  }
  return { headed, outcomes };
}
