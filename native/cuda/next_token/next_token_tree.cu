#include <cmath>

#include "device/launch.h"
#include "device/paths.h"
#include "embedding/row_steps.h"
#include "matrix/row_dot.h"
#include "next_token/next_token_output.h"

namespace wordmill::cuda {
namespace {

constexpr unsigned kWarpsOfBlock = 8;

/// The decisions of a batch: those of each example stand `longest` apart.
struct Decisions {
  uint32_t* nodes;  ///< kNoToken behind the end of a path
  float* gradients;
  double* losses;
  uint32_t longest;
};

struct Matrix {
  const float* values;
  uint64_t stride;
};

/// A warp for each decision.
__global__ void __launch_bounds__(kWarpsOfBlock* kLanes)
    decide(Paths paths, Matrix hidden, Matrix output, const float* biases, const uint32_t* targets, uint32_t size,
           uint32_t columns, float share, Decisions out) {
  const uint64_t decision = warpOfGrid();
  const uint64_t example = decision / out.longest;
  if (example >= size) return;
  const uint32_t target = targets[example];
  const uint64_t step = paths.starts[target] + (decision - example * out.longest);
  if (step >= paths.starts[target + 1]) {
    if (lane() == 0) {
      out.nodes[decision] = kNoToken;
      out.losses[decision] = 0.0;
    }
    return;
  }
  const uint32_t node = paths.nodes[step];
  const float sign = paths.signs[step];
  const float product =
      dotOfRows(hidden.values + example * hidden.stride, output.values + node * output.stride, columns);
  if (lane() > 0) return;
  const float logit = sign * (product + biases[node]);
  const float e = expf(-fabsf(logit));
  const float missing = logit >= 0.0F ? e / (1.0F + e) : 1.0F / (1.0F + e);
  out.nodes[decision] = node;
  out.gradients[decision] = -sign * missing * share;
  out.losses[decision] = static_cast<double>(log1pf(e)) + static_cast<double>(fmaxf(-logit, 0.0F));
}

template <typename Numbers>
__global__ void __launch_bounds__(kThreadsForParts)
    addDecisions(Decisions decisions, Matrix output, uint32_t size, uint32_t parts, float* out, uint64_t outStride) {
  const uint64_t thread = threadForPart();
  const uint64_t example = thread / parts;
  const auto part = static_cast<uint32_t>(thread - example * parts);
  if (example >= size) return;
  const uint64_t first = example * decisions.longest;
  uint32_t length = 0;
  while (length < decisions.longest && decisions.nodes[first + length] != kNoToken) ++length;
  Numbers sum = zeros<Numbers>();
#pragma unroll 4
  for (uint32_t i = 0; i < length; ++i) {
    const float* const row = output.values + decisions.nodes[first + i] * output.stride;
    sum = plus(sum, times(decisions.gradients[first + i], partOf<Numbers>(row, part)));
  }
  partOf<Numbers>(out + example * outStride, part) = sum;
}

/// Gradients of nodes, decision by decision, and those of their biases.
struct DecisionGradients {
  template <typename Numbers>
  __device__ Numbers at(uint32_t decision, uint32_t part) const {
    return times(gradients[decision], partOf<Numbers>(hidden.values + decision / longest * hidden.stride, part));
  }

  const float* gradients;
  uint32_t longest;
  Matrix hidden;
};

struct DecisionBiasGradients {
  template <typename Numbers>
  __device__ Numbers at(uint32_t decision, uint32_t) const {
    return gradients[decision];
  }

  const float* gradients;
};

/// Hierarchical softmax: p of a token is the product of the decisions on its path through the tree.
class TreeSoftmax final : public OutputLayer {
 public:
  TreeSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden, const wm_backend_next_token& setup)
      : OutputLayer(parameters, hidden), paths_(setup.paths) {}

  Losses score(const TokenBatch& batch, cudaStream_t stream) override {
    const uint64_t count = uint64_t{batch.size} * batch.longestPath;
    nodesOfBatch_.reserveIdle(count, stream);
    gradients_.reserveIdle(count, stream);
    losses_.reserveIdle(count, stream);
    const auto columns = static_cast<uint32_t>(hidden_.columns());
    launch(decide, (count + kWarpsOfBlock - 1) / kWarpsOfBlock, kWarpsOfBlock * kLanes, 0, stream, paths_.get(),
           hiddenVectors(), output(), parameters_.bias.data(), batch.targets, batch.size, columns,
           1.0F / static_cast<float>(batch.size), decisions(batch));
    byNumbers(
        [&](auto numbers) {
          using Numbers = decltype(numbers);
          const uint32_t parts = columns / kNumbersOf<Numbers>;
          launch(addDecisions<Numbers>, blocksForParts(uint64_t{batch.size} * parts), kThreadsForParts, 0, stream,
                 decisions(batch), output(), batch.size, parts, hidden_.gradient(), hidden_.stride());
        },
        columns);
    return {losses_.data(), count};
  }

  void update(const TokenBatch& batch, cudaStream_t stream) override {
    TrainedRows& output = parameters_.output();
    const SortedPositions list =
        sorter_.sort(nodesOfBatch_.data(), uint64_t{batch.size} * batch.longestPath, output.rows(), stream);
    const RowSteps ofBias = {parameters_.optimizedBiases(batch.rowsBias.rule), batch.rowsBias, batch.stopped};
    sums_.add<float>(list, 1, DecisionBiasGradients{gradients_.data()}, ofBias, stream);
    const RowSteps steps = {output.optimized(batch.rows.rule), batch.rows, batch.stopped};
    const DecisionGradients gradients = {gradients_.data(), batch.longestPath, hiddenVectors()};
    byNumbers([&](auto numbers) { sums_.add<decltype(numbers)>(list, hidden_.columns(), gradients, steps, stream); },
              hidden_.columns());
  }

 private:
  Matrix hiddenVectors() const { return {hidden_.hidden(), hidden_.stride()}; }
  Matrix output() const { return {parameters_.output().data(), parameters_.output().stride()}; }
  Decisions decisions(const TokenBatch& batch) const {
    return {nodesOfBatch_.data(), gradients_.data(), losses_.data(), batch.longestPath};
  }

  const DevicePaths paths_;
  DeviceArray<uint32_t> nodesOfBatch_;
  DeviceArray<float> gradients_;
  DeviceArray<double> losses_;
  PositionSorter sorter_;
  RowSums sums_;
};

}  // namespace

std::unique_ptr<OutputLayer> makeTreeSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden,
                                             const wm_backend_next_token& setup) {
  return std::make_unique<TreeSoftmax>(parameters, hidden, setup);
}

}  // namespace wordmill::cuda
