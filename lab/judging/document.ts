import { join } from "node:path";
import {
  contentOf,
  fingerprint,
  jsonText,
  type Judged,
  judged,
  type Panel,
  panel,
  rng,
} from "../../core/mod.ts";
import { type Flaws, withFlaws } from "../../judges/protocols/answers.ts";
import { type Noises, noises } from "../../judges/protocols/noise.ts";
import type { Given } from "../../judges/protocols/options.ts";
import { pairsOf, unequalNote } from "../../judges/protocols/pairs.ts";
import { judgesAgreement } from "../../judges/protocols/panel.ts";
import type {
  Figures,
  Files,
  Prepared,
  Protocol,
  Recomputed,
  UserFiles,
} from "../../judges/protocols/protocol.ts";
import type { RunField } from "../../judges/protocols/run-field.ts";
import { withTruth } from "../../judges/protocols/run-truth.ts";
import { replaceAtomic } from "../disk/atomic.ts";
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
  const { on, baseline, notes, flaws } = prepared;
  return {
    document: documentOf(
      { command, protocol: protocol.id, judge, on, baseline, notes },
      run ? withTruth(figures, lines, run, random.split("truth")) : figures,
      { noise, flaws },
      // A run's records hold its answers, where readers look for them.
      { all: prepared.texts(), passedOn: texts && !run },
    ),
    tables: figures.tables ?? {},
  };
}

/** Figures of one judge of somebody's judgements, or of one part of them. */
export interface Recounted extends Documented {
  readonly part: string | undefined;
  readonly jury: Recomputed["jury"];
}

export interface RecomputeOptions {
  readonly protocol: Protocol;
  readonly command: string;
  readonly given: Given;
  readonly read: UserFiles;
  readonly texts: boolean;
}

/** Figures of somebody's judgements: a document each judge, and each part with an opponent of its own. */
export async function recomputedDocuments(
  { protocol, command, given, read, texts: passedOn }: RecomputeOptions,
): Promise<readonly Recounted[]> {
  const random = randomOf(protocol);
  const all = await protocol.recompute(given, read, random);
  return all.map(({ judge: id, on, baseline, notes, scorings, texts, flaws, ...figures }) => ({
    document: documentOf(
      {
        ...{ command, protocol: protocol.id, on, baseline, notes },
        judge: { id, fingerprint: fingerprint(["recorded", id]), calls: 0, cached: 0 },
      },
      figures,
      { noise: noises(protocol.noise, scorings, [], random.split("noise")), flaws },
      { all: texts, passedOn },
    ),
    tables: figures.tables ?? {},
    ...{ part: figures.part, jury: figures.jury },
  }));
}

/** What a program reads must be as documented, whatever a protocol made of it. */
function documentOf(
  { notes: said, ...facts }:
    & Pick<Judged, "command" | "protocol" | "judge" | "on" | "baseline">
    & { readonly notes: readonly string[] },
  figures: Figures,
  { noise, flaws }: {
    readonly noise: Noises;
    readonly flaws: ReadonlyMap<string, Flaws> | undefined;
  },
  texts: { readonly all: Judged["texts"]; readonly passedOn: boolean },
): Judged {
  const { measures, rows, bias, absent, judgements, agreement, published } = withFlaws(
    { ...figures, rows: [...figures.rows] },
    flaws,
  );
  const notes = [...said, ...unequalNote(judgements)];
  const content = texts.passedOn
    ? undefined
    : contentOf({ texts: texts.all, judgements: [...judgements], baseline: facts.baseline });
  const pairs = pairsOf(judgements, rng("pairs").split(facts.protocol));
  return judged.parse({
    schema: 1,
    ...facts,
    measures: { ...measures, ...noise.measures },
    rows,
    bias: { ...bias, ...noise.bias },
    ...absent ? { absent } : {},
    noise: noise.noise,
    judgements: [...judgements],
    ...pairs.length > 0 ? { pairs } : {},
    ...notes.length > 0 ? { notes } : {},
    ...agreement ? { agreement } : {},
    ...published ? { published } : {},
    ...content ? { content } : {},
    ...texts.all && texts.passedOn ? { texts: texts.all } : {},
  });
}

/** Where each document goes in a directory: by judge where there are several, and by part; a jury's stand in place of a judge's. */
export function placesOf(all: readonly Recounted[]): readonly string[] {
  const judges = new Set(all.map(({ document }) => document.judge.id));
  const parts = new Set(all.map(({ part }) => part));
  const taken = new Set<string>();
  return all.map(({ document: { judge }, part, jury }) => {
    const folders = [
      ...judges.size > 1 ? [jury ? "jury" : folderOf(judge.id)] : [],
      ...parts.size > 1 ? [folderOf(part ?? "other")] : [],
    ];
    for (let n = 1;; n++) {
      const place = [
        ...folders.slice(0, -1),
        ...folders.slice(-1).map((name) => n > 1 ? `${name}-${n}` : name),
      ]
        .join("/");
      if (taken.has(place)) continue;
      taken.add(place);
      return place;
    }
  });
}

/** A name as a directory may be called. */
const folderOf = (name: string): string =>
  name.replaceAll(/[^\w.-]+/g, "-").replace(/^\.+/, "").slice(0, 80) || "judge";

/** How several judges agree; undefined of one. */
export function panelOf(
  all: readonly Recounted[],
  { protocol, command }: Pick<RecomputeOptions, "protocol" | "command">,
): Panel | undefined {
  if (all.length < 2) return undefined;
  const own = all.filter(({ jury }) => jury === undefined);
  const jury = all.find((one) => one.jury)?.jury;
  return panel.parse({
    schema: 1,
    command,
    protocol: protocol.id,
    judges: [...new Set(own.map(({ document }) => document.judge.id))],
    ...jury ? { jury } : {},
    agreement: [...Map.groupBy(own, ({ part }) => part)].filter(([, judges]) => judges.length > 1)
      .map(([part, judges]) =>
        judgesAgreement(
          judges.map(({ document: { judge, judgements } }) => ({ judge: judge.id, judgements })),
          part,
        )
      ),
    files: placesOf(all).map((place) => [place, "judged.json"].filter(Boolean).join("/")),
  });
}

export const writeDocument = (path: string, document: Judged | Panel): Promise<void> =>
  replaceAtomic(path, `${jsonText(document, path, 2)}\n`);

export async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await replaceAtomic(
      join(directory, name),
      typeof content === "string" ? content : jsonLines(content),
    );
  }
}
