import type { Rng } from "../../../core/mod.ts";
import { type Given, need, shared } from "../options.ts";
import { jury, juryName } from "../panel.ts";
import { names, type Recomputed, type UserFiles } from "../protocol.ts";
import { beside } from "../texts.ts";
import { reduce } from "./figures.ts";
import { entrant, type Grade, type Match } from "./files.ts";
import { ofGrades, ofMatches } from "./noise.ts";
import { human } from "./options.ts";
import {
  agreementWith,
  type MtVote,
  ofJudgments,
  type PairVerdict,
  vote,
  votesOf,
} from "./people.ts";
import {
  byJudge,
  EACH_OTHER,
  fromPairs,
  fromSingle,
  juryOfGrades,
  juryOfMatches,
  metIn,
  otherwise,
  roundRobin,
} from "./recorded.ts";
import {
  answer,
  type PairJudgment,
  pairJudgment,
  question,
  questionsOf,
  type SingleJudgment,
  singleJudgment,
} from "./rows.ts";

/** What one judge said, of either kind. */
interface Court {
  readonly judge: string;
  readonly grades: readonly Grade[];
  readonly matches: readonly Match[];
  /** Its verdicts on pairs of any models, which people voted on as well. */
  readonly verdicts: readonly PairVerdict[];
  readonly baseline: string;
  readonly questions: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** Somebody's grades, pairs or verdicts on pairs, and how far these agree with people; of each judge by itself. */
export async function recompute(
  title: string,
  given: Given,
  read: UserFiles,
  rng: Rng,
): Promise<Recomputed[]> {
  const { get } = given;
  const [paths] = need(given, [shared.judgments], `recompute ${title}`);
  const path = get(shared.questions);
  const questions = path === undefined ? [] : questionsOf(await read.rows(path, question));
  const entrants = await Promise.all(
    (get(shared.answers) ?? []).map(async (path) =>
      entrant(await read.rows(path, answer), path, read.keepThoughts)
    ),
  );
  const found = await judgmentsIn(read, paths);
  const { single, pair, verdicts } = found;
  if (single.length + pair.length + verdicts.length === 0) {
    throw new RangeError(`Cannot recompute ${title}: there are no judgements`);
  }
  const people = get(human);
  if (people === undefined && verdicts.length > 0) {
    throw new RangeError(
      `Cannot recompute ${title} of single verdicts on pairs: they only serve to be compared with votes, by --human`,
    );
  }
  const categories = new Map(
    questions.flatMap(({ id, category }) => category === undefined ? [] : [[id, category]]),
  );
  const courts = courtsOf(found, { categories, named: get(shared.baseline), people: !!people });
  const kind = get(jury);
  const juries = kind === undefined || courts.length < 2 ? [] : [{
    ...courts[0]!,
    judge: juryName(kind, courts.map(({ judge }) => judge)),
    grades: juryOfGrades(kind, courts.map(({ grades }) => grades)),
    matches: juryOfMatches(kind, courts.map(({ matches }) => matches)),
    ...{ verdicts: [], notes: [] },
  }];
  const votes = people === undefined ? undefined : await votesIn(read, people);
  const of = (court: Court): Recomputed => {
    const random = courts.length > 1 ? rng.split(court.judge) : rng;
    const { judge, grades, matches, baseline, notes } = court;
    // Where nobody judged pairs the votes are a mistake, which an error says.
    const met = court.verdicts.length > 0 || courts.every(({ verdicts }) => verdicts.length === 0);
    const agreement = votes && met && court.judge !== juries[0]?.judge
      ? agreementWith(court.verdicts, votes, names(read, people!), random.split("people"))
      : undefined;
    return {
      ...reduce(grades, matches, random),
      scorings: { grade: ofGrades(grades), "win-rate": ofMatches(matches) },
      texts: beside(court.questions, questions, entrants),
      ...agreement ? { agreement } : {},
      flaws: new Map(entrants.map(({ model, flaws }) => [model, flaws])),
      ...{ on: names(read, paths), baseline, judge, notes },
    };
  };
  return [...courts.map(of), ...juries.map((court) => ({ ...of(court), jury: kind! }))];
}

interface Judgments {
  readonly single: readonly SingleJudgment[];
  readonly pair: readonly PairJudgment[];
  readonly verdicts: readonly MtVote[];
}

/** All that each judge said. */
function courtsOf(
  { single, pair, verdicts }: Judgments,
  { categories, named, people }: {
    readonly categories: ReadonlyMap<string, string>;
    readonly named: string | undefined;
    readonly people: boolean;
  },
): Court[] {
  const [singles, pairs] = [byJudge(single), byJudge(pair)];
  const votes = Map.groupBy(votesOf(verdicts), ({ by }) => by);
  // Whom pairs are against is one for all judges.
  const { baseline, rows, notes } = metIn(pairs.flatMap(({ rows }) => rows), named);
  const counted = new Set(rows);
  const judges = new Set([...singles, ...pairs].map(({ judge }) => judge));
  for (const judge of votes.keys()) judges.add(judge);
  return [...judges].map((judge): Court => {
    const grades = singles.find((one) => one.judge === judge);
    const met = pairs.find((one) => one.judge === judge);
    const own = met?.rows.filter((row) => counted.has(row)) ?? [];
    const graded = fromSingle(grades?.rows ?? [], categories);
    const cast = votes.get(judge) ?? [];
    return {
      ...{ judge, baseline, grades: graded },
      matches: baseline === EACH_OTHER
        ? roundRobin(own, categories)
        : fromPairs(own, baseline, categories),
      // To agree with people a judge may have seen any pairs.
      verdicts: people ? [...ofJudgments(met?.rows ?? []), ...cast] : [],
      questions: new Set(
        [...grades?.rows ?? [], ...own].map(({ question_id }) => `${question_id}`).concat(
          cast.map(({ question }) => question),
        ),
      ),
      notes: [...grades?.notes ?? [], ...met?.notes ?? [], ...notes, ...otherwise(graded, judge)],
    };
  });
}

/** Files of each kind, told apart by what their rows hold. */
async function judgmentsIn(read: UserFiles, paths: readonly string[]): Promise<Judgments> {
  const single: SingleJudgment[] = [];
  const pair: PairJudgment[] = [];
  const verdicts: MtVote[] = [];
  for (const path of paths) {
    for (const { value, place } of await read.entries(path, ["score", "turn"])) {
      const has = (field: string) =>
        typeof value === "object" && value !== null && Object.hasOwn(value, field);
      if (has("winner")) verdicts.push(read.checked(vote, value, place));
      else if (has("g1_winner")) pair.push(read.checked(pairJudgment, value, place));
      else single.push(read.checked(singleJudgment, value, place));
    }
  }
  return { single, pair, verdicts };
}

/** People's votes, as verdicts on pairs. */
export const votesIn = async (read: UserFiles, paths: readonly string[]) =>
  votesOf((await Promise.all(paths.map((path) => read.rows(path, vote, ["turn"])))).flat());
