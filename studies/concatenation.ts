import { type Hyper, study } from "../core/mod.ts";
import dstc from "../methods/dstc.ts";

const arm = (hyper: Hyper) => ({ method: "dstc", on: "code/doubtful", hyper });

/**
 * What it gives to compare programs with the tests that they passed and failed, and not without. Each
 * has the β of 0.3 and 1 that suits it: at 0.3 programs alone leave the start policy by 6 nats and more, and solve less.
 */
export default study({
  id: "concatenation",
  paper: dstc.paper,
  taxonomy: dstc.taxonomy,
  title: "solved with tests in the answers less without",
  claim: {
    text: "Programs that are compared with their tests teach more than programs alone",
    expect: "higher",
    margin: 0.02,
  },
  arms: { joined: arm({ joined: 1, beta: 0.3 }), alone: arm({ joined: 0, beta: 1 }) },
  effect: (of) => of("joined", "solved") - of("alone", "solved"),
});
