#include <vector>

#include "device/launch.h"
#include "embedding/gather.h"
#include "embedding/row_steps.h"
#include "next_token/next_token_output.h"
#include "next_token/shared_logits.h"
#include "next_token/softmax.h"

namespace wordmill::cuda {
namespace {

constexpr uint32_t kAbsent = UINT32_MAX;

/// The gradient of a context's row: to that of the output where the row has a part in the softmax, else it is stepped.
struct AddToOutput {
  template <typename Numbers>
  __device__ void take(uint32_t row, uint32_t part, Numbers gradient) const {
    const uint32_t index = indexOf != nullptr ? indexOf[row] : row;
    if (index == kAbsent) return others.take(row, part, gradient);
    auto& sum = partOf<Numbers>(gradients + index * stride, part);
    sum = plus(sum, gradient);
  }

  float* gradients;
  uint64_t stride;
  const uint32_t* indexOf;
  RowSteps others;
};

/// Softmax over all rows, or those that have a part: `active`.
class FullSoftmax final : public OutputLayer {
 public:
  FullSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden, const wm_backend_next_token& setup)
      : OutputLayer(parameters, hidden), rows_(parameters.output().rows()) {
    if (setup.active_rows == nullptr || setup.active_count == rows_) return;
    std::vector<uint32_t> index(rows_, kAbsent);
    for (uint32_t i = 0; i < setup.active_count; ++i) index[setup.active_rows[i]] = i;
    active_ = copyToDevice(setup.active_rows, setup.active_count);
    indexOf_ = copyToDevice(index.data(), index.size());
    rows_ = setup.active_count;
  }

  Losses score(const TokenBatch& batch, cudaStream_t stream) override {
    reserve(batch.size, stream);
    const TrainedRows& output = parameters_.output();
    SharedRows rows = {output.data(), output.stride(), static_cast<uint32_t>(rows_)};
    const float* biases = parameters_.bias.data();
    if (!hasAllRows()) {
      gatherRows(output.data(), output.stride(), output.columns(), active_.data(), rows_, activeRows_.data(),
                 hidden_.stride(), stream);
      gatherRows(biases, 1, 1, active_.data(), rows_, activeBiases_.data(), 1, stream);
      rows = {activeRows_.data(), hidden_.stride(), static_cast<uint32_t>(rows_)};
      biases = activeBiases_.data();
    }
    const float share = 1.0F / static_cast<float>(batch.size);
    const OwnTargets targets = {batch.targets, indexOf_.data()};
    shared_.score(
        batch.size, hidden_, rows, false,
        [&](const Logits& logits) {
          softmaxOverAll(logits, rows.count, biases, targets, share, losses_.data(), stream);
        },
        stream);
    return {losses_.data(), batch.size};
  }

  void update(const TokenBatch& batch, cudaStream_t stream) override {
    if (parameters_.isTied()) {
      const RowSteps others = {parameters_.input.optimized(batch.rows.rule), batch.rows, batch.stopped};
      hidden_.addRows(batch, AddToOutput{shared_.rowGradients(), hidden_.stride(), indexOf_.data(), others}, stream);
    }
    const RowSteps steps = {parameters_.output().optimized(batch.dense.rule), batch.dense, batch.stopped};
    stepDense(steps, {shared_.rowGradients(), hidden_.stride(), active_.data(), rows_}, hidden_.columns(), stream);
    const RowSteps ofBias = {parameters_.optimizedBiases(batch.denseBias.rule), batch.denseBias, batch.stopped};
    stepDense(ofBias, {shared_.biasGradients(), 1, active_.data(), rows_}, 1, stream);
  }

 private:
  /// Room for batches of that size.
  void reserve(uint64_t size, cudaStream_t stream) {
    shared_.reserve(size, rows_, hidden_.columns(), stream);
    losses_.reserveIdle(size, stream);
    if (hasAllRows()) return;
    activeRows_.reserveIdle(rows_ * hidden_.stride(), stream);
    activeBiases_.reserveIdle((rows_ + 3) / 4 * 4, stream);
  }

  bool hasAllRows() const { return active_.size() == 0; }

  uint64_t rows_;  // that have a part
  DeviceArray<uint32_t> active_;
  DeviceArray<uint32_t> indexOf_;  // of a row among them
  DeviceArray<float> activeRows_;
  DeviceArray<float> activeBiases_;
  DeviceArray<double> losses_;
  SharedLogits shared_;
};

}  // namespace

std::unique_ptr<OutputLayer> makeFullSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden,
                                             const wm_backend_next_token& setup) {
  return std::make_unique<FullSoftmax>(parameters, hidden, setup);
}

}  // namespace wordmill::cuda
