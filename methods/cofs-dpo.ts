// Longer than an equation: a stream of domains, a memory of each, and a search for the combination.
import { logRatioReward, type Policy, program, type Rng } from "../core/mod.ts";
import * as stats from "../stats/mod.ts";
import ofs, { chasing, passing } from "./ofs-dpo.ts";

/** OFS-DPO through a stream of domains one after the other, whose final fast learners are then combined: θ = Σλᵢθᵢ. */
export default program({
  id: "cofs-dpo",
  paper: ofs.paper,
  equation: String
    .raw`\theta=\sum_i\lambda_i\theta_i,\quad\lambda=\operatorname*{arg\,min}_{\lambda\ge0,\ \sum_i\lambda_i=1}\ \sum_{(x,y_w,y_l)\in\mathcal{M}}-\log\sigma(\beta\Delta_\theta)`,
  taxonomy: ["data/feedback/pair", "learning/paradigm/online", "model/optimization/alignment"],
  claim: {
    text:
      "Forgets less of the first domain than learning on does, as it combines what it knew after each",
    on: "linear/stream",
    measure: "reward",
    against: ["stream-dpo", "ofs-dpo"],
    expect: "higher",
  },
  hyper: { ...ofs.hyper, domains: 2, grid: 8, judge: 0.1, memory: 64 },
  roles: {
    ...ofs.roles!,
    domains: "equal consecutive parts of the stream, learned one after the other",
    grid: "the combinations tried are the multiples of 1/grid",
    judge: "share of the budget, at the end, that judges them on pairs of all domains",
    memory: "pairs kept of each domain to judge by; of the others, what passed by is gone",
  },
  limits: [
    ...ofs.limits!,
    { at: "domains = 1", then: "OFS-DPO" },
    { at: "λ = (0, …, 0, 1)", then: "OFS-DPO through the same stream, which forgets" },
  ],
  search: { beta: [0.03, 0.1, 0.3, 1], alpha: [0.2, 0.5] },
  within: { alpha: [0.01, 0.9] },
  implied: logRatioReward,
  async *run(lab, { domains, grid, judge, memory, ...hyper }) {
    const stream = lab.offline("pairs");
    const { chase, batch } = chasing(lab, hyper);
    const after: Policy[] = [];
    const kept = remembered(stream, { domains, memory }, lab.rng);
    const learned = () => Math.min(1, lab.progress / (1 - judge));
    for (let d = 0; d < domains; d++) {
      let policy: Policy | undefined;
      while (learned() < (d + 1) / domains || !policy) {
        yield policy = await chase(passing(stream, learned(), batch));
      }
      after.push(await lab.merged([policy], () => [1]));
    }

    const candidates = [];
    for (const lambda of simplex(domains, grid)) {
      candidates.push({ loss: 0, policy: await lab.merged(after, () => lambda) });
    }
    // The more of what is kept is read, the surer the choice; it is read again until the budget ends.
    for (let at = 0;; at += batch) {
      const pairs = kept.flatMap((part) =>
        Array.from({ length: Math.ceil(batch / domains) }, (_, i) => part[(at + i) % part.length]!)
      );
      const ys = pairs.flatMap(({ chosen, rejected }) => [chosen, rejected]);
      const before = await lab.reference.logp(ys);
      for (const candidate of candidates) {
        const now = await candidate.policy.logp(ys);
        const ratio = (i: number) => now[i]! - before[i]!;
        candidate.loss += pairs.reduce((sum, _, i) => {
          return sum + stats.softplus(-hyper.beta * (ratio(2 * i) - ratio(2 * i + 1)));
        }, 0);
      }
      yield candidates.reduce((best, other) => other.loss < best.loss ? other : best).policy;
    }
  },
});

/** So many pairs of each domain, in random order: what may be read again once its stream has passed by. */
export function remembered<E>(
  stream: readonly E[],
  { domains, memory }: { readonly domains: number; readonly memory: number },
  rng: Rng,
): E[][] {
  return Array.from({ length: domains }, (_, d) => {
    const [from, to] = [d, d + 1].map((i) => Math.floor(stream.length * i / domains));
    return rng.split(d).shuffle(stream.slice(from, to)).slice(0, memory);
  });
}

/** Every way to give n parents multiples of 1/grid that sum to 1. */
export function simplex(n: number, grid: number): number[][] {
  const whole = (k: number, left: number): number[][] =>
    k === 1 ? [[left]] : Array.from({ length: left + 1 }, (_, i) => i)
      .flatMap((i) => whole(k - 1, left - i).map((rest) => [i, ...rest]));
  return whole(n, grid).map((row) => row.map((i) => i / grid));
}
