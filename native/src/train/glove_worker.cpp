#include "train/glove_worker.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/select.h"
#include "sampling/random.h"
#include "train/glove_model.h"

namespace wordmill {
namespace {

/// Entries between two looks at the signal, and as many as whose weights are computed at once.
constexpr uint64_t kChunk = 512;

/// Numbers of a random stream for each epoch, apart from those of tiles, which have a group in its place.
constexpr uint64_t kOrderOfTiles = UINT64_MAX;

std::vector<uint32_t> permutation(uint32_t size, RandomStream& random) {
  std::vector<uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  for (uint32_t i = size; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace

uint64_t GloveWorker::entriesOf(uint32_t words, uint32_t contexts) const {
  const GloveTiles& tiles = model_.tiles;
  if (tiles.symmetric() && words < contexts) std::swap(words, contexts);
  return tiles.tile(words, contexts).count;
}

/// A round is a diagonal of the square of tiles (a Latin square), after its rows and columns were put in an order that
/// is random in every epoch. Long tiles come first, so that threads end at about the same time.
void GloveWorker::planRound(uint64_t block) {
  const uint32_t groups = model_.tiles.groups();
  const uint64_t epoch = block / groups;
  const auto diagonal = static_cast<uint32_t>(block % groups);
  RandomStream random(model_.options.seed, kOrderOfTiles, epoch);
  const std::vector<uint32_t> words = permutation(groups, random);
  const std::vector<uint32_t> contexts = permutation(groups, random);
  round_.clear();
  for (uint32_t i = 0; i < groups; ++i) {
    const uint32_t w = words[i];
    const uint32_t c = contexts[(i + diagonal) % groups];
    round_.push_back({w, c, entriesOf(w, c)});
  }
  std::stable_sort(round_.begin(), round_.end(), [](const Pair& a, const Pair& b) { return a.entries > b.entries; });
  // Every second epoch goes through a tile in the opposite order, which converges faster than one order or a new one
  // each time (Rajput, Lee & Papailiopoulos 2021, "FlipFlop").
  backwards_ = epoch % 2 == 1;
  plannedBlock_ = block;
}

UnitResult GloveWorker::run(uint64_t block, uint32_t unit, const std::atomic<bool>& cancelled) {
  if (plannedBlock_ != block) planRound(block);
  const GloveTiles& tiles = model_.tiles;
  const Pair pair = round_[unit];
  const GloveSide words = model_.words(pair.words);
  const GloveSide contexts = model_.contexts(pair.contexts);
  UnitResult result;
  if (tiles.symmetric() && pair.words < pair.contexts) {
    trainTile(tiles.tile(pair.contexts, pair.words), contexts, words, Diagonal::kTake, cancelled, result);
    return result;
  }
  trainTile(tiles.tile(pair.words, pair.contexts), words, contexts, Diagonal::kTake, cancelled, result);
  if (tiles.symmetric() && pair.words == pair.contexts) {
    trainTile(tiles.tile(pair.words, pair.contexts), contexts, words, Diagonal::kLeaveOut, cancelled, result);
  }
  return result;
}

void GloveWorker::trainTile(GloveTiles::Tile tile, GloveSide held, GloveSide other, Diagonal diagonal,
                            const std::atomic<bool>& cancelled, UnitResult& result) {
  GloveEntry entries[kChunk];
  float weights[kChunk];
  const wm_glove_options& options = model_.options;
  const auto alpha = static_cast<float>(options.alpha);
  const auto logOfMost = static_cast<float>(std::log(options.x_max));
  const GloveStep shared = {entries,
                            weights,
                            0,
                            model_.stride(),
                            static_cast<float>(options.learning_rate),
                            static_cast<float>(options.gradient_clip),
                            held,
                            other};
  for (uint64_t done = 0; done < tile.count; done += kChunk) {
    if (cancelled.load(std::memory_order_relaxed)) return;
    const uint64_t count = std::min(kChunk, tile.count - done);
    GloveStep step = shared;
    for (uint64_t i = done; i < done + count; ++i) {
      const GloveEntry entry = tile.entries[backwards_ ? tile.count - 1 - i : i];
      if (diagonal == Diagonal::kLeaveOut && entry.held == entry.other) continue;
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
