#include "train/next_token/model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "memory/table.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "sampling/permutation.h"
#include "train/schedule.h"

namespace wordmill {
namespace {

/// Tokens of a block, or a batch where that is larger: a second of work, and less with a small vocabulary.
constexpr uint64_t kTokensOfBlock = 8192;

uint64_t divideUp(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

class NextTokenWorker final : public BlockWorker {
 public:
  explicit NextTokenWorker(const NextTokenModel& model) : model_(model), batch_(model.options.context_size) {}

  UnitResult run(uint64_t block, uint32_t, const std::atomic<bool>& cancelled) override {
    if (!network_) {
      network_ =
          std::make_unique<NextTokenNetwork>(model_.tables, model_.options, model_.counts, &model_.rule, cancelled);
    }
    const TokenSequence& sequence = *model_.sequence;
    const uint64_t epoch = model_.epochOf(block);
    const Permutation order(model_.options.seed, epoch, sequence.size());
    const Range steps = model_.stepsOf(block);
    UnitResult result;
    for (uint64_t step = steps.first; step < steps.first + steps.count; ++step) {
      if (cancelled.load(std::memory_order_relaxed)) return result;
      batch_.clear();
      const uint64_t first = step * model_.options.batch_size;
      const uint64_t last = std::min<uint64_t>(first + model_.options.batch_size, sequence.size());
      for (uint64_t i = first; i < last; ++i) batch_.add(sequence, order(i));
      const uint64_t number = epoch * model_.stepsOfEpoch() + step;
      result.loss += network_->step(batch_, number, model_.rateAt(number));
      result.tokens += batch_.size();
      result.examples += batch_.size();
      if (!std::isfinite(result.loss)) return result;
    }
    return result;
  }

 private:
  const NextTokenModel& model_;
  std::unique_ptr<NextTokenNetwork> network_;
  Batch batch_;
};

}  // namespace

NextTokenModel::NextTokenModel(std::shared_ptr<const TokenSequence> theSequence, const NextTokenTables& theTables,
                               const wm_next_token_options& theOptions)
    : sequence(std::move(theSequence)),
      options(theOptions),
      tables(theTables),
      counts(options, tables, true),
      rule(options.optimizer),
      stepsOfEpoch_(divideUp(sequence->size(), options.batch_size)),
      stepsOfBlock_(divideUp(kTokensOfBlock, options.batch_size)),
      blocksOfEpoch_(divideUp(stepsOfEpoch_, stepsOfBlock_)),
      schedule_(nextTokenSchedule(options, options.epochs * stepsOfEpoch_)) {
  for (Table* table : {tables.input.get(), tables.map.get(), tables.output.get(), tables.bias.get()}) {
    if (table != nullptr) table->changed();
  }
}

Range NextTokenModel::stepsOf(uint64_t block) const {
  const uint64_t first = block % blocksOfEpoch_ * stepsOfBlock_;
  return {first, std::min(stepsOfBlock_, stepsOfEpoch_ - first)};
}

double NextTokenModel::rateAt(uint64_t step) const { return scheduledRate(schedule_, step); }

double NextTokenModel::learningRate(uint64_t block) const {
  return rateAt(epochOf(block) * stepsOfEpoch_ + stepsOf(block).first);
}

unsigned NextTokenModel::threadsOfWorker() const { return resolveThreads(options.threads); }

std::unique_ptr<BlockWorker> NextTokenModel::makeWorker() { return std::make_unique<NextTokenWorker>(*this); }

double nextTokenLoss(const TokenSequence& sequence, const NextTokenTables& tables, const wm_next_token_options& options,
                     const wm_signal* signal) {
  const std::atomic<bool> never{false};
  const std::atomic<bool>& cancelled = signal != nullptr ? signal->raised : never;
  const NextTokenCounts counts(options, tables, false);
  NextTokenNetwork network(tables, options, counts, nullptr, cancelled);
  Batch batch(options.context_size);
  double loss = 0.0;
  for (uint64_t first = 0; first < sequence.size(); first += options.batch_size) {
    throwIfRaised(signal);
    batch.clear();
    const uint64_t last = std::min<uint64_t>(first + options.batch_size, sequence.size());
    for (uint64_t i = first; i < last; ++i) batch.add(sequence, i);
    loss += network.loss(batch);
  }
  throwIfRaised(signal);
  return loss;
}

}  // namespace wordmill
