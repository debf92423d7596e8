#include "train/finite.h"

#include <atomic>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/select.h"
#include "runtime/error.h"
#include "runtime/parallel.h"

namespace wordmill {
namespace {

/// The first number that is not finite, or `count`.
uint64_t firstDefect(const float* values, uint64_t count) {
  // A square may overflow, so the sum only says that there is nothing to look for.
  float squares = 0.0F;
  kernels().squaredLengths(values, 0, kRowF32, 1, count, &squares);
  if (std::isfinite(squares)) return count;
  uint64_t i = 0;
  while (i < count && std::isfinite(values[i])) ++i;
  return i;
}

}  // namespace

void requireFinite(const float* values, uint64_t rows, uint64_t columns, const char* option, unsigned threads) {
  constexpr uint64_t none = std::numeric_limits<uint64_t>::max();
  std::atomic<uint64_t> found{none};
  parallelTasks(rows, columns * sizeof(float), threads, [&](uint64_t first, uint64_t end) {
    const uint64_t count = (end - first) * columns;
    const uint64_t at = firstDefect(values + first * columns, count);
    if (at == count) return;
    const uint64_t place = first * columns + at;
    uint64_t before = found.load();
    while (place < before && !found.compare_exchange_weak(before, place)) {
    }
  });
  const uint64_t place = found.load();
  if (place == none) return;
  throw optionError(option, std::string(option) + ": number " + std::to_string(place % columns) + " of row " +
                                std::to_string(place / columns) + " is " + std::to_string(values[place]) +
                                "; all must be finite");
}

}  // namespace wordmill
