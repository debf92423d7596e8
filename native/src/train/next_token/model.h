#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/job.h"
#include "text/token_sequence.h"
#include "train/next_token/network.h"
#include "train/next_token/options.h"

namespace wordmill {

/// The training of a network on a sequence. Its steps follow each other, and all threads work within a step, so there
/// is one worker and it has the threads. A block is a fixed number of steps.
class NextTokenModel final : public BlockWork {
 public:
  /// The arguments must have passed checkNextTokenTraining.
  NextTokenModel(std::shared_ptr<const TokenSequence> sequence, const NextTokenTables& tables,
                 const wm_next_token_options& options);

  uint64_t blocks() const override { return options.epochs * blocksOfEpoch_; }
  uint32_t units(uint64_t) const override { return 1; }
  uint64_t tokens() const override { return options.epochs * sequence->size(); }
  double learningRate(uint64_t block) const override;
  bool blocksOverlap() const override { return false; }
  unsigned threadsOfWorker() const override;
  std::unique_ptr<BlockWorker> makeWorker() override;

  /// The steps of a block, counted from the start of its epoch.
  Range stepsOf(uint64_t block) const;
  uint64_t stepsOfEpoch() const { return stepsOfEpoch_; }
  uint64_t epochOf(uint64_t block) const { return block / blocksOfEpoch_; }
  double rateAt(uint64_t step) const;

  const std::shared_ptr<const TokenSequence> sequence;
  const wm_next_token_options options;
  const NextTokenTables tables;
  const NextTokenCounts counts;
  const Optimizer rule;

 private:
  const uint64_t stepsOfEpoch_;
  const uint64_t stepsOfBlock_;
  const uint64_t blocksOfEpoch_;
  const wm_schedule schedule_;
};

/// The sum of -log p over a sequence. The arguments must have passed checkNextTokenNetwork.
double nextTokenLoss(const TokenSequence& sequence, const NextTokenTables& tables, const wm_next_token_options& options,
                     const wm_signal* signal);

/// The probability of each row after some tokens, the last one the nearest.
void predictNextToken(const NextTokenTables& tables, const wm_next_token_options& options, const uint32_t* tokens,
                      uint64_t count, float* out);

}  // namespace wordmill
