// Longer than an equation: which program and which test make a pair comes with it.
import { gathered, type Lab, perPrompt, program, type Rng } from "../core/mod.ts";
import dpo from "./dpo.ts";

/** Questions that are answered together. */
const PART = 16;
/** Programs that must pass a test before a program's passing it counts for anything: itself and another. */
const PASSERS = 2;

/**
 * DPO on pairs of the policy's own programs, each with one of its own tests after it: the program that
 * passes most tests, with the hardest that it passes, against the one that passes fewest, with the
 * easiest that it fails. So each answer is true to itself, even where a test is wrong. The rule is our
 * reading of the paper's minimax selection, whose details we could not check; the pass shares must lie
 * `margin` apart. One round, drawn by the start policy, which is told to write a program and, by the
 * same question, to write a test. At test it is asked for a program alone.
 */
const dstc = program({
  id: "dstc",
  paper: {
    title: "DSTC: Direct Preference Learning with Only Self-Generated Tests and Code to Improve " +
      "Code LMs",
    arxiv: "2411.13611",
    year: 2024,
  },
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w z_w|x)}{\pi_{\mathrm{ref}}(y_w z_w|x)}-\beta\log\frac{\pi(y_l z_l|x)}{\pi_{\mathrm{ref}}(y_l z_l|x)}\right),\quad z_w=\operatorname*{arg\,min}_{z:\,y_w\vdash z}\tau(z),\ z_l=\operatorname*{arg\,max}_{z:\,y_l\nvdash z}\tau(z)`,
  taxonomy: [
    "data/quality/distinguishability",
    "data/quality/noise",
    "data/feedback/pair",
    "learning/paradigm/online",
    "applications/code",
  ],
  claim: {
    text:
      "Of programs and tests of its own alone, two tests in five wrong, it learns more than by one test a pair",
    on: "code/doubtful",
    measure: "solved",
    against: ["self-test-dpo"],
    expect: "higher",
  },
  needs: ["tests"],
  hyper: { beta: 0.3, codes: 8, tests: 8, margin: 0.3, draw: 0.4, minimax: 1, joined: 1 },
  roles: {
    beta: "pull to the start policy: the implied reward is β times the log-ratio",
    codes: "programs a question",
    tests: "tests a question",
    margin: "by how much more of the tests the better program must pass",
    draw: "share of the operations for drawing programs and tests, before the first step",
    minimax: "1; with 0 a pair is of any program that passes a random test and any that fails it",
    joined: "1; with 0 programs are compared without their tests",
  },
  limits: [
    { at: "π = π_ref", then: "log 2, with slopes −β/2 and β/2 by programs with their tests" },
    { at: "all tests right and told apart by none", then: "right programs against wrong ones" },
    {
      at: "margin → 1",
      then: "only questions of which one program passes all tests, another none",
    },
    { at: "β → ∞", then: "a perceptron on log-ratios: pairs in the right order rest" },
  ],
  search: { beta: [0.1, 0.3, 1], margin: [0.3, 0.5] },
  within: {
    codes: [2, 64],
    tests: [1, 64],
    margin: [0, 1],
    draw: [0.01, 0.9],
    minimax: [0, 1],
    joined: [0, 1],
  },
  async *run(lab, { beta, codes, tests, margin, draw, minimax, joined }) {
    const select = (passed: Grid, rng: Rng) =>
      minimax > 0 ? farthest(passed, margin) : onOneTest(passed, rng);
    const pairs = await gathered(
      lab,
      0,
      { rounds: 1, asking: draw, unlabelled: true },
      async (rng) =>
        (await attempts(lab, codes, tests, rng)).flatMap(({ programs, grid }, i) => {
          const found = select(
            grid.map((row) => row.map((x) => x.passed)),
            rng.split("test").split(i),
          );
          if (!found) return [];
          const [chosen, rejected] = found.map(({ program, test }) =>
            joined > 0 ? grid[program]![test]!.both : programs[program]!
          );
          return [{ chosen: chosen!, rejected: rejected!, strength: 1 }];
        }),
    );
    lab.note("pairs", pairs.length);
    const learner = lab.learner<"pairs">((scope) => dpo.loss(scope, { beta }));
    for (;;) {
      await learner.step(pairs);
      yield learner.policy;
    }
  },
});
export default dstc;

/** Programs and tests of the start policy to some questions, every program tried on every test: [program][test]. */
async function attempts(lab: Lab, codes: number, tests: number, rng: Rng) {
  const asked = lab.prompts(PART);
  const programs = await perPrompt(lab.reference, asked, codes, rng.split("programs"));
  const told = asked.map((prompt) => lab.told(prompt, { test: true }));
  const written = await perPrompt(lab.reference, told, tests, rng.split("tests"));
  return programs.map((ys, i) => (
    { programs: ys, grid: ys.map((y) => written[i]!.map((z) => lab.tried(y, z))) }
  ));
}

/** Which program passed which test: [program][test]. */
export type Grid = readonly (readonly boolean[])[];
/** A program and one test of its own, by number. */
export interface Cell {
  readonly program: number;
  readonly test: number;
}

const share = (outcomes: readonly boolean[]): number =>
  outcomes.filter(Boolean).length / outcomes.length;
/** The first of several of which a number is greatest. */
const most = (indices: readonly number[], of: (i: number) => number): number =>
  indices.reduce((best, i) => of(i) > of(best) ? i : best);

/** The best program with the hardest test that it passes, and the worst with the easiest that it fails. */
export function farthest(passed: Grid, margin: number): readonly [Cell, Cell] | undefined {
  const programs = [...passed.keys()];
  const tests = [...passed[0]!.keys()];
  const score = (i: number) => share(passed[i]!);
  const ease = (k: number) => share(passed.map((row) => row[k]!));
  const [best, worst] = [most(programs, score), most(programs, (i) => -score(i))];
  const passers = (k: number) => passed.filter((row) => row[k]).length;
  const passes = tests.filter((k) => passed[best]![k] && passers(k) >= PASSERS);
  const fails = tests.filter((k) => !passed[worst]![k]);
  const apart = score(best) - score(worst);
  if (apart === 0 || apart < margin || passes.length === 0 || fails.length === 0) return undefined;
  return [
    { program: best, test: most(passes, (k) => -ease(k)) },
    { program: worst, test: most(fails, ease) },
  ];
}

/** A program that passes a test drawn at random, and one that fails it, the first of either. */
export function onOneTest(passed: Grid, rng: Rng): readonly [Cell, Cell] | undefined {
  const test = rng.below(passed[0]!.length);
  const [passes, fails] = [true, false].map((outcome) =>
    passed.findIndex((row) => row[test] === outcome)
  );
  if (passes! < 0 || fails! < 0) return undefined;
  return [{ program: passes!, test }, { program: fails!, test }];
}
