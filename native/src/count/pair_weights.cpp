#include "count/pair_weights.h"

#include <algorithm>
#include <numeric>

namespace wordmill {
namespace {

/// The least common multiple of 1 .. 22 is the largest that leaves 64-bit sums enough room; counts at distances beyond
/// are rounded to multiples of 1 / 232792560, which is relatively less than 1 / 5000 up to the largest window.
constexpr uint32_t kExactWindow = 22;

}  // namespace

uint64_t unitOf(const CountRules& rules) {
  if (!rules.distanceWeighting) return 1;
  uint64_t unit = 1;
  for (uint64_t d = 2; d <= std::min(rules.windowSize, kExactWindow); ++d) unit = std::lcm(unit, d);
  return unit;
}

std::vector<uint64_t> weightsOf(const CountRules& rules) {
  const uint64_t unit = unitOf(rules);
  std::vector<uint64_t> weights(uint64_t{rules.windowSize} + 1, unit);
  if (rules.distanceWeighting) {
    for (uint64_t d = 1; d < weights.size(); ++d) weights[d] = std::max<uint64_t>(1, (unit + d / 2) / d);
  }
  return weights;
}

}  // namespace wordmill
