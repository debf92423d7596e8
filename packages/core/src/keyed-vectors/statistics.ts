/** A correlation coefficient and how probable one as far from zero is where there is no correlation (two-sided). */
export interface Correlation {
  readonly coefficient: number;
  readonly pValue: number;
}

/** Pearson's r. NaN for fewer than two pairs, and where one side is constant. */
export function pearson(x: readonly number[], y: readonly number[]): Correlation {
  const n = x.length;
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanY = y.reduce((sum, value) => sum + value, 0) / n;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  const coefficient = Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
  return { coefficient, pValue: correlationPValue(coefficient, n) };
}

/** Spearman's rho: Pearson's r of the ranks, equal values sharing the mean of theirs. */
export function spearman(x: readonly number[], y: readonly number[]): Correlation {
  return pearson(ranks(x), ranks(y));
}

/** Ranks from 1; equal values get the mean of the ranks that they take up. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = new Array<number>(values.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && values[order[end]!] === values[order[first]!]) end++;
    for (let i = first; i < end; i++) result[order[i]!] = (first + 1 + end) / 2;
    first = end;
  }
  return result;
}

/** With r = 0, t = r sqrt((n - 2) / (1 - r^2)) has Student's distribution with n - 2 degrees of freedom. */
function correlationPValue(r: number, n: number): number {
  if (Number.isNaN(r) || n < 2) return Number.NaN;
  if (n === 2) return 1;
  // P(|T| > t) = I_x(df / 2, 1 / 2) with x = df / (df + t^2), which is 1 - r^2.
  return incompleteBeta((1 - r) * (1 + r), (n - 2) / 2, 0.5);
}

/** The regularised incomplete beta function I_x(a, b), by its continued fraction (Abramowitz and Stegun 26.5.8). */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it, the complement does.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFront = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (Math.exp(logFront) / a) * betaFraction(x, a, b);
}

/** 1 / (1 + d1 / (1 + d2 / (1 + ...))), evaluated from the front by the modified Lentz method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let fraction = tiny;
  let c = tiny;
  let d = 0;
  for (let i = 0; i < 1000; i++) {
    const m = i >> 1;
    let term = 1;
    if (i > 0 && i % 2 === 0) term = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    else if (i > 0) term = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + term * d);
    c = away(1 + term / c);
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return fraction;
}

/** log of the gamma function for x > 0: Stirling's series above 10, to which smaller x are raised by x gamma(x). */
function logGamma(x: number): number {
  let shift = 0;
  while (x < 10) shift += Math.log(x++);
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
