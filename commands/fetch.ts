import { Command } from "@commander-js/extra-typings";
import { fetchCheckpoint, hubName } from "../lab/checkpoints/hub.ts";
import { say } from "./output.ts";

export const fetching = new Command("fetch")
  .description("What asks the Hugging Face hub, the only one of our processes that may")
  .argument("<name>", "ORG/NAME[@REVISION]")
  .requiredOption("--cache <dir>", "where fetched checkpoints lie")
  .action(async (text, { cache: store }) => {
    const name = hubName(text);
    if (name === undefined) throw new RangeError(`Cannot fetch ${text}: expected ORG/NAME`);
    const [endpoint, token] = ["HF_ENDPOINT", "HF_TOKEN"].map((key) => Deno.env.get(key));
    const now = () => performance.now();
    await fetchCheckpoint(name, { store, endpoint, token, now, note: say });
  });
