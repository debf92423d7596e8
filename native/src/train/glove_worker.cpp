#include "train/glove_worker.h"

#include <algorithm>
#include <cmath>

#include "kernels/select.h"
#include "train/glove_model.h"

namespace wordmill {
namespace {

/// Entries between two looks at the signal, and as many as whose weights are computed at once.
constexpr uint64_t kChunk = 512;

}  // namespace

UnitResult GloveWorker::run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) {
  if (plannedBlock_ != block) {
    round_ = planGloveRound(model_.tiles, model_.options.seed, block);
    plannedBlock_ = block;
  }
  UnitResult result;
  for (const GlovePass& pass : GlovePasses(model_.tiles, round_.pairs[unit])) trainTile(pass, cancelled, result);
  return result;
}

void GloveWorker::trainTile(const GlovePass& pass, const std::atomic<bool>& cancelled, UnitResult& result) {
  GloveEntry entries[kChunk];
  float weights[kChunk];
  const wm_glove_options& options = model_.options;
  const auto alpha = static_cast<float>(options.alpha);
  const auto logOfMost = static_cast<float>(std::log(options.x_max));
  const bool mirrored = pass.heldAreContexts;
  const GloveSide held = mirrored ? model_.contexts(pass.heldGroup) : model_.words(pass.heldGroup);
  const GloveSide other = mirrored ? model_.words(pass.otherGroup) : model_.contexts(pass.otherGroup);
  const GloveStep shared = {entries,
                            weights,
                            0,
                            model_.stride(),
                            static_cast<float>(options.learning_rate),
                            static_cast<float>(options.gradient_clip),
                            held,
                            other};
  const GloveTiles::Tile tile = pass.tile;
  for (uint64_t done = 0; done < tile.count; done += kChunk) {
    if (cancelled.load(std::memory_order_relaxed)) return;
    const uint64_t count = std::min(kChunk, tile.count - done);
    GloveStep step = shared;
    for (uint64_t i = done; i < done + count; ++i) {
      const GloveEntry entry = tile.entries[round_.backwards ? tile.count - 1 - i : i];
      if (pass.leavesOutDiagonal && entry.held == entry.other) continue;
      entries[step.count] = entry;
      // (X / xMax)^alpha as exp(alpha (log X - log xMax))
      weights[step.count++] = std::min(0.0F, alpha * (entry.logCount - logOfMost));
    }
    kernels().expSum(weights, step.count, 0.0F);
    result.loss += kernels().gloveStep(&step);
    result.tokens += step.count;
    result.examples += step.count;
  }
}

}  // namespace wordmill
