/**
 * What turns text into numbered tokens, as far as vectors of tokens need it. {@link fromHuggingFace}, {@link fromTiktoken} and
 * {@link fromGptTokenizer} make one of the objects of these libraries; any object of this shape will do.
 *
 * It is synchronous and does not change: what is trained from it has row i for id i.
 */
export interface Tokenizer {
  /** What error messages and files call it. */
  readonly name: string;
  /**
   * The key of each id; key i belongs to id i and to row i of what is trained. Keys are bytes: of a byte-level token whose bytes
   * are not UTF-8, U+DCNN stands for the byte 0xNN. None is empty, and none comes twice.
   */
  readonly vocabulary: readonly string[];
  /**
   * Ids that stand for no text, such as those of `<|endoftext|>` and `[CLS]`, and ids that no token has. Default: none.
   */
  readonly specialTokens?: ReadonlySet<number> | undefined;
  /** The ids of any text, each a whole number below the vocabulary's length, without special tokens added around them. */
  encode(text: string): ArrayLike<number>;
  /** The text of some ids. */
  decode?(ids: readonly number[]): string;
  /**
   * The text that a token stands for, with a space in front where it begins a word and without the marks of the vocabulary (`Ġ`, `▁`,
   * `##`); bytes that are not UTF-8 as in the vocabulary. Default: what
   * `decode` gives, or its key.
   */
  textOf?(id: number): string;
}
