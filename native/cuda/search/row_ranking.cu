#include "search/row_ranking.h"

#include "device/launch.h"

namespace wordmill::cuda {
namespace {

constexpr unsigned kThreads = 256;
/// Behind the keys of all scores: a key is the smaller, the better.
constexpr uint32_t kLastKey = UINT32_MAX;

__global__ void __launch_bounds__(kThreads)
    makeKeys(Scores scores, RowFilter filter, uint32_t query, uint32_t* keys, uint32_t* rows) {
  const uint64_t i = uint64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= scores.rows) return;
  const float score = scores.values[i];
  const uint32_t row = scores.firstRow + static_cast<uint32_t>(i);
  keys[i] = isScore(score) && filter.admits(query, row) ? ~orderOf(score) : kLastKey;
  rows[i] = row;
}

__global__ void __launch_bounds__(kThreads) writeRanked(const uint32_t* keys, const uint32_t* sorted, uint32_t count,
                                                        uint32_t k, uint32_t* rows, float* scores) {
  const uint64_t i = uint64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= k) return;
  const bool found = i < count && keys[i] != kLastKey;
  rows[i] = found ? sorted[i] : kNoRow;
  scores[i] = found ? scoreOfOrder(~keys[i]) : -INFINITY;
}

uint64_t blocksFor(uint64_t threads) { return (threads + kThreads - 1) / kThreads; }

}  // namespace

void RowRanking::reserve(uint64_t rows) {
  for (DeviceArray<uint32_t>* array : {&keys_, &rows_, &sortedKeys_, &sortedRows_}) array->reserve(rows);
}

void RowRanking::rank(const Scores& scores, const RowFilter& filter, uint32_t query, uint32_t k, uint32_t* rows,
                      float* out) {
  launch(makeKeys, blocksFor(scores.rows), kThreads, 0, stream_, scores, filter, query, keys_.data(), rows_.data());
  // Rows of equal keys stay as they are: in their order in the table.
  sortPairs(workspace_, keys_.data(), sortedKeys_.data(), rows_.data(), sortedRows_.data(), scores.rows, 32, stream_);
  launch(writeRanked, blocksFor(k), kThreads, 0, stream_, sortedKeys_.data(), sortedRows_.data(), scores.rows, k, rows,
         out);
}

}  // namespace wordmill::cuda
