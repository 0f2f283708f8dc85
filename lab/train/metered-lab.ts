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
  mostSeen,
  type Need,
  type Objective,
  type Offer,
  offerOf,
  type Optimiser,
  type Params,
  type Policy,
  type Program,
  type Prompt,
  type Query,
  type Rng,
  type Shape,
  type Testbed,
  type Told,
  type World,
} from "../../core/mod.ts";
import type { Engine } from "../../engine/mod.ts";
import { learner, type LearnerSetup, type LiveLearner } from "./learner.ts";
import { type Reference, reference } from "./reference.ts";
import { refusals } from "./refusals.ts";
import { metered } from "./ledger.ts";
import { weightedMean } from "./mean.ts";
import { type Search, searchOf } from "./seen.ts";
import { answering, type MeteredCalls, type ModelPolicy, modelPolicy } from "./policy.ts";
import { copied } from "./weights.ts";

/** This method cannot run on this testbed: an outcome, not an error. */
export class Unsupported extends Error {}

export interface Setup {
  readonly engine: Engine;
  readonly testbed: Testbed;
  /** The testbed's start, where the engine computes. */
  readonly start: Params;
  /** `benchmark/setting`, for messages. */
  readonly where: string;
  /** What the setting's labels can be read as. */
  readonly offers: readonly Offer[];
  readonly method: Method;
  readonly account: Ledger;
  readonly rng: Rng;
}

/** Everything a method may touch on one testbed; each capability bills the ledger. */
export class MeteredLab {
  readonly start: ModelPolicy;
  readonly #frozen: Reference;
  readonly #offline = new Map<Offer, readonly Example<Kind>[]>();
  readonly #learners: LiveLearner<Kind>[] = [];
  readonly #merged: Params[] = [];
  readonly #prompts: Generator<Prompt>;
  readonly #account: Ledger;
  /** While a policy is measured nobody pays, and nobody may learn or ask but programs. */
  #measured: { flops: number; queries: number } | undefined;
  /** What a program says of itself, for the record. */
  readonly notes: { [name: string]: number } = {};
  /** The first searches of a program, for the record. */
  readonly searches: Search[] = [];
  /** What answering has taken while measured, and how many answers it gave. */
  readonly answering = { flops: 0, queries: 0, answers: 0 };

  constructor(readonly setup: Setup) {
    const { testbed, rng, start, account } = setup;
    this.#account = {
      budget: account.budget,
      get spent() {
        return account.spent;
      },
      charge: (cost, activity, query) => {
        if (!this.#measured) return account.charge(cost, activity, query);
        if (cost.queries && query !== "checks" || activity === "training") {
          throw new RangeError(`Cannot charge ${activity} while a policy is measured`);
        }
        this.#measured.flops += cost.flops ?? 0;
        this.#measured.queries += cost.queries ?? 0;
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
  offline<K extends Kind>(kind: K, told?: keyof Told): readonly Example<K>[] {
    const { testbed, rng } = this.setup;
    const account = this.#account;
    const offer = offerOf(kind, told);
    let examples = this.#offline.get(offer) as readonly Example<K>[] | undefined;
    if (!examples) {
      this.#offered(offer);
      const left = account.budget.queries - account.spent.queries;
      const most = Math.min(left, testbed.comparisons ?? Infinity);
      // What would be part of an example is not asked for.
      const n = most - most % (testbed.costs?.[offer] ?? 1);
      account.charge({ queries: n }, "training");
      examples = testbed.examples(kind, n, rng.split("offline"), told);
      if (examples.length === 0) {
        const why = n > 0 ? "its data give no such example" : "its labels buy no such example";
        this.refuse(why, `feedback is ${offer}`);
      }
      this.#offline.set(offer, examples as readonly Example<Kind>[]);
    }
    return examples;
  }

  #offered(offer: Offer): void {
    const { offers } = this.setup;
    if (!offers.includes(offer)) {
      this.refuse(`it offers ${offers.join(", ")}`, `feedback is ${offer}`);
    }
  }

  /** The labelling process: each comparison costs a query and gives one drawn label. */
  get oracle(): Judge {
    const { testbed, rng } = this.setup;
    const account = this.#account;
    const draws = rng.split("labels");
    return {
      id: "label",
      prefer: async (a: Answer, b: Answer) => {
        if (!testbed.label) return this.#lacks("labels");
        account.charge({ queries: 1 }, "sampling");
        // What others ask at the same time takes nothing from this one's chance.
        return await testbed.label(a, b, draws.fork()) ? 1 : 0;
      },
    };
  }

  /** What may be asked beside labels, each question at the testbed's price; what answers show by themselves is free. */
  get asking(): Pick<Lab, "check" | "critique" | "demonstrate" | "tried" | "conclusion"> {
    const { testbed, rng } = this.setup;
    const pay = (query: Exclude<Query, "labels">, n = 1) =>
      this.#account.charge({ queries: n * (testbed.prices?.[query] ?? 1) }, "sampling", query);
    const [critics, teachers] = [rng.split("critiques"), rng.split("demonstrations")];
    return {
      check: async (ys) => {
        if (!testbed.check) return this.#lacks("checks");
        pay("checks", ys.length);
        return await testbed.check(ys);
      },
      critique: async (y) => {
        if (!testbed.critique) return this.#lacks("critiques");
        pay("critiques");
        return await testbed.critique(y, critics.fork());
      },
      demonstrate: async (prompt) => {
        if (!testbed.demonstrate) return this.#lacks("demonstrations");
        pay("demonstrations");
        return await testbed.demonstrate(prompt, teachers.fork());
      },
      tried: (program, test) => testbed.tried?.(program, test) ?? this.#lacks("tests"),
      conclusion: (y) => testbed.conclusion ? testbed.conclusion(y) : this.#lacks("conclusions"),
    };
  }

  #lacks(need: Need): never {
    return this.refuse(refusals[need].offer, refusals[need].need);
  }

  prompts(n: number): Prompt[] {
    return Array.from({ length: n }, () => this.#prompts.next().value as Prompt);
  }

  /** A learner from some policy's parameters, `frozen` (the start policy by default) its reference. */
  learner<F extends Shape>(
    loss: LearnerSetup<F>["loss"],
    {
      from = this.start,
      bill = "training" as Activity,
      frozen = this.#frozen,
      memory = {},
      rate = 1,
      trains,
      continues,
    }:
      & { from?: ModelPolicy; bill?: Activity; frozen?: Reference }
      & Pick<LearnerSetup<F>, "memory" | "trains" | "continues">
      & Pick<LearnerOptions, "rate"> = {},
  ): LiveLearner<F> {
    const { engine, testbed, rng, method } = this.setup;
    const made = learner<F>({
      model: from.model,
      // Another learner's policy goes on moving.
      from: copied(from.params, this.start.params),
      loss,
      memory,
      reference: frozen,
      optimiser: trainedBy(method, testbed.optimiser),
      schedule: typeof rate === "number" ? () => rate : rate,
      ...trains ? { trains } : {},
      ...continues ? { continues } : {},
      training: metered(engine, this.#account, bill),
      calls: this.#calls(bill === "training" ? "sampling" : bill),
      rng: rng.split("batches").split(this.#learners.length),
      progress: () => this.progress,
    });
    this.#learners.push(made as unknown as LiveLearner<Kind>);
    return made;
  }

  /** A copy of a policy as it is now, frozen. */
  freeze(policy: ModelPolicy): Reference {
    const copy = copied(policy.params, this.start.params);
    return reference(this.#seat(policy.model, copy, "reference"));
  }

  /** What an objective's `collect` is given. */
  world<K extends Kind>(policy: Policy, rng: Rng, method: Objective<K>): World<K> {
    const offline = () => this.offline(method.feedback, method.told);
    return {
      policy,
      reference: this.start,
      oracle: this.oracle,
      ...this.asking,
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
    const none = (): never => this.#lacks("signals");
    return {
      reference: this.start,
      oracle: this.oracle,
      ...this.asking,
      rng: this.setup.rng.split(method.id),
      // Refused when it is read, and not when a lab is copied with something else in its place.
      signals: this.setup.testbed.signals ?? {
        get names() {
          return none();
        },
        get said() {
          return none();
        },
        of: none,
      },
      prompts: (n) => this.prompts(n),
      offline: (kind, told) => this.offline(kind, told),
      told: (prompt, telling) =>
        this.setup.testbed.told?.(prompt, telling) ??
          this.refuse("it has no words for that", `its prompts say ${Object.keys(telling)}`),
      get progress() {
        return progress();
      },
      get labelled() {
        return labelled();
      },
      learner: (loss, { from, reference, continues, ...options } = {}) => {
        const made = this.learner(loss, {
          ...options,
          ...from ? { from: from as ModelPolicy } : {},
          ...continues ? { continues: continues as unknown as LiveLearner<never> } : {},
        });
        if (reference) made.rebase(this.freeze(reference as ModelPolicy));
        return made;
      },
      merged: async (parents, weigh) => {
        const call = metered(this.setup.engine, this.#account, "training");
        const params = await weightedMean(
          call,
          parents.map((p) => (p as ModelPolicy).params),
          weigh,
        );
        this.#merged.push(params);
        return this.#seat(this.setup.testbed.model, params, "sampling");
      },
      note: (name, value) => {
        this.notes[name] = value;
      },
      searched: (root, pairs) => {
        if (pairs.length === 0 || this.searches.length >= mostSeen.searches) return;
        this.searches.push(searchOf(this.setup.testbed, root, pairs));
      },
      answering: (policy, answer) => answering(policy as ModelPolicy, answer),
    };
  }

  /** What `answer` gives, unbilled as all measuring is. */
  async measure<Y>(answer: () => Promise<Y[]>): Promise<Y[]> {
    this.#measured = { flops: 0, queries: 0 };
    try {
      const ys = await answer();
      this.answering.flops += this.#measured.flops;
      this.answering.queries += this.#measured.queries;
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

  /** Refuses, before anything is spent, a method that needs what is not here. */
  admit(): void {
    const { method, testbed } = this.setup;
    const { told, needs = [] } = method;
    for (const need of needs) if (!refusals[need].has(testbed)) this.#lacks(need);
    const [prompt] = testbed.prompts("test");
    if (told !== undefined && testbed.known?.(prompt!)[told] === undefined) {
      this.refuse("that is not known of its test prompts", `its policy is told ${told}`);
    }
    if ("loss" in method && !method.collect) this.#offered(offerOf(method.feedback, told));
  }

  refuse(offer: string, need: string): never {
    const { method, where } = this.setup;
    throw new Unsupported(`Cannot run ${method.id} on ${where} as ${offer}: ${need}`);
  }

  #seat(model: Model, params: Params, bill: Activity): ModelPolicy {
    return modelPolicy(model, () => params, this.#calls(bill));
  }

  /** Sampling is billed as such whoever does it. */
  #calls(scoring: Activity): MeteredCalls {
    const { engine } = this.setup;
    return {
      sampling: metered(engine, this.#account, "sampling"),
      scoring: metered(engine, this.#account, scoring),
    };
  }
}

/** Deals prompts for ever, each once a round, in random order. */
function* around(prompts: readonly Prompt[], rng: Rng): Generator<Prompt> {
  if (prompts.length === 0) throw new RangeError("Cannot deal prompts: there are none");
  for (let round = 0;; round++) yield* rng.split(round).shuffle(prompts);
}

/** A testbed's optimiser with what its user set of it for this method. */
function trainedBy({ rate = 1, training = {} }: Method, given: Optimiser): Optimiser {
  const { lr = given.rate, batch = given.batch, warmup = given.warmup } = training;
  return { ...given, rate: lr * rate, batch, warmup };
}
