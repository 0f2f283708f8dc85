import { study } from "../core/mod.ts";
import spo from "../methods/spo.ts";

const arm = (method: string) => ({ method, on: "control/condorcet" });

/** What SPO's own claim says of a game's answers, of whole episodes: preferences go by where they end. */
export default study({
  id: "self-play-control",
  paper: spo.paper,
  taxonomy: [...spo.taxonomy, "applications/control"],
  title: "exploitability of ppo less that of spo on episodes",
  claim: {
    text: "Handles preferences over trajectories that no reward has, which a fitted reward cannot",
    expect: "higher",
    margin: 0.02,
  },
  arms: { fitted: arm("ppo"), selfPlay: arm("spo") },
  effect: (of) => of("fitted", "exploitability") - of("selfPlay", "exploitability"),
});
