import {
  type Answer,
  type Comparison,
  type Example,
  type Kind,
  resultAlone,
  type Rng,
  type Workshop,
} from "../../core/mod.ts";
import { type Asked, costs, read } from "../labelled.ts";
import { pool, promptsOf } from "./base.ts";
import type { Domain, Given, Worths } from "./domain.ts";

/** What labels read as; `noised` are pairs without their paths. */
export const comparedOffers: readonly Kind[] = [
  "pairs",
  "noised",
  "points",
  "scored",
  "demonstrations",
  "lists",
  "triples",
];

/** Data of answers of the start policy that meet each other, every prompt equally often. */
export async function compared(
  workshop: Workshop,
  domain: Domain,
  { reward, chance, label }: Worths,
): Promise<Given> {
  const { train, held } = await pool(workshop, domain);
  const prompts = promptsOf(domain);

  /** In an order of its own each time round. */
  function* askings(n: number, size: number, rng: Rng): Generator<Asked> {
    const [order, draws, labels] = ["prompts", "answers", "labels"].map((x) => rng.split(x)) as [
      Rng,
      Rng,
      Rng,
    ];
    const decks = train.map((ys) => dealer(ys, reward, draws));
    for (let left = n; left > 0; left -= decks.length) {
      for (const deal of order.shuffle(decks).slice(0, left)) {
        yield { answers: deal(size), label: (a, b) => label(a, b, labels), objective: () => 0 };
      }
    }
  }

  const comparisons = held.flatMap((ys) =>
    Array.from({ length: ys.length / 2 }, (_, k) => [ys[2 * k]!, ys[2 * k + 1]!] as const)
  ).flatMap(([a, b]): Comparison[] => {
    const p = chance(a, b);
    if (p === 1 / 2) return [];
    return [
      p > 1 / 2
        ? { chosen: a, rejected: b, strength: p }
        : { chosen: b, rejected: a, strength: 1 - p },
    ];
  });

  return {
    prompts: () => prompts,
    costs,
    examples<K extends Kind>(kind: K, n: number, rng: Rng): Example<K>[] {
      if (!comparedOffers.includes(kind)) {
        throw new RangeError(
          `Cannot draw ${kind} from diffusion as it offers only ${comparedOffers.join(", ")}`,
        );
      }
      const ask = (askingsOf: number, size: number) => askings(askingsOf, size, rng);
      const others = rng.split("unrelated");
      const elsewhere = ({ prompt }: Answer): Answer => {
        const at = others.below(train.length - 1);
        const p = at < prompts.indexOf(prompt) ? at : at + 1;
        return { ...others.pick(train[p]!), prompt };
      };
      if (kind !== "noised") return read(kind, n, "diffusion", ask, elsewhere);
      const pairs = read("pairs", n, "diffusion", ask, elsewhere);
      return pairs.map(({ chosen, rejected, strength }) => (
        { chosen: resultAlone(chosen), rejected: resultAlone(rejected), strength }
      )) as Example<K>[];
    },
    heldOut: () => comparisons,
  };
}

/** Deals sets of answers of which two at least are not as good as each other; each answer once before any comes again. */
function dealer(
  ys: readonly Answer[],
  reward: (y: Answer) => number,
  draws: Rng,
): (size: number) => readonly Answer[] {
  let left: Answer[] = [];
  return (size) => {
    const differs = (y: Answer) => reward(y) !== reward(left[0]!);
    if (left.length < size || !left.some(differs)) left = draws.shuffle(ys);
    const [other] = left.splice(left.findIndex(differs), 1);
    return [other!, ...left.splice(0, size - 1)];
  };
}
