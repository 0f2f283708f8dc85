/** Values separated by commas or tabs, as spreadsheets and pandas write them. */

export type CsvSeparator = "," | "\t" | ";";
const ends = { ",": /[,\r\n]|$/g, "\t": /[\t\r\n]|$/g, ";": /[;\r\n]|$/g } as const;

/** What separates the names in a table's first line, as the file's name says or its one other sign. */
export function separatorOf(text: string, named: CsvSeparator): CsvSeparator {
  const [head = ""] = text.split("\n", 1);
  if (head.includes(named)) return named;
  return ([";", "\t", ","] as const).find((other) => head.includes(other)) ?? named;
}

/** Rows of cells; quoted cells may hold separators, quotes and line breaks. A SyntaxError names the line. */
export function parseCsv(
  text: string,
  place: string,
  separator: CsvSeparator = ",",
): { line: number; cells: string[] }[] {
  const rows: { line: number; cells: string[] }[] = [];
  let [line, at] = [1, 0];
  while (at < text.length) {
    const row = { line, cells: [] as string[] };
    for (let more = true; more;) {
      if (text[at] === '"') {
        let cell = "";
        for (at++;; at++) {
          if (at >= text.length) {
            throw new SyntaxError(`${place}:${row.line}: a quoted cell does not end`);
          }
          if (text[at] === "\n") line++;
          if (text[at] !== '"') cell += text[at];
          else if (text[at + 1] === '"') {
            cell += '"';
            at++;
          } else break;
        }
        at++;
        row.cells.push(cell);
      } else {
        const end = ends[separator];
        end.lastIndex = at;
        const stop = end.exec(text)!.index;
        row.cells.push(text.slice(at, stop));
        at = stop;
      }
      more = text[at] === separator;
      if (more) at++;
    }
    if (text[at] === "\r") at++;
    if (at < text.length && text[at] !== "\n") {
      throw new SyntaxError(`${place}:${line}: a cell goes on after its closing quote`);
    }
    at++;
    line++;
    rows.push(row);
  }
  return rows.filter(({ cells }) => cells.length > 1 || cells[0] !== "");
}

/** A cell as it is, a number, or null where nothing is known. */
export type CsvCell = string | number | null;

/** How programs write that there is no number. */
const missing = /^(nan|none|null|na|n\/a)?$/i;

/**
 * Rows by the names in the first line, each with its place and without blanks around it; in `numbers`
 * an empty cell, NaN and None are null, a decimal comma is one where commas separate nothing, and
 * what is no number stays text, for a schema to refuse. A SyntaxError where a name occurs twice or a
 * row has more or fewer cells.
 */
export function parseTable(
  text: string,
  place: string,
  { separator = ",", numbers = [] }: {
    readonly separator?: CsvSeparator;
    readonly numbers?: readonly string[];
  } = {},
): { readonly place: string; readonly row: { [name: string]: CsvCell } }[] {
  const [head, ...rows] = parseCsv(text, place, separator);
  if (!head) throw new SyntaxError(`${place}: the file is empty`);
  const names = head.cells.map((name) => name.trim());
  // A blank after every separator is part of the separator.
  const padded = names.length > 1 && head.cells.slice(1).every((name) => name.startsWith(" "));
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new SyntaxError(`${place}:${head.line}: two columns are called ${JSON.stringify(twice)}`);
  }
  const read = (name: string, cell: string): CsvCell => {
    if (!numbers.includes(name)) return cell;
    const text = cell.trim();
    if (missing.test(text)) return null;
    const decimal = separator !== "," && /^-?\d+,\d+$/.test(text);
    const value = Number(decimal ? text.replace(",", ".") : text);
    return Number.isFinite(value) ? value : cell;
  };
  return rows.map(({ line, cells }) => {
    if (cells.length !== names.length) {
      throw new SyntaxError(
        `${place}:${line}: the row has ${cells.length} cells, and the first line names ${names.length} columns`,
      );
    }
    return {
      place: `${place}:${line}`,
      row: Object.fromEntries(names.map((name, i) => {
        const cell = padded ? cells[i]!.replace(/^ /, "") : cells[i]!;
        return [name, read(name, cell)];
      })),
    };
  });
}

/**
 * One line a row. Texts are somebody's: one that a spreadsheet would compute gets a quote in front,
 * and what commands a terminal is left out. A number that is not finite is an empty cell.
 */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    if (typeof value === "number") return Number.isFinite(value) ? `${value}` : "";
    const text = value.replaceAll(/(?![\t\r\n])[\p{Cc}\p{Cf}]/gu, "\ufffd");
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}
