/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Vote } from "../core/mod.ts";
import { lasting } from "../core/mod.ts";
import { readVotes } from "../lab/votes/votes.ts";
import { started, written } from "./fake/voting.ts";
import { barriers, close, inBrowser, open, verdict, type View, width } from "./fixtures/browser.ts";
import { hostile, suite } from "./fixtures/records.ts";

const small = () =>
  suite({
    methods: ["dpo", "ipo", "kto"],
    testbeds: ["text/clean"],
    seeds: 2,
    prompts: 12,
    mishaps: false,
  });

/** A server on a suite, a page that it serves, and what was voted. */
async function voting(
  made: { readonly directory: string },
  more: readonly string[] = [],
  view: View = {},
) {
  const server = await started(made.directory, ["--voter", "ada", ...more]);
  const watched = await open(server.link, "", view);
  await watched.page.waitForSelector("#choices button:not([hidden])");
  await settled();
  return { server, watched, page: watched.page };
}
// Longer than a key is taken to be meant for the pair before.
const settled = () => new Promise((done) => setTimeout(done, 350));
const votes = async (directory: string): Promise<Vote[]> =>
  lasting((await readVotes(directory)).rows);
const text = (page: Page, id: string) => page.locator(`#${id}`).textContent();
const texts = async (page: Page) => [
  await text(page, "prompt"),
  await text(page, "a"),
  await text(page, "b"),
];

async function press(page: Page, key: string, count: string): Promise<void> {
  await page.keyboard.press(key);
  await page.waitForFunction(
    (count) => document.querySelector("#count")!.textContent === count,
    count,
  );
  await settled();
}

inBrowser("a voter votes, skips, undoes and finishes by keyboard alone", async () => {
  const directory = await written(small());
  const { server, watched, page } = await voting({ directory }, ["--n", "4"]);
  assert.equal(await text(page, "count"), "0 of 4");
  assert.ok(await page.locator("[data-choice=undo]").isHidden());
  const first = await texts(page);
  await press(page, "1", "1 of 4");
  assert.notDeepEqual(await texts(page), first);
  assert.equal(await text(page, "status"), "Saved.");
  await press(page, "u", "0 of 4");
  assert.deepEqual(await texts(page), first);
  await press(page, "2", "1 of 4");
  await press(page, "3", "2 of 4");
  const skipped = await texts(page);
  await page.keyboard.press("s");
  await page.waitForFunction(() => document.querySelector("#status")!.textContent === "Skipped.");
  await settled();
  assert.notDeepEqual(await texts(page), skipped);
  assert.equal(await text(page, "count"), "2 of 4");
  // By the buttons, reached by Tab.
  await page.locator("[data-choice=b]").focus();
  await press(page, "Enter", "3 of 4");
  await press(page, "1", "4 of 4");
  assert.match(await text(page, "status") ?? "", /^All 4 votes are in\. They are safe/);
  assert.ok(await page.locator("#pair").isHidden());
  await page.keyboard.press("1");
  await settled();
  const found = await votes(directory);
  assert.deepEqual(found.map(({ choice }) => choice), ["b", "tie", "skip", "b", "a"]);
  assert.ok(found.every(({ voter, seconds }) => voter === "ada" && seconds > 0));
  assert.deepEqual(await verdict(watched), []);
  await server.end("SIGINT");
});

inBrowser(
  "what is recorded is what was shown, and the page says nothing of whose it is",
  async () => {
    const made = small();
    const directory = await written(made);
    const { server, watched, page } = await voting({ directory });
    const shown: string[][] = [];
    const sent: string[] = [];
    page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
    for (let i = 1; i <= 6; i++) {
      shown.push((await texts(page)).map((text) => text!));
      const html = await page.content();
      // Without the texts themselves, the style and the scripts.
      const markup = html.replaceAll(/<(style|script)[^>]*>[\s\S]*?<\/\1>/g, "")
        .replaceAll(/<p class="said[^>]*>[\s\S]*?<\/p>/g, "");
      assert.doesNotMatch(markup, /dpo|ipo|kto|start|text\/|clean|seed|gold|reward/i);
      await press(page, "1", `${i} of 72`);
    }
    assert.ok(sent.length >= 6);
    for (const request of sent) {
      assert.match(
        request,
        /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/vote \{"ballot":"[\da-f-]{36}","choice":"a"\}$/,
      );
    }
    const found = await votes(directory);
    found.forEach(({ shown: [a, b], seed, question }, i) => {
      const said = [a, b].map((who) => {
        const record = made.records.find((one) =>
          one.seed === seed && (who === null || one.method === who)
        )!;
        const answer = record.answers![question]!;
        return (who === null ? answer.start : answer.end).trim();
      });
      assert.deepEqual(said, shown[i]!.slice(1));
    });
    // The start policy is not always on one side.
    assert.equal(new Set(found.map(({ shown }) => shown[0] === null)).size, 2);
    assert.deepEqual(await verdict(watched), []);
    await server.end("SIGINT");
  },
);

inBrowser(
  "a server that is killed loses no vote that was called saved, and goes on there",
  async () => {
    const directory = await written(small());
    const { server, watched, page } = await voting({ directory });
    for (let i = 1; i <= 3; i++) await press(page, "2", `${i} of 72`);
    const next = await texts(page);
    await server.end("SIGKILL");
    await page.keyboard.press("1");
    await page.waitForFunction(() =>
      /does not answer/.test(document.querySelector("#status")!.textContent!)
    );
    assert.ok(await page.locator("[data-choice=again]").isVisible());
    await watched.page.context().close();

    const again = await voting({ directory });
    assert.equal(await text(again.page, "count"), "3 of 72");
    assert.deepEqual(await texts(again.page), next);
    await press(again.page, "1", "4 of 72");
    assert.deepEqual((await votes(directory)).map(({ choice }) => choice), ["b", "b", "b", "a"]);
    assert.deepEqual(await verdict(again.watched), []);
    await again.server.end("SIGINT");
  },
);

inBrowser(
  "of two windows the slower is told, and goes on with the pair that is asked now",
  async () => {
    const directory = await written(small());
    const { server, watched, page } = await voting({ directory });
    const other = await open(server.link);
    await other.page.waitForSelector("#choices button:not([hidden])");
    await settled();
    await press(page, "1", "1 of 72");
    await press(other.page, "2", "1 of 72");
    assert.match(await text(other.page, "status") ?? "", /Another window voted on that pair/);
    assert.deepEqual(await texts(other.page), await texts(page));
    assert.deepEqual((await votes(directory)).map(({ choice }) => choice), ["a"]);
    // Chromium itself logs the refusal.
    assert.deepEqual(
      (await verdict(other)).filter((line) => !/status of 409/.test(line)),
      [],
    );
    assert.deepEqual(await verdict(watched), []);
    await server.end("SIGINT");
  },
);

inBrowser("held keys, keys with Ctrl and keys too soon do not vote", async () => {
  const directory = await written(small());
  const { server, watched, page } = await voting({ directory });
  await page.keyboard.press("Control+1");
  await page.evaluate(() =>
    dispatchEvent(new KeyboardEvent("keydown", { key: "1", repeat: true }))
  );
  // Twice within a moment: the second was meant for the same pair.
  await page.keyboard.press("2");
  await page.keyboard.press("2");
  await settled();
  await settled();
  assert.equal(await text(page, "count"), "1 of 72");
  assert.equal((await votes(directory)).length, 1);
  assert.deepEqual(await verdict(watched), []);
  await server.end("SIGINT");
});

inBrowser(
  "answers that try to be markup, or are very long, stay text in both themes and on a phone",
  async () => {
    const directory = await written(hostile());
    for (const scheme of ["light", "dark"] as const) {
      for (const given of [390, 1440]) {
        const { server, watched, page } = await voting({ directory }, [], {
          scheme,
          width: given,
          height: 844,
        });
        for (let i = 0; i < 5; i++) {
          await page.keyboard.press("s");
          await settled();
          assert.equal(await width(page), given);
          // However long the answers are, the choices are in view.
          const box = await page.locator("[data-choice=tie]").boundingBox();
          assert.ok(box !== null && box.y + box.height <= 844, JSON.stringify(box));
        }
        assert.deepEqual(await barriers(page, "all"), [], scheme);
        assert.deepEqual(await verdict(watched), []);
        await server.end("SIGINT");
      }
    }
  },
);

Deno.test.afterAll(close);
