import { study } from "../core/mod.ts";
import hindsight from "./hindsight.ts";

/** How much of what hindsight is worth is left where outcomes are simulated, and one option in five wrongly. */
export default study({
  id: "world-model",
  paper: hindsight.paper,
  taxonomy: ["data/quality/noise", "learning/paradigm/offline"],
  title: "gain of utility by simulated hindsight less half of that by true hindsight",
  claim: {
    text: "Simulated hindsight is enough: it keeps more than half of what true hindsight gains",
    expect: "higher",
    headline: false,
  },
  arms: {
    simulated: { method: "dpo", on: "market/doubtful" },
    seen: { method: "dpo", on: "market/hindsight" },
  },
  effect(of) {
    const gain = (arm: "simulated" | "seen") => of(arm, "reward") - of(arm, "reward", 0);
    return gain("simulated") - gain("seen") / 2;
  },
});
