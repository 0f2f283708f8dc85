import { study } from "../core/mod.ts";

/** Whether DPO makes preferred answers less likely where they are nearly the same as rejected ones, and answers that nobody compared more so. */
export default study({
  id: "3d-properties",
  paper: {
    title: "3D-Properties: Identifying Challenges in DPO and Charting a Path Forward",
    arxiv: "2406.07327",
    year: 2024,
  },
  taxonomy: [
    "learning/paradigm/offline",
    "model/generation/distribution-shift",
    "model/optimization/likelihood",
  ],
  title:
    "the least of three: fall of the rejected beyond ten nats, fall of the chosen, mass gained outside the data",
  claim: {
    text:
      "Under DPO rejected answers drop drastically, preferred ones degrade as well, and the mass disperses to unseen ones",
    expect: "higher",
  },
  arms: { dpo: { method: "dpo", on: "linear/displaced" } },
  // All three must hold: nats, nats and a probability, of which only the signs are compared with 0.
  // That the rejected fall further than the chosen holds of whatever widens a margin: drastic is a
  // factor of 20,000.
  effect(of) {
    const [chosen, rejected] = [of("dpo", "chosen-log-ratio"), of("dpo", "rejected-log-ratio")];
    const dispersed = of("dpo", "unseen-mass") - of("dpo", "unseen-mass", 0);
    return Math.min(-rejected - 10, -chosen, dispersed);
  },
});
