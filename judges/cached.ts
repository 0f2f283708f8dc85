import {
  type Chat,
  type ChatReply,
  type ChatRequest,
  failed,
  type Failure,
  fingerprint,
} from "../core/mod.ts";

/** A question to a model and what came back, as it is kept. */
export interface Recorded {
  /** SHA-256 of everything beside it that decides the reply; see `replyKey`. */
  readonly key: string;
  /** The `id` and the parameters of the chat that replied. */
  readonly judge: string;
  readonly parameters: Chat["parameters"];
  readonly request: ChatRequest;
  readonly reply: ChatReply;
}

/** Where replies are kept. */
export interface Replies {
  get(key: string): Recorded | undefined;
  /** Resolves once the reply is safe. */
  add(reply: Recorded): Promise<void>;
}

/** SHA-256 of judge, parameters and request, the number of the repeat included. */
export function replyKey(chat: Pick<Chat, "id" | "parameters">, request: ChatRequest): string {
  return fingerprint([chat.id, chat.parameters, { repeat: 0, ...request }]);
}

/** A chat that counts what it asked and what it knew. */
export interface CachedChat extends Chat {
  /** Requests answered by the model and from what is kept; failures count as the model's. */
  readonly calls: { readonly made: number; readonly cached: number };
}

/**
 * The same chat, which asks nothing twice: a reply is kept and given again to an equal request. A
 * failure is never kept. Of equal requests at one time one is made.
 */
export function cached(chat: Chat, replies: Replies): CachedChat {
  const calls = { made: 0, cached: 0 };
  const open = new Map<string, Promise<ChatReply | Failure>>();

  async function ask(key: string, request: ChatRequest): Promise<ChatReply | Failure> {
    calls.made++;
    const reply = await chat.complete(request);
    if (failed(reply)) return reply;
    await replies.add({ key, judge: chat.id, parameters: chat.parameters, request, reply });
    return reply;
  }

  return {
    id: chat.id,
    parameters: chat.parameters,
    calls,
    async complete(request) {
      const key = replyKey(chat, request);
      const kept = replies.get(key);
      const pending = kept ? undefined : open.get(key);
      if (kept || pending) {
        calls.cached++;
        return kept?.reply ?? await pending!;
      }
      const asked = ask(key, request).finally(() => open.delete(key));
      open.set(key, asked);
      return await asked;
    },
  };
}
