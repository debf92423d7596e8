/** So many significant digits, as C++ prints a number: without trailing zeros, small and large ones with an exponent. */
export function significant(value: number, count: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const [digits, exponent] = value.toExponential(count - 1).split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < count) return String(Number(value.toPrecision(count)));
  const sign = power < 0 ? '-' : '+';
  return `${Number(digits)}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** A vector as fastText's program prints it, each number with a space after it. */
export const vectorText = (vector: Float32Array): string =>
  Array.from(vector, (value) => `${significant(value, 5)} `).join('');
