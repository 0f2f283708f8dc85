import { join } from "node:path";
import { headName, readRewardFile } from "../lab/judging/reward-file.ts";
import {
  fingerprint,
  learned,
  openCheckpoint,
  reading,
  readParams,
  type TextJudge,
} from "../mod.ts";

/** Opens the learned judge in a directory that `deno task judge-train` wrote. */
export async function openLearned(
  directory: string,
): Promise<{ readonly judge: TextJudge; close(): Promise<void> }> {
  const { scale, centre, reading: written } = await readRewardFile(directory);
  const checkpoint = await openCheckpoint(directory);
  const bytes = await Deno.readFile(join(directory, headName));
  const head = readParams(bytes);
  // Only commands that compute need the engine, and the permission to load it.
  const { rewardReader } = await import("../lab/judging/reward.ts");
  const reader = rewardReader(
    checkpoint.model({ longest: 1, valueHead: true }),
    { ...await checkpoint.load(), ...head },
    navigator.hardwareConcurrency,
  );
  const read = reading(checkpoint, written);
  const known = new Map<string, Promise<number>>();
  return {
    judge: learned({
      id: `learned:${directory.split(/[\\/]/).filter(Boolean).at(-1)}`,
      fingerprint: fingerprint([
        "learned",
        await checkpoint.fingerprint(),
        [...bytes],
        written,
        scale,
      ]),
      scale,
      centre,
      reward(turns, answer) {
        const key = JSON.stringify([turns, answer]);
        let found = known.get(key);
        if (!found) known.set(key, found = read(turns, answer).then(reader.reward));
        return found;
      },
    }),
    close: reader.close,
  };
}
