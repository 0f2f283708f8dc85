/// <reference lib="dom" />
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import {
  barriers,
  close,
  handlers,
  inBrowser,
  open as opened,
  published,
  read,
  verdict,
  type View,
  width,
} from "./fixtures/browser.ts";
import { hostileSite, largeSite, smallSite } from "./fixtures/sites.ts";

const sites = { small: smallSite, hostile: hostileSite, large: largeSite };
type Name = keyof typeof sites;

async function open(name: Name, path: string, hash = "", view: View = {}) {
  const directory = await published(name, sites[name]);
  return await opened(`${directory}${path}`, hash, { within: directory, ...view });
}

async function pages(name: Name): Promise<string[]> {
  const directory = await published(name, sites[name]);
  const { files } = JSON.parse(await Deno.readTextFile(`${directory}site.json`));
  return (files as string[]).filter((path) => path.endsWith(".html"));
}

const names = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLTableRowElement>(".board tbody tr")]
      .filter((row) => !row.hidden).map((row) => row.querySelector("bdi")!.textContent!)
  );
const columns = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".board thead th[data-column]")]
      .filter((one) => !one.hidden).map((one) => one.dataset["sort"]!)
  );
const hash = (page: Page): Promise<string> => page.evaluate(() => location.hash);

inBrowser(
  "every page opens from a disk under its policy and loads nothing from elsewhere",
  async () => {
    const all = await pages("small");
    assert.ok(all.length > 20, `${all.length} pages`);
    for (const path of all) {
      const watched = await open("small", path);
      // The site's own script and style have been let in by the policy.
      await watched.page.waitForFunction(() =>
        document.getElementById("theme")!.hasAttribute("aria-label")
      );
      const display = await watched.page.evaluate(() =>
        getComputedStyle(document.querySelector(".top")!).display
      );
      assert.equal(display, "flex", path);
      const policy = await watched.page.evaluate(() =>
        document.querySelector("meta[http-equiv]")!.getAttribute("content")!
      );
      assert.match(policy, /^default-src 'none'; script-src 'sha256-[^']+' 'strict-dynamic';/);
      assert.deepEqual(await verdict(watched), [], path);
    }
  },
);

inBrowser("every link of every page leads to a file of the site", async () => {
  const directory = await published("small", smallSite);
  for (const path of await pages("small")) {
    const watched = await open("small", path);
    const links = await watched.page.evaluate(() =>
      [...document.querySelectorAll<HTMLAnchorElement>("a[href]")].map(({ href }) => href)
    );
    for (const link of links) {
      const { protocol, pathname } = new URL(link);
      if (protocol !== "file:") continue;
      const file = decodeURIComponent(pathname);
      assert.ok(file.startsWith(directory), `${path} links to ${file}`);
      await Deno.stat(file);
    }
    assert.deepEqual(await verdict(watched), []);
  }
});

inBrowser(
  "filters narrow columns and rows, recount who leads, and stand in the address",
  async () => {
    const watched = await open("small", "index.html");
    const { page } = watched;
    await page.waitForFunction(() => document.querySelector("#theme[aria-label]"));
    assert.equal((await columns(page)).length, 7);
    await page.selectOption("#benchmark", "text");
    // A judge of answers on text/clean belongs to text.
    assert.deepEqual(await columns(page), [
      "text/clean",
      "text/proxy",
      "arena-hard judge-large text/clean",
    ]);
    await page.selectOption("#protocol", "truth");
    assert.deepEqual(await columns(page), ["text/clean", "text/proxy"]);
    const wide = await page.locator(".board thead .group:visible").evaluateAll((all) =>
      all.map((one) => (one as HTMLTableCellElement).colSpan)
    );
    assert.deepEqual(wide, [2]);
    const leads = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLTableRowElement>(".board tbody tr")].every((row) =>
        Number(row.querySelector<HTMLElement>(".leads")!.dataset["value"]) ===
          row.querySelectorAll("td.best:not([hidden])").length
      )
    );
    assert.ok(leads);
    await page.selectOption("#cell", "learning/paradigm/online");
    const kept = await names(page);
    assert.ok(kept.length > 0 && kept.length < 11 && !kept.includes("dpo"), kept.join());
    assert.match(await page.locator("#board-note").innerText(), /^2 of 7 columns, \d+ of 15 rows/);
    const kind = await page.locator("#budget option").nth(1).getAttribute("value");
    await page.selectOption("#budget", kind!);
    assert.match(await page.locator("#board-note").innerText(), /widen a filter|columns/);
    await page.selectOption("#budget", "");
    const at = await hash(page);
    assert.deepEqual(await verdict(watched), []);

    const again = await open("small", "index.html", at);
    await again.page.waitForFunction(() =>
      document.getElementById("board-note")!.textContent !== ""
    );
    assert.deepEqual(await names(again.page), kept);
    assert.deepEqual(await columns(again.page), ["text/clean", "text/proxy"]);
    assert.deepEqual(await verdict(again), []);
  },
);

inBrowser(
  "another measure is loaded when it is asked for, and a permanent link brings it back",
  async () => {
    const watched = await open("small", "index.html");
    const { page } = watched;
    await page.selectOption("#measure", { label: "KL" });
    await page.waitForFunction(() =>
      document.querySelector(".board caption")!.textContent!.includes("by KL")
    );
    await page.locator('.board th[data-sort="text/clean"] button').click();
    const sorted = await names(page);
    const at = await hash(page);
    assert.match(at, /measure=kl/);
    assert.match(at, /sort=text%2Fclean/);
    assert.deepEqual(await verdict(watched), []);
    const again = await open("small", "index.html", at);
    await again.page.waitForFunction(() =>
      document.querySelector(".board caption")!.textContent!.includes("by KL")
    );
    assert.deepEqual(await names(again.page), sorted);
    assert.equal(
      await again.page.locator('.board th[data-sort="text/clean"]').getAttribute("aria-sort"),
      "descending",
    );
    assert.deepEqual(await verdict(again), []);
  },
);

inBrowser(
  "the board, its filters and a method's page are reached by the keyboard alone",
  async () => {
    const watched = await open("small", "index.html");
    const { page } = watched;
    await page.waitForFunction(() => document.querySelector("#theme[aria-label]"));
    await page.keyboard.press("Tab");
    assert.equal(
      await page.evaluate(() => document.activeElement!.textContent),
      "Skip to the content",
    );
    const seen = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const found = await page.evaluate(() => {
        const { id, className, tagName, textContent } = document.activeElement!;
        return id ||
          (tagName === "BUTTON"
            ? `button ${textContent!.trim()}`
            : `${tagName} ${className} ${textContent!.trim().slice(0, 20)}`);
      });
      seen.add(found);
      if (found === "cell") {
        await page.keyboard.press("ArrowDown");
        await page.waitForFunction(() => location.hash.includes("cell="));
        await page.selectOption("#cell", "");
      }
      if (found === "button intransitive") {
        await page.keyboard.press("Enter");
        assert.match(await hash(page), /sort=game%2Fintransitive/);
      }
      if (/^A {2}dpo$/.test(found)) {
        await page.keyboard.press("Enter");
        await page.waitForURL(/methods\/dpo\.html/);
        break;
      }
    }
    for (
      const id of [
        "theme",
        "measure",
        "benchmark",
        "budget",
        "cell",
        "protocol",
        "button intransitive",
      ]
    ) {
      assert.ok(seen.has(id), `${id} is not reached: ${[...seen].join(", ")}`);
    }
    assert.match(page.url(), /methods\/dpo\.html/);
    assert.equal(await page.locator("math").count(), 1);
    assert.deepEqual(await verdict(watched), []);
  },
);

inBrowser(
  "a prompt shows both answers and the verdicts on them, and its link brings it back",
  async () => {
    const watched = await open("small", "prompts.html");
    const { page } = watched;
    await page.waitForSelector("#prompts .answer");
    assert.match(await page.locator("#prompts-note").innerText(), /^16 of 16 prompts/);
    const first = page.locator("#prompts .prompt").first();
    // The start policy and eleven methods, four of them judged.
    assert.equal(await first.locator(".answer").count(), 12);
    assert.equal(await first.locator(".rulings li").count(), 4);
    assert.match(await first.locator(".rulings").first().innerText(), /arena-hard by judge-large/);
    await page.selectOption("#by", "kto");
    assert.deepEqual(await first.locator("h3").allInnerTexts(), ["start policy", "kto"]);
    await page.locator("#prompts summary").nth(2).click();
    const asked = await page.locator("#prompts summary").nth(2).innerText();
    // A browser tells of an opened prompt only after the click is over.
    await page.waitForFunction(() => location.hash.includes("at=2"));
    const at = await hash(page);
    assert.deepEqual(await verdict(watched), []);

    const again = await open("small", "prompts.html", at);
    await again.page.waitForSelector("#prompts .answer");
    assert.equal(await again.page.locator("#prompts summary").first().innerText(), asked);
    assert.equal(await again.page.locator("#by").inputValue(), "kto");
    await again.page.selectOption("#set", { label: "alpaca-eval by judge-large on outputs.json" });
    await again.page.waitForFunction(() =>
      document.querySelector("#prompts h3")?.textContent === "baseline-7b"
    );
    assert.match(await again.page.locator("#prompts").innerText(), /weak-1b says of q0/);
    await again.page.fill("#find", "question 7:");
    assert.match(await again.page.locator("#prompts").innerText(), /no verdict, timeout/);
    const saving = again.page.waitForEvent("download");
    await again.page.click("#save-csv");
    const file = await (await saving).path();
    assert.match(await Deno.readTextFile(file), /^"prompt","by","answer","reward","verdicts"\r\n/);
    assert.deepEqual(await verdict(again), []);
  },
);

inBrowser("the board over all testbeds meets another rival and sorts", async () => {
  const watched = await open("small", "index.html");
  const { page } = watched;
  const row = (method: string) =>
    page.locator(".overall tbody tr").filter({ has: page.getByText(method, { exact: true }) });
  await page.selectOption("#rival", { label: "dpo" });
  assert.match(await hash(page), /rival=dpo/);
  assert.equal((await row("dpo").locator(".better").innerText()).trim(), "–");
  assert.match(
    await row("kto").locator(".better").innerText(),
    /^0\.\d\d 0\.\d\d to [01]\.\d\d on 4$/,
  );
  const methods = () => page.locator(".overall tbody bdi").allInnerTexts();
  await page.locator('.overall th[data-sort="method"] button').click();
  const sorted = await methods();
  assert.deepEqual(sorted, [...sorted].sort());
  // The board above has an order of its own.
  assert.doesNotMatch(await hash(page), /sort=/);
  const at = await hash(page);
  assert.deepEqual(await verdict(watched), []);
  const again = await open("small", "index.html", at);
  assert.equal((await again.page.locator("#rival option:checked").innerText()).trim(), "dpo");
  assert.deepEqual(await verdict(again), []);
});

inBrowser("history shows another testbed on demand, with changes that are decided", async () => {
  const watched = await open("small", "history.html");
  const { page } = watched;
  assert.equal(await page.locator("#history").inputValue(), "t1");
  assert.equal(await page.locator("#history-table tbody").count(), 11);
  await page.selectOption("#history", { label: "bandit/clean" });
  await page.waitForFunction(() => document.querySelectorAll("#history-table strong").length > 5);
  assert.match(await hash(page), /testbed=bandit%2Fclean/);
  assert.deepEqual(await verdict(watched), []);
});

inBrowser("search finds methods by paper, and prompts, and leads to them", async () => {
  const watched = await open("small", "search.html");
  const { page } = watched;
  await page.fill("#words", "secretly reward 2305");
  await page.waitForSelector("#results a");
  assert.deepEqual(await page.locator("#results a").allInnerTexts(), ["dpo"]);
  await page.fill("#words", "waiter");
  await page.waitForFunction(() =>
    document.querySelector("#results .kind")?.textContent === "prompt"
  );
  assert.match(await hash(page), /q=waiter/);
  await page.locator("#results a").first().click();
  await page.waitForSelector("#prompts .answer");
  assert.match(await page.locator("#prompts summary").first().innerText(), /waiter/);
  assert.deepEqual(await verdict(watched), []);
});

inBrowser("the theme follows the system, and a link passes on what the button chose", async () => {
  const watched = await open("small", "index.html", "", { scheme: "dark" });
  const { page } = watched;
  await page.waitForFunction(() => document.querySelector("#theme[aria-label]"));
  const surface = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await surface();
  await page.click("#theme");
  assert.equal(await surface(), "rgb(255, 255, 255)");
  assert.notEqual(dark, "rgb(255, 255, 255)");
  await page.click("nav a >> text=Methods");
  await page.waitForURL(/methods\.html#theme=light/);
  await page.waitForFunction(() => document.documentElement.dataset["theme"] === "light");
  assert.equal(await surface(), "rgb(255, 255, 255)");
  assert.deepEqual(await verdict(watched), []);
});

inBrowser("no page scrolls sideways on a phone or a small laptop", async () => {
  for (const name of ["small", "hostile"] as const) {
    for (const path of await pages(name)) {
      for (const given of [390, 1024]) {
        const watched = await open(name, path, "", { width: given, height: 844 });
        await watched.page.waitForFunction(() => document.querySelector("#theme[aria-label]"));
        if (path === "prompts.html") await watched.page.waitForSelector("#prompts .answer");
        const wide = await width(watched.page);
        assert.equal(wide, given, `${name} ${path} is ${wide} wide in ${given}`);
        assert.deepEqual(await verdict(watched), [], `${name} ${path}`);
      }
    }
  }
});

inBrowser("hostile text runs nothing on any page, whatever is opened", async () => {
  for (const path of await pages("hostile")) {
    const watched = await open("hostile", path);
    const { page } = watched;
    await page.waitForFunction(() => document.querySelector("#theme[aria-label]"));
    if (path === "prompts.html") {
      for (let i = 0; i < await page.locator("#set option").count(); i++) {
        await page.selectOption("#set", { index: i });
        await page.waitForSelector("#prompts .answer");
        for (const summary of await page.locator("summary").all()) await summary.click();
      }
    }
    if (path === "search.html") {
      await page.fill("#words", "script");
      await page.waitForSelector("#results a");
    }
    if (path === "index.html" || path === "history.html") {
      for (const select of await page.locator("main select").all()) {
        const options = await select.locator("option").count();
        for (let i = options - 1; i >= 0; i--) await select.selectOption({ index: i });
      }
      await page.waitForTimeout(200);
    }
    await read(page);
    assert.deepEqual(await handlers(page), [], path);
    const inline = await page.evaluate(() =>
      [...document.scripts].filter(({ src, type }) => src === "" && type === "").length
    );
    assert.equal(inline, 1, `${path} holds a script that is not its loader`);
    assert.deepEqual(await verdict(watched), [], path);
  }
});

inBrowser("axe finds nothing on any kind of page in either theme", async () => {
  const kinds = [
    "index.html",
    "methods.html",
    "methods/simpo.html",
    "models/weak-1b.html",
    "prompts.html",
    "history.html",
    "claims.html",
    "judges.html",
    "audits.html",
    (await pages("small")).find((path) => path.startsWith("audits/"))!,
    "search.html#q=dpo",
    "data.html",
  ];
  for (const scheme of ["light", "dark"] as const) {
    for (const kind of kinds) {
      const [path = "", hash = ""] = kind.split(/(?=#)/);
      const watched = await open("small", path, hash, { scheme });
      const { page } = watched;
      await page.waitForFunction(() => document.querySelector("#theme[aria-label]"));
      if (path === "prompts.html") await page.waitForSelector("#prompts .answer");
      if (path === "search.html") await page.waitForSelector("#results a");
      assert.deepEqual(await barriers(page, "all"), [], `${scheme} ${path}`);
      await page.context().close();
    }
  }
});

inBrowser(
  "a site works below any path of a web server, and asks only for its own files",
  async () => {
    const directory = await published("small", smallSite);
    const types = { html: "text/html", js: "text/javascript", css: "text/css" } as const;
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const path = new URL(request.url).pathname.replace(/^\/deep\/down\//, "");
        try {
          const body = await Deno.readFile(directory + path);
          const type = types[path.split(".").at(-1) as keyof typeof types] ?? "text/plain";
          return new Response(body, { headers: { "content-type": `${type}; charset=utf-8` } });
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
          return new Response("none", { status: 404 });
        }
      },
    );
    try {
      const root = `http://127.0.0.1:${server.addr.port}/deep/down/`;
      const watched = await opened(`${root}index.html`, "", { within: root });
      const { page } = watched;
      await page.selectOption("#measure", { label: "KL" });
      await page.waitForFunction(() =>
        document.querySelector(".board caption")!.textContent!.includes("by KL")
      );
      await page.click(".board tbody a >> nth=0");
      await page.waitForURL(`${root}methods/*`);
      await page.click("nav a >> text=Prompts");
      await page.waitForSelector("#prompts .answer");
      assert.deepEqual(await verdict(watched), []);
    } finally {
      await server.shutdown();
    }
  },
);

inBrowser(
  "ten thousand records open with less than 2 MB, and the rest waits to be asked for",
  async () => {
    const directory = await published("large", largeSite);
    const watched = await open("large", "index.html");
    const { page } = watched;
    await page.waitForFunction(() => document.querySelector("#theme[aria-label]"));
    // Its policy lets it load nothing but scripts and styles.
    const loaded = await page.evaluate(() => [
      location.href,
      ...[...document.scripts].map(({ src }) => src).filter((src) => src !== ""),
      ...[...document.styleSheets].map(({ href }) => href ?? ""),
    ]);
    let bytes = 0;
    for (const url of loaded) {
      bytes += (await Deno.stat(decodeURIComponent(new URL(url).pathname))).size;
    }
    assert.equal(loaded.length, 3, loaded.join());
    assert.ok(bytes < 2e6, `${bytes} bytes`);
    const painted = await page.evaluate(() =>
      performance.getEntriesByName("first-contentful-paint")[0]!.startTime
    );
    // A time on a shared machine says little: it is shown, and held to ten times what is wanted.
    console.error(`first paint after ${Math.round(painted)} ms, ${bytes} bytes of ${directory}`);
    assert.ok(painted < 10_000);
    assert.equal((await names(page)).length, 67);
    assert.deepEqual(await verdict(watched), []);
  },
);

Deno.test.afterAll(close);
