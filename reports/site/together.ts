import { canonical, contentOf, type Judged } from "../../core/mod.ts";

/** Judged files that are of one board, whatever they are called. */

/** One file of `deno task judge`, with the name of the run that it lies in. */
export interface SiteJudged {
  readonly run: string;
  readonly judged: Judged;
}

/** Several judged files with one judge, one opponent and one set of questions, or one file. */
export interface Together {
  readonly files: readonly SiteJudged[];
  /** All of them as one. */
  readonly source: SiteJudged;
}

/** Files in the order of the first of each board; two of one model stay apart. */
export function together(all: readonly SiteJudged[]): Together[] {
  const boards: { readonly key: string | undefined; readonly files: SiteJudged[] }[] = [];
  for (const file of all) {
    const key = identity(file.judged);
    const own = boards.find((board) =>
      key !== undefined && board.key === key && !board.files.some(shares(file))
    );
    if (own) own.files.push(file);
    else boards.push({ key, files: [file] });
  }
  return boards.map(({ files }) => ({ files, source: united(files) }));
}

const shares = ({ judged: { rows } }: SiteJudged) => (other: SiteJudged): boolean =>
  other.judged.rows.some(({ model }) => rows.some((row) => row.model === model));

/** What must be equal for models to stand side by side; undefined where the file does not hold it. */
function identity(judged: Judged): string | undefined {
  const { protocol, judge, baseline, measures, rows, agreement, published } = judged;
  const content = contentOf(judged);
  const asked = new Set(judged.judgements.map(({ question }) => question));
  const held = (digests: { readonly [id: string]: string }) =>
    [...asked].every((id) => Object.hasOwn(digests, id));
  if (!content || !held(content.questions)) return undefined;
  // Grades are of no opponent; one whose answers nobody recorded may be another of its name.
  if (baseline !== "none" && !held(content.opponents)) return undefined;
  // What is of a whole file, as other people's board is, has no place among several.
  if (rows.length === 0 || agreement || published) return undefined;
  const { questions, opponents } = content;
  return canonical([protocol, judge.fingerprint, questions, opponents, measures]);
}

function united(files: readonly SiteJudged[]): SiteJudged {
  const [first, ...others] = files;
  if (others.length === 0) return first!;
  const all = files.map(({ judged }) => judged);
  const one = (of: (file: SiteJudged) => string, between = ", ") =>
    [...new Set(files.map(of))].join(between);
  const { texts, bias: _, absent: _a, noise: _n, pairs: _p, ...shared } = first!.judged;
  const among = Object.entries(shared.measures).flatMap(([id, { among }]) => among ? [id] : []);
  return {
    run: one(({ run }) => run),
    judged: {
      ...shared,
      command: one(({ judged }) => judged.command, "\n"),
      on: one(({ judged }) => judged.on),
      rows: all.flatMap(({ rows }) => rows.map((row) => without(row, among))),
      // Each file's own facts stand with it.
      bias: {},
      judgements: all.flatMap(({ judgements }) => judgements),
      notes: [...new Set(all.flatMap(({ notes = [] }) => notes))],
      ...texts && all.every(({ texts }) => texts)
        ? {
          texts: {
            ...texts,
            answers: [
              ...new Map(
                all.flatMap(({ texts }) => texts!.answers).map((one) => [canonical(one), one]),
              ).values(),
            ],
          },
        }
        : {},
    },
  };
}

function without(row: Judged["rows"][number], ids: readonly string[]): Judged["rows"][number] {
  const lost = ids.filter((id) => Object.hasOwn(row.estimates, id));
  const kept = Object.entries(row.estimates).filter(([id]) => !lost.includes(id));
  return {
    ...row,
    estimates: Object.fromEntries(kept),
    absent: {
      ...row.absent,
      ...Object.fromEntries(lost.map((id) => [id, "It is among the models of one file"])),
    },
  };
}
