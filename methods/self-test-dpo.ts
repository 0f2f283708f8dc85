import { program } from "../core/mod.ts";
import dstc from "./dstc.ts";

/** DPO on pairs of the policy's own programs, one that passes a test of its own against one that fails it: DSTC without its two ideas. */
export default program({
  id: "self-test-dpo",
  paper: dstc.paper,
  equation: String
    .raw`-\log\sigma\!\left(\beta\log\frac{\pi(y_w|x)}{\pi_{\mathrm{ref}}(y_w|x)}-\beta\log\frac{\pi(y_l|x)}{\pi_{\mathrm{ref}}(y_l|x)}\right),\quad y_w\vdash z,\ y_l\nvdash z,\ z\sim\pi_{\mathrm{ref}}`,
  taxonomy: [
    "data/quality/noise",
    "data/feedback/pair",
    "learning/paradigm/online",
    "applications/code",
  ],
  claim: {
    text: "One test of its own a pair teaches less than all of them do",
    on: "code/sound",
    measure: "solved",
    against: ["dstc"],
    expect: "lower",
    headline: false,
  },
  needs: ["tests"],
  hyper: { beta: 0.3, codes: 8, draw: 0.4 },
  roles: {
    beta: dstc.roles!.beta,
    codes: dstc.roles!.codes,
    draw: dstc.roles!.draw,
  },
  limits: [
    { at: "π = π_ref", then: "log 2, with slopes −β/2 and β/2" },
    { at: "all tests right", then: "right programs and lucky ones against wrong ones" },
    { at: "β → ∞", then: "a perceptron on log-ratios: pairs in the right order rest" },
  ],
  search: { beta: [0.1, 0.3, 1] },
  within: { codes: [2, 64], draw: [0.01, 0.9] },
  run: (lab, hyper) => dstc.run(lab, { ...hyper, tests: 1, margin: 0, minimax: 0, joined: 0 }),
});
