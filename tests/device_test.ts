import assert from "node:assert/strict";
import { join } from "node:path";
import type { Call, Tensors } from "../core/policy.ts";
import { type Adapter, cpu, type Device, type Engine } from "../engine/mod.ts";
import { deviceOf } from "../lab/host/device.ts";
import { readRun } from "../lab/disk/records.ts";
import { chooseDevice } from "../lab/host/trial.ts";
import { cli } from "./fake/cli.ts";
import { onGpu } from "./fixtures/gpu.ts";

const card: Adapter = { name: "Some GPU", software: false };

/** Machines made of the CPU: who is there, how long a call takes there, and what it gets wrong. */
interface Machine {
  readonly adapter?: Adapter;
  readonly devices: { readonly [device in Device]?: number };
  readonly wrong?: { readonly device: Device; spoil(results: Tensors): void };
  readonly cores?: number;
}

async function asked(wish: Device | "auto", { adapter, devices, wrong, cores = 1 }: Machine) {
  let clock = 0;
  const opened: Device[] = [];
  const open = (device: Device): Promise<Engine> => {
    const ms = devices[device];
    if (ms === undefined) return Promise.reject(new Error("No such provider\nat some place"));
    opened.push(device);
    const engine = cpu({ threads: 1 });
    const call: Call = async (...args) => {
      clock += ms;
      const results = await engine.call(...args);
      if (wrong?.device === device) wrong.spoil(results);
      return results;
    };
    return Promise.resolve({ ...engine, call });
  };
  const machine = { now: () => clock, cores, open, adapter: () => Promise.resolve(adapter) };
  return { opened, chosen: await chooseDevice(wish, machine) };
}

Deno.test("auto computes on the CPU where there is no GPU, and says so in one line", async () => {
  const { chosen } = await asked("auto", { devices: { cpu: 5 } });
  const notes = ["Computing on the CPU: no GPU to compute on was found"];
  assert.deepEqual(chosen, { device: "cpu", notes });
});

Deno.test("auto does not even try a GPU that is a program on the CPU", async () => {
  const { chosen, opened } = await asked("auto", {
    adapter: { name: "llvmpipe", software: true },
    devices: { cpu: 5, webgpu: 1 },
  });
  assert.equal(chosen.device, "cpu");
  assert.deepEqual(chosen.notes, [
    "Computing on the CPU: the only GPU, llvmpipe, is a program on it",
  ]);
  assert.deepEqual(opened, ["cpu"]);
});

Deno.test("auto takes what is fastest, all cores of the CPU counted", async () => {
  const devices = { cpu: 6, webgpu: 2, cuda: 1.5 };
  const few = await asked("auto", { adapter: card, devices: { cpu: 6, webgpu: 2 }, cores: 2 });
  assert.equal(few.chosen.device, "webgpu");
  assert.equal(few.chosen.adapter, "Some GPU");
  assert.match(
    few.chosen.notes.join(),
    /^Computing on Some GPU: a step takes cpu 51\.0 ms, webgpu/,
  );
  const many = await asked("auto", { adapter: card, devices, cores: 8 });
  assert.equal(many.chosen.device, "cpu");
  const none = await asked("auto", { devices, cores: 2 });
  assert.equal(none.chosen.device, "cuda");
  assert.equal(none.chosen.adapter, undefined);
});

const slips: { readonly [what: string]: (results: Tensors) => void } = {
  "one entry 1 % off": ({ first }) => void (first!.data[7]! *= 1.01),
  "a number that is none": ({ theta }) => void (theta!.data[3] = NaN),
  "zeros": ({ second }) => void second!.data.fill(0),
};
for (const [what, spoil] of Object.entries(slips)) {
  Deno.test(`a device that is wrong is refused with its figures: ${what}`, async () => {
    const machine = {
      adapter: card,
      devices: { cpu: 5, webgpu: 1 },
      wrong: { device: "webgpu", spoil },
    } as const;
    const { chosen } = await asked("auto", machine);
    assert.equal(chosen.device, "cpu");
    const figures = /^Not computing on webgpu: its \w+ .* off by \S+ .*, allowed is 0\.0001$/;
    assert.match(chosen.notes[0]!, figures);
    await assert.rejects(
      asked("webgpu", machine),
      /^Error: Cannot compute on webgpu: its \w+ .*off/,
    );
  });
}

Deno.test("a device asked for by name that is not there is an error in one line", async () => {
  const devices = { cpu: 5 };
  await assert.rejects(
    asked("webgpu", { devices }),
    /^Error: Cannot compute on webgpu: this machine has no WebGPU adapter \(.*mesa-vulkan-drivers/,
  );
  await assert.rejects(asked("cuda", { devices }), {
    message: "Cannot compute on cuda: No such provider",
  });
});

Deno.test("a device asked for by name is taken though it is slow", async () => {
  const software = { name: "llvmpipe", software: true };
  const { chosen } = await asked("webgpu", { adapter: software, devices: { cpu: 1, webgpu: 99 } });
  assert.deepEqual(chosen, {
    device: "webgpu",
    adapter: "llvmpipe",
    notes: ["Computing on llvmpipe, which is a program on the CPU: slow"],
  });
});

Deno.test("a plan's device is one that there is", () => {
  assert.equal(deviceOf("ort-webgpu"), "ort-webgpu");
  for (const name of ["auto", "tpu", "toString"]) {
    assert.throws(() => deviceOf(name), /^RangeError: Unknown device ".*": there are cpu,wasm,/);
  }
});

const tests = {
  wasm: (name: string, fn: () => Promise<void>) => Deno.test(name, fn),
  webgpu: onGpu,
};
for (const [device, test] of Object.entries(tests)) {
  test(`bench --device ${device} computes there, with a worker's few permissions, and says so`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "prefbench-device-" });
    const out = join(directory, "run");
    const what = ["--methods", "dpo", "--benchmarks", "bandit/clean", "--seeds", "1"];
    const little = ["--flops", "2e5", "--queries", "16", "--cache", join(directory, "cache")];
    const said = await cli(["bench", ...what, ...little, "--device", device, "--out", out]);
    assert.equal(said.code, 0, said.stderr);
    const { plan, records } = await readRun(out);
    assert.equal(plan.device, device);
    assert.match(plan.versions["onnxruntime-web"]!, /^\d+\.\d+\.\d+/);
    assert.equal(plan.versions.adapter !== undefined, device === "webgpu");
    assert.deepEqual(records.map(({ outcome, ran }) => [outcome, ran.device]), [["ok", device]]);
    await Deno.remove(directory, { recursive: true });
  });
}
