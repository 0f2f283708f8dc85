import {
  type Judged,
  type Judgement,
  type Picture,
  questionIds,
  type RunRecord,
  type Seen,
} from "../../core/mod.ts";
import { fixed, plain } from "../parts/format.ts";
import { label } from "../findings/label.ts";
import type { Place } from "./sources.ts";
import type { SiteJudged } from "./together.ts";
import { type Court, verdictOf } from "./verdicts.ts";

/** Single prompts with their answers and the verdicts on them: data that a page loads when asked for. */

/** The answers of one seed on one testbed, or those that one judged file holds. */
export interface PromptSet {
  /** As the address names it. */
  readonly key: string;
  readonly title: string;
  /** Who answered, in the order in which answers are shown. */
  readonly names: readonly string[];
  readonly rows: readonly PromptRow[];
}
export interface PromptRow {
  /** What was said, turn by turn. */
  readonly prompt: readonly string[];
  readonly picture?: Picture;
  readonly category?: string;
  /** Answers that the others are held against: the start policy's, or the baseline's. */
  readonly before: readonly Said[];
  readonly answers: readonly Answered[];
}
export interface Said {
  readonly name: string;
  readonly text: readonly string[];
  readonly reward?: string;
  /** What is more than words. */
  readonly seen?: Seen;
}
export interface Answered extends Omit<Said, "name"> {
  /** Index into `names`. */
  readonly by: number;
  /** Index into `before`. */
  readonly against?: number;
  readonly verdicts: readonly Ruling[];
  /** It judged the answers above and gave none of its own. */
  readonly chose?: boolean;
}
export interface Ruling {
  readonly judge: string;
  readonly text: string;
  readonly kind: "won" | "lost" | "tied" | "graded" | "failed";
}

const reward = (x: number | undefined) => x === undefined ? {} : { reward: plain(x) };

/** The sets of every testbed whose records hold answers: methods in the order of the board. */
export function answered(
  { testbed }: Place,
  order: readonly string[],
  courts: readonly Court[],
): PromptSet[] {
  const finished = testbed.runs.flatMap(({ finished }) => finished).filter(({ answers }) =>
    answers !== undefined && answers.length > 0
  );
  const judged = courts.filter(({ source }) =>
    source.judged.on === `${testbed.benchmark}/${finished[0]?.setting}`
  );
  const seeds = [...new Set(finished.map(({ seed }) => seed))].sort((a, b) => a - b);
  return seeds.map((seed): PromptSet => {
    const records = order.flatMap((method) =>
      finished.filter((record) => record.method === method && record.seed === seed)
    );
    const prompts = [
      ...new Set(records.flatMap(({ answers }) => answers!.map(({ prompt }) => prompt))),
    ];
    const found = records.map(byPrompt);
    const rulings = judged.map(({ source }) => ruled(source));
    return {
      key: `${testbed.key} seed ${seed}`,
      title: `${testbed.key}, seed ${seed}`,
      names: records.map(({ method }) => method),
      rows: prompts.map((prompt) => {
        const before: Said[] = [];
        const answers = records.flatMap(({ method }, by): Answered[] => {
          const known = found[by]!.get(prompt);
          if (known === undefined) return [];
          const { one, id } = known;
          const start = {
            name: "start policy",
            text: [one.start],
            ...reward(one.rewards?.[0]),
            ...one.seen ? { seen: one.seen.start } : {},
          };
          const same = JSON.stringify(start);
          let against = before.findIndex((other) => JSON.stringify(other) === same);
          if (against < 0) against = before.push(start) - 1;
          return [{
            by,
            text: [one.end],
            ...reward(one.rewards?.[1]),
            ...one.seen ? { seen: one.seen.end } : {},
            against,
            verdicts: rulings.flatMap((find) => find(method, seed, id)),
          }];
        });
        const picture = found.map((by) => by.get(prompt)?.one.promptPicture).find((one) => one);
        return { prompt: [prompt], ...picture ? { picture } : {}, before, answers };
      }),
    };
  });
}

type Answer = NonNullable<RunRecord["answers"]>[number];
/** Each with the id that judgements know its question by. */
function byPrompt({ answers }: RunRecord): ReadonlyMap<string, { one: Answer; id: string }> {
  const ids = questionIds(answers!.map(({ prompt }) => prompt));
  return new Map(answers!.map((one, i) => [one.prompt, { one, id: ids[i]! }]));
}

/** Finds what a judge said of a model's answer to a question, by the question's id. */
function ruled({ judged }: SiteJudged): (
  model: string,
  seed: number | undefined,
  question: string,
) => Ruling[] {
  const found = Map.groupBy(
    judged.judgements,
    ({ model, question }) => JSON.stringify([model, question]),
  );
  const judge = label(`${judged.protocol} by ${judged.judge.id}`, 80);
  return (model, seed, question) =>
    (found.get(JSON.stringify([model, question])) ?? []).filter((one) =>
      one.seed === undefined || seed === undefined || one.seed === seed
    ).map((one) => ruling(judge, judged, one));
}

function ruling(judge: string, { baseline }: Judged, one: Judgement): Ruling {
  const turn = one.turn === undefined ? "" : `turn ${one.turn}: `;
  if (one.failure !== undefined) {
    const { kind, reason } = one.failure;
    return { judge, kind: "failed", text: `${turn}no verdict, ${kind}: ${label(reason, 200)}` };
  }
  if (verdictOf(one) === undefined) {
    return { judge, kind: "failed", text: `${turn}no verdict is recorded` };
  }
  const flipped = one.flipped === true ? ", changed with the order" : "";
  if (one.preference === undefined) {
    return { judge, kind: "graded", text: `${turn}grade ${plain(one.grade!)}` };
  }
  const kind = one.preference > 0.5 ? "won" : one.preference < 0.5 ? "lost" : "tied";
  if (baseline === "none") {
    // A judge that is itself ranked chose between the answers of others.
    const words = { won: "right", lost: "wrong", tied: "undecided" }[kind];
    return { judge, kind, text: `${turn}${words}, score ${fixed(one.preference, 2)}${flipped}` };
  }
  const words = { won: "better than", lost: "worse than", tied: "as good as" }[kind];
  return {
    judge,
    kind,
    text: `${turn}${words} ${label(baseline)}, probability ${fixed(one.preference, 2)}${flipped}`,
  };
}

/** The questions of a judged file that holds its texts, with every answer and verdict. */
export function judgedSet({ source, testbed, title }: Court): PromptSet | undefined {
  const { judged } = source;
  const models = judged.rows.map(({ model }) => model);
  const texts = judged.texts ?? {
    questions: [...new Set(judged.judgements.map(({ question }) => question))].map((id) => ({
      id,
      turns: [id],
    })),
    answers: [],
  };
  const find = ruled(source);
  const said = new Map<string, { seed: number | undefined; turns: readonly string[] }[]>();
  for (const { question, model, seed, turns } of texts.answers) {
    const key = JSON.stringify([question, model]);
    said.set(key, [...said.get(key) ?? [], { seed, turns }]);
  }
  if (texts.questions.length === 0) return undefined;
  // Answers of nobody who is judged: the baseline's, and those between which a judge had to choose.
  const others = [
    ...new Set([judged.baseline, ...texts.answers.map(({ model }) => model)]),
  ].filter((name) => name === judged.baseline || !models.includes(name));
  return {
    key: testbed.key,
    title,
    names: models,
    rows: texts.questions.map((question) => {
      const of = (model: string) => said.get(JSON.stringify([question.id, model])) ?? [];
      return {
        prompt: question.turns,
        ..."category" in question && question.category !== undefined
          ? { category: question.category }
          : {},
        before: others.flatMap((name) => of(name).map(({ turns }) => ({ name, text: turns }))),
        answers: models.flatMap((model, by): Answered[] => {
          const answers = of(model);
          if (answers.length === 0) {
            const verdicts = find(model, undefined, question.id);
            if (verdicts.length === 0) return [];
            return [{
              by,
              text: [],
              verdicts,
              ...judged.baseline === "none" ? { chose: true } : {},
            }];
          }
          return answers.map(({ seed, turns }) => ({
            by,
            text: turns,
            verdicts: find(model, seed, question.id),
          }));
        }),
      };
    }),
  };
}
