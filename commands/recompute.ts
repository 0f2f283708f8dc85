import { join } from "node:path";
import {
  panelOf,
  placesOf,
  recomputedDocuments,
  writeDocument,
  writeFiles,
} from "../lab/judging/document.ts";
import { userFiles } from "../lab/judging/user-files.ts";
import { here } from "./input.ts";
import { allow, type Job, show, showPanel } from "./judge-job.ts";
import { say } from "./output.ts";

/** Counts somebody's judgements, each judge's by itself: writes the files and prints the figures. */
export async function recompute(job: Job): Promise<void> {
  const { protocol, flags, given, command } = job;
  for (const other of ["judge", "run", "resume", "repeats", "judgeTokens"] as const) {
    if (flags[other] !== undefined) {
      throw new RangeError(`Cannot use --${other} on judgements that are there already`);
    }
  }
  const { texts } = flags;
  const read = userFiles(here, flags);
  const all = await recomputedDocuments({ protocol, command, given, read, texts });
  const panel = panelOf(all, job);
  const notes = new Set(all.flatMap(({ document }) => document.notes ?? []));
  for (const note of notes) say(note);
  if (flags.out !== undefined) {
    const directory = here(flags.out);
    const places = placesOf(all);
    for (const [i, { document, tables }] of all.entries()) {
      const place = join(directory, places[i]!);
      await Deno.mkdir(place, { recursive: true });
      await writeDocument(join(place, "judged.json"), document);
      await writeFiles(place, tables);
    }
    if (panel) await writeDocument(join(directory, "panel.json"), panel);
  }
  const documents = all.map(({ document }) => document);
  if (panel) showPanel(job, panel, documents);
  else show(job, documents[0]!);
  const counts = all.filter(({ jury }) => jury === undefined)
    .map(({ document: { judgements, agreement } }) =>
      // Where judgements are of no one baseline, all that is known of them is how far people agree.
      judgements.length === 0 && agreement
        ? { broken: agreement.failed, all: agreement.judged }
        : { broken: judgements.filter(({ failure }) => failure).length, all: judgements.length }
    );
  const sum = (of: (one: typeof counts[number]) => number) =>
    counts.reduce((total, one) => total + of(one), 0);
  allow(job, sum(({ broken }) => broken), sum(({ all }) => all));
}
