import { type Benchmark, cardsOf, type Setting } from "../core/mod.ts";
import { captions } from "./vision/captions.ts";
import { counting } from "./vision/counting.ts";
import { grounding } from "./vision/grounding.ts";
import type { Sight } from "./vision/sight.ts";
import { strip } from "./vision/strip.ts";

/** Every setting, a line and a file each. */
const sights: { readonly [setting: string]: Sight } = {
  captions,
  counting,
  grounding,
  strip,
};

const setting = (sight: Sight): Setting<Sight> => {
  const { summary, offers, ranking, budget } = sight;
  return {
    summary,
    offers,
    ...ranking ? { ranking } : {},
    ...budget ? { budget } : {},
    with: sight,
  };
};

/**
 * Tiny transformers that see an image as patches and answer in tokens. What is to be seen is drawn
 * by a program, which so knows what there is. Whoever taught the start policies erred in what they
 * said, so they do too. Nothing but labels, and which answers meet, depends on the seed.
 */
const vision: Benchmark<Sight> = {
  id: "vision",
  summary:
    "A tiny transformer reads an image, patch by patch, and answers in words what a program that " +
    "knows the image can tell right from wrong.",
  family: "vision",
  settings: Object.fromEntries(
    Object.entries(sights).map(([name, sight]) => [name, setting(sight)]),
  ),
  measures: [...cardsOf(...Object.values(sights).map(({ measures }) => measures)).values()],
  headline: "reward",
  budget: { flops: 4e10, queries: 400 },
  stages: [Object.entries(sights).map(([name, { part }]) => ({ ...part, settings: [name] }))],
  open: (sight, _rng, workshop) => sight.open(workshop),
};
export default vision;
