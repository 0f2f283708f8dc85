import {
  type Answer,
  mostSeen,
  type Picture,
  type Prompt,
  type RunRecord,
  type SearchNode,
  type SearchPlace,
  type Seen,
  type Siblings,
  type Testbed,
  type Tree,
} from "../../core/mod.ts";

/** What a testbed shows of its prompts and answers beside their words, as records hold it. */

type Shows = Pick<Testbed, "showSteps" | "picture" | "frames" | "said" | "tells" | "tree">;

/** What is seen of an answer beside its steps, which the world's words go with. */
export function seenBySteps(
  testbed: Shows,
  y: Answer,
): Omit<Seen, "turns"> & { readonly said?: readonly string[] } {
  const told = testbed.tells?.(y.prompt) ?? [];
  const [picture, tree] = [testbed.picture?.(y), testbed.tree?.(y)];
  return {
    ...told.length > 0 ? { told: [...told] } : {},
    ...picture ? { picture: kept(picture) } : {},
    ...testbed.frames ? { frames: testbed.frames(y).map(kept) } : {},
    ...testbed.said ? { said: [...testbed.said(y)] } : {},
    ...tree ? { tree: pruned(tree) } : {},
  };
}

/** What is seen of an answer as a whole: by turns, where a world speaks. */
export function seenWhole(testbed: Shows, y: Answer): Seen {
  const { said, ...seen } = seenBySteps(testbed, y);
  return { ...seen, ...said ? { turns: turnsOf(testbed.showSteps(y), said) } : {} };
}

/** What is seen of a prompt, if anything. */
export function promptPicture(
  testbed: Shows,
  prompt: Prompt,
): { readonly promptPicture?: Picture } {
  const picture = testbed.picture?.(prompt);
  return picture ? { promptPicture: kept(picture) } : {};
}

/** Its words, the world's among them: what a judge reads. */
export function wordsOf(testbed: Shows, y: Answer): string {
  const steps = testbed.showSteps(y);
  return (testbed.said ? turnsOf(steps, testbed.said(y)) : steps).join("");
}

/** What the policy and the world said by turns, the policy first. */
function turnsOf(steps: readonly string[], said: readonly string[]): string[] {
  const turns: string[] = [];
  let own = "";
  steps.forEach((step, i) => {
    own += step;
    if (!said[i]) return;
    turns.push(own, said[i]);
    own = "";
  });
  return own === "" ? turns : [...turns, own];
}

/** Four digits of a number tell a reader all. */
const short = (x: number): number => Number(x.toPrecision(4));

/** Within bounds, as a policy may have made any numbers; a mark of numbers that are none is left out. */
function kept({ view, marks }: Picture): Picture {
  const near = (x: number) => short(Math.max(-mostSeen.far, Math.min(mostSeen.far, x)));
  return {
    view: [...view],
    marks: marks.filter(({ at }) => !at.some(Number.isNaN)).map((mark) => (
      { ...mark, at: mark.at.map(near) }
    )),
  };
}

/** A search as a record holds it: the question, and what was tried. */
export type Search = NonNullable<RunRecord["searches"]>[number];

/** A search with what its steps say; a step has the part in pairs that it has in most of them. */
export function searchOf(
  testbed: Pick<Testbed, "show" | "showSteps">,
  root: SearchPlace,
  pairs: readonly Siblings[],
): Search {
  const part = new Map<SearchNode, number>();
  for (const { better, worse } of pairs) {
    part.set(better, (part.get(better) ?? 0) + 1);
    part.set(worse, (part.get(worse) ?? 0) - 1);
  }
  const grown = (place: SearchPlace, text: string, taken: number): Tree => ({
    text,
    visits: place.visits,
    value: place.visits > 0 ? place.won / place.visits : 0,
    ...taken > 0 ? { taken: "chosen" as const } : taken < 0 ? { taken: "rejected" as const } : {},
    next: [...place.next.values()].map((node) =>
      grown(node, testbed.showSteps(node.step).join("").trim(), part.get(node) ?? 0)
    ),
  });
  const prompt = testbed.show(root.at);
  return { prompt, tree: pruned(grown(root, prompt, 0)) };
}

/** Its first nodes, level by level: a search may grow more than a record holds. */
function pruned(root: Tree): Tree {
  const held = new Set<Tree>();
  let level = [root];
  // Of all places half are for nodes that say how many are left out, and so is the last level.
  for (let depth = 1; depth < mostSeen.depth && level.length > 0; depth++) {
    for (const node of level.slice(0, mostSeen.nodes / 2 - held.size)) held.add(node);
    level = level.flatMap(({ next }) => next);
  }
  const copy = ({ value, ...node }: Tree): Tree => {
    const next = node.next.filter((one) => held.has(one)).map(copy);
    const left = node.next.length - next.length;
    return {
      ...node,
      ...value !== undefined && Number.isFinite(value) ? { value: short(value) } : {},
      next: left === 0 ? next : [...next, { text: `… ${left} more`, next: [] }],
    };
  };
  return copy(root);
}
