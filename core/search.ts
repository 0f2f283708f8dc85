import { type Answer, drawnLogp, nameOf, type Prompt, type Sample } from "./answer.ts";
import { Spent } from "./ledger.ts";
import type { Policy } from "./policy.ts";
import type { Rng } from "./rng.ts";
import { onFrom, stepsOf, whole } from "./steps.ts";

/** Monte Carlo tree search over steps of working, and turns: trees of whole rollouts, by their grades. */

/** Where an answer stands after some of its steps; the root of a tree is a question. */
export interface SearchPlace {
  /** The prompt that goes on from here, the world's last words included. */
  readonly at: Prompt;
  /** Rollouts through here. */
  visits: number;
  /** The sum of their grades. */
  won: number;
  /** What has been done here, by the steps' names. */
  readonly next: Map<string, SearchNode>;
}
/** A place that a step has led to. */
export interface SearchNode extends SearchPlace {
  /** To a prompt that holds all before it, as it was first drawn. */
  readonly step: Sample;
  /** Whether the answer ended with it. */
  readonly over: boolean;
}

/** How trees are grown. */
export interface SearchOptions {
  /** Rollouts from each question. */
  readonly sims: number;
  /** How much a place that was seldom seen draws. */
  readonly c: number;
  /** Whether a step draws the more the likelier its policy holds it (PUCT); else all alike (UCB1). */
  readonly prior: boolean;
}

/**
 * Trees of `sims` rollouts from each question, a rollout of all of them drawn together. Each is graded
 * as an answer to its question, from 0 to 1, and stays in its tree with all of its steps: with the
 * first one alone trees were a third as good. Where labels run out the trees are what they have come
 * to; throws `Spent` where that is nothing.
 */
export async function grown(
  policy: Pick<Policy, "sample">,
  grade: (ys: readonly Answer[]) => Promise<ArrayLike<number>>,
  questions: readonly Prompt[],
  search: SearchOptions,
  rng: Rng,
): Promise<SearchPlace[]> {
  const roots = questions.map((at): SearchPlace => ({ at, visits: 0, won: 0, next: new Map() }));
  for (let sim = 0; sim < search.sims; sim++) {
    const paths = roots.map((root) => descended(root, search));
    const ys = await policy.sample(paths.map((path) => path.at(-1)!.at), rng.split(sim));
    try {
      const grades = await grade(ys.map(whole));
      paths.forEach((path, i) => kept(path, ys[i]!, grades[i]!));
    } catch (error) {
      if (!(error instanceof Spent && error.axis === "queries") || sim === 0) throw error;
      break;
    }
  }
  return roots;
}

/**
 * From a root to where the next rollout begins: on while a child promises more than a fresh draw here
 * does, ½ + c·√ln(N + 1)/(1 + #children), so that a place with few children gets more of them.
 */
export function descended(root: SearchPlace, { c, prior }: SearchOptions): SearchPlace[] {
  const path = [root];
  for (;;) {
    const here = path.at(-1)!;
    const unsure = Math.sqrt(Math.log(here.visits + 1));
    let best: SearchNode | undefined;
    let most = 0.5 + c * unsure / (1 + here.next.size);
    for (const child of here.next.values()) {
      const drawn = prior
        ? priorOf(child) * Math.sqrt(here.visits) / (1 + child.visits)
        : unsure / Math.sqrt(child.visits);
      const promise = child.won / child.visits + c * drawn;
      if (promise > most) [best, most] = [child, promise];
    }
    // What is over is known after one visit.
    if (!best || best.over) return path;
    path.push(best);
  }
}

/** exp(log π(step)/length^1.25): long steps are no unlikelier than short ones (arXiv 2405.00451, released code). */
const priorOf = ({ step }: SearchNode): number => Math.exp(drawnLogp(step) / step.length ** 1.25);

/** Puts a rollout in its tree and its grade on all of its way. */
function kept(path: readonly SearchPlace[], y: Sample, grade: number): void {
  const steps = stepsOf(y);
  const way = [...path];
  let at = 0;
  for (const [i, step] of steps.entries()) {
    const { next } = way.at(-1)!;
    const name = nameOf(step);
    const node = next.get(name) ?? {
      at: steps[i + 1]?.prompt ?? onFrom(y),
      step: { ...step, logps: y.logps.slice(at, at + step.length) },
      over: i === steps.length - 1,
      visits: 0,
      won: 0,
      next: new Map(),
    };
    next.set(name, node);
    way.push(node);
    at += step.length;
    if (node.over) break;
  }
  for (const place of way) {
    place.visits++;
    place.won += grade;
  }
}

/** Two steps from one place, of which one has led to more. */
export interface Siblings {
  readonly better: SearchNode;
  readonly worse: SearchNode;
}

/**
 * All siblings of a tree whose values differ by `gap` and by `z` standard errors. A step that ends an
 * answer is known after one visit, as grades are certain, and has no error; another's value is (won + ½)/(visits + 1).
 * A least number of visits in place of that would drop bad ends alone, to which no search goes back.
 */
export function toldApart(root: SearchPlace, gap: number, z: number): Siblings[] {
  const nodes = [...root.next.values()];
  const known = nodes.map((node) => ({ node, ...valued(node) }));
  const here = known.flatMap((a) =>
    known.flatMap((b) => {
      const apart = a.value - b.value;
      const error = Math.sqrt(a.variance + b.variance);
      return apart >= gap && apart >= z * error ? [{ better: a.node, worse: b.node }] : [];
    })
  );
  return [...here, ...nodes.flatMap((node) => toldApart(node, gap, z))];
}

function valued({ won, visits, over }: SearchNode): { value: number; variance: number } {
  if (over) return { value: won / visits, variance: 0 };
  const value = (won + 0.5) / (visits + 1);
  return { value, variance: value * (1 - value) / (visits + 1) };
}
