import pLimit from "p-limit";
import type { PreTrainedTokenizer, Tensor } from "@huggingface/transformers";
import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  type Failure,
  type FailureKind,
  fingerprint,
} from "../core/mod.ts";
import { type Cap, type JudgeSpending, meter, type Prices } from "./meter.ts";

/** A model on this machine, and how it is run. */
export interface LocalOptions {
  /** Absolute path of a folder in the layout of Hugging Face's hub, with `onnx/model*.onnx`. */
  readonly directory: string;
  /** What the judge is called. */
  readonly name: string;
  /** Of the files that decide a reply. */
  readonly sha256: string;
  /** Which graph of the folder, as transformers.js names them. */
  readonly dtype: LocalDtype;
  /** Tokens that prompt and reply may have together. */
  readonly context: number;
  /** A chat template that comes before the tokenizer's own. */
  readonly template?: string;
  readonly prices?: Prices;
  readonly cap?: Cap;
}
/** Each with the suffix of its graph's name, the most precise first. */
export const dtypes = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
} as const;
/** A build of a model in `onnx/`, by the name that transformers.js has for it. */
export type LocalDtype = keyof typeof dtypes;

/** A model on this machine as a chat. */
export interface LocalChat extends Chat {
  spent(): JudgeSpending;
  close(): Promise<void>;
}

/**
 * A text-generation model in a local folder, run by transformers.js on the CPU; nothing is fetched.
 * Temperature 0 takes the likeliest token each time; another draws by a seed made of the request,
 * so that equal requests have equal replies. Names of the tokenizer's special tokens within messages
 * are broken by a space. A RangeError where the library cannot load the folder.
 */
export async function local(options: LocalOptions): Promise<LocalChat> {
  const { name, sha256, dtype, context, template } = options;
  const { library, tokenizer, model } = await loaded(options);
  const write = writer(tokenizer, template);
  const ends: number[] = [
    model.generation_config?.eos_token_id ?? endOf(model.config) ?? tokenizer.eos_token_id ?? [],
  ].flat();
  const { reserve, spent } = meter(options.prices, options.cap);
  // The library draws from one generator for all, which must not be shared by requests under way.
  const limit = pLimit(1);

  async function complete(request: ChatRequest): Promise<ChatReply | Failure> {
    const { longest, alternatives, partial } = request;
    let text: string;
    try {
      text = write(request.messages);
    } catch (error) {
      return fail("refused request", `The chat template refuses the messages: ${said(error)}`);
    }
    const inputs = tokenizer(text, { add_special_tokens: !write.templated });
    const prompt = inputs.input_ids.dims.at(-1)!;
    if (prompt >= context) {
      return fail(
        "refused request",
        `The prompt has ${prompt} tokens, and the model's context is ${context}`,
      );
    }
    const place = await reserve(request);
    if ("failure" in place) return place;
    const room = Math.min(longest, context - prompt);
    let found: Generated;
    try {
      found = await generated({ library, model, ends }, request, { inputs, prompt, room });
    } catch (error) {
      place.settle("unknown");
      return fail("server error", `The model cannot run: ${said(error)}`);
    }
    const { tokens, first } = found;
    const usage = { prompt, completion: tokens.length };
    place.settle({ tokens: usage });
    if (!first.every((x) => x < Infinity)) {
      return fail("server error", "The model's logits are not numbers");
    }
    const reply = tokenizer.decode(tokens, { skip_special_tokens: true });
    // Who asks for a letter reads what there is, however soon the reply ends.
    const cut = tokens.length >= room && !ends.includes(tokens.at(-1)!);
    if (cut && alternatives === undefined && !partial) {
      const why = room < longest
        ? `The reply reached the end of the model's context, ${context} tokens`
        : "The reply ended at the limit of its tokens";
      return fail("cut off", why, reply);
    }
    if (!reply) return fail("malformed", "The reply has no text");
    return {
      text: reply,
      ...alternatives === undefined ? {} : {
        logprobs: [
          likeliest(first, alternatives, tokens[0]!).map(({ id, logprob }) => ({
            token: tokenizer.decode([id], { skip_special_tokens: false }),
            logprob,
          })),
        ],
      },
      usage,
      ...cut ? { cut } : {},
    };
  }

  return {
    id: `local:${name}`,
    parameters: { sha256, dtype, transformers: library.env.version },
    complete: (request) => limit(() => complete(request)),
    spent,
    close: async () => void await model.dispose(),
  };
}

type Library = typeof import("@huggingface/transformers");

async function loaded({ directory, dtype }: LocalOptions) {
  // Loaded here, as it brings a second runtime that no other command needs.
  const library = await import("@huggingface/transformers");
  const { AutoModelForCausalLM, AutoTokenizer, env, LogLevel } = library;
  env.allowRemoteModels = false;
  env.useFSCache = false;
  env.useBrowserCache = false;
  env.logLevel = LogLevel.ERROR;
  try {
    return {
      library,
      tokenizer: await AutoTokenizer.from_pretrained(directory, { local_files_only: true }),
      model: await AutoModelForCausalLM.from_pretrained(directory, {
        local_files_only: true,
        device: "cpu",
        dtype,
      }),
    };
  } catch (cause) {
    throw new RangeError(`Cannot load ${directory}: ${said(cause)}`, { cause });
  }
}

interface Generated {
  readonly tokens: number[];
  /** The logits of the first of them, before the temperature. */
  readonly first: Float32Array;
}

/** At most `room` tokens that follow `prompt` ones; throws what the library throws. */
async function generated(
  { library: { LogitsProcessorList, random }, model, ends }: {
    readonly library: Library;
    readonly model: Awaited<ReturnType<typeof loaded>>["model"];
    readonly ends: readonly number[];
  },
  request: ChatRequest,
  { inputs, prompt, room }: {
    readonly inputs: object;
    readonly prompt: number;
    readonly room: number;
  },
): Promise<Generated> {
  const { temperature = 0 } = request;
  let first: Float32Array | undefined;
  // Comes last, after the division by the temperature.
  const look = (_: bigint[][], logits: Tensor): Tensor => {
    first ??= Float32Array.from(
      logits.data as Float32Array,
      (x) => temperature > 0 ? x * temperature : x,
    );
    return logits;
  };
  const processors = new LogitsProcessorList();
  processors.push(Object.assign(look, { _call: look }));
  if (temperature > 0) random.seed(seedOf(request));
  const all = await model.generate({
    ...inputs,
    do_sample: temperature > 0,
    temperature: temperature > 0 ? temperature : 1,
    // What a folder may set for conversation and no other judge does.
    top_k: 0,
    top_p: 1,
    num_beams: 1,
    repetition_penalty: 1,
    no_repeat_ngram_size: 0,
    min_new_tokens: 0,
    min_length: 0,
    max_new_tokens: room,
    eos_token_id: [...ends],
    logits_processor: processors,
  }) as Tensor;
  const tokens = [...all.data as BigInt64Array].slice(prompt).map(Number);
  return { tokens, first: first! };
}

const fail = (failure: FailureKind, reason: string, raw?: string): Failure => ({
  failure,
  reason,
  ...raw === undefined ? {} : { raw },
});
const said = (error: unknown): string => error instanceof Error ? error.message : `${error}`;

/** The token that ends a text, by the model's configuration. */
const endOf = (config: object): number | number[] | undefined =>
  (config as { readonly eos_token_id?: number | number[] }).eos_token_id;

/** A seed for the library's generator: 48 bits of what is asked, and of which repeat it is. */
const seedOf = ({ messages, seed, repeat = 0 }: ChatRequest): number =>
  parseInt(fingerprint([messages, seed ?? null, repeat]).slice(0, 12), 16);

/** Messages as the text that the model goes on from; throws what a template throws. */
function writer(tokenizer: PreTrainedTokenizer, template: string | undefined) {
  const source = template ?? (tokenizer.chat_template ? tokenizer.get_chat_template() : undefined);
  // The longest first, of which another may be a part.
  const specials = tokenizer.all_special_tokens.filter((token) => token.length > 1)
    .toSorted((a, b) => b.length - a.length);
  const plain = (text: string) =>
    specials.reduce(
      (text, token) => text.replaceAll(token, () => `${token.slice(0, 1)} ${token.slice(1)}`),
      text,
    );
  const write = (messages: ChatRequest["messages"]): string => {
    const safe = messages.map(({ role, content }) => ({ role, content: plain(content) }));
    if (source === undefined) {
      return [...safe.map(({ role, content }) => `${speakers[role]}${content}`), "Assistant:"]
        .join("\n\n");
    }
    return tokenizer.apply_chat_template(safe, {
      tokenize: false,
      add_generation_prompt: true,
      // A prompt that depends on the day would have another reply tomorrow: templates see no clock.
      chat_template: `{% set strftime_now = there_is_no_clock %}\n${source}`,
    });
  };
  return Object.assign(write, { templated: source !== undefined });
}

/** For models without a chat template. */
const speakers = { system: "", user: "User: ", assistant: "Assistant: " } as const;

/** The `n` likeliest tokens and `drawn`, by logits over the vocabulary; log-probabilities in nats. */
function likeliest(
  logits: Float32Array,
  n: number,
  drawn: number,
): { readonly id: number; readonly logprob: number }[] {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = top + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - top), 0));
  const order = Uint32Array.from(logits.keys())
    // Of equal ones the first; also where both are −∞, whose difference is no number.
    .sort((a, b) => logits[b]! - logits[a]! || a - b);
  const ids = [...order.subarray(0, n)];
  if (!ids.includes(drawn)) ids.push(drawn);
  return ids.map((id) => ({ id, logprob: logits[id]! - total }))
    .filter(({ logprob }) => logprob > -Infinity);
}
