#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace wordmill {

class Table;

/// A worker's own copy of the last rows of a table: the Huffman nodes near the root, which every window writes. Shared,
/// their cache lines would travel between the processors on every step. Changes are added to the table at `flush`.
class HotRows {
 public:
  /// Inner nodes near the root of which a worker keeps a copy.
  static constexpr uint32_t nodesNearRoot = 64;
  /// Windows between two flushes of it.
  static constexpr size_t windowsPerFlush = 256;

  /// The last `count` rows of the table; table may be null when count is 0.
  HotRows(Table* table, uint32_t count);

  bool contains(uint32_t row) const { return row >= first_; }
  float* row(uint32_t row) { return values_.data() + (row - first_) * stride_; }

  /// Takes the table's values, before work on a unit begins.
  void fetch();
  /// Adds what has changed since the last fetch or flush to the table, and takes its values again.
  void flush();

 private:
  /// Takes the table's values.
  void read();

  Table* const table_;
  const uint64_t count_;
  const uint64_t first_;
  const uint64_t stride_;
  std::vector<float> values_;
  std::vector<float> fetched_;
};

}  // namespace wordmill
