// Derivatives of log Γ by their asymptotic series, moved up to where it is exact to 1e-13.
const FAR = 12;

/** ψ(x), the derivative of log Γ(x), for x > 0. */
export function digamma(x: number): number {
  positive("ψ", x);
  let [sum, at] = [0, x];
  for (; at < FAR; at++) sum -= 1 / at;
  const r = 1 / (at * at);
  return sum + Math.log(at) - 0.5 / at -
    r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r / 132))));
}

/** ψ′(x) for x > 0: the variance of the logarithm of a gamma variable of shape x. */
export function trigamma(x: number): number {
  positive("ψ′", x);
  let [sum, at] = [0, x];
  for (; at < FAR; at++) sum += 1 / (at * at);
  const r = 1 / (at * at);
  return sum + 1 / at + r / 2 +
    r / at * (1 / 6 - r * (1 / 30 - r * (1 / 42 - r * (1 / 30 - r * (5 / 66)))));
}

/** The x with ψ′(x) = y, for y > 0; ψ′ falls throughout, so that halving an interval finds it. */
export function trigammaInverse(y: number): number {
  positive("the inverse of ψ′", y);
  // 1/x < ψ′(x) < 1/x + 1/x² bound it on both sides.
  let [low, high] = [1 / y, (1 + Math.sqrt(1 + 4 * y)) / (2 * y)];
  for (let i = 0; i < 80; i++) {
    const middle = Math.sqrt(low * high);
    if (trigamma(middle) > y) low = middle;
    else high = middle;
  }
  return Math.sqrt(low * high);
}

function positive(what: string, x: number): void {
  if (!(x > 0)) throw new RangeError(`Cannot compute ${what} of ${x}: it must be above 0`);
}
