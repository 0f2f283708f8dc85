import type { Game } from "../asks.ts";
import { type Jury, together, verdictOf } from "../panel.ts";
import { latest, repetitionsNote } from "../unique.ts";
import { FIVE, legacyLabel, reread } from "../verdicts.ts";
import { type Battle, labelOf } from "./files.ts";
import { arenaVerdict } from "./labels.ts";
import type { ArenaGame, ArenaJudgment } from "./rows.ts";

/** Somebody's judgements: a row a judge and opponent. */

/** What one judge said of one part: all that met one baseline, or a category of it. */
export interface Part {
  readonly judge: string;
  readonly baseline: string;
  /** Absent where one baseline was met everywhere. */
  readonly category?: string;
  readonly battles: readonly Battle[];
  readonly notes: readonly string[];
}

/** Which of the rows count. */
export interface Chosen {
  /** The baseline by name: of rows that do not say theirs, and of others the only one that counts. */
  readonly baseline?: string | undefined;
  readonly category?: string | undefined;
  /** Categories of questions, for rows that do not say theirs. */
  readonly categories?: ReadonlyMap<string, string>;
}

type Known = ArenaJudgment & { readonly baseline: string };

/** Rows by judge, and by category where categories have baselines of their own. */
export function partsOf(all: readonly ArenaJudgment[], chosen: Chosen): Part[] {
  const { rows, notes } = selected(all, chosen);
  const baselines = new Set(rows.map(({ baseline }) => baseline));
  const byCategory = baselines.size > 1;
  return [...Map.groupBy(rows, ({ judge }) => judge)].flatMap(([judge, own]) =>
    [...Map.groupBy(own, ({ category }) => byCategory ? category : undefined)]
      .map(([category, some]) => partOf(judge, category, some, notes))
  );
}

/** The rows that are asked for, with their baseline; a RangeError where it is not known. */
function selected(
  all: readonly ArenaJudgment[],
  { baseline, category, categories }: Chosen,
): { readonly rows: Known[]; readonly notes: readonly string[] } {
  if (all.length === 0) {
    throw new RangeError("Cannot recompute Arena-Hard: there are no judgements");
  }
  const named = all.map((row) => {
    const own = row.category ?? categories?.get(row.uid);
    return own === undefined ? row : { ...row, category: own };
  });
  const some = category === undefined ? named : named.filter((row) => row.category === category);
  if (some.length === 0) {
    const found = new Set(named.map((row) => row.category ?? "none"));
    throw new RangeError(
      `Cannot recompute Arena-Hard in category ${category}: found ${[...found].join(", ")}`,
    );
  }
  const known = some.map((row): Known => {
    const own = row.baseline ?? baseline;
    if (own !== undefined) return { ...row, baseline: own };
    throw new RangeError(
      `Cannot recompute Arena-Hard: question ${row.uid} of ${row.model} does not say the baseline: name it with --baseline (version 0.1 has gpt-4-0314)`,
    );
  });
  const met = baseline === undefined ? known : known.filter((row) => row.baseline === baseline);
  if (met.length === 0) {
    const found = new Set(known.map((row) => row.baseline));
    throw new RangeError(
      `Cannot recompute Arena-Hard against ${baseline}: found ${[...found].join(", ")}`,
    );
  }
  const rows = met.filter((row) => row.model !== row.baseline);
  const itself = met.length - rows.length;
  if (rows.length === 0) {
    throw new RangeError("Cannot recompute Arena-Hard: the baseline alone was judged, with itself");
  }
  return {
    rows,
    notes: itself === 0 ? [] : [
      `${itself} judgements are of the baseline with itself: left out`,
    ],
  };
}

const said = ({ games }: ArenaJudgment) => games.map((game) => game && [game.score, game.judgment]);

function partOf(
  judge: string,
  category: string | undefined,
  rows: readonly Known[],
  common: readonly string[],
): Part {
  const [baseline, ...others] = new Set(rows.map((row) => row.baseline));
  if (others.length > 0) {
    throw new RangeError(
      `Cannot recompute Arena-Hard: ${
        category === undefined ? "rows without a category" : `category ${category}`
      } must have one baseline, or --baseline choose it: found ${[baseline, ...others].join(", ")}`,
    );
  }
  const unique = latest(rows, ({ uid, model }) => JSON.stringify([model, uid]), {
    valid: ({ games }) => games.every((game) => game?.score || game?.judgment),
    said,
  });
  const { battles, notes } = fromJudgments(unique.rows);
  return {
    ...{ judge, baseline: baseline!, battles },
    ...category === undefined ? {} : { category },
    notes: [
      ...common,
      ...repetitionsNote(unique, judge),
      ...notes.map((note) => `${judge}: ${note}`),
    ],
  };
}

/** Labels are read again from the replies, `legacy` are the file's own, which count where no reply is kept. */
export function fromJudgments(
  rows: readonly ArenaJudgment[],
): { readonly battles: Battle[]; readonly notes: string[] } {
  const given = (game: ArenaGame | null) =>
    game?.score ? legacyLabel(`[[${game.score}]]`) : undefined;
  const read = (game: ArenaGame | null) =>
    game?.judgment ? reread(game.judgment, FIVE) as string | undefined : undefined;
  const all = rows.flatMap(({ games }) => games);
  const replies = all.some((game) => read(game) !== undefined);
  const dropped = !replies && all.some((game) => game?.judgment && given(game) !== undefined);
  let other = 0;
  const battles = rows.map(({ uid, category, model, games }): Battle => {
    const labels: { [game in Game]?: string } = {};
    const legacy: { [game in Game]?: string } = {};
    games.forEach((game, i) => {
      const which = i === 0 ? "baseline first" : "model first";
      const [old, now] = [given(game), game?.judgment && !dropped ? read(game) : given(game)];
      if (old !== undefined) legacy[which] = old;
      if (now !== undefined) labels[which] = now;
      if (old !== undefined && now !== old) other++;
    });
    const failed = labels["baseline first"] === undefined || labels["model first"] === undefined;
    return {
      question: uid,
      ...category === undefined ? {} : { category },
      ...{ model, labels, legacy },
      ...failed
        ? { failure: { failure: "malformed", reason: "A game has none of the five labels" } }
        : {},
    };
  });
  return {
    battles,
    notes: [
      ...dropped ? ["no reply holds a label: the file's own scores count"] : [],
      ...other === 0 ? [] : [
        `${other} of ${all.length} labels are read otherwise than the file has them, or are in doubt`,
      ],
    ],
  };
}

/** What several judges say together, on what all of them judged. */
export function juryOf(kind: Jury, judges: readonly Part[]): Battle[] {
  const { all } = together(
    judges.map(({ battles }) => battles),
    ({ question, model }) => JSON.stringify([model, question]),
  );
  return all.map((rows): Battle => {
    const [{ question, model, category }] = rows as [Battle];
    const head = { question, model, ...category === undefined ? {} : { category } };
    if (rows.some(({ failure }) => failure)) {
      const reason = "A judge of the jury has no verdict";
      return { ...head, labels: {}, failure: { failure: "not recorded", reason } };
    }
    const games = (["baseline first", "model first"] as const).map((game) => {
      const verdicts = rows.map(({ labels }) => arenaVerdict(labels[game]!)!.score);
      return [game, verdictOf(kind, verdicts)] as const;
    });
    return {
      ...head,
      labels: Object.fromEntries(games.map(([game, p]) => [game, labelOf(p)])),
      ...kind === "mean" ? { pooled: Object.fromEntries(games) } : {},
    };
  });
}
