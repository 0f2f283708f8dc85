import { type Columns, isPresent, isRecord, type Said } from "../columns.ts";

/** Where the question stands: an entry a way, the first that a row has counts. */
interface Asking {
  readonly columns: readonly string[];
  read(row: Columns): Said | undefined;
}
/** As it stands in a column of one of these names. */
const plain = (...columns: readonly string[]): Asking => ({
  columns,
  read(row) {
    const name = columns.find((column) => row.has(column));
    return name === undefined ? undefined : row.said(name);
  },
});

export const askings: readonly Asking[] = [
  plain("prompt"),
  {
    // Alpaca's: a task and what to do it on; LLaMA-Factory's earlier turns.
    columns: ["instruction", "query"],
    read(row) {
      const name = ["instruction", "query"].find((column) => row.has(column));
      if (name === undefined) return undefined;
      const { path, value } = row.said(name);
      const task = joined(value, row, ["input", "query", "question"].filter((on) => on !== name));
      const turns = row.has("history") ? earlier(row.get("history")) : [];
      if (turns.length === 0 || typeof task !== "string") return { path, value: task };
      return { path, value: [...turns, { role: "user", content: task }] };
    },
  },
  {
    columns: ["question"],
    read(row) {
      if (!row.has("question")) return undefined;
      const { path, value } = row.said("question");
      // WebGPT's.
      if (isRecord(value) && "full_text" in value) {
        return { path: `${path}.full_text`, value: value.full_text };
      }
      const context = typeof row.peek("context") === "string" ? row.get("context") : undefined;
      return { path, value: context === undefined ? value : joined(context, row, ["question"]) };
    },
  },
  plain(
    "messages",
    "conversations",
    "conversation",
    "trajectory",
    "dialogue",
    "dialog",
    "context",
  ),
  {
    columns: ["input"],
    read(row) {
      if (!row.has("input")) return undefined;
      const { path, value } = row.said("input");
      // OpenAI's.
      return isRecord(value) && "messages" in value
        ? { path: `${path}.messages`, value: value.messages }
        : { path, value };
    },
  },
  plain("history", "problem", "post", "request", "user_input", "user_prompt", "title"),
  {
    // OpenAI's summaries.
    columns: ["info"],
    read(row) {
      const info = row.has("info") ? row.get("info") : undefined;
      if (!isRecord(info) || typeof info.post !== "string") return undefined;
      const line = (head: string, value: unknown) =>
        typeof value === "string" && value !== "" ? `${head}: ${value}\n` : "";
      const before = line("SUBREDDIT", info.subreddit && `r/${info.subreddit}`) +
        line("TITLE", info.title);
      return { path: "info.post", value: `${before}POST: ${info.post}\nTL;DR:` };
    },
  },
];

/** A text with those of other columns after it, a line each. */
function joined(text: unknown, row: Columns, columns: readonly string[]): unknown {
  if (typeof text !== "string") return text;
  const more = columns.filter((name) => row.has(name)).map((name) => row.get(name));
  return [text, ...more.filter((one) => typeof one === "string" && one !== "")].join("\n");
}

/** LLaMA-Factory's pairs of what was asked and answered before. */
function earlier(history: unknown): { role: string; content: unknown }[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((turn: unknown) =>
    Array.isArray(turn) && turn.length === 2 && turn.every(isPresent)
      ? [{ role: "user", content: turn[0] }, { role: "assistant", content: turn[1] }]
      : []
  );
}

/** The question of a row, where a column holds it. */
export function questionOf(row: Columns): Said | undefined {
  for (const asking of askings) {
    const found = asking.read(row);
    if (found) return found;
  }
  return undefined;
}
