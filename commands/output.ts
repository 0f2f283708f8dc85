import { harmless } from "../lab/host/progress.ts";
import { jsonText } from "../mod.ts";

/** Results go to stdout, everything else to stderr. */

export function print(text: string): void {
  console.log(text);
}

export function printJson(value: unknown): void {
  print(jsonText(value, "the results", 2));
}

export function say(line: string): void {
  console.error(line.split("\n").map(harmless).join("\n"));
}
