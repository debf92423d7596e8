#include "embedding/row_steps.h"

#include "device/launch.h"

namespace wordmill::cuda {
namespace {

template <typename Numbers>
__global__ void __launch_bounds__(kThreadsForParts) stepEach(RowSteps steps, DenseGradients gradients, uint32_t parts) {
  const uint64_t thread = threadForPart();
  const uint64_t i = thread / parts;
  const auto part = static_cast<uint32_t>(thread - i * parts);
  if (i >= gradients.count) return;
  const uint32_t row = gradients.ids != nullptr ? gradients.ids[i] : static_cast<uint32_t>(i);
  steps.take(row, part, partOf<Numbers>(gradients.values + i * gradients.stride, part));
}

}  // namespace

void stepDense(const RowSteps& steps, const DenseGradients& gradients, uint64_t columns, cudaStream_t stream) {
  byNumbers(
      [&](auto numbers) {
        using Numbers = decltype(numbers);
        const auto parts = static_cast<uint32_t>(columns / kNumbersOf<Numbers>);
        launch(stepEach<Numbers>, blocksForParts(gradients.count * parts), kThreadsForParts, 0, stream, steps,
               gradients, parts);
      },
      columns, steps.rows.stride, gradients.stride);
}

}  // namespace wordmill::cuda
