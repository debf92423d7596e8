#include "train/glove_round.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sampling/random.h"

namespace wordmill {
namespace {

/// Numbers of a random stream for each epoch, apart from those of tiles, which have a group in its place.
constexpr uint64_t kOrderOfTiles = UINT64_MAX;

std::vector<uint32_t> permutation(uint32_t size, RandomStream& random) {
  std::vector<uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  for (uint32_t i = size; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

uint64_t entriesOf(const GloveTiles& tiles, GlovePair pair) {
  if (tiles.symmetric() && pair.words < pair.contexts) std::swap(pair.words, pair.contexts);
  return tiles.tile(pair.words, pair.contexts).count;
}

}  // namespace

/// A round is a diagonal of the square of tiles (a Latin square), after its rows and columns were put in an order that
/// is random in every epoch. Long tiles come first, so that threads end at about the same time.
GloveRound planGloveRound(const GloveTiles& tiles, uint64_t seed, uint64_t number) {
  const uint32_t groups = tiles.groups();
  const uint64_t epoch = number / groups;
  const auto diagonal = static_cast<uint32_t>(number % groups);
  RandomStream random(seed, kOrderOfTiles, epoch);
  const std::vector<uint32_t> words = permutation(groups, random);
  const std::vector<uint32_t> contexts = permutation(groups, random);
  // Every second epoch goes through a tile in the opposite order, which converges faster than one order or a new one
  // each time (Rajput, Lee & Papailiopoulos 2021, "FlipFlop").
  GloveRound round{{}, epoch % 2 == 1};
  for (uint32_t i = 0; i < groups; ++i) round.pairs.push_back({words[i], contexts[(i + diagonal) % groups]});
  std::stable_sort(round.pairs.begin(), round.pairs.end(),
                   [&](const GlovePair& a, const GlovePair& b) { return entriesOf(tiles, a) > entriesOf(tiles, b); });
  return round;
}

GlovePasses::GlovePasses(const GloveTiles& tiles, GlovePair pair) {
  const auto [words, contexts] = pair;
  if (tiles.symmetric() && words < contexts) {
    passes_[0] = {tiles.tile(contexts, words), contexts, words, true, false};
    return;
  }
  passes_[0] = {tiles.tile(words, contexts), words, contexts, false, false};
  if (tiles.symmetric() && words == contexts) {
    passes_[1] = {passes_[0].tile, contexts, words, true, true};
    count_ = 2;
  }
}

}  // namespace wordmill
