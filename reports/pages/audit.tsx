import type { ComponentProps, VNode } from "preact";
import type { Audit, AuditCheck, AuditExample, AuditState } from "../../core/mod.ts";
import type { Assets } from "../parts/assets.ts";
import { Document, type Linked } from "../parts/document.tsx";
import { count, fixed, list, plural } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import { percent, stateWords } from "../text/audit.ts";
import { Mark } from "../parts/judged.tsx";

/** The page of an audit: what a judge was tried with, and whether it could be fooled. */

const marks = { pass: "confirmed", fail: "refuted", inconclusive: "undecided" } as const;

export function AuditPage({ audit, assets, bar }: {
  readonly audit: Audit;
  readonly assets: Assets | Linked;
  /** In place of links to the page's own sections. */
  readonly bar?: ComponentProps<typeof Document>["bar"];
}): VNode {
  const { judge, checks, protocol, questions } = audit;
  const name = label(judge.id, 80);
  return (
    <Document
      title={`prefbench: audit of ${name}`}
      skip={{ to: "checks", text: "Skip to the checks" }}
      bar={bar ?? {
        links: (
          <>
            <a href="#checks">Checks</a>
            <a href="#examples">Examples</a>
            <a href="#measured">How</a>
          </>
        ),
      }}
      heading={[
        `Audit of ${name}`,
        ...protocol === undefined ? [] : [`asked as by ${protocol}`],
        plural(questions.n, "question"),
      ].join(" · ")}
      unscripted="Only the choice of the theme needs JavaScript."
      assets={assets}
    >
      <section id="verdict" aria-labelledby="verdict-title">
        <h2 id="verdict-title">
          {`This judge ${
            audit.verdict === "inconclusive" ? "may or may not be sound" : stateWords[audit.verdict]
          }`}
        </h2>
        <p class="tally">{summary(audit)}</p>
      </section>
      <section id="checks" aria-labelledby="checks-title">
        <h2 id="checks-title">Checks</h2>
        <div class="scroll" tabindex={0} role="region" aria-label="Table of checks">
          <table class="text verdicts">
            <caption class="unseen">Checks with how often each attack won</caption>
            <thead>
              <tr>
                <th scope="col">Outcome</th>
                <th scope="col">Check</th>
                <th scope="col">Rate, 95 % interval</th>
                <th scope="col" class="number">Limit</th>
                <th scope="col" class="number">Compared</th>
                <th scope="col" class="number">No verdict</th>
              </tr>
            </thead>
            <tbody>{checks.map((check) => <Row key={check.id} check={check} />)}</tbody>
          </table>
        </div>
        <p class="note">
          The rate is how often the attack beat the honest answer, ties counted half, each pair
          shown in both orders; of the position swap it is the share of verdicts that changed with
          the order. The grey band lies beyond the limit: a check passes where the whole interval is
          outside it, fails where it is all inside, and is inconclusive in between.
        </p>
      </section>
      <section id="examples" aria-labelledby="examples-title">
        <h2 id="examples-title">Where the attacks did best</h2>
        {checks.map((check) => <Examples key={check.id} check={check} />)}
      </section>
      <section id="measured" aria-labelledby="measured-title">
        <h2 id="measured-title">How this was measured</h2>
        <How audit={audit} />
      </section>
    </Document>
  );
}

function summary({ checks, firstShown }: Audit): string {
  const of = (state: AuditState) => checks.filter((check) => check.state === state);
  const named = (state: AuditState) =>
    list(of(state).map(({ title }) => label(title, 60).toLowerCase()));
  const parts = [
    `${count(of("pass").length)} of ${plural(checks.length, "check")} passed`,
    ...of("fail").length > 0 ? [`failed: ${named("fail")}`] : [],
    ...of("inconclusive").length > 0 ? [`inconclusive: ${named("inconclusive")}`] : [],
  ];
  const place = firstShown
    ? ` The answer shown first won ${percent(firstShown.value)} of the time (${
      range(firstShown)
    }), where 50 % is no leaning.`
    : "";
  return `${parts.join("; ")}.${place}`;
}

function Row({ check }: { readonly check: AuditCheck }): VNode {
  const { state, title, attack, rate, limit, n, invalid, reason, kinds } = check;
  return (
    <tr data-verdict={state}>
      <td>
        <span class="decided">
          <Mark verdict={marks[state]} /> {stateWords[state]}
        </span>
      </td>
      <th scope="row" class="claim">
        <strong>{label(title, 60)}</strong>
        <small>{label(attack, 200)}</small>
        {reason !== undefined && <small>{label(reason, 200)}</small>}
        {kinds && kinds.length > 0 && (
          <details>
            <summary>By kind</summary>
            <ul>
              {kinds.map(({ name, n, rate }) => (
                <li key={name}>
                  {label(name, 60)}:{" "}
                  {rate === undefined ? "no verdict" : `${percent(rate)} of ${count(n)}`}
                </li>
              ))}
            </ul>
          </details>
        )}
      </th>
      <td class="effect" data-head="Rate">
        {rate
          ? (
            <>
              <Bar rate={rate} limit={limit} state={state} />
              <span class="point">{percent(rate.value)} ({range(rate)})</span>
            </>
          )
          : <span class="none">no verdict</span>}
      </td>
      <td class="number" data-head="Limit">{percent(limit)}</td>
      <td class="number" data-head="Compared">{count(n)}</td>
      <td class="number" data-head="No verdict">{count(invalid)}</td>
    </tr>
  );
}

/** An interval between 0 and 1; beyond the limit lies what is not allowed. */
function Bar({ rate, limit, state }: {
  readonly rate: { readonly value: number; readonly low: number; readonly high: number };
  readonly limit: number;
  readonly state: AuditState;
}): VNode {
  const at = (x: number) => Math.round(1000 * x) / 10;
  return (
    <svg
      class={`interval ${marks[state]}`}
      viewBox="0 0 100 12"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect class="band" x={at(limit)} y="0" width={at(1 - limit)} height="12" />
      <path class="zero" d={`M${at(limit)} 0V12`} />
      <rect x={at(rate.low)} y="4" width={Math.max(at(rate.high - rate.low), 0.5)} height="4" />
      <path class="at" d={`M${at(rate.value)} 1V11`} />
    </svg>
  );
}

function Examples({ check }: { readonly check: AuditCheck }): VNode | null {
  if (check.examples.length === 0) return null;
  return (
    <details class="tried">
      <summary>{label(check.title, 60)}</summary>
      {check.examples.map((example, i) => <Example key={i} example={example} />)}
    </details>
  );
}

function Example({ example }: { readonly example: AuditExample }): VNode {
  const { preference, flipped, failure, raw } = example;
  const outcome = failure
    ? `No verdict: ${failure.kind}. ${label(failure.reason, 300)}`
    : `The attack won ${percent(preference ?? 0)}${
      flipped ? "; the verdict changed with the order" : ""
    }`;
  return (
    <article>
      <p class="outcome">{outcome}</p>
      <div class="texts">
        <Text title="Question" text={example.question} />
        <Text title="Honest answer" text={example.honest} />
        <Text title="Attack" text={example.attack} />
        {raw !== undefined && raw !== "" && <Text title="What the judge said" text={raw} />}
      </div>
    </article>
  );
}

/** Characters of a text that are shown. */
const SHOWN = 4000;

function Text({ title, text }: { readonly title: string; readonly text: string }): VNode {
  const points = [...text.slice(0, 2 * SHOWN)];
  return (
    <div>
      <h3>{title}</h3>
      <pre
        tabindex={0}
      ><bdi dir="auto">{points.length > SHOWN ? `${points.slice(0, SHOWN).join("")}…` : points.join("")}</bdi></pre>
    </div>
  );
}

function How({ audit }: { readonly audit: Audit }): VNode {
  const { judge, questions, versions, ran } = audit;
  const facts: readonly (readonly [string, string])[] = [
    ["Judge", label(judge.id, 120)],
    ["Fingerprint", judge.fingerprint.slice(0, 16)],
    ["Questions", `${count(questions.n)}, ${label(questions.source, 120)}`],
    ["Calls", `${count(judge.calls)} made, ${count(judge.cached)} from kept replies`],
    ...judge.tokens
      ? [
        [
          "Tokens",
          `${count(judge.tokens.prompt)} of prompts, ${count(judge.tokens.completion)} of replies`,
        ] as const,
      ]
      : [],
    ...judge.cost === undefined ? [] : [["Cost", fixed(judge.cost, 4)] as const],
    ["Comparisons that may fail", percent(audit.mostInvalid)],
    ["Seed", `${audit.seed}`],
    ["Made", `${label(ran.at)} on ${label(ran.host)}`],
    ...Object.entries(versions).map(([name, version]) =>
      [label(name), label(version, 60)] as const
    ),
  ];
  return (
    <>
      <p>
        Intervals are Wilson's. Nothing passes for lack of evidence: a check of too few questions is
        inconclusive. The fingerprint covers model, parameters and wording; the gate of{" "}
        <code>--require-audit</code> holds for that judge alone.
      </p>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      <pre tabindex={0}><code>{audit.command}</code></pre>
    </>
  );
}

const range = ({ low, high }: { readonly low: number; readonly high: number }): string =>
  `${fixed(100 * low, 0)} to ${fixed(100 * high, 0)}`;
