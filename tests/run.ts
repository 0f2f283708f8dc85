/**
 * Runs every test: first those that need few permissions, then the browser's, for which Playwright
 * reads /proc and so wants them all. The last line of the output counts both.
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
  `--allow-run=${Deno.execPath()}`,
];
const files = [...Deno.readDirSync(`${root}/tests`)].map(({ name }) => name)
  .filter((name) => name.endsWith("_test.ts")).toSorted();
const browser = files.filter((name) => name.includes("browser"));

const groups = [
  { files: files.filter((name) => !browser.includes(name)), flags: narrow },
  { files: browser, flags: ["--allow-all"] },
];

const total = { passed: 0, failed: 0, ignored: 0 };
let broken = false;
for (const { files, flags } of groups) {
  const { success, counts } = await run([
    "test",
    "--no-prompt",
    ...flags,
    ...Deno.args,
    ...files.map((name) => `tests/${name}`),
  ]);
  for (const key of ["passed", "failed", "ignored"] as const) total[key] += counts[key];
  broken ||= !success;
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.ignored} skipped`);
Deno.exit(broken ? 1 : 0);

/** Passes on what `deno test` prints and reads its counts. */
async function run(args: readonly string[]) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdout: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await Deno.stdout.write(chunk);
    text = (text + decoder.decode(chunk, { stream: true })).slice(-4000);
  }
  const { success } = await child.status;
  const found = (word: string) =>
    Number(text.match(new RegExp(`(\\d+) ${word}`, "g"))?.at(-1)?.split(" ")[0] ?? 0);
  return {
    success,
    counts: { passed: found("passed"), failed: found("failed"), ignored: found("ignored") },
  };
}
