// Longer than an equation: pairs are made of ratings, each in a direction of its own.
import { type Answer, type Example, type Lab, logRatioReward, program } from "../core/mod.ts";
import dpa, { direction } from "./dpa.ts";
import dpo from "./dpo.ts";

/** DPO told the direction v: of two rated answers to a prompt that of the higher v·r wins, and the prompt says v. */
export default program({
  id: "dpo-directed",
  paper: dpa.paper,
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x,v)\,\pi_{\mathrm{ref}}(y_l|x,v)}{\pi(y_l|x,v)\,\pi_{\mathrm{ref}}(y_w|x,v)}\right),\quad v^\top r(y_w)>v^\top r(y_l)`,
  taxonomy: [
    "data/feedback/point",
    "learning/paradigm/offline",
    "learning/objective/multi-objective",
  ],
  claim: {
    text: "Told the direction it serves it better than DPO that is not",
    on: "sequences/objectives",
    measure: "reward",
    against: ["dpo"],
    expect: "higher",
    headline: false,
  },
  told: "weights",
  hyper: { beta: 0.1, angles: 8 },
  roles: { beta: dpo.roles!.beta, angles: dpa.roles!.angles },
  limits: [{ at: "one direction", then: "DPO on the sum of ratings so weighed" }],
  search: { beta: [0.03, 0.1, 0.3, 1] },
  implied: logRatioReward,
  async *run(lab, { beta, angles }) {
    const pairs = directed(lab, angles);
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }));
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});

/** Each two rated answers to one prompt in every direction that tells them apart. */
export function directed(lab: Pick<Lab, "offline" | "told">, angles: number): Example<"pairs">[] {
  const directions = Array.from({ length: angles + 1 }, (_, k) => direction(k, angles));
  const rated = Map.groupBy(lab.offline("rated"), ({ answer }) => answer.prompt.id);
  return [...rated.values()].flatMap((some) =>
    some.flatMap((a, i) =>
      some.slice(i + 1).flatMap((b) =>
        directions.flatMap((weights): Example<"pairs">[] => {
          const [v1, v2] = weights;
          const gap = v1 * (a.firstScore - b.firstScore) + v2 * (a.secondScore - b.secondScore);
          if (gap === 0) return [];
          const asked = (y: Answer) => ({ ...y, prompt: lab.told(y.prompt, { weights }) });
          const [chosen, rejected] = gap > 0 ? [a.answer, b.answer] : [b.answer, a.answer];
          return [{ chosen: asked(chosen), rejected: asked(rejected), strength: 1 }];
        })
      )
    )
  );
}
