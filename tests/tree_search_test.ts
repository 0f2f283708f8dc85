import assert from "node:assert/strict";
import {
  type Answer,
  descended,
  grown,
  nameOf,
  type Prompt,
  type Rng,
  rng,
  type Sample,
  type SearchNode,
  type SearchOptions,
  type SearchPlace,
  spansOf,
  Spent,
  stepsOf,
  toldApart,
} from "../core/mod.ts";

/** Token 0 ends an answer, 9 a step; the world says 8 after each step but the last. Three steps make an answer. */
const [STOP, SAID, PAUSE] = [0, 8, 9];
const DEPTH = 3;

/** A policy that writes a digit from 1 to 5 at each step, all alike, and how it was asked. */
function world(says = true) {
  const asked: Prompt[][] = [];
  const graded: Answer[][] = [];
  const answer = (prompt: Prompt, draws: Rng): Sample => {
    const tokens: number[] = [];
    const spans: [number, number][] = [];
    const logps: number[] = [];
    const begun = prompt.begun ? spansOf(prompt.begun).length : 0;
    for (let depth = begun; depth < DEPTH; depth++) {
      const last = depth === DEPTH - 1;
      spans.push([tokens.length, tokens.length + 2]);
      tokens.push(1 + draws.below(5), last ? STOP : PAUSE, ...says && !last ? [SAID] : []);
      logps.push(-Math.log(5), 0);
    }
    return { prompt, tokens, length: logps.length, spans, logps };
  };
  return {
    asked,
    graded,
    sample: (prompts: readonly Prompt[], draws: Rng) => {
      asked.push([...prompts]);
      return Promise.resolve(prompts.map((prompt) => answer(prompt, draws)));
    },
    grade: (right: (digits: readonly number[]) => boolean) => (ys: readonly Answer[]) => {
      graded.push([...ys]);
      return Promise.resolve(ys.map((y) => right(digits(y)) ? 1 : 0));
    },
  };
}
const digits = (y: Answer) => spansOf(y).map(([from]) => y.tokens[from]!);
const questions = ["a", "b", "c"].map((id): Prompt => ({ id, tokens: [3] }));
const search: SearchOptions = { sims: 40, c: 1, prior: true };

/** All places of a tree that steps have led to, with where they are. */
function* nodes(place: SearchPlace): Generator<readonly [parent: SearchPlace, SearchNode]> {
  for (const node of place.next.values()) {
    yield [place, node];
    yield* nodes(node);
  }
}

Deno.test("whole rollouts stay in the tree: each step is a place, and has what its rollouts were graded", async () => {
  const { sample, grade, asked, graded } = world();
  const right = (all: readonly number[]) => all[0] === 1 && all[1]! < 3;
  const roots = await grown({ sample }, grade(right), questions, search, rng("whole"));
  assert.deepEqual(roots.map(({ at }) => at), questions);
  assert.deepEqual(asked.map((prompts) => prompts.length), Array(search.sims).fill(3));
  for (const [t, root] of roots.entries()) {
    const ys = graded.map((batch) => batch[t]!);
    // Answers to the question, whatever they began from.
    for (const y of ys) assert.ok(y.prompt === questions[t] && spansOf(y).length === DEPTH);
    assert.equal(root.visits, search.sims);
    assert.equal(root.won, ys.filter((y) => right(digits(y))).length);
    const paths = (y: Answer) =>
      stepsOf(y).map((step) => [step.prompt.tokens, nameOf(step)].join("|"));
    for (const [parent, node] of nodes(root)) {
      const here = [parent.at.tokens, nameOf(node.step)].join("|");
      const through = ys.filter((y) => paths(y).includes(here));
      assert.equal(node.visits, through.length);
      assert.equal(node.won, through.filter((y) => right(digits(y))).length);
      assert.equal(node.over, node.step.tokens.at(-1) === STOP);
      // The step stands as an answer to all that was before it, as likely as it was drawn.
      assert.deepEqual(node.step.prompt.tokens, parent.at.tokens);
      assert.deepEqual(node.step.logps, [-Math.log(5), 0]);
      if (!node.over) {
        assert.deepEqual(node.at.tokens, [...parent.at.tokens, ...node.step.tokens, SAID]);
      }
    }
  }
  // It went on from the middle of answers, too, and from the same ones by the same stream.
  assert.ok(asked.flat().some(({ begun }) => begun && spansOf(begun).length === 2));
  const again = world();
  await grown(again, again.grade(right), questions, search, rng("whole"));
  assert.deepEqual(again.asked, asked);
});

Deno.test("a search comes more often to what is graded well, and what it tells apart is so", async () => {
  for (const prior of [true, false]) {
    const { sample, grade } = world(false);
    // The first step decides, but for the last one.
    const right = ([first, , last]: readonly number[]) => first === 1 && last! > 1;
    const options = { ...search, prior };
    const roots = await grown({ sample }, grade(right), questions, options, rng("good"));
    for (const root of roots) {
      const { visits } = root.next.get("1,9")!;
      // Of five alike it would be a fifth.
      assert.ok(visits >= 0.4 * root.visits, `${visits}`);
    }
    const pairs = roots.flatMap((root) => toldApart(root, 0.2, 1));
    for (const { better, worse } of pairs) {
      assert.equal(better.step.prompt.id, worse.step.prompt.id);
      assert.deepEqual(better.step.prompt.tokens, worse.step.prompt.tokens);
    }
    const firsts = pairs.filter(({ better }) => !better.step.prompt.begun);
    const lasts = pairs.filter(({ better }) => better.over);
    assert.ok(firsts.length >= 6 && lasts.length >= 3, `${firsts.length}, ${lasts.length}`);
    for (const { better } of firsts) assert.equal(better.step.tokens[0], 1);
    for (const { worse } of lasts) assert.equal(worse.step.tokens[0], 1);
  }
});

/** A place with children of so many visits and so much won, each with its prior and whether it ends. */
function place(
  visits: number,
  ...children: readonly {
    readonly visits: number;
    readonly won: number;
    readonly logp?: number;
    readonly over?: boolean;
  }[]
): SearchPlace {
  const at: Prompt = { id: "p", tokens: [3] };
  const next = children.map(({ visits, won, logp = Math.log(0.5), over = false }, i) => {
    const step: Sample = { prompt: at, tokens: [i, PAUSE], length: 2, logps: [logp, 0] };
    return [`${i},${PAUSE}`, { at, step, over, visits, won, next: new Map() }] as const;
  });
  return { at, visits, won: 0, next: new Map(next) };
}
const went = (root: SearchPlace, options: Partial<SearchOptions> = {}) => {
  const path = descended(root, { ...search, ...options });
  assert.equal(path[0], root);
  return path.length === 1 ? undefined : [...root.next.values()].indexOf(path[1] as SearchNode);
};

Deno.test("it goes on while a child promises more than a fresh draw, by how often it was seen and how likely it is", () => {
  assert.equal(went(place(0)), undefined);
  // A fresh draw is worth ½ + √ln 2 / 2 = 0.916; a likelihood of ½ as two tokens is e^(ln ½ / 2^1.25) = 0.747.
  assert.equal(went(place(1, { visits: 1, won: 1 })), 0);
  assert.equal(went(place(1, { visits: 1, won: 0 })), undefined);
  // Two of nine: ½ + √ln 10 / 3 = 1.006. Of 0.4 with four more visits, 0.4 + 0.747 · 3 / 6 = 0.774.
  assert.equal(went(place(9, { visits: 5, won: 2 }, { visits: 4, won: 2 })), undefined);
  // Of ¾ it is 0.75 + 0.448 = 1.198; of one at e^−8 it is 0.75 + 0.034 · 0.6.
  assert.equal(went(place(9, { visits: 5, won: 2 }, { visits: 4, won: 3 })), 1);
  assert.equal(went(place(9, { visits: 5, won: 2 }, { visits: 4, won: 3, logp: -8 })), undefined);
  // Without a prior the rare one draws: 0.75 + √(ln 10 / 4) = 1.509, and 0.4 + √(ln 10 / 5) = 1.079.
  const rare = place(9, { visits: 5, won: 2 }, { visits: 4, won: 3, logp: -8 });
  assert.equal(went(rare, { prior: false }), 1);
  // Without any draw its value alone counts.
  assert.equal(went(place(9, { visits: 5, won: 2 }, { visits: 4, won: 2 }), { c: 0 }), undefined);
  assert.equal(went(place(9, { visits: 5, won: 3 }, { visits: 4, won: 2 }), { c: 0 }), 0);
  // Nothing is to be found beyond an end.
  assert.equal(went(place(1, { visits: 1, won: 1, over: true })), undefined);
});

const apart = (root: SearchPlace, gap = 0.2, z = 1) => {
  const all = [...root.next.values()];
  return toldApart(root, gap, z).map((
    { better, worse },
  ) => [all.indexOf(better), all.indexOf(worse)]);
};

Deno.test("siblings are told apart by gap and standard errors, and an end is certain after one visit", () => {
  const [won, lost] = [{ visits: 1, won: 1 }, { visits: 1, won: 0 }];
  const over = { over: true };
  assert.deepEqual(apart(place(2, { ...won, ...over }, { ...lost, ...over }), 0.2, 100), [[0, 1]]);
  // ¾ against ¼, each off by √(3/32): 1.155 standard errors.
  assert.deepEqual(apart(place(2, lost, won), 0.2, 1.15), [[1, 0]]);
  assert.deepEqual(apart(place(2, lost, won), 0.2, 1.16), []);
  // A bad end against ¾: 0.75 / √(3/32) = 2.449.
  assert.deepEqual(apart(place(2, { ...lost, ...over }, won), 0.2, 2.44), [[1, 0]]);
  assert.deepEqual(apart(place(2, { ...lost, ...over }, won), 0.2, 2.46), []);
  // 6.5/10 against 3.5/7 lie 0.15 apart.
  const near = place(15, { visits: 9, won: 6 }, { visits: 6, won: 3 });
  assert.deepEqual(apart(near, 0.14, 0.5), [[0, 1]]);
  assert.deepEqual(apart(near, 0.16, 0.5), []);
  // Deeper places are looked at too.
  const root = place(9, { visits: 9, won: 4 });
  const [child] = root.next.values();
  for (const [name, node] of place(2, won, lost).next) child!.next.set(name, node);
  assert.equal(toldApart(root, 0.2, 1).length, 1);
});

Deno.test("where labels run out the trees are what they are by then, and without any it throws", async () => {
  const { sample, grade } = world();
  const all = grade(() => true);
  const until = (most: number, axis: "queries" | "flops" = "queries") => {
    let left = most;
    return (ys: readonly Answer[]) => {
      left -= ys.length;
      if (left < 0) throw new Spent(axis, "no labels are left");
      return all(ys);
    };
  };
  const roots = await grown({ sample }, until(17), questions, search, rng("few"));
  assert.deepEqual(roots.map(({ visits }) => visits), [5, 5, 5]);
  await assert.rejects(grown({ sample }, until(2), questions, search, rng("few")), Spent);
  await assert.rejects(grown({ sample }, until(17, "flops"), questions, search, rng("few")), Spent);
});
