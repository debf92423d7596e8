/** The tokenizer.json of a WordPiece with these pieces. */
export function wordPieceJson(pieces: readonly string[]): string {
  const special = ['[PAD]', '[UNK]'];
  const json = {
    version: '1.0',
    added_tokens: special.map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: { type: 'BertNormalizer', lowercase: true, clean_text: true, handle_chinese_chars: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries([...special, ...pieces].map((token, id) => [token, id])),
    },
  };
  return JSON.stringify(json);
}
