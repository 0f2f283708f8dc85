/// <reference lib="dom" />
import assert from "node:assert/strict";
import { claimsPage } from "../reports/mod.ts";
import { accessible, close, fits, inBrowser, open, verdict, written } from "./fixtures/browser.ts";
import { hostileVerdicts, twice, usual } from "./fixtures/verdicts.ts";

const pages = [["usual", usual], ["hostile", hostileVerdicts], ["twice", twice]] as const;
const file = (name: "usual" | "hostile" | "twice") =>
  written(`claims-${name}`, () => claimsPage(new Map(pages).get(name)!()));

inBrowser(
  "claims of one verdict are shown by a button, and the address keeps the choice",
  async () => {
    const path = await file("usual");
    const watched = await open(path);
    const { page } = watched;
    const shown = () => page.locator("tr[data-verdict]:visible th strong").allInnerTexts();
    assert.deepEqual(await shown(), ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]);
    await page.click('button[data-show="confirmed"]');
    assert.deepEqual(await shown(), ["alpha", "epsilon"]);
    assert.equal(
      await page.locator('[data-show="confirmed"]').getAttribute("aria-pressed"),
      "true",
    );
    assert.equal(await page.locator('[data-show=""]').getAttribute("aria-pressed"), "false");
    const hash = await page.evaluate(() => location.hash);
    assert.match(hash, /show=confirmed/);
    await page.click('button[data-show=""]');
    assert.equal((await shown()).length, 6);
    assert.deepEqual(await verdict(watched), []);

    const again = await open(path, hash);
    assert.equal(await again.page.locator("tr[data-verdict]:visible").count(), 2);
    assert.deepEqual(await verdict(again), []);
    const odd = await open(path, "#show=nothing-of-ours");
    assert.equal(await odd.page.locator("tr[data-verdict]:visible").count(), 6);
    assert.deepEqual(await verdict(odd), []);
  },
);

inBrowser("the theme of the claims' page follows the system and the button", async () => {
  const watched = await open(await file("usual"), "", { scheme: "dark" });
  const { page } = watched;
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await colour();
  await page.click("#theme");
  assert.notEqual(await colour(), dark);
  assert.match(await page.evaluate(() => location.hash), /theme=light/);
  assert.deepEqual(await verdict(watched), []);
});

inBrowser("the claims' page never scrolls sideways, and hostile text runs nothing", async () => {
  for (const [name] of pages) await fits(name, await file(name));
});

inBrowser("a phone shows an effect without scrolling", async () => {
  const watched = await open(await file("usual"), "", { width: 390, height: 844 });
  const box = await watched.page.locator("tr[data-verdict] td.effect svg").first().boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= 390, JSON.stringify(box));
  assert.deepEqual(await verdict(watched), []);
});

inBrowser("axe finds nothing serious on the claims' page in either theme", async () => {
  await accessible(await file("usual"), "serious");
});

Deno.test.afterAll(close);
