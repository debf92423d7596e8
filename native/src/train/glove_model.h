#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "runtime/job.h"
#include "train/glove_options.h"
#include "train/glove_tiles.h"

namespace wordmill {

/// GloVe: a block is a round, as many tiles as there are groups of words, no two of which have a group in common.
/// Threads that work on them never meet, and rounds follow each other, so the result does not depend on the number of
/// threads.
class GloveModel final : public BlockWork {
 public:
  /// The arguments must have passed checkGloveOptions.
  GloveModel(const Cooccurrence& matrix, const GloveTables& tables, const wm_glove_options& options, wm_signal* signal);

  uint64_t blocks() const override { return options.epochs * tiles.groups(); }
  uint32_t units(uint64_t) const override { return tiles.groups(); }
  uint64_t tokens() const override { return options.epochs * tiles.nonzeros(); }
  double learningRate(uint64_t) const override { return options.learning_rate; }
  bool blocksOverlap() const override { return false; }
  std::unique_ptr<BlockWorker> makeWorker() override;

  GloveSide words(uint32_t group) const;
  GloveSide contexts(uint32_t group) const;
  const GloveTables& tables() const { return tables_; }
  /// Floats from one row to the next.
  uint32_t stride() const { return static_cast<uint32_t>(stride_); }

  const wm_glove_options options;
  const GloveTiles tiles;

 private:
  const GloveTables tables_;
  const uint64_t stride_;
};

}  // namespace wordmill
