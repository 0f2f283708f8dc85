import { cached } from "../../judges/cached.ts";
import { replyFile } from "../../lab/judging/replies.ts";

/** `deno run replier.ts FILE NAME N`: keeps N replies of its own in the file. */
const [path, name, n] = Deno.args as [string, string, string];
const chat = cached({
  id: "remote:toy",
  parameters: {},
  complete: ({ messages }) => Promise.resolve({ text: messages[0]!.content }),
}, await replyFile(path, () => {}));
await Promise.all(
  Array.from({ length: Number(n) }, (_, i) =>
    chat.complete({
      messages: [{ role: "user", content: `${name} ${i}` }],
      longest: 1,
      temperature: 0,
    })),
);
