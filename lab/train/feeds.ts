import type { Answer, Example, FreeAxes, Model, Shape, Tensor } from "../../core/mod.ts";
import type { Reference } from "./reference.ts";
import { named } from "./policy.ts";
import { GROUPS, members } from "./scope.ts";
import type { Fields, Use } from "./trace.ts";

/** The arrays of one batch. */
export async function fed<F extends Shape>(
  model: Model,
  frozen: Reference,
  fields: Fields,
  uses: readonly Use[],
  batch: readonly Example<F>[],
): Promise<{ feeds: { [name: string]: Tensor }; free: FreeAxes[] }> {
  const rows = batch as unknown as readonly { readonly [field: string]: unknown }[];
  for (const [name, size] of Object.entries(fields.lists)) {
    const odd = rows.find((row) => (row[name] as readonly unknown[]).length !== size);
    if (!odd) continue;
    const found = (odd[name] as readonly unknown[]).length;
    throw new RangeError(`Cannot read ${found} ${name} in one example and ${size} in another`);
  }
  const held = (row: typeof rows[number], slot: string): unknown => {
    const [name, place] = slot.split("/") as [string, string?];
    return place === undefined ? row[name] : (row[name] as readonly unknown[])[Number(place)];
  };
  const answers = (slot: string) => rows.map((row) => held(row, slot) as Answer);
  const feeds: { [name: string]: Tensor } = {};
  const free: FreeAxes[] = [];
  const widths = new Map<string, number>();
  for (const group of GROUPS) {
    const slots = members(uses, group);
    if (slots.length === 0) continue;
    const packed = model.pack(
      slots.flatMap(({ slot }) => answers(slot)),
      slots.some(({ ends }) => ends),
    );
    Object.assign(feeds, named(group, packed.feeds));
    free.push(
      Object.fromEntries(Object.entries(packed.free).map(([k, axis]) => [`${group}/${k}`, axis])),
    );
    for (const { slot } of slots) widths.set(slot, packed.steps);
  }
  const width = (slot: string) =>
    widths.get(slot) ?? Math.max(...answers(slot).map((y) => y.length));
  for (const { slot, reference } of uses) {
    if (!reference) continue;
    feeds[`reference/${slot}`] = padded(await frozen.steps(answers(slot)), width(slot));
  }
  for (const slot of fields.answers) {
    feeds[`length/${slot}`] = column(answers(slot).map((y) => y.length));
  }
  for (const slot of fields.numbers) {
    feeds[`field/${slot}`] = column(rows.map((row) => held(row, slot) as number));
  }
  for (const name of fields.series) {
    const owner = fields.answers.find((slot) => name.startsWith(slot)) ?? fields.answers[0]!;
    const series = rows.map((row) => row[name] as readonly number[]);
    feeds[`field/${name}`] = padded(series, width(owner));
  }
  return { feeds, free };
}

export const column = (values: readonly number[]): Tensor => ({
  shape: [values.length],
  data: Float32Array.from(values),
});

function padded(rows: readonly ArrayLike<number>[], width: number): Tensor {
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, b) => data.set(row, b * width));
  return { shape: [rows.length, width], data };
}
