import { mean, sd } from "./average.ts";
import type { Contrast } from "./bootstrap.ts";
import { moderated, priorVariance, type Variance } from "./moderation.ts";
import { fTail, median, tQuantile, tTail } from "./quantiles.ts";

/** `[method][seed][prompt]`; seeds that two methods share were run on the same data. */
export type SeedLayout = ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;

/** All pairs of a layout, with what their spread between seeds has in common. */
export interface ModeratedPairs {
  readonly pairs: readonly Contrast[];
  /** Of one seed's difference between two methods; the value is 0 and `df` too where seeds are too few. */
  readonly prior: Variance;
  /** Methods whose spread between seeds is none of the others': their pairs go by their own alone. */
  readonly apart: readonly string[];
}

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly difference: number;
  readonly seeds: number;
  /** Of a seed's difference, over the seeds that both have. */
  readonly own: Variance;
  /** What few prompts add to the mean difference's variance beyond what seeds show of them. */
  readonly prompts: Variance;
}

/**
 * Every unordered pair that shares a seed, compared by differences paired by seed and prompt, which
 * removes what a seed does to all methods. Each pair's variance between seeds is squeezed to what
 * all pairs have in common, so that three seeds of many methods tell more than t with 2 degrees of
 * freedom. To that comes the variance between prompts, where there are more than one, by the
 * two-way layout; degrees of freedom are Satterthwaite's.
 */
export function moderatedPairs(layout: SeedLayout, confidence = 0.95): ModeratedPairs {
  const methods = [...layout.keys()];
  const pairs = methods.flatMap((a, i) =>
    methods.slice(i + 1).flatMap((b) => pairOf(a, b, layout) ?? [])
  );
  const { prior, apart } = common(methods, pairs);
  const most = methods.reduce((sum, method) => sum + layout.get(method)!.size - 1, 0);
  // Quantiles of t take most of the time, and most pairs share theirs.
  const known = new Map<number, number>();
  const quantile = (df: number) => {
    const t = known.get(df) ?? tQuantile((1 + confidence) / 2, df);
    known.set(df, t);
    return t;
  };
  return {
    prior,
    apart,
    pairs: pairs.map((pair) => {
      const own = apart.includes(pair.a) || apart.includes(pair.b)
        ? pair.own
        : moderated(pair.own, prior, Math.max(most, pair.own.df));
      return contrast(pair, own, quantile);
    }),
  };
}

function pairOf(a: string, b: string, layout: SeedLayout): Pair | undefined {
  const [mine, theirs] = [layout.get(a)!, layout.get(b)!];
  const rows = [...mine].flatMap(([seed, xs]) => {
    const ys = theirs.get(seed);
    return ys === undefined ? [] : [xs.map((x, i) => x - ys[i]!)];
  });
  const seeds = rows.length;
  if (seeds === 0) return undefined;
  const bySeed = rows.map(mean);
  const own = { value: seeds > 1 ? sd(bySeed) ** 2 : 0, df: seeds - 1 };
  return { a, b, difference: mean(bySeed), seeds, own, prompts: between(rows, own) };
}

/** (MS_prompt − MS_rest) / (seeds · prompts), not below 0. */
function between(rows: readonly (readonly number[])[], own: Variance): Variance {
  const [seeds, prompts] = [rows.length, rows[0]!.length];
  if (prompts < 2) return { value: 0, df: 1 };
  const byPrompt = rows[0]!.map((_, p) => mean(rows.map((row) => row[p]!)));
  const all = sd(byPrompt) ** 2;
  if (seeds === 1) return { value: all / prompts, df: prompts - 1 };
  const centre = mean(byPrompt);
  const total = rows.flat().reduce((sum, x) => sum + (x - centre) ** 2, 0);
  const rest = (total - (prompts - 1) * seeds * all - (seeds - 1) * prompts * own.value) /
    ((seeds - 1) * (prompts - 1));
  return { value: Math.max(0, all / prompts - rest / (seeds * prompts)), df: prompts - 1 };
}

/** Of so many degrees of freedom Student's t is normal. */
const NORMAL = 1e6;
/** The chance that a method no wider than the others is set apart. */
const APART = 0.01;

/**
 * The prior of all pairs without those of methods that are set apart: one by one, the method whose
 * median variance against the others is widest for a prior of the pairs without it (F test).
 */
function common(
  methods: readonly string[],
  pairs: readonly Pair[],
): Pick<ModeratedPairs, "prior" | "apart"> {
  const apart: string[] = [];
  for (;;) {
    const kept = pairs.filter(({ a, b }) => !apart.includes(a) && !apart.includes(b));
    const widest = methods.filter((method) => !apart.includes(method)).flatMap((method) => {
      const own = kept.filter(({ a, b, own }) => (a === method || b === method) && own.df > 0);
      const width = median(own.map(({ own }) => own.value));
      return width === undefined ? [] : [{ method, width, df: own[0]!.own.df }];
    }).sort((a, b) => b.width - a.width)[0];
    const rest = priorVariance(
      kept.filter(({ a, b }) => a !== widest?.method && b !== widest?.method).map(({ own }) => own),
    );
    if (
      widest === undefined || rest.value === 0 || apart.length >= methods.length / 4 ||
      fTail(widest.width / rest.value, widest.df, rest.df) > APART
    ) {
      const independent = methods.length - apart.length - 1;
      return { prior: priorVariance(kept.map(({ own }) => own), independent), apart };
    }
    apart.push(widest.method);
  }
}

function contrast(
  { a, b, difference, seeds, prompts }: Pair,
  own: Variance,
  quantile: (df: number) => number,
): Contrast {
  const seedPart = own.value / seeds;
  const variance = seedPart + prompts.value;
  // Nothing but one exact run, and no other pair to tell what seeds do.
  if (own.df === 0) {
    return { a, b, difference, stderr: Infinity, low: -Infinity, high: Infinity, p: 1, df: 0 };
  }
  const exact = prompts.value === 0
    ? own.df
    : variance ** 2 / (seedPart ** 2 / own.df + prompts.value ** 2 / prompts.df);
  // Down to a tenth, and many pairs have the same.
  const df = Math.max(1, Math.min(Math.floor(10 * exact) / 10, NORMAL));
  const stderr = Math.sqrt(variance);
  const reach = stderr === 0 ? 0 : quantile(df) * stderr;
  return {
    a,
    b,
    difference,
    stderr,
    low: difference - reach,
    high: difference + reach,
    p: difference === 0 ? 1 : tTail(difference / stderr, df),
    df,
  };
}
