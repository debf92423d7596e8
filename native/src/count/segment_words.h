#pragma once

#include <cstdint>

#include "runtime/signal.h"
#include "text/view.h"

namespace wordmill {

/// After each sentence, in place of a row.
constexpr uint32_t kSentenceEnd = UINT32_MAX;

/// Words of segments first .. last of a view, and an end after each sentence.
inline uint64_t lengthOfSegments(const View& view, uint64_t first, uint64_t last) {
  uint64_t length = 0;
  for (uint64_t s = first; s < last; ++s) length += view.segments()[s].tokens + view.segments()[s].sentences;
  return length;
}

/// Writes those.
void readSegments(const View& view, uint64_t first, uint64_t last, unsigned threads, const wm_signal* signal,
                  uint32_t* out);

}  // namespace wordmill
