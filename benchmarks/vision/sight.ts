import type { Measure, Part, Setting, Testbed, Workshop } from "../../core/mod.ts";

/** What one setting of `vision` is made of: what is seen, what is asked of it, and what is true. */
export interface Sight extends Omit<Setting, "with"> {
  /** The cards of all that it can measure, in the order in which a reader meets them. */
  readonly measures: readonly Measure[];
  /** Its start policy and what else is made once and kept. */
  readonly part: Part;
  open(workshop: Workshop): Promise<Testbed>;
}
