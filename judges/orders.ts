import { type Compared, failed, type Failure, fingerprint, type TextJudge } from "../core/mod.ts";

/**
 * The judge asked in both orders: the preference is the mean of the two, and `flipped` says whether
 * another answer was the better one in the other order. A failure in one order is a failure.
 */
export function bothOrders(judge: TextJudge): TextJudge {
  return {
    ...judge,
    fingerprint: fingerprint(["both orders", judge.fingerprint]),
    async compare(task) {
      const { first, second } = task;
      const [one, other] = await Promise.all([
        judge.compare(task),
        judge.compare({ ...task, first: second, second: first }),
      ]);
      if (failed(one)) return one;
      if (failed(other)) return inOther(other);
      return {
        preference: (one.preference + 1 - other.preference) / 2,
        flipped: changed(one, other),
        raw: [one, other].map(({ raw = "" }) => raw).join("\n\n[in the other order]\n\n"),
      };
    },
  };
}

/** Whether two verdicts, each on the other's answers in reverse, name different answers. */
const changed = (one: Compared, other: Compared): boolean =>
  (one.preference - 0.5) * (other.preference - 0.5) > 0;

const inOther = (failure: Failure): Failure => ({
  ...failure,
  reason: `In the other order: ${failure.reason}`,
});
