import {
  type Activity,
  type Answer,
  dispose,
  type Example,
  type Judge,
  type Kind,
  type Lab,
  type LearnerOptions,
  type Ledger,
  type Method,
  type Model,
  type Objective,
  type Params,
  type Policy,
  type Program,
  type Prompt,
  type Rng,
  type Sample,
  type Testbed,
  type World,
} from "../../core/mod.ts";
import type { Engine } from "../../engine/mod.ts";
import { learner, type Lesson, type Reference, reference, type Teaching } from "./learner.ts";
import { metered } from "./ledger.ts";
import { merged } from "./mean.ts";
import { answering, type Purse, type Seated, seated } from "./policy.ts";

/** This method cannot run on this testbed: an outcome, not an error. */
export class Unsupported extends Error {}

export interface Setup {
  readonly engine: Engine;
  readonly testbed: Testbed;
  /** The testbed's start, where the engine computes. */
  readonly start: Params;
  /** `benchmark/setting`, for messages. */
  readonly where: string;
  readonly feedback: readonly Kind[];
  readonly method: Method;
  readonly account: Ledger;
  readonly rng: Rng;
}

/** Everything a method may touch on one testbed; each capability bills the ledger. */
export class Bench {
  readonly start: Seated;
  readonly #frozen: Reference;
  readonly #offline = new Map<Kind, readonly Example<Kind>[]>();
  readonly #learners: Teaching<Kind>[] = [];
  readonly #merged: Params[] = [];
  readonly #prompts: Generator<Prompt>;
  readonly #account: Ledger;
  #count = 0;
  /** While a policy is measured nobody pays, and nobody may learn. */
  #measured: { flops: number } | undefined;
  /** What answering has taken while measured, and how many answers it gave. */
  readonly answering = { flops: 0, answers: 0 };

  constructor(readonly setup: Setup) {
    const { testbed, rng, start, account } = setup;
    this.#account = {
      budget: account.budget,
      get spent() {
        return account.spent;
      },
      charge: (cost, activity) => {
        if (!this.#measured) return account.charge(cost, activity);
        if (cost.queries || activity === "training") {
          throw new RangeError(`Cannot charge ${activity} while a policy is measured`);
        }
        this.#measured.flops += cost.flops ?? 0;
      },
    };
    this.start = this.#seat(testbed.model, start, "reference");
    this.#frozen = reference(this.start);
    this.#prompts = around(testbed.prompts("train"), rng.split("prompts"));
  }

  /** Optimiser steps taken by all learners. */
  get steps(): number {
    return this.#learners.reduce((sum, { steps }) => sum + steps, 0);
  }

  /** Share of the budget's operations spent, 0 to 1. */
  get progress(): number {
    const { spent, budget } = this.setup.account;
    return Math.min(1, spent.flops / budget.flops);
  }

  /** Share of the budget's labels spent, 0 to 1. */
  get labelled(): number {
    const { spent, budget } = this.setup.account;
    return budget.queries === 0 ? 1 : Math.min(1, spent.queries / budget.queries);
  }

  /** As many labelled examples as the budget holds, paid for on the first call. */
  offline<K extends Kind>(kind: K): readonly Example<K>[] {
    const { testbed, rng, feedback } = this.setup;
    const account = this.#account;
    let examples = this.#offline.get(kind) as readonly Example<K>[] | undefined;
    if (!examples) {
      if (!feedback.includes(kind)) {
        this.refuse(`it offers ${feedback.join(", ")}`, `feedback is ${kind}`);
      }
      const left = account.budget.queries - account.spent.queries;
      const most = Math.min(left, testbed.comparisons ?? Infinity);
      // What would be part of an example is not asked for.
      const n = most - most % (testbed.costs?.[kind] ?? 1);
      account.charge({ queries: n }, "training");
      examples = testbed.examples(kind, n, rng.split("offline"));
      if (examples.length === 0) {
        this.refuse("its data give no such example", `feedback is ${kind}`);
      }
      this.#offline.set(kind, examples as readonly Example<Kind>[]);
    }
    return examples;
  }

  /** The labelling process: each comparison costs a query and gives one drawn label. */
  get oracle(): Judge {
    const { testbed, rng } = this.setup;
    const account = this.#account;
    const draws = rng.split("labels");
    return {
      id: "label",
      prefer: async (a: Answer, b: Answer) => {
        if (!testbed.label) {
          return this.refuse("it has nobody to ask", "labels are asked for online");
        }
        account.charge({ queries: 1 }, "sampling");
        return await testbed.label(a, b, draws.split(this.#count++)) ? 1 : 0;
      },
    };
  }

  prompts(n: number): Prompt[] {
    return Array.from({ length: n }, () => this.#prompts.next().value as Prompt);
  }

  /** A learner from some policy's parameters, `frozen` (the start policy by default) its reference. */
  learner<K extends Kind>(
    loss: Lesson<K>["loss"],
    {
      from = this.start,
      bill = "training" as Activity,
      frozen = this.#frozen,
      memory = {},
      rate = 1,
      trains,
    }:
      & { from?: Seated; bill?: Activity; frozen?: Reference }
      & Pick<Lesson<K>, "memory" | "trains">
      & Pick<LearnerOptions, "rate"> = {},
  ): Teaching<K> {
    const { engine, testbed, rng } = this.setup;
    const made = learner<K>({
      model: from.model,
      // Another learner's policy goes on moving.
      from: copied(from.params, this.start.params),
      loss,
      memory,
      reference: frozen,
      optimiser: testbed.optimiser,
      schedule: typeof rate === "number" ? () => rate : rate,
      ...trains ? { trains } : {},
      training: metered(engine, this.#account, bill),
      purse: this.#purse(bill === "training" ? "sampling" : bill),
      rng: rng.split("batches").split(this.#learners.length),
      progress: () => this.progress,
    });
    this.#learners.push(made as unknown as Teaching<Kind>);
    return made;
  }

  /** A copy of a policy as it is now, frozen. */
  freeze(policy: Seated): Reference {
    const copy = copied(policy.params, this.start.params);
    return reference(this.#seat(policy.model, copy, "reference"));
  }

  world<K extends Kind>(policy: Policy, rng: Rng, method: Objective<K>): World<K> {
    const offline = () => this.offline(method.feedback);
    return {
      policy,
      reference: this.start,
      oracle: this.oracle,
      get offline() {
        return offline();
      },
      rng,
      prompts: (n) => this.prompts(n),
    };
  }

  /** What a program is given. */
  lab(method: Program): Lab {
    const progress = () => this.progress;
    const labelled = () => this.labelled;
    return {
      reference: this.start,
      oracle: this.oracle,
      rng: this.setup.rng.split(method.id),
      prompts: (n) => this.prompts(n),
      offline: (kind) => this.offline(kind),
      told: (prompt, telling) =>
        this.setup.testbed.told?.(prompt, telling) ??
          this.refuse("it has no words for that", `its prompts say ${Object.keys(telling)}`),
      get progress() {
        return progress();
      },
      get labelled() {
        return labelled();
      },
      learner: (_, loss, { from, reference, ...options } = {}) => {
        const made = this.learner(loss, { ...options, ...from ? { from: from as Seated } : {} });
        if (reference) made.rebase(this.freeze(reference as Seated));
        return made;
      },
      merged: async (parents, weigh) => {
        const call = metered(this.setup.engine, this.#account, "training");
        const params = await merged(call, parents.map((p) => (p as Seated).params), weigh);
        this.#merged.push(params);
        return this.#seat(this.setup.testbed.model, params, "sampling");
      },
      answering: (policy, answer) => answering(policy as Seated, answer),
    };
  }

  /** What `answer` gives, unbilled as all measuring is. */
  async measure(answer: () => Promise<Sample[]>): Promise<Sample[]> {
    this.#measured = { flops: 0 };
    try {
      const ys = await answer();
      this.answering.flops += this.#measured.flops;
      this.answering.answers += ys.length;
      return ys;
    } finally {
      this.#measured = undefined;
    }
  }

  /** Frees what its learners have on the device; the start stays. */
  [Symbol.dispose](): void {
    for (const learner of this.#learners) learner[Symbol.dispose]();
    for (const params of this.#merged) dispose(params);
  }

  /** Refuses a method whose policy is to be told what nobody knows here. */
  admit(): void {
    const { method: { asks }, testbed } = this.setup;
    const [prompt] = testbed.prompts("test");
    if (asks !== undefined && testbed.known?.(prompt!)[asks] === undefined) {
      this.refuse("that is not known of its test prompts", `its policy is told ${asks}`);
    }
  }

  refuse(offer: string, need: string): never {
    const { method, where } = this.setup;
    throw new Unsupported(`Cannot run ${method.id} on ${where} as ${offer}: ${need}`);
  }

  #seat(model: Model, params: Params, bill: Activity): Seated {
    return seated(model, () => params, this.#purse(bill));
  }

  /** Sampling is billed as such whoever does it. */
  #purse(scoring: Activity): Purse {
    const { engine } = this.setup;
    return {
      sampling: metered(engine, this.#account, "sampling"),
      scoring: metered(engine, this.#account, scoring),
    };
  }
}

/**
 * A copy of parameters that no later step changes. Arrays still at the start never do, nor do those
 * on a device: both are shared, the latter for the copy's owner to dispose of.
 */
export function copied(params: Params, start: Params): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => [
      name,
      tensor.share?.() ??
        (tensor === start[name] ? tensor : { shape: tensor.shape, data: tensor.data.slice() }),
    ]),
  );
}

/** Deals prompts for ever, each once a round, in random order. */
function* around(prompts: readonly Prompt[], rng: Rng): Generator<Prompt> {
  if (prompts.length === 0) throw new RangeError("Cannot deal prompts: there are none");
  for (let round = 0;; round++) yield* rng.split(round).shuffle(prompts);
}
