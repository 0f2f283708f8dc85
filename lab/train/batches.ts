import type { Answer, Model, Rng } from "../../core/mod.ts";

/** Which examples a step reads, and how it sees them. */

/** Deals batches: every example of a list once, in random order, before any comes again. */
export function deal<E>(rng: Rng, size: number): (examples: readonly E[]) => readonly E[] {
  let [list, queue, round]: [readonly E[], E[], number] = [[], [], 0];
  return (examples) => {
    if (examples.length <= size) return examples;
    if (examples !== list) {
      list = examples;
      queue = [];
    }
    const batch: E[] = [];
    while (batch.length < size) {
      if (queue.length === 0) queue = rng.split(round++).shuffle(examples);
      batch.push(queue.pop()!);
    }
    return batch;
  };
}

/**
 * Examples as this step reads them: where a model sees an answer anew each time, all answers of one
 * example are seen at one moment and under one noise.
 */
export function glanced<E>({ glance }: Model, batch: readonly E[], rng: Rng): readonly E[] {
  if (!glance) return batch;
  return batch.map((example) => {
    const slots = Object.entries(example as { readonly [field: string]: unknown });
    const answers = slots.flatMap(([, x]) =>
      Array.isArray(x) ? x.filter(isAnswer) : isAnswer(x) ? [x] : []
    );
    const seen = glance(answers, rng);
    if (seen === answers) return example;
    const known = new Map(answers.map((y, i) => [y, seen[i]!]));
    const put = (x: unknown): unknown =>
      Array.isArray(x) ? x.map(put) : isAnswer(x) ? known.get(x) : x;
    return Object.fromEntries(slots.map(([name, x]) => [name, put(x)])) as E;
  });
}

const isAnswer = (x: unknown): x is Answer => typeof x === "object" && x !== null && "prompt" in x;
