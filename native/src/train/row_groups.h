#pragma once

#include <cstdint>
#include <vector>

namespace wordmill {

/// A list of row ids, grouped: each row once, in the order in which they first appear, with the positions at which it
/// stands, in ascending order. So whoever adds up what belongs to a row adds it in one order, on any number of threads.
/// Counting does it, by an index of all rows that is made once.
class RowGroups {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit RowGroups(uint64_t rows) : rows_(rows) {}

  /// The ids must be rows, fewer than 2^32 of them. Those equal to `leftOut` are in no group. The list before is
  /// forgotten.
  void group(const uint32_t* ids, uint64_t count, uint64_t leftOut);

  uint64_t size() const { return distinct_.size(); }
  const std::vector<uint32_t>& rows() const { return distinct_; }
  /// The group of a row, or kNone.
  uint32_t find(uint32_t row) const { return distinct_.empty() ? kNone : groupOf_[row]; }
  uint64_t begin(uint64_t group) const { return starts_[group]; }
  uint64_t count(uint64_t group) const { return starts_[group + 1] - starts_[group]; }
  /// Of all groups, one after the other.
  const std::vector<uint32_t>& positions() const { return positions_; }
  /// visit(position) for those of one group.
  template <class Visit>
  void forEachPosition(uint64_t group, Visit&& visit) const {
    for (uint64_t i = starts_[group]; i < starts_[group + 1]; ++i) visit(positions_[i]);
  }

  /// The groups of the positions first .. end of that list, each group in just one such range: for work that is cut by
  /// positions, as groups differ in size.
  struct Range {
    uint64_t first;
    uint64_t end;
  };
  Range groupsIn(uint64_t first, uint64_t end) const;

 private:
  const uint64_t rows_;
  std::vector<uint32_t> groupOf_;  // by row
  std::vector<uint32_t> distinct_;
  std::vector<uint64_t> starts_;
  std::vector<uint32_t> groups_;  // by position
  std::vector<uint32_t> positions_;
};

}  // namespace wordmill
