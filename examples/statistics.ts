/**
 * Statistics alone, on numbers of your own: deno run examples/statistics.ts
 *
 * Three systems answered the same four prompts from the same four seeds. Who is better than whom,
 * if prompts and seeds both vary, and three questions are asked at once?
 */
import { rng } from "prefbench/core";
import { crossedBootstrap, holm, mayBeBest } from "prefbench/stats";

/** By system: a row a seed, a column a prompt. */
const scores = {
  old: [[.61, .52, .70, .55], [.58, .50, .69, .57], [.63, .51, .73, .52], [.60, .55, .71, .54]],
  new: [[.66, .58, .74, .61], [.60, .56, .73, .60], [.67, .57, .75, .58], [.66, .60, .76, .57]],
  same: [[.62, .51, .71, .55], [.59, .51, .68, .57], [.62, .52, .72, .53], [.61, .54, .71, .55]],
};

const { methods, pairs } = crossedBootstrap(scores, { rng: rng("an example") });
for (const [name, { value, low, high }] of Object.entries(methods)) {
  console.log(`${name}: ${value.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`);
}
const adjusted = holm(pairs.map(({ p }) => p));
pairs.forEach(({ a, b, difference }, i) => {
  console.log(`${a} less ${b}: ${difference.toFixed(3)}, p ${adjusted[i]!.toFixed(3)} of three`);
});
console.log(`Who may be best: ${[...mayBeBest(Object.keys(scores), pairs, "higher")].join(", ")}`);
