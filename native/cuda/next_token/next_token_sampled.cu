#include "device/launch.h"
#include "device/noise.h"
#include "embedding/gather.h"
#include "embedding/row_steps.h"
#include "matrix/row_dot.h"
#include "next_token/next_token_output.h"
#include "next_token/shared_logits.h"
#include "next_token/softmax.h"

namespace wordmill::cuda {
namespace {

/// The streams of samples, apart from those of the order of tokens, as the engine has them.
constexpr uint64_t kSampleStream = 0x53414D504C45;
constexpr unsigned kWarpsOfBlock = 8;

/// Samples of the stream of that key, and what is added to their logits.
__global__ void __launch_bounds__(kThreadsForParts)
    drawSamples(uint64_t key, Noise noise, const float* biases, const float* expected, uint32_t count,
                uint32_t* samples, float* added) {
  const uint64_t i = threadForPart();
  if (i >= count) return;
  const uint32_t row = noise.draw(draw(key, i));
  samples[i] = row;
  added[i] = biases[row] - expected[row];
}

struct Matrix {
  const float* values;
  uint64_t stride;
};

/// The logit of each target, by a warp each.
__global__ void __launch_bounds__(kWarpsOfBlock* kLanes)
    scoreTargets(Matrix hidden, Matrix output, const float* biases, const float* expected, const uint32_t* targets,
                 uint32_t size, uint32_t columns, float* logits) {
  const uint64_t example = warpOfGrid();
  if (example >= size) return;
  const uint32_t target = targets[example];
  const float product =
      dotOfRows(hidden.values + example * hidden.stride, output.values + target * output.stride, columns);
  if (lane() == 0) logits[example] = product + (biases[target] - expected[target]);
}

/// The part of the hidden vectors' gradients that comes from their targets.
template <typename Numbers>
__global__ void __launch_bounds__(kThreadsForParts)
    beginGradients(Matrix output, const uint32_t* targets, const float* gradients, uint32_t first, uint32_t size,
                   uint32_t parts, float* out, uint64_t outStride) {
  const uint64_t thread = threadForPart();
  const uint64_t i = thread / parts;
  const auto part = static_cast<uint32_t>(thread - i * parts);
  if (i >= size) return;
  const uint64_t example = first + i;
  partOf<Numbers>(out + example * outStride, part) =
      times(gradients[example], partOf<Numbers>(output.values + targets[example] * output.stride, part));
}

/// Gradients of rows by their place in a list: targets, samples, and with a tied output the contexts.
struct ListedGradients {
  template <typename Numbers>
  __device__ Numbers at(uint32_t place, uint32_t part) const {
    if (place < size) return times(ofTargets[place], partOf<Numbers>(hidden.values + place * hidden.stride, part));
    place -= size;
    if (place < count) return partOf<Numbers>(samples.values + place * samples.stride, part);
    return contexts.at<Numbers>(place - count, part);
  }

  uint32_t size;
  uint32_t count;
  const float* ofTargets;
  Matrix hidden;
  Matrix samples;
  ContextGradients contexts;
};

/// Those of their biases.
struct ListedBiasGradients {
  template <typename Numbers>
  __device__ Numbers at(uint32_t place, uint32_t) const {
    return place < size ? ofTargets[place] : ofSamples[place - size];
  }

  uint32_t size;
  const float* ofTargets;
  const float* ofSamples;
};

class SampledSoftmax final : public OutputLayer {
 public:
  SampledSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden, const wm_backend_next_token& setup)
      : OutputLayer(parameters, hidden),
        seed_(setup.options->seed),
        samples_(setup.options->samples),
        contextSize_(setup.options->context_size),
        noise_(setup.noise),
        expected_(copyToDevice(setup.expected, setup.noise.rows)) {}

  Losses score(const TokenBatch& batch, cudaStream_t stream) override {
    reserve(batch.size, stream);
    makeList(batch, stream);
    const TrainedRows& output = parameters_.output();
    const Matrix outputs = {output.data(), output.stride()};
    const auto columns = static_cast<uint32_t>(hidden_.columns());
    gatherRows(output.data(), output.stride(), columns, list_.data() + batch.size, samples_, sampleRows_.data(),
               hidden_.stride(), stream);
    launch(scoreTargets, (batch.size + kWarpsOfBlock - 1) / kWarpsOfBlock, kWarpsOfBlock * kLanes, 0, stream,
           hiddenVectors(), outputs, parameters_.bias.data(), expected_.data(), batch.targets, batch.size, columns,
           targetLogits_.data());
    const SharedRows rows = {sampleRows_.data(), hidden_.stride(), samples_};
    const float share = 1.0F / static_cast<float>(batch.size);
    const SampledTargets targets = {batch.targets, list_.data() + batch.size, targetLogits_.data(),
                                    targetGradients_.data()};
    shared_.score(
        batch.size, hidden_, rows, true,
        [&](const Logits& logits) {
          softmaxOverSamples(logits, samples_, sampleBiases_.data(), targets, share, losses_.data(), stream);
          byNumbers(
              [&](auto numbers) {
                using Numbers = decltype(numbers);
                const uint32_t parts = columns / kNumbersOf<Numbers>;
                launch(beginGradients<Numbers>, blocksForParts(uint64_t{logits.examples} * parts), kThreadsForParts, 0,
                       stream, outputs, batch.targets, targetGradients_.data(), logits.first, logits.examples, parts,
                       hidden_.gradient(), hidden_.stride());
              },
              columns);
        },
        stream);
    return {losses_.data(), batch.size};
  }

  void update(const TokenBatch& batch, cudaStream_t stream) override {
    TrainedRows& output = parameters_.output();
    const uint64_t outputs = uint64_t{batch.size} + samples_;
    const uint64_t contexts = parameters_.isTied() ? uint64_t{batch.size} * batch.contextSize : 0;

    const RowSteps ofBias = {parameters_.optimizedBiases(batch.rowsBias.rule), batch.rowsBias, batch.stopped};
    const ListedBiasGradients biases = {batch.size, targetGradients_.data(), shared_.biasGradients()};
    SortedPositions list = sorter_.sort(list_.data(), outputs, output.rows(), stream);
    sums_.add<float>(list, 1, biases, ofBias, stream);

    if (contexts > 0) list = sorter_.sort(list_.data(), outputs + contexts, output.rows(), stream);
    const RowSteps steps = {output.optimized(batch.rows.rule), batch.rows, batch.stopped};
    const ListedGradients gradients = {batch.size,
                                       samples_,
                                       targetGradients_.data(),
                                       hiddenVectors(),
                                       {shared_.rowGradients(), hidden_.stride()},
                                       hidden_.contextGradients(batch)};
    byNumbers([&](auto numbers) { sums_.add<decltype(numbers)>(list, hidden_.columns(), gradients, steps, stream); },
              hidden_.columns());
  }

 private:
  /// Room for batches of that size.
  void reserve(uint64_t size, cudaStream_t stream) {
    shared_.reserve(size, samples_, hidden_.columns(), stream);
    const uint64_t contexts = parameters_.isTied() ? size * contextSize_ : 0;
    list_.reserveIdle(size + samples_ + contexts, stream);
    sampleRows_.reserveIdle(samples_ * hidden_.stride(), stream);
    sampleBiases_.reserveIdle((samples_ + 3) / 4 * 4, stream);
    targetLogits_.reserveIdle(size, stream);
    targetGradients_.reserveIdle(size, stream);
    losses_.reserveIdle(size, stream);
  }

  Matrix hiddenVectors() const { return {hidden_.hidden(), hidden_.stride()}; }

  /// The rows that have a gradient: targets, then samples, then with a tied output the contexts.
  void makeList(const TokenBatch& batch, cudaStream_t stream) {
    const auto append = [&](uint64_t at, const uint32_t* rows, uint64_t count) {
      check(cudaMemcpyAsync(list_.data() + at, rows, count * sizeof(uint32_t), cudaMemcpyDeviceToDevice, stream),
            "to copy a batch");
    };
    append(0, batch.targets, batch.size);
    launch(drawSamples, blocksForParts(samples_), kThreadsForParts, 0, stream,
           randomAt(seed_, kSampleStream, batch.number), noise_.get(), parameters_.bias.data(), expected_.data(),
           samples_, list_.data() + batch.size, sampleBiases_.data());
    if (parameters_.isTied()) {
      append(uint64_t{batch.size} + samples_, batch.contexts, uint64_t{batch.size} * batch.contextSize);
    }
  }

  const uint64_t seed_;
  const uint32_t samples_;
  const uint32_t contextSize_;
  const DeviceNoise noise_;
  const DeviceArray<float> expected_;
  DeviceArray<uint32_t> list_;
  DeviceArray<float> sampleRows_;
  DeviceArray<float> sampleBiases_;
  DeviceArray<float> targetLogits_;
  DeviceArray<float> targetGradients_;
  DeviceArray<double> losses_;
  SharedLogits shared_;
  PositionSorter sorter_;
  RowSums sums_;
};

}  // namespace

std::unique_ptr<OutputLayer> makeSampledSoftmax(NextTokenParameters& parameters, HiddenLayer& hidden,
                                                const wm_backend_next_token& setup) {
  return std::make_unique<SampledSoftmax>(parameters, hidden, setup);
}

}  // namespace wordmill::cuda
