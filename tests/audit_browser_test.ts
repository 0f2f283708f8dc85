/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Audit, TextJudge } from "../core/mod.ts";
import { auditJudge } from "../judges/audit.ts";
import { auditQuestions } from "../judges/audit-questions.ts";
import { auditPage } from "../reports/mod.ts";
import { close, inBrowser, open, verdict, written } from "./fixtures/browser.ts";
import { corpus } from "./fixtures/records.ts";

/** An audit of a judge that prefers what is long; `text` stands for whatever somebody else wrote. */
async function audited(text: (plain: string, i: number) => string): Promise<Audit> {
  let calls = 0;
  const judge: TextJudge = {
    id: text("remote:toy", 0),
    fingerprint: "f".repeat(64),
    compare: ({ first, second }) =>
      Promise.resolve(
        ++calls % 40 === 0
          ? { failure: "malformed", reason: text("no verdict", calls), raw: text("well", calls) }
          : {
            preference: first[0]!.length > second[0]!.length ? 1 : 0,
            raw: text("It is longer.", calls),
          },
      ),
  };
  const questions = auditQuestions.map((one, i) => ({
    ...one,
    question: text(one.question, i),
    answer: text(one.answer, i + 7),
  }));
  const found = await auditJudge(judge, questions, { seed: 1, mostInvalid: 0.02 });
  return {
    schema: 1,
    command: text("deno task audit --judge remote", 3),
    judge: { id: judge.id, fingerprint: judge.fingerprint, calls, cached: 0 },
    questions: { source: text("prefbench's own", 4), n: 32, sha256: "" },
    seed: 1,
    mostInvalid: 0.02,
    checks: [...found.checks],
    firstShown: found.firstShown!,
    verdict: found.verdict,
    versions: { deno: text("2.9.6", 5) },
    ran: { at: "2030-01-01T00:00:00Z", host: text("here", 6) },
  };
}
const pages = {
  usual: () => audited((plain) => plain),
  hostile: () => audited((plain, i) => `${corpus[i % corpus.length]} ${plain} ${"b".repeat(300)}`),
};
const file = (name: keyof typeof pages) =>
  written(`audit-${name}`, async () => await auditPage(await pages[name]()));

inBrowser(
  "the page of an audit never scrolls sideways, and hostile text runs nothing",
  async () => {
    for (const name of ["usual", "hostile"] as const) {
      for (const width of [390, 1024, 1440]) {
        const watched = await open(await file(name), "", { width, height: 844 });
        for (const summary of await watched.page.locator("summary").all()) await summary.click();
        const wide = await watched.page.evaluate(() => document.documentElement.scrollWidth);
        assert.equal(wide, width, `${name} is ${wide} wide in ${width}`);
        assert.deepEqual(await verdict(watched), []);
      }
    }
  },
);

inBrowser("axe finds nothing on the page of an audit in either theme", async () => {
  const axe = await Deno.readTextFile(new URL(import.meta.resolve("axe-core")));
  for (const scheme of ["light", "dark"] as const) {
    const watched = await open(await file("usual"), "", { scheme });
    for (const summary of await watched.page.locator("summary").all()) await summary.click();
    await watched.page.evaluate(axe);
    const { violations } = await watched.page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), []);
    assert.deepEqual(await verdict(watched), []);
  }
});

Deno.test.afterAll(close);
