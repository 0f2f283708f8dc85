/** What a label of Arena-Hard says of the answer shown as A. */
export interface ArenaVerdict {
  /** 1 for a win of A, ½ for a tie, 0 for a loss. */
  readonly score: number;
  /** Written with two signs: much better. */
  readonly decisive: boolean;
}

const label = /^([AB])(>>|>|=|<|<<)([AB])$/;

/** Reads "A>>B", "A>B", "A=B", "B>A", "B>>A" and forms mirrored by "<"; undefined for others. */
export function arenaVerdict(text: string): ArenaVerdict | undefined {
  const [, left, sign, right] = label.exec(text.trim().toUpperCase()) ?? [];
  if (!left || !sign || left === right) return undefined;
  if (sign === "=") return { score: 0.5, decisive: false };
  const first = sign.startsWith(">") === (left === "A");
  return { score: first ? 1 : 0, decisive: sign.length === 2 };
}

/** A verdict on the model as a battle: what it scored and how many battles that counts as. */
export interface ArenaRow {
  readonly score: number;
  readonly weight: number;
}

/**
 * Both games of a question as battles of the model, of which game 1 shows the baseline as A and
 * game 2 the model. A decisive verdict counts `decisive` times: 1 by default and 3 in Arena-Hard,
 * whose intervals then take the copies for new evidence.
 */
export function arenaRows(
  [first, second]: readonly [ArenaVerdict, ArenaVerdict],
  decisive = 1,
): [ArenaRow, ArenaRow] {
  const weight = (verdict: ArenaVerdict) => verdict.decisive ? decisive : 1;
  return [
    { score: 1 - first.score, weight: weight(first) },
    { score: second.score, weight: weight(second) },
  ];
}
