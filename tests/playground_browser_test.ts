/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { publish } from "../lab/disk/publication.ts";
import { docs } from "../reports/docs/mod.ts";
import { settings, STEPS } from "../reports/play/dials.ts";
import { banditLesson, course, type Values, wordLesson } from "../reports/play/lessons.ts";
import { temporary } from "./fake/directory.ts";
import {
  barriers,
  close,
  inBrowser,
  open,
  verdict,
  type Watched,
  width,
} from "./fixtures/browser.ts";
import { absolute, pages } from "./fixtures/pages.ts";

let made: Promise<string> | undefined;
/** The directory of the site, with a slash. */
const site = (): Promise<string> =>
  made ??= (async () => {
    const directory = `${await temporary()}/a path/`;
    const pictures = ["docs/report.png", "docs/frontier.png"];
    const bytes = pictures.map((path) => [path, Deno.readFileSync(absolute(path))] as const);
    const files = docs({ title: "prefbench", pages, pictures: new Map(bytes), faces: [] });
    await publish(directory, files, { task: "docs" });
    return directory;
  })();

async function opened(view: { width?: number; scheme?: "light" | "dark" } = {}): Promise<Watched> {
  const directory = await site();
  const watched = await open(`${directory}playground.html`, "", { within: directory, ...view });
  // Nothing is shown on the way: what it ends at is the same.
  await watched.page.emulateMedia({ reducedMotion: "reduce" });
  return watched;
}

type Id = keyof typeof settings;
/** Waits until a lesson has been trained; gives each measure at the start and of each method. */
async function trained(page: Page, id: Id): Promise<{ [measure: string]: number[] }> {
  const root = page.locator(`[data-lesson="${id}"]`);
  await root.locator("[data-panels]").scrollIntoViewIfNeeded();
  await root.locator("[data-status]", { hasText: `After ${STEPS} steps` }).waitFor();
  const rows = await root.locator("[data-numbers] tbody tr").evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll("data")].map(({ value }) => Number(value)))
  );
  return Object.fromEntries(settings[id].curves.map(({ name }, i) => [name, rows[i]!]));
}

/** What this project computes outside of a browser. */
function computed(id: Id, moved: Values = {}): { [measure: string]: number[] } {
  const dials = {
    ...Object.fromEntries(settings[id].dials.map(({ name, start }) => [name, start])),
    ...moved,
  };
  const run = id === "bandit" ? course(banditLesson, dials) : course(wordLesson, dials);
  for (let i = 0; i < STEPS; i++) run.advance();
  const [first, last] = [run.history[0]!, run.history.at(-1)!];
  return Object.fromEntries(
    settings[id].curves.map((
      { name },
    ) => [name, [first[0]![name]!, ...last.map((of) => of[name]!)]]),
  );
}

function near(found: { [name: string]: number[] }, expected: { [name: string]: number[] }): void {
  assert.deepEqual(Object.keys(found), Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    values.forEach((x, i) => {
      assert.ok(Math.abs(found[name]![i]! - x) < 1e-6, `${name}: ${found[name]} for ${values}`);
    });
  }
}

/** Turns a slider by keyboard. */
async function turn(page: Page, id: string, key: string, times: number): Promise<void> {
  await page.focus(`#${id}`);
  for (let i = 0; i < times; i++) await page.keyboard.press(key);
}

inBrowser(
  "the playground trains from a disk, and ends at the numbers of this project's own run",
  async () => {
    const watched = await opened();
    const { page } = watched;
    near(await trained(page, "bandit"), computed("bandit"));
    near(await trained(page, "words"), computed("words"));
    const points = await page.locator('[data-lesson="bandit"] polyline').evaluateAll((all) =>
      all.map((one) => one.getAttribute("points")!.split(" "))
    );
    assert.equal(points.length, 3 * settings.bandit.curves.length);
    for (const line of points) {
      assert.equal(line.length, STEPS + 1);
      assert.ok(new Set(line.map((point) => point.split(",")[1])).size > 3, "a curve that is flat");
    }
    assert.deepEqual(await verdict(watched), []);
  },
);

inBrowser(
  "sliders turn by keyboard: one pair stops IPO at 1/(2β), and β leaves SimPO alone",
  async () => {
    const watched = await opened();
    const { page } = watched;
    const before = await trained(page, "bandit");
    await turn(page, "bandit-beta", "ArrowRight", 2);
    assert.equal(await page.textContent('output[for="bandit-beta"]'), "0.5");
    assert.equal(await page.getAttribute("#bandit-beta", "aria-valuetext"), "0.5");
    const after = await trained(page, "bandit");
    near(after, computed("bandit", { beta: 0.5 }));
    assert.deepEqual(after.margin![3], before.margin![3]);
    assert.ok(after.kl![1]! < before.kl![1]! && after.kl![2]! < before.kl![2]!);
    await turn(page, "bandit-pairs", "Home", 1);
    const { margin } = await trained(page, "bandit");
    assert.ok(Math.abs(margin![2]! - 1) < 1e-3, `${margin}`);
    assert.ok(margin![1]! > 5, `${margin}`);
    assert.deepEqual(await verdict(watched), []);
  },
);

inBrowser("a lesson goes step by step, pauses, and goes back to its start", async () => {
  const watched = await opened();
  const { page } = watched;
  await page.emulateMedia({ reducedMotion: "no-preference" });
  const root = page.locator('[data-lesson="bandit"]');
  const steps = root.locator("[data-steps]");
  await root.getByRole("button", { name: "Back to the start" }).click();
  assert.equal(await steps.textContent(), `0 of ${STEPS}`);
  await root.getByRole("button", { name: "One step" }).click();
  assert.equal(await steps.textContent(), `1 of ${STEPS}`);
  await root.getByRole("button", { name: "Train" }).click();
  await root.getByRole("button", { name: "Pause" }).click();
  const held = await steps.textContent();
  await page.waitForTimeout(100);
  assert.equal(await steps.textContent(), held);
  assert.match(await root.locator("[data-status]").textContent() ?? "", /^After \d+ steps/);
  assert.deepEqual(await verdict(watched), []);
});

for (const [scheme, wide] of [["light", 1440], ["dark", 390]] as const) {
  inBrowser(`the playground fits ${wide} pixels and has no barriers, ${scheme}`, async () => {
    const watched = await opened({ scheme, width: wide });
    const { page } = watched;
    await trained(page, wide > 1000 ? "bandit" : "words");
    for (const summary of await page.locator("summary").all()) await summary.press("Enter");
    assert.equal(await width(page), wide);
    assert.deepEqual(await barriers(page, "all"), []);
    await page.context().close();
  });
}

inBrowser("the playground's page takes less than 500 kB with its script and style", async () => {
  const directory = await site();
  const text = await Deno.readTextFile(`${directory}playground.html`);
  const beside = [...text.matchAll(/assets\/[\w.]+\.(?:js|css)/g)].map(([path]) => path);
  assert.equal(new Set(beside).size, 2);
  const sizes = [...new Set(beside)].map((path) => Deno.statSync(`${directory}${path}`).size);
  assert.ok(sizes.reduce((a, b) => a + b, text.length) < 500_000, `${sizes}`);
});

Deno.test.afterAll(close);
