/// <reference lib="dom" />
import assert from "node:assert/strict";
import { auditPage } from "../reports/mod.ts";
import { hostileAudit, usualAudit } from "./fixtures/audits.ts";
import { close, inBrowser, open, verdict, written } from "./fixtures/browser.ts";

const pages = { usual: usualAudit, hostile: hostileAudit };
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
