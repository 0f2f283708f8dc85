/**
 * One measurement of the engine a process, as `bench/peers.py` makes one of PyTorch, so that the
 * peak of resident memory is this measurement's own.
 *
 * deno run -A bench/ours.ts forward-backward|dpo-step|sample LAYERS,WIDTH,HEADS THREADS BATCH REPEATS
 */
import { speed, type SpeedRow, timedModel } from "../mod.ts";

const [what, size, threads, batch, repeats] = Deno.args;
const rows = await Array.fromAsync(speed({
  model: timedModel,
  now: () => performance.now(),
  what: [what as SpeedRow["what"]],
  sizes: [size!],
  threads: [Number(threads)],
  batches: [Number(batch)],
  repeats: Number(repeats),
}));
// Linux counts the peak itself.
const status = await Deno.readTextFile("/proc/self/status");
const peak = 1024 * Number(/VmHWM:\s*(\d+) kB/.exec(status)![1]);
console.log(JSON.stringify({ ms: rows[0]!.ms, flops: rows[0]!.flops, peak }));
