import type { Chat } from "../core/mod.ts";

/** The same chat asked for the nth time, from 0: a reply of another time is none of this one's. */
export function nth(chat: Chat, repeat: number): Chat {
  return { ...chat, complete: (request) => chat.complete({ ...request, repeat }) };
}
