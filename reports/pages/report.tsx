import type { VNode } from "preact";
import type { Assets } from "../parts/assets.ts";
import { pageData } from "./data.ts";
import { Document } from "../parts/document.tsx";
import type { Findings } from "../findings/findings.ts";
import { count, list, plural } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { Looks, looksOf } from "../parts/looks.ts";
import { sections } from "../sections/mod.ts";

/** The whole document, without its doctype. */
export function Page({ found, assets }: {
  readonly found: Findings;
  readonly assets: Assets;
}): VNode {
  const looks = looksOf(found);
  return (
    <Looks.Provider value={looks}>
      <Document
        title={`prefbench: ${size(found).slice(0, 3).join(", ")}`}
        skip={{ to: "verdict", text: "Skip to the report" }}
        bar={{
          links: sections.slice(1).map(({ id, short }) => <a key={id} href={`#${id}`}>{short}</a>),
          more: (
            <label class="chooser">
              <span>Testbed</span>{" "}
              <select id="testbed" aria-label="Testbed" autocomplete="off">
                {found.testbeds.map((testbed, i) => (
                  <option key={i} value={i} selected={testbed === found.lead}>
                    {label(testbed.key, 36)}
                  </option>
                ))}
              </select>
            </label>
          ),
        }}
        heading={size(found).join(" · ")}
        unscripted="Charts, sorting, samples, what is folded and the choice of testbed need JavaScript; the verdict and the leaderboard do not."
        data={pageData(found, looks)}
        assets={assets}
      >
        {sections.map((section) => (
          <section key={section.id} id={section.id} aria-labelledby={`${section.id}-title`}>
            <h2 id={`${section.id}-title`}>{section.title}</h2>
            {section.render(found)}
          </section>
        ))}
      </Document>
    </Looks.Provider>
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
