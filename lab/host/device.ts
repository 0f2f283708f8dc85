import type { Device } from "../../engine/mod.ts";
import { clearedEnvironment, withEngine } from "./process.ts";

/** What a user may ask for; `auto` is the fastest that is right. */
export const wishes = ["auto", "cpu", "wasm", "webgpu", "cuda", "ort-webgpu"] as const;
export type DeviceWish = typeof wishes[number];
wishes satisfies readonly ("auto" | Device)[];

/** Where to compute. */
export interface Chosen {
  readonly device: Device;
  /** Which GPU, where it is one that WebGPU names. */
  readonly adapter?: string;
  /** What the user should know. */
  readonly notes: readonly string[];
}

/** Tries devices in a process that may load the engine; it reads the project and writes nothing. */
export async function chosenDevice(wish: DeviceWish): Promise<Chosen> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: withEngine(["device", wish]),
    ...clearedEnvironment(),
    stdout: "piped",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(success ? stdout : stderr);
  // Native libraries print too: the answer, or what went wrong, is the last line.
  const line = said.trimEnd().split("\n").at(-1)!;
  if (!success) throw new Error(line.replace(/^error: /, ""));
  return JSON.parse(line) as Chosen;
}

/** A device by its name in a plan. */
export function deviceOf(name: string): Device {
  const found = wishes.find((wish) => wish === name);
  if (!found || found === "auto") {
    throw new RangeError(`Unknown device ${JSON.stringify(name)}: there are ${wishes.slice(1)}`);
  }
  return found;
}
