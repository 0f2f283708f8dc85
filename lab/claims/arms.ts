import { type Arm, type Hyper, type Method, type Study } from "../../core/mod.ts";
import { axesOf, type ClaimRegistries, hyperOn, methodOf, type TunedMethod } from "./search.ts";

/** Who is compared with whom: the sides of a claim, and what stands in for its method. */

/** Whose claim is judged. */
export type Topic = Method | Study;
export const isStudy = (topic: Topic): topic is Study => "arms" in topic;

/** One side of a comparison: an arm or, of a trade-off, all that its frontier is drawn through. */
export interface Side {
  readonly name: string;
  readonly arms: readonly Arm[];
}
export interface Sides {
  readonly own: Side;
  readonly rivals: readonly Side[];
  /** What stands in for the method. */
  readonly controls: readonly Side[];
}

/** The hyperparameters that searches chose, by `choiceKey`. */
export type Choices = ReadonlyMap<string, Hyper>;
export const choiceKey = (method: string, on: string): string => `${method} ${on}`;

/** What is tuned, each method once a testbed: those of the claims, their rivals, and whose rate is turned. */
export function tunedMethods(topics: readonly Topic[], registries: ClaimRegistries): TunedMethod[] {
  const found = new Map<string, TunedMethod>();
  for (const topic of topics) {
    if (isStudy(topic) || topic.claim.untestable !== undefined) continue;
    const { on, against, measure } = topic.claim;
    const standIns = registries.methods.filter(({ detuned }) => detuned).map(({ id }) => id);
    for (const id of [topic.id, ...against, ...standIns]) {
      const method = methodOf(id, registries);
      if (Object.keys(axesOf(method)).length === 0) continue;
      const { claimed = [] } = found.get(choiceKey(id, on)) ?? {};
      found.set(choiceKey(id, on), { method, on, claimed: [...new Set([...claimed, measure])] });
    }
  }
  return [...found.values()];
}

/** The two sides of a method's claim, tuned, and its controls. RangeError for a method that is not there. */
export function sidesOf(topic: Method, choices: Choices, registries: ClaimRegistries): Sides {
  const { on, against } = topic.claim;
  const tuned = (method: string): Arm => ({
    method,
    on,
    hyper: choices.get(choiceKey(method, on)) ?? {},
  });
  const side = (method: string): Side => ({ name: method, arms: spread(topic, tuned(method)) });
  const stands = (control: Method): Side => ({
    name: control.id,
    arms: [{ method: control.id, on }],
  });
  return {
    own: side(topic.id),
    rivals: against.map(side),
    controls: [
      ...registries.methods.filter((method) => standsFor(method, [topic])).map(stands),
      ...registries.methods.filter(({ id }) => id !== topic.id).flatMap((method) =>
        detuned(topic, method, tuned(method.id))
      ),
    ],
  };
}

/** Whether it stands in for all of these methods: a control that needs something does for those that need it, too. */
const standsFor = ({ control, needs = [] }: Method, methods: readonly Method[]): boolean =>
  control === true &&
  needs.every((need) => methods.every((method) => method.needs?.includes(need)));

/** An arm of a trade-off at each value that its claim spreads it over; of another claim, the arm. */
function spread({ claim: { at } }: Method, arm: Arm): Arm[] {
  return Object.entries(at?.over[arm.method] ?? {}).reduce(
    (arms, [name, values]) =>
      arms.flatMap((arm) => values.map((x) => ({ ...arm, hyper: { ...arm.hyper, [name]: x } }))),
    [arm],
  );
}

/** A method at other learning rates than the one that its search chose, where its card says so. */
function detuned(topic: Method, method: Method, arm: Arm): Side[] {
  const { rate } = hyperOn(method, arm.hyper);
  return (method.detuned ?? []).map((factor) => ({
    name: `${method.id} at ${factor} times its learning rate`,
    arms: spread(topic, {
      ...arm,
      hyper: { ...arm.hyper, rate: Number((rate! * factor).toPrecision(3)) },
    }),
  }));
}

/** A study's arms with a control in the place of every method, for each control. */
export function studyControls(
  topic: Study,
  registries: ClaimRegistries,
): { readonly name: string; readonly arms: Study["arms"] }[] {
  const among = Object.values<Arm>(topic.arms).map(({ method }) => methodOf(method, registries));
  return registries.methods.filter((method) => standsFor(method, among)).map(({ id }) => ({
    name: id,
    arms: Object.fromEntries(
      Object.entries<Arm>(topic.arms).map(([name, { on, share }]) => [
        name,
        { method: id, on, ...share ? { share } : {} },
      ]),
    ),
  }));
}

/** All arms that a topic's verdict is read from. */
export function armsOf(
  topic: Topic,
  choices: Choices,
  registries: ClaimRegistries,
): readonly Arm[] {
  if (topic.claim.untestable !== undefined) return [];
  if (isStudy(topic)) {
    return [topic, ...studyControls(topic, registries)].flatMap(({ arms }) =>
      Object.values<Arm>(arms)
    );
  }
  const { own, rivals, controls } = sidesOf(topic, choices, registries);
  return [own, ...rivals, ...controls].flatMap(({ arms }) => arms);
}
