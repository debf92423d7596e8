#pragma once

#include <cstdint>

#include "kernels/kernels.h"
#include "runtime/job.h"
#include "train/glove_round.h"

namespace wordmill {

class GloveModel;

/// One thread's share of a GloVe training.
class GloveWorker final : public BlockWorker {
 public:
  explicit GloveWorker(const GloveModel& model) : model_(model) {}
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override;

 private:
  void trainTile(const GlovePass& pass, const std::atomic<bool>& cancelled, UnitResult& result);

  const GloveModel& model_;
  uint64_t plannedBlock_ = UINT64_MAX;
  GloveRound round_{};
};

}  // namespace wordmill
