/** Numbers from 0 to n - 1 that are the same in every run. */
function randomNumbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
}

const WORDS = 40;

/** The word that most often comes two words after another. */
export const follower = (word: number): number => (word * 3 + 7) % WORDS;

/**
 * Lines in which three of four words follow from the last but one before them, which pairs of neighbours do not show.
 */
export function chainLines(count: number, seed = 1): string[][] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, () => {
    const line = [random(WORDS), random(WORDS)];
    while (line.length < 12) {
      line.push(random(4) === 0 ? random(WORDS) : follower(line.at(-2)!));
    }
    return line.map((word) => `w${word}`);
  });
}
