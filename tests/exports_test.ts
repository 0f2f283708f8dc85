import assert from "node:assert/strict";
import * as core from "../core/mod.ts";
import * as gate from "../gate/mod.ts";
import * as protocols from "../judges/protocols/mod.ts";
import * as prefbench from "../mod.ts";
import { Spent } from "../mod.ts";

Deno.test("a program can catch what a ledger throws by the name that mod.ts exports", () => {
  const thrown: Error = new Spent("flops", "The budget is spent");
  assert.ok(thrown instanceof Spent && thrown instanceof core.Spent);
});

// An export of mod.ts takes precedence over one of the same name that it passes on with a star, and
// of two that it passes on neither is there: both without a word.
for (const [room, exports] of Object.entries({ core, gate, protocols })) {
  Deno.test(`no export of mod.ts hides one of ${room}`, () => {
    const all: { readonly [name: string]: unknown } = prefbench;
    const hidden = Object.entries(exports).filter(([name, value]) => all[name] !== value);
    assert.deepEqual(hidden.map(([name]) => name), []);
  });
}
