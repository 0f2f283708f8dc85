import {
  type Command,
  InvalidArgumentError,
  Option,
  type OptionValues,
} from "@commander-js/extra-typings";
import { readJudgeSettings } from "../lab/judging/settings.ts";
import { readLocalModel } from "../lab/checkpoints/local-model.ts";
import { readReplies, replyFile } from "../lab/judging/replies.ts";
import {
  cached,
  type Chat,
  type ChatRequest,
  dtypes,
  local,
  remote,
  type RemoteChat,
  replay,
  type TextJudge,
} from "../mod.ts";
import { here, positive, whole } from "./input.ts";
import { openLearned } from "./learned.ts";
import { say } from "./output.ts";

/** Which judge a user names, and how it is opened: the same for every command that judges texts. */

/** What is known after `--judge KIND:REST`. */
export interface JudgeName {
  readonly kind: typeof kinds[number];
  /** Model, directory or file; empty where there is none. */
  readonly rest: string;
}
const kinds = ["gold", "learned", "remote", "local", "replay"] as const;
/** What comes after the colon, where something must. */
const needs: { readonly [kind in JudgeName["kind"]]?: string } = {
  learned: "DIR",
  local: "DIR",
  replay: "FILE",
};

/**
 * Judges that say the same each time they are asked: the model behind a server may not, at
 * temperature 0 either, and its replies on record are of each time.
 */
export const steady: { readonly [kind in JudgeName["kind"]]: boolean } = {
  gold: true,
  learned: true,
  remote: false,
  local: true,
  replay: false,
};

/** Each of them for people. */
export const judgeKinds: readonly { readonly id: string; readonly title: string }[] = [
  { id: "gold", title: "What is true of the testbed's answers, exactly" },
  {
    id: "learned:DIR",
    title: "A reward model that deno task judge-train fitted to preference rows",
  },
  { id: "remote[:MODEL]", title: "A model behind an OpenAI-compatible server, asked in words" },
  { id: "local:DIR", title: "A text-generation model in a folder, run by transformers.js" },
  { id: "replay:FILE", title: "Replies of a remote or local judge, as they were kept" },
];

export const judgeForms = "gold, learned:DIR, remote[:MODEL], local:DIR or replay:FILE";

export function judgeName(text: string): JudgeName {
  const [, word = "", rest = ""] = /^([^:]*):?(.*)$/s.exec(text)!;
  const kind = kinds.find((known) => known === word);
  if (!kind) throw new InvalidArgumentError(`It must be ${judgeForms}.`);
  const need = needs[kind];
  if (need && !rest) throw new InvalidArgumentError(`It must be ${kind}:${need}.`);
  return { kind, rest };
}

/** `PROMPT,COMPLETION` for a million tokens. */
export function prices(text: string): { prompt: number; completion: number } {
  const [prompt, completion, ...more] = text.split(",").map((part) =>
    /^\d*\.?\d+$/.test(part) ? Number(part) : NaN
  );
  if (prompt === undefined || completion === undefined || more.length > 0) {
    throw new InvalidArgumentError("It must be two prices with a comma between, as 0.15,0.6.");
  }
  if (Number.isNaN(prompt + completion)) {
    throw new InvalidArgumentError("It must be two numbers from 0, as 0.15,0.6.");
  }
  return { prompt, completion };
}

// A type and no interface, which commander would not take for options.
/** What the options of `withJudge` say. */
export type JudgeFlags = {
  judge?: JudgeName | undefined;
  judgeFile?: string | undefined;
  replies?: string | undefined;
  prices?: ReturnType<typeof prices> | undefined;
  maxCost?: number | undefined;
  maxTokens?: number | undefined;
  concurrency?: number | undefined;
  judgeTokens?: number | undefined;
};

/** Adds the options that say which judge judges. */
export function withJudge<A extends unknown[], O extends OptionValues>(
  command: Command<A, O>,
): Command<A, O & JudgeFlags> {
  const options = [
    new Option("--judge <name>", judgeForms).argParser(judgeName),
    new Option("--judge-file <file>", "JSON with url, key, model and more of a remote judge"),
    new Option("--replies <file>", "where replies are kept and not asked for again"),
    new Option("--prices <prompt,completion>", "of a million tokens, to count the cost")
      .argParser(prices),
    new Option("--max-cost <n>", "spend no more than this, in the currency of --prices")
      .argParser(positive),
    new Option("--max-tokens <n>", "take no more tokens than this").argParser(whole),
    new Option("--concurrency <n>", "requests at one time (default: 8)").argParser(whole),
    new Option(
      "--judge-tokens <n>",
      "tokens that a judge's reply may have: more for one that thinks first (default: 2048)",
    ).argParser(whole),
  ];
  for (const option of options) command.addOption(option);
  // Inferring what eight options add to options not yet known keeps the type checker busy for minutes.
  return command as unknown as Command<A, O & JudgeFlags>;
}

/** For a command's help. */
export const judgeHelp = `
Judges: ${judgeForms}.
remote asks an OpenAI-compatible server: PREFBENCH_JUDGE_URL (as http://127.0.0.1:8000/v1),
PREFBENCH_JUDGE_KEY and PREFBENCH_JUDGE_MODEL say which, or url, key and model in --judge-file
(which may also hold body, longestField, timeout in seconds, retries, concurrency and prices).
Fields in body are part of every request and win over ours, as {"temperature": 1,
"max_completion_tokens": 16000, "reasoning_effort": "low"}; null leaves one of ours out. They are
recorded; the key is never shown or stored. What a model thinks before its verdict is not read.
local runs a chat model on this machine's CPU: a folder with config.json, tokenizer.json,
tokenizer_config.json and onnx/model.onnx, or a quantised one. learned is what deno task judge-train
wrote; replay answers from a file of --replies.`;

export interface JudgeOptions extends Omit<JudgeFlags, "judge" | "replies"> {
  readonly judge: JudgeName;
  /** The file in which replies are kept. */
  readonly replies: string;
  /** The judge that knows the truth of what is judged, where somebody knows it. */
  readonly gold?: TextJudge | undefined;
  /** Ends what a remote judge has under way. */
  readonly signal?: AbortSignal;
}

/** A judge that is ready: either one that is asked in a protocol's words, or one that needs none. */
export type OpenJudge =
  & {
    /** Calls and costs until now, as judged files have them. */
    accounts(): Accounts;
  }
  & AsyncDisposable
  & ({ readonly chat: Chat } | { readonly judge: TextJudge });

export interface Accounts {
  readonly calls: number;
  readonly cached: number;
  readonly tokens?: { readonly prompt: number; readonly completion: number };
  readonly unmetered?: number;
  readonly cost?: number;
}

/** Opens the judge that the user named; a RangeError says what is missing. */
export function openJudge(options: JudgeOptions): Promise<OpenJudge> {
  return opening[options.judge.kind](options);
}

const opening: {
  readonly [kind in JudgeName["kind"]]: (options: JudgeOptions) => Promise<OpenJudge>;
} = {
  gold({ gold }) {
    if (!gold) {
      throw new RangeError("Cannot judge by gold as nobody knows the truth of these answers");
    }
    return Promise.resolve(counted(gold));
  },
  async learned({ judge: { rest } }) {
    const { judge, close } = await openLearned(here(rest));
    return counted(judge, close);
  },
  async remote({ judge: { rest }, judgeFile, replies, concurrency, ...options }) {
    const settings = judgeFile === undefined ? {} : await readJudgeSettings(here(judgeFile));
    const { timeout, ...others } = settings;
    const [url, key, model] = ["url", "key", "model"].map((field) =>
      settings[field as "url" | "key" | "model"] ??
        (Deno.env.get(`PREFBENCH_JUDGE_${field.toUpperCase()}`) || undefined)
    );
    const name = rest || model;
    if (url === undefined || name === undefined) {
      const missing = url === undefined ? "URL" : "MODEL";
      throw new RangeError(
        `Cannot ask a remote judge: set PREFBENCH_JUDGE_${missing}, or ${missing.toLowerCase()} in --judge-file`,
      );
    }
    const chat = remote({
      ...others,
      url,
      model: name,
      ...key === undefined ? {} : { key },
      ...timeout === undefined ? {} : { timeout: 1000 * timeout },
      ...concurrency === undefined ? {} : { concurrency },
      ...limits({ ...options, prices: options.prices ?? settings.prices }),
      clock: {
        now: () => Date.now(),
        sleep: (wait, stopped) =>
          new Promise((resolve) => {
            const end = () => {
              clearTimeout(timer);
              stopped?.removeEventListener("abort", end);
              resolve();
            };
            const timer = setTimeout(end, wait);
            stopped?.addEventListener("abort", end);
            if (stopped?.aborted) end();
          }),
      },
      ...options.signal ? { signal: options.signal } : {},
    });
    return await kept(chat, replies);
  },
  async local({ judge: { rest }, replies, ...options }) {
    const model = await readLocalModel(here(rest), dtypes);
    const chat = await local({ ...model, ...limits(options) });
    return await kept(chat, replies, chat.close);
  },
  async replay({ judge: { rest } }) {
    const path = here(rest);
    const chat = replay(await readReplies(path, say), rest);
    let calls = 0;
    return {
      chat: {
        ...chat,
        complete(request: ChatRequest) {
          calls++;
          return chat.complete(request);
        },
      },
      accounts: () => ({ calls: 0, cached: calls }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  },
};

/** What tokens cost, and what may be spent on them. */
function limits({ prices, maxTokens, maxCost }: JudgeFlags) {
  return {
    ...prices === undefined ? {} : { prices },
    cap: {
      ...maxTokens === undefined ? {} : { tokens: maxTokens },
      ...maxCost === undefined ? {} : { cost: maxCost },
    },
  };
}

/** A model whose replies are kept in a file, and whose tokens are counted. */
async function kept(
  chat: RemoteChat,
  replies: string,
  close = () => Promise.resolve(),
): Promise<OpenJudge> {
  const keeping = cached(chat, await replyFile(here(replies), say));
  return {
    chat: keeping,
    accounts() {
      const { tokens, unmetered, cost } = chat.spent();
      return {
        calls: keeping.calls.made,
        cached: keeping.calls.cached,
        ...unmetered > 0 && tokens.prompt === 0 ? {} : { tokens },
        ...unmetered > 0 ? { unmetered } : {},
        ...cost === undefined ? {} : { cost },
      };
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A judge of texts whose calls are counted. */
function counted(judge: TextJudge, close = () => Promise.resolve()): OpenJudge {
  let calls = 0;
  const { grade } = judge;
  return {
    judge: {
      ...judge,
      compare(task) {
        calls++;
        return judge.compare(task);
      },
      ...grade
        ? {
          grade(task) {
            calls++;
            return grade(task);
          },
        }
        : {},
    },
    accounts: () => ({ calls, cached: 0 }),
    [Symbol.asyncDispose]: close,
  };
}
