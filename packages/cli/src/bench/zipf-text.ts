/** Distinct words that the text is drawn from; how many occur depends on its length. */
const WORDS = 30_000;
/** Half of the words of a sentence are of its topic, so that there is something to learn. */
const TOPICS = 40;
const SENTENCE_WORDS = 20;

/**
 * Text like natural language in what training and counting are sensitive to: word r is drawn with a probability
 * proportional to 1 / r (Zipf's law), and words of a topic occur together. The same bytes for the same arguments.
 */
export function zipfText(words: number, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const rank = (): number => Math.floor((WORDS + 1) ** random()) - 1;
  const bytes = Buffer.allocUnsafe(words * 7 + 1);
  let end = 0;
  for (let written = 0; written < words; ) {
    const topic = Math.floor(random() * TOPICS);
    const length = Math.min(SENTENCE_WORDS, words - written);
    for (let i = 0; i < length; i++) {
      const any = rank();
      const word = random() < 0.5 ? any : any - (any % TOPICS) + topic;
      end += bytes.write(`w${word}${i + 1 < length ? ' ' : '\n'}`, end, 'latin1');
    }
    written += length;
  }
  return bytes.subarray(0, end);
}

/** Uniform in [0, 1): a counter whose bits are mixed by the finalizer of MurmurHash3. */
export function randomNumbers(seed: number): () => number {
  let counter = seed;
  return () => {
    counter = (counter + 0x9e3779b9) | 0;
    let bits = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 0x1_0000_0000;
  };
}
