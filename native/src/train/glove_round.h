#pragma once

#include <cstdint>
#include <vector>

#include "train/glove_tiles.h"

namespace wordmill {

/// A tile of the whole matrix: the words of one group and the contexts of another.
struct GlovePair {
  uint32_t words;
  uint32_t contexts;
};

/// Tiles that share no words and no contexts, as many as there are groups.
struct GloveRound {
  std::vector<GlovePair> pairs;  // long ones first
  bool backwards;                // each tile from its last entry to its first
};

/// Of a training: round `number` of all epochs.
GloveRound planGloveRound(const GloveTiles& tiles, uint64_t seed, uint64_t number);

/// A tile as it is held, or its mirror image.
struct GlovePass {
  GloveTiles::Tile tile;
  uint32_t heldGroup;   // of the entries' `held` rows
  uint32_t otherGroup;  // and of their `other` rows
  bool heldAreContexts;
  bool leavesOutDiagonal;
};

/// What stands for a pair: one pass, and a second one over a tile that is its own mirror image.
class GlovePasses {
 public:
  GlovePasses(const GloveTiles& tiles, GlovePair pair);
  const GlovePass* begin() const { return passes_; }
  const GlovePass* end() const { return passes_ + count_; }

 private:
  GlovePass passes_[2];
  uint32_t count_ = 1;
};

}  // namespace wordmill
