import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { Shard } from "../mod.ts";

/** Which part of a plan's runs this machine does. */

/** `2/4`, or `env`: what the scheduler that started this process says, see `shardOfEnvironment`. */
export function shard(text: string): Shard {
  if (text === "env") return shardOfEnvironment((name) => Deno.env.get(name));
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (index === undefined || !Number.isSafeInteger(Number(of))) {
    throw new InvalidArgumentError("It must be one of so many, as 2/4, or env.");
  }
  if (Number(of) === 0) throw new InvalidArgumentError("There must be at least one shard.");
  if (Number(index) < 1 || Number(index) > Number(of)) {
    throw new InvalidArgumentError(`It must be one of 1/${of} to ${of}/${of}.`);
  }
  return { index: Number(index), of: Number(of) };
}

/**
 * The place of this process among those of a Slurm array, whose tasks may be numbered from any number
 * in steps, or among a GitLab job's, which count from 1. Asked for by name alone: a suite that an
 * array runs for another purpose, once for each data set say, must not lose runs unasked.
 *
 * RangeError where neither is there, where both are and differ, or where it is no place among so many.
 */
export function shardOfEnvironment(read: (name: string) => string | undefined): Shard {
  const found = [ofSlurm(read), ofGitLab(read)].filter((one) => one !== undefined);
  const [first, second] = found;
  if (!first) {
    throw cannot("neither SLURM_ARRAY_TASK_ID nor CI_NODE_INDEX is set: give --shard i/n");
  }
  if (second && (second.index !== first.index || second.of !== first.of)) {
    throw cannot(
      `Slurm says ${first.index}/${first.of} and CI_NODE_INDEX/CI_NODE_TOTAL ${second.index}/${second.of}: give --shard i/n`,
    );
  }
  return first;
}

type Read = Parameters<typeof shardOfEnvironment>[0];

function ofSlurm(read: Read): Shard | undefined {
  const name = (what: string) => `SLURM_ARRAY_TASK_${what}`;
  if (read(name("ID")) === undefined) return undefined;
  const [id, count, least] = [
    whole(read, name("ID")),
    whole(read, name("COUNT")),
    whole(read, name("MIN")),
  ];
  const step = read(name("STEP")) === undefined ? 1 : whole(read, name("STEP"));
  const most = read(name("MAX")) === undefined ? undefined : whole(read, name("MAX"));
  const index = (id - least) / step + 1;
  const even = most === undefined || (most - least) / step + 1 === count;
  // Of `--array=1,3,7` nobody says which is the second.
  if (!even || !Number.isInteger(index) || index < 1 || index > count) {
    throw cannot(
      `task ${id} has no place among ${count} from ${least} on in steps of ${step}: number the array evenly, or give --shard i/n`,
    );
  }
  return { index, of: count };
}

function ofGitLab(read: Read): Shard | undefined {
  if (read("CI_NODE_INDEX") === undefined) return undefined;
  const [index, of] = [whole(read, "CI_NODE_INDEX"), whole(read, "CI_NODE_TOTAL")];
  if (index < 1 || index > of) {
    throw cannot(
      `CI_NODE_INDEX is ${index} and CI_NODE_TOTAL ${of}: expected a number from 1 to as many`,
    );
  }
  return { index, of };
}

function whole(read: Read, name: string): number {
  const text = read(name);
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  throw cannot(`${name} is ${JSON.stringify(text) ?? "not set"}: expected a whole number`);
}

const cannot = (why: string): RangeError =>
  new RangeError(`Cannot take the shard from the environment: ${why}`);
