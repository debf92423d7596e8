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
  const std::vector<View::Segment>& segments = view.segments();
  std::vector<uint64_t> begins{1};  // after the first mark
  for (uint64_t s = first; s < last; ++s) begins.push_back(begins.back() + segments[s].tokens + segments[s].sentences);
  length_ = begins.back();
  tokens_.reset(new uint32_t[length_]);
  tokens_[0] = kSentenceEnd;
  parallelFor(last - first, threads, [&](uint64_t s) {
    throwIfRaised(signal);
    uint32_t* out = tokens_.get() + begins[s];
    std::vector<uint32_t> sentence;
    for (SentenceReader reader(view, segments[first + s]); reader.next(sentence);) {
      out = std::copy(sentence.begin(), sentence.end(), out);
      *out++ = kSentenceEnd;
    }
    std::fill(out, tokens_.get() + begins[s + 1], kSentenceEnd);
  });
}

/// A counting sort, each part of the text by itself.
void TextIndex::index(uint64_t rows, unsigned threads, const wm_signal* signal) {
  constexpr uint64_t tokensOfPart = uint64_t{1} << 16;  // fewer would cost more in places than they save
  const uint64_t parts = std::clamp<uint64_t>(length_ / tokensOfPart, 1, threads);
  const auto partBegin = [&](uint64_t part) { return length_ * part / parts; };
  std::vector<std::vector<uint64_t>> places(parts);
  parallelFor(parts, threads, [&](uint64_t part) {
    throwIfRaised(signal);
    places[part].assign(rows, 0);
    for (uint64_t i = partBegin(part); i < partBegin(part + 1); ++i) {
      if (tokens_[i] != kSentenceEnd) ++places[part][tokens_[i]];
    }
  });
  starts_.reset(new uint64_t[rows + 1]);
  uint64_t sum = 0;
  for (uint64_t row = 0; row < rows; ++row) {
    starts_[row] = sum;
    for (std::vector<uint64_t>& place : places) sum += std::exchange(place[row], sum);
  }
  starts_[rows] = sum;
  positions_.reset(new uint32_t[sum]);
  parallelFor(parts, threads, [&](uint64_t part) {
    throwIfRaised(signal);
    for (uint64_t i = partBegin(part); i < partBegin(part + 1); ++i) {
      if (tokens_[i] != kSentenceEnd) positions_[places[part][tokens_[i]]++] = static_cast<uint32_t>(i);
    }
  });
}

}  // namespace wordmill
