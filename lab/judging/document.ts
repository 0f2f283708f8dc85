import { join } from "node:path";
import { fingerprint, type Judged, judged, rng } from "../../core/mod.ts";
import { type Noises, noises } from "../../judges/protocols/noise.ts";
import type { Given } from "../../judges/protocols/options.ts";
import type {
  Figures,
  Files,
  Prepared,
  Protocol,
  UserFiles,
} from "../../judges/protocols/protocol.ts";
import type { RunField } from "../../judges/protocols/run-field.ts";
import { withTruth } from "../../judges/protocols/run-truth.ts";
import { writeAtomic } from "../disk/atomic.ts";
import { jsonLines } from "../disk/rows.ts";
import type { Outcomes } from "./session.ts";

/** What is known of judgements, as `judged.json`, and the files beside it. */

export interface Documented {
  readonly document: Judged;
  /** The original's own files of figures. */
  readonly tables: Files;
}

const randomOf = ({ id }: Protocol) => rng("judged").split(id);

export interface DocumentOptions {
  readonly protocol: Protocol;
  /** The command that judges so again. */
  readonly command: string;
  readonly judge: Judged["judge"];
  readonly prepared: Prepared;
  /** Where prefbench's own policies were judged. */
  readonly run: RunField | undefined;
  /** Why asking again would say nothing, if so. */
  readonly steady: string | undefined;
  /** False: what was asked and answered is not passed on. */
  readonly texts: boolean;
}

/** Figures of what a judge said. */
export function askedDocument(
  { protocol, command, judge, prepared, run, steady, texts }: DocumentOptions,
  { lines, again }: Outcomes,
): Documented {
  const random = randomOf(protocol);
  const noise = noises(
    protocol.noise,
    prepared.scorings(lines),
    again.map((some) => prepared.scorings(some)),
    random.split("noise"),
    steady,
  );
  const figures = prepared.figures(lines, random);
  const { on, baseline } = prepared;
  return {
    document: documentOf(
      { command, protocol: protocol.id, judge, on, baseline },
      run ? withTruth(figures, lines, run, random.split("truth")) : figures,
      noise,
      // A run's records hold its answers, where readers look for them.
      run || !texts ? undefined : prepared.texts(),
    ),
    tables: figures.tables ?? {},
  };
}

/** Figures of somebody's judgements, with what could not be joined. */
export async function recomputedDocument(
  { protocol, command, given, read, texts: passedOn }: {
    readonly protocol: Protocol;
    readonly command: string;
    readonly given: Given;
    readonly read: UserFiles;
    readonly texts: boolean;
  },
): Promise<Documented & { readonly notes: readonly string[] }> {
  const random = randomOf(protocol);
  const { judge: id, on, baseline, notes, scorings, texts, ...figures } = await protocol.recompute(
    given,
    read,
    random,
  );
  return {
    document: documentOf(
      {
        command,
        protocol: protocol.id,
        judge: { id, fingerprint: fingerprint(["recorded", id]), calls: 0, cached: 0 },
        on,
        baseline,
      },
      figures,
      noises(protocol.noise, scorings, [], random.split("noise")),
      passedOn ? texts : undefined,
    ),
    tables: figures.tables ?? {},
    notes,
  };
}

/** What a program reads must be as documented, whatever a protocol made of it. */
function documentOf(
  facts: Pick<Judged, "command" | "protocol" | "judge" | "on" | "baseline">,
  { measures, rows, bias, absent, judgements, agreement, published }: Figures,
  noise: Noises,
  texts: Judged["texts"],
): Judged {
  return judged.parse({
    schema: 1,
    ...facts,
    measures: { ...measures, ...noise.measures },
    rows,
    bias: { ...bias, ...noise.bias },
    ...absent ? { absent } : {},
    noise: noise.noise,
    judgements: [...judgements],
    ...agreement ? { agreement } : {},
    ...published ? { published } : {},
    ...texts ? { texts } : {},
  });
}

export const writeDocument = (path: string, document: Judged): Promise<void> =>
  writeAtomic(path, `${JSON.stringify(document, null, 2)}\n`);

export async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await writeAtomic(
      join(directory, name),
      typeof content === "string" ? content : jsonLines(content),
    );
  }
}
