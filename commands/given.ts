import { checkpointDirectory } from "../lab/checkpoints/hub.ts";
import { adapted, baseOf, dataset, openCheckpoint, textBase } from "../mod.ts";
import { here, rank } from "./input.ts";
import { say } from "./output.ts";

/** What users bring: checkpoints and preference rows of their own. */

/** The directory of a checkpoint that the user gave as a path or as a name on the hub. */
export const checkpointAt = (text: string, store: string): Promise<string> =>
  checkpointDirectory(text, { directory: here(text), store, note: say });

/** The user's rows, learned by the user's checkpoint if there is one, and by adapters if asked for. */
export async function ownDataset(file: string, model?: string, lora?: ReturnType<typeof rank>) {
  const base = model === undefined ? textBase : baseOf(await openCheckpoint(model));
  return await dataset(file, lora ? adapted(base, lora) : base);
}
