import { cache } from "../../lab/disk/cache.ts";

/**
 * `deno run maker.ts DIR BYTE LENGTH`: asks for one cache entry, to be made of that many such bytes,
 * and prints whether it was; with a "+" after LENGTH the entry is removed and asked for, for ever.
 */
const [directory, byte, length] = Deno.args as [string, string, string];
const cached = cache(directory, (line) => console.error(line));
do {
  let made = false;
  await cached("entry", { of: "maker" }, () => {
    made = true;
    return Promise.resolve(new Uint8Array(parseInt(length)).fill(Number(byte)));
  });
  console.log(made ? "made" : "found");
  if (!length.endsWith("+")) break;
  for await (const { name } of Deno.readDir(directory)) {
    if (/^entry-[0-9a-f]+$/.test(name)) await Deno.remove(`${directory}/${name}`);
  }
} while (true);
