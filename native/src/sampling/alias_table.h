#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sampling/random.h"

namespace wordmill {

/// Draws rows with probability proportional to count ^ exponent in constant time (Walker 1977, built as Vose 1991); 8
/// bytes a row, where the reference fills a table of 400 MB.
class AliasTable {
 public:
  /// Rows of count 0 are never drawn. At least one count must be positive.
  AliasTable(const std::vector<uint64_t>& counts, double exponent);

  /// Many draws at once, without a branch, so that their cache misses overlap.
  void draw(RandomStream& random, uint32_t* out, size_t count) const {
    const uint64_t size = slots_.size();
    const Slot* const slots = slots_.data();
    for (size_t i = 0; i < count; ++i) {
      const uint64_t bits = random.next();
      const auto index = static_cast<uint32_t>(((bits >> 32U) * size) >> 32U);
      const Slot chosen = slots[index];
      const uint32_t keep = 0U - static_cast<uint32_t>(static_cast<uint32_t>(bits) < chosen.threshold);
      out[i] = (index & keep) | (chosen.other & ~keep);
    }
  }

  /// A draw takes a slot at random, and of it the slot's own row where 32 random bits are below the threshold.
  struct Slot {
    uint32_t threshold;
    uint32_t other;
  };
  const std::vector<Slot>& slots() const { return slots_; }

 private:
  std::vector<Slot> slots_;
};

}  // namespace wordmill
