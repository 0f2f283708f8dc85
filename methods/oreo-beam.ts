// Longer than an equation: the search by which it answers.
import {
  type Answer,
  nameOf,
  perPrompt,
  type Policy,
  program,
  type Prompt,
  type Rng,
  type Sample,
  stepNames,
  stepsOf,
  Unsuited,
  whole,
} from "../core/mod.ts";
import oreo, { taught } from "./oreo.ts";

/**
 * OREO, whose policy then answers by a beam over steps: of `width` draws from each of `width` beginnings
 * those are kept whose states its critic values most. Whole answers are drawn, of which the first step is
 * taken, as only so it shows which step is the last. The value of that one is read before its last token,
 * that of others after theirs.
 */
export default program({
  id: "oreo-beam",
  paper: oreo.paper,
  equation: String
    .raw`B_{k+1}=\operatorname*{top}_{w}\bigl\{V(s\oplus a):s\in B_k,\ a_1,\dots,a_w\sim\pi(\cdot|s)\bigr\}`,
  taxonomy: oreo.taxonomy,
  claim: {
    text: "The value that it learned beside its policy guides a search to better answers",
    on: "reasoning/scarce",
    measure: "solved",
    against: ["oreo"],
    expect: "higher",
  },
  hyper: { beta: 0.03, alpha: 0.01, width: 4 },
  rate: 3,
  roles: {
    beta: oreo.roles!.beta,
    alpha: oreo.roles!.alpha,
    width:
      "beginnings kept at each step, and draws from each: what an answer costs, on the run's record",
  },
  limits: [
    { at: "width = 1", then: "one draw at each step: OREO" },
    { at: "width → ∞", then: "the answer that the critic values most, right or not" },
    { at: "a critic that says the same of all", then: "the first draws stay: no better than OREO" },
  ],
  search: { ...oreo.search, width: [2, 4] },
  within: { beta: [0.001, 1], alpha: [0, 1], width: [1, 8] },
  async *run(lab, { beta, alpha, width }) {
    if (lab.offline("scored").some(({ answer }) => !stepNames(answer))) {
      throw new Unsuited("Cannot search steps that are no tokens");
    }
    let searched: Policy | undefined;
    for await (const { actor, critic } of taught(lab, { beta, alpha, level: 0 })) {
      searched ??= lab.answering(actor, (prompts, rng) => beam(actor, critic, prompts, width, rng));
      yield searched;
    }
  },
});

/** How an answer has begun, what that is worth, and whether it is all. */
interface Beginning {
  readonly at: Prompt;
  readonly answer?: Answer;
  readonly logps: readonly number[];
  readonly value: number;
  readonly over: boolean;
}

/** Of each prompt the answer of highest value that a beam over steps ends with. */
export async function beam(
  policy: Pick<Policy, "sample">,
  critic: Pick<Policy, "values">,
  prompts: readonly Prompt[],
  width: number,
  rng: Rng,
): Promise<Sample[]> {
  let beams = prompts.map((at): Beginning[] => [{ at, logps: [], value: 0, over: false }]);
  for (let depth = 0; beams.flat().some(({ over }) => !over); depth++) {
    const open = beams.flat().filter(({ over }) => !over);
    const drawn = await perPrompt(policy, open.map(({ at }) => at), width, rng.split(depth));
    const values = await critic.values(drawn.flat());
    const grown = new Map(open.map((from, i) => [
      from,
      drawn[i]!.map((y, k) => stepped(from, y, values[i * width + k]!)),
    ]));
    beams = beams.map((all) =>
      differing(all.flatMap((one) => grown.get(one) ?? [one]))
        .toSorted((a, b) => b.value - a.value).slice(0, width)
    );
  }
  return beams.map(([best], i) => ({ ...best!.answer!, prompt: prompts[i]!, logps: best!.logps }));
}

/** A beginning with the first step of a draw from it, whose states are worth so much. */
function stepped(from: Beginning, y: Sample, values: ArrayLike<number>): Beginning {
  const [step, next] = stepsOf(y);
  const { length } = step!;
  return {
    at: next?.prompt ?? y.prompt,
    answer: whole(step!),
    logps: [...from.logps, ...y.logps.slice(0, length)],
    value: values[next ? length : length - 1]!,
    over: next === undefined,
  };
}

/** The first of those that say the same. */
const differing = (all: readonly Beginning[]): Beginning[] =>
  all.filter(({ answer }, i) =>
    all.findIndex((other) => nameOf(other.answer!) === nameOf(answer!)) === i
  );
