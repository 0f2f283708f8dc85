/**
 * Runs every test, in one process more than there are cores: a process runs its files one after the
 * other, few tests use more than one core, and those of browsers, servers and GPUs wait for half of
 * their time. Most need few permissions; the browser's want all of them, as Playwright reads /proc,
 * and so do those that fill disks, close pipes and read what a process takes. What a process prints
 * comes when it ends, and the last line of all counts them.
 */
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const narrow = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi=node_modules",
  // A server of the tests' own stands in for the Hugging Face hub.
  "--allow-net=127.0.0.1",
  // Scripts among the examples are begun as their users begin them.
  `--allow-run=${Deno.execPath()},bash`,
];
/**
 * Files that take minutes each: they begin first, each in a process of its own, the longest first and
 * in parts, by the names of their tests.
 */
const long: readonly { readonly name: string; readonly parts?: readonly string[] }[] = [
  { name: "methods_test.ts", parts: ["/^[a-m]/", "/^[^a-m]/"] },
  { name: "curves_test.ts" },
  { name: "site_browser_test.ts" },
  { name: "report_browser_test.ts" },
];
/** Processes for all the others of a kind. */
const SHARES = 8;

interface Job {
  readonly files: readonly string[];
  readonly flags: readonly string[];
}

const files = [...Deno.readDirSync(`${root}/tests`)].map(({ name }) => name)
  .filter((name) => name.endsWith("_test.ts")).toSorted();
const mishaps = ["hostile_checkpoint_test.ts", "mishaps_test.ts"];
const isWide = (name: string) => name.includes("browser") || mishaps.includes(name);
const flagsOf = (name: string) => isWide(name) ? ["--allow-all"] : narrow;
const rest = files.filter((name) => !long.some((one) => one.name === name));
const dealt = (all: readonly string[], shares: number): (readonly string[])[] =>
  Array.from({ length: shares }, (_, k) => all.filter((_, i) => i % shares === k));
const jobs: Job[] = [
  ...long.flatMap(({ name, parts }) =>
    parts
      ? parts.map((part) => ({ files: [name], flags: [...flagsOf(name), `--filter=${part}`] }))
      : [{ files: [name], flags: flagsOf(name) }]
  ),
  { files: rest.filter(isWide), flags: ["--allow-all"] },
  ...dealt(rest.filter((name) => !isWide(name)), SHARES)
    .map((files) => ({ files, flags: narrow })),
].filter(({ files }) => files.length > 0);

const total = { passed: 0, failed: 0, ignored: 0 };
let broken = false;
const began = performance.now();
// Types are checked once, not by each process anew.
const types = await ran(["check", ...files.map((name) => `tests/${name}`)]);
if (!types.success) {
  console.error(types.text);
  Deno.exit(1);
}
const hands = Math.min(navigator.hardwareConcurrency + 1, jobs.length);
await Promise.all(Array.from({ length: hands }, async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const filter = job.flags.find((flag) => flag.startsWith("--filter=")) ?? "";
    const what = job.files.length === 1 ? `${job.files[0]} ${filter}` : `${job.files.length} files`;
    console.error(`Running ${what.trim()}`);
    const { success, text } = await ran([
      "test",
      "--no-prompt",
      "--no-check",
      ...job.flags,
      ...Deno.args,
      ...job.files.map((name) => `tests/${name}`),
    ]);
    await Deno.stdout.write(new TextEncoder().encode(text));
    for (const key of ["passed", "failed", "ignored"] as const) total[key] += counted(text, key);
    broken ||= !success;
  }
}));
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
console.log(
  `${total.passed} passed, ${total.failed} failed, ${total.ignored} skipped in ${minutes} min`,
);
Deno.exit(broken ? 1 : 0);

async function ran(args: readonly string[]): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The last count of this word in what `deno test` printed. */
function counted(text: string, word: string): number {
  const found = text.matchAll(new RegExp(`(\\d+) ${word}`, "g"));
  return Number([...found].at(-1)?.[1] ?? 0);
}
