import { type Columns, folded, isRecord, type Said } from "../columns.ts";
import { readNumber } from "../labels.ts";
import type { Findings } from "../text.ts";
import { askings } from "./questions.ts";
import { type Layout, type ReadRow, text, type Verdict } from "./shape.ts";

/** Argilla's exports: answers by number, and what each annotator said of them. */

const numbered = /^(?:response|generation|completion|answer|text)[_.]?(\d+|[a-d])$/;

interface Record {
  readonly fields: readonly Said[];
  /** What annotators said, one value each; suggestions count where nobody said anything. */
  readonly said: readonly unknown[];
}

const answersOf = (fields: readonly Said[]) =>
  fields.filter(({ path }) => numbered.test(folded(path.replace(/^fields\./, ""))));

/** Which answer a value names, by its place: `response_2`, `2`, or a ranking's first. */
function chosen(value: unknown, names: readonly string[]): readonly number[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [];
    const rank = (one: unknown) => isRecord(one) ? readNumber(one.rank) ?? Infinity : Infinity;
    const least = Math.min(...value.map(rank));
    if (least === Infinity) return value.length === 1 ? chosen(value[0], names) : [];
    return value.filter((one) => rank(one) === least).flatMap((one) =>
      chosen(isRecord(one) ? one.value : undefined, names)
    );
  }
  const name = folded(`${value}`);
  const at = names.findIndex((own) => own === name || own.replace(/^\D+[_.]?/, "") === name);
  return at < 0 ? [] : [at];
}

/** A vote an annotator; more than half of them are how sure it is. */
function counted({ fields, said }: Record, findings: Findings): Verdict | undefined {
  const names = answersOf(fields).map(({ path }) => folded(path.replace(/^fields\./, "")));
  const votes = names.map(() => 0);
  for (const value of said) {
    const found = chosen(value, names);
    for (const at of found) votes[at]! += 1 / found.length;
  }
  const total = votes.reduce((a, b) => a + b, 0);
  if (total === 0) {
    findings.problems.push(
      `row must say which of ${names.join(", ")} an annotator chose: it has no such response`,
    );
    return undefined;
  }
  const most = Math.max(...votes);
  const strength = names.length === 2 && most > total / 2 ? { strength: most / total } : {};
  return { scores: votes, ...strength };
}

function reading(row: Columns, record: Record): ReadRow {
  const columns = askings.flatMap(({ columns }) => columns);
  const question =
    columns.flatMap((name) =>
      record.fields.filter(({ path }) => folded(path.replace(/^fields\./, "")) === name)
    )[0];
  return {
    ...question && !row.has("prompt") ? { question } : {},
    answers: answersOf(record.fields),
    verdict: (findings) => counted(record, findings),
  };
}

const values = (list: unknown): unknown[] =>
  Array.isArray(list) ? list.map((one: unknown) => isRecord(one) ? one.value : one) : [];

/** Of a record's `responses` or `suggestions`, the values of the first question. */
function inner(said: unknown): unknown[] {
  if (!isRecord(said)) return values(said);
  const [first] = Object.values(said);
  return Array.isArray(first) ? values(first) : isRecord(first) ? [first.value] : [];
}

const flatNames = (row: Columns) => [...row.names()].filter((name) => numbered.test(name));
/** Columns that hold what was said of a question, annotators' before suggestions. */
const verdicts = (row: Columns): string[] => {
  const names = [...row.names()];
  const ending = (end: RegExp) => names.filter((name) => end.test(name) && row.has(name));
  const own = ["preference", "ranking", "choice"].filter((name) => Array.isArray(row.peek(name)));
  return [...own, ...ending(/^\w+\.responses$/), ...ending(/^\w+[.-_]suggestion$/)];
};

export const argilla: readonly Layout[] = [
  {
    id: "argilla-records",
    of: "Argilla's records",
    columns: ["fields"],
    fits(row) {
      const fields = row.peek("fields");
      return isRecord(fields) && Object.keys(fields).some((name) => numbered.test(folded(name)));
    },
    read(row) {
      const { path, value } = row.said("fields");
      const fields = Object.entries(value as object).map(([name, one]) =>
        text(`${path}.${name}`, one)
      );
      const [own, suggested] = ["responses", "suggestions"].map((name) => inner(row.get(name)));
      const said = own!.length > 0 ? own! : suggested!;
      return reading(row, { fields, said });
    },
  },
  {
    id: "argilla-flat",
    of: "Argilla's tables",
    columns: [],
    fits: (row) => flatNames(row).length >= 2 && verdicts(row).length > 0,
    read(row) {
      const [name] = verdicts(row);
      const value = row.get(name!);
      const list = Array.isArray(value) && !value.every((one) => isRecord(one) && "rank" in one);
      return reading(row, {
        fields: flatNames(row).map((own) => row.said(own)),
        said: list ? values(value) : [value],
      });
    },
  },
];
