#include "train/window_score.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/select.h"
#include "memory/table.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "text/view.h"
#include "train/window_model.h"
#include "train/window_options.h"

namespace wordmill {
namespace {

/// log sigmoid(x), without overflow.
double logSigmoid(double x) { return x >= 0.0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x)); }

/// One thread's scratch memory.
class SentenceScorer {
 public:
  explicit SentenceScorer(const WindowModel& model)
      : model_(model),
        kernel_(kernels()),
        columns_(model.input->floatStride()),
        hidden_(columns_),
        logits_(model.output != nullptr ? model.output->rows() : 0) {}

  double score(const std::vector<uint32_t>& sentence) {
    const size_t reach = model_.options.window_size;
    double total = 0.0;
    for (size_t position = 0; position < sentence.size(); ++position) {
      const size_t first = position > reach ? position - reach : 0;
      const size_t last = std::min(sentence.size() - 1, position + reach);
      contexts_.clear();
      for (size_t i = first; i <= last; ++i) {
        if (i != position) contexts_.push_back(model_.input->trainable() + sentence[i] * columns_);
      }
      if (contexts_.empty()) continue;
      if (model_.options.architecture == WM_CBOW) {
        const auto count = static_cast<uint32_t>(contexts_.size());
        const float scale = model_.options.mean != 0 ? 1.0F / static_cast<float>(count) : 1.0F;
        kernel_.sumRows(contexts_.data(), count, static_cast<uint32_t>(columns_), scale, hidden_.data());
        total += logProbability(hidden_.data(), sentence[position]);
      } else {
        for (const float* context : contexts_) total += logProbability(context, sentence[position]);
      }
    }
    return total;
  }

 private:
  double logProbability(const float* hidden, uint32_t target) {
    if (!model_.huffman) {
      kernel_.dotRows(model_.output->row(0), model_.output->rowStride(), kRowF32, logits_.size(), columns_, hidden,
                      logits_.data());
      const float logit = logits_[target];
      const float max = kernel_.maxOf(logits_.data(), logits_.size());
      return logit - max - std::log(static_cast<double>(kernel_.expSum(logits_.data(), logits_.size(), max)));
    }
    const HuffmanTree::Path path = model_.huffman->path(target);
    double total = 0.0;
    for (uint32_t i = 0; i < path.length; ++i) {
      float logit = 0.0F;
      kernel_.dotRows(model_.tree->row(path.nodes[i]), 0, kRowF32, 1, columns_, hidden, &logit);
      total += logSigmoid(path.signs[i] * logit);
    }
    return total;
  }

  const WindowModel& model_;
  const Kernels& kernel_;
  const uint64_t columns_;
  std::vector<const float*> contexts_;
  std::vector<float> hidden_;
  std::vector<float> logits_;
};

}  // namespace

void scoreSentences(std::shared_ptr<const View> view, const WindowTables& tables, const wm_window_options& options,
                    const wm_signal* signal, double* out) {
  checkWindowOptions(options, tables, *view);
  if (options.objectives != WM_HIERARCHICAL_SOFTMAX && options.objectives != WM_FULL_SOFTMAX) {
    throw optionError("objective", "only models with hierarchical or full softmax give probabilities to sentences");
  }
  const WindowModel model(view, tables, options);
  const std::vector<View::Segment>& segments = view->segments();
  std::vector<uint64_t> firstSentence(segments.size() + 1, 0);
  for (size_t i = 0; i < segments.size(); ++i) firstSentence[i + 1] = firstSentence[i] + segments[i].sentences;
  parallelFor(segments.size(), resolveThreads(options.threads), [&](uint64_t segment) {
    SentenceScorer scorer(model);
    SentenceReader reader(*view, segments[segment]);
    std::vector<uint32_t> sentence;
    for (uint64_t i = firstSentence[segment]; i < firstSentence[segment + 1] && reader.next(sentence); ++i) {
      throwIfRaised(signal);
      out[i] = scorer.score(sentence);
    }
  });
}

}  // namespace wordmill
