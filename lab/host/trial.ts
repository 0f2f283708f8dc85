import {
  type Adapter,
  adapter,
  type Device,
  disagreement,
  type Engine,
  open,
  rehearsal,
} from "../../engine/mod.ts";
import type { Chosen, DeviceWish } from "./device.ts";

export interface TrialOptions {
  /** Milliseconds; the caller's clock. */
  now(): number;
  /** Workers that share the machine: the CPU's cores are so many engines, a GPU is one. */
  readonly cores: number;
  readonly adapter?: () => Promise<Adapter | undefined>;
  readonly open?: (device: Device) => Promise<Engine>;
}

/** How far an executor may be from the interpreter, relative to an output's largest value. */
const TOLERANCE = 1e-4;
const SMALL = { steps: 5, batch: 3, width: 12, vocabulary: 17 };
const USUAL = { steps: 64, batch: 32, width: 64, vocabulary: 512 };
/** Small calls for each big one, as sampling makes them. */
const CALLS = 16;

/**
 * Where to compute. A device asked for by name is an Error if it is missing or disagrees with the
 * interpreter. `auto` takes the fastest that agrees; a GPU in software is not tried.
 */
export async function chooseDevice(wish: DeviceWish, options: TrialOptions): Promise<Chosen> {
  const opened = options.open ?? ((device: Device) => open(device, { threads: 1 }));
  const gpu = wish === "auto" || wish === "webgpu"
    ? await (options.adapter ?? adapter)()
    : undefined;
  return wish === "auto" ? await fastest(gpu, opened, options) : await named(wish, gpu, opened);
}

async function named(
  device: Device,
  gpu: Adapter | undefined,
  opened: (device: Device) => Promise<Engine>,
): Promise<Chosen> {
  if (device === "webgpu" && !gpu) {
    throw new Error(
      "Cannot compute on webgpu: this machine has no WebGPU adapter " +
        "(on Debian, apt-get install mesa-vulkan-drivers gives one in software)",
    );
  }
  let engine: Engine;
  let refusal: string | undefined;
  try {
    engine = await opened(device);
    refusal = await disagreeing(device, engine);
  } catch (error) {
    throw new Error(`Cannot compute on ${device}: ${firstLine(error)}`, { cause: error });
  }
  await engine.close();
  if (refusal !== undefined) throw new Error(`Cannot compute on ${refusal}`);
  if (device !== "webgpu") return { device, notes: [] };
  const { name, software } = gpu!;
  return {
    device,
    adapter: name,
    notes: [`Computing on ${name}${software ? ", which is a program on the CPU: slow" : ""}`],
  };
}

async function fastest(
  gpu: Adapter | undefined,
  opened: (device: Device) => Promise<Engine>,
  { now, cores }: TrialOptions,
): Promise<Chosen> {
  const real = gpu && !gpu.software ? ["webgpu", "ort-webgpu"] as const : [];
  const notes: string[] = [];
  const passed: { device: Device; engine: Engine }[] = [];
  for (const device of ["cpu", ...real, "cuda"] as const) {
    try {
      const engine = await opened(device);
      const refusal = await disagreeing(device, engine);
      if (refusal === undefined) passed.push({ device, engine });
      else notes.push(`Not computing on ${refusal}`);
    } catch (error) {
      // Few machines have every provider; that the GPU which they do have fails is news.
      if (device === "webgpu" || device === "cpu") {
        notes.push(`Not computing on ${device}: ${firstLine(error)}`);
      }
    }
  }
  const [first] = passed;
  if (!first) throw new Error(`Cannot compute anywhere: ${notes.join("; ")}`);
  let best: { device: Device; ms: number } | undefined;
  const figures: string[] = [];
  for (const { device, engine } of passed) {
    if (passed.length > 1) {
      const ms = await timed(engine, now) / (device === "cpu" ? cores : 1);
      if (!best || ms < best.ms) best = { device, ms };
      figures.push(`${device} ${ms.toFixed(1)} ms`);
    }
    await engine.close();
  }
  const { device } = best ?? first;
  const adapter = device === "webgpu" ? { adapter: gpu!.name } : {};
  const why = best
    ? `a step takes ${figures.join(", ")}`
    : gpu?.software
    ? `the only GPU, ${gpu.name}, is a program on it`
    : "no GPU to compute on was found";
  const where = device === "cpu" ? "the CPU" : adapter.adapter ?? device;
  return { device, ...adapter, notes: [...notes, `Computing on ${where}: ${why}`] };
}

function firstLine(error: unknown): string {
  return `${error instanceof Error ? error.message : error}`.split("\n")[0]!;
}

/** What is wrong with an executor, with figures; undefined if nothing is. */
async function disagreeing(device: Device, engine: Engine): Promise<string | undefined> {
  const { output, error } = await disagreement(engine, rehearsal(SMALL));
  if (error <= TOLERANCE) return undefined;
  return `${device}: its ${output} of a small training step is off by ${
    error.toExponential(1)
  } of the largest value, allowed is ${TOLERANCE}`;
}

/** Milliseconds of a training step and some small calls: the median of five. */
async function timed({ call }: Engine, now: () => number): Promise<number> {
  const [big, small] = [rehearsal(USUAL), rehearsal(SMALL)];
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const start = now();
    await call(big.graph, big.feeds);
    for (let k = 0; k < CALLS; k++) await call(small.graph, small.feeds);
    times.push(now() - start);
  }
  // The first two compile.
  return times.slice(2).sort((a, b) => a - b)[2]!;
}
