import type { Chat } from "../core/mod.ts";
import { type Recorded, replyKey } from "./cached.ts";

/**
 * A chat that answers from recorded replies alone, as the judge that gave them would. What was not
 * recorded is a failure. A RangeError where the replies are of no judge or of several.
 */
export function replay(recorded: readonly Recorded[], place: string): Chat {
  const judges = new Map(
    recorded.map(({ judge: id, parameters }) => [replyKey({ id, parameters }, nothing), {
      id,
      parameters,
    }]),
  );
  const [judge, ...others] = judges.values();
  if (!judge) throw new RangeError(`Cannot replay ${place}: it holds no replies`);
  if (others.length > 0) {
    const names = [judge, ...others].map(({ id, parameters }) =>
      `${id} ${JSON.stringify(parameters)}`
    );
    throw new RangeError(`Cannot replay ${place}: it holds replies of ${names.join(" and of ")}`);
  }
  const replies = new Map(recorded.map(({ key, reply }) => [key, reply]));
  return {
    id: judge.id,
    parameters: judge.parameters,
    complete(request) {
      const key = replyKey(judge, request);
      return Promise.resolve(
        replies.get(key) ??
          { failure: "not recorded" as const, reason: `${place} has no reply ${key.slice(0, 12)}` },
      );
    },
  };
}

const nothing = { messages: [], longest: 0, temperature: 0 };
