/**
 * A testbed of your own whose truth is a table: deno run -A examples/own-testbed.ts
 *
 * Each of four moods has a best of six colours. Answers can be counted, so all measures are exact
 * sums over them. `docs/testbeds.md` has one with a transformer.
 */
import {
  type Answer,
  type Benchmark,
  evaluators,
  type Example,
  type Kind,
  methods,
  type Prompt,
  type Rng,
  rng,
  run,
  table,
  type Testbed,
} from "prefbench";

const moods = ["calm", "bright", "sober", "loud"];
const colours = ["white", "blue", "green", "yellow", "orange", "red"];
const prompts = moods.map((id, i): Prompt => ({ id, tokens: [i] }));
const answer = (prompt: Prompt, colour: number): Answer => ({
  prompt,
  tokens: [colour],
  length: 1,
});
/** Falls with the distance from the colour that fits. */
const reward = ({ prompt, tokens }: Answer): number =>
  1 - Math.abs(tokens[0]! - prompt.tokens[0]! - 1) / 2;
const chance = (a: Answer, b: Answer): number => 1 / (1 + Math.exp(reward(b) - reward(a)));

/** Two colours for a mood, drawn, and which of them somebody preferred. */
function compared(rng: Rng): { chosen: Answer; rejected: Answer; strength: number } {
  const prompt = rng.pick(prompts);
  const [a, b] = rng.shuffle(colours.map((_, colour) => answer(prompt, colour)));
  const first = rng.uniform() < chance(a!, b!);
  return first
    ? { chosen: a!, rejected: b!, strength: 1 }
    : { chosen: b!, rejected: a!, strength: 1 };
}

function testbed(): Testbed {
  const model = table({ contexts: moods.length, actions: colours.length });
  return {
    model,
    // Every colour is as likely at first.
    start: model.init(rng("palette")),
    optimiser: { rate: 0.05, warmup: 10, batch: 32, clip: 10 },
    oracle: { id: "taste", prefer: (a, b) => Promise.resolve(chance(a, b)) },
    evaluators,
    longest: 1,
    prompts: () => prompts,
    answers: (prompt) => colours.map((_, colour) => answer(prompt, colour)),
    label: (a, b, rng) => Promise.resolve(rng.uniform() < chance(a, b)),
    examples<K extends Kind>(kind: K, n: number, rng: Rng) {
      if (kind !== "pairs") throw new RangeError(`Cannot offer ${kind}: colours come in pairs`);
      return Array.from({ length: n }, () => compared(rng)) as Example<K>[];
    },
    heldOut: () => [],
    reward: (ys) => Promise.resolve(Float64Array.from(ys, reward)),
    show: ({ id }) => `A colour that is ${id}`,
    showSteps: ({ tokens }) => [colours[tokens[0]!]!],
    truth: { temperature: 1 },
  };
}

const palette: Benchmark = {
  id: "palette",
  summary: "A colour for a mood.",
  family: "bandit",
  settings: {
    clean: { summary: "Labels are drawn from the preferences.", offers: ["pairs"], with: null },
  },
  measures: evaluators,
  headline: "win-rate",
  budget: { flops: 1e7, queries: 1024 },
  open: () => Promise.resolve(testbed()),
};

for (const id of ["sft", "dpo", "ipo"]) {
  const method = methods.find((one) => one.id === id)!;
  const record = await run({ method, benchmark: palette, setting: "clean", seed: 1 });
  const { ["win-rate"]: wins, regret } = record.measures;
  console.log(
    record.outcome === "ok"
      ? `${id}: win-rate ${wins!.value.toFixed(3)}, regret ${regret!.value.toFixed(3)}`
      : `${id}: ${record.outcome}, ${record.reason}`,
  );
}
