#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/memory.h"
#include "search/score_key.h"

namespace wordmill::cuda {

/// Scores of consecutive rows of a table for each of some queries, on the device.
struct Scores {
  const float* values;
  uint64_t stride;    // floats from one query to the next: a multiple of 4
  uint32_t firstRow;  // of the table
  uint32_t rows;
};

/// Which rows may be found; pointers to memory of the device.
struct RowFilter {
  const uint8_t* allowed = nullptr;          // nullptr, or a byte for each row of the table
  const uint64_t* excludeOffsets = nullptr;  // nullptr, or for each query where its rows begin in
  const uint32_t* exclude = nullptr;

  __device__ bool admits(uint32_t query, uint32_t row) const {
    if (allowed != nullptr && allowed[row] == 0) return false;
    if (excludeOffsets == nullptr) return true;
    for (uint64_t i = excludeOffsets[query]; i < excludeOffsets[query + 1]; ++i) {
      if (exclude[i] == row) return false;
    }
    return true;
  }
};

/// The k best rows of each query, gathered from scores that come chunk after chunk; k is at most kMost.
class BestRows {
 public:
  static constexpr uint32_t kMost = 1024;

  BestRows(int multiprocessors, cudaStream_t stream) : multiprocessors_(multiprocessors), stream_(stream) {}

  /// Forgets what was found. Nothing may be in flight on the stream.
  void begin(uint32_t queries, uint32_t k);
  void offer(const Scores& scores, const RowFilter& filter);
  /// queries x k, best first; kNoRow and -infinity where there are fewer.
  void write(uint32_t* rows, float* scores) const;

 private:
  const int multiprocessors_;
  const cudaStream_t stream_;
  uint32_t queries_ = 0;
  uint32_t k_ = 0;
  uint32_t capacity_ = 0;
  /// Parts of the rows, each with a list of its own: there are as many as it takes to keep the device busy.
  uint32_t pieces_ = 1;
  DeviceArray<ScoreKey> best_;  // queries x pieces x k, best first
};

}  // namespace wordmill::cuda
