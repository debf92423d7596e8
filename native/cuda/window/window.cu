#include "window/window.h"

#include <algorithm>
#include <vector>

#include "device/launch.h"
#include "window/contexts.h"
#include "window/hot_nodes.h"
#include "window/window_parameters.h"

namespace wordmill::cuda {

extern template WindowKernel windowKernel<1>(WindowKind);
extern template WindowKernel windowKernel<2>(WindowKind);
extern template WindowKernel windowKernel<3>(WindowKind);
extern template WindowKernel windowKernel<4>(WindowKind);
extern template WindowKernel windowKernel<8>(WindowKind);

namespace {

/// A text keeps one warp busy for each so many of its words. Warps do not see what others learn at the same moment, so
/// with more of them than a short text bears, accuracy falls. In the emulator a warp for each 5,300 words cost nothing
/// that stood out of the noise (benchmarks/NOTES.md).
constexpr uint64_t kWordsPerWarp = 8192;
/// Nodes near the root that are kept in shared memory, at most, and the share of it that they may take.
constexpr uint64_t kHotNodes = 32;
constexpr size_t kShareOfHotNodes = 4;
/// Warps do not see what others are just learning. Where the learning rates of the steps that they make from the same
/// state of a row sum up to more than this, each adds less, towards the mean of what they learn instead of its sum, as
/// with models that are averaged now and then: the sum overshoots, and with frequent words it diverges. The bound comes
/// from the emulator with 256 to 1,856 warps taking turns (benchmarks/NOTES.md).
constexpr float kMostRate = 4.0F;
constexpr uint64_t kMostColumns = 1024;

/// Keeps a word when 32 random bits are not above its threshold; a warp for a sentence.
__global__ void keepWords(const uint32_t* words, const uint32_t* starts, uint32_t sentences, const uint32_t* thresholds,
                          uint64_t key, uint32_t* kept, uint32_t* counts) {
  for (uint64_t s = warpOfGrid(); s < sentences; s += warpsOfGrid()) {
    const uint32_t begin = starts[s];
    const uint32_t end = starts[s + 1];
    uint32_t count = 0;
    for (uint32_t base = begin; base < end; base += kLanes) {
      const uint32_t i = base + lane();
      const uint32_t word = i < end ? words[i] : 0;
      const bool keeps = i < end && static_cast<uint32_t>(draw(key, i) >> 32U) <= __ldg(thresholds + word);
      const unsigned keepers = __ballot_sync(kAllLanes, keeps);
      const unsigned before = keepers & ((1U << lane()) - 1);
      if (keeps) kept[begin + count + static_cast<uint32_t>(__popc(before))] = word;
      count += static_cast<uint32_t>(__popc(keepers));
    }
    if (lane() == 0) counts[s] = count;
  }
}

WindowKernel kernelFor(uint64_t columns, WindowKind kind) {
  const unsigned parts = partsOf(columns);
  if (parts <= 1) return windowKernel<1>(kind);
  if (parts <= 2) return windowKernel<2>(kind);
  if (parts <= 3) return windowKernel<3>(kind);
  if (parts <= 4) return windowKernel<4>(kind);
  return windowKernel<8>(kind);
}

class WindowTraining final : public wm_backend_training {
 public:
  WindowTraining(const wm_backend_device& device, const wm_backend_window& setup)
      : wm_backend_training(device),
        seed_(setup.options->seed),
        input_(setup.input),
        output_(setup.output),
        tree_(setup.tree),
        locks_(copyToDevice(setup.locks, setup.input.rows)),
        wordStarts_(copyToDevice(setup.word_starts, setup.words + 1)),
        wordRows_(copyToDevice(setup.word_rows, setup.word_starts != nullptr ? setup.word_starts[setup.words] : 0)),
        keep_(copyToDevice(setup.keep, setup.words)),
        inputUses_(copyToDevice(setup.input_uses, setup.input.rows)),
        outputUses_(copyToDevice(setup.output_uses, setup.words)),
        outputs_(static_cast<float>(setup.mean_outputs)),
        noise_(setup.noise),
        paths_(setup.paths),
        nextPiece_(1) {
    const wm_window_options& options = *setup.options;
    p_.input = input_.data();
    p_.output = output_.data();
    p_.tree = tree_.data();
    p_.columns = static_cast<uint32_t>((input_.columns() + 3) / 4 * 4);
    p_.stride = input_.stride();
    p_.locks = locks_.data();
    p_.wordStarts = wordStarts_.data();
    p_.wordRows = wordRows_.data();
    p_.inputUses = inputUses_.data();
    p_.outputUses = outputUses_.data();
    p_.noise = noise_.get();
    p_.negatives = output_.exists() ? options.negative_samples : 0;
    p_.paths = paths_.get();
    p_.treeRows = static_cast<uint32_t>(tree_.rows());
    p_.windowSize = options.window_size;
    p_.dynamicWindow = options.dynamic_window != 0;
    p_.mean = options.mean != 0;
    const bool skipGram = options.architecture == WM_SKIP_GRAM;
    kind_ = !skipGram                ? WindowKind::kCbow
            : wordStarts_.size() > 0 ? WindowKind::kSubwordSkipGram
                                     : WindowKind::kSkipGram;
    kernel_ = kernelFor(p_.columns, kind_);
    planSharedMemory();
    reserveBlocks(setup.block_words, setup.block_sentences);
    const uint64_t warps = std::max<uint64_t>(1, setup.tokens / kWordsPerWarp);
    mostBlocks_ = std::min((warps + kWarpsOfWindowBlock - 1) / kWarpsOfWindowBlock,
                           residentBlocks(kernel_, device.multiprocessors, kThreads, sharedBytes_));
  }

  void submit(const wm_backend_sentences& block) {
    const uint64_t words = block.starts[block.sentences];
    cutPieces(block);
    Slot& slot = takeSlot(blockBytes(words, block.sentences, pieces_.size()), kArrays);
    const uint32_t* const all = slot.put(block.words, words);
    const uint32_t* const starts = slot.put(block.starts, block.sentences + 1);
    const Piece* const pieces = slot.put(pieces_.data(), pieces_.size());
    const uint32_t* const lengths = slot.put(lengths_.data(), block.sentences);
    send(slot);

    WindowBlock b{};
    b.words = all;
    b.kept = lengths;
    if (keep_.size() > 0) {
      launch(keepWords, keepBlocks(block.sentences), kThreads, 0, stream(), all, starts,
             static_cast<uint32_t>(block.sentences), keep_.data(), randomAt(seed_, block.number, kKeeping),
             kept_.data(), keptCounts_.data());
      b.words = kept_.data();
      b.kept = keptCounts_.data();
    }
    b.starts = starts;
    b.pieces = pieces;
    b.pieceCount = static_cast<uint32_t>(pieces_.size());
    b.nextPiece = nextPiece_.data();
    b.windowKey = randomAt(seed_, block.number, kWindows);
    b.noiseKey = randomAt(~seed_, block.number, kWindows);
    b.rate = block.rate;
    b.ratePerWord = words > 0 ? (block.rate_after - block.rate) / static_cast<float>(words) : 0.0F;
    b.cancelled = cancelFlag();
    b.sums = slot.sums.data();
    check(cudaMemsetAsync(nextPiece_.data(), 0, sizeof(uint32_t), stream()), "to clear memory");
    const uint64_t needed = (pieces_.size() + kWarpsOfWindowBlock - 1) / kWarpsOfWindowBlock;
    const uint64_t blocks = std::min(mostBlocks_, needed);
    limitUnseenSteps(b, blocks);
    launch(kernel_, blocks, kThreads, sharedBytes_, stream(), p_, b);
    finish(slot);
  }

 private:
  static constexpr unsigned kThreads = kWarpsOfWindowBlock * kLanes;
  /// Coordinates of random streams.
  static constexpr uint64_t kKeeping = 0, kWindows = 1;

  static constexpr unsigned kArrays = 4;
  static uint64_t blockBytes(uint64_t words, uint64_t sentences, uint64_t pieces) {
    return (words + 2 * sentences + 1) * sizeof(uint32_t) + pieces * sizeof(Piece);
  }

  /// How much of what is learned is added, so that the steps which others do not see do not sum up to too much. The few
  /// warps of one block are no more than the threads of a processor.
  void limitUnseenSteps(WindowBlock& b, uint64_t blocks) const {
    const auto others = static_cast<float>((blocks - 1) * kWarpsOfWindowBlock);
    const auto contexts = static_cast<float>(p_.dynamicWindow ? p_.windowSize + 1 : 2 * p_.windowSize);
    const float stepsOfOutput = kind_ == WindowKind::kCbow ? 1.0F : contexts;
    // A row in the ring learns from all centres within its reach before it leaves: half of them on average.
    const float centres = p_.ring ? static_cast<float>(p_.windowSize) : 1.0F;
    const float most = kMostRate / (b.rate * others);  // infinite without others
    b.mostInputUses = most / (contexts * outputs_ * centres);
    b.mostOutputUses = most / stepsOfOutput;
    // The root is used by every centre.
    b.hotShare = std::min(1.0F, most / (HotNodes::kWindowsPerPass * stepsOfOutput));
  }

  void reserveBlocks(uint64_t words, uint64_t sentences) {
    reserveSlots(blockBytes(words, sentences, words / kCentresOfPiece + sentences), kArrays);
    if (keep_.size() == 0) return;
    kept_.reserve(words);
    keptCounts_.reserve(sentences);
    mostKeepBlocks_ = residentBlocks(keepWords, device().multiprocessors, kThreads, 0);
  }

  uint64_t keepBlocks(uint64_t sentences) const {
    return std::min((sentences + kWarpsOfWindowBlock - 1) / kWarpsOfWindowBlock, mostKeepBlocks_);
  }

  /// The ring is worth its memory where all warps of a block find room; a wide window of long rows does without.
  void planSharedMemory() {
    const size_t most = device().sharedBytes;
    const size_t rowBytes = p_.stride * sizeof(float);
    if (p_.paths.starts != nullptr) {
      p_.hotNodes =
          static_cast<uint32_t>(std::min<uint64_t>({kHotNodes, p_.treeRows, most / kShareOfHotNodes / (2 * rowBytes)}));
    }
    const size_t hotBytes = HotNodes::floats(p_) * sizeof(float);
    const size_t ringBytes = kWarpsOfWindowBlock * 2 * size_t{ringSlots(p_)} * rowBytes;
    p_.ring = kind_ != WindowKind::kSubwordSkipGram && hotBytes + ringBytes <= most;
    sharedBytes_ = hotBytes + (p_.ring ? ringBytes : 0);
  }

  /// Before subsampling: pieces behind the words that were kept are empty.
  void cutPieces(const wm_backend_sentences& block) {
    pieces_.clear();
    lengths_.clear();
    for (uint32_t s = 0; s < block.sentences; ++s) {
      const uint32_t length = block.starts[s + 1] - block.starts[s];
      lengths_.push_back(length);
      for (uint32_t first = 0; first < length; first += kCentresOfPiece) pieces_.push_back({s, first});
    }
  }

  void readWeights() override {
    input_.read();
    output_.read();
    tree_.read();
  }

  const uint64_t seed_;
  const DeviceRows input_;
  const DeviceRows output_;
  const DeviceRows tree_;
  const DeviceArray<float> locks_;
  const DeviceArray<uint64_t> wordStarts_;
  const DeviceArray<uint32_t> wordRows_;
  const DeviceArray<uint32_t> keep_;
  const DeviceArray<float> inputUses_;
  const DeviceArray<float> outputUses_;
  const float outputs_;
  const DeviceNoise noise_;
  const DevicePaths paths_;
  DeviceArray<uint32_t> nextPiece_;
  DeviceArray<uint32_t> kept_;
  DeviceArray<uint32_t> keptCounts_;
  WindowParameters p_{};
  WindowKind kind_ = WindowKind::kSkipGram;
  WindowKernel kernel_ = nullptr;
  size_t sharedBytes_ = 0;
  uint64_t mostBlocks_ = 1;
  uint64_t mostKeepBlocks_ = 1;
  std::vector<Piece> pieces_;
  std::vector<uint32_t> lengths_;
};

}  // namespace

wm_backend_training* beginWindow(const wm_backend_device& device, const wm_backend_window& setup) {
  if (setup.input.columns > kMostColumns) {
    throw DeviceError(WM_ERR_UNSUPPORTED,
                      "vectors of more than 1024 numbers are trained on the processor only; choose "
                      "a smaller vectorSize or device 'cpu'");
  }
  return new WindowTraining(device, setup);
}

void submitWindow(wm_backend_training& training, const wm_backend_sentences& block) {
  static_cast<WindowTraining&>(training).submit(block);
}

}  // namespace wordmill::cuda
