import assert from "node:assert/strict";
import fc from "fast-check";
import { duration, harmless, progress, type ProgressTask, timeLeft } from "../lab/host/progress.ts";

const cell = (method: string, testbed: string, weight: number): ProgressTask => ({
  title: `${method} on ${testbed}`,
  kinds: [`${method} on ${testbed}`, testbed],
  weight,
});
const small = cell("dpo", "bandit", 1);
const large = cell("dpo", "text", 20);

Deno.test("time left is what like tasks took, shared between the workers", () => {
  const finished = [{ task: small, seconds: 2 }, { task: large, seconds: 30 }];
  assert.deepEqual(timeLeft([small, small, large, large], [], finished, 2), {
    seconds: (2 + 2 + 30 + 30) / 2,
    bound: false,
  });
});

Deno.test("a task like none before is not foreseen from operations of another kind", () => {
  const finished = [{ task: small, seconds: 2 }, { task: small, seconds: 4 }];
  assert.equal(timeLeft([large], [], finished, 1), undefined);
  assert.deepEqual(timeLeft([small, large], [], finished, 1), { seconds: 3, bound: true });
});

Deno.test("the nearest kind counts before the wider one", () => {
  const finished = [{ task: small, seconds: 2 }, { task: cell("ppo", "bandit", 1), seconds: 10 }];
  assert.equal(timeLeft([cell("ppo", "bandit", 1)], [], finished, 1)?.seconds, 10);
  assert.equal(timeLeft([cell("kto", "bandit", 1)], [], finished, 1)?.seconds, 6);
});

Deno.test("a running task goes by its own pace, the more so the further it is", () => {
  const half = { task: small, done: 0.5, seconds: 10 };
  // Alone it teaches itself: 20 s in all.
  assert.equal(timeLeft([], [half], [], 1)?.seconds, 10);
  // Its pace says 10 s more; the mean of 4 s and its own 20 s says 2 s more; halfway, the mean of both.
  assert.equal(timeLeft([], [half], [{ task: small, seconds: 4 }], 1)?.seconds, 6);
});

Deno.test("the last long task is not shared between workers", () => {
  const finished = [{ task: small, seconds: 2 }, { task: large, seconds: 30 }];
  assert.equal(timeLeft([large], [{ task: small, done: 0, seconds: 0 }], finished, 4)?.seconds, 30);
});

Deno.test("what nothing is known of bounds the time from below, or leaves it unsaid", () => {
  const part: ProgressTask = { title: "tokenizer", kinds: ["tokenizer"], weight: 0 };
  assert.equal(timeLeft([part, small], [], [], 2), undefined);
  assert.deepEqual(timeLeft([part, small], [], [{ task: small, seconds: 3 }], 1), {
    seconds: 3,
    bound: true,
  });
  assert.deepEqual(timeLeft([], [], [], 2), { seconds: 0, bound: false });
});

Deno.test("time left is finite and never negative", () => {
  const task = fc.constantFrom(small, large, cell("ppo", "text", 20), cell("x", "y", 0));
  const seconds = fc.double({ min: 0, max: 1e5, noNaN: true });
  const done = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(task),
      fc.array(fc.record({ task, seconds, done })),
      fc.array(fc.record({ task, seconds })),
      fc.integer({ min: 1, max: 8 }),
      (waiting, running, finished, slots) => {
        const left = timeLeft(waiting, running, finished, slots);
        assert.ok(left === undefined || Number.isFinite(left.seconds) && left.seconds >= 0);
      },
    ),
    { seed: 1 },
  );
});

Deno.test("durations are told in units that a person uses", () => {
  assert.deepEqual([0, 0.2, 59, 60, 61, 3599, 3600, 5400].map(duration), [
    "0 s",
    "1 s",
    "59 s",
    "1 min",
    "2 min",
    "1 h 0 min",
    "1 h 0 min",
    "1 h 30 min",
  ]);
});

/** Progress on a display that a test can read, with a clock that it sets. */
function shown(tasks: readonly ProgressTask[], live: boolean) {
  let clock = 0;
  let text = "";
  const display = {
    live,
    write: (more: string) => text += more,
    columns: () => 60,
    now: () => clock,
    every: 1e6,
  };
  const bars = progress(tasks, 2, [], display);
  return { bars, at: (seconds: number) => clock = 1000 * seconds, read: () => text };
}

Deno.test("a terminal shows a bar a worker, the sum and the time left, redrawn in place", () => {
  const { bars, at, read } = shown([small, large], true);
  bars.begin(0, large);
  bars.move(0, 0.5, "training");
  at(30);
  bars.note("a remark");
  bars.close();
  const frames = read().split("\x1b[?7l");
  assert.match(frames[1]!, /idle\n.*idle\n0 of 2 done\n/);
  const [first, second, sum] = frames[2]!.split("\n");
  assert.equal(first, "████████░░░░░░░░  50 % dpo on text: training");
  assert.match(second!, /idle$/);
  // Nothing is known of the small one yet.
  assert.equal(sum, "0 of 2 done, at least 30 s left");
  // The first frame is wiped before the remark, which stays above the second.
  assert.ok(frames[1]!.endsWith("\x1b[3A\r\x1b[Ja remark\n"));
});

Deno.test("a pipe gets a line only where something changed, and no escape codes", () => {
  const { bars, at, read } = shown([small], false);
  bars.begin(0, small);
  bars.move(0, 1);
  at(5);
  bars.end(0, true);
  bars.close();
  assert.equal(read(), "0 of 1 done\n1 of 1 done, 0 s left\n");
});

Deno.test("control and direction characters of data never reach the terminal", () => {
  const evil = cell("\x1b[2J\u202edpo", "bandit\r\nforged line", 1);
  const { bars, read } = shown([evil], true);
  bars.begin(0, evil);
  bars.note("\x1b]0;title\x07");
  bars.close();
  for (const evil of ["\x1b[2J", "\u202e", "\nforged", "\x1b]", "\x07"]) {
    assert.equal(read().includes(evil), false, JSON.stringify(evil));
  }
  assert.equal(harmless("naïve – 東京 🙂"), "naïve – 東京 🙂");
});
