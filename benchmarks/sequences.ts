import {
  type Answer,
  type Benchmark,
  type Comparison,
  type Example,
  type Kind,
  type Offer,
  offerOf,
  type Prompt,
  type Rng,
  rng,
  samePrompt,
  type Setting,
  type Testbed,
  type Told,
  type Workshop,
  written,
} from "../core/mod.ts";
import { evaluators } from "../evaluators/mod.ts";
import { answerOf, base, model, SHOTS } from "./sequences/base.ts";
import { credit, creditBy } from "./sequences/credit.ts";
import { flipAuc, flipAucBy } from "./sequences/flip-auc.ts";
import { control, controlBy, front, frontBy, type Objectives } from "./sequences/front.ts";
import { type Heard, MOST, showToken, tellingTokens } from "./sequences/language.ts";
import {
  type Around,
  costs,
  type LabelledTask,
  offersOf,
  readingOf,
} from "./sequences/readings.ts";
import {
  objectivesOf,
  pairOf,
  type SequencesSetting,
  settings,
  type Task,
  tasksOf,
  TEMPERATURE,
} from "./sequences/tasks.ts";
import { wordByWord } from "./taught.ts";
import { dealt } from "./verified.ts";

/** Held-out comparisons a test prompt. */
const HELD = 4;

/**
 * A tiny transformer over a language of fifteen words in five kinds. A question of four words shows
 * one as liked and one as disliked; an answer is up to six words. The reward is a weighted sum of an
 * answer's attributes: how much it has of each kind, and its length (sequences/language.ts).
 *
 * A prompt may say more than its question, by tokens of their own before it: a criterion, pairs
 * that one user labelled, a reward to reach, weights of two objectives, a draft. The plain question
 * is what `pairs` and every other kind of feedback hold that does not say otherwise, and what a
 * policy is asked at test. A method with `told` is asked the same question with what is known of it
 * said beside: its criterion, four pairs labelled by its user, the greatest reward, its weights. One
 * that revises answers the plain question and is then given its own answer as a draft, so many
 * times. All are measured by the same reward against the start policy's answers to plain questions;
 * KL is from the start policy at the prompt that the policy last read, so of a policy that revises
 * it is the last revision's alone.
 *
 * Answers that labels compare are drawn by the program whose demonstrations the start policy learned
 * to imitate, so nothing is sampled to open this. Nor does it depend on the seed but for labels.
 */
const sequences: Benchmark<SequencesSetting> = {
  id: "sequences",
  summary:
    "A tiny transformer answers questions in a language of fifteen words; the gold reward counts " +
    "the kinds of words that the question, a criterion or a user likes and dislikes.",
  family: "steps",
  settings: {
    clean: setting("clean", "The question says what is liked and disliked."),
    criteria: setting(
      "criteria",
      "One attribute decides, and two users of one question want its opposites.",
    ),
    users: setting(
      "users",
      "Each of 160 users weighs three attributes, test users are new, and four of their labelled " +
        "pairs may be shown.",
    ),
    objectives: setting(
      "objectives",
      "Words of the liked kind against brevity, in directions that may be told.",
    ),
    graded: setting(
      "graded",
      "Labels are certain, and in half of the pairs both answers are good.",
    ),
    scarce: setting("scarce", "There are 512 labels, which lean to the longer answer."),
    taught: setting("taught", "There are 512 labels, which are certain, and all answers are good."),
    mislabelled: setting(
      "mislabelled",
      "There are 800 labels, and 30 % of them are turned round.",
    ),
    credit: setting(
      "credit",
      "The rejected answer is the chosen one with one word turned bad; labels are certain.",
    ),
    displaced: setting("displaced", "The two answers differ in one word; labels are certain."),
    shift: setting(
      "shift",
      "Test questions like and dislike other words than training questions.",
    ),
  },
  measures: [...evaluators, credit, flipAuc, front, control],
  headline: "win-rate",
  budget: { flops: 1e11, queries: 4000 },
  stages: [[{ title: "Policy of sequences", make: base }]],
  open: async (setting, _rng, workshop) => await testbed(setting, workshop),
};
export default sequences;

function setting(name: keyof typeof settings, summary: string): Setting<SequencesSetting> {
  return { summary, offers: offersOf(settings[name]), with: settings[name] };
}

async function testbed(setting: SequencesSetting, workshop: Workshop): Promise<Testbed> {
  const start = await base(workshop);
  const draws = rng("sequences tasks");
  const tasks = tasksOf(setting, draws);
  const byId = new Map([...tasks.train, ...tasks.test].map((task) => [task.prompt.id, task]));
  const taskOf = ({ id }: Prompt): Task => {
    const task = byId.get(id);
    if (!task) throw new RangeError(`Cannot read prompt "${id}": sequences has no such question`);
    return task;
  };
  const { reward, chance, label } = truthOf(setting, taskOf);
  const say = (prompt: Prompt, telling: Heard): Prompt => (
    { id: prompt.id, tokens: [...tellingTokens(telling), ...taskOf(prompt).prompt.tokens] }
  );
  const labelled = (task: Task, from: Rng): LabelledTask => {
    const { answers: [a, b] } = pairOf(task, setting, from.split("answers"));
    return label(a, b, from.split("label"))
      ? { task, chosen: a, rejected: b }
      : { task, chosen: b, rejected: a };
  };
  /** What is known of a test task; a user's shots are labelled as training pairs are. */
  const known = new Map<string, Partial<Told>>(tasks.test.map((task) => {
    const shots = () =>
      Array.from(
        { length: SHOTS },
        (_, k) => labelled(task, draws.split("shots").split(task.user).split(k)),
      );
    return [
      task.prompt.id,
      setting.wish === "user" ? { ...task.known, shots: shots() } : task.known,
    ];
  }));
  const { held, wrong } = heldOut(setting, tasks.test, draws.split("held"), chance);
  const objectives: Objectives = {
    weights: ({ prompt }) => taskOf(prompt).known.weights!,
    scores: (y) => objectivesOf(taskOf(y.prompt).prompt.tokens, y.tokens),
    ideal: Array.from({ length: MOST + 1 }, (_, n) => [1 - 2 ** (1 - n), 1 - n / 3] as const),
  };

  return {
    model,
    start,
    optimiser: { rate: 1e-3, warmup: 10, batch: 32, clip: 1 },
    oracle: { id: "sequences truth", prefer: async (a, b) => await chance(a, b) },
    evaluators: [
      ...evaluators,
      ...setting.pairs === "planted" ? [creditBy(() => wrong)] : [],
      ...setting.flip > 0 ? [flipAucBy(setting.flip)] : [],
      ...setting.wish === "weights" ? [frontBy(objectives), controlBy(objectives)] : [],
    ],
    longest: MOST + 1,
    prompts: (split) => tasks[split].map(({ prompt }) => prompt),
    told: (prompt, telling) => "test" in telling ? undefined : say(prompt, telling),
    known: ({ id }) => known.get(id) ?? {},
    label: async (a, b, rng) => await label(a, b, rng),
    ...setting.comparisons === undefined ? {} : { comparisons: setting.comparisons },
    costs,
    examples: (kind, n, rng, told) =>
      examples(setting, offerOf(kind, told), tasks.train, n, { labelled, say, rng }),
    heldOut: () => held,
    reward: async (ys) => await Float64Array.from(ys, reward),
    show: ({ tokens }) => tokens.map(showToken).join(" "),
    showSteps: ({ tokens }) => wordByWord(tokens, showToken),
    truth: { temperature: TEMPERATURE },
  };
}

/** The gold reward, what it says of two answers, and what a label says of them. */
function truthOf(setting: SequencesSetting, taskOf: (prompt: Prompt) => Task) {
  const reward = (y: Answer): number => taskOf(y.prompt).reward(y.tokens);
  const chance = (a: Answer, b: Answer): number => {
    samePrompt(a, b);
    return 1 / (1 + Math.exp(-(reward(a) - reward(b)) / TEMPERATURE));
  };
  const label = (a: Answer, b: Answer, rng: Rng): boolean => {
    const odds = (reward(a) - reward(b)) / TEMPERATURE + setting.perWord * (a.length - b.length);
    const turned = setting.flip > 0 && rng.split("flip").uniform() < setting.flip;
    if (setting.labels === "certain" && odds !== 0) return odds > 0 !== turned;
    return rng.uniform() < 1 / (1 + Math.exp(-odds)) !== turned;
  };
  return { reward, chance, label };
}

/** Comparisons of each test question; and where a bad word was planted, the answers that hold one. */
function heldOut(
  setting: SequencesSetting,
  test: readonly Task[],
  draws: Rng,
  chance: (a: Answer, b: Answer) => number,
) {
  const wrong: { answer: Answer; culprit: number }[] = [];
  const held = test.flatMap((task, i): Comparison[] => {
    // Both criteria of a question have the same answers to judge.
    const from = draws.split(setting.wish === "criterion" ? 6 * Math.floor(i / 6) + i % 3 : i);
    return Array.from({ length: HELD }, (_, k): Comparison => {
      const { answers: [a, b], culprit } = pairOf(task, setting, from.split(k));
      if (setting.pairs === "planted" && culprit !== undefined) wrong.push({ answer: b, culprit });
      const p = chance(a, b);
      return p > 1 / 2
        ? { chosen: a, rejected: b, strength: p }
        : { chosen: b, rejected: a, strength: 1 - p };
    });
  });
  return { held, wrong };
}

/** What n labels of training pairs make of an offer. */
function examples<K extends Kind>(
  setting: SequencesSetting,
  offer: Offer,
  train: readonly Task[],
  n: number,
  { labelled, say, rng }: {
    readonly labelled: (task: Task, from: Rng) => LabelledTask;
    readonly say: Around["say"];
    readonly rng: Rng;
  },
): Example<K>[] {
  if (!(Number.isInteger(n) && n >= 0)) {
    throw new RangeError(`Cannot draw ${n} comparisons: it must be a whole number from 0`);
  }
  const reading = readingOf<K>(setting, offer);
  if (!reading) {
    throw new RangeError(
      `Cannot draw ${offer} from sequences as it offers only ${offersOf(setting).join(", ")}`,
    );
  }
  const pairs = comparisons(train, Math.floor(n / reading.cost), rng, labelled);
  const byUser = Map.groupBy(pairs, ({ task }) => task.user);
  const others = rng.split("unrelated");
  return pairs.flatMap((pair, i) =>
    reading.read(pair, {
      say,
      rng: rng.split("ratings").split(i),
      shots: (k) =>
        rng.split("shots").split(i).shuffle(byUser.get(pair.task.user)!)
          .filter((other) => other.task !== pair.task).slice(0, k),
      elsewhere: ({ prompt }) => {
        return written(prompt, answerOf(others, others.pick(train).wish));
      },
    })
  );
}

/** Every task equally often, in an order of its own each time round. */
function comparisons(
  train: readonly Task[],
  n: number,
  from: Rng,
  labelled: (task: Task, from: Rng) => LabelledTask,
): LabelledTask[] {
  const shuffled = (round: number) => from.split("order").split(round).shuffle(train);
  return [...dealt(train, n, shuffled)].map(([task, i]) => {
    const round = Math.floor(i / train.length);
    return labelled(task, from.split("pairs").split(round).split(i % train.length));
  });
}
