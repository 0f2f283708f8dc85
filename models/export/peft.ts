/** Adapters in PEFT's files: `adapter_config.json` and `adapter_model.safetensors`. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { jsonText, type Params, size, type Tensor } from "../../core/mod.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { headerEnd, readFloats, readHeader, writeParams } from "../checkpoint/safetensors.ts";
import type { TransformerShape } from "../decoder.ts";
import { type Lora, mergedLora, products } from "../lora.ts";
import { modules, transposed } from "./hub.ts";

/** Adapters as PEFT stores them. */
export interface LoraAdapter {
  readonly options: Lora;
  /** `W.lora.a` and `W.lora.b` of each target W, to be laid over a model's own parameters. */
  readonly params: Params;
}

/** PEFT wraps a causal language model twice. */
const PREFIX = "base_model.model.";

/** The adapters of a policy as PEFT's two files; `base` is the folder or hub name of what they adapt, if it has one. */
export function peftFiles(
  shape: TransformerShape,
  params: Params,
  { rank, alpha, targets }: Lora,
  base: string | null = null,
): { readonly [path: string]: Uint8Array } {
  const names = named(shape, params);
  const arrays = targets.flatMap((name): [string, Tensor][] =>
    (["a", "b"] as const).map((half) => [
      `${PREFIX}${names.get(name)}.lora_${half.toUpperCase()}.weight`,
      transposed(params[`${name}.lora.${half}`]!),
    ])
  );
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    use_rslora: false,
    use_dora: false,
    modules_to_save: null,
    target_modules: targeted(names, products(params), targets),
  };
  return {
    "adapter_config.json": new TextEncoder().encode(
      `${jsonText(config, "adapter_config.json", 2)}\n`,
    ),
    "adapter_model.safetensors": writeParams(Object.fromEntries(arrays), { format: "pt" }),
  };
}

function named(shape: TransformerShape, params: Params): ReadonlyMap<string, string> {
  const names = modules(shape, params);
  if (names) return names;
  throw new RangeError(
    "Cannot name adapters of GPT2LMHeadModel as PEFT does: its queries, keys and values are one module, here three",
  );
}

/** Ends of module names where all modules of that end are adapted, else the names in full. */
function targeted(
  names: ReadonlyMap<string, string>,
  known: readonly string[],
  targets: readonly string[],
): string[] {
  const end = (name: string) => names.get(name)!.split(".").at(-1)!;
  return [
    ...new Set(targets.map((name) => {
      const alike = known.filter((other) => end(other) === end(name));
      return alike.every((other) => targets.includes(other)) ? end(name) : names.get(name)!;
    })),
  ];
}

/** Unset in every way that PEFT writes it. */
const unset = z.union([
  z.literal(false),
  z.null(),
  z.array(z.never()),
  z.record(z.string(), z.never()),
]).optional();
/** Options that change what adapters compute, or what they lie on; other keys matter in training alone. */
const unsupported = [
  "alora_invocation_tokens",
  "alpha_pattern",
  "arrow_config",
  "corda_config",
  "fan_in_fan_out",
  "kasa_config",
  "layer_replication",
  "loftq_config",
  "lora_bias",
  "lora_ga_config",
  "modules_to_save",
  "monteclora_config",
  "rank_pattern",
  "target_parameters",
  "trainable_token_indices",
  "use_bdlora",
  "use_dora",
  "use_qalora",
] as const;

const config = z.looseObject({
  peft_type: z.literal("LORA"),
  r: z.int().min(1),
  lora_alpha: z.number().positive(),
  bias: z.literal("none").default("none"),
  use_rslora: z.boolean().default(false),
  target_modules: z.union([z.string(), z.array(z.string())]).nullish(),
  ...Object.fromEntries(unsupported.map((name) => [name, unset])),
});

/**
 * Reads PEFT's files for a model of this shape and these parameters; which weights they adapt is what the arrays
 * say. A SyntaxError names what is unlike such files, unsupported or does not fit.
 */
export function readPeft(
  files: { readonly config: string; readonly model: Uint8Array<ArrayBuffer> },
  shape: TransformerShape,
  weights: Params,
): LoraAdapter {
  const names = named(shape, weights);
  const [json, model] = ["adapter_config.json", "adapter_model.safetensors"] as const;
  const parsed = config.safeParse(parse(files.config, json));
  if (!parsed.success) throw new SyntaxError(`${json}: ${z.prettifyError(parsed.error)}`);
  const { r: rank, lora_alpha, use_rslora, target_modules } = parsed.data;
  const meant = targetOf(target_modules, json);

  const at = new Map<string, { readonly name: string; readonly half: "a" | "b" }>(
    products(weights).flatMap((name) =>
      (["A", "B"] as const).map((half) =>
        [
          `${PREFIX}${names.get(name)}.lora_${half}.weight`,
          { name, half: half === "A" ? "a" : "b" },
        ] as const
      )
    ),
  );
  const { length } = files.model;
  const end = headerEnd(files.model.subarray(0, 8), length, model);
  const params: { [name: string]: Tensor } = {};
  for (
    const [array, { dtype, shape, from, to }] of readHeader(
      files.model.subarray(8, end),
      length,
      model,
    )
  ) {
    const place = at.get(array);
    if (!place) {
      throw new SyntaxError(
        `${model}: ${array} adapts nothing of this model: expected such as ${at.keys().next().value}`,
      );
    }
    const module = names.get(place.name)!;
    if (!meant(module)) {
      throw new SyntaxError(
        `${model}: ${array} adapts ${module}, which "target_modules" of ${json} leaves out, and PEFT with it`,
      );
    }
    const [rows, columns] = weights[place.name]!.shape as [number, number];
    const want = place.half === "a" ? [rank, rows] : [columns, rank];
    if (shape.join() !== want.join()) {
      throw new SyntaxError(`${model}: ${array} must have shape [${want}]: it has [${shape}]`);
    }
    const data = new Float32Array(size(shape));
    readFloats(files.model.slice(from, to), dtype, data);
    params[`${place.name}.lora.${place.half}`] = transposed({ shape, data });
  }
  const targets = products(weights).filter((name) =>
    params[`${name}.lora.a`] || params[`${name}.lora.b`]
  );
  for (const name of targets) {
    for (const half of ["a", "b"] as const) {
      if (!params[`${name}.lora.${half}`]) {
        throw new SyntaxError(
          `${model}: ${PREFIX}${names.get(name)}.lora_${half.toUpperCase()}.weight is missing`,
        );
      }
    }
  }
  if (targets.length === 0) throw new SyntaxError(`${model}: it holds no adapters`);
  // rsLoRA (arXiv 2312.03732) divides by the root of the rank.
  const alpha = use_rslora ? lora_alpha * Math.sqrt(rank) : lora_alpha;
  return { options: { rank, alpha, targets }, params };
}

/**
 * Which modules are adapted, as PEFT reads it: names are a module's own or the end of its path, a
 * text is a pattern of the whole path, "all-linear" every product. Without it the arrays say it.
 */
function targetOf(
  targets: string | readonly string[] | null | undefined,
  file: string,
): (module: string) => boolean {
  if (targets === undefined || targets === null || targets === "all-linear") return () => true;
  if (typeof targets !== "string") {
    return (module) => targets.some((name) => module === name || module.endsWith(`.${name}`));
  }
  // Names and alternatives of them: no other pattern is run, as it may never end.
  const simple = /^[\w.*|()\\]+$/.test(targets) && !/[*+]\)?[*+]/.test(targets);
  if (!simple) {
    throw new SyntaxError(`${file}: field "target_modules" must be names: it is ${targets}`);
  }
  const pattern = RegExp(`^(?:${targets})$`);
  return (module) => pattern.test(module);
}

/** A checkpoint's parameters with the adapters of a folder of PEFT's two files added to them. */
export async function loadAdapted(checkpoint: Checkpoint, directory: string): Promise<Params> {
  const [config, model] = await Promise.all(
    ["adapter_config.json", "adapter_model.safetensors"].map(async (name) => {
      try {
        return new Uint8Array(await readFile(join(directory, name)));
      } catch (cause) {
        throw new RangeError(
          `Cannot read adapters from ${directory}: ${(cause as Error).message}`,
          {
            cause,
          },
        );
      }
    }),
  ) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  const weights = await checkpoint.load();
  const files = { config: new TextDecoder().decode(config), model };
  const { options, params } = readPeft(files, checkpoint.shape({ longest: 1 }), weights);
  return mergedLora({ ...weights, ...params }, options);
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`${file}: not JSON: ${(cause as SyntaxError).message}`, { cause });
  }
}
