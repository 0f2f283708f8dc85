/** The image of a row: where it lies, and how it is read. */
import { createHash } from "node:crypto";
import { dirname, relative, resolve } from "node:path";
import { imageSize, mostImage, type Wanted } from "../../formats/mod.ts";
import { type Columns, folded, isPresent, isRecord, type Mapping, type Said } from "./columns.ts";
import { current, type Findings } from "./text.ts";

/** For whom no image is meant, or it cannot be had. */
const WAY_OUT = "say --columns image= to read the texts alone";
/** Columns that hold a row's image, or a list of them, unless the user names another one. */
const NAMES = ["image", "images"];

/** Which columns of bytes are images. */
export function imageColumns({ image: named }: Mapping): Wanted {
  const names = named === undefined
    ? NAMES
    : named === ""
    ? []
    : [named, named.split(".")[0]!].map(folded);
  return (column) => names.includes(folded(column));
}

/** What becomes of an image's bytes for whoever reads rows; a SyntaxError, to follow a name, if they are none. */
export type Look = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Looks no further than an image's head, and gives its bytes' SHA-256: what tells it from another one. */
export function glance(bytes: Uint8Array): Uint8Array {
  imageSize(bytes);
  return sha256(bytes);
}

/** What reading found of images. */
export interface ImagesFound {
  /** Rows with an image, and rows without one. */
  readonly seen: number;
  readonly unseen: number;
  /** SHA-256 of all images that lie in files beside the rows, in hexadecimal; absent where there are none. */
  readonly beside?: string;
}

/** Reads the images of one row after another. */
export function imageReader(look: Look) {
  const beside = createHash("sha256");
  let [files, seen, unseen] = [0, 0, 0];
  return {
    /**
     * What `look` makes of the row's image; nothing where it has none, or `"several"`. What is wrong
     * with an image becomes a problem.
     */
    async read(
      file: string,
      columns: Columns,
      findings: Findings,
    ): Promise<Uint8Array | "several" | undefined> {
      const found = new Map<string, readonly [Said, Uint8Array]>();
      for (const said of [...saidIn(columns), ...findings.images ?? []]) {
        try {
          const { bytes, apart } = await bytesOf(said, file);
          const key = sha256(bytes);
          if (apart) {
            beside.update(key);
            files++;
          }
          // Conversations that begin alike show the same image each.
          found.set(key.toHex(), [said, bytes]);
        } catch (error) {
          problem(said, error, findings);
        }
      }
      if (found.size > 1) return "several";
      const [one] = found.values();
      if (!one) {
        unseen++;
        return undefined;
      }
      seen++;
      try {
        return await look(one[1]);
      } catch (error) {
        return problem(one[0], error, findings);
      }
    },
    found: (): ImagesFound => ({
      seen,
      unseen,
      ...files > 0 ? { beside: beside.copy().digest("hex") } : {},
    }),
  };
}

function problem({ path }: Said, error: unknown, { problems }: Findings): undefined {
  if (!(error instanceof SyntaxError)) throw error;
  problems.push(`field "${path}" ${error.message}; ${WAY_OUT}`);
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();

/** The images that the columns of a row hold, each by itself. */
function saidIn(columns: Columns): Said[] {
  const name = NAMES.find((name) => columns.has(name));
  if (name === undefined) return [];
  const { path, value } = columns.said(name);
  const all = Array.isArray(value)
    ? value.map((one: unknown, i) => ({ path: `${path}[${i}]`, value: one }))
    : [{ path, value }];
  return all.filter(({ value }) => isPresent(value) && value !== "");
}

interface Found {
  readonly bytes: Uint8Array;
  /** Whether they lay in a file of their own. */
  readonly apart?: true;
}

/** The bytes of an image: as they are, in base 64, or in a file that a path leads to. */
async function bytesOf({ value }: Said, file: string): Promise<Found> {
  if (value instanceof Uint8Array) return { bytes: value };
  // As `datasets` keeps them: the bytes, or where they lie.
  if (isRecord(value) && isPresent(value.bytes)) {
    if (value.bytes instanceof Uint8Array) return { bytes: value.bytes };
    if (typeof value.bytes === "string") return { bytes: decoded(value.bytes) };
  }
  const text = isRecord(value) ? value.path ?? value.url : value;
  if (typeof text !== "string") {
    throw new SyntaxError(
      `must be an image: its bytes, a data URL, base 64, or a path: ${current(value)}`,
    );
  }
  const inside = /^data:[^,]*;base64,/i.exec(text);
  if (inside) return { bytes: decoded(text.slice(inside[0].length)) };
  if (BASE64.test(text)) return { bytes: decoded(text) };
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) {
    throw new SyntaxError(
      `must be an image in the rows or in a file beside them, as nothing is fetched: ${
        current(text)
      }`,
    );
  }
  return { bytes: await fileBeside(text, file), apart: true };
}

/** How PNG, JPEG, GIF and WebP begin in base 64. */
const BASE64 = /^(iVBORw0KGgo|\/9j\/|R0lGOD|UklGR)[A-Za-z0-9+/\s]{40}/;

function decoded(text: string): Uint8Array {
  if (text.length > 1.4 * mostImage.bytes) {
    throw new SyntaxError(
      `must be an image of at most ${mostImage.bytes / 2 ** 20} MiB: it has more`,
    );
  }
  try {
    return Uint8Array.fromBase64(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new SyntaxError(`must be an image in base 64: ${current(text)}`);
  }
}

/** A file in the rows' own folder, or further in; wherever links lead, never outside. */
async function fileBeside(path: string, rows: string): Promise<Uint8Array> {
  const folder = await Deno.realPath(dirname(rows));
  let found: string;
  try {
    found = await Deno.realPath(resolve(folder, path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) {
      throw error;
    }
    throw new SyntaxError(
      `must be an image, or the path of one in the rows' folder: there is no such file: ${
        current(path)
      }`,
    );
  }
  const way = relative(folder, found);
  if (way === "" || way.startsWith("..") || resolve(way) === way) {
    throw new SyntaxError(`must be the path of an image within the rows' folder: ${current(path)}`);
  }
  const { isFile, size } = await Deno.stat(found);
  if (!isFile || size > mostImage.bytes) {
    throw new SyntaxError(
      `must be a file of at most ${mostImage.bytes / 2 ** 20} MiB: ${current(path)}`,
    );
  }
  return await Deno.readFile(found);
}
