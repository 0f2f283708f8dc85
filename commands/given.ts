import { checkpointDirectory } from "../lab/checkpoints/hub.ts";
import { rowsPath } from "../lab/checkpoints/hub-rows.ts";
import type { GivenRows } from "../lab/suite/session.ts";
import { adapted, baseOf, dataset, openCheckpoint, readMapping, textBase } from "../mod.ts";
import { here } from "./input.ts";
import { say } from "./output.ts";

/** What users bring: checkpoints and preference rows of their own. */

/** The directory of a checkpoint that the user gave as a path or as a name on the hub. */
export const checkpointAt = (text: string, store: string): Promise<string> =>
  checkpointDirectory(text, { directory: here(text), store, note: say });

/** The path of rows that the user gave as one or as a name on the hub. */
export const rowsAt = (text: string, store: string): Promise<string> =>
  rowsPath(text, { path: here(text), store, note: say });

/** The user's rows, learned by the user's checkpoint if there is one, and by adapters if asked for. */
export async function ownDataset({ file, columns, model, lora }: GivenRows) {
  const base = model === undefined ? textBase : baseOf(await openCheckpoint(model));
  return await dataset(file, lora ? adapted(base, lora) : base, readMapping(columns));
}
