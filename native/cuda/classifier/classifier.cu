#include "classifier/classifier.h"

#include <algorithm>
#include <cmath>

#include "classifier/example_trainer.h"
#include "device/launch.h"

namespace wordmill::cuda {
namespace {

/// Examples that are worked on at the same time do not see what is learned from the others, and too many of them step
/// over the mark together. How many that are depends on the learning rate, so the sum of theirs is bounded. In the
/// emulator, with blocks taking turns on the questions of cooking.stackexchange (735 labels) and on two labels made of
/// them, these sums cost nothing; softmax diverges at 32, trees at 64. One-vs-all, where all labels have a gradient for
/// every example, diverges at 32 with two labels and at 2 with 735.
constexpr float kRateOfSoftmax = 8.0F;
constexpr float kRateOfFewOutputs = 4.0F;
constexpr float kRateOfOneVsAll = 8.0F;  // divided by the root of the number of labels
/// At most one of so many examples of an epoch is worked on at the same time.
constexpr uint64_t kExamplesPerBlock = 64;
/// Warps that share an example: as many as its outputs keep busy.
constexpr uint64_t kLeastWarps = 4;
constexpr uint64_t kMostWarps = 16;
constexpr uint64_t kOutputsPerWarp = 8;
/// More logits than that wait in the device's memory, and take at most so much of it.
constexpr uint64_t kLogitsInShared = 8192;
constexpr uint64_t kLogitsInMemory = uint64_t{1} << 26U;
/// Examples between two looks at the flag, which is far away.
constexpr uint32_t kExamplesPerLook = 16;

__global__ void __launch_bounds__(kMostWarps* kLanes) trainExamples(ClassifierParameters p, ClassifierBlock b) {
  ExampleTrainer trainer(p, b, sharedMemory<float>());
  double loss = 0.0;
  unsigned long long examples = 0;
  for (uint32_t example = blockIdx.x; example < b.examples; example += gridDim.x) {
    if (examples % kExamplesPerLook == 0 && trainer.isCancelled()) break;
    loss += trainer.train(example);
    ++examples;
  }
  if (threadIdx.x == 0) {
    atomicAdd(&b.sums->loss, loss);
    atomicAdd(&b.sums->examples, examples);
  }
}

uint64_t longestPath(const wm_backend_tree& paths) {
  uint64_t longest = 0;
  for (uint64_t row = 0; row < paths.rows; ++row)
    longest = std::max(longest, paths.starts[row + 1] - paths.starts[row]);
  return longest;
}

class ClassifierTraining final : public wm_backend_training {
 public:
  ClassifierTraining(const wm_backend_device& device, const wm_backend_classifier& setup)
      : wm_backend_training(device),
        seed_(setup.options->seed),
        input_(setup.input),
        output_(setup.output),
        noise_(setup.noise),
        paths_(setup.paths) {
    p_.input = input_.data();
    p_.output = output_.data();
    p_.columns = static_cast<uint32_t>((input_.columns() + 3) / 4 * 4);
    p_.stride = input_.stride();
    p_.objective = setup.options->objective;
    p_.labels = static_cast<uint32_t>(setup.labels);
    p_.noise = noise_.get();
    p_.negatives = p_.objective == WM_NEGATIVE_SAMPLING ? setup.options->negative_samples : 0;
    p_.paths = paths_.get();
    p_.mostOutputs = static_cast<uint32_t>(p_.takesAllLabels()    ? setup.labels
                                           : setup.paths.rows > 0 ? longestPath(setup.paths)
                                                                  : 1 + p_.negatives);
    plan(setup.examples);
    reserveSlots(blockBytes(setup.block_examples, setup.block_values), kArrays);
  }

  void submit(const wm_backend_examples& block) {
    const uint64_t rows = block.row_starts[block.examples];
    const uint64_t labels = block.label_starts[block.examples];
    Slot& slot = takeSlot(blockBytes(block.examples, rows + labels), kArrays);
    ClassifierBlock b{};
    b.rows = slot.put(block.rows, rows);
    b.rowStarts = slot.put(block.row_starts, block.examples + 1);
    b.labels = slot.put(block.labels, labels);
    b.labelStarts = slot.put(block.label_starts, block.examples + 1);
    send(slot);
    b.examples = static_cast<uint32_t>(block.examples);
    b.labelKey = randomAt(seed_, block.number, 0);
    b.noiseKey = randomAt(~seed_, block.number, 0);
    b.rate = block.rate;
    b.ratePerExample = (block.rate_after - block.rate) / static_cast<float>(std::max<uint64_t>(1, block.examples));
    b.cancelled = cancelFlag();
    b.sums = slot.sums.data();
    launch(trainExamples, std::min(blocksFor(block.rate), block.examples), threads_, sharedBytes_, stream(), p_, b);
    finish(slot);
  }

 private:
  static constexpr unsigned kArrays = 4;
  static uint64_t blockBytes(uint64_t examples, uint64_t values) {
    return (values + 2 * (examples + 1)) * sizeof(uint32_t);
  }

  void plan(uint64_t examples) {
    const uint64_t warps =
        std::clamp((p_.mostOutputs + kOutputsPerWarp - 1) / kOutputsPerWarp, kLeastWarps, kMostWarps);
    threads_ = static_cast<unsigned>(warps * kLanes);
    p_.logitsInShared = p_.mostOutputs <= kLogitsInShared;
    sharedBytes_ = ExampleTrainer::floats(p_, static_cast<unsigned>(warps)) * sizeof(float);
    if (sharedBytes_ > device().sharedBytes) {
      throw DeviceError(WM_ERR_UNSUPPORTED,
                        "vectors of so many numbers do not fit a multiprocessor of this device; choose a smaller "
                        "vectorSize or device 'cpu'");
    }
    mostBlocks_ = std::min(residentBlocks(trainExamples, device().multiprocessors, threads_, sharedBytes_),
                           std::max<uint64_t>(1, examples / kExamplesPerBlock));
    if (p_.logitsInShared) return;
    mostBlocks_ = std::min(mostBlocks_, std::max<uint64_t>(1, kLogitsInMemory / p_.mostOutputs));
    scratch_ = DeviceArray<float>(mostBlocks_ * p_.mostOutputs);
    p_.scratch = scratch_.data();
  }

  float mostRate() const {
    if (p_.objective == WM_FULL_SOFTMAX) return kRateOfSoftmax;
    if (p_.objective == WM_ONE_VS_ALL) return kRateOfOneVsAll / std::sqrt(static_cast<float>(p_.labels));
    return kRateOfFewOutputs;
  }

  uint64_t blocksFor(float rate) const {
    if (rate * static_cast<float>(mostBlocks_) <= mostRate()) return mostBlocks_;
    return std::max<uint64_t>(1, static_cast<uint64_t>(mostRate() / rate));
  }

  void readWeights() override {
    input_.read();
    output_.read();
  }

  const uint64_t seed_;
  const DeviceRows input_;
  const DeviceRows output_;
  const DeviceNoise noise_;
  const DevicePaths paths_;
  DeviceArray<float> scratch_;
  ClassifierParameters p_{};
  unsigned threads_ = 0;
  size_t sharedBytes_ = 0;
  uint64_t mostBlocks_ = 1;
};

}  // namespace

wm_backend_training* beginClassifier(const wm_backend_device& device, const wm_backend_classifier& setup) {
  return new ClassifierTraining(device, setup);
}

void submitClassifier(wm_backend_training& training, const wm_backend_examples& block) {
  static_cast<ClassifierTraining&>(training).submit(block);
}

}  // namespace wordmill::cuda
