import type { Findings } from "../findings/findings.ts";
import { fixed, list, plural, plusMinus, quantity, rounded } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import type { TestbedRuns } from "../findings/runs.ts";
import { why } from "../findings/runs.ts";
import { leaders, type Row, type Standing } from "../findings/standings.ts";

/** What came out, in sentences that say no more than the intervals carry. */
export interface Summary {
  /** On the testbed that the report opens with. */
  readonly lead: readonly string[];
  /** On the others, one sentence a group of testbeds with the same leaders. */
  readonly elsewhere: readonly string[];
}

/** Names listed in full up to this many. */
const NAMED = 4;

export function verdict(found: Findings): Summary {
  const { lead, testbeds } = found;
  if (lead === undefined) {
    return { lead: ["There is nothing to report: the plan names no testbed."], elsewhere: [] };
  }
  return {
    lead: sentences(found, lead),
    elsewhere: elsewhere(found, testbeds.filter((testbed) => testbed !== lead)),
  };
}

/** Everything that can be said of one testbed in a few sentences. */
export function sentences(found: Findings, testbed: TestbedRuns): string[] {
  const standing = found.standing(testbed);
  const place = `On ${label(testbed.key, 48)} at ${quantity(testbed.budget.flops)} FLOPs and ` +
    `${quantity(testbed.budget.queries)} labels`;
  if (standing === undefined) return [`${place}, nobody finished: ${misfortunes(testbed)}.`];
  const { rows } = standing;
  const first = rows[0]!;
  if (rows.length === 1) return [`${place}, ${only(first, standing, testbed)}.`];
  const top = leaders(standing);
  const kl = found.standing(testbed, "kl");
  const told = top.length === rows.length
    ? all(rows, standing)
    : top.length > 1
    ? several(top, standing, kl)
    : one(top[0]!, standing);
  const price = top.length === 1 && kl !== undefined ? cheaper(top[0]!, standing, kl) : undefined;
  return [
    `${place}, ${told}${price === undefined ? "" : `, ${price}`}.`,
    ...extras(found, testbed, top),
    ...(rows.some(({ estimate }) => estimate.seeds > 1) || rows.every(uncertain)
      ? []
      : ["One seed: the intervals span prompts and say nothing about other seeds."]),
  ];
}

const name = (row: Row) => label(row.method);
const superlative = ({ measure }: Standing) => measure.better === "lower" ? "lowest" : "highest";
const uncertain = (row: Row) => row.estimate.over === "nothing";

function only(row: Row, standing: Standing, testbed: TestbedRuns): string {
  const { measure, start } = standing;
  const ran = testbed.runs.filter(({ records }) => records.length > 0).length;
  const who = ran > 1 ? `only ${name(row)} of ${ran} methods finished` : `${name(row)} ran alone`;
  const value = `${measure.title} ${plusMinus(row.estimate, 1)}`;
  if (uncertain(row)) return `${who}: ${value}, and there is no interval from one seed`;
  if (start === undefined) return `${who}: ${value}`;
  const { low, high } = row.estimate;
  const against = low > start ? "above" : high < start ? "below" : "not told apart from";
  return `${who}: ${value}, ${against} the start policy's ${similar(start, row)}`;
}

/** A reference value with the digits of a row's own. */
function similar(x: number, row: Row): string {
  const digits = rounded(row.estimate, 1).split(".")[1]?.length ?? 0;
  return fixed(x, digits);
}

function all(rows: readonly Row[], standing: Standing): string {
  const { title } = standing.measure;
  if (rows.every(uncertain)) {
    return `${name(rows[0]!)} has the ${superlative(standing)} ${title} ` +
      `(${
        plusMinus(rows[0]!.estimate, 1)
      }), but there is no interval from one seed: nothing is decided`;
  }
  const who = rows.length === 2 ? list(rows.map(name)) : `the ${rows.length} methods`;
  return `${who} may each be best by ${title} (${between(rows)})`;
}

function several(top: readonly Row[], standing: Standing, kl: Standing | undefined): string {
  const prices = kl?.rows.filter(({ method }) => top.some((row) => row.method === method)) ?? [];
  const paid = prices.length < top.length ? "" : `, at KL ${between(prices)} nats`;
  const [first, ...rest] = top;
  return `${name(first!)} has the ${superlative(standing)} ${standing.measure.title} ` +
    `(${plusMinus(first!.estimate, 1)}), and ` +
    `${list(rest.map(name), NAMED)} may be best too${paid}`;
}

function one(row: Row, standing: Standing): string {
  const value = `the ${superlative(standing)} ${standing.measure.title} (${
    plusMinus(row.estimate, 1)
  })`;
  const others = standing.rows.length - 1;
  return `${name(row)} has ${value}, clear of ${
    others === 1 ? "the other" : others === 2 ? "both others" : `all ${others} others`
  }`;
}

/** The values of several rows, lowest to highest. */
function between(rows: readonly Row[]): string {
  const sorted = [...rows].sort((a, b) => a.estimate.value - b.estimate.value);
  const [low, high] = [sorted[0]!, sorted[sorted.length - 1]!];
  const [from, to] = [rounded(low.estimate, 1), rounded(high.estimate, 1)];
  return from === to ? from : `${from} to ${to}`;
}

/** What the leader pays in divergence, and who leads among those that stay clearly closer to the start. */
function cheaper(leader: Row, standing: Standing, kl: Standing): string | undefined {
  const priceOf = (method: string) => kl.rows.find((row) => row.method === method)?.estimate;
  const price = priceOf(leader.method);
  if (price === undefined) return undefined;
  // A round bound at half the price or less: what little is saved above that is no alternative.
  const bound = below(price.low / 2);
  const cheap = standing.rows.filter(({ method, estimate }) => {
    const its = priceOf(method);
    return its !== undefined && its.over !== "nothing" && estimate.over !== "nothing" &&
      bound !== undefined && its.high <= bound;
  });
  if (price.over === "nothing" || bound === undefined || cheap.length === 0) {
    return `at KL ${plusMinus(price, 1)} nats`;
  }
  const beaten = new Set(
    standing.decisions.flatMap(({ a, b, winner }) => {
      const loser = winner === a ? b : a;
      return winner !== undefined && cheap.some(({ method }) => method === winner) ? [loser] : [];
    }),
  );
  const top = cheap.filter(({ method }) => !beaten.has(method));
  const who = cheap.length === 1
    ? `only ${name(cheap[0]!)} is left`
    : top.length === 1
    ? `${name(top[0]!)} leads`
    : `${list(top.map(name), NAMED)} lead and cannot be told apart`;
  return `but pays for it with KL ${plusMinus(price, 1)} nats; at KL ≤ ${
    fixed(bound, bound < 1 ? 1 : 0)
  }, ${who}`;
}

/** The largest of … 0.5, 1, 2, 5, 10 … that is at most x; none below 0.1. */
function below(x: number): number | undefined {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
  return steps.filter((step) => step <= x).pop();
}

/** Length and fluency that a leader's reward came with, where its interval leaves out the start policy's. */
function extras(found: Findings, testbed: TestbedRuns, top: readonly Row[]): string[] {
  const [leader] = top;
  if (leader === undefined || top.length > 1) return [];
  const length = moved(found.standing(testbed, "length"), leader.method);
  const fluency = moved(found.standing(testbed, "fluency"), leader.method);
  const parts = [
    // Longer by less than a tenth is not worth a sentence however certain it is.
    length !== undefined && Math.abs(length.value / length.start - 1) > 0.1
      ? `${length.text} tokens long where the start policy's are ${length.reference}`
      : undefined,
    fluency !== undefined && fluency.value < fluency.start
      ? `less fluent (${fluency.text} against ${fluency.reference} nats a token)`
      : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? [] : [`Its answers are ${parts.join(", and ")}.`];
}

function moved(standing: Standing | undefined, method: string) {
  const row = standing?.rows.find((row) => row.method === method);
  const start = standing?.start;
  if (row === undefined || start === undefined || uncertain(row)) return undefined;
  const { value, low, high } = row.estimate;
  if (low <= start && start <= high) return undefined;
  return { value, start, text: rounded(row.estimate, 1), reference: similar(start, row) };
}

/** Why nobody finished: outcomes with their counts. */
function misfortunes(testbed: TestbedRuns): string {
  const reasons = testbed.runs.map((runs) => why(runs, undefined).short);
  return [...new Set(reasons)].map((reason) =>
    `${plural(reasons.filter((other) => other === reason).length, "method")} ${reason}`
  ).join(", ");
}

function elsewhere(found: Findings, testbeds: readonly TestbedRuns[]): string[] {
  const groups = new Map<string, { readonly told: string; readonly places: string[] }>();
  for (const testbed of testbeds) {
    const told = briefly(found.standing(testbed), testbed);
    const group = groups.get(told) ?? { told, places: [] };
    group.places.push(label(testbed.key, 48));
    groups.set(told, group);
  }
  return [...groups.values()].map(({ told, places }) => `On ${list(places)} ${told}.`);
}

function briefly(standing: Standing | undefined, testbed: TestbedRuns): string {
  if (standing === undefined) return `nobody finished (${misfortunes(testbed)})`;
  const { rows } = standing;
  const top = leaders(standing);
  if (rows.length === 1) return lonely(rows[0]!, standing);
  if (rows.every(uncertain)) return "nothing is decided, with no interval from one seed";
  if (top.length === rows.length) return "any method may be best";
  const [first, ...rest] = top;
  return rest.length === 0
    ? `${name(first!)} leads`
    : `${name(first!)} leads, and ${list(rest.map(name), 3)} may be best too`;
}

/** One method against the start policy. */
function lonely(row: Row, { start, measure }: Standing): string {
  if (uncertain(row)) return `${name(row)} is alone, with no interval from one seed`;
  const { low, high } = row.estimate;
  if (start === undefined || measure.better === "neither") return `${name(row)} is alone`;
  if (low <= start && start <= high) {
    return `${name(row)} is alone and cannot be told apart from the start policy`;
  }
  const better = measure.better === "higher" ? low > start : high < start;
  return `${name(row)} is alone and ${better ? "better" : "worse"} than the start policy`;
}
