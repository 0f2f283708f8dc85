import type { Judge, Testbed } from "../core/mod.ts";

export default {
  id: "gold",
  title: "The testbed's own exact preferences",
  /** The judge that knows the truth; a RangeError where nobody knows it, as on a user's own data. */
  of({ oracle }: Testbed): Judge {
    if (!oracle) throw new RangeError("Cannot judge by gold as this testbed has no known truth");
    return oracle;
  },
};
