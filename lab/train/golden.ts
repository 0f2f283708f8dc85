import type { Absent, Golden, Goldens, Method } from "../../core/mod.ts";
import { probe, type ProbeBatch } from "./probe.ts";

const even = (sum: number, tokens: number) => [Array<number>(tokens).fill(sum / tokens)];
const reference = { ref_chosen: even(-6, 4), ref_rejected: even(-4.5, 5) };
/** Answers to other prompts, as likely as under the reference: a KL estimated on them is 0. */
const unrelated = { unrelated: [[-1], [-1]], ref_unrelated: [[-1], [-1]] };
const vector: ProbeBatch = {
  chosen: even(-5, 4),
  rejected: even(-4, 5),
  ...reference,
  ...unrelated,
};
const start: ProbeBatch = {
  ...vector,
  chosen: reference.ref_chosen,
  rejected: reference.ref_rejected,
};
const doubled: ProbeBatch = {
  chosen: even(-10, 8),
  rejected: even(-8, 10),
  ref_chosen: even(-12, 8),
  ref_rejected: even(-9, 10),
  ...unrelated,
};

/** Every method's loss and slopes on the catalogue's test vector, in double precision. */
export function goldens(methods: readonly Method[]): Goldens {
  return new Map(methods.map((method) => [method.id, golden(method)]));
}

function golden(method: Method): Golden | Absent {
  if (!("loss" in method)) return { absent: "a program has no single loss" };
  try {
    const { value, gradient } = probe(method, vector);
    return {
      value,
      start: probe(method, start).value,
      perToken: Math.abs(probe(method, doubled).value - value) < 1e-9 * Math.abs(value),
      slopes: Object.fromEntries(
        Object.entries(gradient).filter(([name]) => name in vector && name !== "unrelated")
          .map(([name, rows]) => [name, [Math.min(...rows.flat()), Math.max(...rows.flat())]]),
      ),
    };
  } catch (error) {
    // A loss that reads more than log-probabilities of two answers.
    if (!(error instanceof TypeError)) throw error;
    return { absent: error.message };
  }
}
