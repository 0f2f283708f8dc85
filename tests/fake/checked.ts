/** A lab on a small table of questions that a program checks, a teacher knows, and drafts can be told of. */
import {
  type Answer,
  type Budget,
  type Method,
  type Prompt,
  rng,
  type Testbed,
} from "../../core/mod.ts";
import { ledger } from "../../lab/train/ledger.ts";
import { MeteredLab } from "../../lab/train/metered-lab.ts";
import { table } from "../../models/table.ts";
import hypo from "../../methods/hypo.ts";
import { engine, testbed } from "./lab.ts";

const [QUESTIONS, ANSWERS] = [8, 4];
const model = table({ contexts: QUESTIONS * (1 + ANSWERS), actions: ANSWERS });
const prompts = Array.from({ length: QUESTIONS }, (_, q): Prompt => ({ id: `${q}`, tokens: [q] }));

/** The one right answer to a question, with or without a draft beside it. */
export const rightTo = ({ id }: Prompt): number => Number(id) % ANSWERS;
export const isRight = (y: Answer): boolean => y.tokens[0] === rightTo(y.prompt);
/** The draft that a prompt tells of; undefined where it tells of none. */
export const draftIn = ({ tokens: [context] }: Prompt): number | undefined =>
  context! < QUESTIONS ? undefined : (context! - QUESTIONS) % ANSWERS;

const world: Testbed = {
  ...testbed,
  model,
  start: model.init(rng(1)),
  prompts: () => prompts,
  told: ({ id }, telling) =>
    "draft" in telling
      ? { id, tokens: [QUESTIONS + Number(id) * ANSWERS + telling.draft.tokens[0]!] }
      : undefined,
  check: (ys) => Promise.resolve(ys.map((y) => ({ solved: isRight(y) ? 1 : 0 }))),
  conclusion: ({ tokens }) => tokens[0]!,
  demonstrate: (prompt) => Promise.resolve({ prompt, tokens: [rightTo(prompt)], length: 1 }),
};

/** What a program is given there, and the account that pays. */
export function checked(budget: Budget, method: Method = hypo as Method) {
  const account = ledger(budget);
  const metered = new MeteredLab({
    engine,
    testbed: world,
    start: world.start,
    where: "checked",
    offers: [],
    method,
    account,
    rng: rng("checked"),
  });
  return { lab: metered.lab(hypo), account, metered };
}
