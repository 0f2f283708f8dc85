import { type Answer, type Model, type Sample, type Span } from "../core/mod.ts";

/** A model whose answers are in steps, each of which ends with one of these tokens. */
export function inSteps(model: Model, pauses: readonly number[]): Model {
  return {
    ...model,
    async generate(...given) {
      const samples = await model.generate(...given);
      return samples.map((y): Sample => ({ ...y, spans: stepsAt(y, pauses) }));
    },
  };
}

/** Where the steps of an answer lie, each of which ends with one of these tokens or where the answer does. */
export function stepsAt({ tokens }: Pick<Answer, "tokens">, pauses: readonly number[]): Span[] {
  const spans: Span[] = [];
  let from = 0;
  tokens.forEach((token, i) => {
    if (i + 1 < tokens.length && !pauses.includes(token)) return;
    spans.push([from, i + 1]);
    from = i + 1;
  });
  return spans;
}
