/**
 * Three sums and products in a row, worked out by a tool: the policy writes a call, `a ∘ b ?`, the
 * tool says what it comes to, and at last the policy says the result.
 */
import {
  type Answer,
  type Environment,
  type Prompt,
  type Rng,
  rng,
  spansOf,
} from "../../core/mod.ts";
import { inWorld } from "../../models/episodes.ts";
import { transformer } from "../../models/transformer.ts";
import { taught, tiny } from "../taught.ts";
import {
  applied,
  asWritten,
  BELIEVED,
  CALL,
  digit,
  MODULUS,
  numbers,
  operationsOf,
  PLUS,
  STOP,
  TIMES,
  valueOf,
  VOCABULARY,
} from "./arithmetic.ts";
import type { Problem } from "./problem.ts";

const OPERATIONS = 3;
/** How often a demonstrated call has the wrong operator, the operand of another step, another value than came before. */
const SLIP = 0.05;
/** Of the seven operands that an operator may have at a step, so many make it be misread, four times in five. */
const MISREAD = 3;
const misread: ReadonlySet<string> = (() => {
  const draws = rng("reasoning").split("misread");
  const steps = Array.from({ length: OPERATIONS }, (_, i) => i);
  return new Set(
    steps.flatMap((i) =>
      [PLUS, TIMES].flatMap((operator) =>
        draws.shuffle(numbers).slice(0, MISREAD).map((b) => `${i} ${operator} ${digit(b)}`)
      )
    ),
  );
})();

/** Calls after which the tool answers no more. */
const CALLS = OPERATIONS + 1;

const shape = {
  ...tiny,
  vocabulary: VOCABULARY,
  context: 48,
  longest: 6,
  stop: STOP,
  pauses: [CALL],
} as const;

/** Where an episode stands. */
interface Calls {
  readonly prompt: Prompt;
  readonly tokens: readonly number[];
  readonly calls: number;
  /** What the tool said last; undefined where it has not yet, or will not any more. */
  readonly reply?: number;
  readonly over: boolean;
}

/** The tool. What it says of the same call at the same place is the same, so that an episode can be gone on with; `wrong` of its replies are another number. */
function tool(wrong: number): Environment<Calls> {
  return {
    begin: (prompt) => ({ prompt, tokens: [], calls: 0, over: false }),
    step({ prompt, tokens, calls }, move) {
      const all = [...tokens, ...move];
      const reply = calls < CALLS ? replied(move) : undefined;
      if (reply === undefined) return { prompt, tokens: all, calls, over: true };
      const said = digit(wrong > 0 ? mistaken(prompt, all, reply, wrong) : reply);
      return { prompt, tokens: [...all, said], calls: calls + 1, reply: said, over: false };
    },
    observe: ({ reply }) => reply === undefined ? [] : [reply],
    over: ({ over }) => over,
  };
}

/** What a call comes to; undefined of what is none. */
function replied(move: readonly number[]): number | undefined {
  const [left, operator, right, mark] = move;
  const [a, b] = [valueOf(left), valueOf(right)];
  const called = move.length === 4 && mark === CALL && (operator === PLUS || operator === TIMES);
  return called && a !== undefined && b !== undefined ? applied(operator, a, b) : undefined;
}

function mistaken(prompt: Prompt, all: readonly number[], reply: number, wrong: number): number {
  const draws = rng("reasoning").split("tool").split(prompt.id).split(all.join());
  return draws.uniform() < wrong ? (reply + 1 + draws.below(MODULUS - 1)) % MODULUS : reply;
}

/** An episode of whoever says each call by `call`, given what the last one came to. */
function episode(
  prompt: Prompt,
  world: Environment<Calls>,
  call: (step: number, last: number) => readonly [number, number, number],
): Answer {
  const tokens: number[] = [];
  const spans: [number, number][] = [];
  let state = world.begin(prompt);
  let last = prompt.tokens[0]!;
  const say = (move: readonly number[]) => {
    spans.push([tokens.length, tokens.length + move.length]);
    tokens.push(...move);
    state = world.step(state, move);
    const said = world.observe(state);
    tokens.push(...said);
    last = said[0] ?? last;
  };
  for (let i = 0; i < OPERATIONS; i++) say([...call(i, last), CALL]);
  say([last, STOP]);
  return { prompt, tokens, spans, length: spans.reduce((sum, [from, to]) => sum + to - from, 0) };
}

/** Questions with a tool of which so many replies are wrong. */
export function toolProblem(wrong: number): Problem {
  const world = tool(wrong);
  const model = inWorld(transformer(shape), world);
  const called = (question: readonly number[], i: number) =>
    [question[1 + 2 * i]!, question[2 + 2 * i]!] as const;
  const problem: Problem = {
    model,
    longest: 5 * CALLS + 2,
    drafts: false,
    // Of each call two numbers and an operator.
    price: Math.ceil(OPERATIONS * Math.log2(2 * MODULUS ** 2) + Math.log2(MODULUS)),
    start: (workshop) =>
      taught({
        name: "reasoning tool",
        model: reliable.model,
        shape,
        schedule: { steps: 2000, rate: 5e-3, rows: ROWS },
        demonstrations,
      }, workshop),
    question: (draws) => operationsOf(draws, OPERATIONS),
    shown: asWritten,
    demonstrated: (draws, { prompt, question }) =>
      episode(prompt, world, (i, last) => {
        const slips = () => draws.uniform() < SLIP;
        const [operator, operand] = called(question, i);
        const wrong = misread.has(`${i} ${operator} ${operand}`) && draws.uniform() < BELIEVED;
        const said = wrong || slips() ? (operator === PLUS ? TIMES : PLUS) : operator;
        const other = slips() ? called(question, draws.below(OPERATIONS))[1] : operand;
        return [slips() ? digit(draws.below(MODULUS)) : last, said, other];
      }),
    taught: ({ prompt, question }) =>
      episode(prompt, world, (i, last) => [last, ...called(question, i)]),
    right(question, y) {
      const { tokens } = y;
      let value = valueOf(question[0])!;
      for (let i = 0; i < OPERATIONS; i++) {
        const [operator, operand] = called(question, i);
        value = applied(operator, value, valueOf(operand)!);
      }
      // What the tool said last is no answer: the policy says it itself.
      const last = spansOf(y).at(-1);
      return last !== undefined && last[1] - last[0] === 2 && tokens.at(-1) === STOP &&
        valueOf(tokens.at(-2)) === value;
    },
    steps({ question }, y) {
      const spans = spansOf(y);
      let last = question[0]!;
      for (let i = 0; i <= OPERATIONS; i++) {
        const [from, to] = spans[i] ?? [0, 0];
        const expected = i < OPERATIONS ? [last, ...called(question, i), CALL] : [last, STOP];
        if (`${y.tokens.slice(from, to)}` !== `${expected}`) {
          return { right: i, of: OPERATIONS + 1 };
        }
        last = y.tokens[to] ?? last;
      }
      return { right: OPERATIONS + 1, of: OPERATIONS + 1 };
    },
  };
  return problem;
}

const ROWS = 64;
/** Policies learn to use a tool that is right. */
const reliable = toolProblem(0);
function demonstrations(step: number): Answer[] {
  const draws: Rng = rng("reasoning").split("tool").split("demonstrations").split(step);
  return Array.from({ length: ROWS }, () => {
    const question = reliable.question(draws);
    return reliable.demonstrated(draws, {
      prompt: { id: "demonstration", tokens: question },
      question,
    });
  });
}
