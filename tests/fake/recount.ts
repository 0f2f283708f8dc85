import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Judged, type Line, type Panel, protocols, remote, rng, worded } from "../../mod.ts";
import { outcomeOf } from "../../judges/protocols/asks.ts";
import { given } from "../../judges/protocols/options.ts";
import type { Prepared } from "../../judges/protocols/protocol.ts";
import { panelOf, recomputedDocuments } from "../../lab/judging/document.ts";
import { userFiles } from "../../lab/judging/user-files.ts";
import { scripted, type ScriptedOptions } from "./openai.ts";

/** What users' files come to, without a process of their own. */

const cases = fileURLToPath(new URL("../fixtures/cases/", import.meta.url));
export const inCases = (path: string): string => join(cases, path);

const protocolOf = (id: string) => protocols.find((one) => one.id === id)!;

/** The documents of somebody's judgements, and what was said of several judges. */
export async function recount(
  protocol: string,
  options: { readonly [name: string]: unknown },
  keepThoughts = false,
): Promise<{ readonly documents: readonly Judged[]; readonly panel: Panel | undefined }> {
  const job = {
    ...{ protocol: protocolOf(protocol), command: "", given: given(options), texts: false },
    read: userFiles(inCases, { keepThoughts }),
  };
  const all = await recomputedDocuments(job);
  return { documents: all.map(({ document }) => document), panel: panelOf(all, job) };
}

/** The figures of answers that a scripted server judges, with every line. */
export async function judged(
  protocol: string,
  options: { readonly [name: string]: unknown },
  script: ScriptedOptions,
  body: NonNullable<Parameters<typeof remote>[0]["body"]> = {},
) {
  await using server = scripted(script);
  const own = protocolOf(protocol);
  const prepared: Prepared = await own.prepare(given(options), userFiles(inCases), "judge");
  const chat = remote({
    ...{ url: server.url, model: "toy", body, retries: 3 },
    clock: { now: () => 0, sleep: () => Promise.resolve() },
  });
  const judge = worded(chat, { prompts: own.wording, ...own.reply });
  const lines = await Promise.all(
    prepared.asks.map(async (ask): Promise<Line> => ({
      about: ask.about,
      outcome: await outcomeOf(judge, ask),
    })),
  );
  return {
    ...{ prepared, lines },
    failed: lines.filter(({ outcome }) => "failure" in outcome).length,
    calls: server.calls,
    figures: prepared.figures(lines, rng(1)),
  };
}
