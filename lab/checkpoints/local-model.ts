import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { parse, parseJson } from "../disk/schema.ts";

/** What is known of a model's folder before it is loaded. */
export interface LocalModel<D extends string> {
  /** Absolute. */
  readonly directory: string;
  readonly name: string;
  /** Of the JSON files and templates at the folder's top and of all that lies in `onnx/`. */
  readonly sha256: string;
  readonly dtype: D;
  /** Tokens that a text may have. */
  readonly context: number;
  readonly template?: string;
}

const size = z.int().min(1).exactOptional();
const config = z.looseObject({
  max_position_embeddings: size,
  n_positions: size,
  n_ctx: size,
  max_seq_len: size,
  seq_length: size,
  "transformers.js_config": z.looseObject({
    dtype: z.union([z.string(), z.looseObject({ model: z.string().exactOptional() })])
      .exactOptional(),
  }).exactOptional(),
});
const tokenizer = z.looseObject({ model_max_length: z.number().positive().nullish() });

/**
 * Reads what a folder says of its model and hashes its files. Of several graphs the one that its
 * `config.json` names is taken, else the first of `dtypes`, which have the suffixes of the graphs'
 * names. A RangeError where there is no such folder or no graph in it; a SyntaxError for bad JSON.
 */
export async function readLocalModel<D extends string>(
  path: string,
  dtypes: { readonly [dtype in D]: string },
): Promise<LocalModel<D>> {
  const directory = resolve(path);
  const [top, graphs] = [await names(directory), await names(join(directory, "onnx"))];
  if (!top) throw new RangeError(`Cannot load a model from ${path}: there is no such folder`);
  const known = (Object.keys(dtypes) as D[]).filter((dtype) =>
    graphs?.includes(`model${dtypes[dtype]}.onnx`)
  );
  const [first] = known;
  if (first === undefined) {
    const found = graphs?.filter((name) => name.endsWith(".onnx")).join(", ");
    throw new RangeError(
      `Cannot load a model from ${path}: expected onnx/model.onnx, found ${
        found ? `onnx/ with ${found}` : "no ONNX model"
      }`,
    );
  }
  for (const name of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
    if (!top.includes(name)) {
      throw new RangeError(`Cannot load a model from ${path}: expected ${name} in it`);
    }
  }
  const read = async <T>(name: string, schema: z.ZodType<T>): Promise<T> => {
    const file = join(path, name);
    return parse(schema, parseJson(await Deno.readTextFile(file), file), file);
  };
  const shape = await read("config.json", config);
  const { model_max_length: most } = await read("tokenizer_config.json", tokenizer);
  const wanted = shape["transformers.js_config"]?.dtype;
  const named = typeof wanted === "object" ? wanted.model : wanted;
  // Tokenizers that know of no limit say 1e30.
  const context = Math.min(
    shape.max_position_embeddings ?? shape.n_positions ?? shape.n_ctx ?? shape.max_seq_len ??
      shape.seq_length ?? Infinity,
    most ?? Infinity,
  );
  if (!(context < 1e12)) {
    throw new RangeError(
      `Cannot load a model from ${path}: expected max_position_embeddings in config.json or model_max_length in tokenizer_config.json`,
    );
  }
  const template = "chat_template.jinja";
  return {
    directory,
    name: basename(directory),
    sha256: await digest(directory, [
      ...top.filter((name) => /\.(json|jinja)$/.test(name)),
      ...graphs!.map((name) => `onnx/${name}`),
    ]),
    dtype: known.find((dtype) => dtype === named) ?? first,
    context,
    ...top.includes(template)
      ? { template: await Deno.readTextFile(join(directory, template)) }
      : {},
  };
}

/** The files of a directory in order; undefined where there is none. */
async function names(directory: string): Promise<string[] | undefined> {
  try {
    const all = await Array.fromAsync(Deno.readDir(directory));
    // A hub's own cache has links in place of files.
    return all.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw error;
  }
}

/** SHA-256 of names and contents, read piece by piece as a model may be larger than memory. */
async function digest(directory: string, files: readonly string[]): Promise<string> {
  const all = createHash("sha256");
  for (const name of files) {
    const one = createHash("sha256");
    using file = await Deno.open(join(directory, name));
    for await (const piece of file.readable) one.update(piece);
    all.update(`${JSON.stringify(name)} ${one.digest("hex")}\n`);
  }
  return all.digest("hex");
}
