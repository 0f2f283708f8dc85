import { Argument, Command } from "@commander-js/extra-typings";
import { wishes } from "../lab/host/device.ts";
import { print } from "./output.ts";

export const choosingDevice = new Command("device")
  .description("What bench asks, in a process that may load the engine: where to compute, as JSON")
  .addArgument(new Argument("<name>", "as for --device").choices(wishes))
  .action(async (name) => {
    const { chooseDevice } = await import("../lab/host/trial.ts");
    const cores = navigator.hardwareConcurrency;
    print(JSON.stringify(await chooseDevice(name, { now: () => performance.now(), cores })));
  });
