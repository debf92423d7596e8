#include "train/row_groups.h"

#include <algorithm>

namespace wordmill {
namespace {

/// Entries at random places are asked for that many steps ahead.
constexpr uint64_t kAhead = 16;

}  // namespace

void RowGroups::group(const uint32_t* ids, uint64_t count, uint64_t leftOut) {
  // All memory first, so that nothing is left half done.
  groupOf_.resize(rows_, kNone);
  groups_.resize(count);
  positions_.reserve(count);
  const uint64_t most = std::min(count, rows_);
  for (uint64_t g = 0; g < distinct_.size(); ++g) {
    if (g + kAhead < distinct_.size()) __builtin_prefetch(&groupOf_[distinct_[g + kAhead]], 1);
    groupOf_[distinct_[g]] = kNone;
  }
  distinct_.clear();
  distinct_.reserve(most);
  starts_.clear();
  starts_.reserve(most + 1);

  starts_.push_back(0);
  for (uint64_t i = 0; i < count; ++i) {
    // An id that is left out may be no row.
    if (i + kAhead < count) __builtin_prefetch(groupOf_.data() + std::min<uint64_t>(ids[i + kAhead], rows_ - 1), 1);
    if (ids[i] == leftOut) {
      groups_[i] = kNone;
      continue;
    }
    uint32_t& group = groupOf_[ids[i]];
    if (group == kNone) {
      group = static_cast<uint32_t>(distinct_.size());
      distinct_.push_back(ids[i]);
      starts_.push_back(0);
    }
    groups_[i] = group;
    ++starts_[group + 1];
  }

  // starts_[g + 1] holds the size of group g; it becomes the group's begin, then, as positions are filled in, its end.
  uint64_t total = 0;
  for (uint64_t g = 0; g < distinct_.size(); ++g) {
    const uint64_t size = starts_[g + 1];
    starts_[g + 1] = total;
    total += size;
  }
  positions_.resize(total);
  for (uint64_t i = 0; i < count; ++i) {
    if (groups_[i] != kNone) positions_[starts_[groups_[i] + 1]++] = static_cast<uint32_t>(i);
  }
}

RowGroups::Range RowGroups::groupsIn(uint64_t first, uint64_t end) const {
  const auto groupFrom = [this](uint64_t position) {
    const auto last = starts_.begin() + static_cast<std::ptrdiff_t>(distinct_.size());
    return static_cast<uint64_t>(std::lower_bound(starts_.begin(), last, position) - starts_.begin());
  };
  return {groupFrom(first), groupFrom(end)};
}

}  // namespace wordmill
