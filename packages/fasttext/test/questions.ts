import { randomNumbers } from './topics.js';

const TOPICS = {
  __label__baking: ['bread', 'flour', 'oven', 'yeast', 'dough'],
  __label__meat: ['steak', 'grill', 'roast', 'beef', 'ribs'],
  __label__drinks: ['tea', 'coffee', 'juice', 'brew', 'milk'],
} as const;

/** Lines of a label or two and words of their topics among others. */
export function questions(count: number, seed = 1): string[] {
  const random = randomNumbers(seed);
  const labels = Object.keys(TOPICS) as (keyof typeof TOPICS)[];
  return Array.from({ length: count }, () => {
    const first = random(labels.length);
    const own = random(4) === 0 ? [first, (first + 1) % labels.length] : [first];
    const words = own.flatMap((i) => [0, 1, 2].map(() => TOPICS[labels[i]!][random(5)]!));
    return `${own.map((i) => labels[i]!).join(' ')} how do i ${words.join(' ')} well${random(30)}`;
  });
}
