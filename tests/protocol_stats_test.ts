import assert from "node:assert/strict";
import fc from "fast-check";
import { arenaHard, mtBench, rewardBench, stats } from "../mod.ts";
import { allClose, close } from "./close.ts";

const runs = { seed: 20250101, numRuns: 100 };

Deno.test("G12 RewardBench's sections weigh subsets by their published counts", () => {
  const of = (accuracy: number, n = 100) => ({ accuracy, n });
  const chat = rewardBench.sectionScore("Chat", {
    "alpacaeval-easy": of(.99),
    "alpacaeval-length": of(.8, 95),
    "alpacaeval-hard": of(.95, 95),
    "mt-bench-easy": of(1, 28),
    "mt-bench-med": of(.9, 40),
  });
  assert.ok("value" in chat);
  close(chat.value, .91969274);
  assert.equal(chat.n, 358);
  const hep = Object.fromEntries(
    ["cpp", "go", "java", "js", "python", "rust"].map((name) => [`hep-${name}`, of(.9, 164)]),
  );
  // 447 rows of math count as 984.
  const reasoning = rewardBench.sectionScore("Reasoning", { ...hep, "math-prm": of(.5, 447) });
  assert.ok("value" in reasoning);
  close(reasoning.value, .7, 1e-12);
  assert.ok(reasoning.low > .66 && reasoning.low < .7 && reasoning.high < .74);
  assert.deepEqual(rewardBench.sectionScore("Reasoning", hep), { absent: "no rows of math-prm" });
  assert.throws(
    () => rewardBench.sectionScore("toString", {}),
    /"toString": expected Chat, Chat Hard/,
  );
  close(rewardBench.rewardBenchOverall([.9, .5, .8, .6]), .7, 1e-12);
  close(rewardBench.rewardBenchOverall([.9, .5, .8, .6], .25), (2 * 2.8 + .25) / 9, 1e-12);
});

Deno.test("a weighted share of one part has Wilson's interval, and of perfect parts still a width", () => {
  const one = rewardBench.weightedShare([{ accuracy: 7 / 12, n: 12, weight: 5 }]);
  allClose([one.low, one.high], [.31951131, .80673969]);
  const perfect = rewardBench.weightedShare(
    [1, 3].map((weight) => ({ accuracy: 1, n: 10, weight })),
  );
  // Each reaches .27753280 below 1: by a quarter and three quarters of that, at right angles.
  close(perfect.low, 1 - .27753280 * Math.sqrt(1 / 16 + 9 / 16));
  assert.equal(perfect.high, 1);
  assert.throws(() => rewardBench.weightedShare([]), RangeError);
});

Deno.test("G12b RewardBench 2's ties", () => {
  const row = (accurate: boolean, spread: number, gap: number) => ({ accurate, spread, gap });
  const tied = [row(true, .5, 1.5), row(true, 1, .8), row(true, .4, .6)];
  const reference = [row(true, 0, 2), row(true, 0, .5), row(false, 0, -1)];
  const prompts = tied.map((one, i) => ({ tied: one, reference: reference[i]! }));
  close(rewardBench.tiesScore(prompts), .69834578);
  // Its margins: the smaller gaps are 1.5, .5 and −1.
  close(
    stats.mean([1.5 / .5, .5 / 1, -1 / .4].map((ratio) => Math.tanh(ratio - 1))),
    -.16542249,
  );
  assert.throws(() => rewardBench.tiesScore([{ tied: tied[0]! }]), RangeError);
  const flat = rewardBench.tiesScore([{ tied: row(false, 0, 0), reference: row(true, 0, 1) }]);
  close(flat, .3, 1e-12);
  assert.deepEqual(rewardBench.tiesRow([5, 3, 4], [1, 2]), row(true, 2, 1));
  assert.deepEqual(rewardBench.tiesRow([2], [2, 1]), row(false, 0, 0));
  assert.throws(() => rewardBench.tiesRow([1], []), RangeError);
});

Deno.test("the best of four shares a tie at the top, and is 0 below it", () => {
  assert.deepEqual(
    [[3, 1, 2, 0], [3, 3, 2, 3], [1, 1, 1, 1], [1, 2, 0, 0]].map((s) => rewardBench.bestOf(s, 0)),
    [1, 1 / 3, 1 / 4, 0],
  );
  assert.throws(() => rewardBench.bestOf([1, 2], 2), /answer 2/);
  assert.throws(() => rewardBench.bestOf([NaN, 2], 1), RangeError);
});

Deno.test("G16 style features", () => {
  const a = { length: 300, headers: 4, lists: 10, bold: 6 };
  const b = { length: 200, headers: 1, lists: 5, bold: 9 };
  const found = stats.styleDifference(a, b);
  allClose(found, [.2, .00816479, .00788865, -.02333271]);
  allClose(stats.styleDifference(b, a), found.map((x) => -x), 1e-15);
  assert.deepEqual(stats.styleDifference(a, a), [0, 0, 0, 0]);
  const empty = { length: 0, headers: 0, lists: 0, bold: 0 };
  assert.deepEqual(stats.styleDifference(empty, empty), [0, 0, 0, 0]);
  assert.equal(stats.styles.length, found.length);
});

Deno.test("markdown is counted outside fenced code, line by line", () => {
  const text = [
    "# one",
    "###### six",
    "####### seven are none",
    "#none",
    "- item",
    "  * item",
    "12. item",
    "-none",
    "**bold** and **also** and __this__, not ** this **",
    "```",
    "# code",
    "- code **code**",
    "```",
    "",
    "",
    "+ item",
  ].join("\n");
  // Spaces inside do not matter to the original's rule of what is bold.
  assert.deepEqual(stats.markdown(text), { headers: 2, lists: 4, bold: 4 });
  assert.deepEqual(stats.markdown(""), { headers: 0, lists: 0, bold: 0 });
});

Deno.test("markdown of hostile texts is counted in time that grows with their length", () => {
  for (const piece of ["\n", " ", "#", "*", "_", "`", "1", "- ", "```\n", "**a", "__a\n"]) {
    const text = piece.repeat(200_000 / piece.length);
    const start = performance.now();
    stats.markdown(text);
    // Linear takes milliseconds, quadratic half a minute and more.
    assert.ok(performance.now() - start < 3000, JSON.stringify(piece));
  }
});

Deno.test("scaled columns have a deviation of 1, and turn around with the pair unless centred", () => {
  const rows = [[1, 5, 2], [3, 5, -2], [5, 5, 0]];
  allClose(stats.scaled(rows).map(([x]) => x!), [.5, 1.5, 2.5]);
  allClose(stats.scaled(rows, true).map(([x]) => x!), [-1, 0, 1]);
  allClose(stats.scaled(rows).map(([, x]) => x!), [5, 5, 5]);
  allClose(stats.scaled(rows, true).map(([, x]) => x!), [0, 0, 0]);
  assert.deepEqual(stats.scaled([]), []);
});

Deno.test("G18 MT-Bench's table of grades", () => {
  // Turn 1: 8, 6 and a failure; turn 2: 7 and 5.
  const rows = [["q1", 1, 8], ["q2", 1, 6], ["q3", 1], ["q1", 2, 7], ["q2", 2, 5]] as const;
  const grades = rows.map(([question, turn, grade]) => ({
    question,
    category: "writing",
    turn,
    ...grade ? { grade } : {},
  }));
  const { average, turns, balanced, failed } = mtBench.gradeTable(grades);
  assert.deepEqual(turns.map(({ turn, value, n }) => [turn, value, n]), [[1, 7, 2], [2, 6, 2]]);
  assert.deepEqual([average.value, average.n, failed], [6.5, 4, 1]);
  assert.equal(balanced.value, 6.5);
  // By question: (1.5 − .5) twice over four rows, √(2 · 2² / 4²) · √2.
  close(average.stderr, 1);
  close(average.high! - average.value, 12.7062047, 1e-6);
});

Deno.test("the balanced average counts every category and turn alike, with an error by questions", () => {
  const grade = (question: string, category: string, turn: number, grade: number) => ({
    question,
    category,
    turn,
    grade,
  });
  const grades = [
    grade("m1", "math", 1, 2),
    grade("m2", "math", 1, 4),
    grade("m3", "math", 1, 3),
    grade("m1", "math", 2, 1),
    grade("w1", "writing", 1, 8),
    grade("w2", "writing", 1, 10),
    grade("w1", "writing", 2, 9),
    grade("w2", "writing", 2, 9),
  ];
  const { balanced, average, categories } = mtBench.gradeTable(grades);
  // Cells 3, 1, 9, 9.
  close(balanced.value, 5.5);
  close(average.value, 46 / 8);
  assert.deepEqual(categories.map(({ category, value }) => [category, value]), [
    ["math", 2.5],
    ["writing", 9],
  ]);
  // Influences (−1, 1, 0)/3/4 and (−1, 1)/2/4: 3/2 · 2/144 + 2 · 2/64.
  close(balanced.stderr, Math.sqrt(3 / 144 + 4 / 64));
  // Turn 2 of math is m1's alone, so nothing is known of its spread; a category of one question is none.
  const lone = mtBench.gradeTable([...grades, grade("c1", "coding", 1, 5)]).balanced;
  close(lone.value, 27 / 5);
  assert.deepEqual([lone.stderr, lone.low], [undefined, undefined]);
});

Deno.test("tables of nothing valid are refused, and grades out of range are named", () => {
  const row = { question: "q1", category: "math", turn: 1 };
  assert.throws(() => mtBench.gradeTable([]), RangeError);
  assert.throws(() => mtBench.gradeTable([row]), RangeError);
  assert.throws(() => mtBench.gradeTable([{ ...row, grade: 85 }]), /grade 85 of question q1/);
  assert.throws(() => mtBench.gradeTable([{ ...row, grade: 0 }]), /grade 0/);
  assert.throws(() => mtBench.gameTable([{ question: "q1", first: "win" }]), RangeError);
  const one = mtBench.gradeTable([{ ...row, grade: 4 }]);
  assert.deepEqual(one.average, { value: 4, n: 1 });
});

Deno.test("G18 MT-Bench's table of pairs", () => {
  const games: mtBench.Games[] = [
    { question: "1", first: "win", second: "win" },
    { question: "2", first: "win", second: "loss" },
    { question: "3", first: "tie", second: "win" },
    { question: "4", first: "loss", second: "loss" },
    { question: "5", first: "win" },
  ];
  const {
    n,
    wins,
    losses,
    ties,
    winRate,
    lossRate,
    adjusted,
    failed,
    score,
    inconsistent,
    flipped,
  } = mtBench.gameTable(games);
  assert.deepEqual([n, wins, losses, ties, failed], [4, 1, 1, 2, 1]);
  assert.deepEqual([winRate, lossRate, adjusted], [.25, .25, .5]);
  // 1, ½, ¾ and 0.
  assert.deepEqual([score.value, inconsistent, flipped], [.5625, .5, .25]);
  close(score.stderr, stats.standardError([1, .5, .75, 0]));
});

Deno.test("G19 Arena-Hard's labels, with decisive verdicts thrice and once", () => {
  const score = (first: string, second: string, decisive?: number) => {
    const rows = arenaHard.arenaRows(
      [arenaHard.arenaVerdict(first)!, arenaHard.arenaVerdict(second)!],
      decisive,
    );
    const total = rows.reduce((sum, { weight }) => sum + weight, 0);
    return { total, mean: rows.reduce((sum, row) => sum + row.weight * row.score, 0) / total };
  };
  assert.deepEqual(score("B>>A", "A>B", 3), { total: 4, mean: 1 });
  assert.deepEqual(score("A>B", "A>B", 3), { total: 2, mean: .5 });
  assert.deepEqual(score("A=B", "B>>A", 3), { total: 4, mean: .125 });
  assert.deepEqual(score("A=B", "B>>A"), { total: 2, mean: .25 });
});

Deno.test("a label reads the same mirrored, and nothing else is a label", () => {
  const sign = fc.constantFrom(">>", ">", "=", "<", "<<");
  fc.assert(
    fc.property(fc.constantFrom("A", "B"), sign, (left, sign) => {
      const right = left === "A" ? "B" : "A";
      const turn = [...sign].map((c) => c === ">" ? "<" : c === "<" ? ">" : c).join("");
      const found = arenaHard.arenaVerdict(`${left}${sign}${right}`)!;
      assert.deepEqual(arenaHard.arenaVerdict(` ${right}${turn}${left}`.toLowerCase()), found);
      const swapped = arenaHard.arenaVerdict(`${right}${sign}${left}`)!;
      assert.deepEqual(swapped, { score: 1 - found.score, decisive: found.decisive });
    }),
    runs,
  );
  assert.deepEqual(arenaHard.arenaVerdict("A>>B"), { score: 1, decisive: true });
  for (const wrong of ["", "A", "A>A", "A>>>B", "A><B", "C>A", "A==B", "A > B", "A>B B>A"]) {
    assert.equal(arenaHard.arenaVerdict(wrong), undefined, wrong);
  }
});
