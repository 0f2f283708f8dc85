/** Files of rows, as people have them. */
import { createHash } from "node:crypto";
import { arrow } from "./arrow.ts";
import { contentOf, headOf } from "./bytes.ts";
import { csv } from "./csv.ts";
import type { Content, Entry, Format, Wanted } from "./entry.ts";
import { json } from "./json.ts";
import { parquet } from "./parquet.ts";
import { shardsOf } from "./shards.ts";

export { bytesOf } from "./bytes.ts";
export type { Entry, Wanted } from "./entry.ts";
export { type ImageSize, imageSize, mostImage, type Pixels, pixelsOf } from "./image.ts";
export { readable } from "./shards.ts";
export { printable, reasonOf, shown, shownNames } from "./show.ts";

const formats: readonly Format[] = [parquet, arrow, csv, json];

/** The files that hold the rows of `path`: a file, a folder of shards or a pattern. */
export const filesOf = (path: string): Promise<string[]> =>
  shardsOf(path, formats.flatMap(({ extensions }) => extensions));

/** Rows of one file, and how an error names one of them. */
export interface Batch {
  readonly file: string;
  readonly entries: readonly Entry[];
  place(at: number): string;
}

/**
 * The rows of these files in order, in bounded memory. What a file is, its first bytes say, else its
 * name. A file that is damaged as a whole is a SyntaxError, a bad row an entry that says so. Bytes in
 * columns of Parquet and Arrow are read where they are `wanted`.
 */
export async function* readFiles(
  files: readonly string[],
  wanted: Wanted = () => false,
): AsyncGenerator<Batch> {
  for (const file of files) {
    const content = await contentOf(file);
    const format = await formatOf(content);
    const place = (at: number) => format.place(file, at);
    for await (const entries of format.read(content, wanted)) yield { file, entries, place };
  }
}

/** Whether a file holds columns, as Parquet and Arrow do, and no text. A SyntaxError where it holds neither. */
export async function isColumnar(file: string): Promise<boolean> {
  const format = await knownFormat(await contentOf(file));
  return format === parquet || format === arrow;
}

async function formatOf(content: Content): Promise<Format> {
  const format = await knownFormat(content);
  if (format) return format;
  const known = formats.flatMap(({ extensions }) => extensions).join(", ");
  throw new RangeError(
    `Cannot read ${content.file}: a dataset is a file of ${known}, each also as .gz or .zst, or a folder of such`,
  );
}

async function knownFormat(content: Content): Promise<Format | undefined> {
  const head = await headOf(content);
  const wrong = mistaken(head);
  if (wrong !== undefined) throw new SyntaxError(`Cannot read ${content.file}: ${wrong}`);
  return formats.find(({ begins }) => begins?.(head)) ??
    formats.find(({ extensions }) => extensions.includes(content.extension));
}

/** What often lies where data should, and says so at its beginning. */
function mistaken(head: Uint8Array): string | undefined {
  const text = new TextDecoder().decode(head);
  if (text.startsWith("version https://git-lfs")) {
    return "it is a Git LFS pointer and not what it points to: run git lfs pull";
  }
  if (/^\s*<(!doctype|html)/i.test(text)) return "it is an HTML page: was it behind a login?";
  const wide = head[0] === 0xff && head[1] === 0xfe || head[0] === 0xfe && head[1] === 0xff;
  return wide ? "it is UTF-16: save it as UTF-8" : undefined;
}

/** SHA-256 of a file's bytes, in hexadecimal; of several files, of theirs in order. */
export async function fingerprint(files: readonly string[]): Promise<string> {
  const sums: string[] = [];
  for (const file of files) {
    const hash = createHash("sha256");
    const handle = await Deno.open(file);
    for await (const chunk of handle.readable) hash.update(chunk);
    sums.push(hash.digest("hex"));
  }
  if (sums.length === 1) return sums[0]!;
  return createHash("sha256").update(sums.join("\n")).digest("hex");
}
