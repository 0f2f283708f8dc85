import { z } from "zod";

const positive = z.number().positive();
const settings = z.strictObject({
  url: z.string().exactOptional(),
  key: z.string().exactOptional(),
  model: z.string().min(1).exactOptional(),
  body: z.record(z.string(), z.json()).exactOptional(),
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
  const [issue] = result.error.issues;
  const { path: at, message } = issue!;
  const known = Object.keys(settings.shape);
  if (issue!.code === "unrecognized_keys") {
    // A name that nobody knows may be a key that stands in the wrong place.
    const field = issue!.keys.find((name) => fields.includes(name));
    throw new SyntaxError(
      field === undefined
        ? `${path}: a field is unknown: known are ${known.join(", ")}`
        : `${path}: field ${JSON.stringify(field)} is one of the requests: put it into "body"`,
    );
  }
  // What zod says of a wrong value names types and known values. Names below the first are the user's.
  const field = at.length === 0 ? "the whole" : `field ${JSON.stringify(at[0])}`;
  throw new SyntaxError(`${path}: ${field}: ${message}`);
}

/** Fields of requests that people look for here. */
const fields = [
  ...["temperature", "top_p", "top_k", "min_p", "seed", "stop", "n", "logprobs", "top_logprobs"],
  ...["max_tokens", "max_completion_tokens", "reasoning_effort", "reasoning", "extra_body"],
  ...["frequency_penalty", "presence_penalty", "response_format", "service_tier", "provider"],
];
