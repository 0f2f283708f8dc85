/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { lasting } from "../core/mod.ts";
import { readVotes } from "../lab/votes/votes.ts";
import { drawing } from "../reports/parts/shapes.ts";
import { started, written } from "./fake/voting.ts";
import {
  barriers,
  close,
  file,
  handlers,
  inBrowser,
  open,
  published,
  read,
  verdict,
  type View,
  width,
} from "./fixtures/browser.ts";
import { hostilePictures, pictured } from "./fixtures/pictures.ts";
import type { Suite } from "./fixtures/records.ts";

/** Answers that are more than words, in a report, on a site and where people vote. */

const suites = { usual: () => pictured(), hostile: hostilePictures };
type Name = keyof typeof suites;

const made = pictured();
const sampleOf = (on: string, method: string) =>
  made.records.find((one) =>
    `${one.benchmark}/${one.setting}` === on && one.method === method && one.seed === 0
  )!.samples[0]!;

async function reported(name: Name, view: View = {}) {
  return await open(await file(`pictures-${name}`, suites[name]), "", view);
}

async function sited(name: Name, view: View = {}) {
  const directory = await published(`pictures-${name}`, () => {
    const { plan, records, catalogue }: Suite = suites[name]();
    return { title: "Pictures", runs: [{ name: "one", plan, records }], judged: [], catalogue };
  });
  const watched = await open(`${directory}prompts.html`, "", { within: directory, ...view });
  await watched.page.waitForSelector("#prompts .answer");
  return watched;
}

/** Has the site's page show another set, whose title begins so. */
async function set(page: Page, title: string): Promise<void> {
  const value = await page.locator("#set option", { hasText: title }).first().getAttribute("value");
  const before = await page.locator("#prompts .prompt").first().elementHandle();
  await page.selectOption("#set", value!);
  // Its answers are loaded.
  await page.waitForFunction((one) => !one!.isConnected, before);
}

/** The answer of a method to the first prompt. */
const answerOf = (page: Page, name: string) =>
  page.locator(".prompt").first().locator(".answer").filter({
    has: page.getByText(name, { exact: true }),
  });

const pathsOf = (page: Page, within: string) =>
  page.locator(within).evaluate((svg) =>
    [...svg.querySelectorAll("path")].map((path) => ({
      d: path.getAttribute("d"),
      className: path.getAttribute("class"),
    }))
  );

inBrowser(
  "a report draws prompts and answers, with their words and how they came about",
  async () => {
    const watched = await reported("usual");
    const { page } = watched;
    await page.selectOption("#testbed", { label: "diffusion/icons" });
    const { prompt, promptPicture, end } = sampleOf("diffusion/icons", "dpo");
    const first = ".prompt >> nth=0 >> svg.picture >> nth=0";
    assert.deepEqual(await pathsOf(page, first), drawing(promptPicture!).paths);
    assert.equal(await page.locator(first).locator("title").textContent(), prompt);
    const own = answerOf(page, "dpo");
    // The result, then six frames.
    assert.equal(await own.locator("svg.picture").count(), 7);
    const words = end.steps.join("");
    assert.equal(await own.getByRole("img", { name: words, exact: true }).count(), 1);
    assert.deepEqual(await own.locator(".strip title").allTextContents(), [
      "1 of 6",
      "2 of 6",
      "3 of 6",
      "4 of 6",
      "5 of 6",
      "6 of 6",
    ]);
    assert.match(await own.locator(".facts").innerText(), / 5 steps$/);
    // The words are folded, and unfolded where their log-ratios are to be seen.
    assert.ok(await own.locator(".said").isHidden());
    await own.getByText("In words").press("Enter");
    assert.equal(await own.locator(".said").innerText(), words);
    await page.press("#tokens", "Enter");
    assert.ok(await own.locator(".said .t").first().isVisible());
    assert.equal(await own.locator(".said .t").count(), end.steps.length);
    assert.deepEqual(await verdict(watched), []);
  },
);

inBrowser("a picture is seen where its marks are, in its colours, in both themes", async () => {
  for (const scheme of ["light", "dark"] as const) {
    const watched = await reported("usual", { scheme });
    const { page } = watched;
    await page.selectOption("#testbed", { label: "diffusion/towers" });
    const [svg] = await page.locator(".drawn > svg.picture").all();
    const boxes = await svg!.locator("path").evaluateAll((all) =>
      all.map((path) => {
        const { top, width, height } = path.getBoundingClientRect();
        return { top, width, height, fill: getComputedStyle(path).fill };
      })
    );
    const { start } = sampleOf("diffusion/towers", "dpo");
    const scale = (await svg!.boundingBox())!.height / 10;
    start.picture!.marks.slice(0, 6).forEach(({ at }, i) => {
      const [, y = 0, wide = 0, high = 0] = at;
      // Within the outline's width.
      assert.ok(Math.abs(boxes[i]!.width - wide * scale) < 4, JSON.stringify([boxes[i], at]));
      assert.ok(Math.abs(boxes[i]!.height - high * scale) < 4);
      assert.ok(Math.abs(boxes[i]!.top - boxes[0]!.top - (y - 9) * scale) < 2);
    });
    assert.equal(new Set(boxes.slice(0, 6).map(({ fill }) => fill)).size, 6);
    // The faint line has no area.
    assert.equal(boxes[6]!.fill, "none");
    assert.deepEqual(await verdict(watched), []);
  }
});

inBrowser(
  "a conversation says whose words are whose, in the order in which they were said",
  async () => {
    const { start, end } = sampleOf("reasoning/tool", "dpo");
    const told = [...end.told!].map((words) => `Told ${words}`);
    const turns = ({ steps, said }: typeof end) => {
      const lines: string[] = [];
      let own = "";
      steps.forEach((step, i) => {
        own += step;
        if (said![i] === "" && i < steps.length - 1) return;
        lines.push(`Policy ${own.trim()}`);
        if (said![i] !== "") lines.push(`World ${said![i]!.trim()}`);
        own = "";
      });
      return lines;
    };
    const lines = (page: Page, name: string) =>
      answerOf(page, name).getByRole("listitem").evaluateAll((all) =>
        all.map((one) => one.textContent!.trim())
      );
    const watched = await reported("usual");
    const { page } = watched;
    await page.selectOption("#testbed", { label: "reasoning/tool" });
    assert.deepEqual(await lines(page, "start policy"), turns(start));
    assert.equal(turns(start).length, 7);
    assert.deepEqual(await lines(page, "dpo"), [...told, ...turns(end)]);
    // The world's words have no log-ratio.
    await page.press("#tokens", "Enter");
    assert.equal(await answerOf(page, "dpo").locator(".policy .t").count(), end.steps.length);
    assert.equal(await answerOf(page, "dpo").locator(".world .t, .told .t").count(), 0);
    assert.deepEqual(await verdict(watched), []);

    const site = await sited("usual");
    await set(site.page, "reasoning/tool");
    const record = made.records.find(({ setting, method, seed }) =>
      setting === "tool" && method === "dpo" && seed === 0
    )!;
    const { turns: all } = record.answers![0]!.seen!.end;
    assert.deepEqual(await lines(site.page, "dpo"), [
      ...told,
      ...all!.map((words, i) => `${i % 2 === 0 ? "Policy" : "World"} ${words.trim()}`),
    ]);
    assert.deepEqual(await verdict(site), []);
  },
);

inBrowser(
  "a search folds, shows visits and values, and stands open where pairs were taken",
  async () => {
    for (const on of [await reported("usual"), await sited("usual")]) {
      const { page } = on;
      if (await page.locator("#testbed").count() > 0) {
        await page.selectOption("#testbed", { label: "reasoning/chain" });
      } else await set(page, "reasoning/chain");
      // Nobody searched for the start policy's.
      assert.equal(await answerOf(page, "start policy").locator(".tree").count(), 0);
      const tree = answerOf(page, "dpo").locator(".tree");
      assert.match(await tree.locator(".node").first().innerText(), /value 0\.\d+, 40 visits/);
      const marks = await tree.locator(".chosen, .rejected").all();
      assert.ok(marks.length >= 4, `${marks.length} marks`);
      for (const mark of marks) assert.ok(await mark.isVisible());
      assert.deepEqual(
        new Set(await tree.locator("b").allTextContents()),
        new Set(["chosen", "rejected"]),
      );
      // Each visit's share of the root's: 40 are the whole.
      assert.equal(await tree.locator(".visits rect").first().getAttribute("width"), "100");
      await tree.locator("summary").first().press("Enter");
      for (const mark of marks) assert.ok(await mark.isHidden());
      await tree.locator("summary").first().focus();
      await page.keyboard.press("Enter");
      assert.ok(await marks[0]!.isVisible());
      assert.deepEqual(await verdict(on), []);
    }
  },
);

inBrowser("the site shows the drawings that are on record for a prompt's answers", async () => {
  const watched = await sited("usual");
  const { page } = watched;
  for (const on of ["diffusion/icons", "control/ring"]) {
    await set(page, on);
    const { answers } = made.records.find((one) =>
      `${one.benchmark}/${one.setting}` === on && one.method === "ipo" && one.seed === 0
    )!;
    const { end, seen } = answers![0]!;
    const own = answerOf(page, "ipo");
    assert.deepEqual(
      await own.locator(".drawn > svg path").evaluateAll((all) =>
        all.map((path) => ({ d: path.getAttribute("d"), className: path.getAttribute("class") }))
      ),
      drawing(seen!.end.picture!).paths,
    );
    assert.equal(await own.getByRole("img", { name: end, exact: true }).count(), 1);
  }
  assert.deepEqual(await verdict(watched), []);
});

/** The paths of a drawing, and the words of each turn. */
const looks = (within: Element) => [
  [...within.querySelectorAll(".picture path")].map((path) => path.getAttribute("d")),
  [...within.querySelectorAll(".turns .said")].map((words) => words.textContent),
];

inBrowser(
  "people vote on drawings and conversations, and are not told what only methods are told",
  async () => {
    const directory = await written(made);
    for (const [on, kind] of [["diffusion/icons", "svg"], ["reasoning/tool", ".turns"]] as const) {
      const server = await started(directory, [
        "--voter",
        on,
        "--benchmarks",
        on,
        "--pairs",
        "all",
      ]);
      const watched = await open(server.link);
      const { page } = watched;
      await page.waitForSelector("#choices button:not([hidden])");
      const shown: unknown[] = [];
      for (let i = 1; i <= 3; i++) {
        shown.push(await page.locator("#a-seen").evaluate(looks));
        for (const side of ["a", "b"]) {
          assert.equal(await page.locator(`#${side}-seen ${kind}`).count(), 1);
          assert.ok(await page.locator(`#${side}`).isHidden());
        }
        assert.equal(await page.locator("#prompt-seen svg").count(), kind === "svg" ? 1 : 0);
        assert.equal(await page.locator(".told, .tree, .strip").count(), 0);
        // Longer than a key is taken to be meant for the pair before.
        await page.waitForTimeout(350);
        await page.keyboard.press("1");
        await page.waitForFunction(
          (n) => document.querySelector("#count")!.textContent!.startsWith(n),
          `${i} `,
        );
      }
      const votes = lasting((await readVotes(directory)).rows).filter(({ voter }) => voter === on);
      assert.equal(new Set(votes.map(({ shown: [a] }) => a)).size > 1, true);
      // What was seen as A is the answer of whom the vote says.
      const found = votes.map(({ shown: [who], seed, question }) => {
        const { answers } = made.records.find((one) =>
          `${one.benchmark}/${one.setting}` === on && one.seed === seed &&
          (who === null || one.method === who)
        )!;
        const { start, end } = answers![question]!.seen!;
        const { picture, turns = [] } = who === null ? start : end;
        return [
          picture ? drawing(picture).paths.map(({ d }) => d) : [],
          turns.map((one) => one.trim()),
        ];
      });
      assert.deepEqual(found, shown);
      assert.deepEqual(await verdict(watched), []);
      await server.end("SIGINT");
    }
  },
);

inBrowser(
  "axe finds nothing in either theme, wide or narrow, and nothing scrolls sideways",
  async () => {
    const votes = await Promise.all(
      ["diffusion/icons", "reasoning/tool"].map(async (on) =>
        await started(await written(made), ["--benchmarks", on])
      ),
    );
    for (const scheme of ["light", "dark"] as const) {
      for (const given of [390, 1440]) {
        const view = { scheme, width: given, height: 844 };
        const [report, site] = [await reported("usual", view), await sited("usual", view)];
        for (const on of ["diffusion/icons", "reasoning/tool", "reasoning/chain"]) {
          await report.page.selectOption("#testbed", { label: on });
          await set(site.page, on);
          for (const { page } of [report, site]) {
            for (const words of await page.getByText("In words").all()) {
              if (await words.isVisible()) await words.press("Enter");
            }
            assert.equal(await width(page), given);
            const which = page === site.page ? "all" : "serious";
            assert.deepEqual(await barriers(page, which), [], `${on} ${scheme} ${given}`);
          }
        }
        // On a site axe itself asks for what the policy refuses.
        for (const { page } of [report, site]) await page.context().close();
        for (const { link } of votes) {
          const watched = await open(link, "", view);
          await watched.page.waitForSelector("#choices button:not([hidden])");
          assert.equal(await width(watched.page), given);
          assert.deepEqual(await barriers(watched.page, "all"), [], `${scheme} ${given}`);
          assert.deepEqual(await verdict(watched), []);
        }
      }
    }
    for (const server of votes) await server.end("SIGINT");
  },
);

inBrowser("hostile words and numbers run nothing and move nothing out of its place", async () => {
  const directory = await written(hostilePictures());
  for (const given of [390, 1440]) {
    const view = { width: given, height: 844 };
    const report = await reported("hostile", view);
    await report.page.press("#tokens", "Enter");
    const site = await sited("hostile", view);
    const server = await started(directory, ["--voter", `${given}`, "--pairs", "all"]);
    const vote = await open(server.link, "", view);
    await vote.page.waitForSelector("#choices button:not([hidden])");
    for (const watched of [report, site, vote]) {
      const { page } = watched;
      await read(page);
      assert.ok(await page.locator("svg.picture").count() > 2);
      assert.equal(await width(page), given);
      for (
        const { height } of await page.locator("svg.picture:visible").evaluateAll((all) =>
          all.slice(0, 20).map((svg) => ({ height: svg.getBoundingClientRect().height }))
        )
      ) {
        assert.ok(height <= 300, `${height} high`);
      }
      assert.deepEqual(await handlers(page), []);
      assert.equal(await page.locator("svg [href], svg style, svg script, svg image").count(), 0);
      assert.deepEqual(await verdict(watched), []);
    }
    await server.end("SIGINT");
  }
});

inBrowser(
  "on paper areas have textures, which are on the page, and lines have dashes",
  async () => {
    for (const watched of [await reported("usual"), await sited("usual")]) {
      const { page } = watched;
      const site = await page.locator("#testbed").count() === 0;
      if (site) await set(page, "diffusion/towers");
      else await page.selectOption("#testbed", { label: "diffusion/towers" });
      const fills = () =>
        page.locator(".drawn > svg.picture").first().locator("path.area").evaluateAll((all) =>
          all.map((path) => getComputedStyle(path).fill)
        );
      assert.ok((await fills()).every((fill) => fill.startsWith("rgb")));
      await page.emulateMedia({ media: "print" });
      const printed = await fills();
      assert.equal(new Set(printed).size, 6);
      const [, ...textured] = printed;
      for (const fill of textured) {
        const id = /^url\("#(texture-\d)"\)/.exec(fill)?.[1];
        assert.ok(id, fill);
        assert.equal(await page.locator(`pattern#${id}`).count(), 1);
      }
      assert.deepEqual(await verdict(watched), []);
    }
  },
);

Deno.test.afterAll(close);
