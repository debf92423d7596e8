import { decodeText } from '../corpus/text-bytes.js';

/**
 * Byte-level BPE spells bytes as visible characters: those of Latin-1 that can be seen stand for themselves, and the others, in
 * order, for U+0100 and on (Radford et al. 2019, GPT-2).
 */
const BYTE_OF: ReadonlyMap<string, number> = byteTable();

function byteTable(): Map<string, number> {
  const isVisible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  const table = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 0x100; byte++) {
    table.set(String.fromCharCode(isVisible(byte) ? byte : next++), byte);
  }
  return table;
}

/** The text that a byte-level token spells; a token of other characters (an added one) is taken as it is. */
export function byteLevelText(token: string): string {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF.get(token[i]!);
    if (byte === undefined) return token;
    bytes[i] = byte;
  }
  return decodeText(bytes);
}

/** SentencePiece's spelling of a byte that its vocabulary has no piece for: `<0x0A>`. */
export function byteFallback(token: string): string | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return digits === undefined ? undefined : decodeText(Uint8Array.of(Number.parseInt(digits, 16)));
}
