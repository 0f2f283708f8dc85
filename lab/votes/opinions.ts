import { join } from "node:path";
import { type Judged, judged as judgedSchema, type VoteRow } from "../../core/mod.ts";
import { exists } from "../disk/atomic.ts";
import { parse, parseJson } from "../disk/schema.ts";
import { readVotes } from "./votes.ts";

/** What people and judges said of the answers of runs, as far as anybody was asked. */
export interface OpinionsOnRecord {
  readonly votes: readonly VoteRow[];
  readonly judged: readonly Judged[];
}

/**
 * The votes of run directories, and what `deno task judge` left under `judged/` there. A SyntaxError
 * names file and field where something is not as it must be; `note` hears of a torn last vote.
 */
export async function readOpinions(
  directories: readonly string[],
  note: (line: string) => void,
): Promise<OpinionsOnRecord> {
  const votes: VoteRow[] = [];
  const judged: Judged[] = [];
  for (const directory of new Set(directories)) {
    const { rows, torn } = await readVotes(directory);
    if (torn) {
      note(`${torn.place}: the last line is torn and is left out: that vote was never safe`);
    }
    votes.push(...rows);
    for (const path of await judgedFiles(join(directory, "judged"))) {
      judged.push(parse(judgedSchema, parseJson(await Deno.readTextFile(path), path), path));
    }
  }
  return { votes, judged };
}

/** `NAME.json` and `NAME/judged.json`, by name; a judge that has not finished has left none yet. */
async function judgedFiles(directory: string): Promise<string[]> {
  if (!await exists(directory)) return [];
  const entries = await Array.fromAsync(Deno.readDir(directory));
  const found = await Promise.all(entries.map(async ({ name, isDirectory }) => {
    const path = isDirectory ? join(directory, name, "judged.json") : join(directory, name);
    return path.endsWith(".json") && await exists(path) ? [path] : [];
  }));
  return found.flat().sort();
}
