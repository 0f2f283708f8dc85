/** Comma-separated values as spreadsheets and pandas write them. */

/** Rows of cells; quoted cells may hold commas, quotes and line breaks. A SyntaxError names the line. */
export function parseCsv(text: string, place: string): { line: number; cells: string[] }[] {
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
        const end = /[,\r\n]|$/g;
        end.lastIndex = at;
        const stop = end.exec(text)!.index;
        row.cells.push(text.slice(at, stop));
        at = stop;
      }
      more = text[at] === ",";
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

/** One line a row. */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) =>
    /[",\r\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`;
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}
