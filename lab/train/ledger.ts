import { type Activity, type Budget, type Call, type Ledger, Spent } from "../../core/mod.ts";
import type { Engine } from "../../engine/mod.ts";

export function ledger(budget: Budget): Ledger {
  const by = { training: 0, reference: 0, sampling: 0, "reward model": 0 };
  let [flops, queries] = [0, 0];
  return {
    budget,
    get spent() {
      return { flops, queries, by: { ...by } };
    },
    charge(cost, activity) {
      const after = { flops: flops + (cost.flops ?? 0), queries: queries + (cost.queries ?? 0) };
      for (const axis of ["flops", "queries"] as const) {
        if (after[axis] > budget[axis]) {
          throw new Spent(
            axis,
            `Cannot spend ${cost[axis]} ${axis} on ${activity}: ` +
              `${budget[axis] - (axis === "flops" ? flops : queries)} of ${budget[axis]} are left`,
          );
        }
      }
      by[activity] += cost.flops ?? 0;
      ({ flops, queries } = after);
    },
  };
}

/** The engine's `call`, billed before it runs. */
export function metered(engine: Engine, account: Ledger, activity: Activity): Call {
  return (f, feeds, { free, into, keep } = {}) => {
    const kernel = engine.prepare(f, feeds, free, keep);
    account.charge({ flops: kernel.flops(feeds) }, activity);
    return kernel.run(feeds, into);
  };
}
