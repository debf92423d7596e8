#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace wordmill {

/// In a token stream: the end of a line.
constexpr uint32_t lineEnd = UINT32_MAX;

/// What stands between tokens: space, tab, CR, LF, and NUL, VT, FF as fastText has them.
struct Separators {
  bool has[256] = {};
  constexpr Separators() {
    for (const uint8_t byte : {0x00, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20}) has[byte] = true;
  }
};
inline constexpr Separators separators;

/// A piece of one input on its way to a tokenizer. It is cut where no token is, or inside a token that is too long
/// anyway, and then where no character is.
struct Chunk {
  /// Bytes that may be read beyond the text; zero once the chunk is sealed.
  static constexpr uint64_t padding = 16;

  std::unique_ptr<uint8_t[]> bytes;
  uint64_t capacity = 0;  // without the padding
  uint64_t length = 0;
  uint64_t offset = 0;                           // of the first byte in its input
  std::shared_ptr<const std::string> inputName;  // for error messages; nullptr where there is none
  bool beginsInput = false;                      // a byte order mark may stand here
  bool insideToken = false;                      // begins with the rest of a token that was cut
  bool endsInput = false;
  /// Not text, but ready tokens of these lengths; a length of lineEnd takes no bytes.
  bool ready = false;
  std::vector<uint32_t> lengths;

  void reserve(uint64_t newCapacity);
  /// Makes it an empty piece of text. The memory is kept.
  void clear();
  void seal();
};

/// Whether a full chunk must grow before it can be cut: it ends with a token that may yet have its permitted length.
bool mustGrow(const Chunk& chunk, uint64_t maxTokenBytes);

/// Cuts a full chunk and moves what is beyond the cut into `next`, an empty one.
void cutChunk(Chunk& chunk, Chunk& next);

}  // namespace wordmill
