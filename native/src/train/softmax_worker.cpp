#include "train/softmax_worker.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "kernels/select.h"
#include "memory/table.h"
#include "text/subwords.h"
#include "train/sentence_sampler.h"

namespace wordmill {
namespace {

/// Examples of a step. More would make better use of the matrix product and worse use of each example.
constexpr size_t kBatch = 32;
/// With subwords: neighbouring examples share n-grams, each of which takes the gradients of all of them.
constexpr size_t kSubwordBatch = 8;
/// Output rows multiplied, and locked, at a time.
constexpr uint64_t kRowsPerPanel = WindowModel::kRowsPerLock;

}  // namespace

SoftmaxWorker::SoftmaxWorker(WindowModel& model)
    : model_(model),
      kernel_(kernels()),
      columns_(model.input->floatStride()),
      rows_(model.output->rows()),
      batch_(model.subwords ? kSubwordBatch : kBatch),
      hidden_(batch_ * columns_),
      hiddenGradient_(batch_ * columns_),
      logits_(batch_ * rows_),
      left_(PackedVectors::Side::kLeft),
      right_(PackedVectors::Side::kRight) {}

UnitResult SoftmaxWorker::run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) {
  RandomStream random(model_.options.seed, block, unit);
  SentenceSampler sentences(model_, model_.segmentOf(block, unit));
  const float rate = model_.learningRateAt(block, unit);
  UnitResult result;
  while (!cancelled.load(std::memory_order_relaxed) && sentences.next(sentence_, random)) {
    addSentence(random, rate, result, cancelled);
  }
  step(rate, result);
  result.tokens = sentences.tokens();
  return result;
}

void SoftmaxWorker::addSentence(RandomStream& random, float rate, UnitResult& result,
                                const std::atomic<bool>& cancelled) {
  const wm_window_options& options = model_.options;
  for (size_t position = 0; position < sentence_.size(); ++position) {
    if (cancelled.load(std::memory_order_relaxed)) return;
    const uint32_t reach = options.dynamic_window != 0 ? 1 + random.below(options.window_size) : options.window_size;
    const size_t first = position > reach ? position - reach : 0;
    const size_t last = std::min(sentence_.size() - 1, position + reach);
    window_.clear();
    for (size_t i = first; i <= last; ++i) {
      if (i != position) window_.push_back(sentence_[i]);
    }
    const uint32_t target = sentence_[position];
    if (options.architecture == WM_CBOW) {
      if (!window_.empty()) addExample(window_.data(), static_cast<uint32_t>(window_.size()), target);
      if (targets_.size() == batch_) step(rate, result);
      continue;
    }
    for (const uint32_t& context : window_) {
      // word2vec.c predicts the centre from each context, fastText each context from the centre.
      if (model_.subwords) {
        addExample(&target, 1, context);
      } else {
        addExample(&context, 1, target);
      }
      if (targets_.size() == batch_) step(rate, result);
    }
  }
}

void SoftmaxWorker::addExample(const uint32_t* words, uint32_t wordCount, uint32_t target) {
  const size_t first = contexts_.size();
  for (uint32_t i = 0; i < wordCount; ++i) {
    if (model_.subwords) {
      const Subwords::WordRows rows = model_.subwords->ofWord(words[i]);
      contexts_.insert(contexts_.end(), rows.rows, rows.rows + rows.count);
    } else {
      contexts_.push_back(words[i]);
    }
  }
  const auto count = static_cast<uint32_t>(contexts_.size() - first);
  contextRows_.resize(count);
  for (uint32_t i = 0; i < count; ++i) contextRows_[i] = model_.input->trainable() + contexts_[first + i] * columns_;
  const float scale = model_.options.mean != 0 ? 1.0F / static_cast<float>(count) : 1.0F;
  kernel_.sumRows(contextRows_.data(), count, static_cast<uint32_t>(columns_), scale,
                  hidden_.data() + targets_.size() * columns_);
  starts_.push_back(static_cast<uint32_t>(first));
  targets_.push_back(target);
}

void SoftmaxWorker::step(float rate, UnitResult& result) {
  if (targets_.empty()) return;
  scoreAll();
  result.loss += gradientsOfLogits(rate);
  result.examples += targets_.size();
  updateOutput();
  updateInputs();
  contexts_.clear();
  starts_.clear();
  targets_.clear();
}

void SoftmaxWorker::scoreAll() {
  left_.packRows(hidden_.data(), columns_, targets_.size(), columns_);
  for (uint64_t first = 0; first < rows_; first += kRowsPerPanel) {
    const uint64_t count = std::min(kRowsPerPanel, rows_ - first);
    right_.packRows(model_.output->trainable() + first * columns_, columns_, count, columns_);
    multiply(left_, right_, logits_.data() + first, rows_, false);
  }
}

double SoftmaxWorker::gradientsOfLogits(float rate) {
  double loss = 0.0;
  for (size_t i = 0; i < targets_.size(); ++i) {
    float* const logits = logits_.data() + i * rows_;
    const float target = logits[targets_[i]];
    const float max = kernel_.maxOf(logits, rows_);
    const float sum = kernel_.expSum(logits, rows_, max);
    loss += std::log(static_cast<double>(sum)) + max - target;
    const float scale = -rate / sum;
    for (uint64_t r = 0; r < rows_; ++r) logits[r] *= scale;
    logits[targets_[i]] += rate;
  }
  return loss;
}

/// Both gradients panel by panel, the hidden one from the output rows as they were.
void SoftmaxWorker::updateOutput() {
  const size_t n = targets_.size();
  std::fill(hiddenGradient_.begin(), hiddenGradient_.end(), 0.0F);
  for (uint64_t first = 0; first < rows_; first += kRowsPerPanel) {
    const uint64_t count = std::min(kRowsPerPanel, rows_ - first);
    float* const output = model_.output->trainable() + first * columns_;
    left_.packRows(logits_.data() + first, rows_, n, count);
    {
      const std::lock_guard<std::mutex> lock(model_.outputLock(first));
      right_.packColumns(output, columns_, columns_, count);
    }
    multiply(left_, right_, hiddenGradient_.data(), columns_, true);
    left_.packColumns(logits_.data() + first, rows_, count, n);
    right_.packColumns(hidden_.data(), columns_, columns_, n);
    const std::lock_guard<std::mutex> lock(model_.outputLock(first));
    multiply(left_, right_, output, columns_, true);
  }
}

void SoftmaxWorker::updateInputs() {
  for (size_t i = 0; i < targets_.size(); ++i) {
    const size_t end = i + 1 < targets_.size() ? starts_[i + 1] : contexts_.size();
    for (size_t c = starts_[i]; c < end; ++c) {
      const uint32_t row = contexts_[c];
      const float factor = model_.locks.empty() ? 1.0F : model_.locks[row];
      float* const vector = model_.input->trainable() + row * columns_;
      kernel_.addToRows(&vector, &factor, 1, static_cast<uint32_t>(columns_), hiddenGradient_.data() + i * columns_);
    }
  }
}

}  // namespace wordmill
