const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** Bytes of a line that come at once, so that a text without lines is not gathered whole. */
export const LONGEST_PIECE = 1 << 16;

/** A line, or a part of one. */
export interface LinePiece {
  /** without the line's end */
  readonly bytes: Buffer;
  /** of its first byte in the text */
  readonly offset: number;
  readonly endsLine: boolean;
}

/**
 * Cuts the bytes of a text into lines, whatever pieces they come in. A longer line comes in parts, which begin with a space where it
 * has one, else with a character. LF ends a line, CR LF too; a byte order mark at the start is left out.
 */
export class LinePieces {
  #held: Buffer = Buffer.alloc(0);
  #offset = 0;
  #isStart = true;

  *push(chunk: Uint8Array): Generator<LinePiece> {
    const bytes = Buffer.concat([this.#held, chunk]);
    // The first bytes wait until it is known whether they are a mark.
    if (this.#isStart && bytes.length < BYTE_ORDER_MARK.length) this.#held = bytes;
    else yield* this.#lines(bytes);
  }

  /** The rest, at the end of the text. */
  *end(): Generator<LinePiece> {
    yield* this.#lines(this.#held);
    if (this.#held.length > 0) yield this.#line(this.#held, 0, this.#held.length);
  }

  *#lines(bytes: Buffer): Generator<LinePiece> {
    const hasMark = this.#isStart && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
    this.#isStart = false;
    let start = hasMark ? BYTE_ORDER_MARK.length : 0;
    for (let end = bytes.indexOf(LINE_FEED, start); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      start = yield* this.#parts(bytes, start, end);
      yield this.#line(bytes, start, end);
      start = end + 1;
    }
    start = yield* this.#parts(bytes, start, bytes.length);
    this.#held = bytes.subarray(start);
    this.#offset += start;
  }

  /** All but the last part of a line that is too long; returns where that begins. */
  *#parts(bytes: Buffer, start: number, end: number): Generator<LinePiece, number> {
    let from = start;
    while (end - from > LONGEST_PIECE) {
      const cut = cutOf(bytes, from);
      yield { bytes: bytes.subarray(from, cut), offset: this.#offset + from, endsLine: false };
      from = cut;
    }
    return from;
  }

  #line(bytes: Buffer, start: number, end: number): LinePiece {
    const last = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    return { bytes: bytes.subarray(start, last), offset: this.#offset + start, endsLine: true };
  }
}

/** Where a line that is too long from `start` on is cut. */
function cutOf(bytes: Buffer, start: number): number {
  const limit = start + LONGEST_PIECE;
  const space = bytes.lastIndexOf(SPACE, limit);
  if (space > start) return space;
  let cut = limit;
  while (cut > limit - 4 && (bytes[cut]! & 0xc0) === 0x80) cut--;
  return cut;
}
