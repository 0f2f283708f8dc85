import type { RunField } from "../run-field.ts";
import type { RewardRow } from "./files.ts";

/** Pairs of a policy's answer and the start policy's, the truly better one chosen: they rank the judge. */
export function rowsOfRun({ records, on }: RunField): RewardRow[] {
  const rows = records.flatMap(({ method, seed, answers }) =>
    answers.flatMap(({ prompt, start, end, rewards }, i) => {
      if (!rewards || rewards[0] === rewards[1]) return [];
      const [chosen, rejected] = rewards[1] > rewards[0] ? [end, start] : [start, end];
      return [{ id: `${method} ${seed} ${i + 1}`, prompt, chosen, rejected, subset: method }];
    })
  );
  if (rows.length > 0) return rows;
  throw new RangeError(
    `Cannot judge ${on} by RewardBench: no two answers differ in a known reward`,
  );
}
