#pragma once

#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/job.h"
#include "train/glove_tiles.h"

namespace wordmill {

class GloveModel;

/// One thread's share of a GloVe training.
class GloveWorker final : public BlockWorker {
 public:
  explicit GloveWorker(const GloveModel& model) : model_(model) {}
  UnitResult run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) override;

 private:
  /// A tile of the whole matrix: the words of one group and the contexts of another.
  struct Pair {
    uint32_t words;
    uint32_t contexts;
    uint64_t entries;
  };
  enum class Diagonal { kTake, kLeaveOut };

  void planRound(uint64_t block);
  uint64_t entriesOf(uint32_t words, uint32_t contexts) const;
  void trainTile(GloveTiles::Tile tile, GloveSide held, GloveSide other, Diagonal diagonal,
                 const std::atomic<bool>& cancelled, UnitResult& result);

  const GloveModel& model_;
  uint64_t plannedBlock_ = UINT64_MAX;
  bool backwards_ = false;
  std::vector<Pair> round_;
};

}  // namespace wordmill
