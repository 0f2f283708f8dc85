import { z } from "zod";

/** What a reader sees of prompts and answers beside their words: marks, which reports draw, and trees. */

/** x grows to the right and y downwards, from the top left corner; an angle is clockwise, in radians. */
export interface Picture {
  /** Width and height of what is seen; marks may lie outside. */
  readonly view: readonly [number, number];
  /** In the order in which they are painted; at most 64. */
  readonly marks: readonly Mark[];
}

/** A shape in a picture; at most `mostSeen` says how many there may be. */
export interface Mark {
  readonly kind: keyof typeof holds;
  /**
   * Where, in the view's units. A box has x and y of its middle, width, height and, if it has any, its
   * turn; a disc and a ring x, y and radius; a plus and a cross x, y, half their width and a turn; a
   * line x and y of each of its points.
   */
  readonly at: readonly number[];
  /** Which of the reports' seven colours, from 0; 6 is that of text. */
  readonly ink: number;
  /** Its outline alone, dashed: what is meant, was or might be. */
  readonly faint?: boolean;
}

/** A search tree, from its root or from any node on. */
export interface Tree {
  readonly text: string;
  readonly value?: number;
  readonly visits?: number;
  /** Its part in a pair that was taken from this tree. */
  readonly taken?: "chosen" | "rejected";
  readonly next: readonly Tree[];
}

/** What a reader sees of an answer beside its words. */
export interface Seen {
  /** What its policy was told beside the question. */
  readonly told?: readonly string[];
  readonly picture?: Picture;
  /** How the picture came about; at most 6. */
  readonly frames?: readonly Picture[];
  /** What the policy and the world said, by turns; the policy begins. */
  readonly turns?: readonly string[];
  readonly tree?: Tree;
}

/** As much as may be on record. */
export const mostSeen = {
  far: 1e4,
  marks: 64,
  frames: 6,
  nodes: 256,
  depth: 32,
  searches: 2,
} as const;

/** Numbers of a mark by its kind: the fewest, the most, and what they are. */
const holds = {
  box: [4, 5, "x, y, width, height and perhaps a turn"],
  disc: [3, 3, "x, y and radius"],
  plus: [3, 4, "x, y, half its width and perhaps a turn"],
  ring: [3, 3, "x, y and radius"],
  cross: [3, 4, "x, y, half its width and perhaps a turn"],
  line: [4, 64, "x and y of 2 to 32 points"],
} as const;

const place = z.number().min(-mostSeen.far).max(mostSeen.far);
const length = z.number().min(1 / mostSeen.far).max(mostSeen.far);

const mark: z.ZodType<Mark> = z.strictObject({
  kind: z.enum(Object.keys(holds) as Mark["kind"][]),
  at: z.array(place),
  ink: z.int().min(0).max(6),
  faint: z.boolean().exactOptional(),
}).superRefine(({ kind, at }, found) => {
  const [least, largest, what] = holds[kind];
  if (at.length >= least && at.length <= largest && (kind !== "line" || at.length % 2 === 0)) {
    return;
  }
  found.addIssue({ code: "custom", path: ["at"], message: `of a ${kind}: ${what}` });
});

export const picture: z.ZodType<Picture> = z.strictObject({
  view: z.tuple([length, length]),
  marks: z.array(mark).max(mostSeen.marks),
});

const node: z.ZodType<Tree> = z.strictObject({
  text: z.string(),
  value: z.number().exactOptional(),
  visits: z.number().min(0).exactOptional(),
  taken: z.enum(["chosen", "rejected"]).exactOptional(),
  get next() {
    return z.array(node);
  },
});

/** Counted before anything follows it down: a file may hold a tree deeper than any stack. */
export const tree = z.unknown().refine(
  (root) => {
    let [level, nodes] = [[root], 0];
    for (let depth = 0; level.length > 0; depth++) {
      nodes += level.length;
      if (depth >= mostSeen.depth || nodes > mostSeen.nodes) return false;
      level = level.flatMap((one) => (one as Tree | null)?.next ?? []);
    }
    return true;
  },
  { message: `at most ${mostSeen.nodes} nodes, ${mostSeen.depth} deep`, abort: true },
).pipe(node);

const words: z.ZodType<readonly string[]> = z.array(z.string());
const frames: z.ZodType<readonly Picture[]> = z.array(picture).max(mostSeen.frames);
const shared = {
  told: words.exactOptional(),
  picture: picture.exactOptional(),
  frames: frames.exactOptional(),
  tree: tree.exactOptional(),
};
/** Of an answer that is shown step by step: with what the world said after each step, or "". */
export const seenBySteps = { ...shared, said: words.exactOptional() };
export const seen: z.ZodType<Seen> = z.strictObject({ ...shared, turns: words.exactOptional() });
