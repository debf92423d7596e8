#include "embedding/gather.h"

#include "device/launch.h"
#include "device/numbers.h"

namespace wordmill::cuda {
namespace {

/// Parts that a thread has on their way at the same time: what a multiprocessor has under way must cover the latency of
/// memory, and each part waits for its id first.
constexpr unsigned kAtOnce = 4;
constexpr unsigned kPartsOfBlock = kThreadsForParts * kAtOnce;

template <typename Numbers>
__global__ void __launch_bounds__(kThreadsForParts)
    copyRows(const float* table, uint64_t stride, uint32_t parts, const uint32_t* ids, uint64_t n, float* out,
             uint64_t outStride) {
  const uint64_t first = static_cast<uint64_t>(blockIdx.x) * kPartsOfBlock;
  const uint64_t firstRow = first / parts;
  const auto firstPart = static_cast<uint32_t>(first - firstRow * parts) + threadIdx.x;
  Numbers values[kAtOnce];
#pragma unroll
  for (unsigned k = 0; k < kAtOnce; ++k) {
    const uint32_t at = firstPart + k * kThreadsForParts;
    const uint64_t row = firstRow + at / parts;
    if (row < n) values[k] = partOf<Numbers>(table + __ldg(ids + row) * stride, at % parts);
  }
#pragma unroll
  for (unsigned k = 0; k < kAtOnce; ++k) {
    const uint32_t at = firstPart + k * kThreadsForParts;
    const uint64_t row = firstRow + at / parts;
    if (row < n) partOf<Numbers>(out + row * outStride, at % parts) = values[k];
  }
}

}  // namespace

void gatherRows(const float* table, uint64_t stride, uint64_t columns, const uint32_t* ids, uint64_t n, float* out,
                uint64_t outStride, cudaStream_t stream) {
  byNumbers(
      [&](auto numbers) {
        using Numbers = decltype(numbers);
        const auto parts = static_cast<uint32_t>(columns / kNumbersOf<Numbers>);
        launch(copyRows<Numbers>, (n * parts + kPartsOfBlock - 1) / kPartsOfBlock, kThreadsForParts, 0, stream, table,
               stride, parts, ids, n, out, outStride);
      },
      columns, stride, outStride);
}

}  // namespace wordmill::cuda
