import { type Expr, type Forward, type Next, Unsuited } from "../core/mod.ts";

/**
 * Divergence and entropy where each step is one of countably many: exact sums over all of them.
 * `logp` [N, V] are log-probabilities; `fold` lays [N] out as [B, T].
 */
export function categorical(
  logp: Expr,
  fold: (x: Expr) => Expr,
): Pick<Forward, "next" | "kl" | "entropy"> {
  const next: Next = { logp, fold };
  let known: Expr | undefined;
  const chances = () => known ??= logp.exp();
  return {
    next,
    kl({ next: other }) {
      if (!other) throw new Unsuited("Cannot hold a choice of tokens against steps of numbers");
      return fold(chances().mul(logp.sub(other.logp)).sum(1));
    },
    entropy: () => fold(chances().mul(logp).sum(1).neg()),
  };
}
