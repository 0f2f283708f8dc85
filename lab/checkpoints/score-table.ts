import { harmless } from "../host/progress.ts";
import { notFinite, type Score, type ScoredRow } from "./score.ts";

export interface Head {
  readonly model: string;
  readonly reference: string | undefined;
  readonly beta: number;
}

export interface ScoreTable {
  add(row: ScoredRow, json: string): void;
  close(): void;
  /** Answers so far that have no numbers, as they are too long or as the model gave none. */
  readonly absent: { readonly long: number; readonly notFinite: number };
}

/** Prints rows as they come: a JSON document, a line an answer for people, or nothing. */
export function scoreTable(
  form: "json" | "text" | "none",
  { model, reference, beta }: Head,
  print: (line: string) => void,
): ScoreTable {
  let rows = 0;
  const absent = { long: 0, notFinite: 0 };
  const head = JSON.stringify({ model, ...reference === undefined ? {} : { reference, beta } });
  const printers = {
    json: {
      open: () => print(`${head.slice(0, -1)},"rows":[`),
      add: (_: ScoredRow, json: string) => print(rows > 0 ? `,${json}` : json),
      close: () => print("]}"),
    },
    text: {
      open() {
        if (reference !== undefined) print(`reward = ${beta} × (log π − log π_ref)`);
        const columns = ["row", "", "tokens", "log π"];
        print(
          aligned(reference === undefined ? columns : [...columns, "reward", "margin"], "text"),
        );
      },
      add(row: ScoredRow) {
        const answers = "chosen" in row
          ? [["chosen", row.chosen] as const, ["rejected", row.rejected] as const]
          : [["", row] as const];
        const margin = "margin" in row ? row.margin : undefined;
        answers.forEach(([name, score], i) => {
          const cells = [i === 0 ? `${rows + 1}` : "", name, `${score.tokens}`];
          const found = score.absent === undefined
            ? [fixed(score.logprob), ...reference === undefined ? [] : [fixed(score.reward)]]
            : [score.absent];
          const last = i === 0 && margin !== undefined ? [fixed(margin)] : [];
          const gap = reference !== undefined && last.length === 0 && score.absent === undefined
            ? [""]
            : [];
          print(aligned([...cells, ...found, ...last, ...gap], excerpt(score.answer)));
        });
      },
      close() {},
    },
    none: { open() {}, add() {}, close() {} },
  };
  const printer = printers[form];
  printer.open();
  return {
    add(row, json) {
      const scores: readonly Score[] = "chosen" in row ? [row.chosen, row.rejected] : [row];
      for (const { absent: why } of scores) {
        if (why !== undefined) absent[why.startsWith(notFinite) ? "notFinite" : "long"]++;
      }
      printer.add(row, json);
      rows++;
    },
    close: () => printer.close(),
    absent,
  };
}

const widths = [7, 8, 6, 10, 9, 9];

function aligned(cells: readonly string[], text: string): string {
  const line = cells.map((cell, i) =>
    i === 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
  );
  return `${line.join("  ")}  ${text}`.trimEnd();
}

const fixed = (x: number | undefined) => x === undefined ? "" : x.toFixed(3);

/** The beginning of a text, on one line and harmless to a terminal. */
function excerpt(text: string): string {
  const short = text.slice(0, 48).toWellFormed();
  return harmless(short.replaceAll(/\s+/g, " ").trim()) + (text.length > 48 ? "…" : "");
}
