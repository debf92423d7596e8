#include "embedding/row_sums.h"

namespace wordmill::cuda {
namespace {

__global__ void __launch_bounds__(kThreadsForParts)
    numberIds(const uint32_t* ids, uint64_t count, uint32_t bound, uint32_t* keys, uint32_t* order) {
  const uint64_t i = threadForPart();
  if (i >= count) return;
  const uint32_t id = ids[i];
  keys[i] = id < bound ? id : bound;
  order[i] = static_cast<uint32_t>(i);
}

unsigned bitsOf(uint64_t value) {
  unsigned bits = 0;
  for (; value > 0; value /= 2) ++bits;
  return bits;
}

}  // namespace

void PositionSorter::reserve(uint64_t count, cudaStream_t stream) {
  for (DeviceArray<uint32_t>* array : {&keys_, &order_, &sortedKeys_, &positions_}) array->reserveIdle(count, stream);
}

SortedPositions PositionSorter::sort(const uint32_t* ids, uint64_t count, uint64_t rows, cudaStream_t stream) {
  reserve(count, stream);
  const auto bound = static_cast<uint32_t>(rows);
  launch(numberIds, blocksForParts(count), kThreadsForParts, 0, stream, ids, count, bound, keys_.data(), order_.data());
  sortPairs(workspace_, keys_.data(), sortedKeys_.data(), order_.data(), positions_.data(), count, bitsOf(bound),
            stream);
  return {sortedKeys_.data(), positions_.data(), count, bound};
}

void RowSums::reserve(uint64_t count, uint64_t columns, cudaStream_t stream) {
  for (unsigned level = 0; level < 2 && piecesOf(count) > 1; ++level) {
    count = 2 * piecesOf(count);
    rows_[level].reserveIdle(count, stream);
    sums_[level].reserveIdle(count * columns, stream);
  }
}

}  // namespace wordmill::cuda
