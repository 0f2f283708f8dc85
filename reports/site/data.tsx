import type { VNode } from "preact";
import { count } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { from } from "./addresses.ts";
import type { Content } from "./content.ts";
import { Suites } from "./history.tsx";
import { type Frame, SitePage } from "./shell.tsx";
import type { Table } from "./tables.ts";

/** Every table as files, and what the site was made from. */
export function DataPage({ frame, content, tables }: {
  readonly frame: Frame;
  readonly content: Content;
  readonly tables: readonly Table[];
}): VNode {
  const path = "data.html";
  return (
    <SitePage frame={frame} path={path} title="Data" heading={label(content.title, 120)}>
      <section aria-labelledby="data-title">
        <h2 id="data-title">Every table as a file</h2>
        <div class="scroll" tabindex={0} role="region" aria-label="Files">
          <table class="text">
            <caption class="unseen">Tables and their files</caption>
            <thead>
              <tr>
                <th scope="col">Table</th>
                <th scope="col">A row is</th>
                <th scope="col" class="number">Rows</th>
                <th scope="col">Files</th>
              </tr>
            </thead>
            <tbody>
              {tables.map(({ name, about, rows }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{about}</td>
                  <td class="number">{count(rows.length)}</td>
                  <td>
                    <a href={from(path, `data/${name}.csv`)}>CSV</a>{" "}
                    <a href={from(path, `data/${name}.json`)}>JSON</a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p class="note">
          Empty is absent, never zero. In CSV, a text that a spreadsheet would run as a formula
          begins with an apostrophe; JSON has every text as it is. Answers are saved from the page
          of prompts, a set at a time.
        </p>
      </section>
      <section aria-labelledby="suites-title">
        <h2 id="suites-title">What it was made from</h2>
        <Suites content={content} />
      </section>
    </SitePage>
  );
}
