/// <reference lib="dom" />
import assert from "node:assert/strict";
import { publish } from "../lab/disk/publication.ts";
import { docs } from "../reports/docs/mod.ts";
import { barriers, close, inBrowser, open, verdict, width } from "./fixtures/browser.ts";
import { temporary } from "./fake/directory.ts";
import { absolute, pages } from "./fixtures/pages.ts";

let made: Promise<string> | undefined;
/** The directory of the site, with a slash. */
const site = (): Promise<string> =>
  made ??= (async () => {
    const directory = `${await temporary()}/a path/of its own/`;
    const pictures = ["docs/report.png", "docs/frontier.png"];
    const bytes = pictures.map((path) => [path, Deno.readFileSync(absolute(path))] as const);
    const entries = ["mean", "Mean"].map((name) => ({ name, says: "A mean.", code: "export …" }));
    const faces = [{ name: "prefbench/stats", says: "Statistics.", entries }];
    const files = docs({ title: "prefbench", pages, pictures: new Map(bytes), faces });
    await publish(directory, files, { task: "docs" });
    return directory;
  })();

for (
  const path of ["index.html", "testbeds.html", "search.html#q=labels", "api/prefbench-stats.html"]
) {
  inBrowser(
    `${path} of the documentation is its own, fits a phone, and has no barriers`,
    async () => {
      const directory = await site();
      for (const [scheme, wide] of [["light", 1440], ["dark", 390]] as const) {
        const view = { within: directory, scheme, width: wide };
        const [file = "", hash] = path.split("#");
        const at = hash === undefined ? "" : `#${hash}`;
        const watched = await open(`${directory}${file}`, at, view);
        await watched.page.waitForFunction(() =>
          document.getElementById("theme")!.hasAttribute("aria-label")
        );
        assert.equal(await width(watched.page), wide, scheme);
        const shown = await watched.page.evaluate(() =>
          [...document.images].every((image) => image.complete && image.naturalWidth > 0)
        );
        assert.ok(shown, "a picture does not load");
        assert.deepEqual(await verdict(watched), [], scheme);
        const again = await open(`${directory}${file}`, at, view);
        assert.deepEqual(await barriers(again.page, "all"), [], scheme);
        await again.page.context().close();
      }
    },
  );
}

inBrowser("words find a section, and its link keeps the theme", async () => {
  const directory = await site();
  const watched = await open(`${directory}search.html`, "#theme=dark", { within: directory });
  const { page } = watched;
  await page.fill("#words", "exploitability Nash");
  await page.waitForFunction(() => document.querySelectorAll("#results li").length > 1);
  await page.locator("#results a", { hasText: "Testbeds" }).first().click();
  await page.waitForURL(/testbeds\.html#[\w-]*&?theme=dark/);
  assert.equal(await page.evaluate(() => document.documentElement.dataset["theme"]), "dark");
  assert.deepEqual(await verdict(watched), []);
});

Deno.test.afterAll(close);
