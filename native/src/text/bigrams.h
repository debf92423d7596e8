#pragma once

#include <cstdint>
#include <memory>

#include "text/view.h"

namespace wordmill {

struct Bigrams {
  std::unique_ptr<wm_bigram[]> items;  // ordered by (first, second)
  uint64_t count = 0;
};

/// Pairs of rows that stand side by side in a line at least minCount times; a pruned word between two others keeps
/// them apart. Exact. Takes 4 bytes a pair of the text, but at most 128 MB a thread, 8 bytes a row and thread, and
/// the result.
Bigrams countBigrams(const View& view, uint64_t minCount, unsigned threads, const wm_signal* signal);

}  // namespace wordmill
