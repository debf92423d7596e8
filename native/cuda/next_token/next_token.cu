#include "next_token/next_token.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <vector>

#include "device/launch.h"
#include "next_token/next_token_batch.h"
#include "next_token/next_token_hidden.h"
#include "next_token/next_token_output.h"

namespace wordmill::cuda {
namespace {

constexpr unsigned kThreads = 256;

/// Adds the losses of a step in an order of its own, by one block. A step whose loss is no number, or whose training
/// was cancelled, is not made, and neither are those after it.
__global__ void __launch_bounds__(kThreads)
    concludeStep(Losses losses, uint32_t examples, const volatile int* cancelled, int* stopped, BlockSums* sums) {
  auto* const ofThreads = sharedMemory<double>();
  double loss = 0.0;
  for (uint64_t i = threadIdx.x; i < losses.count; i += kThreads) loss += losses.values[i];
  ofThreads[threadIdx.x] = loss;
  for (unsigned half = kThreads / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) ofThreads[threadIdx.x] += ofThreads[threadIdx.x + half];
  }
  if (threadIdx.x > 0 || *stopped != 0) return;
  loss = ofThreads[0];
  if (*cancelled != 0) {
    *stopped = 1;
    return;
  }
  sums->loss += loss;
  sums->examples += examples;
  if (!(fabs(loss) <= DBL_MAX)) *stopped = 1;
}

/// The rule of a wm_backend_step that the engine makes of an optimiser.
int32_t ruleOf(const wm_optimizer_options& optimizer) {
  switch (optimizer.rule) {
    case WM_SGD:
      return optimizer.momentum > 0.0 ? kMomentum : kPlain;
    case WM_ADAGRAD:
      return kAdaGrad;
    default:
      return kAdam;
  }
}

std::unique_ptr<OutputLayer> makeOutput(NextTokenParameters& parameters, HiddenLayer& hidden,
                                        const wm_backend_next_token& setup) {
  switch (setup.options->objective) {
    case WM_NEXT_TOKEN_SOFTMAX:
      return makeFullSoftmax(parameters, hidden, setup);
    case WM_NEXT_TOKEN_TREE:
      return makeTreeSoftmax(parameters, hidden, setup);
    default:
      return makeSampledSoftmax(parameters, hidden, setup);
  }
}

class NextTokenTraining final : public wm_backend_training {
 public:
  NextTokenTraining(const wm_backend_device& device, const wm_backend_next_token& setup)
      : wm_backend_training(device),
        contextSize_(setup.options->context_size),
        parameters_(setup),
        hidden_(parameters_, *setup.options),
        output_(makeOutput(parameters_, hidden_, setup)) {
    if (setup.paths.rows > 0) pathStarts_.assign(setup.paths.starts, setup.paths.starts + setup.paths.rows + 1);
    for (TrainedRows* rows : {&parameters_.input, &parameters_.map, &parameters_.ownOutput, &parameters_.bias}) {
      rows->optimized(ruleOf(setup.options->optimizer));
    }
    reserveSlots(bytesOf(setup.batches * setup.options->batch_size), arraysOf(setup.batches));
    rehearse(setup);
  }

  void submit(const wm_backend_batch* batches, uint64_t count) {
    uint64_t tokens = 0;
    for (uint64_t i = 0; i < count; ++i) tokens += batches[i].size;
    Slot& slot = takeSlot(bytesOf(tokens), arraysOf(count));
    std::vector<TokenBatch> onDevice;
    for (uint64_t i = 0; i < count; ++i) onDevice.push_back(put(slot, batches[i]));
    send(slot);
    for (const TokenBatch& batch : onDevice) {
      if (!isCancelled()) step(batch, slot.sums.data());
    }
    finish(slot);
  }

 private:
  uint64_t bytesOf(uint64_t tokens) const { return tokens * (1 + contextSize_) * sizeof(uint32_t); }
  static unsigned arraysOf(uint64_t batches) { return static_cast<unsigned>(2 * batches); }

  /// A step that changes nothing, of the largest batch, for which all memory is taken: that it is too little is found
  /// out before the training begins.
  void rehearse(const wm_backend_next_token& setup) {
    setStopped(1);
    const uint64_t size = setup.options->batch_size;
    const std::vector<uint32_t> targets(size, setup.active_rows != nullptr ? setup.active_rows[0] : 0);
    const std::vector<uint32_t> contexts(size * contextSize_, kNoToken);
    wm_backend_batch batch{};
    batch.targets = targets.data();
    batch.contexts = contexts.data();
    batch.size = size;
    for (wm_backend_step* step : {&batch.dense, &batch.rows, &batch.dense_bias, &batch.rows_bias}) {
      step->rule = ruleOf(setup.options->optimizer);
    }
    Slot& slot = takeSlot(bytesOf(size), arraysOf(1));
    TokenBatch onDevice = put(slot, batch);
    for (size_t i = 1; i < pathStarts_.size(); ++i) {
      onDevice.longestPath = std::max(onDevice.longestPath, static_cast<uint32_t>(pathStarts_[i] - pathStarts_[i - 1]));
    }
    send(slot);
    step(onDevice, slot.sums.data());
    check(cudaStreamSynchronize(stream()), "to rehearse a step");
    setStopped(0);
  }

  void setStopped(int value) {
    check(cudaMemcpy(stopped_.data(), &value, sizeof(int), cudaMemcpyHostToDevice), "to take its data");
    finishCopies();
  }

  TokenBatch put(Slot& slot, const wm_backend_batch& batch) {
    TokenBatch out{};
    out.targets = slot.put(batch.targets, batch.size);
    out.contexts = slot.put(batch.contexts, batch.size * contextSize_);
    out.size = static_cast<uint32_t>(batch.size);
    out.contextSize = contextSize_;
    out.number = batch.number;
    for (uint64_t i = 0; i < batch.size && !pathStarts_.empty(); ++i) {
      const uint32_t target = batch.targets[i];
      const auto length = static_cast<uint32_t>(pathStarts_[target + 1] - pathStarts_[target]);
      out.longestPath = std::max(out.longestPath, length);
    }
    out.dense = batch.dense;
    out.rows = batch.rows;
    out.denseBias = batch.dense_bias;
    out.rowsBias = batch.rows_bias;
    out.stopped = stopped_.data();
    return out;
  }

  void step(const TokenBatch& batch, BlockSums* sums) {
    hidden_.forward(batch, stream());
    const Losses losses = output_->score(batch, stream());
    hidden_.backward(batch, stream());
    launch(concludeStep, 1, kThreads, kThreads * sizeof(double), stream(), losses, batch.size, cancelFlag(),
           stopped_.data(), sums);
    output_->update(batch, stream());
    hidden_.updateMap(batch, stream());
    // Rows that are tied are the output's: each is stepped once.
    if (!parameters_.isTied()) hidden_.updateInput(batch, stream());
  }

  void readWeights() override {
    for (const TrainedRows* rows : {&parameters_.input, &parameters_.map, &parameters_.ownOutput, &parameters_.bias}) {
      rows->read();
    }
  }

  const uint32_t contextSize_;
  NextTokenParameters parameters_;
  HiddenLayer hidden_;
  const std::unique_ptr<OutputLayer> output_;
  std::vector<uint64_t> pathStarts_;
  DeviceArray<int> stopped_{1};
};

}  // namespace

wm_backend_training* beginNextToken(const wm_backend_device& device, const wm_backend_next_token& setup) {
  return new NextTokenTraining(device, setup);
}

void submitNextToken(wm_backend_training& training, const wm_backend_batch* batches, uint64_t count) {
  static_cast<NextTokenTraining&>(training).submit(batches, count);
}

}  // namespace wordmill::cuda
