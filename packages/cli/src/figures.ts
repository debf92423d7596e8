/** Columns of equal width, the first to the left and the others to the right. */
export function* table(rows: readonly (readonly string[])[]): Generator<string> {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  for (const row of rows) {
    const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)));
    yield cells.join('  ').trimEnd();
  }
}

const grouped = new Intl.NumberFormat('en');

/** 1234567 as 1,234,567. */
export const whole = (value: number): string => grouped.format(Math.round(value));

/** 1234567 as 1.23 M, for what a unit follows. */
export function short(value: number): string {
  for (const [size, prefix] of PREFIXES) if (value >= size) return `${(value / size).toPrecision(3)} ${prefix}`;
  return `${Math.round(value)} `;
}

const PREFIXES = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** 1234567 as 1.23 MB. */
export const bytes = (value: number): string => `${short(value)}B`;

/** 1234567 as 1.23 M words/s. */
export const speed = (wordsPerSecond: number): string => `${short(wordsPerSecond).trim()} words/s`;

/** 1234567 as 1.23 M counts/s. */
export const countSpeed = (countsPerSecond: number): string => `${short(countsPerSecond).trim()} counts/s`;

/** A share as a percentage. */
export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
