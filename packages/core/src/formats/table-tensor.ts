import { WordmillError } from '../errors.js';
import { nearestName } from '../nearest-name.js';

/** A tensor as far as a file tells of it; an index of shards has names only. */
export interface NamedTensor {
  readonly name: string;
  /** as the file spells it */
  readonly dtype?: string | undefined;
  readonly shape?: readonly number[] | undefined;
}

/**
 * Ends of the names under which language models keep their token embedding, the surest first: T5 and BART share one table
 * between encoder and decoder; Llama, Mistral, Qwen, Gemma, Phi and OPT; GPT-2, MPT and StarCoder; BERT, RoBERTa, DistilBERT,
 * BLOOM, Falcon and ChatGLM; XLNet; ModernBERT, InternLM2 and Meta's own Llama files; CLIP; GPT-NeoX; GGUF; Mamba and RWKV;
 * sentence-transformers' static embedding; Model2Vec.
 */
const KNOWN_ENDS = [
  'shared.weight',
  'embed_tokens.weight',
  'wte.weight',
  'word_embeddings.weight',
  'word_embedding.weight',
  'tok_embeddings.weight',
  'token_embedding.weight',
  'embed_in.weight',
  'token_embd.weight',
  'embeddings.weight',
  'embedding.weight',
  'embeddings',
];

/** Named in an error or by `inspect`; more would hide them. */
const MAX_CANDIDATES = 12;

/**
 * The tensors that may be a table of embeddings: those of known names, the surest first; else matrices that have "emb" in
 * their name; else all matrices.
 */
export function tableCandidates(tensors: Iterable<NamedTensor>): readonly NamedTensor[] {
  const matrices = [...tensors].filter(({ shape }) => shape === undefined || shape.length === 2);
  const known = KNOWN_ENDS.flatMap((end) =>
    matrices.filter(({ name }) => endsWith(name, end)).sort((a, b) => depthOf(a.name) - depthOf(b.name)),
  );
  if (known.length > 0) return known;
  const likely = matrices.filter(({ name }) => /emb/i.test(name));
  return (likely.length > 0 ? likely : matrices).slice(0, MAX_CANDIDATES);
}

/**
 * The name of the table to read where none is given: one that ends in a known way, the outermost of these, since those further
 * in are of parts of the model. Undefined where there is none, or two as far out (an encoder's and a decoder's).
 */
export function knownTable(tensors: Iterable<NamedTensor>): string | undefined {
  const candidates = tableCandidates(tensors);
  const end = KNOWN_ENDS.find((known) => candidates.some(({ name }) => endsWith(name, known)));
  const [first, second] = candidates.filter(({ name }) => end !== undefined && endsWith(name, end));
  const isAlone = first !== undefined && (second === undefined || depthOf(first.name) < depthOf(second.name));
  return isAlone ? first.name : undefined;
}

/** The name of the table to read: the given one, or the known one. The error lists what there is to choose from. */
export function chooseTable(tensors: ReadonlyMap<string, NamedTensor>, wanted: string | undefined): string {
  if (wanted !== undefined && tensors.has(wanted)) return wanted;
  const candidates = tableCandidates(tensors.values());
  const list = candidates.map(({ name, shape }) => (shape === undefined ? name : `${name} [${shape}]`)).join(', ');
  if (wanted !== undefined) {
    const nearest = nearestName(wanted, tensors.keys());
    const hint = nearest === undefined ? '.' : `; did you mean ${JSON.stringify(nearest)}?`;
    throw new WordmillError(
      'ERR_WORDMILL_OPTION',
      `option tensor: it has no tensor ${JSON.stringify(wanted)}${hint} What may be tables: ${list || 'none'}`,
      { option: 'tensor' },
    );
  }
  const known = knownTable(tensors.values());
  if (known !== undefined) return known;
  throw new WordmillError(
    'ERR_WORDMILL_UNSUPPORTED',
    candidates.length === 0
      ? 'it holds no matrix, so no table of embeddings'
      : `which of its tensors is the table of embeddings its names do not tell: choose one with option tensor: ${list}`,
  );
}

function depthOf(name: string): number {
  return name.split('.').length;
}

function endsWith(name: string, end: string): boolean {
  return name === end || name.endsWith(`.${end}`);
}
