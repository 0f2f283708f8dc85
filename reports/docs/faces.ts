/** The API reference: what each subpath of the package exports, from `deno doc --json`. */

/** What a subpath exports. */
export interface Face {
  /** As it is imported: `prefbench/stats`. */
  readonly name: string;
  readonly says: string;
  readonly entries: readonly ExportedName[];
}

/** An exported name. */
export interface ExportedName {
  readonly name: string;
  readonly says: string;
  /** Its declaration, without what a function or a class does. */
  readonly code: string;
}

/** Where in a text a declaration ends: nothing of what is computed is shown. */
export function declaration(text: string): string {
  const head =
    /^export (?:declare )?(?:abstract )?(async )?(function\*?|const|interface|type|class|\*)/
      .exec(text);
  const kind = head?.[2] ?? "";
  if (kind === "interface") return text.slice(0, end(text, "\n}", 2));
  if (kind === "type") return text.slice(0, closing(text, ";", 0) + 1);
  if (kind.startsWith("function")) return text.slice(0, bodyOf(text)).trimEnd();
  if (kind === "class") return membersOf(text.slice(0, end(text, "\n}", 2)));
  if (kind !== "const") return text.split("\n", 1)[0]!;
  const value = closing(text, "=", 0);
  const arrow = /^= (async )?(<[^>]*>)?\(/.test(text.slice(value))
    ? closing(text, "=>", value + 1)
    : -1;
  return arrow < 0 ? text.slice(0, value).trimEnd() : text.slice(0, arrow).trimEnd();
}

const end = (text: string, mark: string, more: number): number => {
  const line = text.split("\n", 1)[0]!;
  if (line.endsWith("}")) return line.length;
  const at = text.indexOf(mark);
  return at < 0 ? text.length : at + more;
};

/** A class without its methods' bodies. */
function membersOf(text: string): string {
  let inside = false;
  return text.split("\n").flatMap((line, i) => {
    if (inside) {
      inside = line !== "  }";
      return [];
    }
    if (i === 0 || !/^ {2}\S.* \{\}?$/.test(line)) return [line];
    inside = !line.endsWith("}");
    return [`${line.replace(/ \{\}?$/, "")};`];
  }).join("\n");
}

/** The first place of `mark` from `from` that stands in no brackets; the text's end where none does. */
function closing(text: string, mark: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const one = text[at]!;
    if (depth === 0 && text.startsWith(mark, at) && (mark !== "=" || !/[=>]/.test(text[at + 1]!))) {
      return at;
    }
    if ("([{".includes(one)) depth++;
    else if (")]}".includes(one)) depth--;
  }
  return text.length;
}

/** Where a function's body begins: a brace in no brackets that is no part of a type. */
function bodyOf(text: string): number {
  let [depth, at] = [0, text.indexOf("(")];
  for (; at < text.length; at++) {
    const one = text[at]!;
    if (one === "{" && depth === 0 && !/[:|&<,]\s*$/.test(text.slice(0, at))) return at;
    if ("([{".includes(one)) depth++;
    else if (")]}".includes(one)) depth--;
  }
  return text.length;
}

/** An exported name as its file has it: the declaration that begins at this place, and the comment above. */
export function exportedAt(name: string, text: string, line: number): ExportedName {
  const lines = text.split("\n");
  const above = lines.slice(0, line).join("\n");
  const [, comment = ""] = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*$/.exec(above) ?? [];
  return { name, says: said(comment), code: declaration(lines.slice(line).join("\n")) };
}

/** What a file says of itself at its beginning. */
export function openingOf(text: string): string {
  const [, comment = ""] = /^\/\*\*((?:(?!\*\/)[^])*)\*\//.exec(text) ?? [];
  return said(comment);
}

/** A comment's text, without its stars and without its tags. */
const said = (comment: string): string =>
  comment.replaceAll(/^\s*\* ?/gm, "").split(/^@\w/m)[0]!.trim();
