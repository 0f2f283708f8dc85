import assert from "node:assert/strict";
import type { Objective } from "../core/mod.ts";
import { flags } from "../narrow.ts";
import { probe, type ProbeBatch } from "../lab/train/probe.ts";
import card from "../methods/hinge.ts";

const root = new URL("..", import.meta.url);
const readme = Deno.readTextFileSync(new URL("README.md", root));

Deno.test("the README's method runs as it stands and is TRL's hinge loss", async () => {
  const [, code] = readme.match(/```ts\n([^]*?)```/)!;
  assert.ok(code!.split("\n").length <= 31, "30 lines");
  const core = new URL("core/mod.ts", root).href;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, code!.replace("../core/mod.ts", core));
    const { default: hinge } = await import(`file://${file}`) as { default: Objective };
    for (const field of ["id", "paper", "taxonomy", "claim", "feedback", "hyper"] as const) {
      assert.deepEqual(hinge[field], card[field], field);
    }
    const { batches, cases } = JSON.parse(
      Deno.readTextFileSync(new URL("tests/goldens/trl-losses.json", root)),
    ) as {
      batches: { [name: string]: ProbeBatch };
      cases: { loss: string; batch: string; hyper: { beta: number }; value: number }[];
    };
    const known = cases.filter(({ loss }) => loss === "dpo-trainer/hinge");
    assert.equal(known.length, 3);
    for (const { batch, hyper, value } of known) {
      assert.ok(Math.abs(probe(hinge, batches[batch]!, hyper).value - value) < 1e-6 * value);
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("the page of commands names every task that may start Deno or load native code", () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", root))) as {
    tasks: { [name: string]: { command: string } };
  };
  const page = Deno.readTextFileSync(new URL("docs/commands.md", root));
  const said = (flag: string) => page.match(RegExp(`\\(\`${flag}\`: ([^)]*)\\)`))![1]!;
  for (const flag of ["--allow-run", "--allow-ffi"]) {
    // What narrow.ts starts has what that grants, and may start nothing.
    const having = Object.entries(tasks).filter(([name, { command }]) =>
      (command.includes(" narrow.ts ")
        ? flags([name, "--out", "x", "--judge", "local:x", "--model", "x"], "/").some((one) =>
          one.startsWith(flag)
        )
        : command.includes(flag)) && name !== "test"
    );
    const named = [...said(flag).matchAll(/`([\w-]+)`/g)].map(([, name]) => name!);
    assert.deepEqual(named.toSorted(), having.map(([name]) => name).toSorted(), flag);
  }
});
