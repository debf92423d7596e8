#pragma once

#include <cstdint>
#include <vector>

#include "count/count.h"

namespace wordmill {

/// A count times this is a whole number, so that sums are exact in any order.
uint64_t unitOf(const CountRules& rules);
/// Of a pair at distance d: element d, up to the window's size.
std::vector<uint64_t> weightsOf(const CountRules& rules);

}  // namespace wordmill
