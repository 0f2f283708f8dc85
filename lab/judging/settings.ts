import { z } from "zod";

const positive = z.number().positive();
const settings = z.strictObject({
  url: z.string().exactOptional(),
  key: z.string().exactOptional(),
  model: z.string().min(1).exactOptional(),
  body: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).exactOptional(),
  longestField: z.enum(["max_tokens", "max_completion_tokens"]).exactOptional(),
  /** Seconds. */
  timeout: positive.exactOptional(),
  retries: z.int().min(0).exactOptional(),
  concurrency: z.int().min(1).exactOptional(),
  prices: z.strictObject({ prompt: z.number().min(0), completion: z.number().min(0) })
    .exactOptional(),
});

/** How a judge behind a server is reached, as a user's file of JSON says. */
export type JudgeSettings = z.infer<typeof settings>;

/**
 * Reads such a file. Its errors name the file and the field and show no value, as the file may hold
 * a key.
 */
export async function readJudgeSettings(path: string): Promise<JudgeSettings> {
  const text = await Deno.readTextFile(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Not its cause either: the message of a JSON error quotes the text.
    throw new SyntaxError(`${path}: not JSON`);
  }
  const result = settings.safeParse(value);
  if (result.success) return result.data;
  const { path: at, message } = result.error.issues[0]!;
  const field = at.length === 0 ? "the whole" : `field ${JSON.stringify(at.join("."))}`;
  // What zod says of a wrong value names types and known fields, and unknown ones by name.
  throw new SyntaxError(`${path}: ${field}: ${message}`);
}
