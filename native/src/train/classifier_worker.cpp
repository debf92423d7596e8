#include "train/classifier_worker.h"

#include <algorithm>
#include <cmath>

#include "kernels/select.h"
#include "memory/table.h"
#include "sampling/permutation.h"
#include "text/examples.h"

namespace wordmill {
namespace {

/// Examples that a softmax step takes together.
constexpr uint32_t kBatch = 8;
/// Gradients below that share of the learning rate are gathered, see `thinOut`. On the questions of
/// cooking.stackexchange (735 labels), two threads took 0.80 s so and 3.6 s without; the same precision was reached.
constexpr float kLeastGradient = 1.0F / 512;
/// Kernels may touch one vector beyond the end of the pairs.
constexpr size_t kSlack = 16;

bool touchesEveryLabel(const wm_classifier_options& options) {
  return options.objective == WM_FULL_SOFTMAX || options.objective == WM_ONE_VS_ALL;
}

}  // namespace

ClassifierWorker::ClassifierWorker(const ClassifierModel& model)
    : model_(model),
      kernel_(kernels()),
      columns_(static_cast<uint32_t>(model.input->floatStride())),
      labels_(static_cast<uint32_t>(model.examples->labelCounts().size())),
      noise_(model.noise ? &*model.noise : nullptr),
      batch_(model.options.objective == WM_FULL_SOFTMAX ? kBatch : 1),
      hidden_(batch_.size() * columns_),
      gradient_(batch_.size() * columns_) {
  for (size_t i = 0; i < batch_.size(); ++i) {
    hiddenRows_.push_back(hidden_.data() + i * columns_);
    gradientRows_.push_back(gradient_.data() + i * columns_);
  }
  size_t pairs = batch_.size() * labels_;
  if (touchesEveryLabel(model.options)) {
    for (uint64_t label = 0; label < labels_; ++label) {
      allOutputs_.push_back(model.output->trainable() + label * columns_);
    }
  } else {
    pairs = std::max<size_t>(1 + model.options.negative_samples, model.huffman ? model.huffman->longestPath() : 0);
  }
  outputs_.resize(touchesEveryLabel(model.options) ? labels_ : pairs);
  exponentials_.resize(model.options.objective == WM_ONE_VS_ALL ? labels_ : 0);
  logits_.resize(pairs + kSlack);
  signs_.resize(pairs + kSlack);
  weights_.resize(pairs + kSlack);
}

UnitResult ClassifierWorker::run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) {
  RandomStream random(model_.options.seed, block, unit);
  noise_.restart(RandomStream(~model_.options.seed, block, unit));
  const uint64_t epoch = block / model_.blocksPerEpoch();
  const uint64_t inEpoch = block % model_.blocksPerEpoch();
  const uint64_t first = (inEpoch * ClassifierModel::unitsPerBlock + unit) * ClassifierModel::examplesPerUnit;
  const uint64_t last = std::min(first + ClassifierModel::examplesPerUnit, model_.examples->size());
  const Permutation order(model_.options.seed, epoch, model_.examples->size());
  UnitResult result;
  for (uint64_t place = first; place < last && !cancelled.load(std::memory_order_relaxed); ++place) {
    result.tokens += addExample(order(place));
    if (batchSize_ < batch_.size() && place + 1 < last) continue;
    result.examples += batchSize_;
    result.loss += step(random, model_.learningRateAt(epoch, place));
  }
  batchSize_ = 0;
  return result;
}

uint64_t ClassifierWorker::addExample(uint64_t line) {
  Example& example = batch_[batchSize_];
  const uint64_t tokens = model_.examples->read(line, rows_, example.labels);
  float* const input = model_.input->trainable();
  example.rows.clear();
  for (const uint32_t row : rows_) example.rows.push_back(input + uint64_t{row} * columns_);
  const auto count = static_cast<uint32_t>(example.rows.size());
  kernel_.sumRows(example.rows.data(), count, columns_, 1.0F / static_cast<float>(count),
                  hidden_.data() + size_t{batchSize_} * columns_);
  ++batchSize_;
  return tokens;
}

double ClassifierWorker::step(RandomStream& random, float rate) {
  std::fill_n(gradient_.begin(), size_t{batchSize_} * columns_, 0.0F);
  const double loss = touchesEveryLabel(model_.options) ? stepAll(random, rate) : stepFew(random, rate);
  updateInputs();
  batchSize_ = 0;
  return loss;
}

TileStep ClassifierWorker::makeStep(float* const* outputs, uint32_t outputCount, float rate) {
  TileStep step{};
  step.inputCount = batchSize_;
  step.outputCount = outputCount;
  step.columns = columns_;
  step.rate = rate;
  step.inputs = hiddenRows_.data();
  step.gradients = gradientRows_.data();
  step.outputs = outputs;
  step.signs = signs_.data();
  step.weights = weights_.data();
  step.logits = logits_.data();
  return step;
}

/// Of several labels one at random is the truth, another time another, as in the reference.
uint32_t ClassifierWorker::oneOf(const std::vector<uint32_t>& labels, RandomStream& random) {
  return labels[labels.size() == 1 ? 0 : random.below(static_cast<uint32_t>(labels.size()))];
}

double ClassifierWorker::stepAll(RandomStream& random, float rate) {
  TileStep step = makeStep(allOutputs_.data(), labels_, rate);
  kernel_.tileLogits(&step);
  double loss = 0.0;
  for (uint32_t i = 0; i < batchSize_; ++i) {
    float* const logits = logits_.data() + size_t{i} * labels_;
    std::vector<uint32_t>& truth = batch_[i].labels;
    if (model_.options.objective == WM_ONE_VS_ALL) {
      loss += sigmoids(logits, truth);
    } else {
      truth = {oneOf(truth, random)};
      loss += softmax(logits, truth[0]);
    }
    for (const uint32_t label : truth) logits[label] -= 1.0F;
    TileStep update = step;
    update.inputCount = 1;
    update.inputs += i;
    update.gradients += i;
    update.outputs = outputs_.data();
    update.outputCount = thinOut(logits, rate, random);
    update.logits = logits;
    kernel_.tileUpdate(&update);
  }
  return loss;
}

/// Logits become probabilities; returns the loss.
double ClassifierWorker::softmax(float* logits, uint32_t target) {
  const float ofTarget = logits[target];
  const float max = kernel_.maxOf(logits, labels_);
  const float sum = kernel_.expSum(logits, labels_, max);
  const float scale = 1.0F / sum;
  for (uint32_t label = 0; label < labels_; ++label) logits[label] *= scale;
  return std::log(static_cast<double>(sum)) + max - ofTarget;
}

/// Logits become probabilities, each by itself; returns the loss, the sum of log(1 + exp(+-logit)).
double ClassifierWorker::sigmoids(float* logits, const std::vector<uint32_t>& labels) {
  double loss = 0.0;
  for (const uint32_t label : labels) loss -= logits[label];
  for (uint32_t label = 0; label < labels_; ++label) exponentials_[label] = -std::fabs(logits[label]);
  kernel_.expSum(exponentials_.data(), labels_, 0.0F);
  float product = 1.0F;  // of 1 + exp: at most 2 each
  for (uint32_t label = 0; label < labels_; ++label) {
    const float e = exponentials_[label];
    if (logits[label] > 0.0F) loss += logits[label];
    product *= 1.0F + e;
    if (label % 64 == 63 || label + 1 == labels_) {
      loss += std::log(product);
      product = 1.0F;
    }
    logits[label] = (logits[label] > 0.0F ? 1.0F : e) / (1.0F + e);
  }
  return loss;
}

/// From the errors of all labels, in place, the gradients of some, whose rows are put into `outputs_`; returns how
/// many. Most errors are next to nothing, and writing rows for them is most of the work. Small ones are added up from
/// label to label, from a random beginning, and the label at which the sum is full takes it whole, so that in the mean
/// each has what it is due (systematic sampling).
uint32_t ClassifierWorker::thinOut(float* errors, float rate, RandomStream& random) {
  float gathered = unitInterval(random.next()) * kLeastGradient;
  uint32_t count = 0;
  for (uint32_t label = 0; label < labels_; ++label) {
    float error = errors[label];
    if (error >= 0.0F && error < kLeastGradient) {
      gathered += error;
      if (gathered < kLeastGradient) continue;
      gathered -= kLeastGradient;
      error = kLeastGradient;
    }
    outputs_[count] = allOutputs_[label];
    errors[count++] = -rate * error;
  }
  return count;
}

double ClassifierWorker::stepFew(RandomStream& random, float rate) {
  const uint32_t target = oneOf(batch_[0].labels, random);
  outputCount_ = 0;
  if (model_.huffman) {
    addPath(target);
  } else {
    addNegatives(target);
  }
  const TileStep step = makeStep(outputs_.data(), outputCount_, rate);
  return kernel_.tileStep(&step);
}

void ClassifierWorker::addPath(uint32_t target) {
  const HuffmanTree::Path path = model_.huffman->path(target);
  for (uint32_t i = 0; i < path.length; ++i) addOutput(path.nodes[i], path.signs[i]);
}

void ClassifierWorker::addNegatives(uint32_t target) {
  addOutput(target, 1.0F);
  for (uint32_t n = 0; n < model_.options.negative_samples; ++n) {
    // Another label has examples, so one is drawn before long.
    uint32_t other = noise_.next();
    while (other == target) other = noise_.next();
    addOutput(other, -1.0F);
  }
}

/// A step writes each row once, so a row that comes twice counts twice instead.
void ClassifierWorker::addOutput(uint32_t row, float sign) {
  float* const output = model_.output->trainable() + uint64_t{row} * columns_;
  const auto end = outputs_.begin() + outputCount_;
  const auto found = std::find(outputs_.begin(), end, output);
  const auto k = static_cast<size_t>(found - outputs_.begin());
  if (found != end) {
    weights_[k] += 1.0F;
    return;
  }
  outputs_[k] = output;
  signs_[k] = sign;
  weights_[k] = 1.0F;
  ++outputCount_;
}

/// Each feature takes its share of the mean, as in the reference.
void ClassifierWorker::updateInputs() {
  for (uint32_t i = 0; i < batchSize_; ++i) {
    const Example& example = batch_[i];
    const auto count = static_cast<uint32_t>(example.rows.size());
    factors_.assign(count, 1.0F / static_cast<float>(count));
    kernel_.addToRows(example.rows.data(), factors_.data(), count, columns_, gradientRows_[i]);
  }
}

}  // namespace wordmill
