#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/job.h"
#include "sampling/random.h"
#include "train/hot_rows.h"
#include "train/noise_source.h"
#include "train/window_model.h"

namespace wordmill {

/// Skip-gram and CBOW with negative sampling, hierarchical softmax, or both: lays windows over sentences and gives each
/// to one tile step.
class WindowWorker final : public BlockWorker {
 public:
  explicit WindowWorker(const WindowModel& model);
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override;

 private:
  /// A centre's reach and the output rows that it is trained against, drawn ahead of its turn so that the rows are
  /// near when it comes.
  struct Window {
    size_t first;  // positions first .. last of the sentence, the centre among them
    size_t last;
    std::vector<float*> outputs;  // different rows
    std::vector<float> signs;     // +1 target, -1 noise
    std::vector<float> weights;   // how often each was drawn
    uint32_t outputCount;
    bool plain;  // the centre against all its negatives, each of weight 1
  };

  void beginSentence();
  void trainSentence(RandomStream& random, float rate, UnitResult& result);
  void prepare(Window& window, size_t position, RandomStream& random);
  void addNegatives(Window& window, uint32_t centre);
  void addPath(Window& window, uint32_t centre);
  double trainSkipGram(const Window& window, size_t position, float rate);
  double trainCbow(const Window& window, size_t position, float rate);
  /// Fills in what all steps share, for one bundle of inputs of the given multiplicities (nullptr: all 1).
  TileStep makeStep(const Window& window, uint32_t inputs, const float* multiplicities, float rate);
  /// The rows of all contexts in order; returns their number, and whether some word stands twice.
  uint32_t collectContexts(const Window& window, size_t position, bool& repeated);
  void addToInputs(uint32_t count, const float* delta);

  const WindowModel& model_;
  const Kernels& kernel_;
  const bool skipGram_;
  const uint32_t columns_;
  const uint64_t stride_;
  float* const input_;
  NoiseSource noise_;
  HotRows hotNodes_;
  std::vector<Window> windows_;

  std::vector<const float*> upcoming_;  // rows of the window drawn last
  uint32_t upcomingCount_ = 0;

  std::vector<uint32_t> sentence_;
  std::vector<float*> sentenceRows_;
  std::vector<size_t> previousSame_;  // 1 + the last position of the same word within reach, or 0

  std::vector<float*> contexts_;
  std::vector<float> multiplicities_;
  std::vector<float> plainSigns_;
  std::vector<float> ones_;
  std::vector<float> pairSigns_;
  std::vector<float> pairWeights_;
  std::vector<float> logits_;
  std::vector<float> hidden_;
  std::vector<float> gradients_;
  std::vector<float*> gradientRows_;
};

}  // namespace wordmill
