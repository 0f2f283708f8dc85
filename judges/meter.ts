import type { ChatRequest, Failure } from "../core/mod.ts";

/** For a million tokens, in any one currency. */
export interface Prices {
  readonly prompt: number;
  readonly completion: number;
}
/** What may be spent at most, in tokens or in the prices' currency. */
export interface Cap {
  readonly tokens?: number;
  readonly cost?: number;
}
/** Tokens of prompts and of replies. */
export interface Tokens {
  readonly prompt: number;
  readonly completion: number;
}
/** What a judge has taken until now. */
export interface JudgeSpending {
  /** Requests sent, attempts that failed included. */
  readonly requests: number;
  /** As the server counted them. */
  readonly tokens: Tokens;
  /** Requests that may have been billed and of which nobody knows how many tokens they took. */
  readonly unmetered: number;
  /** Of `tokens`, where there are prices. */
  readonly cost?: number;
}
/** What a request took: tokens counted by the server, nothing, or nobody knows. */
export type Usage = { readonly tokens: Tokens } | "free" | "unknown";

/** Counts what requests take, and keeps it under a cap. */
export interface Meter {
  /** Room for a request, once there is some; a failure where there never will be. */
  reserve(request: ChatRequest): Promise<{ settle(usage: Usage): void } | Failure>;
  spent(): JudgeSpending;
}

/** Tokens that a chat template may add to a request, and to each of its messages. */
const TEMPLATE = { request: 64, message: 8 };

/**
 * Counts tokens and cost and keeps them under `cap`. Before each request the most it can take is
 * set aside: as many prompt tokens as its text has bytes, which no tokenizer in use exceeds, and the
 * longest reply. What nobody counted is taken to be that much.
 */
export function meter(
  prices: Prices | undefined,
  cap: Cap = {},
): Meter {
  if (cap.cost !== undefined && !prices) {
    throw new RangeError("Cannot cap the cost of a judge without the prices of its tokens");
  }
  const costOf = ({ prompt, completion }: Tokens) =>
    prices ? (prompt * prices.prompt + completion * prices.completion) / 1e6 : 0;
  const size = ({ prompt, completion }: Tokens) => prompt + completion;
  const known = { prompt: 0, completion: 0 };
  // Set aside by requests under way, and by those of which nothing is known.
  const held = { prompt: 0, completion: 0 };
  let [requests, unmetered, open] = [0, 0, 0];
  let waiting: (() => void)[] = [];

  const move = (to: { prompt: number; completion: number }, by: Tokens, sign = 1) => {
    to.prompt += sign * by.prompt;
    to.completion += sign * by.completion;
  };
  /** What a cap leaves, of which `most` wants more; undefined where it fits. */
  function excess(most: Tokens): string | undefined {
    const all = [known, held, most];
    const tokens = all.reduce((sum, part) => sum + size(part), 0);
    if (cap.tokens !== undefined && tokens > cap.tokens) {
      return `${tokens - size(most)} of ${cap.tokens} tokens are spent, and this request may take ${
        size(most)
      }`;
    }
    const cost = all.reduce((sum, part) => sum + costOf(part), 0);
    if (cap.cost !== undefined && cost > cap.cost) {
      return `${
        (cost - costOf(most)).toFixed(4)
      } of ${cap.cost} is spent, and this request may cost ${costOf(most).toFixed(4)}`;
    }
    return undefined;
  }

  return {
    async reserve(request) {
      const most = atMost(request);
      let reason = excess(most);
      // Requests under way mostly take less than was set aside for them.
      while (reason !== undefined && open > 0) {
        await new Promise<void>((resolve) => waiting.push(resolve));
        reason = excess(most);
      }
      if (reason !== undefined) return { failure: "over budget", reason };
      move(held, most);
      open++;
      requests++;
      return {
        settle(usage) {
          open--;
          if (usage === "unknown") unmetered++;
          else move(held, most, -1);
          if (typeof usage === "object") move(known, usage.tokens);
          const all = waiting;
          waiting = [];
          for (const resolve of all) resolve();
        },
      };
    },
    spent: () => ({
      requests,
      tokens: { ...known },
      unmetered,
      ...prices ? { cost: costOf(known) } : {},
    }),
  };
}

function atMost({ messages, longest }: ChatRequest): Tokens {
  const encoder = new TextEncoder();
  const bytes = messages.reduce(
    (sum, { content }) => sum + TEMPLATE.message + encoder.encode(content).length,
    TEMPLATE.request,
  );
  return { prompt: bytes, completion: longest };
}
