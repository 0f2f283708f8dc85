import type { VNode } from "preact";
import type { Decided, Expectation, JudgedClaim, VerdictRow } from "../../core/mod.ts";
import { list, plain, plural, plusMinus, range } from "./format.ts";
import { label } from "../findings/label.ts";
import type { Measures } from "../findings/measures.ts";

/** A verdict as words, a mark, a figure and a small plot. */

export const decisions: readonly Decided[] = [
  "confirmed",
  "refuted",
  "undecided",
  "not informative",
  "untestable",
];
export const words: { readonly [verdict in Decided]: string } = {
  confirmed: "confirmed",
  refuted: "refuted",
  undecided: "undecided",
  "not informative": "not informative",
  untestable: "not testable at this size",
};
const marks: { readonly [verdict in Decided]: string } = {
  confirmed: "✓",
  refuted: "✕",
  undecided: "?",
  "not informative": "○",
  untestable: "–",
};

/** "reward higher than dpo's on bandit/clean"; of a study, which way its effect is to lie. */
export function inequality(
  { kind, measure: id, expect, on, rivals, at, guard }: VerdictRow,
  measures: Measures,
): string {
  if (kind === "study") return `${label(id, 120)}: ${ofStudy[expect]}`;
  const others = rivals.length === 0
    ? ""
    : ` that of ${list(rivals.map(({ method }) => label(method)))}`;
  const where = on.map((x) => label(x, 48)).join(", ");
  const beside = [
    ...at === undefined ? [] : [`at equal ${measures.of(at).title}`],
    ...guard === undefined ? [] : [`with no worse ${measures.of(guard.measure).title}`],
  ];
  return `${measures.of(id).title} ${relation(expect)}${others} on ${where}${
    beside.map((text) => `, ${text}`).join("")
  }`;
}

/** "higher than", "equal to". */
export const relation = (expect: Expectation): string =>
  expect === "equal" ? "equal to" : `${expect} than`;
const ofStudy: { readonly [expect in Expectation]: string } = {
  higher: "above 0",
  lower: "below 0",
  equal: "no effect",
  "not lower": "not below 0 by what matters",
  "not higher": "not above 0 by what matters",
};

export function Mark({ verdict }: { readonly verdict: Decided }): VNode {
  return (
    <span class={`mark ${verdict.replace(" ", "-")}`} aria-hidden="true">{marks[verdict]}</span>
  );
}

/** "0.043 ± 0.012", what would decide it, or why there is nothing. */
export function Figure({ effect, reason, looks = 1 }: JudgedClaim & {
  readonly looks?: number | undefined;
}): VNode {
  if (effect === undefined) return <span class="none">{label(reason ?? "", 400)}</span>;
  const { value, low, high, needed, over } = effect;
  if (low === undefined || high === undefined) {
    return <span>{signed(plain(value))}, no interval from one seed</span>;
  }
  const interval = { value, low, high };
  return (
    <span
      title={`${100 - 5 / looks} % interval ${range(interval)} over ${over}; matters from ${
        plain(effect.margin)
      }`}
    >
      {signed(plusMinus(interval))}
      {needed !== undefined && <small>{plural(needed, "seed")} would decide it</small>}
      {reason !== undefined && <small>{label(reason, 400)}</small>}
    </span>
  );
}

const signed = (text: string): string =>
  /^[−0]/.test(text) && !/^0\.0*[1-9]/.test(text) ? text : `+${text}`;
export const settings = (hyper: { readonly [name: string]: number }): string =>
  Object.keys(hyper).length === 0
    ? "no hyperparameters"
    : Object.entries(hyper).map(([name, x]) => `${label(name)} ${plain(x)}`).join(", ");

/** An interval about no effect; `like` gives its scale. */
export function Plot({ judged, like = judged }: {
  readonly judged: JudgedClaim;
  readonly like?: JudgedClaim;
}): VNode | null {
  const { effect } = judged;
  if (effect?.low === undefined || effect.high === undefined) return null;
  const ends = [effect, like.effect ?? effect].flatMap(({ low = 0, high = 0, margin }) =>
    [low, high, 1.5 * margin].map(Math.abs)
  );
  const most = 1.05 * (Math.max(...ends) || 1);
  const at = (x: number) => Math.round(500 * (1 + x / most)) / 10;
  const width = (from: number, to: number) => Math.max(at(to) - at(from), 0.5);
  return (
    <svg
      class={`interval ${judged.verdict.replace(" ", "-")}`}
      viewBox="0 0 100 12"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <rect
        class="band"
        x={at(-effect.margin)}
        y="0"
        width={width(-effect.margin, effect.margin)}
        height="12"
      />
      <path class="zero" d="M50 0V12" />
      <rect x={at(effect.low)} y="4" width={width(effect.low, effect.high)} height="4" />
      <path class="at" d={`M${at(effect.value)} 1V11`} />
    </svg>
  );
}
