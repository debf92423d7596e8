#include "backend/device_classifier.h"

#include <algorithm>

#include "backend/descriptions.h"
#include "memory/table.h"
#include "sampling/permutation.h"
#include "text/examples.h"

namespace wordmill {
namespace {

constexpr uint64_t kExamplesOfBlock = ClassifierModel::examplesPerUnit * ClassifierModel::unitsPerBlock;

}  // namespace

DeviceClassifier::DeviceClassifier(std::shared_ptr<const Device> device, std::unique_ptr<const ClassifierModel> model)
    : DeviceWork(std::move(device), *model), model_(std::move(model)) {
  wm_backend_classifier setup{};
  setup.options = &model_->options;
  setup.input = describeRows(model_->input.get());
  setup.output = describeRows(model_->output.get());
  setup.labels = model_->examples->labelCounts().size();
  if (model_->noise) setup.noise = describeNoise(*model_->noise);
  if (model_->huffman) setup.paths = describeTree(*model_->huffman);
  setup.examples = model_->examples->size();
  gather(0);
  setup.block_examples = rowStarts_.size() - 1;
  setup.block_values = rows_.size() + labels_.size();
  wm_backend_training* training = nullptr;
  checkBackend([&](wm_error* error) { return calls().classifier_begin(this->device(), &setup, &training, error); });
  take(training);
}

uint64_t DeviceClassifier::gather(uint64_t block) {
  const Examples& examples = *model_->examples;
  const uint64_t first = firstOf(block);
  const uint64_t last = std::min(first + kExamplesOfBlock, examples.size());
  const Permutation order(model_->options.seed, block / model_->blocksPerEpoch(), examples.size());
  rows_.clear();
  rowStarts_.assign(1, 0);
  labels_.clear();
  labelStarts_.assign(1, 0);
  uint64_t tokens = 0;
  for (uint64_t place = first; place < last; ++place) {
    tokens += examples.read(order(place), exampleRows_, exampleLabels_);
    rows_.insert(rows_.end(), exampleRows_.begin(), exampleRows_.end());
    rowStarts_.push_back(static_cast<uint32_t>(rows_.size()));
    labels_.insert(labels_.end(), exampleLabels_.begin(), exampleLabels_.end());
    labelStarts_.push_back(static_cast<uint32_t>(labels_.size()));
  }
  return tokens;
}

uint64_t DeviceClassifier::submit(uint64_t block) {
  const uint64_t tokens = gather(block);
  const uint64_t epoch = block / model_->blocksPerEpoch();
  wm_backend_examples described{};
  described.rows = rows_.data();
  described.row_starts = rowStarts_.data();
  described.labels = labels_.data();
  described.label_starts = labelStarts_.data();
  described.examples = rowStarts_.size() - 1;
  described.number = block;
  described.rate = model_->learningRateAt(epoch, firstOf(block));
  described.rate_after = model_->learningRateAt(epoch, firstOf(block) + described.examples);
  checkBackend([&](wm_error* error) { return calls().classifier_submit(training(), &described, error); });
  return tokens;
}

/// The place of its first example in the order of its epoch.
uint64_t DeviceClassifier::firstOf(uint64_t block) const { return block % model_->blocksPerEpoch() * kExamplesOfBlock; }

void DeviceClassifier::weightsChanged() {
  model_->input->changed();
  model_->output->changed();
}

}  // namespace wordmill
