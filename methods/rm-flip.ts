import { type Example, program, valuing } from "../core/mod.ts";
import rmSoft, { refitted, strengths } from "./rm-soft.ts";

/** The plain reward model, on pairs of which the weakest by others' strengths μ̂ (see `rm-soft`) are turned round. */
export default program({
  id: "rm-flip",
  paper: rmSoft.paper,
  equation: String
    .raw`-\log\sigma(s\,d),\quad d=r(x,y_w)-r(x,y_l),\ s=-1\ \text{where}\ \hat\mu\ \text{is among the lowest},\ \text{else}\ 1`,
  taxonomy: ["data/quality/noise", "data/feedback/pair", "learning/paradigm/offline"],
  claim: {
    text:
      "With the labels of least preference strength turned round, more new pairs are ordered right",
    on: "sequences/mislabelled",
    measure: "reward-accuracy",
    against: ["reward-model"],
    expect: "higher",
  },
  answers: () => valuing,
  hyper: { ...rmSoft.hyper, flip: 0.2 },
  roles: { ...rmSoft.roles!, flip: "share of the pairs that are turned round" },
  limits: [
    { at: "flip = 0", then: "the plain reward model, on what the members left of the budget" },
    { at: "r = 0", then: "log 2, with a slope of −1/2 in s·d" },
  ],
  search: { members: [2, 3], fit: [0.3, 0.4] },
  within: { ...rmSoft.within!, flip: [0, 0.5] },
  implied: rmSoft.implied!,
  async *run(lab, { flip, ...members }) {
    const pairs = lab.offline("pairs");
    yield* refitted(lab, turned(pairs, await strengths(lab, pairs, members), flip));
  },
});

/** The share of the pairs with the least strengths turned round. */
export function turned(
  pairs: readonly Example<"pairs">[],
  strengths: readonly number[],
  share: number,
): Example<"pairs">[] {
  const order = [...pairs.keys()].sort((a, b) => strengths[a]! - strengths[b]!);
  const least = new Set(order.slice(0, Math.floor(share * order.length)));
  return pairs.map((pair, i) => {
    const { chosen, rejected } = pair;
    return least.has(i)
      ? { chosen: rejected, rejected: chosen, strength: 1 }
      : { chosen, rejected, strength: 1 };
  });
}
