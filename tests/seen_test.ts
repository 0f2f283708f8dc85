import assert from "node:assert/strict";
import {
  alike,
  type Answer,
  inOrder,
  isOn,
  type Mark,
  nameOf,
  pairsOf,
  type Picture,
  type Prompt,
  type SearchNode,
  type SearchPlace,
  type Tree,
  type Vote,
} from "../core/mod.ts";
import { parseRecord } from "../lab/disk/schema.ts";
import { searchOf } from "../lab/train/seen.ts";
import { dealer } from "../lab/votes/ballot.ts";
import { opened, testbed } from "./fake/lab.ts";
import { hostilePictures, pictured } from "./fixtures/pictures.ts";
import { shows, walked } from "./fixtures/walks.ts";

const { records } = pictured();

// Records

Deno.test("drawings, conversations and searches are kept as they are, as large as they may be", () => {
  for (const record of [...records, ...hostilePictures().records]) {
    const { samples, answers } = parseRecord(JSON.parse(JSON.stringify(record)), "here");
    assert.deepEqual([samples, answers], [record.samples, record.answers]);
  }
});

Deno.test("what is more than a record may hold is refused, and the field named", () => {
  const icons = records.find(({ benchmark, seed }) => benchmark === "diffusion" && seed === 0)!;
  const disc: Mark = { kind: "disc", at: [1, 1, 1], ink: 0 };
  const square = (...marks: unknown[]) => ({ view: [1, 1], marks });
  const chain = (depth: number): Tree => {
    let node: Tree = { text: "end", next: [] };
    for (let i = 1; i < depth; i++) node = { text: `${i}`, next: [node] };
    return node;
  };
  const start = 'field "samples\\[0\\]\\.start\\.';
  const refused: [string, unknown, RegExp][] = [
    ["picture", square(...Array(65).fill(disc)), /picture\.marks" must be of length 64 or less/],
    ["picture", { view: [0, 1], marks: [] }, /picture\.view\[0\]" must be at least 0\.0001/],
    ["picture", { view: [1, 1e5], marks: [] }, /picture\.view\[1\]" must be at most 10000/],
    [
      "picture",
      square({ ...disc, at: [1, NaN, 1] }),
      /at\[1\]" must be a number: current value is n/,
    ],
    ["picture", square({ ...disc, at: [1, Infinity, 1] }), /marks\[0\]\.at\[1\]" must be a number/],
    [
      "picture",
      square({ ...disc, at: [1, -1e5, 1] }),
      /marks\[0\]\.at\[1\]" must be at least -100/,
    ],
    [
      "picture",
      square({ ...disc, at: [1, 1] }),
      /at" must be valid \(of a disc: x, y and radius\)/,
    ],
    ["picture", square({ kind: "line", at: [1, 1, 1, 1, 1], ink: 0 }), /x and y of 2 to 32 points/],
    ["picture", square({ ...disc, ink: 7 }), /marks\[0\]\.ink" must be at most 6/],
    ["picture", square({ ...disc, kind: "script" }), /marks\[0\]\.kind" must be "box" or "disc"/],
    ["picture", square({ ...disc, href: "x" }), /marks\[0\]\.href" is unknown/],
    ["frames", Array(7).fill(square()), /frames" must be of length 6 or less/],
    ["said", ["one"], /said" must be valid \(one a step: \d+\)/],
    ["tree", chain(33), /tree" must be valid \(at most 256 nodes, 32 deep\)/],
    ["tree", { text: "", next: Array(256).fill(chain(1)) }, /tree" must be valid \(at most 256/],
    [
      "tree",
      { text: "", next: [{ text: 1, next: [] }] },
      /tree\.next\[0\]\.text" must be a string/,
    ],
    ["tree", { text: "", next: "none" }, /tree\.next" must be a list/],
    ["tree", { text: "", taken: "both", next: [] }, /tree\.taken" must be "chosen" or "rejected"/],
  ];
  for (const [field, value, message] of refused) {
    const [first, ...rest] = icons.samples;
    const odd = {
      ...icons,
      samples: [{ ...first, start: { ...first!.start, [field]: value } }, ...rest],
    };
    const read = () => parseRecord(JSON.parse(JSON.stringify(odd)), "here");
    assert.throws(read, (error: Error) => {
      assert.equal(error.name, "SyntaxError");
      assert.match(error.message, message);
      assert.match(error.message, new RegExp(start));
      return true;
    });
  }
  // Deeper than any stack, as a file may hold it.
  const [first] = icons.samples;
  const odd = { ...icons, samples: [{ ...first, start: { ...first!.start, tree: chain(1e5) } }] };
  assert.throws(() => parseRecord(odd, "here"), /at most 256 nodes, 32 deep/);
});

// The runner

Deno.test("a run keeps what its testbed shows, within a record's bounds, and is otherwise the same", async () => {
  const [bare, full] = [await walked({}), await walked(shows)];
  const kept = parseRecord(JSON.parse(JSON.stringify(full)), "here");
  assert.equal(kept.samples.length, 6);
  for (const { prompt, promptPicture, start, end } of kept.samples) {
    const from = Number(prompt.replace("from ", ""));
    assert.deepEqual(promptPicture!.marks, [{ kind: "disc", at: [from + 4, 1, 0.3333], ink: 6 }]);
    for (const { steps, said, told, picture, frames, tree, reward } of [start, end]) {
      assert.deepEqual(told, from === 0 ? ["Go right."] : undefined);
      // A mark of no numbers is left out, and one that is too far is as far as may be.
      assert.deepEqual(picture!.marks.map(({ kind }) => kind), ["line", "disc"]);
      assert.deepEqual(picture!.marks[1], {
        kind: "disc",
        at: [reward! + 4, 1, 1e4],
        ink: 2,
        faint: true,
      });
      const path = picture!.marks[0]!.at;
      assert.deepEqual(path.slice(0, 4), [
        from + 4,
        0.3333,
        from + 4 + (steps[0] === "right " ? 1 : -1),
        0.5,
      ]);
      assert.equal(frames!.length, Math.min(6, steps.length + 1));
      assert.equal(said!.at(1), `at ${Number(path[4]) - 4} `);
      assert.equal(said![0], "");
      // Of 401 nodes on 41 levels the first are kept, and it says how many are not.
      const levels: Tree[] = [];
      for (let node = tree; node; node = node.next.find(({ next }) => next.length > 0)) {
        levels.push(node);
      }
      assert.ok(levels.length > 10 && levels.length < 32, `${levels.length} levels`);
      assert.match(levels.at(-1)!.next.at(-1)!.text, /^… \d+ more$/);
      assert.equal(levels[0]!.next[1]!.value, 0.3333);
    }
  }
  kept.answers!.forEach(({ start, end, seen, promptPicture }, i) => {
    assert.ok(promptPicture);
    for (
      const [words, { turns, frames, tree }] of [[start, seen!.start], [end, seen!.end]] as const
    ) {
      assert.equal(turns!.join(""), words);
      assert.match(turns![1]!, /^at -?\d $/);
      assert.match(turns![0]!, /^((left|right) ){2}$/);
      assert.deepEqual([frames !== undefined, tree !== undefined], [i < 6, i < 6]);
    }
  });
  const { samples, answers, ...rest } = full;
  const { samples: before, answers: words, ...same } = bare;
  assert.deepEqual(rest, same);
  assert.deepEqual(Object.keys(before[0]!), ["prompt", "start", "end"]);
  assert.deepEqual(Object.keys(before[0]!.start), ["steps", "logRatios", "reward"]);
  assert.deepEqual(Object.keys(words![0]!), ["prompt", "start", "end", "rewards"]);
  assert.deepEqual(before.map(({ end }) => end.steps), samples.map(({ end }) => end.steps));
  assert.equal(words!.length, answers!.length);
});

// Votes

Deno.test("a pair of equal words and other drawings is a pair, and a vote counts for the drawing", () => {
  const paths = records.filter(({ benchmark }) => benchmark === "control");
  const pairs = pairsOf(paths, "start");
  assert.ok(pairs.every(({ answers: [a, b] }) => a === b));
  assert.ok(pairs.some((pair) => !alike(pair)));
  const ballot = dealer(pairs, "ada").next([])!;
  const { benchmark, setting, seed, question } = ballot.pair;
  const vote: Vote = {
    schema: 1,
    kind: "vote",
    id: "1",
    voter: "ada",
    benchmark,
    setting,
    seed,
    question,
    digest: ballot.digest,
    shown: [...ballot.shown],
    choice: "a",
    seconds: 1,
    at: "",
  };
  assert.ok(isOn(vote, ballot.pair));
  assert.ok(!isOn({ ...vote, shown: [vote.shown[1], vote.shown[0]] }, ballot.pair));
  const [one, other] = ballot.pair.seen!;
  const moved: Picture = { view: [10, 10], marks: one.picture!.marks.slice(1) };
  assert.ok(!isOn(vote, { ...ballot.pair, seen: [{ picture: moved }, other] }));
  assert.deepEqual(ballot.seen, inOrder(ballot.pair, ballot.shown, ballot.pair.seen));
});

Deno.test("a voter is shown nothing that says whose an answer is", () => {
  for (const { seen, answers } of pairsOf(records)) {
    assert.equal(answers.length, 2);
    for (const one of seen!) {
      // Only methods are told things and search.
      assert.deepEqual(Object.keys(one).filter((key) => key !== "picture" && key !== "turns"), []);
    }
  }
});

Deno.test("a search is kept by its steps' words, its values, and the part that steps had in most pairs", () => {
  const question = { id: "q", tokens: [1] };
  const node = (
    token: number,
    visits: number,
    won: number,
    next: SearchNode[] = [],
  ): SearchNode => ({
    at: question,
    step: { prompt: question, tokens: [token], length: 1, logps: [0] },
    over: next.length === 0,
    visits,
    won,
    next: new Map(next.map((one) => [nameOf(one.step), one])),
  });
  const [worst, best, middling] = [node(4, 2, 0), node(5, 3, 3), node(6, 1, 0.5)];
  const inner = node(3, 6, 3.5, [worst, best, middling]);
  const root: SearchPlace = { at: question, visits: 8, won: 4, next: new Map([["3", inner]]) };
  const pairs = [
    { better: best, worse: worst },
    { better: best, worse: middling },
    { better: middling, worse: worst },
  ];
  const words = {
    show: ({ tokens }: Prompt) => `<b>${tokens}</b>`,
    showSteps: ({ tokens }: Answer) => tokens.map((token) => ` ${token}`),
  };
  const end = (text: string, visits: number, value: number) => ({ text, visits, value, next: [] });
  assert.deepEqual(searchOf(words, root, pairs), {
    prompt: "<b>1</b>",
    tree: {
      text: "<b>1</b>",
      visits: 8,
      value: 0.5,
      next: [{
        text: "3",
        visits: 6,
        value: 0.5833,
        next: [
          { ...end("4", 2, 0), taken: "rejected" },
          { ...end("5", 3, 1), taken: "chosen" },
          // Once the better and once the worse.
          end("6", 1, 0.5),
        ],
      }],
    },
  });
});

Deno.test("a record holds the first two searches of a run that gave pairs, as whole trees", () => {
  const { lab, metered } = opened();
  const root: SearchPlace = {
    at: testbed.prompts("train")[0]!,
    visits: 0,
    won: 0,
    next: new Map(),
  };
  lab.searched(root, []);
  const step = {
    ...root,
    step: { prompt: root.at, tokens: [3], length: 1, logps: [0] },
    over: true,
  };
  for (let i = 0; i < 3; i++) lab.searched(root, [{ better: step, worse: step }]);
  assert.equal(metered.searches.length, 2);
  const [record] = records;
  const searches = metered.searches;
  const kept = parseRecord(JSON.parse(JSON.stringify({ ...record, searches })), "here");
  assert.deepEqual(kept.searches, searches);
  const many = { ...record, searches: [...searches, searches[0]] };
  assert.throws(() => parseRecord(many, "here"), /searches/);
  metered[Symbol.dispose]();
});
