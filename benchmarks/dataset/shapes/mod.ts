import type { Columns } from "../columns.ts";
import { argilla } from "./argilla.ts";
import { choices } from "./choices.ts";
import { lists } from "./lists.ts";
import { pairs } from "./pairs.ts";
import type { Layout } from "./shape.ts";
import { singles } from "./singles.ts";

export { questionOf } from "./questions.ts";
export type { Layout, ReadRow, Verdict } from "./shape.ts";

/** The layouts of rows that are known; of those that a row fits, the first. */
export const shapes: readonly Layout[] = [...pairs, ...choices, ...lists, ...argilla, ...singles];

export const shapeOf = (row: Columns): Layout | undefined =>
  shapes.find(({ columns, fits }) =>
    columns.every((name) => row.has(name)) && (fits === undefined || fits(row))
  );
