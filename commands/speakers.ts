import { InvalidArgumentError } from "@commander-js/extra-typings";
import { type Chat, openCheckpoint } from "../mod.ts";
import { here } from "./input.ts";
import { type Accounts, type JudgeName, type JudgeOptions, openJudge } from "./open-judge.ts";

/** Models that answer: checkpoints of a user's own, and all that can be asked in words. */

export type SpeakerName =
  | { readonly kind: "checkpoint"; readonly directory: string }
  | { readonly kind: "judge"; readonly judge: JudgeName };

export const speakerForms = "DIR (a checkpoint), remote[:MODEL], local:DIR or replay:FILE";

export function speakerName(text: string): SpeakerName {
  const [, kind, rest = ""] = /^(remote|local|replay)(?::(.*))?$/s.exec(text) ?? [];
  if (kind === undefined) {
    if (text === "") throw new InvalidArgumentError(`It must be ${speakerForms}.`);
    return { kind: "checkpoint", directory: text };
  }
  if (kind !== "remote" && !rest) throw new InvalidArgumentError(`It must be ${kind}:PATH.`);
  return { kind: "judge", judge: { kind: kind as "remote" | "local" | "replay", rest } };
}

export interface Speaker extends AsyncDisposable {
  readonly chat: Chat;
  /** What files call it where the user does not say. */
  readonly name: string;
  accounts(): Accounts;
}

export async function openSpeaker(
  name: SpeakerName,
  tokens: number,
  options: Omit<JudgeOptions, "judge">,
): Promise<Speaker> {
  if (name.kind === "checkpoint") return await openOwn(here(name.directory), tokens);
  const open = await openJudge({ ...options, judge: name.judge });
  if (!("chat" in open)) throw new RangeError("Cannot answer by a judge that is asked nothing");
  const { chat } = open;
  return {
    chat,
    name: chat.id.replace(/^\w+:/, ""),
    accounts: () => open.accounts(),
    [Symbol.asyncDispose]: () => open[Symbol.asyncDispose](),
  };
}

async function openOwn(directory: string, tokens: number): Promise<Speaker> {
  const checkpoint = await openCheckpoint(directory);
  const { context, tokenizer, chat } = checkpoint;
  const name = directory.split(/[\\/]/).filter(Boolean).at(-1)!;
  // Only commands that compute need the engine, and the permission to load it.
  const { checkpointChat } = await import("../lab/checkpoints/chat.ts");
  const longest = Math.min(tokens, context - 1);
  const opened = checkpointChat({
    name,
    sha256: await checkpoint.fingerprint(),
    model: checkpoint.model({ longest }),
    params: await checkpoint.load(),
    ...{ context, longest },
    read(messages) {
      if (chat) return tokenizer.encode(chat(messages, true));
      const said = messages.map(({ role, content }) => `${speakers[role]}${content}`);
      return [...tokenizer.opening, ...tokenizer.encode([...said, "Assistant:"].join("\n\n"))];
    },
    write: (tokens) => tokenizer.decode(tokens),
    stop: tokenizer.stop,
    threads: navigator.hardwareConcurrency,
  });
  let calls = 0;
  return {
    name,
    chat: {
      ...opened,
      complete(request) {
        calls++;
        return opened.complete(request);
      },
    },
    accounts: () => ({ calls, cached: 0 }),
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

/** For models without a chat template. */
const speakers = { system: "", user: "User: ", assistant: "Assistant: " } as const;
