#include "sampling/alias_table.h"

#include <cmath>

namespace wordmill {

AliasTable::AliasTable(const std::vector<uint64_t>& counts, double exponent) : slots_(counts.size()) {
  const size_t n = counts.size();
  std::vector<double> share(n, 0.0);
  double total = 0.0;
  for (size_t i = 0; i < n; ++i) {
    if (counts[i] > 0) share[i] = std::pow(static_cast<double>(counts[i]), exponent);
    total += share[i];
  }
  std::vector<uint32_t> small;
  std::vector<uint32_t> large;
  for (size_t i = 0; i < n; ++i) {
    share[i] *= static_cast<double>(n) / total;
    (share[i] < 1.0 ? small : large).push_back(static_cast<uint32_t>(i));
  }
  constexpr uint32_t always = 0xFFFFFFFFU;
  while (!small.empty() && !large.empty()) {
    const uint32_t poor = small.back();
    const uint32_t rich = large.back();
    small.pop_back();
    slots_[poor] = {static_cast<uint32_t>(share[poor] * 4294967296.0), rich};
    share[rich] -= 1.0 - share[poor];
    if (share[rich] < 1.0) {
      large.pop_back();
      small.push_back(rich);
    }
  }
  // What is left has a share of 1 but for rounding.
  for (const uint32_t i : large) slots_[i] = {always, i};
  for (const uint32_t i : small) slots_[i] = {always, i};
}

}  // namespace wordmill
