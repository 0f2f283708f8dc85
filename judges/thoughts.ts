/** What reasoning models think before they answer, where it stands in their text. */

/** Words between which thoughts stand: each opens a line, and what closes it may stand anywhere. */
const pairs: readonly (readonly [string, string])[] = [
  ...["think", "thinking", "thought", "thoughts", "reasoning", "seed:think"].map((name) =>
    [`<${name}>`, `</${name}>`] as const
  ),
  ["[THINK]", "[/THINK]"],
  ["◁think▷", "◁/think▷"],
  ["<|begin_of_thought|>", "<|end_of_thought|>"],
  ["<|channel|>analysis<|message|>", "<|end|>"],
];

const literal = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
const any = (words: readonly string[]) => words.map(literal).join("|");
/** A thought, or a fence of code, in which the same words are the answer's. */
const opening = RegExp(`^[ \\t]*(?:(${any(pairs.map(([open]) => open))})|(\`{3,}|~{3,}))`, "gim");
/** Templates may open the thoughts in the prompt: then their end alone is in the reply. */
const unopened = RegExp(`(?:${any(pairs.map(([, close]) => close))})[ \\t]*(?:\\n|$)`, "i");
/** What is left of a format that puts the answer between words of its own. */
const around = /^\s*(?:<\|start\|>assistant)?(?:<\|channel\|>final<\|message\|>)|<\|return\|>\s*$/g;

export interface WithoutThoughts {
  readonly text: string;
  /** Whether there were any. */
  readonly thought: boolean;
  /** They do not end: what would have been the answer is not there. */
  readonly open: boolean;
}

/** The text without thoughts: as it is where there are none. */
export function withoutThoughts(text: string): WithoutThoughts {
  let [rest, at, thought] = [text, 0, false];
  const end = unopened.exec(text);
  opening.lastIndex = 0;
  const first = opening.exec(text);
  if (end && !(first?.[1] && first.index < end.index) && !fenced(text.slice(0, end.index))) {
    rest = text.slice(end.index + end[0].length);
    thought = true;
  }
  for (;;) {
    opening.lastIndex = at;
    const found = opening.exec(rest);
    if (!found) break;
    const [, open, fence] = found;
    const from = found.index + found[0].length;
    if (fence !== undefined) {
      const close = rest.indexOf(`\n${fence}`, from);
      if (close < 0) break;
      at = close + fence.length + 1;
      continue;
    }
    thought = true;
    const [, closing] = pairs.find(([word]) => word.toLowerCase() === open!.toLowerCase())!;
    const close = rest.toLowerCase().indexOf(closing.toLowerCase(), from);
    if (close < 0) return { text: rest.slice(0, found.index).trim(), thought, open: true };
    rest = rest.slice(0, found.index) + rest.slice(close + closing.length);
    at = found.index;
  }
  return { text: thought ? rest.replaceAll(around, "").trim() : text, thought, open: false };
}

/** Whether a text ends inside a fence of code. */
const fenced = (text: string): boolean =>
  (text.match(/^[ \t]*(`{3,}|~{3,})/gm)?.length ?? 0) % 2 > 0;
