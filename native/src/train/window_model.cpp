#include "train/window_model.h"

#include <algorithm>
#include <cmath>

#include "memory/table.h"
#include "text/view.h"
#include "train/softmax_worker.h"
#include "train/subword_worker.h"
#include "train/window_options.h"
#include "train/window_worker.h"

namespace wordmill {
namespace {

/// The rule of word2vec.c: a word of frequency f = count / tokens is kept with probability (sqrt(f / t) + 1) * t / f.
std::vector<uint32_t> keepThresholdsOf(const std::vector<uint64_t>& counts, double sample) {
  if (sample == 0.0) return {};
  double total = 0.0;
  for (const uint64_t count : counts) total += static_cast<double>(count);
  std::vector<uint32_t> thresholds(counts.size());
  for (size_t i = 0; i < counts.size(); ++i) {
    const double ratio = counts[i] > 0 ? sample * total / static_cast<double>(counts[i]) : 1.0;
    const double keep = std::min(1.0, std::sqrt(ratio) + ratio);
    thresholds[i] = static_cast<uint32_t>(keep * 4294967295.0);
  }
  return thresholds;
}

}  // namespace

WindowModel::WindowModel(std::shared_ptr<const View> theView, const WindowTables& tables,
                         const wm_window_options& theOptions)
    : view(std::move(theView)),
      options(theOptions),
      input(tables.input),
      output(tables.output),
      tree(tables.tree),
      subwords(tables.subwords),
      locks(tables.locks != nullptr ? std::vector<float>(tables.locks, tables.locks + view->rows())
                                    : std::vector<float>()),
      keepThresholds(keepThresholdsOf(view->counts(), options.sample)),
      noise(usesNegativeSampling(options)
                ? std::optional<AliasTable>(std::in_place, view->counts(), options.negative_exponent)
                : std::nullopt),
      huffman(usesTree(options) ? std::optional<HuffmanTree>(std::in_place, view->counts()) : std::nullopt),
      outputLocks_(usesFullSoftmax(options) ? view->rows() / kRowsPerLock + 1 : 0) {
  for (Table* table : {input.get(), output.get(), tree.get()}) {
    if (table != nullptr) table->changed();
  }
}

uint64_t WindowModel::blocks() const { return options.epochs * view->blocks(); }

uint32_t WindowModel::units(uint64_t block) const {
  const uint64_t first = block % view->blocks() * View::segmentsPerBlock;
  return static_cast<uint32_t>(std::min<uint64_t>(View::segmentsPerBlock, view->segments().size() - first));
}

uint64_t WindowModel::tokens() const { return options.epochs * view->tokens(); }

uint64_t WindowModel::segmentOf(uint64_t block, uint32_t unit) const {
  return block % view->blocks() * View::segmentsPerBlock + unit;
}

float WindowModel::learningRateAt(uint64_t block, uint32_t unit) const {
  const auto segments = static_cast<double>(view->segments().size());
  const double epoch = static_cast<double>(block / view->blocks());
  const double done =
      (epoch + static_cast<double>(segmentOf(block, unit)) / segments) / static_cast<double>(options.epochs);
  return static_cast<float>(options.learning_rate + (options.learning_rate_end - options.learning_rate) * done);
}

double WindowModel::learningRate(uint64_t block) const { return learningRateAt(block, 0); }

std::unique_ptr<BlockWorker> WindowModel::makeWorker() {
  if (usesFullSoftmax(options)) return std::make_unique<SoftmaxWorker>(*this);
  if (subwords) return std::make_unique<SubwordWorker>(*this);
  return std::make_unique<WindowWorker>(*this);
}

}  // namespace wordmill
