/**
 * A judge of your own, and what an audit finds of it: deno run examples/own-judge.ts
 *
 * Whatever can compare two texts is a judge: a model, a rule, a service. This rule likes what
 * repeats words of the question, which is enough to look sensible and to be fooled.
 */
import { auditJudge, auditQuestions, bothOrders } from "prefbench/judges";
import { fingerprint, type TextJudge } from "prefbench/core";

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/\p{L}{4,}/gu));

/** The share of the question's longer words that the answer has. */
function shared(question: readonly string[], answer: readonly string[]): number {
  const asked = wordsOf(question.join(" "));
  const said = wordsOf(answer.join(" "));
  return asked.intersection(said).size / Math.max(1, asked.size);
}

const echo: TextJudge = {
  id: "echo",
  // Figures of judges with different fingerprints are never ranked together.
  fingerprint: fingerprint(["echo", 1]),
  compare({ question, first, second }) {
    const [a, b] = [shared(question.turns, first), shared(question.turns, second)];
    return Promise.resolve({ preference: a === b ? 0.5 : a > b ? 1 : 0 });
  },
};

const { verdict, checks } = await auditJudge(bothOrders(echo), auditQuestions, {
  seed: 1,
  mostInvalid: 0.02,
});
for (const { id, state, rate, limit } of checks) {
  const share = rate === undefined ? "–" : `${Math.round(100 * rate.value)} %`;
  console.log(`${state.padEnd(12)} ${id}: ${share}, at most ${Math.round(100 * limit)} %`);
}
console.log(`The audit: ${verdict}`);
