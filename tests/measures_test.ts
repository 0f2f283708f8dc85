import assert from "node:assert/strict";
import {
  absence,
  axis,
  cardOf,
  cardsOf,
  cardsOnRecord,
  fromRecord,
  headlineOf,
  type Lacks,
  marginOf,
  type Measure,
  type MeasureNeed,
  placing,
  plain,
  plannedCards,
  plannedRanking,
  type Policy,
  rankingOf,
  rng,
  type Subject,
  type Testbed,
  toRecord,
  valuing,
} from "../core/mod.ts";
import { benchmarks, registry } from "../benchmarks/mod.ts";
import { labelAuc } from "../evaluators/mod.ts";

const { measures } = registry;

Deno.test("every measure's card has a title, a direction, a meaning and a margin of its own", () => {
  for (const { id, title, unit, better, means, margin } of measures) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    // In a sentence, so not a capital unless it is a name's or an abbreviation's; and not cut on a page.
    assert.match(title, /^([a-z]|KL\b|Brier\b).{2,31}$|^KL$/, id);
    assert.notEqual(unit, "", id);
    assert.ok(["higher", "lower", "neither"].includes(better), id);
    assert.match(means, /^[A-Z].{15,}[^.]$/, id);
    assert.ok(typeof margin === "number" ? margin > 0 : margin.share > 0, id);
  }
  for (const field of ["id", "title"] as const) {
    assert.equal(new Set(measures.map((card) => card[field])).size, measures.length);
  }
});

Deno.test("a share or a probability has a margin that does not shrink with the rival's value", () => {
  const shares = measures.filter(({ within }) => within?.most !== undefined);
  assert.ok(shares.length > 10);
  for (const { id, within, margin } of shares) {
    // A difference of two shares lies between −1 and 1.
    assert.ok(within!.most! <= 1 && [0, -1].includes(within!.least!), id);
    assert.ok(typeof margin === "number" && margin <= 0.05 * within!.most!, id);
  }
});

Deno.test("what has a best value lies on its better side, and within what can be", () => {
  for (const { id, better, within, ideal, idle } of measures) {
    if (ideal === undefined) continue;
    assert.equal(ideal.value, better === "higher" ? within!.most : within!.least, id);
    assert.ok(idle === undefined || idle > within!.least! && idle < within!.most!, id);
  }
});

Deno.test("a benchmark is ranked and scored by measures of its own that have a better side", () => {
  for (const benchmark of benchmarks) {
    const cards = cardsOf(benchmark.measures);
    assert.equal(cards.size, benchmark.measures.length, benchmark.id);
    for (const setting of Object.keys(benchmark.settings)) {
      const { headline, scored = headline } = rankingOf(benchmark, setting);
      for (const id of [headline, scored]) assert.notEqual(cards.get(id)?.better, "neither", id);
      assert.ok(cards.has(headline) && cards.has(scored), benchmark.id);
    }
  }
});

Deno.test("a setting may be ranked in another way than its benchmark", () => {
  const ranked = {
    id: "toy",
    headline: "win-rate",
    scored: "regret",
    settings: { steered: { ranking: { headline: "control" } }, plain: {} },
  };
  assert.deepEqual(rankingOf(ranked, "plain"), { headline: "win-rate", scored: "regret" });
  assert.deepEqual(rankingOf(ranked, "steered"), { headline: "control" });
  assert.deepEqual(rankingOf(ranked, "toString"), { headline: "win-rate", scored: "regret" });
});

Deno.test("cards are on record as they are, but for what only an evaluator needs to know", () => {
  const kept = toRecord(measures);
  assert.deepEqual(cardsOnRecord.parse(JSON.parse(JSON.stringify(kept))), kept);
  const bare = (card: Measure) =>
    Object.fromEntries(
      Object.entries(card).filter(([name]) => name !== "needs" && name !== "measure"),
    );
  assert.deepEqual(fromRecord(kept), measures.map(bare));
});

Deno.test("a plan's cards come before the registry's, and of two plans the first's", () => {
  const card = (title: string): Measure => ({
    id: "win-rate",
    title,
    better: "lower",
    means: "Another thing under a known id",
    margin: 1,
  });
  const plan = (title: string) => ({ measures: toRecord([card(title)]) });
  const cards = plannedCards([plan("first"), plan("second")], registry);
  assert.equal(cards.get("win-rate")!.title, "first");
  assert.equal([...cards.keys()][0], "win-rate");
  assert.equal(cards.size, measures.length);
  assert.equal(plannedCards([{}], registry).get("win-rate")!.title, "win-rate");
  // A plan of before there were cards names no headline either.
  const cell = { benchmark: "game", setting: "intransitive" };
  assert.deepEqual(plannedRanking(cell, registry), { headline: "exploitability" });
  assert.deepEqual(plannedRanking({ ...cell, headline: "kl" }, registry), { headline: "kl" });
  assert.deepEqual(plannedRanking({ ...cell, benchmark: "toy" }, registry), {});
});

Deno.test("runs without their testbed's headline are ranked by the first of their measures that can rank", () => {
  const cards = cardsOf(measures);
  const of = (headline: string | undefined, ...has: string[]) =>
    headlineOf(headline, (id) => has.includes(id), cards);
  assert.equal(of("win-rate", "win-rate", "reward"), "win-rate");
  // A reward model answers nothing.
  assert.equal(of("win-rate", "margin", "reward-accuracy", "brier"), "reward-accuracy");
  assert.equal(of("exploitability", "kl", "win-rate"), "win-rate");
  assert.equal(of("win-rate", "kl", "my-measure"), undefined);
  assert.equal(of(undefined, "kl", "regret"), "regret");
});

Deno.test("a measure that nobody knows is called by its id, ranks nothing and has a margin by the value", () => {
  const odd = cardOf(cardsOf(measures), "constructor");
  assert.deepEqual([odd.title, odd.better, axis(odd)], ["constructor", "neither", "constructor"]);
  assert.equal(marginOf(odd, -2), 0.1);
});

Deno.test("a missing need is the reason, in whose words it is lacking, and the first of several", () => {
  const of = (lacks: Lacks, testbed: Partial<Testbed> = {}): Subject => ({
    policy: {} as Policy,
    reference: {} as Policy,
    testbed: { longest: 2, truth: {}, ...testbed } as Testbed,
    rng: rng("needs"),
    lacks,
    draws: () => Promise.resolve([]),
    baseline: () => Promise.resolve([]),
    comparisons: () => Promise.resolve([]),
  });
  const reason = (needs: readonly MeasureNeed[], subject: Subject) => absence({ needs }, subject);
  const judge = { answers: "It answers nothing", probabilities: "Nor is anything likely" };
  assert.equal(reason([], of(judge)), undefined);
  assert.equal(reason(["comparisons", "preferences", "steps"], of(judge)), undefined);
  assert.match(reason(["steps"], of({}, { longest: 1 }))!, /single step/);
  assert.equal(reason(["probabilities", "answers"], of(judge)), "It answers nothing");
  assert.equal(reason(["probabilities", "fluency"], of(judge)), "Nor is anything likely");
  assert.match(reason(["answers", "gold reward"], of(judge))!, /no gold reward/);
  const rows = of(judge, { lacks: { "gold reward": "Nobody weighed it", answers: "Of nobody" } });
  assert.equal(reason(["answers", "gold reward"], rows), "Nobody weighed it");
  assert.equal(reason(["answers", "probabilities"], rows), "Of nobody");
  assert.match(reason(["implied preference"], of({}))!, /no probability of its own/);
  // What compares answers may give none a number of its own.
  const places = of(placing(plain({} as Policy), {}).lacks);
  assert.equal(reason(["comparisons", "preferences"], places), undefined);
  assert.match(reason(labelAuc.needs!, places)!, /gives none a reward/);
  assert.equal(reason(labelAuc.needs!, of(valuing(plain({} as Policy), {}).lacks)), undefined);
  // Preferences are known by an oracle, or by a reward with its temperature.
  const reward: Testbed["reward"] = () => Promise.resolve(new Float64Array());
  assert.match(reason(["true preferences"], of({}, { reward }))!, /true preferences/);
  const even = of({}, { reward, truth: { temperature: 0 } });
  assert.equal(reason(["true preferences"], even), undefined);
});
