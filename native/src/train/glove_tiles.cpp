#include "train/glove_tiles.h"

#include <algorithm>
#include <cmath>

#include "count/cooccurrence.h"
#include "memory/huge_pages.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "sampling/random.h"

namespace wordmill {
namespace {

// Rows are ordered by frequency, so the first groups hold most of the entries and are the smaller ones: then no tile is
// so large that other threads wait for it. Groups of 4096 rows still gave the best vectors and the best speed; smaller
// vocabularies are cut finer, for there to be tiles for many threads.
constexpr uint64_t kFirstGroup = 1536, kSmallestGroup = 64, kLargestGroup = 4096;
constexpr uint64_t kGroupsOfFirstSize = 32;
constexpr double kGroupGrowth = 1.15;

std::vector<uint64_t> cutGroups(uint64_t rows) {
  double size = static_cast<double>(std::clamp(rows / kGroupsOfFirstSize, kSmallestGroup, kFirstGroup));
  std::vector<uint64_t> first{0};
  while (first.back() < rows) {
    first.push_back(std::min(rows, first.back() + static_cast<uint64_t>(size)));
    size = std::min(size * kGroupGrowth, static_cast<double>(kLargestGroup));
  }
  return first;
}

/// Fisher and Yates.
template <class T>
void shuffle(T* values, uint64_t count, RandomStream& random) {
  for (uint64_t i = count; i > 1; --i) std::swap(values[i - 1], values[random.below(static_cast<uint32_t>(i))]);
}

/// Rows in random order, and the entries of each row in random order, but a row's entries stay together: half of all
/// memory accesses are then to a row that is in the nearest cache.
void shuffleTile(GloveEntry* entries, uint64_t count, RandomStream random, std::vector<GloveEntry>& scratch) {
  struct Run {
    uint64_t begin;
    uint64_t end;
  };
  std::vector<Run> runs;
  for (uint64_t begin = 0; begin < count;) {
    uint64_t end = begin + 1;
    while (end < count && entries[end].held == entries[begin].held) ++end;
    shuffle(entries + begin, end - begin, random);
    runs.push_back({begin, end});
    begin = end;
  }
  shuffle(runs.data(), runs.size(), random);
  scratch.clear();
  for (const Run& run : runs) scratch.insert(scratch.end(), entries + run.begin, entries + run.end);
  std::copy(scratch.begin(), scratch.end(), entries);
}

}  // namespace

GloveTiles::GloveTiles(const Cooccurrence& matrix, uint64_t seed, unsigned threads, wm_signal* signal)
    : symmetric_(matrix.symmetric()),
      nonzeros_(matrix.nonzeros()),
      firstRows_(cutGroups(matrix.rows())),
      groupOf_(matrix.rows()),
      offsets_(index(groups(), 0) + 1, matrix.stored()),
      onDiagonal_(groups(), 0),
      memory_(allocateZeroed(matrix.stored() * sizeof(GloveEntry))) {
  for (uint32_t g = 0; g < groups(); ++g) {
    std::fill(groupOf_.begin() + static_cast<int64_t>(firstRows_[g]),
              groupOf_.begin() + static_cast<int64_t>(firstRows_[g + 1]), g);
  }
  parallelFor(groups(), threads, [&](uint64_t group) {
    throwIfRaised(signal);
    fillGroup(matrix, static_cast<uint32_t>(group), seed);
    addDone(signal, matrix.offsets()[firstRows_[group + 1]] - matrix.offsets()[firstRows_[group]]);
  });
}

uint64_t GloveTiles::index(uint32_t row, uint32_t column) const {
  const uint64_t before = symmetric_ ? uint64_t{row} * (row + 1) / 2 : uint64_t{row} * groups();
  return before + column;
}

GloveTiles::Tile GloveTiles::tile(uint32_t row, uint32_t column) const {
  const uint64_t i = index(row, column);
  return {entries() + offsets_[i], offsets_[i + 1] - offsets_[i]};
}

/// The entries of a group's rows follow each other in the matrix, and so do its tiles here: groups are filled apart.
void GloveTiles::fillGroup(const Cooccurrence& matrix, uint32_t group, uint64_t seed) {
  const uint64_t firstRow = firstRows_[group];
  const uint64_t lastRow = firstRows_[group + 1];
  const uint64_t begin = matrix.offsets()[firstRow];
  const uint64_t end = matrix.offsets()[lastRow];
  const uint32_t tiles = symmetric_ ? group + 1 : groups();

  std::vector<uint64_t> next(tiles + 1, 0);
  for (uint64_t i = begin; i < end; ++i) ++next[groupOf_[matrix.columns()[i]] + 1];
  next[0] = begin;
  for (uint32_t t = 0; t < tiles; ++t) next[t + 1] += next[t];
  std::copy(next.begin(), next.end() - 1, offsets_.begin() + static_cast<int64_t>(index(group, 0)));

  auto* const filled = static_cast<GloveEntry*>(memory_.get());
  const double logUnit = std::log(matrix.unit());
  for (uint64_t row = firstRow; row < lastRow; ++row) {
    for (uint64_t i = matrix.offsets()[row]; i < matrix.offsets()[row + 1]; ++i) {
      const uint32_t column = matrix.columns()[i];
      if (column == row) ++onDiagonal_[group];
      const uint32_t t = groupOf_[column];
      filled[next[t]++] = {static_cast<uint16_t>(row - firstRow), static_cast<uint16_t>(column - firstRows_[t]),
                           static_cast<float>(std::log(matrix.values()[i]) - logUnit)};
    }
  }
  std::vector<GloveEntry> scratch;
  uint64_t tileBegin = begin;
  for (uint32_t t = 0; t < tiles; ++t) {  // next[t] is now the end of tile t
    shuffleTile(filled + tileBegin, next[t] - tileBegin, RandomStream(seed, group, t), scratch);
    tileBegin = next[t];
  }
}

}  // namespace wordmill
