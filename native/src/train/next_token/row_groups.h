#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wordmill {

/// Which entries of a list name the same row, so that a row that a batch uses several times gets the sum of its
/// gradients at once. Groups stand in the order in which their rows first come, and entries in that of the list.
class RowGroups {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  explicit RowGroups(uint64_t rows) : groupOf_(rows), roundOf_(rows, 0) {}

  /// Entries of kNone are in no group. What was grouped before is forgotten.
  void group(const uint32_t* rows, size_t count);

  size_t size() const { return rows_.size(); }
  uint32_t row(size_t group) const { return rows_[group]; }
  /// The group of a row, or kNone.
  uint32_t find(uint32_t row) const { return roundOf_[row] == round_ ? groupOf_[row] : kNone; }
  const uint32_t* begin(size_t group) const { return entries_.data() + starts_[group]; }
  const uint32_t* end(size_t group) const { return entries_.data() + starts_[group + 1]; }

 private:
  std::vector<uint32_t> groupOf_;
  std::vector<uint32_t> roundOf_;  // groupOf_ of a row holds when this is the current round
  uint32_t round_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> starts_;
  std::vector<uint32_t> entries_;
  std::vector<uint32_t> filled_;
};

}  // namespace wordmill
