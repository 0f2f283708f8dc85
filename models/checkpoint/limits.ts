import { createContext, Script } from "node:vm";

/** What a checkpoint's half code, its patterns and its template, may take for one text. */
export interface Allowance {
  readonly milliseconds: number;
  /** Megabytes of a template's own. */
  readonly memory: number;
}

/** A text takes milliseconds; a hostile pattern, or a loop, takes for ever. */
export const limits: Allowance = { milliseconds: 10_000, memory: 128 };

/** Half code took more than it may, with any text or with this one: no fault of the row. */
export class OverLimit extends Error {}

const box = { work() {} };
const context = createContext(box);
const script = new Script("work()");

/** What `work` gives, which is ended, wherever it is, after so long; an OverLimit says `what` it was. */
export function timed<T>(work: () => T, milliseconds: number, what: string): T {
  let found: { readonly value: T } | undefined;
  box.work = () => {
    found = { value: work() };
  };
  try {
    script.runInContext(context, { timeout: Math.ceil(milliseconds) });
  } catch (error) {
    // It is an Error of the script's own realm.
    const { code } = error as { readonly code?: unknown };
    if (code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new OverLimit(`Cannot use ${what}: it took longer than ${seconds(milliseconds)}`);
  }
  return found!.value;
}

export const seconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 100) / 10} s`;
