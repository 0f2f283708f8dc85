import { comparisons, gradings, type Line } from "../asks.ts";
import { type Field, joined } from "../field.ts";
import { type Given, need, shared } from "../options.ts";
import { pairings } from "../pairings.ts";
import { names, type Prepared, type Protocol, type UserFiles } from "../protocol.ts";
import { ofField } from "../texts.ts";
import { PAIR } from "../verdicts.ts";
import { answering } from "./answering.ts";
import { reduce } from "./figures.ts";
import { entrant, exported, gradesOf, matchesOf } from "./files.ts";
import { noise, ofGrades, ofMatches } from "./noise.ts";
import { human, options, references } from "./options.ts";
import { agreementWith, meet, ofMatches as verdictsOf, type PairVerdict } from "./people.ts";
import { wording } from "./prompt.ts";
import { recompute, votesIn } from "./recompute.ts";
import { answer, question, questionsOf } from "./rows.ts";

/** MT-Bench: grades of answers on two turns, and pairs of them against a baseline. */

export * from "./figures.ts";
export * from "./files.ts";
export * from "./people.ts";
export * from "./recorded.ts";
export * from "./rows.ts";
export * from "./tables.ts";

const title = "MT-Bench";
const fixtures = "tests/fixtures/protocols/mt";

/** The protocol, as `judges/protocols/all.ts` lists it. */
export const protocol: Protocol = {
  id: "mt-bench",
  title,
  headline: ["grade", "grade-legacy", "win-rate"],
  options,
  recorded: shared.judgments,
  examples: [
    `--mode both --judge remote --questions ${fixtures}-questions.jsonl --references ${fixtures}-references.jsonl --answers ${fixtures}-model.jsonl --baseline ${fixtures}-baseline.jsonl --out judged/mt`,
    `--judgments ${fixtures}-judgments-all.jsonl --human ${fixtures}-human.jsonl`,
  ],
  wording,
  reply: { pair: PAIR },
  answering,
  noise,
  async prepare(given, read, judge) {
    const { field, notes, flaws } = await joinedAnswers(given, read);
    const on = names(read, given.get(shared.answers)!);
    const mode = given.get(shared.mode) ?? "single";
    const prepared = { ...ofAnswers(field, on, given, mode), notes, flaws };
    const people = given.get(human);
    if (people === undefined) return prepared;
    if (mode === "single") {
      throw new RangeError(
        "Cannot compare grades with people's votes on pairs: judge by --mode pair or both",
      );
    }
    return withPeople(prepared, field, judge, await votesIn(read, people), names(read, people));
  },
  ofRun: ({ field, on }, given) => ofAnswers(field, on, given, given.get(shared.mode) ?? "both"),
  recompute: (given, read, rng) => recompute(title, given, read, rng),
};

/** Questions with the answers of every model, and the baseline's where pairs are judged. */
async function joinedAnswers(given: Given, read: UserFiles) {
  const what = `judge by ${title}`;
  const [path, answers] = need(
    given,
    (given.get(shared.mode) ?? "single") === "single"
      ? [shared.questions, shared.answers]
      : [shared.questions, shared.answers, shared.baseline],
    what,
  );
  const known = given.get(references);
  const referenced = known === undefined ? [] : await read.rows(known, answer);
  const questions = questionsOf(await read.rows(path, question), referenced);
  const one = async (place: string) => ({
    entrant: entrant(await read.rows(place, answer), place, read.keepThoughts),
    place,
  });
  const models = await Promise.all(answers.map(one));
  const baseline = given.get(shared.baseline);
  const base = baseline === undefined ? undefined : await one(baseline);
  return {
    ...joined(questions, path, models, base),
    flaws: new Map(models.map(({ entrant: { model, flaws } }) => [model, flaws])),
  };
}

/** The same with how far the judge agrees with people; a RangeError where no vote is on what is asked. */
function withPeople(
  prepared: Prepared,
  { baseline: { model: against } }: Field,
  judge: string,
  votes: readonly PairVerdict[],
  files: string,
): Prepared {
  const pairs = prepared.asks.flatMap(({ about }) => about.game === undefined ? [] : [about]);
  // Before anything is asked: votes that meet nothing are a mistake.
  meet(
    verdictsOf(
      pairs.map((about) => ({ ...about, games: [undefined, undefined] })),
      against,
      "",
    ),
    votes,
    files,
  );
  return {
    ...prepared,
    figures: (lines, rng) => ({
      ...prepared.figures(lines, rng),
      agreement: agreementWith(
        verdictsOf(matchesOf(pairings(lines), new Map()), against, judge),
        votes,
        files,
        rng.split("people"),
      ),
    }),
  };
}

function ofAnswers(
  field: Field,
  on: string,
  { get }: Given,
  mode: "single" | "pair" | "both",
): Prepared {
  const categories = new Map(
    field.questions.flatMap(({ id, category }) => category === undefined ? [] : [[id, category]]),
  );
  const grades = (lines: readonly Line[]) => gradesOf(lines, categories);
  const matches = (lines: readonly Line[]) => matchesOf(pairings(lines), categories);
  const asks = [
    ...mode === "pair" ? [] : gradings(field, { turns: 2 }),
    ...mode === "single"
      ? []
      : comparisons(field, { orders: get(shared.orders) ?? "both", turns: 2 }),
  ];
  return {
    on,
    baseline: mode === "single" ? "none" : field.baseline.model,
    asks,
    notes: [],
    texts: () => ofField(field, asks),
    figures: (lines, rng) => reduce(grades(lines), matches(lines), rng),
    scorings: (lines) => ({
      grade: ofGrades(grades(lines)),
      "win-rate": ofMatches(matches(lines)),
    }),
    files(lines, judge, prompts) {
      const { single, pair } = exported(lines, field, judge, prompts);
      return {
        ...single.length > 0 ? { "judgments_single.jsonl": single } : {},
        ...pair.length > 0 ? { "judgments_pair.jsonl": pair } : {},
      };
    },
  };
}
