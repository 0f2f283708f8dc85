import { stripVTControlCharacters } from "node:util";
import { jsonText, type RunRecord } from "../../core/mod.ts";
import { clearedEnvironment } from "../host/process.ts";
import type { PlannedRun } from "../disk/records.ts";
import { type Patience, patience as usual, type Watch, watch } from "./patience.ts";

/**
 * The protocol between a suite and its worker processes, both sides. Requests go down stdin as
 * lines of JSON; messages come up stdout as lines of JSON behind a mark, for a library may print
 * there too. A worker whose stdin ends has lost its suite, and exits.
 */

export interface StagePart {
  readonly benchmark: string;
  readonly stage: number;
  readonly part: number;
}

/** `done` runs from 0 to 1; the note says in a few words what is going on. */
export type OnProgress = (done: number, note?: string) => void;

/** What a worker process can do. A throw is an answer too: the suite records it and goes on. */
export interface Work {
  prepare(part: StagePart, report: OnProgress): Promise<void>;
  run(planned: PlannedRun, report: OnProgress): Promise<RunRecord>;
}

export type Order = { readonly prepare: StagePart } | { readonly run: PlannedRun };
/** Asks a worker that carries out an order whether it is there. */
interface Question {
  readonly there: true;
}

/** `result` is what came back, unchecked; `error` what was thrown; `died` how the process ended. */
export type Reply =
  | { readonly result: unknown }
  | { readonly error: string }
  | { readonly died: string };

type Message =
  | { readonly ready: true }
  | { readonly there: true }
  | { readonly done: number; readonly note?: string }
  | { readonly remark: string }
  | { readonly result: unknown }
  | { readonly error: string };

/** Before each message: what is on the line already is not ours. */
const MARK = "\x1e";
/** Milliseconds between two reports of progress. */
const PAUSE = 100;
/** Printed lines kept to explain a death. */
const TAIL = 20;

/** The worker's side: carries out orders one at a time until stdin ends; `remark` sends the user a line. */
export async function serve(
  make: (remark: (line: string) => void) => Promise<Work>,
): Promise<void> {
  // A library's chatter must not hold up or be mistaken for our messages.
  for (const name of ["log", "info", "debug"] as const) console[name] = console.error;
  // Ctrl-C reaches every process of the terminal: the suite decides what happens then.
  Deno.addSignalListener("SIGINT", () => {});
  const work = make((remark) => send({ remark }));
  // Reading goes on during an order, so that the end of stdin is seen at once.
  const lost = readLines(Deno.stdin.readable, (line) => {
    const order = JSON.parse(line) as Order | Question;
    if ("there" in order) send(order);
    else void work.then((work) => carryOut(work, order));
  });
  void lost.then(() => Deno.exit(0));
  try {
    await work;
  } catch (error) {
    // Left alone it would live on, reading: nobody else may end it.
    console.error(error);
    Deno.exit(1);
  }
  send({ ready: true });
  await lost;
}

async function carryOut(work: Work, order: Order): Promise<void> {
  let next = -Infinity;
  const report: OnProgress = (done, note) => {
    const now = performance.now();
    if (now < next) return;
    next = now + PAUSE;
    send(note === undefined ? { done } : { done, note });
  };
  try {
    const result = "run" in order
      ? await work.run(order.run, report)
      : await work.prepare(order.prepare, report);
    next = Infinity;
    send({ result: result ?? null });
  } catch (error) {
    next = Infinity;
    console.error(error);
    send({ error: String(error) });
  }
}

function send(message: Message): void {
  const bytes = new TextEncoder().encode(
    `\n${MARK}${jsonText(message, "a message of a worker")}\n`,
  );
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

export interface WorkerOptions {
  /** Arguments of the `deno` that runs this process. */
  readonly command: readonly string[];
  /** Hears what the worker tells the user. */
  readonly remark: (line: string) => void;
  /** Hears what it prints. */
  readonly print: (line: string) => void;
  /** Kills it. */
  readonly signal: AbortSignal;
  readonly patience?: Patience;
}

/** The suite's side of one worker. */
export interface WorkerProcess {
  /** `note` hears when it has been silent for long and is there all the same. */
  ask(order: Order, report: OnProgress, note: (line: string) => void): Promise<Reply>;
  kill(): Promise<void>;
}

/**
 * Starts a worker; an Error with its last lines if it ends before it is ready, as one does that is
 * not ready in time. A worker that is silent for too long is killed, and has died.
 */
export async function startWorker(
  { command, remark, print, signal, patience = usual }: WorkerOptions,
): Promise<WorkerProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...command],
    ...clearedEnvironment(),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const kill = (): void => {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  let why: string | undefined;
  const giveUp = (reason: string): void => {
    why = reason;
    kill();
  };
  signal.addEventListener("abort", kill);
  if (signal.aborted) kill();
  const stdin = child.stdin.getWriter();
  const tail: string[] = [];
  const ready = Promise.withResolvers<void>();
  let pending: { reply(reply: Reply): void; report: OnProgress; watch: Watch } | undefined;
  const tell = async (order: Order | Question): Promise<void> => {
    try {
      await stdin.write(new TextEncoder().encode(`${jsonText(order, "an order")}\n`));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };

  const hear = (raw: string): void => {
    const line = stripVTControlCharacters(raw).trimEnd();
    if (line === "") return;
    if (tail.push(line) > TAIL) tail.shift();
    print(line);
  };
  const ended = Promise.all([
    readLines(child.stdout, (line) => {
      const message = line.startsWith(MARK) ? parseMessage(line.slice(MARK.length)) : "chatter";
      if (message === "chatter") hear(line);
      else if (message === undefined) {
        // Native code wrote into the middle of a message: what it said is lost, so ask another.
        hear(`Unreadable message: ${line.slice(0, 200)}`);
        kill();
      } else if ("ready" in message) ready.resolve();
      else if ("there" in message) pending?.watch.answered();
      else if ("done" in message) {
        pending?.watch.moved();
        pending?.report(message.done, message.note);
      } else if ("remark" in message) remark(message.remark);
      else pending?.reply(message);
    }),
    readLines(child.stderr, hear),
    child.status,
  ]).then(([, , status]) => {
    signal.removeEventListener("abort", kill);
    const how = why !== undefined
      ? why
      : status.signal === null
      ? `ended with exit code ${status.code}`
      : status.signal === "SIGKILL"
      ? "was killed by SIGKILL, as happens when memory runs out"
      : `was killed by ${status.signal}`;
    return tail.length === 0 ? how : `${how}; its last lines: ${tail.join("\n")}`;
  });
  void ended.then((how) => ready.reject(new Error(`Cannot start a worker: it ${how}`)));
  const late = setTimeout(
    () => giveUp("was not ready in time and was killed"),
    patience.silence + patience.answer,
  );
  await ready.promise.finally(() => clearTimeout(late));

  return {
    async ask(order, report, note) {
      const { promise, resolve } = Promise.withResolvers<Reply>();
      const watching = watch({ patience, ask: () => void tell({ there: true }), note, giveUp });
      pending = { reply: resolve, report, watch: watching };
      await tell(order);
      const reply = await Promise.race([promise, ended.then((died) => ({ died }))]);
      watching.stop();
      pending = undefined;
      return reply;
    },
    async kill() {
      kill();
      await ended;
      await stdin.abort();
    },
  };
}

function parseMessage(text: string): Message | undefined {
  try {
    return JSON.parse(text) as Message;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  each: (line: string) => void,
): Promise<void> {
  // The pieces of a long line are joined once: a record may be megabytes, a pipe gives 64 kB.
  let pieces: string[] = [];
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = text.split("\n");
    if (lines.length > 1) {
      each(pieces.join("") + lines[0]!);
      lines.slice(1, -1).forEach((line) => each(line));
      pieces = [];
    }
    pieces.push(lines.at(-1)!);
  }
  const rest = pieces.join("");
  if (rest !== "") each(rest);
}
