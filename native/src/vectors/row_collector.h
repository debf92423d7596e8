#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "memory/table.h"

namespace wordmill {

/// Rows of f32 that come one after another become a table. Memory grows with the rows that came, not with those that
/// were promised.
class RowCollector {
 public:
  /// `certain` rows will come: for them, the table is made at once.
  RowCollector(wm_dtype dtype, uint64_t columns, uint64_t certain);

  /// Dense rows at any alignment.
  void append(const void* values, uint64_t count);
  uint64_t rows() const { return rows_; }
  /// The table; the collector is then empty.
  std::shared_ptr<Table> finish();

 private:
  wm_dtype dtype_;
  uint64_t columns_;
  uint64_t certain_;
  uint64_t rows_ = 0;
  std::vector<std::shared_ptr<Table>> parts_;
  uint64_t used_ = 0;  // rows of the last part
};

}  // namespace wordmill
