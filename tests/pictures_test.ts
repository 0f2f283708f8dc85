import assert from "node:assert/strict";
import type { Mark, Picture, RunRecord } from "../core/mod.ts";
import { comparePage, report } from "../reports/mod.ts";
import { drawing } from "../reports/parts/shapes.ts";
import { answered } from "../reports/site/prompts.ts";
import { places } from "../reports/site/sources.ts";
import { reportOf } from "./fixtures/gate.ts";
import { hostilePictures, pictured } from "./fixtures/pictures.ts";
import { corpus, measures } from "./fixtures/records.ts";

const { plan, records, catalogue } = pictured();

// Geometry

const drawn = (mark: Partial<Mark> & Pick<Mark, "kind" | "at">, view: Picture["view"] = [4, 2]) =>
  drawing({ view, marks: [{ ink: 3, ...mark }] });

Deno.test("marks become paths where they say, in a drawing whose longer side is 100", () => {
  const box = drawn({ kind: "box", at: [2, 1, 2, 1] });
  assert.equal(box.viewBox, "0 0 100 50");
  assert.deepEqual(box.paths, [{ d: "M25 12.5L75 12.5L75 37.5L25 37.5Z", className: "c3 area" }]);
  // A quarter turn clockwise: the upper left corner comes to the upper right.
  assert.equal(
    drawn({ kind: "box", at: [2, 1, 2, 1, Math.PI / 2] }).paths[0]!.d,
    "M62.5 0L62.5 50L37.5 50L37.5 0Z",
  );
  const disc = drawn({ kind: "disc", at: [2, 1, 1], faint: true }).paths[0]!;
  assert.deepEqual(disc, {
    d: "M25 25a25 25 0 1 1 50 0a25 25 0 1 1 -50 0Z",
    className: "c3 area faint",
  });
  // The hole goes round the other way.
  assert.equal(
    drawn({ kind: "ring", at: [2, 1, 1] }).paths[0]!.d,
    "M25 25a25 25 0 1 1 50 0a25 25 0 1 1 -50 0ZM37.5 25a12.5 12.5 0 1 0 25 0a12.5 12.5 0 1 0 -25 0Z",
  );
  assert.equal(
    drawn({ kind: "plus", at: [2, 1, 1] }).paths[0]!.d,
    "M57.5 17.5L75 17.5L75 32.5L57.5 32.5L57.5 50L42.5 50L42.5 32.5L25 32.5L25 17.5L42.5 17.5L42.5 0L57.5 0Z",
  );
  assert.equal(
    drawn({ kind: "cross", at: [2, 1, 1] }).paths[0]!.d,
    drawn({ kind: "plus", at: [2, 1, 1, Math.PI / 4] }).paths[0]!.d,
  );
  assert.deepEqual(drawn({ kind: "line", at: [0, 0, 4, 1, 4, 2] }).paths[0], {
    d: "M0 0 100 25 100 50",
    className: "c3 line",
  });
});

Deno.test("whatever numbers a record may hold, a drawing has finite ones", () => {
  for (const { samples } of hostilePictures().records) {
    for (const { promptPicture } of samples) {
      const { viewBox, paths } = drawing(promptPicture!);
      assert.equal(paths.length, 64);
      assert.match(viewBox, /^0 0 [1-9]\d* [1-9]\d*$/);
      for (const { d, className } of paths) {
        assert.match(d, /^[-\d.MLZa ]+$/);
        assert.match(className, /^c[0-6] (area|line)( faint)?$/);
      }
    }
  }
});

// Pages

Deno.test("a report carries what is seen, once, and the same records give the same bytes", async () => {
  const html = await report(plan, records, catalogue);
  assert.equal(await report(plan, records, catalogue), html);
  const data = JSON.parse(/id="data">([\s\S]*?)<\/script>/.exec(html)![1]!);
  const own = (key: string) =>
    data.testbeds.find((one: { key: string }) => one.key === key).samples.prompts[0];
  const sample = (key: string): RunRecord["samples"][number] =>
    records.find((one) => `${one.benchmark}/${one.setting}` === key && one.seed === 0)!.samples[0]!;
  assert.deepEqual(own("diffusion/icons").promptPicture, sample("diffusion/icons").promptPicture);
  assert.deepEqual(own("diffusion/icons").start.frames, sample("diffusion/icons").start.frames);
  assert.deepEqual(own("reasoning/tool").start.said, sample("reasoning/tool").start.said);
  assert.deepEqual(own("reasoning/tool").ends[0].told.length, 2);
  assert.equal(own("reasoning/chain").ends[0].tree.visits, 40);
  // No images, no styles: what may be loaded is as it was.
  assert.match(
    html,
    /content="default-src 'none'; script-src [^;]*; style-src [^;]*; base-uri 'none'; form/,
  );
  assert.doesNotMatch(html.slice(0, html.indexOf('id="data"')), / style="|<img/);
});

Deno.test("a long answer's words and the world's are cut at the same step", async () => {
  const [record, ...others] = records.filter(({ setting }) => setting === "tool");
  const steps = Array.from({ length: 1000 }, (_, i) => `${i} `);
  const long = {
    ...record!,
    samples: record!.samples.map((sample) => ({
      ...sample,
      end: { ...sample.end, steps, logRatios: steps.map(() => 0), said: steps.map(() => "x") },
    })),
  };
  const html = await report(plan, [long, ...others], catalogue);
  const data = JSON.parse(/id="data">([\s\S]*?)<\/script>/.exec(html)![1]!);
  const { ends } = data.testbeds.find((one: { key: string }) => one.key === "reasoning/tool")
    .samples.prompts[0];
  const [cut] = ends.filter(({ steps }: { steps: string[] }) => steps.length > 100);
  assert.equal(cut.steps.length, 401);
  assert.equal(cut.said.length, 401);
  assert.equal(cut.said[400], "");
});

Deno.test("the site's prompts carry what is seen, and starts that look different stand apart", () => {
  const [place] = places([{ name: "one", plan, records }], measures).filter(({ testbed }) =>
    testbed.benchmark === "control"
  );
  const other = records.filter(({ benchmark }) => benchmark === "control");
  const [set] = answered(place!, ["dpo", "ipo", "ppo"], []);
  assert.deepEqual(set!.rows[0]!.before.map(({ seen }) => seen), [
    other[0]!.answers![0]!.seen!.start,
  ]);
  assert.deepEqual(
    set!.rows[0]!.answers.map(({ seen }) => seen),
    other.filter(({ seed }) => seed === 0).map(({ answers }) => answers![0]!.seen!.end),
  );
});

Deno.test("a comparison's page draws both answers where no script runs, and hostile words stay words", async () => {
  const { rows, ...rest } = reportOf((i) => corpus[i % corpus.length]!);
  const [icon] = records.filter(({ setting }) => setting === "icons");
  const { start, end } = icon!.answers![0]!.seen!;
  const side = (text: string, picture: Picture) => ({ text, picture });
  const moved = [{
    index: 0,
    baseline: 0,
    candidate: 1,
    answers: {
      baseline: side(corpus[0]!, start.picture!),
      candidate: side(corpus[3]!, end.picture!),
    },
  }];
  const html = await comparePage({ ...rest, rows: [{ ...rows[0]!, moved }] });
  const drawings = [...html.matchAll(/<svg class="picture" [^>]*>.*?<\/svg>/gs)].map(([svg]) =>
    svg
  );
  assert.equal(drawings.length, 2);
  assert.match(drawings[0]!, /viewBox="0 0 100 100" role="img"><title>&lt;script>globalThis/);
  assert.ok(drawings[0]!.includes(`d="${drawing(start.picture!).paths[0]!.d}"`));
  assert.equal([...html.matchAll(/<script\b/g)].length, 1);
});
