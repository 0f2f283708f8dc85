import {
  type Answer,
  type Benchmark,
  type Comparison,
  type Prompt,
  type Rng,
  rng,
  samePrompt,
  type Testbed,
  type Workshop,
} from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import { optimiser, questionsOf } from "./checked.ts";
import { base, model } from "./critique/base.ts";
import { criticised, critics, mended, PRICE } from "./critique/critics.ts";
import { byFlaws, flawF1 } from "./critique/flaw-f1.ts";
import { LENGTH, marked, questionOf, showToken } from "./critique/language.ts";
import { sheetOf, wordsOf } from "./critique/sheet.ts";
import { costs, offers, readWriter } from "./labelled.ts";

/** How often a label says of two critiques which is the better, where one is. */
const RIGHT = 0.85;
/** Held-out comparisons a test prompt. */
const HELD = 2;

/**
 * A tiny transformer marks the flaws of a text: eight places, a mark for each. A flaw that is found is
 * worth 1, a flag where there is none costs 1, and a label compares two critiques by that, wrong three
 * times in twenty. Critics may be asked what they say of a text; each is blind to one kind of flaw. Who
 * checks a critique has three revisers mend the text by it.
 */
const critique: Benchmark<null> = {
  id: "critique",
  summary:
    "A tiny transformer marks the flaws of texts of eight places; critics who miss one kind of " +
    "flaw each may be asked, and the reward is flaws found less flags where there is none.",
  family: "judge",
  settings: {
    plain: {
      summary: "Three critics, each blind to one of three kinds of flaw.",
      offers,
      with: null,
    },
  },
  measures: [flawF1, ...evaluators],
  headline: "flaw-f1",
  budget: { flops: 1e11, queries: 12_000 },
  stages: [[{ title: "Policy of critique", make: base }]],
  open: async (_setting, _rng, workshop) => await testbed(workshop),
};
export default critique;

/** Flaws found less flags where there is none. */
function worth(y: Answer): number {
  const { found, wrong } = marked(y);
  return found - wrong;
}
function ahead(a: Answer, b: Answer): number {
  samePrompt(a, b);
  return worth(a) - worth(b);
}
function label(a: Answer, b: Answer, from: Rng): boolean {
  const by = ahead(a, b);
  return by === 0 ? from.uniform() < 0.5 : by > 0 === from.uniform() < RIGHT;
}

/** Two of the critics' critiques of a text, of which one is better. */
const heldOut = (test: readonly Prompt[], draws: Rng): Comparison[] =>
  test.flatMap((prompt, i) =>
    Array.from({ length: HELD }, (_, k) => {
      const from = draws.split(i).split(k);
      for (;;) {
        const [a, b] = [said(prompt, from), said(prompt, from)];
        const by = ahead(a, b);
        if (by > 0) return { chosen: a, rejected: b, strength: 1 };
        if (by < 0) return { chosen: b, rejected: a, strength: 1 };
      }
    })
  );

/** What one of the critics says of a text. */
const said = (prompt: Prompt, from: Rng): Answer => criticised(prompt, from.pick(critics), from);

async function testbed(workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const draws = rng("critique");
  const prompts = questionsOf("critique", questionOf, draws);
  const held = heldOut(prompts.test, draws.split("held"));
  return {
    model,
    start,
    optimiser,
    oracle: {
      id: "critique truth",
      prefer: async (a, b) => await (1 + Math.sign(ahead(a, b))) / 2,
    },
    evaluators: [byFlaws, ...evaluators],
    longest: LENGTH,
    prompts: (split) => prompts[split],
    label: async (a, b, from) => await label(a, b, from),
    costs,
    examples: (kind, n, from) =>
      readWriter(
        kind,
        n,
        { name: "critique", prompts: prompts.train, stream: "critiques", write: said, label },
        from,
      ),
    demonstrate: async (prompt, from) => await said(prompt, from),
    checks: ["mended"],
    check: async (ys) => await ys.map((y) => ({ mended: mended(y) })),
    prices: { checks: PRICE },
    heldOut: () => held,
    reward: async (ys) => await Float64Array.from(ys, worth),
    show: ({ tokens }) => tokens.map(showToken).join(" "),
    showSteps: wordsOf,
    picture: (y) => "prompt" in y ? sheetOf(y) : undefined,
    truth: { temperature: 0 },
  };
}
