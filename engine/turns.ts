let last: Promise<unknown> = Promise.resolve();

/** Runs one thing after the other: onnxruntime-web does one at a time in a process, and throws at a second. */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work, work);
  last = turn;
  return turn;
}

/** Lets go, in its turn, of what was made outside the collector's memory once its owner is collected. */
export function unowned<T>(release: (held: T) => void | Promise<void>): FinalizationRegistry<T> {
  return new FinalizationRegistry<T>((held) => void inTurn(async () => await release(held)));
}
