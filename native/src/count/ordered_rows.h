#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>

#include "count/matrix_rows.h"

namespace wordmill {

/// Takes batches from several threads in any order and appends them in theirs. Threads that are far ahead wait, so that
/// few batches are in memory.
class OrderedRows {
 public:
  OrderedRows(MatrixRows& rows, uint64_t mostWaiting) : rows_(rows), mostWaiting_(mostWaiting) {}

  /// Batches are numbered from 0 without a gap, and begun in that order.
  void put(uint64_t number, RowBatch batch);
  /// A batch will never come: lets those go that wait for it.
  void abandon();

 private:
  MatrixRows& rows_;
  const uint64_t mostWaiting_;
  std::mutex mutex_;
  std::condition_variable advanced_;
  std::map<uint64_t, RowBatch> waiting_;
  uint64_t next_ = 0;
  uint64_t sinceLetGo_ = 0;
  bool abandoned_ = false;
};

}  // namespace wordmill
