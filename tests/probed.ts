import type { ProbeBatch } from "../lab/train/probe.ts";

/**
 * Whole distributions over three continuations that agree with a batch's tokens: the token's own
 * probability first, the rest of it shared by the other two.
 */
export function whole(batch: ProbeBatch): Partial<ProbeBatch> {
  const row = (logp: number) => {
    const other = Math.log(-Math.expm1(Math.min(logp, -1e-6)) / 2);
    return [logp, other, other];
  };
  const names = ["chosen", "rejected", "ref_chosen", "ref_rejected"] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const rows = batch[name];
      const next = name.startsWith("ref_") ? `ref_next_${name.slice(4)}` : `next_${name}`;
      return rows ? [[next, rows.map((tokens) => tokens.map(row))]] : [];
    }),
  );
}

const apart: ProbeBatch = {
  chosen: [[-0.001], [-121, -0.5]],
  rejected: [[-121, -0.5], [-0.001]],
  ref_chosen: [[-121], [-0.5, -0.5]],
  ref_rejected: [[-0.5, -0.5], [-121]],
  unrelated: [[-121], [-0.5]],
  ref_unrelated: [[-0.5], [-121]],
};
/** Two pairs and points whose log-ratios are 120 nats on either side. */
export const far: ProbeBatch = { ...apart, ...whole(apart) };
