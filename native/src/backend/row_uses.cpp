#include "backend/row_uses.h"

#include <numeric>

#include "memory/table.h"
#include "text/subwords.h"
#include "text/view.h"
#include "train/window_options.h"

namespace wordmill {
namespace {

/// Thresholds are of 32 random bits.
constexpr double kThresholds = 4294967296.0;

/// Of each word among those that subsampling leaves.
std::vector<double> sharesOfWords(const WindowModel& model) {
  const std::vector<uint64_t>& counts = model.view->counts();
  std::vector<double> shares(counts.begin(), counts.end());
  for (size_t word = 0; word < model.keepThresholds.size(); ++word) {
    shares[word] *= model.keepThresholds[word] / kThresholds;
  }
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= sum;
  return shares;
}

}  // namespace

RowUses::RowUses(const WindowModel& model) : ofInput_(model.input->rows()) {
  const std::vector<double> shares = sharesOfWords(model);
  ofOutput_.assign(shares.begin(), shares.end());
  const bool samples = usesNegativeSampling(model.options);
  for (uint32_t word = 0; word < shares.size(); ++word) {
    const double share = shares[word];
    if (samples) outputs_ += share * (1.0 + model.options.negative_samples);
    if (model.huffman) outputs_ += share * model.huffman->path(word).length;
    if (!model.subwords) {
      ofInput_[word] = static_cast<float>(share);
      continue;
    }
    const std::vector<uint64_t>& starts = model.subwords->wordOffsets();
    for (uint64_t i = starts[word]; i < starts[word + 1]; ++i) {
      ofInput_[model.subwords->wordRows()[i]] += static_cast<float>(share);
    }
  }
  if (samples) addNoise(*model.noise, model.options.negative_samples);
}

void RowUses::addNoise(const AliasTable& noise, uint32_t negatives) {
  const std::vector<AliasTable::Slot>& slots = noise.slots();
  const double ofSlot = static_cast<double>(negatives) / static_cast<double>(slots.size());
  for (size_t row = 0; row < slots.size(); ++row) {
    const double own = slots[row].threshold / kThresholds;
    ofOutput_[row] += static_cast<float>(ofSlot * own);
    ofOutput_[slots[row].other] += static_cast<float>(ofSlot * (1.0 - own));
  }
}

}  // namespace wordmill
