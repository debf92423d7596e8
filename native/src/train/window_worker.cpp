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
/// Inner nodes near the root that each worker keeps a copy of.
constexpr uint32_t kHotNodes = 64;
/// Windows between two flushes of those copies.
constexpr size_t kWindowsPerFlush = 256;

}  // namespace

WindowWorker::WindowWorker(const WindowModel& model)
    : model_(model),
      kernel_(kernels()),
      skipGram_(model.options.architecture == WM_SKIP_GRAM),
      columns_(static_cast<uint32_t>(model.input->floatStride())),
      input_(model.input->trainable()),
      stride_(model.input->floatStride()),
      windows_(kWindowsAhead + 1),
      hotNodes_(model.tree.get(), usesTree(model.options) ? kHotNodes : 0),
      hidden_(columns_),
      hiddenGradient_(columns_) {}

UnitResult WindowWorker::run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) {
  RandomStream random(model_.options.seed, block, unit);
  SentenceSampler sentences(model_, model_.segmentOf(block, unit));
  const float rate = model_.learningRateAt(block, unit);
  UnitResult result;
  hotNodes_.fetch();
  while (!cancelled.load(std::memory_order_relaxed) && sentences.next(sentence_, random)) {
    if (sentence_.size() >= 2) runSentence(random, rate, result);
  }
  hotNodes_.flush();
  result.tokens = sentences.tokens();
  return result;
}

void WindowWorker::runSentence(RandomStream& random, float rate, UnitResult& result) {
  const size_t length = sentence_.size();
  const size_t slots = windows_.size();
  for (size_t i = 0; i < std::min(kWindowsAhead, length); ++i) prepare(windows_[i % slots], i, random);
  for (size_t i = 0; i < length; ++i) {
    if (i + kWindowsAhead < length) prepare(windows_[(i + kWindowsAhead) % slots], i + kWindowsAhead, random);
    Window& window = windows_[i % slots];
    result.loss += skipGram_ ? trainSkipGram(window, rate) : trainCbow(window, rate);
    result.examples += skipGram_ ? window.contextCount : 1;
    if (i % kWindowsPerFlush == kWindowsPerFlush - 1) hotNodes_.flush();
  }
}

void WindowWorker::prepare(Window& window, size_t position, RandomStream& random) {
  const wm_window_options& options = model_.options;
  const uint32_t reach = options.dynamic_window != 0 ? 1 + random.below(options.window_size) : options.window_size;
  window.weighted = false;
  addContexts(window, position, reach);

  const uint32_t centre = sentence_[position];
  window.outputs.clear();
  window.signs.clear();
  window.weights.clear();
  if (model_.noise) {
    addOutput(window, model_.output->trainable() + centre * stride_, 1.0F, 1.0F);
    addNegatives(window, centre, random);
  }
  if (model_.huffman) {
    const HuffmanTree::Path path = model_.huffman->path(centre);
    for (uint32_t i = 0; i < path.length; ++i) {
      const uint32_t node = path.nodes[i];
      float* const row = hotNodes_.contains(node) ? hotNodes_.row(node) : model_.tree->trainable() + node * stride_;
      addOutput(window, row, path.signs[i], 1.0F);
    }
  }
  kernel_.prefetchRows(window.outputs.data(), static_cast<uint32_t>(window.outputs.size()), columns_);
  // Of the contexts, only the one that enters on the right is new.
  const size_t entering = position + options.window_size;
  if (entering < sentence_.size()) {
    const float* row = input_ + sentence_[entering] * stride_;
    kernel_.prefetchRows(&row, 1, columns_);
  }
}

void WindowWorker::addContexts(Window& window, size_t position, uint32_t reach) {
  const size_t first = position > reach ? position - reach : 0;
  const size_t last = std::min(sentence_.size() - 1, position + reach);
  window.contexts.clear();
  window.inputs.clear();
  window.multiplicities.clear();
  window.contextCount = static_cast<uint32_t>(last - first);
  for (size_t i = first; i <= last; ++i) {
    if (i == position) continue;
    const uint32_t row = sentence_[i];
    if (skipGram_) {
      // A step writes each row once, so a word that stands twice in the window counts twice instead.
      const auto same = std::find(window.contexts.begin(), window.contexts.end(), row);
      if (same != window.contexts.end()) {
        window.multiplicities[static_cast<size_t>(same - window.contexts.begin())] += 1.0F;
        window.weighted = true;
        continue;
      }
      window.multiplicities.push_back(1.0F);
    }
    window.contexts.push_back(row);
    window.inputs.push_back(input_ + row * stride_);
  }
}

void WindowWorker::addOutput(Window& window, float* row, float sign, float weight) {
  window.outputs.push_back(row);
  window.signs.push_back(sign);
  window.weights.push_back(weight);
}

/// In skip-gram the contexts of a centre share its negatives: in expectation the objective is the same, and one tile
/// serves the window. A draw of the centre itself is skipped, not repeated, as in word2vec.c.
void WindowWorker::addNegatives(Window& window, uint32_t centre, RandomStream& random) {
  float* const base = model_.output->trainable();
  for (uint32_t n = 0; n < model_.options.negative_samples; ++n) {
    const uint32_t row = model_.noise->draw(random.next());
    if (row == centre) continue;
    float* const vector = base + row * stride_;
    const auto same = std::find(window.outputs.begin() + 1, window.outputs.end(), vector);
    if (same == window.outputs.end()) {
      addOutput(window, vector, -1.0F, 1.0F);
    } else {
      window.weights[static_cast<size_t>(same - window.outputs.begin())] += 1.0F;
      window.weighted = true;
    }
  }
}

void WindowWorker::spreadPairs(const Window& window, uint32_t inputs, TileStep& step) {
  const size_t outputs = window.outputs.size();
  const size_t pairs = inputs * outputs;
  // Kernels may touch one vector beyond the end.
  constexpr size_t slack = 16;
  if (pairSigns_.size() < pairs + slack) {
    pairSigns_.resize(2 * pairs + slack);
    pairWeights_.resize(2 * pairs + slack);
    ones_.resize(2 * pairs + slack, 1.0F);
    logits_.resize(2 * pairs + slack);
  }
  for (size_t i = 0; i < inputs; ++i) {
    std::memcpy(pairSigns_.data() + i * outputs, window.signs.data(), outputs * sizeof(float));
  }
  step.inputCount = inputs;
  step.outputCount = static_cast<uint32_t>(outputs);
  step.columns = columns_;
  step.outputs = window.outputs.data();
  step.signs = pairSigns_.data();
  step.weights = ones_.data();
  step.logits = logits_.data();
  if (!window.weighted) return;
  for (size_t i = 0; i < inputs; ++i) {
    const float multiplicity = skipGram_ ? window.multiplicities[i] : 1.0F;
    for (size_t k = 0; k < outputs; ++k) pairWeights_[i * outputs + k] = multiplicity * window.weights[k];
  }
  step.weights = pairWeights_.data();
}

double WindowWorker::trainSkipGram(Window& window, float rate) {
  const auto inputs = static_cast<uint32_t>(window.inputs.size());
  TileStep step{};
  spreadPairs(window, inputs, step);
  step.rate = rate;
  step.inputs = window.inputs.data();
  if (model_.locks.empty()) {
    step.gradients = const_cast<float* const*>(window.inputs.data());
    return kernel_.tileStep(&step);
  }
  inputGradients_.assign(inputs * stride_, 0.0F);
  gradientRows_.resize(inputs);
  for (uint32_t i = 0; i < inputs; ++i) gradientRows_[i] = inputGradients_.data() + i * stride_;
  step.gradients = gradientRows_.data();
  const double loss = kernel_.tileStep(&step);
  for (uint32_t i = 0; i < inputs; ++i) {
    const uint32_t row = window.contexts[i];
    float* const vector = input_ + row * stride_;
    kernel_.addToRows(&vector, &model_.locks[row], 1, columns_, gradientRows_[i]);
  }
  return loss;
}

/// The gradient of the hidden layer goes to every context whole, also for the mean, as in word2vec.c and gensim.
double WindowWorker::trainCbow(Window& window, float rate) {
  const auto contexts = static_cast<uint32_t>(window.contexts.size());
  const float scale = model_.options.mean != 0 ? 1.0F / static_cast<float>(contexts) : 1.0F;
  kernel_.sumRows(window.inputs.data(), contexts, columns_, scale, hidden_.data());
  std::fill(hiddenGradient_.begin(), hiddenGradient_.end(), 0.0F);
  const float* const hidden = hidden_.data();
  float* const gradient = hiddenGradient_.data();
  TileStep step{};
  spreadPairs(window, 1, step);
  step.rate = rate;
  step.inputs = &hidden;
  step.gradients = &gradient;
  const double loss = kernel_.tileStep(&step);
  factors_.assign(contexts, 1.0F);
  inputRows_.resize(contexts);
  for (uint32_t i = 0; i < contexts; ++i) {
    inputRows_[i] = const_cast<float*>(window.inputs[i]);
    if (!model_.locks.empty()) factors_[i] = model_.locks[window.contexts[i]];
  }
  kernel_.addToRows(inputRows_.data(), factors_.data(), contexts, columns_, gradient);
  return loss;
}

}  // namespace wordmill
