import { auditPage } from "../reports/mod.ts";
import { hostileAudit, usualAudit } from "./fixtures/audits.ts";
import { accessible, close, fits, inBrowser, written } from "./fixtures/browser.ts";

const pages = { usual: usualAudit, hostile: hostileAudit };
const file = (name: keyof typeof pages) =>
  written(`audit-${name}`, async () => await auditPage(await pages[name]()));

inBrowser(
  "the page of an audit never scrolls sideways, and hostile text runs nothing",
  async () => {
    for (const name of ["usual", "hostile"] as const) await fits(name, await file(name));
  },
);

inBrowser("axe finds nothing on the page of an audit in either theme", async () => {
  await accessible(await file("usual"), "all");
});

Deno.test.afterAll(close);
