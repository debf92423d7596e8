#include "text/tokenizer.h"

#include <cstring>

#include "runtime/error.h"
#include "text/utf8.h"

namespace wordmill {
namespace {

/// The high bit of the first byte not greater than a space, counted from the low end; others above it may be wrong.
uint64_t lowBytes(uint64_t word) {
  constexpr uint64_t ones = 0x0101010101010101;
  return (word - ones * 0x21) & ~word & (ones * 0x80);
}

/// Tokens are looked up some later than they are found, so that their places are on the way from memory meanwhile.
class Batch {
 public:
  Batch(Dictionary& dictionary, uint32_t* out) : dictionary_(dictionary), out_(out) {}

  void add(const Dictionary::Key& key) {
    dictionary_.prefetch(key);
    keys_[waiting_] = key;
    places_[waiting_] = out_++;
    if (++waiting_ == size) flush();
  }
  void endLine() { *out_++ = lineEnd; }
  void flush() {
    for (uint32_t i = 0; i < waiting_; ++i) *places_[i] = dictionary_.add(keys_[i]);
    waiting_ = 0;
  }
  uint32_t* out() const { return out_; }

 private:
  static constexpr uint32_t size = 16;
  Dictionary& dictionary_;
  uint32_t* out_;
  uint32_t waiting_ = 0;
  Dictionary::Key keys_[size];
  uint32_t* places_[size];
};

}  // namespace

void TokenizedChunk::reserve(uint64_t wanted) {
  if (wanted <= capacity) return;
  ids.reset(new uint32_t[wanted]);
  capacity = wanted;
}

void Tokenizer::tokenize(const Chunk& chunk, TokenizedChunk& out) {
  out.length = out.lines = out.cut = out.replaced = 0;
  if (chunk.ready) {
    tokenizeReady(chunk, out);
    return;
  }
  const uint8_t* begin = chunk.bytes.get();
  uint64_t length = chunk.length;
  if (chunk.beginsInput && length >= 3 && std::memcmp(begin, "\xEF\xBB\xBF", 3) == 0) {
    begin += 3;
    length -= 3;
  }
  begin = checked(chunk, begin, length, out);
  const uint8_t* end = begin + length;
  // At most a token or a line end for each byte.
  out.reserve(length);
  if (chunk.insideToken) {
    while (begin < end && !separators.has[*begin]) ++begin;
  }
  tokenizeText(begin, end, out);
}

const uint8_t* Tokenizer::checked(const Chunk& chunk, const uint8_t* bytes, uint64_t& length, TokenizedChunk& out) {
  if (policy_ == WM_UTF8_ESCAPE) return bytes;
  const uint8_t* bad = findBrokenUtf8(bytes, bytes + length);
  if (bad == bytes + length) return bytes;
  if (policy_ == WM_UTF8_STRICT) {
    const uint64_t offset = chunk.offset + static_cast<uint64_t>(bad - chunk.bytes.get());
    const std::string input = chunk.inputName ? *chunk.inputName : "the text";
    throw Error(WM_ERR_FORMAT, input + " is not UTF-8 at byte " + std::to_string(offset) +
                                   "; convert it, or choose another policy for broken UTF-8")
        .at(static_cast<int64_t>(offset));
  }
  out.replaced += repairUtf8(bytes, bytes + length, repaired_);
  length = repaired_.size();
  repaired_.resize(length + Chunk::padding);
  return repaired_.data();
}

uint32_t Tokenizer::cutToken(const uint8_t* bytes, uint64_t length, TokenizedChunk& out) const {
  if (length <= maxTokenBytes_) return static_cast<uint32_t>(length);
  ++out.cut;
  return static_cast<uint32_t>(cutUtf8(bytes, maxTokenBytes_));
}

void Tokenizer::tokenizeText(const uint8_t* p, const uint8_t* end, TokenizedChunk& out) {
  Batch batch(dictionary_, out.ids.get());
  while (true) {
    // The zeros after the text end a token too, so that only separators need a look at the end.
    while (separators.has[*p]) {
      if (p >= end) break;
      if (*p == '\n') {
        batch.endLine();
        ++out.lines;
      }
      ++p;
    }
    if (p >= end) break;
    const uint8_t* token = p;
    uint64_t word = loadWord(p, 8);
    uint64_t low = lowBytes(word);
    if (low != 0) {
      const unsigned length = static_cast<unsigned>(__builtin_ctzll(low)) / 8;
      if (length > 0 && length <= maxTokenBytes_ && separators.has[token[length]]) {
        word &= (uint64_t{1} << (8 * length)) - 1;
        p = token + length;
        batch.add(Dictionary::shortKey(token, length, word));
        continue;
      }
    } else {
      p += 8;
      while ((low = lowBytes(loadWord(p, 8))) == 0) p += 8;
      p += __builtin_ctzll(low) / 8;
    }
    // Other control characters are parts of words.
    while (!separators.has[*p]) ++p;
    const uint32_t length = cutToken(token, static_cast<uint64_t>(p - token), out);
    batch.add(Dictionary::key(token, length));
  }
  batch.flush();
  out.length = static_cast<uint64_t>(batch.out() - out.ids.get());
}

void Tokenizer::tokenizeReady(const Chunk& chunk, TokenizedChunk& out) {
  out.reserve(chunk.lengths.size());
  const uint8_t* p = chunk.bytes.get();
  for (const uint32_t size : chunk.lengths) {
    if (size == lineEnd) {
      out.ids[out.length++] = lineEnd;
      ++out.lines;
      continue;
    }
    uint64_t length = size;
    const uint8_t* token = checked(chunk, p, length, out);
    p += size;
    // As between two spaces of a text, there is no token.
    if (length == 0) continue;
    out.ids[out.length++] = dictionary_.add(Dictionary::key(token, cutToken(token, length, out)));
  }
}

}  // namespace wordmill
