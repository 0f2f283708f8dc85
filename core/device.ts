import type { Call, Graph, Tensor, Tensors } from "./policy.ts";

/** Whether an array lies in a device's own memory, so that its numbers cannot be read here. */
export const onDevice = (array: Tensor): boolean => array.share !== undefined;

/** Float arrays on the device of an engine that has one; the caller disposes of all of them. */
export async function toDevice(call: Call, arrays: Tensors): Promise<Tensors> {
  const { here, there } = parted(arrays);
  const held = Object.entries(there).map(([name, array]) => [name, array.share!()] as const);
  const names = Object.keys(here);
  const sent = names.length > 0 ? await call(stay, here, { keep: names }) : {};
  return { ...arrays, ...Object.fromEntries(held), ...sent };
}

/** The same numbers on the host, read in one crossing; arrays that are there already are not copied. */
export async function toHost(call: Call, arrays: Tensors): Promise<Tensors> {
  const { there } = parted(arrays);
  return Object.keys(there).length > 0 ? { ...arrays, ...await call(come, there) } : arrays;
}

/** Ends the hold on each of these arrays; those on the host have nothing to end. */
export function dispose(arrays: Tensors): void {
  for (const array of Object.values(arrays)) array[Symbol.dispose]?.();
}

// Two functions, as what a call keeps belongs to its graph.
const stay: Graph = (feeds) => feeds;
const come: Graph = (feeds) => feeds;

function parted(arrays: Tensors): { here: Tensors; there: Tensors } {
  const some = (away: boolean) =>
    Object.fromEntries(Object.entries(arrays).filter(([, array]) => onDevice(array) === away));
  return { here: some(false), there: some(true) };
}
