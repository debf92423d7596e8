#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/job.h"
#include "sampling/random.h"
#include "train/hot_rows.h"
#include "train/window_model.h"

namespace wordmill {

/// Skip-gram and CBOW with negative sampling, hierarchical softmax, or both: lays windows over sentences and gives each
/// to one tile step.
class WindowWorker final : public BlockWorker {
 public:
  explicit WindowWorker(const WindowModel& model);
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override;

 private:
  /// One centre with its contexts and the output rows that it is trained against, drawn ahead of its turn so that
  /// the rows are near when it comes.
  struct Window {
    std::vector<uint32_t> contexts;     // rows, different ones in skip-gram
    std::vector<const float*> inputs;   // their vectors
    std::vector<float> multiplicities;  // how often each context occurs in the window
    std::vector<float*> outputs;        // different rows
    std::vector<float> signs;           // +1 target, -1 noise
    std::vector<float> weights;         // how often each was drawn
    uint32_t contextCount = 0;          // repetitions included
    bool weighted = false;              // some multiplicity or weight is not 1
  };

  void runSentence(RandomStream& random, float rate, UnitResult& result);
  void prepare(Window& window, size_t position, RandomStream& random);
  void addContexts(Window& window, size_t position, uint32_t reach);
  void addNegatives(Window& window, uint32_t centre, RandomStream& random);
  void addOutput(Window& window, float* row, float sign, float weight);
  double trainSkipGram(Window& window, float rate);
  double trainCbow(Window& window, float rate);
  /// signs and weights of all pairs of the step's inputs and outputs.
  void spreadPairs(const Window& window, uint32_t inputs, TileStep& step);

  const WindowModel& model_;
  const Kernels& kernel_;
  const bool skipGram_;
  const uint32_t columns_;
  float* const input_;
  const uint64_t stride_;
  std::vector<uint32_t> sentence_;
  std::vector<Window> windows_;
  HotRows hotNodes_;

  std::vector<float> pairSigns_;
  std::vector<float> pairWeights_;
  std::vector<float> ones_;
  std::vector<float> logits_;
  std::vector<float> hidden_;
  std::vector<float> hiddenGradient_;
  std::vector<float> inputGradients_;
  std::vector<float*> gradientRows_;
  std::vector<float*> inputRows_;
  std::vector<float> factors_;
};

}  // namespace wordmill
