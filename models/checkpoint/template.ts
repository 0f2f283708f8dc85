import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import { type Allowance, OverLimit, seconds } from "./limits.ts";

interface Thread {
  readonly worker: Worker;
  readonly port: MessagePort;
  /** 1 once it is ready, or has answered. */
  readonly state: Int32Array<SharedArrayBuffer>;
}

/** What a thread takes to start, on a machine with other things to do. */
const START = 60_000;

/**
 * Renders a template in a thread of its own, which is started at the first call and waited for. It is
 * ended where it takes more time or memory than it may, and an OverLimit names the `file`. Otherwise
 * throws what the template throws.
 */
export function apart(
  source: string,
  file: string,
  { milliseconds, memory }: Allowance,
): (values: { readonly [name: string]: unknown }) => string {
  let thread: Thread | undefined;
  const within = (some: Thread, most: number): boolean =>
    Atomics.wait(some.state, 0, 0, most) !== "timed-out";
  const end = (some: Thread): void => {
    thread = undefined;
    void some.worker.terminate();
    some.port.close();
  };
  return (values) => {
    thread ??= start(source, memory);
    if (!within(thread, START)) {
      end(thread);
      throw new OverLimit(`Cannot use the chat template of ${file}: its thread did not start`);
    }
    Atomics.store(thread.state, 0, 0);
    thread.port.postMessage(values);
    if (!within(thread, milliseconds)) {
      end(thread);
      throw new OverLimit(
        `Cannot use the chat template of ${file}: ` +
          `it took longer than ${seconds(milliseconds)} or more than ${memory} MB`,
      );
    }
    const { text, wrong } = receiveMessageOnPort(thread.port)!.message as {
      readonly text?: string;
      readonly wrong?: string;
    };
    if (text === undefined) throw new Error(wrong);
    return text;
  };
}

function start(source: string, memory: number): Thread {
  const { port1, port2 } = new MessageChannel();
  const state = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("./template-thread.ts", import.meta.url), {
    workerData: { source, state, port: port2 },
    transferList: [port2],
    resourceLimits: { maxOldGenerationSizeMb: memory },
  });
  // Neither keeps a process from ending.
  worker.unref();
  port1.unref();
  return { worker, port: port1, state };
}
