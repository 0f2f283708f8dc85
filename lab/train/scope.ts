import {
  type Answers,
  type Expr,
  type Feeds,
  type Forward,
  type Likelihood,
  type Model,
  Unsuited,
} from "../../core/mod.ts";
import { unnamed, vectorOf } from "./policy.ts";
import { byField, type Fields, type Use } from "./trace.ts";

/** The groups of answers that one pass reads together. */
export const GROUPS = ["trained", "still"] as const;
export type ScopeGroup = typeof GROUPS[number];

export const members = (uses: readonly Use[], group: ScopeGroup) =>
  uses.filter((use) => use.read && use.trained === (group === "trained"));

/** What the loss is given: answers that are rows of a group's pass, numbers and series that are inputs. */
export function scoped(
  model: Model,
  feeds: Feeds,
  params: Feeds,
  fields: Fields,
  uses: readonly Use[],
): { [name: string]: unknown } {
  const places = new Map<Answers, { slot: string; group: ScopeGroup; from: number; to: number }>();
  const slots: { [slot: string]: unknown } = {};
  for (const name of [...fields.numbers, ...fields.series]) slots[name] = feeds[`field/${name}`];
  for (const slot of fields.answers) {
    const length = feeds[`length/${slot}`]!;
    const [batch] = length.shape as [number];
    const group = GROUPS.find((g) => members(uses, g).some((use) => use.slot === slot)) ?? "still";
    const k = members(uses, group).findIndex((use) => use.slot === slot);
    const answers: Answers = { length, packed: unnamed(group, feeds) };
    slots[slot] = answers;
    places.set(answers, { slot, group, from: k * batch, to: (k + 1) * batch });
  }
  const passes = new Map<string, Forward>();
  const pass = (who: "pi" | "ref", group: ScopeGroup): Forward => {
    const key = `${who} ${group}`;
    const known = passes.get(key) ??
      model.forward(who === "pi" ? params : unnamed("ref", feeds), unnamed(group, feeds));
    passes.set(key, known);
    return known;
  };
  const names = new Map<Likelihood, "pi" | "ref">();
  const likelihood = (who: "pi" | "ref"): Likelihood => {
    const still = (group: ScopeGroup) => who === "ref" || group === "still";
    const rows = (y: Answers, of: (forward: Forward, group: ScopeGroup) => Expr): Expr => {
      const { group, from, to } = places.get(y)!;
      return of(pass(who, group), group).slice(0, from, to);
    };
    const part = (y: Answers, of: (forward: Forward) => Expr): Expr =>
      rows(y, (forward, group) => still(group) ? of(forward).stop() : of(forward));
    const steps = (y: Answers) =>
      who === "ref" ? feeds[`reference/${places.get(y)!.slot}`]! : part(y, (f) => f.steps);
    const made: Likelihood = {
      steps,
      logp: (y) => steps(y).sum(1),
      value: (y) => part(y, (f) => f.value()),
      values: (y) => part(y, (f) => f.values()),
      vector: (y, width) => {
        const found = part(y, vectorOf);
        if (found.shape[1] === width) return found;
        throw new RangeError(
          `Cannot read a vector of ${width} numbers: that of ${who} has ${found.shape[1]}`,
        );
      },
      kl: (other, y) =>
        rows(y, (forward, group) => {
          const found = forward.kl(pass(names.get(other)!, group));
          return group === "still" ? found.stop() : found;
        }),
      entropy: (y) => part(y, (f) => f.entropy()),
      next(y) {
        const { group, from, to } = places.get(y)!;
        const { next } = pass(who, group);
        if (!next) throw new Unsuited("Cannot list what may come next: steps are not countable");
        return {
          logp: still(group) ? next.logp.stop() : next.logp,
          fold: (x) => next.fold(x).slice(0, from, to),
        };
      },
    };
    names.set(made, who);
    return made;
  };
  return {
    ...byField(fields, slots),
    progress: feeds.progress,
    memory: unnamed("memory", feeds),
    noise: feeds.noise,
    pi: likelihood("pi"),
    ref: likelihood("ref"),
  };
}
