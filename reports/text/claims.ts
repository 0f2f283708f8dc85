import {
  type SeedAgreement,
  seedAgreement,
  type VerdictRow,
  type Verdicts,
} from "../../core/mod.ts";
import { claimTally, swept } from "../findings/claims.ts";
import { label } from "../findings/label.ts";
import { type Measures, measuresOf } from "../findings/measures.ts";
import type { Catalogue } from "../findings/runs.ts";
import { count, list, plain, plural, plusMinus, seeds } from "../parts/format.ts";
import { decisions, inequality, words } from "../parts/judged.tsx";

/** Verdicts as a page of Markdown: what the page of verdicts says, for a repository. */
export function claimsMarkdown(
  verdicts: Verdicts,
  catalogue: Pick<Catalogue, "registry"> = {},
): string {
  const { rows, command, secondSeeds, ran, device } = verdicts;
  const measures = measuresOf([verdicts], catalogue);
  const together = togetherText(rows);
  const head = [
    "claim of",
    "as an inequality",
    `seeds ${seeds(verdicts.seeds)}`,
    "effect",
    ...secondSeeds ? [`seeds ${seeds(secondSeeds)}`, "effect"] : [],
  ];
  const parts = [
    "# Verdicts",
    `Written by \`${code(command)}\` on ${ran.at.slice(0, 10)}, on ${
      text(device)
    }; by hand nothing is to be changed here. docs/verdicts.md says how claims are judged.`,
    [tallyText(rows), ...together === undefined ? [] : [together]].join(" "),
    ...secondSeeds ? [text(setsText(verdicts), MOST)] : [],
    "A verdict is on small models, small budgets and exact rewards. It says what a claim is worth there. Claims with ° are no headline of their paper: a mechanism, or a comparison of ours.",
    table(head, rows.map((row) => cells(row, measures, secondSeeds !== undefined))),
    ...reasons("Not informative", "not informative", rows),
    ...reasons("Confirmed on their measure, and not as they stand", "refuted", rows),
    ...refuted(verdicts, measures),
    ...reasons("Undecided, and why", "undecided", rows),
    ...reasons("Not testable here", "untestable", rows),
  ];
  return `${parts.join("\n\n")}\n`;
}

function cells(row: VerdictRow, measures: Measures, twice: boolean): string[] {
  const { id, verdict, second, headline } = row;
  return [
    `\`${code(id)}\`${headline ? "" : " °"}`,
    text(inequality(row, measures)),
    words[verdict],
    figureText(row),
    ...twice ? second ? [words[second.verdict], figureText(second)] : ["", ""] : [],
  ];
}

/** "0.043 ± 0.012 (9 seeds would decide)"; nothing where there is no effect. */
export function figureText({ effect }: Pick<VerdictRow, "effect">): string {
  if (effect === undefined) return "";
  const { value, low, high, needed } = effect;
  const shown = low === undefined || high === undefined
    ? plain(value)
    : plusMinus({ value, low, high });
  return needed === undefined ? shown : `${shown} (${needed} seeds would decide)`;
}

/** How far the two sets agree, and what of the confirmed stands in both. */
export function setsText({ rows, trials, secondTrials }: Verdicts): string {
  const both = rows.flatMap(({ id, verdict, second }) =>
    second ? [{ id, verdict, second: second.verdict }] : []
  );
  const confirmed = both.filter(({ verdict }) => verdict === "confirmed");
  const again = confirmed.filter(({ second }) => second === "confirmed");
  const agreement = seedAgreement(
    { rows },
    { rows: both.map(({ id, second }) => ({ id, verdict: second })) },
  );
  const runs = ({ first, growth, repeat }: Verdicts["trials"]) => first + growth + repeat;
  return `The second set of seeds has searches of its own${
    secondTrials
      ? `, of ${runs(secondTrials)} runs each where those of the first have ${runs(trials)}`
      : ""
  }. ${
    agreementText(agreement)
  }. Of ${confirmed.length} confirmed here ${again.length} are confirmed there too.${
    both.length === rows.length
      ? ""
      : ` ${plural(rows.length - both.length, "claim")} stood on the first set alone so far.`
  }`;
}

/** "Of 7 claims decided by both: 6 alike, 1 otherwise (dpo); decided by one alone: 1 (orpo)". */
export function agreementText({ decided, agree, contradict, open }: SeedAgreement): string {
  const named = (ids: readonly string[]) =>
    ids.length === 0 ? "" : ` (${ids.map((id) => label(id)).join(", ")})`;
  return `Of ${plural(decided - open.length, "claim")} decided by both: ${agree} alike, ` +
    `${contradict.length} otherwise${named(contradict)}; ` +
    `decided by one alone: ${open.length}${named(open)}`;
}

/** A list of the rows of a verdict that have a reason beside their number. */
function reasons(
  title: string,
  verdict: VerdictRow["verdict"],
  rows: readonly VerdictRow[],
): string[] {
  const some = rows.filter((row) => row.verdict === verdict && row.reason !== undefined);
  if (some.length === 0) return [];
  return [
    `## ${title}`,
    some.map(({ id, reason }) => `- \`${code(id)}\`: ${text(reason!)}`).join("\n"),
  ];
}

/** Whom to suspect where a claim is refuted: what its own search and its rivals' found. */
function refuted(verdicts: Verdicts, measures: Measures): string[] {
  const some = verdicts.rows.flatMap((row) => {
    const said = row.verdict === "refuted" ? sweptText(row, verdicts, measures) : [];
    return said.map((one) => `- \`${code(row.id)}\`: ${text(one)}`);
  });
  if (some.length === 0) return [];
  return [
    "## Refuted, and what the searches say of it",
    "On each claim's own measure, whatever its search went by; along frontiers and in studies no point is chosen. Where no point of its search reaches the rival's best, no other hyperparameters of the grid showed that they would have helped; where some do, its choice had luck that other seeds did not repeat. A point is one run or few. Where the best lies at the end of what was tried, a better one may lie beyond it.",
    some.join("\n"),
  ];
}

/** A sentence or two a rival: how far a method's search came beside that of its rival. */
export function sweptText(row: VerdictRow, verdicts: Verdicts, measures: Measures): string[] {
  return swept(row, verdicts).map(({ rival, measure, best, rivalsBest, points, reaching, ends }) =>
    `by ${measures.of(measure).title} the best of its ${plural(points, "searched point")} has ${
      plain(best)
    } and that of ${label(rival)} ${plain(rivalsBest)}, which ${
      reaching === 0 ? "none" : count(reaching)
    } of its points ${reaching === 1 ? "reaches" : "reach"}${
      ends.length === 0 ? "" : `; its best lies at the end of ${list(ends.map((id) => label(id)))}`
    }`
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text that is nothing but text in Markdown and in a table's cell. */
/** Characters of a sentence that may name every claim. */
const MOST = 10_000;
const text = (raw: string, most = 400): string =>
  label(raw, most).replace(/[\\`*_{}\[\]<>#|]/g, "\\$&");
const code = (raw: string): string => label(raw, 400).replace(/[`|]/g, "'");

/** "Of 5 claims: 2 confirmed, 1 refuted and 2 undecided." */
export function tallyText(rows: readonly VerdictRow[]): string {
  if (rows.length === 0) return "No claim was put to the test.";
  const { counts } = claimTally(rows);
  const parts = decisions.filter((verdict) => counts.has(verdict)).map((verdict) =>
    `${count(counts.get(verdict)!)} ${words[verdict]}`
  );
  return `Of ${plural(rows.length, "claim")}: ${list(parts)}.`;
}

/** How many would be confirmed by chance, and which do not stand over all papers; undefined where nothing has a direction. */
export function togetherText(rows: readonly VerdictRow[]): string | undefined {
  const { directed, directedConfirmed, byChance, fallen } = claimTally(rows);
  if (directed === 0) return undefined;
  const chance = `If both sides of each of the ${
    plural(directed, "claim")
  } that has a direction were one, ${plain(byChance)} would be expected to hold; ${
    count(directedConfirmed)
  } did.`;
  const together = fallen.length === 0
    ? "All that are confirmed stand at a false discovery rate of 5 % over papers (Benjamini–Hochberg)."
    : `At a false discovery rate of 5 % over papers (Benjamini–Hochberg) ${
      list(fallen.map((id) => label(id)))
    } would not stand.`;
  return `${chance} ${together}`;
}
