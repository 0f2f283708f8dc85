import type { Gate, GateReport, Gates, Moved } from "./comparison.ts";
import { type Paired, ruleOf } from "./gate.ts";
import type { Matched } from "./runs.ts";
import { contentOf, type Judged, type JudgedContent, type Judgement } from "../core/judged.ts";
import { mean } from "../stats/average.ts";

/** What the gate compares of judged answers: the same questions, by the same judge. */

export interface GatedFile {
  /** What messages call it. */
  readonly source: string;
  readonly judged: Judged;
}

/** What a judgement may hold, and the loss of each that does not matter yet. */
const values = { preference: 0.02, grade: 0.2 } as const;
type Value = keyof typeof values;
const isValue = (measure: string): measure is Value => Object.hasOwn(values, measure);

/**
 * Pairs judgements question by question; several baselines are averaged. A judge, protocol,
 * opponent or question that is not the same makes them incomparable, and so do more invalid
 * judgements than allowed.
 */
export function pairJudgements(
  baselines: readonly GatedFile[],
  candidate: GatedFile,
  gates: Gates,
  margins?: ReadonlyMap<string, number>,
): Matched {
  const [first] = baselines;
  if (!first) throw new RangeError("Cannot compare with no baseline: at least one is needed");
  const asked: readonly Gate[] = gates.gates ??
    (["preference", "grade"] as const).filter((value) =>
      first.judged.judgements.some((one) => one[value] !== undefined)
    ).map((measure) => ({ measure }));
  for (const { measure } of asked) {
    if (!isValue(measure)) {
      throw new RangeError(
        `Cannot gate ${measure} of judged files: they hold preference and grade of each question`,
      );
    }
  }
  const grounds = [...baselines.slice(1), candidate].map((file) => sameGround(first, file));
  const checks = grounds.flatMap(({ checks }) => checks);
  const broken = checks.find(({ state }) => state !== "pass")?.reason;
  const models = (file: GatedFile) => [
    ...new Set(file.judged.judgements.map(({ model }) => model)),
  ];
  // One model on each side is one model, whatever its versions are called.
  const single = [...baselines, candidate].every((file) => models(file).length === 1);
  const of = (file: GatedFile, model: string) =>
    file.judged.judgements.filter((one) => single || one.model === model);
  const on = first.judged.on;
  const pairs = [...new Set(single ? models(first) : baselines.flatMap(models))].flatMap((model) =>
    asked.filter((gate) => (gate.method ?? model) === model && (gate.on ?? on) === on).map(
      (gate): Paired => {
        const measure = gate.measure as Value;
        const rule = ruleOf(gate, gates, { better: "higher", margin: values[measure] });
        const margin = margins?.get(measure) ?? margins?.get("") ?? rule.margin;
        const shared = { method: model, on, measure, rule: { ...rule, margin }, sampled: true };
        const found = paired(
          baselines.map((file) => of(file, model)),
          of(candidate, model),
          measure,
          gates,
        );
        const incomparable = broken ?? found.incomparable;
        return {
          ...shared,
          seeds: found.seeds,
          baseline: found.baseline,
          candidate: found.candidate,
          ...incomparable === undefined ? {} : { incomparable },
          show: (seed, prompt) =>
            shown(baselines.at(-1)!, candidate, found.questions[prompt]!, seed),
        };
      },
    )
  );
  const fresh = models(candidate).filter((model) =>
    !single && !baselines.some((file) => models(file).includes(model))
  );
  return {
    checks,
    pairs,
    notes: [
      ...new Set(grounds.flatMap(({ notes }) => notes)),
      // Such as rows that are there twice, of which one counts.
      ...[...baselines, candidate].flatMap(({ source, judged }) =>
        (judged.notes ?? []).map((note) => `${source}: ${note}`)
      ),
      ...fresh.length > 0 ? [`New, and without a baseline: ${fresh.join(", ")}`] : [],
    ],
    // "preference" and "grade" are as well understood as their cards would be.
    cards: new Map(),
  };
}

/** The question and both answers, where the files hold their texts; else the question's id. */
function shown(
  before: GatedFile,
  after: GatedFile,
  { question, turn, model }: Judgement,
  seed: number | undefined,
): Pick<Moved, "prompt" | "answers"> {
  const upTo = (turns: readonly string[]) => turns.slice(0, turn).join("\n");
  const asked = after.judged.texts?.questions.find(({ id }) => id === question);
  const last = ({ judged }: GatedFile) => {
    const all = judged.texts?.answers.filter((one) =>
      one.question === question && one.seed === seed
    );
    // The one model of a file may go by another name in the other.
    const own = all?.find((one) => one.model === model) ??
      all?.find((one) => one.model !== judged.baseline);
    return own && { text: turn === undefined ? own.turns.join("\n") : own.turns[turn - 1] ?? "" };
  };
  const [old, now] = [last(before), last(after)];
  return {
    prompt: asked ? upTo(asked.turns) : turn === undefined ? question : `${question}, turn ${turn}`,
    ...old && now ? { answers: { baseline: old, candidate: now } } : {},
  };
}

type Checks = GateReport["checks"];

const isSubject = ({ judged: { rows, judge } }: GatedFile): boolean =>
  rows.length === 1 && rows[0]!.model === judge.id;

/** What must be equal of two files: known by digests where both have them, whatever things are called. */
function sameGround(
  a: GatedFile,
  b: GatedFile,
): { readonly checks: Checks; readonly notes: readonly string[] } {
  const [one, other] = [contentOf(a.judged), contentOf(b.judged)];
  const asked = [...new Set(a.judged.judgements.map(({ question }) => question))];
  const both = (of: keyof JudgedContent) =>
    asked.filter((id) => one?.[of][id] !== undefined && other?.[of][id] !== undefined);
  const differing = (of: keyof JudgedContent) =>
    both(of).filter((id) => one![of][id] !== other![of][id]);
  const changed = (ids: readonly string[]) =>
    `${ids.length} of ${asked.length} differ, ${JSON.stringify(ids[0])} among them`;
  const check = (what: string, reason: string | undefined): Checks[number] => ({
    what: `${what} of ${b.source}`,
    ...reason === undefined ? { state: "pass" } : { state: "incomparable", reason },
  });
  const fact = (what: string, [expected, found]: readonly string[]) =>
    check(
      what,
      expected === found
        ? undefined
        : `Another ${what} than in ${a.source}: found ${found}, expected ${expected}`,
    );
  const [texts, replies] = [differing("questions"), differing("opponents")];
  // Of all the baseline's questions, else its name is what is known of the opponent.
  const known = both("opponents").length === asked.length && asked.length > 0;
  return {
    checks: [
      fact("protocol", [a.judged.protocol, b.judged.protocol]),
      // Where a judge is what is judged, as by RewardBench, its versions are what is compared.
      ...[a, b].every(isSubject)
        ? []
        : [fact("judge's fingerprint", [a.judged.judge.fingerprint, b.judged.judge.fingerprint])],
      replies.length > 0
        ? check(
          "opponent",
          `Another opponent than in ${a.source}: of its answers ${changed(replies)}`,
        )
        : known
        ? check("opponent", undefined)
        : fact("opponent", [a.judged.baseline, b.judged.baseline]),
      check(
        "set of questions",
        texts.length === 0
          ? undefined
          : `Another set of questions than in ${a.source}: under one id ${changed(texts)}`,
      ),
    ],
    notes: both("questions").length === asked.length ? [] : [
      `What was asked is not recorded in ${
        [[a.source, one], [b.source, other]].flatMap(([source, content]) =>
          asked.some((id) => (content as JudgedContent | undefined)?.questions[id] === undefined)
            ? [source]
            : []
        ).join(" and ")
      }: questions are known by their ids`,
    ],
  };
}

interface Found extends Pick<Paired, "seeds" | "baseline" | "candidate"> {
  /** One judgement of each. */
  readonly questions: readonly Judgement[];
  readonly incomparable?: string;
}

/** Every question that all sides judged validly, of every seed. */
function paired(
  befores: readonly (readonly Judgement[])[],
  after: readonly Judgement[],
  measure: Value,
  gates: Gates,
): Found {
  const nothing = (incomparable: string): Found => ({
    seeds: [],
    baseline: [],
    candidate: [],
    questions: [],
    incomparable,
  });
  const name = ({ question, turn }: Judgement) =>
    turn === undefined ? question : `${question}, turn ${turn}`;
  const key = (one: Judgement) => JSON.stringify([one.seed, name(one)]);
  const sides = [...befores, after].map((all) => {
    const some = all.filter((one) => one[measure] !== undefined || one.failure !== undefined);
    const valid = some.filter((one) => one[measure] !== undefined && one.failure === undefined);
    return {
      some,
      invalid: some.length - valid.length,
      valid: new Map(
        Map.groupBy(valid, key).entries().map(([id, ones]) =>
          [id, mean(ones.map((one) => one[measure]!))] as const
        ),
      ),
    };
  });
  for (const [i, { some, invalid }] of sides.entries()) {
    const side = i === befores.length ? "candidate" : "baseline";
    if (some.length === 0) return nothing(`The ${side} has no ${measure} of it`);
    if (invalid > gates.maxInvalid * some.length) {
      return nothing(
        `${invalid} of ${some.length} judgements of the ${side} are invalid: at most ${
          100 * gates.maxInvalid
        } % may be`,
      );
    }
  }
  const last = sides.at(-1)!;
  const asked = new Map(
    sides.slice(0, -1).flatMap(({ some }) => some).map((one) => [key(one), one]),
  );
  const had = new Set(last.some.map(key));
  const missing = asked.entries().filter(([id]) => !had.has(id)).map(([, one]) => name(one))
    .toArray();
  if (missing.length > 0) {
    return nothing(
      `${missing.length} questions of the baseline are missing, ${missing[0]} among them`,
    );
  }
  const seeds = [...new Set(asked.values().map(({ seed }) => seed))]
    .sort((a, b) => (a ?? -1) - (b ?? -1));
  const questions = [...new Map(asked.values().map((one) => [name(one), one]))];
  const id = (seed: number | undefined, question: string) => JSON.stringify([seed, question]);
  // A question counts where every seed of every side has a valid judgement of it.
  const whole = questions.filter(([question]) =>
    seeds.every((seed) => sides.every(({ valid }) => valid.has(id(seed, question))))
  );
  const rows = (value: (id: string) => number) =>
    seeds.map((seed) => whole.map(([question]) => value(id(seed, question))));
  return {
    seeds,
    questions: whole.map(([, one]) => one),
    baseline: rows((at) => mean(sides.slice(0, -1).map(({ valid }) => valid.get(at)!))),
    candidate: rows((at) => last.valid.get(at)!),
  };
}
