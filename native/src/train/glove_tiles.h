#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "wordmill.h"

namespace wordmill {

class Cooccurrence;

/// A co-occurrence matrix in the order in which it is trained: words in groups, and for each pair of groups a tile of
/// the entries between them, small enough for a cache and in random order. Of a symmetric matrix only the tiles on and
/// below the diagonal are held, each of which stands for its mirror image too.
class GloveTiles {
 public:
  struct Tile {
    const GloveEntry* entries;
    uint64_t count;
  };

  GloveTiles(const Cooccurrence& matrix, uint64_t seed, unsigned threads, wm_signal* signal);

  bool symmetric() const { return symmetric_; }
  uint64_t rows() const { return firstRows_.back(); }
  /// Entries of the whole matrix.
  uint64_t nonzeros() const { return nonzeros_; }
  uint32_t groups() const { return static_cast<uint32_t>(firstRows_.size() - 1); }
  uint64_t firstRow(uint32_t group) const { return firstRows_[group]; }
  uint64_t rowsOf(uint32_t group) const { return firstRows_[group + 1] - firstRows_[group]; }
  /// Of a symmetric matrix: column <= row.
  Tile tile(uint32_t row, uint32_t column) const;
  /// Entries of the tile (group, group) that stand on the diagonal of the matrix.
  uint64_t onDiagonal(uint32_t group) const { return onDiagonal_[group]; }
  /// All tiles, one after another.
  Tile all() const { return {entries(), offsets_.back()}; }

 private:
  uint64_t index(uint32_t row, uint32_t column) const;
  const GloveEntry* entries() const { return static_cast<const GloveEntry*>(memory_.get()); }
  void fillGroup(const Cooccurrence& matrix, uint32_t group, uint64_t seed);

  bool symmetric_;
  uint64_t nonzeros_;
  std::vector<uint64_t> firstRows_;   // of each group, and the number of all
  std::vector<uint32_t> groupOf_;     // of each row
  std::vector<uint64_t> offsets_;     // of each tile, and the number of all entries
  std::vector<uint64_t> onDiagonal_;  // of each group
  std::shared_ptr<void> memory_;
};

}  // namespace wordmill
