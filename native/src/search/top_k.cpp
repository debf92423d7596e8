#include "search/top_k.h"

#include <algorithm>
#include <limits>

namespace wordmill {

float TopK::threshold() const {
  return heap_.size() < k_ ? -std::numeric_limits<float>::infinity() : heap_.front().score;
}

void TopK::offer(float score, uint32_t row) {
  const Entry entry{score, row};
  if (heap_.size() < k_) {
    heap_.push_back(entry);
  } else if (entry < heap_.front()) {
    std::pop_heap(heap_.begin(), heap_.end());
    heap_.back() = entry;
  } else {
    return;
  }
  std::push_heap(heap_.begin(), heap_.end());
}

std::vector<TopK::Entry> TopK::sorted() const {
  std::vector<Entry> out = heap_;
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace wordmill
