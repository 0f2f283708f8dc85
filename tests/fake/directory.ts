const made: string[] = [];

/** A directory of its own for a test, gone when the test process ends. */
export async function temporary(): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "prefbench-test-" });
  made.push(directory);
  return directory;
}

globalThis.addEventListener("unload", () => {
  for (const directory of made) Deno.removeSync(directory, { recursive: true });
});
