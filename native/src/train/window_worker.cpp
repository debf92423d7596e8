#include "train/window_worker.h"

#include <algorithm>
#include <cstring>

#include "kernels/select.h"
#include "memory/table.h"
#include "train/sentence_sampler.h"
#include "train/window_options.h"

namespace wordmill {
namespace {

/// Windows drawn ahead of the one being trained: their rows have that long to arrive from memory.
constexpr size_t kWindowsAhead = 2;
/// Kernels may touch one vector beyond the end of the pairs.
constexpr size_t kSlack = 16;

}  // namespace

WindowWorker::WindowWorker(const WindowModel& model)
    : model_(model),
      kernel_(kernels()),
      skipGram_(model.options.architecture == WM_SKIP_GRAM),
      columns_(static_cast<uint32_t>(model.input->floatStride())),
      stride_(model.input->floatStride()),
      input_(model.input->trainable()),
      noise_(model.noise ? &*model.noise : nullptr),
      hotNodes_(model.tree.get(), usesTree(model.options) ? HotRows::nodesNearRoot : 0),
      windows_(kWindowsAhead + 1),
      hidden_(columns_) {
  const size_t inputs = 2 * static_cast<size_t>(model.options.window_size);
  const size_t drawn = usesNegativeSampling(model.options) ? 1 + model.options.negative_samples : 0;
  const size_t outputs = drawn + (model.huffman ? model.huffman->longestPath() : 0);
  for (Window& window : windows_) {
    window.outputs.resize(outputs);
    window.signs.resize(outputs);
    window.weights.resize(outputs);
  }
  upcoming_.resize(outputs + 1);
  contexts_.resize(inputs);
  multiplicities_.resize(inputs);
  gradients_.resize(inputs * stride_);
  gradientRows_.resize(inputs);
  for (size_t i = 0; i < inputs; ++i) gradientRows_[i] = gradients_.data() + i * stride_;
  const size_t pairs = inputs * outputs + kSlack;
  ones_.resize(pairs, 1.0F);
  pairSigns_.resize(pairs);
  pairWeights_.resize(pairs);
  logits_.resize(pairs);
  plainSigns_.resize(pairs, -1.0F);
  for (size_t i = 0; drawn > 0 && i < inputs; ++i) plainSigns_[i * drawn] = 1.0F;
}

UnitResult WindowWorker::run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) {
  RandomStream random(model_.options.seed, block, unit);
  noise_.restart(RandomStream(~model_.options.seed, block, unit));
  hotNodes_.fetch();
  SentenceSampler sentences(model_, model_.segmentOf(block, unit));
  const float rate = model_.learningRateAt(block, unit);
  UnitResult result;
  while (!cancelled.load(std::memory_order_relaxed) && sentences.next(sentence_, random)) {
    if (sentence_.size() >= 2) trainSentence(random, rate, result);
  }
  hotNodes_.flush();
  result.tokens = sentences.tokens();
  return result;
}

void WindowWorker::beginSentence() {
  const size_t length = sentence_.size();
  const size_t reach = 2 * static_cast<size_t>(model_.options.window_size);
  sentenceRows_.resize(length);
  previousSame_.resize(length);
  for (size_t i = 0; i < length; ++i) {
    const uint32_t row = sentence_[i];
    sentenceRows_[i] = input_ + row * stride_;
    size_t previous = 0;
    for (size_t j = i > reach ? i - reach : 0; j < i; ++j) previous = sentence_[j] == row ? j + 1 : previous;
    previousSame_[i] = previous;
  }
}

void WindowWorker::trainSentence(RandomStream& random, float rate, UnitResult& result) {
  beginSentence();
  const size_t length = sentence_.size();
  const size_t slots = windows_.size();
  for (size_t i = 0; i < std::min(kWindowsAhead, length); ++i) prepare(windows_[i % slots], i, random);
  for (size_t i = 0; i < length; ++i) {
    upcomingCount_ = 0;
    if (i + kWindowsAhead < length) prepare(windows_[(i + kWindowsAhead) % slots], i + kWindowsAhead, random);
    const Window& window = windows_[i % slots];
    result.loss += skipGram_ ? trainSkipGram(window, i, rate) : trainCbow(window, i, rate);
    result.examples += skipGram_ ? window.last - window.first : 1;
    if (i % HotRows::windowsPerFlush == HotRows::windowsPerFlush - 1) hotNodes_.flush();
  }
}

void WindowWorker::prepare(Window& window, size_t position, RandomStream& random) {
  const wm_window_options& options = model_.options;
  const uint32_t reach = options.dynamic_window != 0 ? 1 + random.below(options.window_size) : options.window_size;
  window.first = position > reach ? position - reach : 0;
  window.last = std::min(sentence_.size() - 1, position + reach);
  window.outputCount = 0;
  window.plain = false;
  if (model_.noise) addNegatives(window, sentence_[position]);
  if (model_.huffman) addPath(window, sentence_[position]);
  std::copy_n(window.outputs.begin(), window.outputCount, upcoming_.begin());
  upcomingCount_ = window.outputCount;
  // Of the contexts, only the one that enters on the right is new.
  const size_t entering = position + options.window_size;
  if (entering < sentence_.size()) upcoming_[upcomingCount_++] = sentenceRows_[entering];
}

/// In skip-gram the contexts of a centre share its negatives: in expectation the objective is the same, and one tile
/// serves the window. A draw of the centre itself is skipped, not repeated, as in word2vec.c. A step writes each row
/// once, so a row that is drawn twice counts twice instead.
void WindowWorker::addNegatives(Window& window, uint32_t centre) {
  float* const base = model_.output->trainable();
  const uint32_t negatives = model_.options.negative_samples;
  window.outputs[0] = base + centre * stride_;
  bool different = true;
  for (uint32_t n = 1; n <= negatives; ++n) {
    float* const row = base + noise_.next() * stride_;
    for (uint32_t k = 0; k < n; ++k) different &= window.outputs[k] != row;
    window.outputs[n] = row;
  }
  window.plain = different && !model_.huffman;
  window.outputCount = negatives + 1;
  if (window.plain) return;

  std::fill_n(window.signs.begin(), negatives + 1, -1.0F);
  std::fill_n(window.weights.begin(), negatives + 1, 1.0F);
  window.signs[0] = 1.0F;
  if (different) return;
  window.outputCount = 1;
  for (uint32_t n = 1; n <= negatives; ++n) {
    float* const row = window.outputs[n];
    if (row == window.outputs[0]) continue;
    const auto end = window.outputs.begin() + window.outputCount;
    const auto same = std::find(window.outputs.begin(), end, row);
    if (same == end) {
      window.outputs[window.outputCount++] = row;
    } else {
      window.weights[static_cast<size_t>(same - window.outputs.begin())] += 1.0F;
    }
  }
}

void WindowWorker::addPath(Window& window, uint32_t centre) {
  const HuffmanTree::Path path = model_.huffman->path(centre);
  float* const base = model_.tree->trainable();
  for (uint32_t i = 0; i < path.length; ++i) {
    const uint32_t node = path.nodes[i];
    const uint32_t k = window.outputCount++;
    window.outputs[k] = hotNodes_.contains(node) ? hotNodes_.row(node) : base + node * stride_;
    window.signs[k] = path.signs[i];
    window.weights[k] = 1.0F;
  }
}

uint32_t WindowWorker::collectContexts(const Window& window, size_t position, bool& repeated) {
  uint32_t count = 0;
  repeated = false;
  for (size_t i = window.first; i <= window.last; ++i) {
    contexts_[count] = sentenceRows_[i];
    repeated |= previousSame_[i] > window.first;
    count += i != position ? 1 : 0;
  }
  return count;
}

TileStep WindowWorker::makeStep(const Window& window, uint32_t inputs, const float* multiplicities, float rate) {
  TileStep step{};
  step.inputCount = inputs;
  step.outputCount = window.outputCount;
  step.columns = columns_;
  step.rate = rate;
  step.outputs = window.outputs.data();
  step.logits = logits_.data();
  step.signs = plainSigns_.data();
  step.weights = ones_.data();
  step.upcoming = upcoming_.data();
  step.upcomingCount = upcomingCount_;
  if (window.plain && multiplicities == nullptr) return step;
  const size_t outputs = window.outputCount;
  const float* signs = window.plain ? plainSigns_.data() : window.signs.data();
  const float* weights = window.plain ? ones_.data() : window.weights.data();
  for (size_t i = 0; i < inputs; ++i) {
    const float multiplicity = multiplicities != nullptr ? multiplicities[i] : 1.0F;
    for (size_t k = 0; k < outputs; ++k) {
      pairSigns_[i * outputs + k] = signs[k];
      pairWeights_[i * outputs + k] = multiplicity * weights[k];
    }
  }
  step.signs = pairSigns_.data();
  step.weights = pairWeights_.data();
  return step;
}

double WindowWorker::trainSkipGram(const Window& window, size_t position, float rate) {
  bool repeated = false;
  uint32_t count = collectContexts(window, position, repeated);
  const float* multiplicities = nullptr;
  if (repeated) {
    uint32_t different = 0;
    for (uint32_t i = 0; i < count; ++i) {
      const auto end = contexts_.begin() + different;
      const auto same = std::find(contexts_.begin(), end, contexts_[i]);
      if (same != end) {
        multiplicities_[static_cast<size_t>(same - contexts_.begin())] += 1.0F;
      } else {
        contexts_[different] = contexts_[i];
        multiplicities_[different++] = 1.0F;
      }
    }
    count = different;
    multiplicities = multiplicities_.data();
  }
  TileStep step = makeStep(window, count, multiplicities, rate);
  step.inputs = contexts_.data();
  if (model_.locks.empty()) {
    step.gradients = contexts_.data();
    return kernel_.tileStep(&step);
  }
  std::fill_n(gradients_.begin(), count * stride_, 0.0F);
  step.gradients = gradientRows_.data();
  const double loss = kernel_.tileStep(&step);
  for (uint32_t i = 0; i < count; ++i) {
    const float& factor = model_.locks[static_cast<size_t>(contexts_[i] - input_) / stride_];
    kernel_.addToRows(&contexts_[i], &factor, 1, columns_, gradientRows_[i]);
  }
  return loss;
}

/// The gradient of the hidden layer goes to every context whole, also for the mean, as in word2vec.c and gensim.
double WindowWorker::trainCbow(const Window& window, size_t position, float rate) {
  bool repeated = false;
  const uint32_t count = collectContexts(window, position, repeated);
  const float scale = model_.options.mean != 0 ? 1.0F / static_cast<float>(count) : 1.0F;
  kernel_.sumRows(contexts_.data(), count, columns_, scale, hidden_.data());
  std::fill_n(gradients_.begin(), columns_, 0.0F);
  const float* const hidden = hidden_.data();
  TileStep step = makeStep(window, 1, nullptr, rate);
  step.inputs = &hidden;
  step.gradients = gradientRows_.data();
  const double loss = kernel_.tileStep(&step);
  addToInputs(count, gradientRows_[0]);
  return loss;
}

void WindowWorker::addToInputs(uint32_t count, const float* delta) {
  const float* factors = ones_.data();
  if (!model_.locks.empty()) {
    for (uint32_t i = 0; i < count; ++i) {
      multiplicities_[i] = model_.locks[static_cast<size_t>(contexts_[i] - input_) / stride_];
    }
    factors = multiplicities_.data();
  }
  kernel_.addToRows(contexts_.data(), factors, count, columns_, delta);
}

}  // namespace wordmill
