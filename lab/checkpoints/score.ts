import type { Answer, Model, Params } from "../../core/mod.ts";
import { cpu } from "../../engine/mod.ts";
import { modelPolicy } from "../train/policy.ts";

/** A prompt with its answers, as text and as the model reads them. */
export interface ScoreRow {
  readonly kind: "answer" | "pair";
  readonly prompt: string;
  /** One, or a chosen and a rejected one. */
  readonly answers: readonly { readonly text: string; readonly read: Answer }[];
}

/** A language model that is ready to score. */
export interface Loaded {
  readonly model: Model;
  readonly params: Params;
  /** Most tokens of prompt and answer together. */
  readonly context: number;
  readonly vocabulary: number;
}

/** Log-probabilities in nats, summed over the answer's tokens. */
export interface Score {
  readonly answer: string;
  readonly tokens: number;
  /** log π(y|x) */
  readonly logprob?: number;
  /** log π_ref(y|x) */
  readonly reference?: number;
  /** log π(y|x) − log π_ref(y|x) */
  readonly logRatio?: number;
  /** β times that: the implicit reward of DPO (arXiv 2305.18290), up to a constant of the prompt. */
  readonly reward?: number;
  /** Why there are no such numbers. */
  readonly absent?: string;
}

/** `margin` is the chosen answer's reward less the rejected one's, where there is a reference. */
export type ScoredRow =
  | { readonly prompt: string } & Score
  | {
    readonly prompt: string;
    readonly chosen: Score;
    readonly rejected: Score;
    readonly margin?: number;
  };

/** What `absent` begins with where the model computes what is no number. */
export const notFinite = "The model's numbers are not finite";

export interface Scorer {
  score(rows: readonly ScoreRow[]): Promise<ScoredRow[]>;
  close(): Promise<void>;
}

/** Most tokens of a batch, rows times squared length (as attention has it), and logits. */
const most = { rows: 64, square: 2 ** 22, logits: 2 ** 25 };

/** Scores answers under `policy` and, where there is one, `reference`; `beta` scales the reward. */
export function scorer(
  policy: Loaded,
  reference: Loaded | undefined,
  { beta, threads }: { readonly beta: number; readonly threads: number },
): Scorer {
  // Batches come in many shapes, and an arena each would not fit.
  const engine = cpu({ threads, arena: false });
  const calls = { sampling: engine.call, scoring: engine.call };
  const logps = ({ model, params, vocabulary }: Loaded) => {
    const seat = modelPolicy(model, () => params, calls);
    return async (ys: readonly Answer[]): Promise<Float64Array> => {
      const out = new Float64Array(ys.length);
      for (const members of batches(ys, ys.map((y) => span(model, y)), vocabulary)) {
        const found = await seat.logp(members.map((i) => ys[i]!));
        members.forEach((i, k) => out[i] = found[k]!);
      }
      return out;
    };
  };
  const [ofPolicy, ofReference] = [logps(policy), reference && logps(reference)];
  const context = Math.min(policy.context, reference?.context ?? Infinity);

  return {
    async score(rows) {
      const ys = rows.flatMap(({ answers }) => answers.map(({ read }) => read));
      // An empty answer is certain: a text always begins with nothing.
      const readable = ys.filter((y) => y.length > 0 && span(policy.model, y) <= context);
      const places = new Map(readable.map((y, i) => [y, i]));
      const own = await ofPolicy(readable);
      const theirs = await ofReference?.(readable);
      const scoreOf = ({ text, read }: ScoreRow["answers"][number]): Score => {
        const head = { answer: text, tokens: read.length };
        const place = places.get(read);
        if (place === undefined && read.length > 0) {
          return {
            ...head,
            absent: `The model would read ${
              span(policy.model, read)
            } tokens, and its context is ${context}`,
          };
        }
        const logprob = place === undefined ? 0 : own[place]!;
        if (!reference) return finite(head, { logprob });
        const ref = place === undefined ? 0 : theirs![place]!;
        const logRatio = logprob - ref;
        return finite(head, { logprob, reference: ref, logRatio, reward: beta * logRatio });
      };
      return rows.map(({ kind, prompt, answers }): ScoredRow => {
        const [first, second] = answers.map(scoreOf);
        if (kind === "answer") return { prompt, ...first! };
        const [w, l] = [first!.reward, second!.reward];
        const margin = w === undefined || l === undefined ? {} : { margin: w - l };
        return { prompt, chosen: first!, rejected: second!, ...margin };
      });
    },
    close: () => engine.close(),
  };
}

/** Numbers that all are some; else why there are none. */
function finite(
  head: Pick<Score, "answer" | "tokens">,
  found: Pick<Score, "logprob" | "reference" | "logRatio" | "reward">,
): Score {
  const bad = Object.entries(found).find(([, x]) => !Number.isFinite(x));
  return bad ? { ...head, absent: `${notFinite}: ${bad[0]} is ${bad[1]}` } : { ...head, ...found };
}

/** Tokens that the model reads: all but the last, which it only predicts. */
const span = ({ extent }: Model, y: Answer): number => extent ? extent(y) - 1 : 1;

/** Answers of like length together, by their places, as many as memory allows and a power of two. */
function* batches(
  ys: readonly Answer[],
  spans: readonly number[],
  vocabulary: number,
): Generator<number[]> {
  const order = ys.map((_, i) => i).sort((i, j) => spans[j]! - spans[i]! || i - j);
  for (let at = 0; at < order.length;) {
    const length = Math.max(1, spans[order[at]!]!);
    let [rows, longest] = [0, 0];
    while (rows < most.rows && at + rows < order.length) {
      longest = Math.max(longest, ys[order[at + rows]!]!.length);
      const next = rows + 1;
      if (
        rows > 0 && (next * length ** 2 > most.square || next * longest * vocabulary > most.logits)
      ) {
        break;
      }
      rows = next;
    }
    // The last batch is filled up to a power of two; the others are cut down to one.
    const taken = at + rows === order.length ? rows : 2 ** Math.floor(Math.log2(rows));
    yield order.slice(at, at + taken);
    at += taken;
  }
}
