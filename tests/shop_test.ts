import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  type Answer,
  played,
  type Prompt,
  rng,
  type Span,
  spansOf,
  stepsOf,
  whole,
} from "../core/mod.ts";
import shop from "../benchmarks/shop.ts";
import { model } from "../benchmarks/shop/base.ts";
import { episodeOf, errorless, mediocre } from "../benchmarks/shop/customer.ts";
import { endOf, pathOf } from "../benchmarks/shop/path.ts";
import {
  BACK,
  bought,
  BUY,
  fits,
  hopeful,
  hopefulTurns,
  MOVES,
  NEXT,
  openToken,
  questionOf,
  shopOf,
  shopping,
  sizeToken,
  type Stand,
  TURNS,
  wordOf,
} from "../benchmarks/shop/world.ts";
import { cpu } from "../engine/mod.ts";
import { cache } from "../lab/disk/cache.ts";
import { workshop } from "../lab/train/workshop.ts";

const questions = ["train", "test"].flatMap((split) =>
  Array.from({ length: 96 }, (_, i) => questionOf(`shop/${split}/${i}`))
);

/** The episode of these moves, with what the shop says between them. */
function acted(prompt: Prompt, moves: readonly number[]): Answer {
  const tokens: number[] = [];
  const spans: Span[] = [];
  let stand = shopping.begin(prompt);
  for (const move of moves) {
    spans.push([tokens.length, tokens.length + 1]);
    stand = shopping.step(stand, [move]);
    tokens.push(move, ...shopping.observe(stand));
  }
  return { prompt, tokens, length: moves.length, spans };
}
/** Where a question's fit is, and the moves that open it. */
function fitIn(question: Prompt) {
  const { items, wanted } = shopOf(question);
  const at = items.findIndex((item) => fits(item, wanted));
  return { at, way: [...at < 3 ? [] : [NEXT], openToken(at % 3)] };
}

Deno.test("a shop has one item that fits, two of its colour of which one is a size too large, and is known by its question's id", () => {
  for (const question of questions) {
    const { items, wanted } = shopOf(question);
    assert.equal(items.length, 6);
    assert.equal(items.filter((item) => fits(item, wanted)).length, 1);
    const alike = items.filter(({ colour }) => colour === wanted.colour);
    assert.equal(alike.length, 3);
    assert.ok(alike.some(({ size }) => size === (wanted.size + 1) % 4));
    // Of another object with the same id as of this one.
    assert.deepEqual(shopOf({ ...question }), shopOf(question));
    // Two pages of the same colours do not tell where the fit is: sizes are not on them.
    assert.equal(question.tokens.length, 7);
  }
  const [a, b] = [questions[0]!, questions[1]!];
  assert.notDeepEqual(shopOf(a), shopOf(b));
});

Deno.test("a list is turned over and opened, an item gone back from or bought; all else is the end", () => {
  const question = questions[0]!;
  const { items } = shopOf(question);
  const { at, way } = fitIn(question);
  const wrong = openToken((at + 1) % 3);
  assert.equal(bought(acted(question, [...way, BUY])), 1);
  assert.equal(
    bought(acted(question, [NEXT, NEXT, ...way, BACK, wrong, BACK, ...way.slice(-1)])),
    0,
  );
  assert.equal(bought(acted(question, [wrong, BUY])), 0);
  const [open] = acted(question, [openToken(1)]).tokens.slice(-1);
  assert.equal(open, sizeToken(items[1]!.size));
  const over = (moves: readonly number[]) =>
    shopping.over(played(shopping, acted(question, moves)));
  for (const moves of [[BUY], [BACK], [1], [openToken(0), NEXT], [openToken(0), openToken(1)]]) {
    assert.ok(over(moves), moves.map(wordOf).join());
    assert.equal(bought(acted(question, moves)), 0);
  }
  // A turn of two tokens is no move.
  assert.ok(shopping.over(shopping.step(shopping.begin(question), [NEXT, NEXT])));
  const waiting = Array<number>(TURNS - 1).fill(NEXT);
  assert.ok(!over(waiting) && over([...waiting, NEXT]));
});

/** Whether any moves from here buy what fits: all are tried. */
function search(stand: Stand, known = new Map<string, boolean>()): boolean {
  if (shopping.over(stand)) return hopeful(stand);
  const name = `${stand.page},${stand.open},${stand.turns}`;
  const found = known.get(name) ??
    MOVES.some((move) => search(shopping.step(stand, [move]), known));
  known.set(name, found);
  return found;
}

Deno.test("there is hope exactly where a search over all moves finds what fits, and in every shop at the start", () => {
  let hopeless = 0;
  for (const [i, question] of questions.entries()) {
    assert.ok(search(shopping.begin(question)));
    const y = episodeOf(question, mediocre, rng("hope").split(i));
    let stand = shopping.begin(question);
    let hoped = 0;
    for (const step of stepsOf(y)) {
      stand = shopping.step(stand, step.tokens);
      assert.equal(hopeful(stand), search(stand));
      if (hopeful(stand)) hoped++;
      else hopeless++;
    }
    assert.equal(hopefulTurns(y), bought(y) ? 1 : hoped / y.length);
  }
  assert.ok(hopeless > 50);
});

Deno.test("who makes no errors buys what fits in every shop, and whom the policy learns from in about one of five", () => {
  const draws = rng("customers");
  const mean = (habits: typeof mediocre) =>
    questions.flatMap((question) =>
      Array.from({ length: 8 }, () => bought(episodeOf(question, habits, draws)))
    ).reduce((sum, x) => sum + x, 0) / questions.length / 8;
  assert.equal(mean(errorless), 1);
  const found = mean(mediocre);
  assert.ok(found > 0.18 && found < 0.25, `${found}`);
});

Deno.test("cut anywhere and gone on with the same moves, an episode meets the same replies", async () => {
  const ys = questions.map((question, i) => episodeOf(question, mediocre, rng("cut").split(i)));
  for (const y of ys) {
    const spans = spansOf(y);
    for (const [i, part] of stepsOf(y).entries()) {
      const [, to] = spans[i]!;
      const stand = played(shopping, part);
      const said = y.tokens.slice(to, spans[i + 1]?.[0] ?? y.tokens.length);
      assert.deepEqual(shopping.observe(stand), said);
      assert.deepEqual(stand, played(shopping, whole(part)));
      assert.equal(shopping.over(stand), i === spans.length - 1);
    }
    assert.equal(bought(stepsOf(y).at(-1)!), bought(y));
  }
  // A policy that goes on from the middle is answered by the same shop.
  const { policy } = await opened;
  const begun = ys.filter((y) => y.length > 3).map((y) => stepsOf(y)[2]!.prompt);
  const gone = (await policy.sample(begun, rng("go on"))).map(whole);
  assert.ok(gone.length > 50);
  for (const y of gone) {
    const moves = spansOf(y).map(([from]) => y.tokens[from]!);
    assert.deepEqual(acted(y.prompt, moves), { ...y, prompt: y.prompt });
  }
});

const engine = cpu({ threads: 1 });
const made = workshop({
  engine,
  cached: cache(fileURLToPath(new URL("../.cache", import.meta.url)), () => {}),
  progress: () => {},
});
const opened = shop.open(null, rng(1), made).then((testbed) => (
  { testbed, policy: made.policy(testbed.model, testbed.start) }
));

Deno.test("the start policy knows its way and errs enough: right in .15 to .25, and in less than .6 where it takes the likeliest", async () => {
  const { testbed: { check, prompts, demonstrate }, policy } = await opened;
  const all = [...prompts("test"), ...prompts("train")];
  const right = async (ys: readonly Answer[]) =>
    (await check!(ys)).reduce((sum, { solved }) => sum + solved!, 0) / ys.length;
  const drawn = await policy.sample(all.flatMap((prompt) => [prompt, prompt]), rng("drawn"));
  const solved = await right(drawn);
  assert.ok(solved >= 0.15 && solved <= 0.25, `${solved}`);
  const greedy = await right(await policy.sample(all, rng("greedy"), { temperature: 0 }));
  assert.ok(greedy < 0.6, `${greedy}`);
  assert.equal(await right(await Promise.all(all.map((x) => demonstrate!(x, rng("taught"))))), 1);
  // It reads what is wanted: of what it opens it buys the fit twice as often as others.
  const bought = { fit: [0, 0], other: [0, 0] };
  for (const step of drawn.flatMap(stepsOf)) {
    const { open, shop: { items, wanted } } = step.prompt.begun
      ? played(shopping, step.prompt.begun)
      : shopping.begin(step.prompt);
    if (open === undefined) continue;
    const count = bought[fits(items[open]!, wanted) ? "fit" : "other"];
    count[0]!++;
    if (step.tokens[0] === BUY) count[1]!++;
  }
  const share = ([all, buys]: readonly number[]) => buys! / all!;
  assert.ok(share(bought.fit) > 2 * share(bought.other), JSON.stringify(bought));
});

Deno.test("labels follow what was bought, and a reader sees moves and replies in turns", async () => {
  const { testbed } = await opened;
  const pairs = testbed.examples("pairs", 400, rng(1));
  assert.ok(pairs.length > 20);
  for (const { chosen, rejected } of pairs) {
    assert.deepEqual([bought(chosen), bought(rejected)], [1, 0]);
    assert.equal(chosen.prompt, rejected.prompt);
  }
  for (const { chosen, rejected } of testbed.heldOut()) {
    assert.ok(bought(chosen) > bought(rejected));
  }
  const question = testbed.prompts("test")[0]!;
  const y = acted(question, [NEXT, openToken(0), BACK, BUY]);
  assert.deepEqual(testbed.showSteps(y), ["next page. ", "open the first. ", "back. ", "buy. "]);
  const said = testbed.said!(y);
  assert.equal(said.length, 4);
  assert.match(said[0]!, /^list: (\w+ ){2}\w+\. $/);
  assert.match(said[1]!, /^item: \w+\. $/);
  assert.equal(said[3], "nothing bought. ");
  assert.match(testbed.show(question), /^wanted: \w+ \w+ list: \w+ \w+ \w+$/);
  assert.equal(testbed.model, model);
  // Its words alone are scored: as many as it made moves.
  const [steps] = await (await opened).policy.steps([y]);
  assert.equal(steps!.length, 4);
});

Deno.test("an episode is drawn as a way over what was opened to what was bought, and told how it ended", () => {
  const question = questions[0]!;
  const { items } = shopOf(question);
  const { at, way } = fitIn(question);
  const centre = (item: number) => [4 + 4 * (item % 3), item < 3 ? 2 : 6];
  const drawn = (moves: readonly number[]) => pathOf(acted(question, moves)).marks;
  const good = drawn([...way, BUY]);
  assert.deepEqual(good.map(({ kind }) => kind), [...Array(6).fill("box"), "disc", "line", "plus"]);
  items.forEach(({ colour }, i) => {
    assert.deepEqual(good[i]!.at.slice(0, 2), centre(i));
    assert.equal(good[i]!.ink, colour);
  });
  assert.deepEqual(good[6]!.at.slice(0, 2), centre(at));
  // A place at the beginning and after each move; it ends, but for a shift, at what was bought.
  const line = good[7]!.at;
  assert.equal(line.length, 2 * (way.length + 2));
  centre(at).forEach((x, k) => assert.ok(Math.abs(line.at(k - 2)! - x) < 1));
  const wrong = (at + 1) % 6;
  const elsewhere = [...wrong < 3 ? [] : [NEXT], openToken(wrong % 3)];
  assert.equal(drawn([...elsewhere, NEXT]).at(-1)!.kind, "cross");
  const told = (moves: readonly number[]) => endOf(acted(question, moves));
  assert.equal(told([...way, BUY]).endsWith(", as wanted"), true);
  assert.match(told([...elsewhere, BUY]), /^bought: \w+ \w+, not /);
  assert.equal(told([...elsewhere, NEXT]), "nothing bought");
  assert.equal(told(way), "not over");
  // One that goes on from the middle is drawn from there.
  const [, last] = stepsOf(acted(question, [openToken(0), BACK]));
  assert.deepEqual(pathOf(last!).marks[7]!.at.slice(0, 2), centre(0));
});
