import { Command } from "@commander-js/extra-typings";
import type { HubOptions } from "../lab/checkpoints/download.ts";
import { fetchCheckpoint, hubName } from "../lab/checkpoints/hub.ts";
import { fetchRows, rowsName } from "../lab/checkpoints/hub-rows.ts";
import { say } from "./output.ts";

export const fetching = new Command("fetch")
  .description("What asks the Hugging Face hub, the only one of our processes that may")
  .argument("<name>", "ORG/NAME[@REVISION], or with --rows ORG/NAME[/CONFIG][:SPLIT][@REVISION]")
  .requiredOption("--cache <dir>", "where what is fetched lies")
  .option("--rows", "a data set and not a checkpoint")
  .action(async (text, { cache: store, rows }) => {
    const [endpoint, token] = ["HF_ENDPOINT", "HF_TOKEN"].map((key) => Deno.env.get(key));
    const now = () => performance.now();
    const options: HubOptions = { store, endpoint, token, now, note: say };
    const [checkpoint, data] = [hubName(text), rowsName(text)];
    if (rows && data) await fetchRows(data, options);
    else if (!rows && checkpoint) await fetchCheckpoint(checkpoint, options);
    else throw new RangeError(`Cannot fetch ${text}: expected ORG/NAME`);
  });
