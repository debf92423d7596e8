#include "train/next_token/row_groups.h"

#include <algorithm>
#include <numeric>

namespace wordmill {

void RowGroups::group(const uint32_t* rows, size_t count) {
  if (++round_ == 0) {
    std::fill(roundOf_.begin(), roundOf_.end(), 0U);
    round_ = 1;
  }
  rows_.clear();
  starts_.assign(1, 0);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t row = rows[i];
    if (row == kNone) continue;
    if (roundOf_[row] != round_) {
      roundOf_[row] = round_;
      groupOf_[row] = static_cast<uint32_t>(rows_.size());
      rows_.push_back(row);
      starts_.push_back(0);
    }
    ++starts_[groupOf_[row] + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  entries_.resize(starts_.back());
  filled_.assign(starts_.begin(), starts_.end() - 1);
  for (size_t i = 0; i < count; ++i) {
    if (rows[i] != kNone) entries_[filled_[groupOf_[rows[i]]]++] = static_cast<uint32_t>(i);
  }
}

}  // namespace wordmill
