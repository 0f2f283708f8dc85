import type { VNode } from "preact";
import { type Assets, hash, json } from "./assets.ts";
import { pageData } from "./data.ts";
import type { Findings } from "./findings.ts";
import { count, label, list, plural } from "./format.ts";
import { Raw } from "./raw.tsx";
import { sections } from "./sections/mod.ts";

/** The whole document, without its doctype. */
export function Page({ found, assets }: {
  readonly found: Findings;
  readonly assets: Assets;
}): VNode {
  const policy = [
    "default-src 'none'",
    `script-src ${assets.scripts.map(hash).join(" ")}`,
    `style-src ${hash(assets.style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>{`prefbench: ${size(found).slice(0, 3).join(", ")}`}</title>
        <Raw tag="style" text={assets.style} />
      </head>
      <body>
        <a class="skip" href="#verdict">Skip to the report</a>
        <header class="top">
          <a class="brand" href="#verdict">prefbench</a>
          <nav aria-label="Sections">
            {sections.slice(1).map(({ id, short }) => <a key={id} href={`#${id}`}>{short}</a>)}
          </nav>
          <label class="chooser">
            <span>Testbed</span>{" "}
            <select id="testbed" autocomplete="off">
              {found.testbeds.map((testbed, i) => (
                <option key={i} value={i} selected={testbed === found.lead}>
                  {label(testbed.key, 36)}
                </option>
              ))}
            </select>
          </label>
          <button type="button" id="theme" class="quiet">Dark</button>
        </header>
        <main>
          <h1 class="size">{size(found).join(" · ")}</h1>
          {sections.map((section) => (
            <section key={section.id} id={section.id} aria-labelledby={`${section.id}-title`}>
              <h2 id={`${section.id}-title`}>{section.title}</h2>
              {section.render(found)}
            </section>
          ))}
        </main>
        <noscript>
          <p class="note">
            Charts, sorting, samples and the choice of testbed need JavaScript; the verdict and the
            leaderboard do not.
          </p>
        </noscript>
        <Raw tag="script" type="application/json" id="data" text={json(pageData(found))} />
        {assets.scripts.map((text, i) => <Raw key={i} tag="script" text={text} />)}
      </body>
    </html>
  );
}

/** "11 methods", "11 testbeds", "5 seeds", "605 runs: 7 diverged". */
function size({ plan, methods, testbeds, records }: Findings): string[] {
  const mishaps = (["diverged", "failed", "unsupported"] as const).flatMap((outcome) => {
    const n = records.filter((record) => record.outcome === outcome).length;
    return n === 0 ? [] : [`${count(n)} ${outcome}`];
  });
  const seeds = new Set([...plan.seeds, ...records.map(({ seed }) => seed)]).size;
  return [
    plural(methods.length, "method"),
    plural(testbeds.length, "testbed"),
    plural(seeds, "seed"),
    `${plural(records.length, "run")}${mishaps.length === 0 ? "" : `: ${list(mishaps)}`}`,
  ];
}
