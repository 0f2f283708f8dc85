import { join } from "node:path";
import { recomputedDocument, writeDocument, writeFiles } from "../lab/judging/document.ts";
import { userFiles } from "../lab/judging/user-files.ts";
import { here } from "./input.ts";
import { allow, type Job, show } from "./judge-job.ts";
import { say } from "./output.ts";

/** Counts somebody's judgements: writes the files and prints the figures. */
export async function recompute(job: Job): Promise<void> {
  const { protocol, flags, given, command } = job;
  for (const other of ["judge", "run", "resume", "repeats"] as const) {
    if (flags[other] !== undefined) {
      throw new RangeError(`Cannot use --${other} on judgements that are there already`);
    }
  }
  const { texts } = flags;
  const read = userFiles(here);
  const { document, tables, notes } = await recomputedDocument(
    { protocol, command, given, read, texts },
  );
  for (const note of notes) say(note);
  if (flags.out !== undefined) {
    const directory = here(flags.out);
    await Deno.mkdir(directory, { recursive: true });
    await writeDocument(join(directory, "judged.json"), document);
    await writeFiles(directory, tables);
  }
  show(job, document);
  const { judgements, agreement } = document;
  // Where judgements are of no one baseline, all that is known of them is how far people agree.
  if (judgements.length === 0 && agreement) allow(job, agreement.failed, agreement.judged);
  else allow(job, judgements.filter(({ failure }) => failure).length, judgements.length);
}
