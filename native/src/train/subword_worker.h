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

/// Skip-gram and CBOW where a word is the mean of its own row and its n-grams' (Bojanowski et al. 2017), with negative
/// sampling, hierarchical softmax, or both. A word has dozens of rows, so they are read once and written once for all
/// that is learned while the word is in use: as the centre in skip-gram, as a context in CBOW.
class SubwordWorker final : public BlockWorker {
 public:
  explicit SubwordWorker(const WindowModel& model);
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override;

 private:
  /// Rows that one word is the mean of.
  struct Bag {
    std::vector<float*> rows;
    uint32_t count = 0;
  };
  /// Different output rows with a sign and a weight each.
  struct Outputs {
    std::vector<float*> rows;
    std::vector<float> signs;
    std::vector<float> weights;
    uint32_t count = 0;
  };
  /// What a position needs, drawn ahead of its turn so that the rows are near when it comes.
  struct Window {
    size_t first;  // positions first .. last of the sentence, the centre among them
    size_t last;
    Bag centre;       // skip-gram only
    Outputs sampled;  // negative sampling only
  };
  /// CBOW: a word while it is within reach of some centre.
  struct Context {
    Bag bag;
    std::vector<float> sum;       // of its rows as they are with what was learned since
    std::vector<float> gradient;  // what was learned since: owed to each of its rows
  };

  void trainSentence(RandomStream& random, float rate, UnitResult& result);
  void collect(Bag& bag, uint32_t word);
  void prepare(Window& window, size_t position, RandomStream& random);
  void drawSkipGram(Window& window, size_t position);
  void drawCbow(Window& window, size_t position);
  void addOutput(Outputs& outputs, uint32_t word, float sign, float weight);

  double trainSkipGram(const Window& window, size_t position, float rate);
  double trainCbow(const Window& window, size_t position, float rate);
  void enter(size_t position);
  void leave(Context& context);
  Context& contextAt(size_t position) { return contexts_[position % contexts_.size()]; }

  /// Steps of the hidden layer, in place.
  double stepOutputs(const Outputs& outputs, float rate);
  double stepPath(uint32_t word, float rate);
  double step(float* const* rows, const float* signs, const float* weights, uint32_t count, float rate);

  const WindowModel& model_;
  const Kernels& kernel_;
  const bool skipGram_;
  const uint32_t columns_;
  const uint64_t stride_;
  float* const input_;
  NoiseSource noise_;
  HotRows hotNodes_;

  std::vector<uint32_t> sentence_;
  std::vector<Window> windows_;
  std::vector<Context> contexts_;
  std::vector<const float*> upcoming_;
  uint32_t upcomingCount_ = 0;

  std::vector<float> hidden_;
  std::vector<float> before_;
  std::vector<float> ones_;
  std::vector<float> logits_;
  std::vector<float*> pathRows_;
  std::vector<float> pathSigns_;
  std::vector<const float*> sums_;
  std::vector<float*> targets_;
  std::vector<float> factors_;
};

}  // namespace wordmill
