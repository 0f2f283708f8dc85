/** Values separated by commas or tabs, as spreadsheets and pandas write them. */

/** Rows of cells; quoted cells may hold separators, quotes and line breaks. A SyntaxError names the line. */
export function parseCsv(
  text: string,
  place: string,
  separator: "," | "\t" = ",",
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
        const end = separator === "," ? /[,\r\n]|$/g : /[\t\r\n]|$/g;
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
export type Cell = string | number | null;

/**
 * Rows by the names in the first line, each with its place; in `numbers` an empty cell and NaN are
 * null, and what is no number stays text, for a schema to refuse. A SyntaxError where a name occurs
 * twice or a row has more or fewer cells.
 */
export function parseTable(
  text: string,
  place: string,
  { separator = ",", numbers = [] }: {
    readonly separator?: "," | "\t";
    readonly numbers?: readonly string[];
  } = {},
): { readonly place: string; readonly row: { [name: string]: Cell } }[] {
  const [head, ...rows] = parseCsv(text, place, separator);
  if (!head) throw new SyntaxError(`${place}: the file is empty`);
  const names = head.cells;
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new SyntaxError(`${place}:${head.line}: two columns are called ${JSON.stringify(twice)}`);
  }
  const read = (name: string, cell: string): Cell => {
    if (!numbers.includes(name)) return cell;
    if (/^(nan)?$/i.test(cell.trim())) return null;
    const value = Number(cell);
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
      row: Object.fromEntries(names.map((name, i) => [name, read(name, cells[i]!)])),
    };
  });
}

/** One line a row. */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) =>
    /[",\r\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`;
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}
