import {
  type Answer,
  type Call,
  type Expr,
  type Feeds,
  type Forward,
  type FreeAxes,
  type Graph,
  type Model,
  type Params,
  type Policy,
  type Tensors,
  Unsuited,
} from "../../core/mod.ts";

/** Answers read in one pass. */
const CHUNK = 64;

/** A policy with what the lab alone may see of it: its model and its parameters as they are now. */
export interface ModelPolicy extends Policy {
  readonly model: Model;
  readonly params: Params;
  /** Its way of answering, where that is not one draw. */
  readonly answer?: Policy["sample"];
}

/** Which call pays for what a policy does. */
export interface MeteredCalls {
  readonly sampling: Call;
  readonly scoring: Call;
}

/** A policy at these parameters; `params` is asked anew at each use, so a learner's policy follows it. */
export function modelPolicy(model: Model, params: () => Params, calls: MeteredCalls): ModelPolicy {
  const { steps, value, values, vectors } = passes(model);
  const scalars = async (graph: Graph, ys: readonly Answer[], ends = false) => {
    const rows = await inChunks(
      model,
      ys,
      ends,
      (feeds, free) =>
        calls.scoring(graph, { ...named("pi", params()), ...feeds }, { free: [free] }),
    );
    return rows;
  };
  return {
    model,
    get params() {
      return params();
    },
    sample: (prompts, rng, options) =>
      model.generate(
        calls.sampling,
        params(),
        prompts,
        prompts.map((prompt, i) => rng.split(prompt.id).split(i)),
        options,
      ),
    steps: async (ys) => ys.map(series(await scalars(steps, ys))),
    logp: async (ys) => {
      const found = await scalars(steps, ys);
      return Float64Array.from(ys, (y, i) => series(found)(y, i).reduce((sum, v) => sum + v, 0));
    },
    value: async (ys) => {
      const found = await scalars(value, ys, true);
      return Float64Array.from(ys, (_, i) => found[i]!.out![0]!);
    },
    values: async (ys) => ys.map(series(await scalars(values, ys))),
    vectors: async (ys) => (await scalars(vectors, ys, true)).map(({ out }) => out!),
    invert(groups, rng) {
      if (!model.invert) {
        throw new Unsuited(`Cannot invert answers: no path of ${model.id} to them is certain`);
      }
      return model.invert(calls.sampling, params(), groups, rng);
    },
    against: async (other, ys) => {
      const theirs = (other as ModelPolicy).params;
      const found = await inChunks(model, ys, false, (feeds, free) =>
        calls.scoring(
          passes(model).against,
          { ...named("pi", params()), ...named("ref", theirs), ...feeds },
          { free: [free] },
        ));
      const of = (name: "kl" | "entropy") =>
        Float64Array.from(found, (row) => row[name]!.reduce((sum, v) => sum + v, 0));
      return { kl: of("kl"), entropy: of("entropy") };
    },
  };
}

/** The policy with another way of answering. */
export function answering(policy: ModelPolicy, answer: Policy["sample"]): ModelPolicy {
  return {
    ...policy,
    get params() {
      return policy.params;
    },
    sample: answer,
    answer,
  };
}

const series =
  (found: readonly { readonly [name: string]: Float64Array }[]) =>
  (y: Answer, i: number): Float64Array => found[i]!.out!.subarray(0, y.length);

/** The graphs that read a model's answers, made once a model so that each compiles once. */
function passes(
  model: Model,
): { readonly [graph in "steps" | "value" | "values" | "vectors" | "against"]: Graph } {
  let made = known.get(model);
  if (!made) {
    const read = (feeds: Feeds, who = "pi") => model.forward(unnamed(who, feeds), feeds);
    made = {
      steps: (feeds) => ({ out: read(feeds).steps }),
      value: (feeds) => ({ out: column(read(feeds).value()) }),
      values: (feeds) => ({ out: read(feeds).values() }),
      vectors: (feeds) => ({ out: vectorOf(read(feeds)) }),
      against(feeds) {
        const [p, q] = [read(feeds), read(feeds, "ref")];
        return { kl: p.kl(q), entropy: p.entropy() };
      },
    };
    known.set(model, made);
  }
  return made;
}
const known = new WeakMap<Model, ReturnType<typeof passes>>();

/** [B, D] */
export function vectorOf(forward: Forward): Expr {
  if (forward.vector) return forward.vector();
  throw new Unsuited("Cannot read a vector of an answer: this model has no head for one");
}

const column = (x: Expr) => x.reshape(x.shape[0]!, 1);

export const named = (who: string, arrays: Tensors): Tensors =>
  Object.fromEntries(Object.entries(arrays).map(([name, x]) => [`${who}/${name}`, x]));

/** The feeds of one owner, by their own names. */
export const unnamed = (who: string, feeds: Feeds): Feeds =>
  Object.fromEntries(
    Object.entries(feeds).flatMap(([name, x]) =>
      name.startsWith(`${who}/`) ? [[name.slice(who.length + 1), x]] : []
    ),
  );

/**
 * Runs a pass over answers of similar length together; gives each answer its row of every output.
 * The last chunk is filled up with repeats to a power of two, so that few graphs serve any number.
 */
async function inChunks(
  model: Model,
  ys: readonly Answer[],
  ends: boolean,
  pass: (feeds: Tensors, free: FreeAxes) => Promise<Tensors>,
): Promise<{ readonly [name: string]: Float64Array }[]> {
  const extents = ys.map((y) => model.extent?.(y) ?? 1);
  const order = ys.map((_, i) => i).sort((i, j) => extents[i]! - extents[j]! || i - j);
  const rows = new Array<{ [name: string]: Float64Array }>(ys.length);
  for (let start = 0; start < order.length; start += CHUNK) {
    const members = order.slice(start, start + CHUNK);
    const batch = 2 ** Math.ceil(Math.log2(members.length));
    const filled = Array.from(
      { length: batch },
      (_, k) => ys[members[Math.min(k, members.length - 1)]!]!,
    );
    const packed = model.pack(filled, ends);
    const outputs = await pass(packed.feeds, packed.free);
    members.forEach((i, k) => {
      rows[i] = Object.fromEntries(
        Object.entries(outputs).map(([name, { shape, data }]) => {
          const width = shape[1]!;
          return [name, Float64Array.from(data.subarray(k * width, (k + 1) * width))];
        }),
      );
    });
  }
  return rows;
}
