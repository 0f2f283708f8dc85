import assert from "node:assert/strict";
import { type Card, cellTitle, filed, leaves, type Study, type TaxonomyCell } from "../core/mod.ts";
import { methods } from "../methods/mod.ts";
import { studies } from "../studies/mod.ts";

const cards: readonly Pick<Card | Study, "id" | "paper" | "taxonomy">[] = [...methods, ...studies];

/** Of the survey's figure (arXiv 2503.11701) and its authors' list: whose papers among ours stand in which leaf. */
const figure: readonly (readonly [TaxonomyCell, string])[] = [
  ["data/quality/heterogeneity", ""],
  ["data/quality/distinguishability", "beta-dpo curry-dpo dpo-ranked curriculum"],
  ["data/quality/noise", "rdpo"],
  ["data/feedback/point", "aot aot-unpaired bco cal-dpo gpm gpo kto nca"],
  ["data/feedback/pair", "dpo ipo ipo-mean"],
  ["data/feedback/list", "lipo"],
  ["data/granularity/token", "dpo-greedy dpo-search tdpo1 tdpo2 r-to-q"],
  ["data/granularity/step", "mcts-dpo rationale-dpo tree-po rationales smoothing step-weights"],
  ["data/granularity/sentence", "dpo"],
  ["data/granularity/turn", "agent-q m-dpo m-kto masking masking-noisy"],
  ["learning/paradigm/offline", "cpo curry-dpo dpo dpo-ranked orpo curriculum"],
  [
    "learning/paradigm/online",
    "apo-nesterov cofs-dpo cream hypo iterative-dpo m-dpo m-kto mcts-dpo ofs-dpo online-dpo rso " +
    "rso-hinge rso-sft self-rewarding selm stream-dpo consistency masking masking-noisy momentum " +
    "smoothing",
  ],
  ["learning/paradigm/active", ""],
  ["learning/objective/multi-objective", "dpo-lw modpo"],
  ["learning/objective/self-play", "dno nash-md spin spo sppo sppo-hard srpo self-play-control"],
  ["constraint/reference/dynamic", "curry-dpo m-dpo m-kto masking masking-noisy"],
  ["constraint/reference/free", "cpo orpo simpo"],
  ["constraint/divergence/diversity", "f-dpo-alpha f-dpo-forward-kl f-dpo-js"],
  ["constraint/divergence/generalization", "exo"],
  ["constraint/safety", ""],
  ["model/generation/distribution-shift", "selm srpo negative-gradient on-policy-data"],
  ["model/generation/length-bias", "dpo-mean ld-dpo r-dpo rrhf simpo"],
  [
    "model/optimization/likelihood",
    "apo-down apo-zero apo-zero-unpaired dpo-greedy dpo-search dpop flex-dpo sft-dpo 3d-properties r-to-q",
  ],
  ["model/optimization/alignment", "ranking-accuracy"],
  ["other/analysis", "discopop insights"],
  ["applications/reasoning", ""],
  ["applications/code", ""],
  ["applications/agents", ""],
  ["applications/vision", ""],
  ["applications/diffusion", ""],
  ["applications/control", ""],
];

Deno.test("the taxonomy's leaves are the survey's, in its order, each with a name of its own", () => {
  assert.deepEqual(leaves.map(({ cell }) => cell), figure.map(([cell]) => cell));
  assert.equal(new Set(leaves.map(({ cell }) => cellTitle(cell))).size, leaves.length);
  assert.equal(cellTitle("model/optimization/alignment"), "Optimization · Alignment tax");
  for (const { cell, papers } of leaves) {
    assert.equal(new Set(papers).size, papers.length, cell);
    for (const paper of papers) assert.match(paper, /^\d{4}\.\d{5}$/, cell);
  }
});

for (const [cell, ids] of figure) {
  Deno.test(`taxonomy ${cell}: the cards that say they stand here by the survey are those of its figure`, () => {
    const here = cards.filter((card) => filed(card).survey.includes(cell)).map(({ id }) => id);
    assert.deepEqual(here, ids.split(" ").filter((id) => id !== ""));
  });
}

/** Cards that leave a leaf of their paper's, with the reason. */
const exceptions: { readonly [id: string]: readonly [TaxonomyCell, string] } = {
  "dpo-mean": [
    "constraint/reference/free",
    "of SimPO's paper it is the arm that keeps the reference",
  ],
  "curriculum": [
    "constraint/reference/dynamic",
    "both of its arms keep the reference",
  ],
  "dpo-ranked": [
    "constraint/reference/dynamic",
    "of Curry-DPO's paper it is the arm that keeps the reference",
  ],
};

Deno.test("every card's taxonomy is in the survey's order and leaves out no leaf that its paper is filed in", () => {
  const known = leaves.map(({ cell }) => cell);
  for (const { id, paper: { arxiv = "" }, taxonomy } of cards) {
    const places = taxonomy.map((cell) => known.indexOf(cell));
    assert.deepEqual(places, [...new Set(places)].toSorted((a, b) => a - b), id);
    const due = leaves.filter(({ papers }) => papers.includes(arxiv)).map(({ cell }) => cell);
    const left = due.filter((cell) => !taxonomy.includes(cell));
    assert.deepEqual(left, id in exceptions ? [exceptions[id]![0]] : [], id);
  }
});

Deno.test("every method's taxonomy says what feedback it learns from", () => {
  for (const { id, taxonomy } of methods) {
    assert.ok(taxonomy.some((cell) => cell.startsWith("data/feedback/")), id);
  }
});

Deno.test("a card's cells are the survey's or ours, and all ours where no paper is known", () => {
  const taxonomy = ["data/feedback/point", "learning/paradigm/offline"] as const;
  assert.deepEqual(filed({ paper: { arxiv: "2402.01306" }, taxonomy }), {
    survey: ["data/feedback/point"],
    ours: ["learning/paradigm/offline"],
  });
  assert.deepEqual(filed({ paper: {}, taxonomy }), { survey: [], ours: [...taxonomy] });
});
