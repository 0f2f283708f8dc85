import {
  type Activity,
  type Budget,
  type Call,
  type Ledger,
  type Query,
  Spent,
} from "../../core/mod.ts";
import type { Engine } from "../../engine/mod.ts";

export function ledger(budget: Budget): Ledger {
  const by = { training: 0, reference: 0, sampling: 0, "reward model": 0 };
  const asked: { [Q in Query]?: number } = {};
  let [flops, queries] = [0, 0];
  return {
    budget,
    get spent() {
      const { labels: _, ...others } = asked;
      const more = Object.keys(others).length > 0 ? { asked: others } : {};
      return { flops, queries, by: { ...by }, ...more };
    },
    charge(cost, activity, query = "labels") {
      const after = { flops: flops + (cost.flops ?? 0), queries: queries + (cost.queries ?? 0) };
      for (const axis of ["flops", "queries"] as const) {
        if (after[axis] > budget[axis]) {
          throw new Spent(
            axis,
            `Cannot spend ${cost[axis]} ${axis} on ${axis === "flops" ? activity : query}: ` +
              `${budget[axis] - (axis === "flops" ? flops : queries)} of ${budget[axis]} are left`,
          );
        }
      }
      by[activity] += cost.flops ?? 0;
      if (cost.queries) asked[query] = (asked[query] ?? 0) + cost.queries;
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
