#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/sort.h"
#include "search/best_rows.h"

namespace wordmill::cuda {

/// Rows in the order of their scores, by sorting all of them: for more results than BestRows has room for.
class RowRanking {
 public:
  explicit RowRanking(cudaStream_t stream) : stream_(stream) {}

  /// Room for so many rows. Nothing may be in flight on the stream.
  void reserve(uint64_t rows);
  /// The k first of a query, whose scores stand first; kNoRow and -infinity where there are fewer.
  void rank(const Scores& scores, const RowFilter& filter, uint32_t query, uint32_t k, uint32_t* rows, float* out);

 private:
  const cudaStream_t stream_;
  Workspace workspace_;
  DeviceArray<uint32_t> keys_;
  DeviceArray<uint32_t> rows_;
  DeviceArray<uint32_t> sortedKeys_;
  DeviceArray<uint32_t> sortedRows_;
};

}  // namespace wordmill::cuda
