/** How long a worker may be silent, in milliseconds. */
export interface Patience {
  /** Without progress, until it is asked whether it is there. */
  readonly silence: number;
  /** From the question to its answer. */
  readonly answer: number;
  /** Without progress, though it answers. */
  readonly longest: number;
}

const MINUTE = 60_000;
/** A run reports ten times a second; what it does in one piece takes seconds, rarely minutes. */
export const patience: Patience = { silence: 10 * MINUTE, answer: MINUTE, longest: 60 * MINUTE };

const minutes = (ms: number) => `${Math.round(10 * ms / MINUTE) / 10} min`;

/** The rule, for people. */
export const patienceRule = ({ silence, answer, longest }: Patience = patience): string =>
  `A worker without progress for ${minutes(silence)} is asked whether it is there. One that does not
answer within ${minutes(answer)}, or has had none for ${minutes(longest)}, is killed, and its job is
tried once more in a fresh one.`;

export interface Watch {
  /** It has made progress. */
  moved(): void;
  /** It has answered that it is there. */
  answered(): void;
  stop(): void;
}

export interface Watched {
  readonly patience: Patience;
  ask(): void;
  /** Hears that it is there and does not get on. */
  note(line: string): void;
  /** Is told why; nothing comes after it. */
  giveUp(why: string): void;
}

/** Watches a worker that has an order, from now until `stop`. */
export function watch({ patience, ask, note, giveUp }: Watched): Watch {
  let since = performance.now();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const after = (ms: number, then: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
  };
  const question = () => {
    after(
      patience.answer,
      () =>
        giveUp(
          `made no progress for ${minutes(patience.silence)}, did not answer within ${
            minutes(patience.answer)
          } and was killed`,
        ),
    );
    ask();
  };
  after(patience.silence, question);
  return {
    moved() {
      since = performance.now();
      after(patience.silence, question);
    },
    answered() {
      const silent = performance.now() - since;
      // What it did while it was asked has been heard before its answer.
      if (silent < patience.silence) return;
      const left = patience.longest - silent;
      if (left > 0) {
        note(`no progress for ${minutes(silent)}, but its worker is there`);
        return after(Math.min(patience.silence, left), question);
      }
      clearTimeout(timer);
      giveUp(`made no progress for ${minutes(silent)} and was killed, though it was there`);
    },
    stop: () => clearTimeout(timer),
  };
}
