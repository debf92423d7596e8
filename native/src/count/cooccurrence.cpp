#include "count/cooccurrence.h"

#include <algorithm>
#include <utility>

namespace wordmill {

Cooccurrence::Cooccurrence(bool symmetric, double unit, MatrixRows theRows)
    : symmetric_(symmetric), unit_(unit), nonzeros_(theRows.columns.size()), rows_(std::move(theRows)) {
  rows_.finish();
  if (!symmetric_) return;
  nonzeros_ *= 2;
  for (uint64_t r = 0; r < rows(); ++r) {
    const uint64_t end = offsets()[r + 1];
    if (end > offsets()[r] && columns()[end - 1] == r) --nonzeros_;
  }
}

double Cooccurrence::held(uint64_t row, uint64_t column) const {
  const uint32_t* const begin = columns() + offsets()[row];
  const uint32_t* const end = columns() + offsets()[row + 1];
  const uint32_t* const found = std::lower_bound(begin, end, column);
  return found != end && *found == column ? values()[found - columns()] / unit_ : 0.0;
}

double Cooccurrence::at(uint64_t row, uint64_t column) const {
  if (symmetric_ && row < column) std::swap(row, column);
  return held(row, column);
}

std::vector<Cooccurrence::Neighbour> Cooccurrence::row(uint64_t row) const {
  std::vector<Neighbour> out;
  for (uint64_t i = offsets()[row]; i < offsets()[row + 1]; ++i) out.push_back({columns()[i], values()[i] / unit_});
  if (!symmetric_) return out;
  for (uint64_t later = row + 1; later < rows(); ++later) {
    const double count = held(later, row);
    if (count > 0.0) out.push_back({static_cast<uint32_t>(later), count});
  }
  return out;
}

}  // namespace wordmill
