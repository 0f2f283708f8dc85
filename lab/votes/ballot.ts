import {
  type Blind,
  type Choice,
  digestOf,
  inOrder,
  isOn,
  keyOfVote,
  type Pair,
  pairKey,
  type Rng,
  rng,
  type Vote,
} from "../../core/mod.ts";

/** Which pair a voter sees next, and on which sides: a function of the pairs and the votes so far. */

/** One repeat after so many votes on new pairs, of a pair that at least `GAP` others have followed. */
const EVERY = 10;
const GAP = 6;

/** A pair as one voter sees it. */
export interface Ballot extends Pick<Vote, "digest" | "shown" | "repeats"> {
  readonly pair: Pair;
  readonly a: string;
  readonly b: string;
  readonly seen?: readonly [Blind, Blind];
}

const contestOf = ({ benchmark, setting, contestants }: Pair): string =>
  JSON.stringify([benchmark, setting, contestants]);

/**
 * The order in which every voter is dealt new pairs: in each round every contest once, with a prompt
 * and a seed of its own. Were a prompt dealt to all methods in a row, its answer by the start policy
 * would be known by its coming back.
 */
export function dealingOrder(pairs: readonly Pair[]): Pair[] {
  const draws = rng("votes");
  const contests = [...Map.groupBy(pairs, contestOf)].map(([contest, pairs]) =>
    draws.split(contest).shuffle(pairs)
  );
  const rounds = Math.max(0, ...contests.map((pairs) => pairs.length));
  return Array.from(
    { length: rounds },
    (_, round) =>
      draws.split(round).shuffle(contests).flatMap((pairs) => pairs.slice(round, round + 1)),
  ).flat();
}

export interface Dealer {
  /** Those votes that are on its pairs. */
  concerned(votes: readonly Vote[]): Vote[];
  /** What a voter with these lasting votes sees next; undefined when every pair has been dealt. */
  next(votes: readonly Vote[]): Ballot | undefined;
  /** Pairs there are. */
  readonly pairs: number;
}

/** Deals these pairs to one voter: whoever comes back is dealt the pair that was left. */
export function dealer(pairs: readonly Pair[], voter: string): Dealer {
  const draws = rng("votes").split("voter").split(voter);
  const places = new Map<string, number>();
  const all = dealingOrder(pairs).map((pair) => {
    const contest = contestOf(pair);
    const place = places.get(contest) ?? 0;
    places.set(contest, place + 1);
    return { pair, key: pairKey(pair), turned: turned(draws.split(contest), place) };
  });
  const known = new Map(all.map((one) => [one.key, one]));
  const concerned = (votes: readonly Vote[]) =>
    votes.filter((vote) => {
      const one = known.get(keyOfVote(vote));
      return one !== undefined && isOn(vote, one.pair);
    });
  return {
    pairs: all.length,
    concerned,
    next(votes) {
      const mine = concerned(votes);
      const again = repeat(mine, draws.split("repeats"));
      if (again) {
        const { pair } = known.get(keyOfVote(again.vote))!;
        // On the same sides as then, or on the others.
        const before = again.vote.shown[0] !== pair.contestants[0];
        return ballot(pair, before !== again.turned, again.vote.id);
      }
      const seen = new Set(mine.map(keyOfVote));
      const fresh = all.find(({ key }) => !seen.has(key));
      return fresh && ballot(fresh.pair, fresh.turned);
    },
  };
}

/** Whether the k-th pair of a contest changes sides: of two in a row, one does. */
const turned = (draws: Rng, k: number): boolean =>
  draws.split(Math.floor(k / 2)).shuffle([true, false])[k % 2]!;

export const decided = ({ choice }: { readonly choice: Choice }): boolean => choice !== "skip";

/** The earlier vote that is to be asked for again, if one is due. */
function repeat(mine: readonly Vote[], draws: Rng): { vote: Vote; turned: boolean } | undefined {
  const repeats = mine.filter(({ repeats }) => repeats !== undefined);
  const fresh = mine.filter((vote) => vote.repeats === undefined && decided(vote));
  if (Math.floor(fresh.length / EVERY) <= repeats.length) return undefined;
  const asked = new Set(repeats.map(({ repeats }) => repeats));
  const open = fresh.slice(0, -GAP).filter(({ id }) => !asked.has(id));
  if (open.length === 0) return undefined;
  const draw = draws.split(repeats.length);
  return { vote: draw.pick(open), turned: draw.uniform() < 0.5 };
}

function ballot(pair: Pair, turned: boolean, repeats?: string): Ballot {
  const [one, other] = pair.contestants;
  const shown: Vote["shown"] = turned ? [other, one] : [one, other];
  const [a, b] = inOrder(pair, shown, pair.answers);
  return {
    pair,
    a,
    b,
    ...pair.seen ? { seen: inOrder(pair, shown, pair.seen) } : {},
    shown,
    digest: digestOf(pair, shown),
    ...repeats === undefined ? {} : { repeats },
  };
}
