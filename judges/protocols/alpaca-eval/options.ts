import { file, type Given, type Option, shared } from "../options.ts";
import { jury } from "../panel.ts";
import type { Control } from "./figures.ts";
import { type TraitName, traitNames } from "./traits.ts";

/** What AlpacaEval alone is given. */

export const leaderboard = file(
  "leaderboard",
  "recorded",
  "AlpacaEval's leaderboard CSV, shown beside one's own but never ranked with them",
);
const compat: Option<"alpaca-v1"> = {
  name: "compat",
  value: "<name>",
  part: "control",
  help: "AlpacaEval's own fit for lengths",
  choices: ["alpaca-v1"],
};
const penalty: Option<number | "cv"> = {
  name: "C",
  value: "<n>",
  part: "control",
  help: "of --compat: the inverse penalty, or cv to choose it (default: cv)",
  read(text) {
    if (text === "cv") return text;
    const value = /^\d*\.?\d+(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (value > 0 && Number.isFinite(value)) return value;
    throw new RangeError("It must be a number above 0, or cv.");
  },
};
export const difficulty = file(
  "difficulty",
  "control",
  "rows of instruction and difficulty, or AlpacaEval's instruction_difficulty.csv, for the fit for lengths",
);
export const gamed = file(
  "gamed",
  "control",
  "rows of length, preference and more, or AlpacaEval's df_gamed.csv, that pull the fit for lengths",
);
/** Names with commas between them. */
const control: Option<string> = {
  name: "control",
  value: "<names>",
  part: "control",
  help: `what AlpacaEval's win-rate is controlled for beside the length: ${traitNames.join(",")}`,
  read(text) {
    const names = text.split(",");
    const wrong = names.find((name) => !traitNames.some((known) => known === name));
    if (wrong === undefined && new Set(names).size === names.length) return text;
    throw new RangeError(`It must be some of ${traitNames.join(",")}, with commas between them.`);
  },
};

export const options = [
  ...[shared.answers, shared.baseline, shared.annotations, jury, leaderboard, shared.orders],
  ...[compat, penalty, difficulty, gamed, control],
] as const;

/** How lengths are controlled for, as far as the options say it without files. */
export function plainControl({ get }: Given): Control {
  const [c, other, names] = [get(penalty), get(compat), get(control)];
  if (c !== undefined && other === undefined) {
    throw new RangeError(
      "Cannot use --C without --compat alpaca-v1: our own fit has no such number",
    );
  }
  if (other !== undefined && names !== undefined) {
    throw new RangeError(
      "Cannot use --control with --compat alpaca-v1: the original controls for length alone",
    );
  }
  return {
    ...names ? { traits: names.split(",") as TraitName[] } : {},
    ...other === undefined ? {} : { penalty: { l1: c === undefined || c === "cv" ? "chosen" : c } },
  };
}
