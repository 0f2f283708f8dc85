import type { Section } from "./section.ts";
import belief from "./belief.tsx";
import cards from "./cards.tsx";
import cost from "./cost.tsx";
import judges from "./judges.tsx";
import leaderboard from "./leaderboard.tsx";
import map from "./map.tsx";
import measured from "./measured.tsx";
import samples from "./samples.tsx";
import verdict from "./verdict.tsx";

/** Every section, in the order in which a reader asks. */
export const sections: readonly Section[] = [
  verdict,
  leaderboard,
  cost,
  belief,
  judges,
  samples,
  map,
  cards,
  measured,
];
