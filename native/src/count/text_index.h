#pragma once

#include <cstdint>
#include <memory>

#include "count/segment_words.h"

namespace wordmill {

/// A part of a text as rows of its view, with kSentenceEnd between sentences and at both ends, and where each row
/// stands in it.
class TextIndex {
 public:
  /// Segments first .. last of the view.
  TextIndex(const View& view, uint64_t firstSegment, uint64_t lastSegment, unsigned threads, const wm_signal* signal);
  /// Memory for that many tokens in that many sentences.
  static uint64_t bytesFor(uint64_t tokens, uint64_t sentences) { return 8 * tokens + 4 * (sentences + 1); }
  /// Memory for a vocabulary.
  static uint64_t bytesForRows(uint64_t rows, unsigned threads) { return 8 * rows + 8 * rows * threads; }

  const uint32_t* tokens() const { return tokens_.get(); }
  /// Positions of a row in tokens(), ascending.
  const uint32_t* begin(uint64_t row) const { return positions_.get() + starts_[row]; }
  const uint32_t* end(uint64_t row) const { return positions_.get() + starts_[row + 1]; }

 private:
  void readTokens(const View& view, uint64_t first, uint64_t last, unsigned threads, const wm_signal* signal);
  void index(uint64_t rows, unsigned threads, const wm_signal* signal);

  uint64_t length_ = 0;  // of tokens_
  std::unique_ptr<uint32_t[]> tokens_;
  std::unique_ptr<uint64_t[]> starts_;
  std::unique_ptr<uint32_t[]> positions_;
};

}  // namespace wordmill
