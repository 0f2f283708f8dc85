/// <reference lib="dom" />
import assert from "node:assert/strict";
import { comparePage } from "../reports/mod.ts";
import { gateJunit } from "../reports/text/junit.ts";
import { accessible, close, fits, inBrowser, open, verdict, written } from "./fixtures/browser.ts";
import { reportOf } from "./fixtures/gate.ts";
import { corpus } from "./fixtures/records.ts";

const names = ["dpo", "bandit/clean", "win-rate", "ipo", "text/noisy", "sft", "reward"];
const usual = reportOf((i) => names[i % names.length]!);
const hostile = Array.from(
  { length: corpus.length },
  (_, k) => reportOf((i) => corpus[(i + k) % corpus.length]!),
);
const pages = new Map([
  ["usual", usual],
  ...hostile.slice(0, 3).map((report, i) => [`hostile-${i}`, report] as const),
]);
const file = (name: string) => written(`gate-${name}`, () => comparePage(pages.get(name)!));

inBrowser("measures of one state are shown by a button", async () => {
  const watched = await open(await file("usual"));
  const { page } = watched;
  const shown = () => page.locator("tr[data-verdict]:visible th strong").allInnerTexts();
  assert.deepEqual(await shown(), ["win-rate", "ipo", "bandit/clean", "dpo"]);
  await page.click('button[data-show="fail"]');
  assert.deepEqual(await shown(), ["win-rate"]);
  assert.match(await page.evaluate(() => location.hash), /show=fail/);
  await page.click("summary");
  assert.match(await page.locator("ol.moved").innerText(), /Prompt 1, seed 0: 0.9 → 0.1/);
  assert.deepEqual(await verdict(watched), []);
});

inBrowser("a comparison never scrolls sideways, and hostile text runs nothing", async () => {
  for (const name of pages.keys()) await fits(name, await file(name));
});

inBrowser("axe finds nothing serious on a comparison in either theme", async () => {
  await accessible(await file("usual"), "serious");
});

inBrowser("JUnit XML is well-formed whatever its texts are, and counts what it holds", async () => {
  const watched = await open(await file("usual"));
  for (const [i, report] of [usual, ...hostile].entries()) {
    for (const strict of [false, true]) {
      const found = await watched.page.evaluate((text) => {
        const parsed = new DOMParser().parseFromString(text, "application/xml");
        const all = (name: string) => parsed.querySelectorAll(name).length;
        const sum = (name: string) =>
          [...parsed.querySelectorAll("testsuite")].reduce(
            (total, suite) => total + Number(suite.getAttribute(name)),
            0,
          );
        return {
          error: parsed.querySelector("parsererror")?.textContent ?? "",
          cases: all("testcase"),
          failures: all("failure"),
          errors: all("error"),
          skipped: all("skipped"),
          sums: ["tests", "failures", "errors", "skipped"].map(sum),
        };
      }, gateJunit(report, strict));
      assert.equal(found.error, "", `report ${i}`);
      assert.equal(found.cases, 6);
      assert.deepEqual(
        [found.failures, found.errors, found.skipped],
        strict ? [2, 2, 0] : [1, 2, 1],
      );
      assert.deepEqual(found.sums, [found.cases, found.failures, found.errors, found.skipped]);
    }
  }
  assert.deepEqual(await verdict(watched), []);
});

Deno.test.afterAll(close);
