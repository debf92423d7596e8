#include "train/next_token/network.h"

#include <algorithm>
#include <cmath>

#include "kernels/select.h"
#include "memory/table.h"
#include "runtime/parallel.h"
#include "train/next_token/full_softmax.h"
#include "train/next_token/sampled_softmax.h"
#include "train/next_token/tree_softmax.h"

namespace wordmill {
namespace {

/// Examples of a task: enough to use what is read of the output well, few enough for their logits over thousands of
/// rows to stay in the second level of cache.
constexpr uint64_t kExamplesOfTask = 28;

std::unique_ptr<OutputLayer> makeOutput(const NextTokenParameters& parameters, const wm_next_token_options& options,
                                        const NextTokenCounts& counts, HiddenLayer& hidden,
                                        const std::atomic<bool>& cancelled) {
  if (counts.tree) return std::make_unique<TreeSoftmax>(parameters, hidden, cancelled, *counts.tree);
  if (!counts.noise) return std::make_unique<FullSoftmax>(parameters, hidden, cancelled, counts.rows);
  return std::make_unique<SampledSoftmax>(parameters, hidden, cancelled, *counts.noise, counts.expected,
                                          options.samples, options.seed);
}

}  // namespace

NextTokenCounts::NextTokenCounts(const wm_next_token_options& options, const NextTokenTables& tables,
                                 bool forTraining) {
  const uint64_t* const counts = tables.counts;
  const uint64_t size = tables.input->rows();
  for (uint32_t row = 0; row < size; ++row) {
    if (tables.takesPart(row)) rows.push_back(row);
  }
  if (options.objective == WM_NEXT_TOKEN_TREE) tree.emplace(std::vector<uint64_t>(counts, counts + size));
  if (options.objective != WM_NEXT_TOKEN_SAMPLED || !forTraining) return;
  noise.emplace(std::vector<uint64_t>(counts, counts + size), options.sample_exponent);
  std::vector<double> share(size, 0.0);
  double total = 0.0;
  for (uint64_t row = 0; row < size; ++row) {
    if (counts[row] > 0) share[row] = std::pow(static_cast<double>(counts[row]), options.sample_exponent);
    total += share[row];
  }
  expected.resize(size);
  for (uint64_t row = 0; row < size; ++row) {
    // Rows that never occur are no targets and are not drawn.
    expected[row] = counts[row] > 0 ? static_cast<float>(std::log(options.samples * share[row] / total)) : 0.0F;
  }
}

NextTokenNetwork::NextTokenNetwork(const NextTokenTables& tables, const wm_next_token_options& options,
                                   const NextTokenCounts& counts, const Optimizer* rule,
                                   const std::atomic<bool>& cancelled)
    : rule_(rule),
      cancelled_(cancelled),
      parameters_(tables, rule),
      hidden_(parameters_, options),
      output_(makeOutput(parameters_, options, counts, hidden_, cancelled)),
      examplesOfTask_((kExamplesOfTask + kernels().gemmRows - 1) / kernels().gemmRows * kernels().gemmRows),
      team_(resolveThreads(options.threads)),
      scratch_(team_.size()) {}

double NextTokenNetwork::loss(const Batch& batch) { return passThrough(batch, 0, false); }

double NextTokenNetwork::step(const Batch& batch, uint64_t number, double rate) {
  const double loss = passThrough(batch, number, true);
  if (std::isfinite(loss) && !cancelled_.load(std::memory_order_relaxed)) {
    update(batch, OptimizerSteps(*rule_, number + 1, rate));
  }
  return loss;
}

double NextTokenNetwork::passThrough(const Batch& batch, uint64_t number, bool gradients) {
  hidden_.begin(batch);
  output_->begin(batch, number);
  team_.run(output_->packTasks() + 1, [this](uint64_t task, unsigned) {
    if (task == 0) return hidden_.pack();
    output_->pack(task - 1);
  });
  const uint64_t size = batch.size();
  const uint64_t tasks = (size + examplesOfTask_ - 1) / examplesOfTask_;
  losses_.assign(tasks, 0.0);
  team_.run(tasks, [&](uint64_t task, unsigned member) {
    if (cancelled_.load(std::memory_order_relaxed)) return;
    const uint64_t first = task * examplesOfTask_;
    const Range examples = {first, std::min(examplesOfTask_, size - first)};
    hidden_.forward(batch, examples, scratch_[member]);
    losses_[task] = output_->score(batch, examples, gradients, scratch_[member]);
    if (gradients) hidden_.backward(examples, scratch_[member]);
  });
  double loss = 0.0;
  for (const double one : losses_) loss += one;
  return loss;
}

void NextTokenNetwork::update(const Batch& batch, const OptimizerSteps& steps) {
  team_.run(output_->collectTasks(),
            [this](uint64_t task, unsigned member) { output_->collect(task, scratch_[member]); });
  const uint64_t ofOutput = output_->updateTasks();
  const uint64_t ofMap = hidden_.mapTasks();
  team_.run(ofOutput + ofMap + hidden_.inputTasks(), [&](uint64_t task, unsigned member) {
    if (cancelled_.load(std::memory_order_relaxed)) return;
    Scratch& scratch = scratch_[member];
    if (task < ofMap) return hidden_.updateMap(task, steps, scratch);
    if (task < ofMap + ofOutput) return output_->update(task - ofMap, batch, steps, scratch);
    hidden_.updateInput(task - ofMap - ofOutput, batch, steps, scratch,
                        [this](uint32_t row) { return parameters_.isTied() && output_->changes(row); });
  });
  output_->finish(steps);
}

}  // namespace wordmill
