#include "train/subword_worker.h"

#include <algorithm>

#include "kernels/select.h"
#include "memory/table.h"
#include "text/subwords.h"
#include "train/sentence_sampler.h"
#include "train/window_options.h"

namespace wordmill {
namespace {

/// Windows drawn ahead of the one being trained: their rows have that long to arrive from memory.
constexpr size_t kWindowsAhead = 1;
/// Kernels may touch one vector beyond the end of the pairs.
constexpr size_t kSlack = 16;

/// Skip-gram: contexts of a centre beyond that many draw no noise words of their own. On English Wikipedia, fewer cost
/// analogies (5 epochs, one seed: 47.7 % with 4, 49.8 % with 6; the reference, without sharing, 48.0 %).
constexpr uint32_t kDrawingContexts = 6;

}  // namespace

SubwordWorker::SubwordWorker(const WindowModel& model)
    : model_(model),
      kernel_(kernels()),
      skipGram_(model.options.architecture == WM_SKIP_GRAM),
      columns_(static_cast<uint32_t>(model.input->floatStride())),
      stride_(model.input->floatStride()),
      input_(model.input->trainable()),
      noise_(model.noise ? &*model.noise : nullptr),
      hotNodes_(model.tree.get(), usesTree(model.options) ? HotRows::nodesNearRoot : 0),
      windows_(kWindowsAhead + 1),
      hidden_(columns_),
      before_(columns_) {
  const size_t reach = model.options.window_size;
  const size_t longest = model.subwords->longestWord();
  const size_t drawn =
      (skipGram_ ? 2 * reach : 1) + kDrawingContexts * static_cast<size_t>(model.options.negative_samples);
  const size_t path = model.huffman ? model.huffman->longestPath() : 0;
  for (Window& window : windows_) {
    window.centre.rows.resize(skipGram_ ? longest : 0);
    window.sampled.rows.resize(drawn);
    window.sampled.signs.resize(drawn);
    window.sampled.weights.resize(drawn);
  }
  if (!skipGram_) contexts_.resize(2 * reach + 1);
  for (Context& context : contexts_) {
    context.bag.rows.resize(longest);
    context.sum.resize(columns_);
    context.gradient.resize(columns_);
  }
  upcoming_.resize(drawn + longest);
  ones_.resize(std::max({drawn, path, longest, 2 * reach}) + kSlack, 1.0F);
  logits_.resize(std::max(drawn, path) + kSlack);
  pathRows_.resize(path);
  pathSigns_.resize(path + kSlack);
  sums_.resize(2 * reach);
  targets_.resize(2 * reach);
  factors_.resize(2 * reach);
}

UnitResult SubwordWorker::run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) {
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

void SubwordWorker::trainSentence(RandomStream& random, float rate, UnitResult& result) {
  const size_t length = sentence_.size();
  const size_t reach = model_.options.window_size;
  if (!skipGram_) {
    for (size_t i = 0; i < std::min(reach, length); ++i) enter(i);
  }
  upcomingCount_ = 0;
  for (size_t i = 0; i < std::min(kWindowsAhead, length); ++i) prepare(windows_[i % windows_.size()], i, random);
  for (size_t i = 0; i < length; ++i) {
    upcomingCount_ = 0;
    const size_t next = i + kWindowsAhead;
    if (next < length) prepare(windows_[next % windows_.size()], next, random);
    const Window& window = windows_[i % windows_.size()];
    if (skipGram_) {
      result.loss += trainSkipGram(window, i, rate);
      result.examples += window.last - window.first;
    } else {
      if (i + reach < length) enter(i + reach);
      result.loss += trainCbow(window, i, rate);
      result.examples += 1;
      if (i >= reach) leave(contextAt(i - reach));
    }
    if (i % HotRows::windowsPerFlush == HotRows::windowsPerFlush - 1) hotNodes_.flush();
  }
  if (skipGram_) return;
  for (size_t i = length > reach ? length - reach : 0; i < length; ++i) leave(contextAt(i));
}

void SubwordWorker::collect(Bag& bag, uint32_t word) {
  const Subwords::WordRows rows = model_.subwords->ofWord(word);
  for (uint32_t i = 0; i < rows.count; ++i) bag.rows[i] = input_ + rows.rows[i] * stride_;
  bag.count = rows.count;
}

void SubwordWorker::prepare(Window& window, size_t position, RandomStream& random) {
  const wm_window_options& options = model_.options;
  const uint32_t reach = options.dynamic_window != 0 ? 1 + random.below(options.window_size) : options.window_size;
  window.first = position > reach ? position - reach : 0;
  window.last = std::min(sentence_.size() - 1, position + reach);
  window.sampled.count = 0;
  if (skipGram_) {
    collect(window.centre, sentence_[position]);
    std::copy_n(window.centre.rows.begin(), window.centre.count, upcoming_.begin() + upcomingCount_);
    upcomingCount_ += window.centre.count;
    if (model_.noise) drawSkipGram(window, position);
  } else {
    const size_t entering = position + options.window_size;
    if (entering < sentence_.size()) {
      const Subwords::WordRows rows = model_.subwords->ofWord(sentence_[entering]);
      for (uint32_t i = 0; i < rows.count; ++i) upcoming_[upcomingCount_++] = input_ + rows.rows[i] * stride_;
    }
    if (model_.noise) drawCbow(window, position);
  }
  std::copy_n(window.sampled.rows.begin(), window.sampled.count, upcoming_.begin() + upcomingCount_);
  upcomingCount_ += window.sampled.count;
}

/// The contexts of a centre share noise words, fewer than the reference draws for each of them, which count as many
/// times more: in expectation the objective is the same. A noise word that is a context is skipped.
void SubwordWorker::drawSkipGram(Window& window, size_t position) {
  Outputs& outputs = window.sampled;
  for (size_t i = window.first; i <= window.last; ++i) {
    if (i != position) addOutput(outputs, sentence_[i], 1.0F, 1.0F);
  }
  const auto contexts = static_cast<uint32_t>(window.last - window.first);
  const uint32_t negatives = model_.options.negative_samples;
  const uint32_t drawn = std::min(contexts, kDrawingContexts) * negatives;
  const float weight = static_cast<float>(contexts * negatives) / static_cast<float>(drawn);
  for (uint32_t n = 0; n < drawn; ++n) addOutput(outputs, noise_.next(), -1.0F, weight);
}

void SubwordWorker::drawCbow(Window& window, size_t position) {
  addOutput(window.sampled, sentence_[position], 1.0F, 1.0F);
  for (uint32_t n = 0; n < model_.options.negative_samples; ++n) addOutput(window.sampled, noise_.next(), -1.0F, 1.0F);
}

/// A step writes each row once, so a row that comes twice counts twice instead; a target is never noise as well.
void SubwordWorker::addOutput(Outputs& outputs, uint32_t word, float sign, float weight) {
  float* const row = model_.output->trainable() + word * stride_;
  for (uint32_t k = 0; k < outputs.count; ++k) {
    if (outputs.rows[k] != row) continue;
    if (outputs.signs[k] == sign) outputs.weights[k] += weight;
    return;
  }
  outputs.rows[outputs.count] = row;
  outputs.signs[outputs.count] = sign;
  outputs.weights[outputs.count++] = weight;
}

double SubwordWorker::trainSkipGram(const Window& window, size_t position, float rate) {
  const Bag& bag = window.centre;
  kernel_.sumRows(bag.rows.data(), bag.count, columns_, 1.0F / static_cast<float>(bag.count), hidden_.data());
  std::copy(hidden_.begin(), hidden_.end(), before_.begin());
  double loss = window.sampled.count > 0 ? stepOutputs(window.sampled, rate) : 0.0;
  if (model_.huffman) {
    for (size_t i = window.first; i <= window.last; ++i) {
      if (i != position) loss += stepPath(sentence_[i], rate);
    }
  }
  for (uint32_t c = 0; c < columns_; ++c) hidden_[c] -= before_[c];
  kernel_.addToRows(bag.rows.data(), ones_.data(), bag.count, columns_, hidden_.data());
  return loss;
}

double SubwordWorker::trainCbow(const Window& window, size_t position, float rate) {
  uint32_t contexts = 0;
  uint32_t rows = 0;
  for (size_t i = window.first; i <= window.last; ++i) {
    if (i == position) continue;
    Context& context = contextAt(i);
    sums_[contexts] = context.sum.data();
    targets_[contexts] = context.sum.data();
    factors_[contexts++] = static_cast<float>(context.bag.count);
    rows += context.bag.count;
  }
  kernel_.sumRows(sums_.data(), contexts, columns_, 1.0F / static_cast<float>(rows), hidden_.data());
  std::copy(hidden_.begin(), hidden_.end(), before_.begin());
  double loss = window.sampled.count > 0 ? stepOutputs(window.sampled, rate) : 0.0;
  if (model_.huffman) loss += stepPath(sentence_[position], rate);
  for (uint32_t c = 0; c < columns_; ++c) hidden_[c] -= before_[c];
  kernel_.addToRows(targets_.data(), factors_.data(), contexts, columns_, hidden_.data());
  contexts = 0;
  for (size_t i = window.first; i <= window.last; ++i) {
    if (i != position) targets_[contexts++] = contextAt(i).gradient.data();
  }
  kernel_.addToRows(targets_.data(), ones_.data(), contexts, columns_, hidden_.data());
  return loss;
}

void SubwordWorker::enter(size_t position) {
  Context& context = contextAt(position);
  collect(context.bag, sentence_[position]);
  kernel_.sumRows(context.bag.rows.data(), context.bag.count, columns_, 1.0F, context.sum.data());
  std::fill(context.gradient.begin(), context.gradient.end(), 0.0F);
}

void SubwordWorker::leave(Context& context) {
  kernel_.addToRows(context.bag.rows.data(), ones_.data(), context.bag.count, columns_, context.gradient.data());
}

double SubwordWorker::stepOutputs(const Outputs& outputs, float rate) {
  return step(outputs.rows.data(), outputs.signs.data(), outputs.weights.data(), outputs.count, rate);
}

double SubwordWorker::stepPath(uint32_t word, float rate) {
  const HuffmanTree::Path path = model_.huffman->path(word);
  float* const base = model_.tree->trainable();
  for (uint32_t i = 0; i < path.length; ++i) {
    const uint32_t node = path.nodes[i];
    pathRows_[i] = hotNodes_.contains(node) ? hotNodes_.row(node) : base + node * stride_;
    pathSigns_[i] = path.signs[i];
  }
  return step(pathRows_.data(), pathSigns_.data(), ones_.data(), path.length, rate);
}

double SubwordWorker::step(float* const* rows, const float* signs, const float* weights, uint32_t count, float rate) {
  const float* const input = hidden_.data();
  float* const gradient = hidden_.data();
  TileStep step{};
  step.inputCount = 1;
  step.outputCount = count;
  step.columns = columns_;
  step.rate = rate;
  step.inputs = &input;
  step.gradients = &gradient;
  step.outputs = rows;
  step.signs = signs;
  step.weights = weights;
  step.logits = logits_.data();
  step.upcoming = upcoming_.data();
  step.upcomingCount = upcomingCount_;
  upcomingCount_ = 0;
  return kernel_.tileStep(&step);
}

}  // namespace wordmill
