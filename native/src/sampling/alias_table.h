#pragma once

#include <cstdint>
#include <vector>

namespace wordmill {

/// Draws rows with probability proportional to count ^ exponent in constant time (Walker 1977, built as Vose 1991); 8
/// bytes a row, where the reference fills a table of 400 MB.
class AliasTable {
 public:
  /// Rows of count 0 are never drawn. At least one count must be positive.
  AliasTable(const std::vector<uint64_t>& counts, double exponent);

  /// `random`: 64 uniform bits.
  uint32_t draw(uint64_t random) const {
    const auto slot = static_cast<uint32_t>(((random >> 32U) * slots_.size()) >> 32U);
    const Slot& chosen = slots_[slot];
    return static_cast<uint32_t>(random) < chosen.threshold ? slot : chosen.other;
  }

 private:
  struct Slot {
    uint32_t threshold;
    uint32_t other;
  };
  std::vector<Slot> slots_;
};

}  // namespace wordmill
