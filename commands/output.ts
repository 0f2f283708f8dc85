import { harmless } from "../lab/host/progress.ts";

/** Results go to stdout, everything else to stderr. */

export function print(text: string): void {
  console.log(text);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

export function say(line: string): void {
  console.error(line.split("\n").map(harmless).join("\n"));
}
