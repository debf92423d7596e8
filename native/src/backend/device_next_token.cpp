#include "backend/device_next_token.h"

#include <algorithm>

#include "backend/descriptions.h"
#include "memory/table.h"
#include "sampling/permutation.h"
#include "train/next_token/steps.h"

namespace wordmill {

DeviceNextToken::DeviceNextToken(std::shared_ptr<const Device> device, std::unique_ptr<const NextTokenModel> model)
    : DeviceWork(std::move(device), *model), model_(std::move(model)) {
  const NextTokenTables& tables = model_->tables;
  const NextTokenCounts& counts = model_->counts;
  wm_backend_next_token setup{};
  setup.options = &model_->options;
  setup.input = describeRows(tables.input.get());
  setup.map = describeRows(tables.map.get());
  setup.output = describeRows(tables.output.get());
  setup.bias = describeRows(tables.bias.get());
  if (counts.rows.size() < tables.input->rows()) {
    setup.active_rows = counts.rows.data();
    setup.active_count = counts.rows.size();
  }
  if (counts.noise) {
    setup.noise = describeNoise(*counts.noise);
    setup.expected = counts.expected.data();
  }
  if (counts.tree) setup.paths = describeTree(*counts.tree);
  setup.batches = model_->stepsOf(0).count;
  wm_backend_training* training = nullptr;
  checkBackend([&](wm_error* error) { return calls().next_token_begin(this->device(), &setup, &training, error); });
  take(training);
}

uint64_t DeviceNextToken::submit(uint64_t block) {
  const TokenSequence& sequence = *model_->sequence;
  const wm_next_token_options& options = model_->options;
  const uint64_t epoch = model_->epochOf(block);
  const Permutation order(options.seed, epoch, sequence.size());
  const Range steps = model_->stepsOf(block);
  while (batches_.size() < steps.count) batches_.emplace_back(options.context_size);
  described_.clear();
  uint64_t tokens = 0;
  for (uint64_t i = 0; i < steps.count; ++i) {
    Batch& batch = batches_[i];
    batch.clear();
    const uint64_t first = (steps.first + i) * options.batch_size;
    const uint64_t last = std::min<uint64_t>(first + options.batch_size, sequence.size());
    for (uint64_t k = first; k < last; ++k) batch.add(sequence, order(k));
    tokens += batch.size();

    wm_backend_batch described{};
    described.targets = batch.targets.data();
    described.contexts = batch.contexts.data();
    described.size = batch.size();
    described.number = epoch * model_->stepsOfEpoch() + steps.first + i;
    const OptimizerSteps rules(model_->rule, described.number + 1, model_->rateAt(described.number));
    described.dense = describeStep(rules.dense);
    described.rows = describeStep(rules.rows);
    described.dense_bias = describeStep(rules.denseBias);
    described.rows_bias = describeStep(rules.rowsBias);
    described_.push_back(described);
  }
  checkBackend([&](wm_error* error) {
    return calls().next_token_submit(training(), described_.data(), described_.size(), error);
  });
  return tokens;
}

void DeviceNextToken::weightsChanged() {
  const NextTokenTables& tables = model_->tables;
  for (Table* table : {tables.input.get(), tables.map.get(), tables.output.get(), tables.bias.get()}) {
    if (table != nullptr) table->changed();
  }
}

}  // namespace wordmill
