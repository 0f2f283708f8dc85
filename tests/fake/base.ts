import { rng } from "../../core/mod.ts";
import type { Base } from "../../benchmarks/dataset.ts";
import { longestAnswer, longestPrompt } from "../../benchmarks/dataset/encode.ts";
import type { LanguageModel } from "../../benchmarks/text/base.ts";
import { learnTokenizer, readTokenizer } from "../../benchmarks/text/tokenizer.ts";
import { hubFiles } from "../../models/export/files.ts";
import { transformer, type TransformerShape } from "../../models/transformer.ts";

/** No merges: a token a byte, so that tests can count. */
export const bytes = readTokenizer(learnTokenizer([], 257));

/** An untrained language model in place of the text testbed's, which takes a minute to make. */
export const base: Base = {
  title: "an untrained model",
  limits: { prompt: longestPrompt, answer: longestAnswer },
  sees: true,
  rate: 1e-3,
  flops: 2e12,
  tokenizer: () => Promise.resolve(bytes),
  languageModel: (_, reach): Promise<LanguageModel> => {
    const shape: TransformerShape = {
      vocabulary: bytes.size,
      layers: 1,
      width: 16,
      heads: 2,
      positions: "rotary",
      valueHead: true,
      stop: bytes.stop,
      ...reach,
    };
    const model = transformer(shape);
    return Promise.resolve({
      model,
      start: model.init(rng(5)),
      tokenizer: bytes,
      files: (params, adapters) => hubFiles(shape, params, { json: bytes.json }, adapters),
    });
  },
};
