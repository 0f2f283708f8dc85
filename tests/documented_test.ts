import assert from "node:assert/strict";
import { absolute } from "./fixtures/pages.ts";

/**
 * What `deno doc --lint` finds in all that the package exports, and what of it is asked here.
 *
 * - Every exported name has a docstring. A member needs none where its name and its type say it
 *   all: `readonly seed: number`.
 * - Types that a public one mentions are public. Not those of packages, and not values of which a
 *   type is made: zod's schemas are where a shape is written down, once.
 * - Functions say what they return. Schemas have no type beside themselves, for the same reason.
 */

interface Finding {
  readonly code: string;
  readonly says: string;
  /** The line that it is about. */
  readonly line: string;
  readonly place: string;
}

const { exports } = JSON.parse(Deno.readTextFileSync(absolute("deno.json"))) as {
  exports: { readonly [subpath: string]: string };
};

async function found(entries: readonly string[]): Promise<Finding[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...entries],
    cwd: absolute("."),
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  return text.split(/^(?=error\[)/m).filter((block) => block.startsWith("error[")).map((block) => {
    const [, code, says] = /^error\[([\w-]+)\]: (.*)/.exec(block)!;
    const [, place] = /--> (\S+)/.exec(block)!;
    const [, line] = /^ *\d+ \| (.*)/m.exec(block)!;
    return { code: code!, says: says!, line: line!, place: place! };
  });
}

/** Whether this project asks for what was found to be mended. */
function isAsked({ code, says, line }: Finding): boolean {
  if (code === "missing-jsdoc") return /^export /.test(line);
  if (code === "private-type-ref") {
    const [, type] = /private type '([^']+)'/.exec(says)!;
    return !/^[a-z]/.test(type!) && !["ZodType", "VNode"].includes(type!);
  }
  return code !== "missing-explicit-type" || !/= z\.\w+\(/.test(line);
}

Deno.test("every name that the package exports has a docstring, and types that it mentions are public", async () => {
  const all = await found(Object.values(exports));
  // Members are found too: the lint has looked.
  assert.ok(all.length > 100, `${all.length} findings`);
  const asked = all.filter(isAsked).map(({ code, says, line, place }) =>
    `${place} ${code === "missing-jsdoc" ? line : says}`
  );
  assert.deepEqual(asked, []);
});

Deno.test("a name without a docstring, a hidden type and a function that does not say what it returns are found", async () => {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(
      path,
      [
        "interface Hidden { readonly a: number }",
        "/** Said. */",
        "export function said(x: Hidden): number { return x.a; }",
        "export const unsaid = 1;",
        "/** Returns something. */",
        "export function returns(x: number) { return { x: [x] }; }",
      ].join("\n"),
    );
    const asked = (await found([path])).filter(isAsked);
    assert.deepEqual(asked.map(({ code }) => code).toSorted(), [
      "missing-jsdoc",
      "missing-return-type",
      "private-type-ref",
    ]);
  } finally {
    await Deno.remove(path);
  }
});
