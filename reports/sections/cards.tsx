import katex from "katex";
import type { ComponentChildren, VNode } from "preact";
import {
  type Absent,
  type Card,
  cellTitle,
  filed,
  type Golden,
  type RunRecord,
  type TaxonomyCell,
  type VerdictRow,
} from "../../core/mod.ts";
import type { Findings } from "../findings/findings.ts";
import { fixed, list, plain, plural, quantity } from "../parts/format.ts";
import { Contents } from "../parts/contents.tsx";
import { label } from "../findings/label.ts";
import { Figure, Mark, Plot, relation, words } from "../parts/judged.tsx";
import { Name } from "../parts/marks.tsx";
import type { Section } from "./section.ts";
import { average } from "../findings/standings.ts";

export default {
  id: "methods",
  title: "The methods",
  short: "Methods",
  render(found) {
    const { methods } = found;
    if (methods.length > FEW) return <Folded found={found} />;
    return (
      <div class="cards">
        {methods.map((method, m) => (
          <article key={m} id={`method-${m}`}>
            <h3>
              <Name method={method} />
            </h3>
            <MethodCard found={found} method={method} />
          </article>
        ))}
      </div>
    );
  },
} satisfies Section;

/** Cards of more methods are folded, under contents by the survey's cells. */
const FEW = 12;

function Folded({ found }: { readonly found: Findings }): VNode {
  const papers = new Map(found.catalogue.methods.map(({ id, paper }) => [id, paper]));
  return (
    <>
      <Contents found={found} link={(method) => `#method-${found.methods.indexOf(method)}`} />
      <div class="cards folded">
        {found.methods.map((method, m) => {
          const paper = papers.get(method.split("[")[0]!);
          return (
            <article key={m} id={`method-${m}`} class="folding">
              <details>
                <summary>
                  <h3>
                    <Name method={method} />
                  </h3>
                  {paper !== undefined && (
                    <small>{`${label(paper.title, 120)}, ${paper.year}`}</small>
                  )}
                </summary>
                <MethodCard found={found} method={method} />
              </details>
            </article>
          );
        })}
      </div>
    </>
  );
}

/** What is known of a method, below its name. */
export function MethodCard({ found, method }: {
  readonly found: Findings;
  readonly method: string;
}): VNode {
  const { methods, verdicts, goldens } = found.catalogue;
  // A method with other hyperparameters is named after itself: `dpo[beta=0.3]`.
  const [own] = method.split("[");
  const card = methods.find(({ id }) => id === own);
  return (
    <>
      <Described
        found={found}
        card={card}
        verdict={verdicts?.rows.find(({ id }) => id === own)}
        golden={goldens?.get(method)}
      />
      <Settings found={found} method={method} card={card} />
    </>
  );
}

function Described({ found, card, verdict, golden }: {
  readonly found: Findings;
  readonly card: Card | undefined;
  readonly verdict: VerdictRow | undefined;
  readonly golden: Golden | Absent | undefined;
}): VNode {
  if (card === undefined) {
    return (
      <p>This version of prefbench has no card for this method; its runs are shown as recorded.</p>
    );
  }
  const { paper, claim } = card;
  return (
    <>
      <Equation tex={card.equation} />
      <p>
        <cite>{label(paper.title, 200)}</cite>, {paper.year}
        {paper.arxiv !== undefined && <Arxiv id={paper.arxiv} />}.
      </p>
      <p>
        <strong>Claim.</strong> {label(claim.text, 400).replace(/\.$/, "")}. As an inequality:{" "}
        {found.measures.of(claim.measure).title} {relation(claim.expect)} that of{" "}
        {list(claim.against.map((id) => label(id)))} on {label(claim.on, 48)}.
      </p>
      {verdict !== undefined && <Verdict row={verdict} />}
      {card.taxonomy.length > 0 && <Filed card={card} />}
      {card.limits !== undefined && card.limits.length > 0 && (
        <dl>
          {card.limits.map(({ at, then }) => (
            <Term key={at} name={label(at, 60)}>{label(then, 300)}</Term>
          ))}
        </dl>
      )}
      {golden !== undefined && <TestVector golden={golden} />}
    </>
  );
}

/** Its cells of the survey's taxonomy: where the authors put the paper, and where we do. */
function Filed({ card }: { readonly card: Card }): VNode {
  const { survey, ours } = filed(card);
  const names = (cells: readonly TaxonomyCell[]) => list(cells.map(cellTitle));
  return (
    <p class="note">
      {survey.length === 0
        ? `The survey does not file it; by its definitions it stands under ${names(ours)}.`
        : `The survey files it under ${names(survey)}${
          ours.length === 0 ? "." : `; by its definitions we add ${names(ours)}.`
        }`}
    </p>
  );
}

function Verdict({ row }: { readonly row: VerdictRow }): VNode {
  return (
    <div class="judged">
      <p>
        <strong>Verdict.</strong> <Mark verdict={row.verdict} /> {words[row.verdict]}
        {row.effect !== undefined && `, with ${plural(row.effect.seeds, "seed")}`}:
      </p>
      <Plot judged={row} {...row.second === undefined ? {} : { like: row.second }} />
      <p>
        <Figure {...row} />
      </p>
      {row.second !== undefined && (
        <>
          <p>
            <strong>Second set of seeds.</strong> <Mark verdict={row.second.verdict} />{" "}
            {words[row.second.verdict]}:
          </p>
          <Plot judged={row.second} like={row} />
          <p>
            <Figure {...row.second} />
          </p>
        </>
      )}
      <pre class="scroll" tabindex={0}><code>{row.command.slice(0, 1000)}</code></pre>
    </div>
  );
}

/** The loss on the catalogue's numbers, so that another implementation can be held against it. */
function TestVector({ golden }: { readonly golden: Golden | Absent }): VNode {
  if ("absent" in golden) {
    return <p class="note">No value on the test vector: {label(golden.absent, 200)}.</p>;
  }
  const six = (x: number) => fixed(x, 6);
  const slope = ([low, high]: readonly [number, number]) =>
    six(low) === six(high) ? six(low) : `${six(low)} to ${six(high)}`;
  return (
    <p class="note">
      <strong>Test vector.</strong>{" "}
      With log π −5 over 4 tokens for the better answer and −4 over 5 for the worse, −6 and −4.5
      under the reference: loss {six(golden.value)}, slope by a token's log-probability {list(
        Object.entries(golden.slopes).map(([name, ends]) => `${slope(ends)} (${label(name)})`),
      )}; with π = π<sub>ref</sub> {six(golden.start)}.
    </p>
  );
}

/** An identifier becomes an address only if it has arXiv's form. */
function Arxiv({ id }: { readonly id: string }): VNode {
  return /^\d{4}\.\d{4,5}(v\d+)?$/.test(id)
    ? (
      <>
        , <a href={`https://arxiv.org/abs/${id}`} rel="noreferrer">arXiv {id}</a>
      </>
    )
    : <>, arXiv {label(id)}</>;
}

/** MathML; where KaTeX cannot read an equation, its source and KaTeX's complaint. */
function Equation({ tex }: { readonly tex: string }): VNode {
  try {
    const html = katex.renderToString(tex, {
      output: "mathml",
      displayMode: true,
      throwOnError: true,
      strict: "ignore",
      errorColor: "currentcolor",
    });
    // A style attribute would break the page's content security policy, and only sets colours.
    const plain = html.replace(/ style="[^"]*"/g, "");
    return (
      <div
        class={`equation scroll ${size(plain)}`}
        tabindex={0}
        dangerouslySetInnerHTML={{ __html: plain }}
      />
    );
  } catch (error) {
    // Not by class: KaTeX sets its prototype through __proto__, which Deno has switched off.
    if (!(error instanceof Error && error.name === "ParseError")) throw error;
    return (
      <p class="equation">
        <code>{label(tex, 400)}</code> <small>{label(error.message, 200)}</small>
      </p>
    );
  }
}

/** Browsers break no equation: by the signs of its line, what it needs to be seen whole on a laptop. */
function size(math: string): "short" | "long" | "longest" {
  let line = math.replace(/<annotation.*?<\/annotation>/gs, "");
  // The two lines of a fraction, the innermost first, are as wide as half of them.
  const fraction = /<mfrac[^>]*>((?:(?!<mfrac)[^])*?)<\/mfrac>/g;
  const half = (_: string, both: string) => "x".repeat(Math.ceil(signs(both) / 2));
  while (line.includes("<mfrac")) line = line.replace(fraction, half);
  const count = signs(line);
  return count <= LINE ? "short" : count <= PAGE ? "long" : "longest";
}
/** Those that can be seen: MathML applies functions by one that cannot. */
const signs = (math: string): number =>
  math.replace(/<[^>]*>/g, "").replace(/&[^;]*;/g, "x").replace(/[\s\u2061-\u2064]/g, "").length;
/** Signs that fit a card of three beside each other, and two of these. */
const [LINE, PAGE] = [34, 78];

/** Hyperparameters as they were run, and what the runs spent. */
function Settings({ found, method, card }: {
  readonly found: Findings;
  readonly method: string;
  readonly card: Card | undefined;
}): VNode {
  const records = found.records.filter((record) => record.method === method);
  const [first] = records;
  if (first === undefined) return <p>No record of a run exists.</p>;
  const variants = [...new Set(records.map(({ hyper }) => written(hyper)))];
  const spent = [...new Set(records.map(({ benchmark }) => benchmark))].map((benchmark) => {
    const runs = records.filter((r) => r.benchmark === benchmark && r.steps > 0);
    const mean = (pick: (record: RunRecord) => number) =>
      quantity(round(average(runs.map(pick)) ?? 0));
    return runs.length === 0
      ? `${label(benchmark)}: nothing`
      : `${label(benchmark)}: ${mean(({ spent }) => spent!.flops)} FLOPs, ${
        mean(({ spent }) => spent!.queries)
      } labels, ${mean(({ steps }) => steps)} steps`;
  });
  return (
    <dl>
      <dt>Hyperparameters</dt>
      {variants.map((variant) => (
        <dd key={variant}>
          <bdi>{variant === "" ? "none" : variant}</bdi>
        </dd>
      ))}
      {Object.entries(card?.roles ?? {}).map(([name, role]) => (
        <Term key={name} name={label(name)}>
          {label(role ?? "", 300)}
          {card?.search?.[name] !== undefined &&
            `; claims try ${list(card.search[name].map(plain))}`}
        </Term>
      ))}
      <dt>Spent a run</dt>
      {spent.map((line) => <dd key={line}>{line}</dd>)}
      <Notes records={records} />
    </dl>
  );
}

/** What runs put on their record beside measures, such as a reward's accuracy: the mean, testbed by testbed. */
function Notes({ records }: { readonly records: readonly RunRecord[] }): VNode {
  const names = [...new Set(records.flatMap(({ notes }) => Object.keys(notes ?? {})))];
  const mean = (name: string, runs: readonly RunRecord[]) =>
    average(runs.flatMap(({ notes }) => notes?.[name] ?? []));
  return (
    <>
      {names.map((name) => (
        <Term key={name} name={label(name, 80)}>
          {[...Map.groupBy(records, ({ benchmark, setting }) => `${benchmark}/${setting}`)].flatMap(
            (
              [on, runs],
            ) => {
              const value = mean(name, runs);
              return value === undefined ? [] : `${label(on, 48)}: ${plain(value)}`;
            },
          ).join(", ")}
        </Term>
      ))}
    </>
  );
}

function Term({ name, children }: {
  readonly name: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const round = (x: number): number => x < 1e6 ? Math.round(x) : x;
const written = (hyper: RunRecord["hyper"]): string =>
  Object.entries(hyper).map(([name, value]) => `${label(name)} ${plain(value)}`).join(", ");
