import { harmless } from "../lab/host/progress.ts";
import type { Judged, Panel, Protocol, protocolOptions } from "../mod.ts";
import { quoted } from "./input.ts";
import type { JudgeName, JudgeOptions } from "./open-judge.ts";
import { print, printJson, say } from "./output.ts";
import { exits } from "./processes.ts";
import { judgedText, panelText } from "./protocol-table.ts";

/** One call of `deno task judge`, and how it ends. */

/** What the user typed beside the protocol's own options. */
export interface Flags extends Omit<JudgeOptions, "judge" | "replies" | "gold"> {
  readonly protocol: string;
  readonly judge?: JudgeName;
  readonly replies?: string;
  readonly run?: string;
  readonly on?: string;
  readonly prompts?: string;
  readonly requireAudit?: string;
  /** False: what was asked and answered is not passed on. */
  readonly texts: boolean;
  readonly keepThoughts?: boolean;
  readonly repeats?: number;
  readonly repeatShare?: number;
  readonly maxInvalid?: number;
  readonly out?: string;
  readonly resume?: boolean;
  readonly json?: boolean;
}

export interface Job {
  readonly protocol: Protocol;
  readonly flags: Flags;
  readonly given: protocolOptions.Given;
  /** The command that judges so again. */
  readonly command: string;
}

/** The command that judges so again: what decides the figures, and where judgements lie. */
export function commandOf(typed: { readonly [name: string]: unknown }): string {
  const { judge, prices, ...rest } = typed as unknown as Flags;
  const all: Record<string, unknown> = {
    ...rest,
    judge: judge && [judge.kind, judge.rest].filter(Boolean).join(":"),
    prices: prices && `${prices.prompt},${prices.completion}`,
  };
  const words = Object.entries(all).flatMap(([name, value]) => {
    if (value === undefined || ["json", "resume"].includes(name)) return [];
    if (name === "texts") return value ? [] : ["--no-texts"];
    if (value === true) return [`--${dashed(name)}`];
    return [`--${dashed(name)}`, ...[value].flat().map((word) => quoted(harmless(`${word}`)))];
  });
  return ["deno task judge", ...words].join(" ");
}

const dashed = (name: string): string =>
  name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Prints several judges' figures, one after the other, and how they agree. */
export function showPanel({ protocol, flags }: Job, panel: Panel, judged: readonly Judged[]): void {
  if (flags.json) return printJson({ ...panel, judged });
  print(
    [...judged.map((one) => judgedText(one, protocol.headline)), panelText(panel)].join("\n\n"),
  );
}

/** Prints what was found, and where it lies if it lies anywhere. */
export function show({ protocol, flags }: Job, document: Judged, file?: string): void {
  if (flags.json) return printJson(document);
  const table = judgedText(document, protocol.headline);
  print(file === undefined ? table : `${table}\n${file}`);
}

/** Says how many judgements are not valid, and ends in failure where those are more than may be. */
export function allow(
  { flags: { maxInvalid: most = 2 } }: Job,
  broken: number,
  all: number,
  more = "",
): void {
  if (broken === 0) return;
  const share = 100 * broken / all;
  say(
    `${broken} of ${all} judgements have no valid verdict (${
      share.toFixed(1)
    } %; ${most} % may)${more}`,
  );
  if (share > most) Deno.exitCode = exits.failures;
}
