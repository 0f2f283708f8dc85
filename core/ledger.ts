/** What a run may spend. */
export interface Budget {
  /** Floating point operations of every graph run (a multiply-add is two): training, scoring and sampling alike. */
  readonly flops: number;
  /**
   * Comparisons asked of the preference oracle, or taken ready-made from the offline data; checks,
   * critiques and demonstrations count as many as the testbed says.
   */
  readonly queries: number;
}

/** What the operations were spent on. */
export type Activity = "training" | "reference" | "sampling" | "reward model";
/** What the queries were: comparisons by the labelling process, or other questions at the testbed's price. */
export type Query = "labels" | "checks" | "critiques" | "demonstrations";
/** What a run has spent, and on what. */
export type Spending = Budget & {
  readonly by: { readonly [A in Activity]: number };
  /** Of the queries, those that were not labels; absent where all were. */
  readonly asked?: { readonly [Q in Exclude<Query, "labels">]?: number };
};

/** Keeps a run within its budget. */
export interface Ledger {
  readonly budget: Budget;
  readonly spent: Spending;
  /** Throws `Spent` when the cost does not fit, before anything runs. */
  charge(cost: Partial<Budget>, activity: Activity, query?: Query): void;
}

/** An axis of the budget has run out. */
export class Spent extends Error {
  constructor(readonly axis: keyof Budget, message: string) {
    super(message);
  }
}
