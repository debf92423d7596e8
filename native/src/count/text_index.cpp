#include "count/text_index.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "runtime/parallel.h"

namespace wordmill {

TextIndex::TextIndex(const View& view, uint64_t firstSegment, uint64_t lastSegment, unsigned threads,
                     const wm_signal* signal) {
  readTokens(view, firstSegment, lastSegment, threads, signal);
  index(view.rows(), threads, signal);
}

void TextIndex::readTokens(const View& view, uint64_t first, uint64_t last, unsigned threads, const wm_signal* signal) {
  length_ = 1 + lengthOfSegments(view, first, last);  // after the first mark
  tokens_.reset(new uint32_t[length_]);
  tokens_[0] = kSentenceEnd;
  readSegments(view, first, last, threads, signal, tokens_.get() + 1);
}

/// A counting sort, each part of the text by itself.
void TextIndex::index(uint64_t rows, unsigned threads, const wm_signal* signal) {
  constexpr uint64_t tokensOfPart = uint64_t{1} << 16;  // fewer would cost more in places than they save
  const uint64_t parts = std::clamp<uint64_t>(length_ / tokensOfPart, 1, threads);
  const auto forEachToken = [&](auto&& visit) {
    parallelFor(parts, threads, [&](uint64_t part) {
      const uint64_t end = length_ * (part + 1) / parts;
      for (uint64_t i = length_ * part / parts; i < end; ++i) {
        if (i % tokensOfPart == 0) throwIfRaised(signal);
        if (tokens_[i] != kSentenceEnd) visit(part, i);
      }
    });
  };
  std::vector<std::vector<uint64_t>> places(parts, std::vector<uint64_t>(rows, 0));
  forEachToken([&](uint64_t part, uint64_t i) { ++places[part][tokens_[i]]; });
  starts_.reset(new uint64_t[rows + 1]);
  uint64_t sum = 0;
  for (uint64_t row = 0; row < rows; ++row) {
    starts_[row] = sum;
    for (std::vector<uint64_t>& place : places) sum += std::exchange(place[row], sum);
  }
  starts_[rows] = sum;
  positions_.reset(new uint32_t[sum]);
  forEachToken([&](uint64_t part, uint64_t i) { positions_[places[part][tokens_[i]]++] = static_cast<uint32_t>(i); });
}

}  // namespace wordmill
