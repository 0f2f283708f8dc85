import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  type Failure,
  fingerprint,
  type Model,
  type Params,
  type Prompt,
  rng,
} from "../../core/mod.ts";
import { cpu } from "../../engine/mod.ts";

/** A checkpoint that answers conversations. */

/** What answering needs of a checkpoint. */
export interface Speaker {
  /** What it is called. */
  readonly name: string;
  /** Of all that decides its answers. */
  readonly sha256: string;
  /** Samples as many tokens as an answer may have. */
  readonly model: Model;
  readonly params: Params;
  /** Most tokens of prompt and answer together, and of the answer. */
  readonly context: number;
  readonly longest: number;
  /** The tokens that a reply to these messages goes on from; throws what a template throws. */
  read(messages: ChatRequest["messages"]): readonly number[];
  write(tokens: readonly number[]): string;
  /** The token that ends an answer. */
  readonly stop: number;
  readonly threads: number;
}

export interface CheckpointChat extends Chat {
  close(): Promise<void>;
}

/**
 * A language model of ours, one answer at a time. Temperature 0 takes the likeliest token each time;
 * another draws by a seed made of the request, so that equal requests have equal replies whenever
 * they are made.
 */
export function checkpointChat(speaker: Speaker): CheckpointChat {
  const { name, sha256, model, params, context, longest, stop, threads } = speaker;
  const engine = cpu({ threads });
  let last: Promise<unknown> = Promise.resolve();

  async function complete(request: ChatRequest): Promise<ChatReply | Failure> {
    let before: readonly number[];
    try {
      before = speaker.read(request.messages);
    } catch (error) {
      const why = error instanceof Error ? error.message : `${error}`;
      return {
        failure: "refused request",
        reason: `The chat template refuses the messages: ${why}`,
      };
    }
    if (before.length >= context) {
      return {
        failure: "refused request",
        reason: `The prompt has ${before.length} tokens, and the model's context is ${context}`,
      };
    }
    const prompt: Prompt = { id: "", tokens: [...before] };
    const { temperature = 0, seed = 1, repeat = 0 } = request;
    const random = rng(seed).split(fingerprint([request.messages, repeat]));
    const [sample] = await model.generate(engine.call, params, [prompt], [random], { temperature });
    const { tokens } = sample!;
    const ended = tokens.at(-1) === stop;
    const text = speaker.write(ended ? tokens.slice(0, -1) : tokens);
    const cut = !ended && tokens.length >= Math.min(longest, context - before.length);
    const usage = { prompt: before.length, completion: tokens.length };
    if (cut && !request.partial) {
      return {
        failure: "cut off",
        reason: "The reply ended at the limit of its tokens",
        raw: text,
      };
    }
    return { text, usage, ...cut ? { cut } : {} };
  }

  return {
    id: `checkpoint:${name}`,
    parameters: { sha256, longest },
    complete(request) {
      // One after the other, so that a reply never depends on what else is asked.
      const found = last.then(() => complete(request));
      last = Promise.allSettled([found]);
      return found;
    },
    close: () => engine.close(),
  };
}
