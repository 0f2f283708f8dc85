import { mean } from "./average.ts";
import { digamma, trigamma, trigammaInverse } from "./gamma.ts";

/** A variance with its degrees of freedom; of none the value says nothing. */
export interface Variance {
  readonly value: number;
  readonly df: number;
}

/**
 * What many variances have in common: 1/σ² ~ χ²(df) / (df · value), by the moments of their
 * logarithms. `df` is Infinity where they differ no more than estimates of one variance do, and 0
 * where nothing is known in common. Where the variances come of few `independent` things, their
 * spread is taken a standard error, √(2/independent), larger: ten methods alike by chance are no
 * proof that methods are alike.
 */
export function priorVariance(variances: readonly Variance[], independent = Infinity): Variance {
  // A variance of 0 has no logarithm: rounding made it, or two methods that are one.
  const found = variances.filter(({ value, df }) => df > 0 && value > 0);
  if (found.length < 2) return { value: 0, df: 0 };
  const logs = found.map(({ value, df }) => Math.log(value) - digamma(df / 2) + Math.log(df / 2));
  const centre = mean(logs);
  const spread = logs.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (logs.length - 1);
  const excess = spread * (1 + Math.sqrt(2 / independent)) -
    mean(found.map(({ df }) => trigamma(df / 2)));
  if (excess <= 0) return { value: Math.exp(centre), df: Infinity };
  const df = 2 * trigammaInverse(excess);
  return { value: Math.exp(centre + digamma(df / 2) - Math.log(df / 2)), df };
}

/**
 * A variance squeezed to the prior, (d₀s₀² + ds²) / (d₀ + d) with d₀ + d degrees of freedom
 * (Smyth 2004, doi 10.2202/1544-6115.1027), which may not exceed `most`, those of all data.
 */
export function moderated(own: Variance, prior: Variance, most = Infinity): Variance {
  if (prior.df === Infinity) return { value: prior.value, df: most };
  const df = own.df + prior.df;
  if (df === 0) return own;
  const value = (prior.df * prior.value + (own.df > 0 ? own.df * own.value : 0)) / df;
  return { value, df: Math.min(df, most) };
}
