import { createHash } from "node:crypto";
import { z } from "zod";
import { type Audit, audit } from "../../core/mod.ts";
import { parse, parseJson } from "../disk/schema.ts";

/** A SyntaxError that names the field where the file is no audit. */
export async function readAudit(path: string): Promise<Audit> {
  return parse(audit, parseJson(await Deno.readTextFile(path), path), path);
}

/**
 * Refuses a judge that is not the one in an audit, or that did not pass it: a RangeError says which
 * checks it failed.
 */
export async function requireAudit(
  path: string,
  judge: { readonly id: string; readonly fingerprint: string },
): Promise<void> {
  const { judge: audited, verdict, checks } = await readAudit(path);
  if (audited.fingerprint !== judge.fingerprint) {
    throw new RangeError(
      `Cannot judge by ${judge.id}: ${path} is an audit of ${audited.id} with other weights, parameters or prompts (fingerprint ${
        audited.fingerprint.slice(0, 12)
      }, expected ${judge.fingerprint.slice(0, 12)})`,
    );
  }
  if (verdict === "pass") return;
  const wrong = checks.filter(({ state }) => state !== "pass").map(({ id, state }) =>
    `${id} (${state})`
  );
  throw new RangeError(
    `Cannot judge by ${judge.id}: it did not pass its audit in ${path}: ${wrong.join(", ")}`,
  );
}

/** A question with an honest answer, as an audit asks it. */
export interface QuestionRow {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

const text = z.string().min(1);
const row = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  instruction: text.optional(),
  prompt: text.optional(),
  question: text.optional(),
  output: text.optional(),
  answer: text.optional(),
  response: text.optional(),
  chosen: text.optional(),
});

/**
 * Questions with honest answers: a list in `.json`, or lines of JSON, with `instruction`, `prompt`
 * or `question`, and `output`, `answer`, `response` or `chosen`. A SyntaxError names line or entry.
 */
export async function readQuestions(
  path: string,
): Promise<{ readonly rows: readonly QuestionRow[]; readonly sha256: string }> {
  const content = await Deno.readTextFile(path);
  const sha256 = createHash("sha256").update(content).digest("hex");
  const values = path.endsWith(".json")
    ? parse(z.array(z.unknown()), parseJson(content, path), path)
      .map((value, i) => ({ value, place: `${path}[${i}]` }))
    : content.split("\n").map((line, i) => ({ line, place: `${path}:${i + 1}` }))
      .filter(({ line }) => line.trim() !== "")
      .map(({ line, place }) => ({ value: parseJson(line, place), place }));
  const rows = values.map(({ value, place }, i) => {
    const found = parse(row, value, place);
    const question = found.instruction ?? found.prompt ?? found.question;
    const answer = found.output ?? found.answer ?? found.response ?? found.chosen;
    if (question === undefined || answer === undefined) {
      throw new SyntaxError(
        question === undefined
          ? `${place}: a question must stand in "instruction", "prompt" or "question"`
          : `${place}: an answer must stand in "output", "answer", "response" or "chosen"`,
      );
    }
    return { id: `${found.id ?? i + 1}`, question, answer };
  });
  if (rows.length < 2) {
    throw new SyntaxError(`${path}: expected two questions at least, found ${rows.length}`);
  }
  return { rows, sha256 };
}
