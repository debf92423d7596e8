#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "sampling/random.h"
#include "text/view.h"
#include "train/window_model.h"

namespace wordmill {

/// The sentences of one unit after subsampling. Words are discarded before windows are laid, as in word2vec.c, so that
/// a window reaches further where frequent words were dropped.
class SentenceSampler {
 public:
  SentenceSampler(const WindowModel& model, uint64_t segment)
      : model_(model), reader_(*model.view, model.view->segments()[segment]) {}

  /// Row ids of the next sentence; may be empty. False at the end.
  bool next(std::vector<uint32_t>& kept, RandomStream& random) {
    if (!reader_.next(kept)) return false;
    tokens_ += kept.size();
    if (model_.keepThresholds.empty()) return true;
    size_t count = 0;
    for (const uint32_t row : kept) {
      kept[count] = row;
      count += static_cast<uint32_t>(random.next() >> 32U) <= model_.keepThresholds[row] ? 1 : 0;
    }
    kept.resize(count);
    return true;
  }

  /// In-vocabulary tokens read so far, before subsampling.
  uint64_t tokens() const { return tokens_; }

 private:
  const WindowModel& model_;
  SentenceReader reader_;
  uint64_t tokens_ = 0;
};

}  // namespace wordmill
