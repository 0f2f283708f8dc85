import type { Chat, ChatRequest, Json } from "../core/mod.ts";

/**
 * The same chat, of which every request is what will be sent: fields of the user's own win over what
 * a protocol would ask for, so that what is kept and hashed is what was sent.
 */
export function asSent(chat: Chat): Chat {
  const { temperature, seed } = chat.parameters;
  const longest = longestIn(chat.parameters);
  const own: Pick<ChatRequest, "seed"> & { longest?: number } = {
    ...longest === undefined ? {} : { longest },
    ...typeof seed === "number" ? { seed } : {},
  };
  return {
    ...chat,
    complete({ temperature: asked, ...request }) {
      const one = temperature === undefined ? asked : temperature;
      return chat.complete({
        ...request,
        ...own,
        ...typeof one === "number" ? { temperature: one } : {},
      });
    },
  };
}

/** How long a reply may be by the fields that servers have for it; undefined where none is there. */
export function longestIn(fields: { readonly [name: string]: Json }): number | undefined {
  const found = longestFields.map((name) => fields[name]).find((one) => typeof one === "number");
  return found as number | undefined;
}

export const longestFields = ["max_completion_tokens", "max_tokens"] as const;
