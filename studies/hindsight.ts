import { study } from "../core/mod.ts";

/** Whether an assistant that is rated before its advice is put to the test learns to please and not to help, and one that is rated after it the reverse. */
export default study({
  id: "hindsight",
  paper: {
    title: "RLHS: Mitigating Misalignment in RLHF with Hindsight Simulation",
    arxiv: "2501.08617",
    year: 2025,
  },
  taxonomy: ["data/quality/noise", "learning/paradigm/offline", "constraint/safety"],
  title:
    "the least of four: utility by hindsight less by foresight of DPO, and of PPO, what foresight costs it, what satisfaction it gains",
  claim: {
    text:
      "Feedback by foresight raises satisfaction and lowers utility; by hindsight utility is higher, under DPO and PPO",
    expect: "higher",
  },
  arms: {
    dpoBefore: { method: "dpo", on: "market/foresight" },
    dpoAfter: { method: "dpo", on: "market/hindsight" },
    ppoBefore: { method: "ppo", on: "market/foresight" },
    ppoAfter: { method: "ppo", on: "market/hindsight" },
  },
  // All four must hold, in the same unit: the reward is the true utility.
  effect: (of) =>
    Math.min(
      of("dpoAfter", "reward") - of("dpoBefore", "reward"),
      of("ppoAfter", "reward") - of("ppoBefore", "reward"),
      of("dpoBefore", "reward", 0) - of("dpoBefore", "reward"),
      of("dpoBefore", "satisfaction") - of("dpoBefore", "satisfaction", 0),
    ),
});
