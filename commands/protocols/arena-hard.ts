import { jsonLines, readRows } from "../../lab/disk/rows.ts";
import {
  arenaHard,
  arenaHardFiles,
  comparisons,
  type Field,
  judgeNoise,
  judgeTexts,
  pairings,
  replyVerdicts,
  type stats,
} from "../../mod.ts";
import { here } from "../input.ts";
import { type Given, joined, names, need, type Prepared, type Protocol } from "./protocol.ts";

export const arena: Protocol = {
  title: "Arena-Hard",
  headline: ["win-rate"],
  async prepare(given) {
    need(given, ["questions", "answers", "baseline"], "judge by Arena-Hard");
    const questions = arenaHardFiles.questionsOf(
      await readRows(here(given.questions!), arenaHardFiles.question),
    );
    const { field, notes } = await joined(given, questions, readArena);
    return { ...ofArena(field, names(given.answers!), given), notes };
  },
  ofField: ofArena,
  async recompute(given, rng) {
    need(given, ["judgments"], "recompute Arena-Hard");
    const rows = (await Promise.all(
      given.judgments!.map((path) => readRows(here(path), arenaHardFiles.judgment)),
    )).flat();
    const baselines = [...new Set(rows.map(({ baseline }) => baseline))];
    const [baseline] = baselines;
    if (baseline === undefined || baselines.length > 1) {
      throw new RangeError(
        `Cannot recompute Arena-Hard: field "baseline" must be one model: found ${
          baselines.join(", ") || "no rows"
        }`,
      );
    }
    const entrants = await Promise.all((given.answers ?? []).map(readArena));
    const known = new Map(entrants.map((entrant) => [entrant.model, entrant.styles]));
    const questions = given.questions === undefined
      ? []
      : await readRows(here(given.questions), arenaHardFiles.question);
    const battles = arenaHardFiles.fromJudgments(rows);
    return {
      ...arenaHard.reduce(battles, {
        baseline,
        ...tied(given),
        ...entrants.length === 0 ? {} : {
          styles: (model, _seed, question) => [
            known.get(model)?.get(question),
            known.get(baseline)?.get(question),
          ],
        },
      }, rng),
      on: names(given.judgments!),
      baseline,
      judge: [...new Set(rows.map(({ judge }) => judge))].join(", "),
      notes: [],
      files: {},
      scorings: { "win-rate": judgeNoise.ofBattles(battles) },
      texts: judgeTexts.beside(
        new Set(battles.map(({ question }) => question)),
        arenaHardFiles.questionsOf(questions),
        entrants,
      ),
    };
  },
};

const readArena = async (path: string) =>
  arenaHardFiles.entrant(await readRows(here(path), arenaHardFiles.answer), path);

const tied = ({ ties }: Given) => ties === undefined ? {} : { ties };

function ofArena(field: Field, on: string, given: Given): Prepared {
  const { baseline, models } = field;
  const styled = (
    { answers, styles }: {
      readonly answers: Field["baseline"]["answers"];
      readonly styles?: ReadonlyMap<string, stats.Style>;
    },
    question: string,
  ) => {
    const text = answers.get(question)?.[0];
    return styles?.get(question) ?? (text === undefined ? undefined : arenaHardFiles.styleOf(text));
  };
  const styles = (model: string, seed: number | undefined, question: string) => {
    const own = models.find((entrant) => entrant.model === model && entrant.seed === seed);
    if (!own) return undefined;
    return [own, own.against ? { answers: own.against } : baseline].map((side) =>
      styled(side, question)
    ) as [stats.Style | undefined, stats.Style | undefined];
  };
  return {
    on,
    field,
    baseline: baseline.model,
    asks: comparisons(field, { orders: given.orders, turns: 1 }),
    notes: [],
    pair: replyVerdicts.FIVE,
    token: false,
    reduce: (lines, rng) =>
      arenaHard.reduce(arenaHardFiles.battlesOf(pairings(lines)), {
        baseline: baseline.model,
        ...tied(given),
        styles,
      }, rng),
    scorings: (lines) => ({
      "win-rate": judgeNoise.ofBattles(arenaHardFiles.battlesOf(pairings(lines))),
    }),
    files: (lines, judge) => ({
      "judgments.jsonl": jsonLines(arenaHardFiles.exported(pairings(lines), field, judge)),
    }),
  };
}
