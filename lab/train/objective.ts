import { type Example, type Kind, type Objective, type Policy, Spent } from "../../core/mod.ts";
import type { MeteredLab } from "./metered-lab.ts";

/**
 * The one loop of every method that is an equation. Offline, it steps over the given examples. With
 * `collect`, it asks for a new round whenever a smaller share of the labels than of the operations
 * has been spent, so that both run out together; in between it steps on what it has: all rounds so
 * far, or the last round alone where the reference moves with the rounds.
 */
export async function* objective<K extends Kind>(
  lab: MeteredLab,
  method: Objective<K>,
): AsyncGenerator<Policy, void> {
  const { hyper, memory = {} } = method;
  const start = () => lab.learner<K>((scope) => method.loss(scope, hyper), { memory });
  if (!method.collect) {
    const { step, policy } = start();
    const examples = lab.offline(method.feedback, method.told);
    for (;;) {
      await step(examples);
      yield policy;
    }
  }
  const moving = method.reference === "previous";
  let examples: readonly Example<K>[] = [];
  const rng = lab.setup.rng.split("rounds");
  const learner = start();
  for (let round = 0, exhausted = false;;) {
    if (!exhausted && (examples.length === 0 || lab.labelled <= lab.progress)) {
      try {
        const world = lab.world(learner.policy, rng.split(round++), method);
        const fresh = await method.collect(world, hyper);
        if (moving) learner.rebase(lab.freeze(learner.policy));
        examples = moving ? fresh : [...examples, ...fresh];
      } catch (error) {
        // Without labels left it goes on with those it has, as an offline method does.
        if (!(error instanceof Spent && error.axis === "queries")) throw error;
        if (examples.length === 0) throw error;
        exhausted = true;
      }
    }
    if (examples.length === 0) continue; // a round of nothing but ties; its cost ends the loop in time
    await learner.step(examples);
    yield learner.policy;
  }
}
