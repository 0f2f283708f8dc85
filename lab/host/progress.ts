/** What a suite is doing, on stderr: live bars on a terminal, an occasional line elsewhere. */

/** A piece of work whose time is to be foreseen. */
export interface ProgressTask {
  readonly title: string;
  /** What it resembles, nearest first: tasks that share a name are expected to take as long. */
  readonly kinds: readonly string[];
  /**
   * Its operations, 0 if unknown: the larger begin first. They foretell no time, as an operation of
   * a table takes thousands of times as long as one of a language model.
   */
  readonly weight: number;
}

export interface Display {
  /** Bars that are drawn over themselves, rather than lines. */
  readonly live: boolean;
  write(text: string): void;
  columns(): number;
  /** Milliseconds. */
  now(): number;
  /** Milliseconds between two drawings. */
  readonly every: number;
}

export interface Progress {
  begin(slot: number, task: ProgressTask): void;
  /** `done` runs from 0 to 1. */
  move(slot: number, done: number, note?: string): void;
  /** With false the task is to begin again: what it took teaches nothing. */
  end(slot: number, finished: boolean): void;
  /** A task that will not be done after all. */
  drop(task: ProgressTask): void;
  /** A line that stays. */
  note(line: string): void;
  close(): void;
}

/** stderr as this process finds it. */
export function stderrDisplay(): Display {
  const live = Deno.stderr.isTerminal();
  return {
    live,
    write(text) {
      const bytes = new TextEncoder().encode(text);
      try {
        for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
      } catch (error) {
        // Nobody reads it any more, as behind `| head -1`: that is no reason to stop working.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
    // A terminal that does not know its width says 0.
    columns: () => (live && Deno.consoleSize().columns) || 80,
    now: () => performance.now(),
    every: live ? 200 : 10_000,
  };
}

interface Running {
  readonly task: ProgressTask;
  readonly since: number;
  readonly done: number;
  readonly note: string;
}

/** `slots` tasks run at a time; `past` are tasks that are finished already, with their seconds. */
export function progress(
  tasks: readonly ProgressTask[],
  slots: number,
  past: readonly TaskTime[],
  display: Display,
): Progress {
  const samples = [...past];
  const waiting = new Set(tasks);
  const running = new Map<number, Running>();
  let total = tasks.length + past.length;
  let drawn = 0;
  let last = "";

  const seconds = (since: number): number => (display.now() - since) / 1000;
  const foreseen = (): string => {
    const now = [...running.values()].map((r) => ({
      task: r.task,
      done: r.done,
      seconds: seconds(r.since),
    }));
    const left = timeLeft([...waiting], now, samples, slots);
    if (left === undefined) return "";
    return `, ${left.bound ? "at least " : ""}${duration(left.seconds)} left`;
  };
  const summary = (): string => {
    const finished = total - waiting.size - running.size;
    return `${finished} of ${total} done${foreseen()}`;
  };
  const erase = (): void => {
    if (drawn > 0) display.write(`\x1b[${drawn}A\r\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    const width = display.columns() - 1;
    const lines = Array.from({ length: slots }, (_, slot) => {
      const task = running.get(slot);
      if (!task) return `${bar(0)}       idle`;
      const percent = `${Math.floor(100 * task.done)}`.padStart(3);
      const about = task.note === "" ? task.task.title : `${task.task.title}: ${task.note}`;
      return `${bar(task.done)} ${percent} % ${about}`;
    });
    lines.push(summary());
    erase();
    // Without wrapping: a wide character more than we counted must not make a line two.
    const text = lines.map((line) => `${cut(harmless(line), width)}\n`).join("");
    display.write(`\x1b[?7l${text}\x1b[?7h`);
    drawn = lines.length;
  };
  const say = (): void => {
    const line = summary();
    if (line === last) return;
    last = line;
    const now = [...running.values()].map((r) => `${r.task.title} ${Math.floor(100 * r.done)} %`);
    display.write(`${harmless([line, ...now].join("; "))}\n`);
  };
  const update = display.live ? draw : say;
  const timer = setInterval(update, display.every);
  update();

  return {
    begin(slot, task) {
      waiting.delete(task);
      running.set(slot, { task, since: display.now(), done: 0, note: "" });
    },
    move(slot, done, note) {
      const task = running.get(slot);
      if (!task || !Number.isFinite(done)) return;
      running.set(slot, {
        ...task,
        done: Math.min(Math.max(done, 0), 1),
        note: note ?? task.note,
      });
    },
    end(slot, finished) {
      const task = running.get(slot);
      if (!task) return;
      running.delete(slot);
      if (finished) samples.push({ task: task.task, seconds: seconds(task.since) });
      else waiting.add(task.task);
    },
    drop(task) {
      if (waiting.delete(task)) total--;
    },
    note(line) {
      erase();
      display.write(`${line.split("\n").map(harmless).join("\n")}\n`);
      if (display.live) draw();
    },
    close() {
      clearInterval(timer);
      erase();
      display.write(`${summary()}\n`);
    },
  };
}

/** A finished task, and how long it took. */
export interface TaskTime {
  readonly task: ProgressTask;
  readonly seconds: number;
}

export interface Underway extends TaskTime {
  readonly done: number;
}

/** From this share on, a running task's own pace says how long its like will take. */
const TELLING = 0.1;

/**
 * Seconds until everything is done, or undefined where nothing is known yet. `bound` where some
 * tasks are like none that has been seen, and count nothing.
 *
 * A waiting task takes what its nearest kind took on average.
 * A running one is foreseen from its own pace, the more so the further it is.
 */
export function timeLeft(
  waiting: readonly ProgressTask[],
  running: readonly Underway[],
  finished: readonly TaskTime[],
  slots: number,
): { seconds: number; bound: boolean } | undefined {
  const samples = [
    ...finished,
    ...running.filter(({ done }) => done >= TELLING).map(({ task, seconds, done }) => ({
      task,
      seconds: seconds / done,
    })),
  ];
  const expect = expectation(samples);
  const ahead = running.map(({ task, done, seconds }) => {
    const usual = expect(task);
    if (usual === undefined) return undefined;
    const rest = Math.max(usual - seconds, 0);
    return done < TELLING ? rest : seconds * (1 - done) + (1 - done) * rest;
  });
  const all = [...ahead, ...waiting.map(expect)];
  const known = all.filter((s) => s !== undefined);
  if (known.length === 0 && all.length > 0) return undefined;
  const sum = known.reduce((a, b) => a + b, 0);
  // The last task runs alone: no number of workers makes it shorter.
  const longest = known.reduce((a, b) => Math.max(a, b), 0);
  return { seconds: Math.max(sum / slots, longest), bound: known.length < all.length };
}

function expectation(samples: readonly TaskTime[]): (task: ProgressTask) => number | undefined {
  const byKind = new Map<string, { seconds: number; n: number }>();
  for (const { task, seconds } of samples) {
    for (const kind of task.kinds) {
      const mean = byKind.get(kind) ?? { seconds: 0, n: 0 };
      byKind.set(kind, { seconds: mean.seconds + seconds, n: mean.n + 1 });
    }
  }
  return ({ kinds }) => {
    for (const kind of kinds) {
      const mean = byKind.get(kind);
      if (mean) return mean.seconds / mean.n;
    }
    return undefined;
  };
}

/** In the largest unit that leaves two digits of use. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Text that comes from data or plugins, made harmless to a terminal. */
export function harmless(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\ufffd");
}

function bar(done: number): string {
  const width = 16;
  const full = Math.floor(done * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, Math.max(width - 1, 0))}…`;
}
