import { type Choice, lasting, type Polled, type Vote, type VoteRow } from "../../core/mod.ts";
import { type Ballot, type Dealer, decided } from "./ballot.ts";
import type { VoteFile } from "./votes.ts";

/** One voter's sitting: deals pairs and keeps what is said of them. */
export interface Poll {
  asked(): Polled;
  /** The next question once the vote is safe; undefined where another pair is being asked about. */
  vote(ballot: string, choice: Choice): Promise<Polled | undefined>;
  /** Takes the last vote back, and asks for it again; does nothing where there is none. */
  undo(): Promise<Polled>;
}

export interface PollOptions {
  readonly file: VoteFile;
  readonly dealer: Dealer;
  readonly voter: string;
  /** Votes that are wanted of this voter. */
  readonly wanted: number;
}

/** What is said of a ballot: nothing of whose the answers are. */
const sent = (id: string, { pair: { prompt, promptPicture }, a, b, seen }: Ballot) => ({
  id,
  prompt,
  ...promptPicture ? { promptPicture } : {},
  a,
  b,
  ...seen ? { seen } : {},
});

export function poll({ file, dealer, voter, wanted }: PollOptions): Poll {
  let dealt: { readonly id: string; readonly since: number; readonly ballot: Ballot } | undefined;
  const mine = (): Vote[] =>
    dealer.concerned(lasting(file.rows).filter((vote) => vote.voter === voter));
  const of = Math.min(wanted, dealer.pairs);
  const deal = () => {
    const votes = mine();
    const ballot = votes.filter(decided).length < of ? dealer.next(votes) : undefined;
    dealt = ballot && { id: crypto.randomUUID(), since: performance.now(), ballot };
  };
  deal();

  const asked = (): Polled => {
    const votes = mine();
    return {
      ...dealt ? { ballot: sent(dealt.id, dealt.ballot) } : {},
      done: votes.filter(decided).length,
      of,
      undo: votes.length > 0,
    };
  };
  const at = () => ({ voter, at: new Date().toISOString() });

  // One after the other: of two requests on one ballot, the second finds another one.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    // Whoever asked hears of an error.
    last = Promise.allSettled([done]);
    return done;
  };
  const keep = async (row: VoteRow): Promise<Polled> => {
    await file.append(row);
    deal();
    return asked();
  };
  return {
    asked,
    vote: (id, choice) =>
      inTurn(async () => {
        if (dealt?.id !== id) return undefined;
        const { ballot: { pair, shown, digest, repeats }, since } = dealt;
        const { benchmark, setting, seed, question } = pair;
        return await keep({
          schema: 1,
          kind: "vote",
          id,
          benchmark,
          setting,
          seed,
          question,
          digest,
          shown: [...shown],
          choice,
          ...repeats === undefined ? {} : { repeats },
          seconds: Number(((performance.now() - since) / 1000).toFixed(1)),
          ...at(),
        });
      }),
    undo: () =>
      inTurn(async () => {
        const before = mine().at(-1);
        return before
          ? await keep({ schema: 1, kind: "undo", undoes: before.id, ...at() })
          : asked();
      }),
  };
}
