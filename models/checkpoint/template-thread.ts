/** A thread that renders one chat template, and may be ended. See `template.ts`. */
import type { MessagePort } from "node:worker_threads";
import { workerData } from "node:worker_threads";
import { Template } from "@huggingface/jinja";

const { source, state, port } = workerData as {
  readonly source: string;
  readonly state: Int32Array<SharedArrayBuffer>;
  readonly port: MessagePort;
};
const template = new Template(source);

function done(): void {
  Atomics.store(state, 0, 1);
  Atomics.notify(state, 0);
}

port.on("message", (values: Record<string, unknown>) => {
  try {
    port.postMessage({ text: template.render(values) });
  } catch (error) {
    port.postMessage({ wrong: error instanceof Error ? error.message : `${error}` });
  }
  done();
});
done();
