import { folded, type Said } from "./columns.ts";

/** What a column that nobody reads may mean, by its name. */

interface Guess {
  readonly names: RegExp;
  /** What is lost with it, and why that is thought. */
  readonly lost: "nothing" | "something" | "the question";
  readonly because: string;
  /** Whether it is a word or a few: a longer text is something else. */
  readonly short?: true;
}

const verdict = "it is another verdict, and one can be named by --columns";
const guesses: readonly Guess[] = [
  {
    names:
      /rationale|critique|feedback|statement|elaboration|reason|explanation|justification|quotes/,
    lost: "nothing",
    because: "it says why an answer is better",
  },
  {
    names: /^(safer|better|preferred|winner)/,
    lost: "something",
    because: verdict,
  },
  {
    names: /(^|_)(id|ids|uuid|qid|index|idx|hash|key|url|link|version|status)$/,
    lost: "nothing",
    because: "it names the row",
    short: true,
  },
  {
    names: /video|audio/,
    lost: "something",
    because: "no model here watches or hears",
  },
  {
    names: /image|pixel|vision/,
    lost: "something",
    because:
      "bench alone reads images: those in image or images, or in what --columns image= names",
  },
  {
    names: /^tools$|^functions$|tool_calls/,
    lost: "something",
    because: "tools are told to chat templates, which strings do not go through",
  },
  {
    names:
      /^(meta|metadata|vectors|seed|date|time|timestamp|tstamp|turns?|rounds?|anony|unnamed:.*)$|^(num|n)_|_at(_\w)?$|created|seconds|len(gth)?$|tokens|__index_level/,
    lost: "nothing",
    because: "it counts or dates the row",
    short: true,
  },
  {
    names:
      /source|dataset|origin|subset|split|categor|domain|task|lang|topic|tags?$|type$|subreddit|natured|toxic|moderation|difficulty|level/,
    lost: "nothing",
    because: "it says where the row comes from",
    short: true,
  },
  {
    names: /model|generator|author|judge|annot|evaluator|worker|policy|labell?(ing|er)/,
    lost: "nothing",
    because: "it says who wrote or judged the answers",
    short: true,
  },
  {
    names:
      /score|rating|rank|reward|margin|strength|preference|agreement|correct|coherence|complexity|verbosity|helpful|safe|severity|vote|logp|prob$|winner|label|choice|overall/,
    lost: "something",
    because: verdict,
  },
  {
    names:
      /^(full|original|raw)_|^messages$|^conversations?$|generations$|^(response|answer|output|completion)$/,
    lost: "nothing",
    because: "it looks like the prompt or an answer again",
  },
  {
    names:
      /chat_template|system|context|history|document|passage|article|input|question|query|instruction|problem|title|text|prompt/,
    lost: "the question",
    because: "if it is part of the question, name it by --columns",
  },
];
/** Words that the name of a source or a date takes at most. */
const WORDS = 5;
const asked = guesses.at(-1)!;
const silent: Guess = { names: /^/, lost: "nothing", because: "it holds no text" };

/** What is lost where a column is not read. */
function guessOf({ path, value }: Said): Guess {
  const name = folded(path);
  const wordy = typeof value === "string" && value.trim().split(/\s+/).length > WORDS;
  const found = guesses.find(({ names, short }) => names.test(name) && !(short && wordy)) ?? asked;
  return found === asked && !holdsText(value) ? silent : found;
}

function holdsText(value: unknown, depth = 0): boolean {
  if (typeof value === "string") return /\p{L}{2}/u.test(value);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  return depth < 3 && Object.values(value).some((one) => holdsText(one, depth + 1));
}

/** Whether a value that nobody has read may be what the user asked. */
export const looksLikeQuestion = (said: Said): boolean =>
  typeof said.value === "string" && guessOf(said).lost === "the question" &&
  !/^(true|false|none|null|nan)$/i.test(said.value);

/** A sentence for each reason why columns were not read; none where all were. */
export function unreadNotes(columns: readonly Said[]): string[] {
  return [...Map.groupBy(columns, guessOf)].map(([{ lost, because }, some]) =>
    `Not read: ${some.map(({ path }) => JSON.stringify(path.slice(0, 60))).join(", ")}, which ${
      lost === "nothing" ? "does not matter" : "may matter"
    }: ${because}`
  );
}
