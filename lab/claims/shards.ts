import type { Shard } from "../../core/mod.ts";
import { armsOf, isStudy, type Topic, tunedMethods } from "./arms.ts";
import { budgetOf, type ClaimRegistries, TRIALS } from "./search.ts";

/** Claims shared among machines. */

/** Seconds that a run takes beside its operations, and for each: enough to share evenly, no more. */
const SECONDS = { run: 1, flop: 1e-10 };

/**
 * The claims that one of so many machines judges, all phases of each: searches and verdicts follow
 * from the records of its own testbed alone, so machines need not wait for each other. Claims on one
 * testbed stay together, as they share searches, unless they are more than a machine's share. Empty
 * where there are more machines than claims.
 */
export function shardOfTopics(
  topics: readonly Topic[],
  { index, of }: Shard,
  seeds: number,
  registries: ClaimRegistries,
): Topic[] {
  const costOf = (some: readonly Topic[]) => cost(some, seeds, registries);
  const groups = [
    ...Map.groupBy(topics, (topic) => isStudy(topic) ? topic.id : topic.claim.on).values(),
  ];
  const share = groups.reduce((sum, group) => sum + costOf(group), 0) / of;
  const parts = groups.flatMap((group) => dealt(group, Math.ceil(costOf(group) / share || 1)))
    .map((part) => ({ part, cost: costOf(part) }))
    .toSorted((a, b) => b.cost - a.cost);
  const machines = Array.from({ length: of }, () => ({ load: 0, topics: new Set<Topic>() }));
  for (const { part, cost } of parts) {
    const least = machines.reduce((a, b) => b.load < a.load ? b : a);
    least.load += cost;
    part.forEach((topic) => least.topics.add(topic));
  }
  return topics.filter((topic) => machines[index - 1]!.topics.has(topic));
}

/** Dealt out one by one. */
const dealt = (group: readonly Topic[], hands: number): Topic[][] =>
  [...Map.groupBy(group.entries(), ([i]) => i % hands).values()]
    .map((hand) => hand.map(([, topic]) => topic));

/** About how many seconds these claims take a machine alone, searches included. */
function cost(topics: readonly Topic[], seeds: number, registries: ClaimRegistries): number {
  const seconds = (on: string) => SECONDS.run + SECONDS.flop * budgetOf(on, registries).flops;
  const tried = TRIALS.first + TRIALS.growth + TRIALS.repeat;
  const arms = topics.flatMap((topic) => armsOf(topic, new Map(), registries));
  const apart = new Map(arms.map((arm) => [JSON.stringify(arm), arm]));
  return tunedMethods(topics, registries).reduce((sum, { on }) => sum + tried * seconds(on), 0) +
    [...apart.values()].reduce((sum, { on }) => sum + seeds * seconds(on), 0);
}
