import {
  type Call,
  concat,
  dispose,
  type Graph,
  onDevice,
  type Params,
  size,
  type Tensor,
  type Tensors,
  toDevice,
} from "../../core/mod.ts";

/** A learner's parameters and its optimiser's state, from step to step. */
export interface Weights {
  /** Those that are learned, in their order within `theta`. */
  readonly names: readonly string[];
  /** By name, as a model reads them. */
  current(): Params;
  /** `theta`, `first` and `second`, end to end [P]: what a step reads. */
  state(): Tensors;
  /** Where a step writes them. */
  into(): Tensors;
  /** Which of a step's results the host never reads. */
  readonly keep: readonly string[];
  /** A step's results are the state from now on. */
  follow(result: Tensors): Promise<void>;
  /** From now on a copy of these parameters, with these `first` and `second` moments, zeros by default. */
  take(params: Params, moments?: Tensors): Promise<void>;
  [Symbol.dispose](): void;
}

/** The optimiser's own state, which only the next step reads. */
const MOMENTS = ["first", "second"] as const;

/** Starts from some parameters, on the device if they are: those are this one's to dispose of. */
export function weights(call: Call, from: Params, learned: ReadonlySet<string>): Promise<Weights> {
  const names = Object.keys(from).filter((name) => learned.has(name));
  return names.some((name) => onDevice(from[name]!))
    ? away(call, from, names)
    : Promise.resolve(here(from, names));
}

/**
 * A copy of parameters that no later step changes. Arrays still at the start never do, nor do those
 * on a device: both are shared, the latter for the copy's owner to dispose of.
 */
export function copied(params: Params, start: Params = {}): Params {
  return Object.fromEntries(
    Object.entries(params).map(([name, tensor]) => [
      name,
      tensor === start[name] && !tensor.share ? tensor : copy(tensor),
    ]),
  );
}

/** Another hold on an array of a device, which never changes; a copy of one on the host. */
const copy = (array: Tensor): Tensor =>
  // Not by parts: to read the numbers of an array on a device is an error.
  array.share?.() ?? { shape: array.shape, data: array.data.slice() };

const flat = (count: number): Tensor => ({ shape: [count], data: new Float32Array(count) });
const total = (from: Params, names: readonly string[]) =>
  names.reduce((sum, name) => sum + size(from[name]!.shape), 0);

/**
 * On the host: twice, as a step reads one copy and writes the other. The named arrays that a model
 * reads are views of `theta`; those that are not learned stay as they were.
 */
function here(from: Params, names: readonly string[]): Weights {
  const count = total(from, names);
  const sides = [side(), side()] as const;
  let now: 0 | 1 = 0;
  function side() {
    const state: { [name: string]: Tensor } & { theta: Tensor } = {
      theta: flat(count),
      first: flat(count),
      second: flat(count),
    };
    let at = 0;
    const views = Object.fromEntries(names.map((name) => {
      const { shape, data } = from[name]!;
      const view = state.theta.data.subarray(at, at += data.length) as Float32Array;
      view.set(data);
      return [name, { shape, data: view }];
    }));
    return { state, views: { ...from, ...views } };
  }
  return {
    names,
    current: () => sides[now].views,
    state: () => sides[now].state,
    into: () => sides[now === 0 ? 1 : 0].state,
    keep: MOMENTS,
    follow(result) {
      now = now === 0 ? 1 : 0;
      for (const name of MOMENTS) {
        sides[now].state[name]![Symbol.dispose]?.();
        sides[now].state[name] = result[name]!;
      }
      return Promise.resolve();
    },
    take(params, moments) {
      const { state, views } = sides[now];
      for (const name of names) views[name]!.data.set(params[name]!.data);
      for (const name of MOMENTS) {
        state[name]![Symbol.dispose]?.();
        state[name] = moments ? copy(moments[name]!) : flat(count);
      }
      return Promise.resolve();
    },
    [Symbol.dispose]() {
      for (const { state } of sides) dispose(state);
    },
  };
}

/** On a device: nothing there is written twice, so a step's results replace what it read. */
async function away(call: Call, from: Params, names: readonly string[]): Promise<Weights> {
  const shapes = names.map((name) => from[name]!.shape);
  const join: Graph = (parts) => ({
    theta: concat(names.map((name, i) => parts[name]!.reshape(size(shapes[i]!))), 0),
  });
  const cut: Graph = ({ theta }) => {
    let at = 0;
    return Object.fromEntries(names.map((name, i) => {
      const part = theta!.slice(0, at, at += size(shapes[i]!));
      return [name, part.reshape(...shapes[i]!)];
    }));
  };
  const only = (params: Params) => Object.fromEntries(names.map((name) => [name, params[name]!]));
  const joined = async (params: Params): Promise<Tensors> => {
    const parts = await toDevice(call, only(params));
    const made = await call(join, parts, { keep: ["theta"] });
    dispose(parts);
    return made;
  };
  const count = total(from, names);
  const still = () => ({ first: flat(count), second: flat(count) });
  let state: Tensors = { ...await joined(from), ...still() };
  let params = from;
  return {
    names,
    current: () => params,
    state: () => state,
    into: () => ({}),
    keep: ["theta", ...MOMENTS],
    async follow({ theta, first, second }) {
      dispose(state);
      state = { theta: theta!, first: first!, second: second! };
      const parts = await call(cut, { theta: theta! }, { keep: names });
      dispose(only(params));
      params = { ...params, ...parts };
    },
    async take(next, moments) {
      const theta = await joined(next);
      const copies = Object.fromEntries(names.map((name) => [name, copy(next[name]!)]));
      dispose(state);
      dispose(only(params));
      state = {
        ...theta,
        ...moments ? { first: copy(moments.first!), second: copy(moments.second!) } : still(),
      };
      params = { ...params, ...copies };
    },
    [Symbol.dispose]() {
      dispose(state);
      dispose(params);
    },
  };
}
