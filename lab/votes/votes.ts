import { join } from "node:path";
import { type VoteRow, voteRow } from "../../core/mod.ts";
import { appender, cutOff, readLines, type Torn } from "../disk/jsonl.ts";
import { lock } from "../disk/lock.ts";
import { parse } from "../disk/schema.ts";

/** The votes of a run directory: `votes.jsonl`, one line of JSON a vote, in the order in which they came. */

const fileOf = (directory: string): string => join(directory, "votes.jsonl");

/** What is on the disk; none where nobody has voted. A torn last line is one that nobody was told is safe. */
export async function readVotes(
  directory: string,
): Promise<{ readonly rows: readonly VoteRow[]; readonly torn?: Torn }> {
  const rows: VoteRow[] = [];
  /** Who cast a vote; nobody, once it was taken back. */
  const casters = new Map<string, string | null>();
  const torn = await readLines(fileOf(directory), (value, place) => {
    const row = parse(voteRow, value, place);
    if (row.kind === "vote") {
      if (casters.has(row.id)) throw new SyntaxError(`${place}: vote ${row.id} occurs twice`);
      casters.set(row.id, row.voter);
    } else if (casters.get(row.undoes) !== row.voter) {
      throw new SyntaxError(
        `${place}: field "undoes" must be an earlier vote of ${row.voter} that still counts: current value is ${row.undoes}`,
      );
    } else casters.set(row.undoes, null);
    rows.push(row);
  });
  return { rows, ...torn ? { torn } : {} };
}

/** The votes of a run held for writing by this process alone. */
export interface VoteFile extends AsyncDisposable {
  readonly path: string;
  readonly rows: readonly VoteRow[];
  /** Returns when the row is safe on the disk. */
  append(row: VoteRow): Promise<void>;
}

/** Cuts a torn last line off and says so; a RangeError if another process is writing there. */
export async function openVotes(
  directory: string,
  note: (line: string) => void,
): Promise<VoteFile> {
  const path = fileOf(directory);
  const held = await lock(join(directory, "votes.lock"), { note });
  try {
    const { rows: found, torn } = await readVotes(directory);
    if (torn) {
      await cutOff(path, torn);
      note(`${torn.place}: cut off a torn last line: that vote was never said to be safe`);
    }
    const rows = [...found];
    const file = await appender(path);
    return {
      path,
      rows,
      async append(row) {
        await file.append(row);
        rows.push(row);
      },
      async [Symbol.asyncDispose]() {
        await file[Symbol.asyncDispose]();
        await held[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}
