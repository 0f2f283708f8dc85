import { filed, type Judged, type JudgedEstimate, type RunRecord } from "../../core/mod.ts";
import type { Standing } from "../findings/standings.ts";
import type { Content } from "./content.ts";

/** Every table of a site as rows of plain values, for people who compute with them. */

export type Value = string | number | null;
export interface Table {
  readonly name: string;
  /** What a row is. */
  readonly about: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Value[])[];
}

export function tables(content: Content): Table[] {
  const { exact, courts, verdicts } = content;
  return [
    board(content),
    records(exact.records),
    {
      name: "methods",
      about:
        "a method with its paper, its cells of the taxonomy, and those of them that are the survey's own",
      head: ["method", "title", "arxiv", "year", "equation", "taxonomy", "survey"],
      rows: exact.methods.map((method) => {
        const card = exact.catalogue.methods.find(({ id }) => id === method);
        return card === undefined ? [method, ...Array<null>(6).fill(null)] : [
          method,
          card.paper.title,
          card.paper.arxiv ?? null,
          card.paper.year,
          card.equation,
          card.taxonomy.join(" "),
          filed(card).survey.join(" "),
        ];
      }),
    },
    ...[history(content)].filter(({ rows }) => rows.length > 0),
    ...courts.length === 0 ? [] : [judged(content), judgements(content)],
    ...verdicts === undefined ? [] : [{
      name: "claims",
      about: "a claim with its verdict",
      head: [
        "id",
        "kind",
        "verdict",
        "value",
        "low",
        "high",
        "margin",
        "seeds",
        "measure",
        "expect",
        "on",
        "rivals",
        "reason",
        "text",
      ],
      rows: verdicts.rows.map((row) => [
        row.id,
        row.kind,
        row.verdict,
        row.effect?.value ?? null,
        row.effect?.low ?? null,
        row.effect?.high ?? null,
        row.effect?.margin ?? null,
        row.effect?.seeds ?? null,
        row.measure,
        row.expect,
        row.on.join(" "),
        row.rivals.map(({ method }) => method).join(" "),
        row.reason ?? null,
        row.text,
      ]),
    }],
  ];
}

function board({ board, columns }: Content): Table {
  return {
    name: "board",
    about: "a method's or model's value of one measure on one testbed or by one judge",
    head: [
      "testbed",
      "budget",
      "protocol",
      "measure",
      "better",
      "method",
      "value",
      "low",
      "high",
      "interval over",
      "seeds",
      "n",
      "best rank",
      "worst rank",
      "group",
    ],
    rows: board.testbeds.flatMap((testbed, i) => {
      const { budget, protocol } = columns[i]!;
      return testbed.measures.flatMap((id) => {
        const standing = board.standing(testbed, id);
        return (standing?.rows ?? []).map(({ method, estimate, rank, group }) => [
          testbed.key,
          budget,
          protocol,
          id,
          standing!.measure.better,
          method,
          estimate.value,
          ...bounds(estimate),
          estimate.over,
          estimate.seeds,
          estimate.n,
          rank?.best ?? null,
          rank?.worst ?? null,
          rank === undefined ? null : group + 1,
        ]);
      });
    }),
  };
}

const bounds = (
  { low, high, over }: Standing["rows"][number]["estimate"],
): [Value, Value] => over === "nothing" ? [null, null] : [low, high];

function records(all: readonly RunRecord[]): Table {
  const ids = [...new Set(all.flatMap(({ measures }) => Object.keys(measures)))];
  return {
    name: "records",
    about: "a run, with the value and standard error of each measure",
    head: [
      "method",
      "benchmark",
      "setting",
      "seed",
      "outcome",
      "reason",
      "budget flops",
      "budget queries",
      "spent flops",
      "spent queries",
      "steps",
      "commit",
      "at",
      ...ids.flatMap((id) => [id, `${id} stderr`]),
    ],
    rows: all.map((record) => [
      record.method,
      record.benchmark,
      record.setting,
      record.seed,
      record.outcome,
      record.reason ?? null,
      record.budget.flops,
      record.budget.queries,
      record.spent?.flops ?? null,
      record.spent?.queries ?? null,
      record.steps,
      record.ran.commit,
      record.ran.at,
      ...ids.flatMap((id): Value[] => {
        const found = Object.hasOwn(record.measures, id) ? record.measures[id] : undefined;
        return [found?.value ?? null, found?.stderr ?? null];
      }),
    ]),
  };
}

function history({ places, lines }: Content): Table {
  return {
    name: "history",
    about: "a method on a testbed in one suite",
    head: [
      "testbed",
      "method",
      "measure",
      "suite",
      "at",
      "commit",
      "seeds",
      "value",
      "low",
      "high",
      "change",
      "change low",
      "change high",
      "decided",
    ],
    rows: places.flatMap((place) =>
      lines.get(place)!.flatMap(({ method, points, standing }) =>
        points.map(({ run, runs, commit, change }) => {
          const row = standing?.rows.find((row) => row.method === run.name);
          return [
            place.testbed.key,
            method,
            standing?.measure.id ?? null,
            run.name,
            run.plan.ran.at,
            commit,
            runs.finished.length,
            row?.estimate.value ?? null,
            ...row === undefined ? [null, null] : bounds(row.estimate),
            change?.difference.value ?? null,
            change?.difference.low ?? null,
            change?.difference.high ?? null,
            change === undefined ? null : change.winner === undefined ? "no" : "yes",
          ];
        })
      )
    ),
  };
}

function judged({ courts }: Content): Table {
  return {
    name: "judged",
    about: "a model's estimate by one protocol and judge, or a fact about that judge",
    head: [
      "protocol",
      "judge",
      "fingerprint",
      "on",
      "baseline",
      "model",
      "measure",
      "title",
      "value",
      "low",
      "high",
      "n",
      "exact",
      "absent",
    ],
    rows: courts.flatMap(({ files }) => files).flatMap(({ judged }) => {
      const { protocol, judge, on, baseline } = judged;
      const of = [protocol, judge.id, judge.fingerprint, on, baseline];
      return judgedRows(judged).map((row) => [...of, ...row]);
    }),
  };
}

/** Of one file, from the model's name on. */
function judgedRows({ rows, measures, bias, absent = {}, agreement }: Judged): Value[][] {
  const title = (id: string) => Object.hasOwn(measures, id) ? measures[id]!.title : id;
  return [
    ...rows.flatMap(({ model, estimates, exact = {}, absent }) => [
      ...Object.entries(estimates).map(([id, found]): Value[] => {
        const truth = Object.hasOwn(exact, id) ? exact[id]!.value : null;
        return [model, id, title(id), ...figures(found), truth, null];
      }),
      ...Object.entries(absent).map((
        [id, reason],
      ): Value[] => [model, id, title(id), ...nothing, null, reason]),
    ]),
    ...Object.entries(bias).map((
      [id, found],
    ): Value[] => [null, id, `bias: ${id}`, ...figures(found), null, null]),
    ...Object.entries(absent).map((
      [id, reason],
    ): Value[] => [null, id, `bias: ${id}`, ...nothing, null, reason]),
    ...(agreement?.rows ?? []).flatMap(({ who, turn, ties, estimates }) => {
      const of = [
        who === "judge" ? "agreement: judge with people" : "agreement: people",
        ...turn === undefined ? [] : [`turn ${turn}`],
        ...ties ? [] : ["no ties"],
      ].join(", ");
      return Object.entries(estimates).map((
        [id, found],
      ): Value[] => [null, id, of, ...figures(found), null, null]);
    }),
  ];
}

const figures = ({ value, low, high, n }: JudgedEstimate): Value[] => [
  value,
  low ?? null,
  high ?? null,
  n,
];
const nothing = [null, null, null, null] as const;

function judgements({ courts }: Content): Table {
  return {
    name: "judgements",
    about: "one verdict of a judge, or why there is none",
    head: [
      "protocol",
      "judge",
      "on",
      "question",
      "model",
      "seed",
      "turn",
      "preference",
      "grade",
      "flipped",
      "failure",
      "reason",
    ],
    rows: courts.flatMap(({ files }) => files).flatMap(({ judged }) =>
      judged.judgements.map((one) => [
        judged.protocol,
        judged.judge.id,
        judged.on,
        one.question,
        one.model,
        one.seed ?? null,
        one.turn ?? null,
        one.preference ?? null,
        one.grade ?? null,
        one.flipped === undefined ? null : one.flipped ? "yes" : "no",
        one.failure?.kind ?? null,
        one.failure?.reason ?? null,
      ])
    ),
  };
}

/**
 * RFC 4180. A text that a spreadsheet would run as a formula begins with an apostrophe here; the
 * JSON has it as it is.
 */
export function csv({ head, rows }: Pick<Table, "head" | "rows">): string {
  const cell = (value: Value): string => {
    if (value === null) return "";
    // Where one exact run is all there is, an interval has no ends.
    if (typeof value === "number") return Number.isFinite(value) ? `${value}` : "";
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [head, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/** A list of objects, a row a line. */
export function rowsJson({ head, rows }: Table): string {
  const line = (row: readonly Value[]) =>
    `{${
      head.map((name, i) => `${JSON.stringify(name)}:${JSON.stringify(row[i] ?? null)}`).join(",")
    }}`;
  return rows.length === 0 ? "[]\n" : `[\n${rows.map(line).join(",\n")}\n]\n`;
}
