import assert from "node:assert/strict";
import {
  type Answer,
  type Benchmark,
  type Example,
  type Kind,
  type Method,
  offerOf,
  type Prompt,
  rng,
  type Testbed,
  type Told,
  type Training,
  type Workshop,
} from "../core/mod.ts";
import sequences from "../benchmarks/sequences.ts";
import { answerOf, demonstrations } from "../benchmarks/sequences/base.ts";
import { pointsAt } from "../benchmarks/sequences/credit.ts";
import { areaUnder, hypervolume } from "../benchmarks/sequences/front.ts";
import {
  askTokens,
  counts,
  criterionToken,
  dislikedWord,
  levels,
  likedWord,
  showToken,
  STOP,
  tellingTokens,
  VOCABULARY,
  wishOf,
  wordOf,
} from "../benchmarks/sequences/language.ts";
import { objectivesOf, settings, TEMPERATURE } from "../benchmarks/sequences/tasks.ts";
import { cpu } from "../engine/mod.ts";
import { runner } from "../lab/train/run.ts";
import { workshop as engineered } from "../lab/train/workshop.ts";
import contextAware from "../methods/context-aware.ts";
import dpa from "../methods/dpa.ts";
import dpo from "../methods/dpo.ts";
import fspo from "../methods/fspo.ts";
import rewardAugmented from "../methods/reward-augmented.ts";
import srpo from "../methods/srpo.ts";

const trainings: Training[] = [];
/** Learns nothing: the policy is the one that it starts from. */
const untaught: Workshop = {
  call: () => Promise.reject(new Error("Not here")),
  cached: (_name, _key, make) => make(),
  train(training) {
    trainings.push(training);
    return Promise.resolve(training.from);
  },
  policy: () => assert.fail("nothing is sampled to open it"),
  progress() {},
};
type Name = keyof typeof settings;
const opened = Object.fromEntries(
  await Promise.all(
    Object.entries(settings).map(async ([name, setting]) =>
      [name, await sequences.open(setting, rng(1), untaught)] as const
    ),
  ),
) as { readonly [name in Name]: Testbed };

const [a1, a2, b1, c1, e3] = [
  wordOf(0, 0),
  wordOf(0, 1),
  wordOf(1, 0),
  wordOf(2, 0),
  wordOf(4, 2),
];
const of = (prompt: Prompt, ...words: number[]): Answer => {
  const tokens = [...words, STOP];
  return { prompt, tokens, length: tokens.length };
};

Deno.test("an answer's attributes are how many words it has of each kind, and in all", () => {
  assert.deepEqual(counts([a1, a2, b1, e3, STOP]), [2, 1, 0, 0, 1, 4]);
  // Of a kind three words are all that count, of all words six.
  const near = (found: readonly number[], wanted: readonly number[]) =>
    found.forEach((x, i) => assert.ok(Math.abs(x - wanted[i]!) < 1e-12, `${found}`));
  near(levels([a1, a2, b1, e3, STOP]), [1 / 3, -1 / 3, -1, -1, -1 / 3, 1 / 3]);
  near(levels([a1, a1, a1, a1, a1, a1]), [1, -1, -1, -1, -1, 1]);
  near(levels([STOP]), [-1, -1, -1, -1, -1, -1]);
  // Words that are shown, not said, count nothing.
  near(levels([likedWord(a1), dislikedWord(b1)]), [-1, -1, -1, -1, -1, -1]);
});

Deno.test("every token reads as something else", () => {
  const names = Array.from({ length: VOCABULARY }, (_, token) => showToken(token));
  assert.equal(new Set(names).size, VOCABULARY);
  const question = askTokens([likedWord(a1), dislikedWord(b1), c1, e3]);
  assert.equal(question.map(showToken).join(" "), "+a1 −b1 c1 e3 ?");
  assert.deepEqual(wishOf(question), [1, -1, 0, 0, 0, 0]);
  const prompt = { id: "x", tokens: question };
  const texts = [
    tellingTokens({ criterion: { attribute: 5, sign: -1 } }),
    tellingTokens({ goal: 1 }),
    tellingTokens({ goal: 0 }),
    tellingTokens({ weights: [0, 1] }),
    tellingTokens({ draft: of(prompt, a1, c1) }),
    tellingTokens({ shots: [{ chosen: of(prompt, a1), rejected: of(prompt, b1, c1) }] }),
  ].map((tokens) => tokens.map(showToken).join(" "));
  assert.deepEqual(texts, [
    "[less length]",
    "[goal 8 of 8]",
    "[goal 1 of 8]",
    "[90°]",
    "[draft] a1 c1",
    "+a1 −b1 −c1",
  ]);
});

Deno.test("the reward is what the question wishes of the attributes, and preferences are Bradley–Terry", async () => {
  const [prompt] = opened.clean.prompts("test") as [Prompt];
  const wish = wishOf(prompt.tokens);
  const [liked, disliked] = [wish.indexOf(1), wish.indexOf(-1)];
  const good = of(prompt, wordOf(liked, 0), wordOf(liked, 1), wordOf(liked, 2));
  const bad = of(prompt, wordOf(disliked, 0), wordOf(disliked, 1), wordOf(disliked, 2));
  const mixed = of(prompt, wordOf(liked, 0), wordOf(disliked, 0));
  const found = await opened.clean.reward!([good, bad, mixed]);
  [2, -2, 0].forEach((r, i) => assert.ok(Math.abs(found[i]! - r) < 1e-12));
  const p = await opened.clean.oracle!.prefer(good, mixed);
  assert.ok(Math.abs(p - 1 / (1 + Math.exp(-2 / TEMPERATURE))) < 1e-12);
  const other = opened.clean.prompts("test")[1]!;
  await assert.rejects(opened.clean.oracle!.prefer(good, of(other, a1)), /different prompts/);
});

Deno.test("labels are drawn from the preferences, longer answers favoured where they are scarce", async () => {
  const [prompt] = opened.clean.prompts("train") as [Prompt];
  const liked = wishOf(prompt.tokens).indexOf(1);
  const neutral = wishOf(prompt.tokens).lastIndexOf(0, 4);
  const a = of(prompt, wordOf(liked, 0));
  const b = of(prompt, ...Array(4).fill(wordOf(neutral, 0)));
  const share = async (testbed: Testbed) => {
    const draws = rng("labels");
    const labels = await Promise.all(
      Array.from({ length: 4000 }, (_, i) => testbed.label!(a, b, draws.split(i))),
    );
    return labels.filter(Boolean).length / labels.length;
  };
  const gap = 2 / 3 / TEMPERATURE;
  assert.ok(Math.abs(await share(opened.clean) - 1 / (1 + Math.exp(-gap))) < 0.025);
  const biased = 1 / (1 + Math.exp(-(gap - 3 * settings.scarce.perWord)));
  assert.ok(Math.abs(await share(opened.scarce) - biased) < 0.025);
  assert.equal(await share(opened.graded), 1);
  const right = 1 / (1 + Math.exp(-gap));
  assert.ok(Math.abs(await share(opened.mislabelled) - (0.7 * right + 0.3 * (1 - right))) < 0.025);
});

Deno.test("the mislabelled pairs are the clean ones, three in ten turned round, and there are 800", () => {
  const [clean, wrong] = [opened.clean, opened.mislabelled].map((testbed) =>
    testbed.examples("pairs", 800, rng("pairs"))
  ) as [Example<"pairs">[], Example<"pairs">[]];
  const turned = clean.map(({ chosen, rejected }, i) => {
    const found = [wrong[i]!.chosen.tokens, wrong[i]!.rejected.tokens];
    const back = JSON.stringify(found) === JSON.stringify([rejected.tokens, chosen.tokens]);
    if (!back) assert.deepEqual(found, [chosen.tokens, rejected.tokens]);
    return back;
  });
  assert.ok(Math.abs(turned.filter(Boolean).length / 800 - 0.3) < 0.065);
  assert.equal(opened.mislabelled.comparisons, 800);
  assert.deepEqual(opened.mislabelled.heldOut(), opened.clean.heldOut());
});

Deno.test("who holds the truth finds turned labels as well as they can be, who guesses half, and who is wrong less", async () => {
  const held = opened.mislabelled.heldOut();
  const auc = opened.mislabelled.evaluators.find(({ id }) => id === "flip-auc")!;
  const found = async (margin: (strength: number) => number) => {
    const y = (logp: number) => ({ logp, reference: 0, length: 1 });
    const comparisons = held.map((one) => ({ ...one, w: y(margin(one.strength)), l: y(0) }));
    const measured = await auc.measure(
      { comparisons: () => Promise.resolve(comparisons) } as never,
    );
    assert.ok("value" in measured && measured.stderr >= 0 && measured.n === 4 * held.length);
    return measured.value;
  };
  const logit = (p: number) => Math.log(p / (1 - p));
  const truth = await found(logit);
  assert.ok(truth > 0.75 && truth < 0.95, `${truth}`);
  assert.equal(await found(() => 0), 0.5);
  assert.ok(Math.abs(await found((p) => -logit(p)) - (1 - truth)) < 1e-12);
  assert.ok(!opened.clean.evaluators.some(({ id }) => id === "flip-auc"));
});

Deno.test("test questions are none of the training questions, and ids are their own", () => {
  for (const [name, testbed] of Object.entries(opened)) {
    const [train, test] = [testbed.prompts("train"), testbed.prompts("test")];
    const all = [...train, ...test];
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length, name);
    const seen = new Set(train.map(({ tokens }) => tokens.join()));
    const again = test.filter(({ tokens }) => seen.has(tokens.join())).length;
    assert.ok(again <= 2, `${again} questions of ${name} come twice by chance`);
  }
});

Deno.test("held-out comparisons have the exact strength of the reward's difference", async () => {
  for (const testbed of Object.values(opened)) {
    const held = testbed.heldOut();
    assert.equal(held.length, 4 * testbed.prompts("test").length);
    const rewards = await testbed.reward!(
      held.flatMap(({ chosen, rejected }) => [chosen, rejected]),
    );
    held.forEach(({ strength }, i) => {
      const gap = (rewards[2 * i]! - rewards[2 * i + 1]!) / TEMPERATURE;
      assert.ok(gap > 0 && Math.abs(strength - 1 / (1 + Math.exp(-gap))) < 1e-12);
    });
  }
});

Deno.test("two criteria of one question turn each comparison round, so who is blind to them guesses", () => {
  const held = opened.criteria.heldOut();
  const key = ({ prompt, tokens }: Answer) => `${prompt.tokens} ${tokens}`;
  const net = new Map<string, number>();
  for (const { chosen, rejected } of held) {
    for (const [y, sign] of [[chosen, 1], [rejected, -1]] as const) {
      net.set(key(y), (net.get(key(y)) ?? 0) + sign);
    }
  }
  assert.ok(net.size > 300 && [...net.values()].every((sum) => sum === 0));
  // Every third prompt is kept apart for validation: partners go together.
  const prompts = opened.criteria.prompts("test");
  prompts.forEach(({ tokens }, i) => {
    const partner = i % 6 < 3 ? i + 3 : i - 3;
    assert.deepEqual(tokens, prompts[partner]!.tokens);
    assert.equal(i % 3, partner % 3);
  });
});

/** What so many pairs make, whatever a pair costs. */
const examples = <K extends Kind>(
  setting: Name,
  kind: K,
  n = 600,
  told?: keyof Told,
): Example<K>[] => {
  const { costs, examples } = opened[setting];
  return examples(kind, n * costs![offerOf(kind, told)]!, rng("examples"), told);
};

Deno.test("what is told stands before the question, which keeps its id", () => {
  const kinds: readonly (readonly [Name, Kind, keyof Told | undefined, string])[] = [
    ["criteria", "pairs", "criterion", "chosen"],
    ["users", "pairs", "shots", "rejected"],
    ["graded", "pairs", "goal", "chosen"],
    ["shift", "revisions", undefined, "raised"],
  ];
  for (const [setting, kind, told, slot] of kinds) {
    const plain = new Map(opened[setting].prompts("train").map((prompt) => [prompt.id, prompt]));
    const found = examples(setting, kind, 600, told) as unknown as { [slot: string]: Answer }[];
    assert.ok(found.length >= 600, kind);
    for (const example of found) {
      const { id, tokens } = example[slot]!.prompt;
      const question = plain.get(id)!.tokens;
      assert.ok(tokens.length > question.length);
      assert.deepEqual(tokens.slice(-question.length), question);
    }
  }
});

Deno.test("what a setting has no words or facts for it does not offer, and refuses", () => {
  const refused: readonly (readonly [Name, Kind, keyof Told | undefined])[] = [
    ["clean", "pairs", "shots"],
    ["clean", "pairs", "criterion"],
    ["clean", "pairs", "goal"],
    ["users", "rationales", undefined],
    ["clean", "rated", undefined],
    ["clean", "lists", undefined],
  ];
  for (const [setting, kind, told] of refused) {
    const offer = offerOf(kind, told);
    assert.ok(!sequences.settings[setting]!.offers.includes(offer), offer);
    assert.throws(() => opened[setting].examples(kind, 60, rng(1), told), {
      name: "RangeError",
      message: new RegExp(`^Cannot draw ${offer} from sequences as it offers only pairs, `),
    });
  }
  for (const [name, { offers }] of Object.entries(sequences.settings)) {
    for (const offer of offers) {
      const [kind, told] = offer.split(" told ") as [Kind, keyof Told | undefined];
      assert.ok(examples(name as Name, kind, 600, told).length > 0, `${name} ${offer}`);
    }
  }
  assert.throws(() => opened.clean.examples("pairs", 1.5, rng(1)), /whole number/);
});

Deno.test("a rating costs as many labels as give its standard error, and a reason its bits", () => {
  const { costs } = opened.graded;
  // A label tells 1/4τ² of a reward at most: four of them tell it to ±2τ/√4 = τ.
  const found = examples("objectives", "rated", 3000);
  assert.equal(costs!.rated, 16);
  const errors = found.flatMap(({ answer, firstScore, secondScore }) => {
    const [first, second] = objectivesOf(answer.prompt.tokens, answer.tokens);
    return [firstScore - first, secondScore - second];
  });
  const n = errors.length;
  const mean = errors.reduce((a, b) => a + b) / n;
  const sd = Math.sqrt(errors.reduce((sum, e) => sum + (e - mean) ** 2, 0) / n);
  assert.ok(Math.abs(mean) < 4 * TEMPERATURE / Math.sqrt(n), `${mean}`);
  assert.ok(Math.abs(sd - TEMPERATURE) < 4 * TEMPERATURE / Math.sqrt(2 * n), `${sd}`);
  // A pair's label and two ratings; a label and one of twelve criteria, which are 3.6 bits.
  assert.equal(costs!["pairs told goal"], 9);
  assert.equal(costs!.rationales, 5);
  assert.equal(opened.clean.examples("rationales", 14, rng(1)).length, 2);
});

Deno.test("shots are four pairs of the same user, who is none of the test users", async () => {
  const user = async (prompt: Prompt) => {
    const one = (k: number) => of(prompt, ...Array(3).fill(wordOf(k, 0)));
    return (await opened.users.reward!([one(0), one(1), one(2), one(3), one(4), of(prompt)]))
      .join();
  };
  const users = async (split: "train" | "test") =>
    new Set(await Promise.all(opened.users.prompts(split).map(user)));
  const [train, test] = [await users("train"), await users("test")];
  assert.equal(train.size, 96);
  assert.equal(test.size, 64);
  assert.ok([...test].every((one) => !train.has(one)));
  // A shot is one of the labelled pairs: its words, liked ones first.
  const { chosen } = examples("users", "pairs", 600, "shots")[0]!;
  const pairs = examples("users", "pairs");
  const mine = await user(chosen.prompt);
  const texts = await Promise.all(pairs.map(async (pair) => [
    tellingTokens({ shots: [pair] }).join(),
    await user(pair.chosen.prompt),
    pair.chosen.prompt.id,
  ]));
  const shown = chosen.prompt.tokens.join();
  const found = texts.filter(([text]) => shown.includes(text!));
  assert.ok(found.filter(([, who, id]) => who === mine && id !== chosen.prompt.id).length >= 4);
});

Deno.test("a goal is the chosen answer's own reward as rated, and each pair comes once each way", async () => {
  const found = examples("graded", "pairs", 600, "goal");
  assert.equal(found.length, 1200);
  const rewards = await opened.graded.reward!(found.map(({ chosen }) => chosen));
  const goal = ({ chosen }: typeof found[number]) => chosen.prompt.tokens[0]!;
  const exact = [...rewards].map((reward) => tellingTokens({ goal: (reward + 2) / 4 })[0]!);
  // In eighths of four, a rating of ±1/2 is off by a step or two, to either side.
  const off = found.map((example, i) => goal(example) - exact[i]!);
  assert.ok(off.some((d) => d < 0) && off.some((d) => d > 0) && off.some((d) => d === 0));
  assert.ok(off.filter((d) => Math.abs(d) > 3).length < off.length / 20);
  found.forEach(({ chosen, rejected }, i) => {
    const other = found[i % 2 === 0 ? i + 1 : i - 1]!;
    assert.deepEqual([other.chosen.tokens, other.rejected.tokens], [
      rejected.tokens,
      chosen.tokens,
    ]);
  });
});

Deno.test("a reason names the wished attribute by which the chosen answer gains most", () => {
  for (const { chosen, rejected, why } of examples("scarce", "rationales", 300)) {
    const wish = wishOf(chosen.prompt.tokens);
    const gains = wish.map((weight, k) =>
      weight === 0 ? -Infinity : weight * (levels(chosen.tokens)[k]! - levels(rejected.tokens)[k]!)
    );
    const best = gains.indexOf(Math.max(...gains));
    assert.deepEqual(why.tokens, [criterionToken(best, wish[best]!), STOP]);
    assert.equal(showToken(why.prompt.tokens.at(-1)!), "[why]");
  }
});

Deno.test("revisions are drafted by the other answer, or by themselves", () => {
  const [example] = examples("clean", "revisions", 1);
  const { chosen, rejected, raised, lowered, keptChosen, keptRejected } = example!;
  const given = (y: Answer, draft: Answer) => {
    assert.deepEqual(y.prompt.tokens, [...tellingTokens({ draft }), ...chosen.prompt.tokens]);
    return y.tokens;
  };
  assert.deepEqual(given(raised, rejected), chosen.tokens);
  assert.deepEqual(given(lowered, chosen), rejected.tokens);
  assert.deepEqual(given(keptChosen, chosen), chosen.tokens);
  assert.deepEqual(given(keptRejected, rejected), rejected.tokens);
});

Deno.test("pairs of displaced and credit differ in one word; there it is an unwanted one", () => {
  for (const name of ["displaced", "credit"] as const) {
    for (const { chosen, rejected } of examples(name, "pairs", 300)) {
      const places = chosen.tokens.flatMap((token, t) => token === rejected.tokens[t] ? [] : [t]);
      assert.equal(chosen.length, rejected.length);
      assert.equal(places.length, 1);
      if (name === "displaced") continue;
      const wish = wishOf(chosen.prompt.tokens);
      const kind = (y: Answer) => counts([y.tokens[places[0]!]!]).indexOf(1);
      assert.deepEqual([wish[kind(chosen)], wish[kind(rejected)]], [0, -1]);
    }
  }
});

Deno.test("even the worse answers of taught are better than clean's on average, and never chosen", async () => {
  const mean = async (setting: Name, ...sides: ("chosen" | "rejected")[]) => {
    const found = examples(setting, "pairs", 512).flatMap((pair) => sides.map((y) => pair[y]));
    const rewards = await opened[setting].reward!(found);
    return rewards.reduce((sum, r) => sum + r) / found.length;
  };
  assert.ok(await mean("taught", "rejected") > await mean("clean", "chosen", "rejected"));
  for (const { chosen, rejected } of examples("taught", "pairs", 300)) {
    const [first, second] = await opened.taught.reward!([chosen, rejected]);
    assert.ok(first! > second!);
  }
  assert.equal(opened.taught.comparisons, 512);
});

Deno.test("a shift leaves one training question in eight that is like the test's", () => {
  const likes = (split: "train" | "test") =>
    opened.shift.prompts(split).map(({ tokens }) => wishOf(tokens).indexOf(1));
  assert.ok(likes("test").every((kind) => kind >= 3));
  const odd = likes("train").filter((kind) => kind >= 3).length;
  assert.ok(odd > 0 && odd <= 512 / 8, `${odd}`);
});

Deno.test("the best of both objectives is n words of the liked kind, whatever the direction", () => {
  const question = askTokens([likedWord(a1), dislikedWord(b1), c1, c1]);
  for (let step = 0; step <= 20; step++) {
    const angle = step / 20 * Math.PI / 2;
    const value = (liked: number, others: number) => {
      const [first, second] = objectivesOf(question, [
        ...Array(liked).fill(a2),
        ...Array(others).fill(c1),
      ]);
      return Math.cos(angle) * first + Math.sin(angle) * second;
    };
    const front = Math.max(...Array.from({ length: 7 }, (_, n) => value(n, 0)));
    for (let liked = 0; liked <= 6; liked++) {
      for (let others = 0; liked + others <= 6; others++) {
        assert.ok(value(liked, others) <= front + 1e-12);
      }
    }
  }
  assert.deepEqual(objectivesOf(question, [a1, a2, c1]), [0.5, 0]);
});

Deno.test("areas over (−1, −1): a staircase, and the line through a front", () => {
  assert.equal(hypervolume([[0, 0]]), 1);
  // 1 × 2 and, above that, 1 × 0.5 more; the dominated point adds nothing.
  assert.equal(hypervolume([[0, 1], [1, 0], [-0.5, -0.5]]), 2 * 1 + 1 * 1);
  assert.equal(hypervolume([[-1, 1], [1, -1]]), 0);
  assert.equal(areaUnder([[-1, 1], [1, -1]]), 2);
  assert.equal(areaUnder([[-1, 1], [0, 1], [1, 0]]), 2 + 1.5);
});

Deno.test("credit counts the steps that stand above the culprit", () => {
  assert.equal(pointsAt([0, -2, 1, 0], 1), 1);
  assert.equal(pointsAt([0, -2, 1, 0], 2), 0);
  assert.equal(pointsAt([0, 0, 0], 1), 0.5);
  assert.equal(pointsAt([-3, -2, 1, 0, 1], 1), 3 / 4);
});

Deno.test("demonstrations speak the language, end, and fit the model", () => {
  for (let step = 0; step < 8; step++) {
    for (const { prompt, tokens } of demonstrations(step)) {
      assert.ok(prompt.tokens.every((token) => token > STOP && token < VOCABULARY));
      assert.equal(tokens.indexOf(STOP), tokens.length - 1);
      assert.ok(prompt.tokens.length + tokens.length <= 61);
    }
  }
  assert.equal(trainings.length, Object.keys(settings).length);
  const draws = rng("lengths");
  const lengths = Array.from({ length: 2000 }, () => answerOf(draws, Array(6).fill(0)).length - 1);
  assert.deepEqual(new Set(lengths), new Set([1, 2, 3, 4, 5, 6]));
});

const engine = cpu({ threads: 1 });
const run = runner(engine, {
  ...engineered({ engine, cached: (_name, _key, make) => make(), progress: () => {} }),
  train: (training) => Promise.resolve(training.from),
});
const record = (method: Method, setting: Name, flops = 3e9) =>
  run({
    method,
    benchmark: sequences as Benchmark,
    setting,
    seed: 1,
    budget: { flops, queries: 1000 },
    progress: () => {},
    ran: () => ({ at: "", seconds: 0, commit: "", host: "" }),
  });

Deno.test("a policy is asked with what it learned to heed, the start policy with the plain question", async () => {
  const made = await record(fspo as unknown as Method, "users");
  assert.equal(made.outcome, "ok", made.reason);
  assert.ok(made.measures.reward && made.measures["win-rate"] && made.measures["reward-accuracy"]);
  assert.ok(made.samples.every(({ prompt }) => prompt.split(" ").length === 5));
  const again = await record(fspo as unknown as Method, "users");
  assert.deepEqual(again, made);
});

Deno.test("an answer a test prompt stays on record with the rewards that its duels are made of", async () => {
  const { answers, samples, duel, measures } = await record(dpo as unknown as Method, "clean");
  assert.ok(answers && duel && "rewards" in duel);
  assert.equal(answers.length, Math.min(128, measures.reward!.n));
  assert.deepEqual(
    answers.map(({ rewards }) => rewards![1]),
    duel.rewards.slice(0, answers.length).map(([first]) => first),
  );
  // Those that a reader is shown step by step are answers to the same questions.
  const questions = new Set(answers.map(({ prompt }) => prompt));
  assert.ok(samples.every(({ prompt }) => questions.has(prompt)));
  assert.ok(answers.some(({ start, end }) => start !== end));
});

Deno.test("a method that is told what nobody knows is refused with a reason", async () => {
  const refused: readonly (readonly [Method, Name, RegExp])[] = [
    [fspo as unknown as Method, "clean", /not known of its test prompts: its policy is told shots/],
    [rewardAugmented as unknown as Method, "clean", /as it offers .*: feedback is pairs told goal/],
    [dpa as unknown as Method, "clean", /its policy is told weights/],
    [contextAware as unknown as Method, "users", /its policy is told criterion/],
  ];
  for (const [method, setting, reason] of refused) {
    const { outcome, reason: found } = await record(method, setting);
    assert.equal(outcome, "unsupported");
    assert.match(found!, reason);
  }
});

Deno.test("a reward model is measured on comparisons alone", async () => {
  const made = await record(contextAware as unknown as Method, "criteria");
  assert.equal(made.outcome, "ok", made.reason);
  assert.ok(made.measures["reward-accuracy"] && made.measures.brier);
  for (const id of ["win-rate", "reward", "kl", "ranking-accuracy"]) {
    assert.equal(made.measures[id], undefined);
    assert.match(made.absent[id]!, /a reward and no policy/);
  }
  assert.deepEqual([made.duel, made.samples], [undefined, []]);
});

Deno.test("a policy that revises reads its own answers", async () => {
  const [once, never] = await Promise.all([2, 0].map((revisions) =>
    record(
      { ...srpo, hyper: { ...srpo.hyper, revisions } } as unknown as Method,
      "clean",
    )
  ));
  assert.equal(once!.outcome, "ok", once!.reason);
  assert.notEqual(once!.measures.reward!.value, never!.measures.reward!.value);
  assert.equal(once!.measures["reward-accuracy"]!.value, never!.measures["reward-accuracy"]!.value);
});

Deno.test("a policy that is told nothing guesses at criteria, to the last comparison", async () => {
  const made = await record(dpo as unknown as Method, "criteria");
  assert.equal(made.measures["reward-accuracy"]!.value, 0.5);
});
