#include "train/sparse_gradient.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "memory/huge_pages.h"

namespace wordmill {
namespace {

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kFloatsOfLine = 16;

}  // namespace

SparseGradient::SparseGradient(uint64_t rows, uint64_t columns)
    : tableRows_(rows), stride_((columns + kFloatsOfLine - 1) / kFloatsOfLine * kFloatsOfLine) {}

void SparseGradient::reserve(uint64_t places) {
  rows_.reserve(places);
  if (places <= capacity_) return;
  const uint64_t capacity = std::min(tableRows_, std::max(places, capacity_ + capacity_ / 2));
  std::shared_ptr<void> memory = allocateZeroed(capacity * stride_ * sizeof(float));
  if (size() > 0) std::memcpy(memory.get(), values_, size() * stride_ * sizeof(float));
  memory_ = std::move(memory);
  values_ = static_cast<float*>(memory_.get());
  capacity_ = capacity;
}

/// Only where rows may have a place already: most gradients are of one call, whose rows are all different.
void SparseGradient::index() {
  if (isIndexed_) return;
  places_.resize(tableRows_, kNone);
  for (uint64_t place = 0; place < size(); ++place) places_[rows_[place]] = static_cast<uint32_t>(place);
  isIndexed_ = true;
}

void SparseGradient::add(const std::vector<uint32_t>& rows) {
  if (size() == 0) {
    reserve(rows.size());
    rows_ = rows;
    return;
  }
  index();
  const auto added = std::count_if(rows.begin(), rows.end(), [this](uint32_t row) { return places_[row] == kNone; });
  reserve(size() + static_cast<uint64_t>(added));
  for (const uint32_t row : rows) {
    if (places_[row] != kNone) continue;
    places_[row] = static_cast<uint32_t>(size());
    rows_.push_back(row);
  }
}

void SparseGradient::cutTo(uint64_t size) {
  if (isIndexed_) {
    for (uint64_t place = size; place < rows_.size(); ++place) places_[rows_[place]] = kNone;
  }
  rows_.resize(size);
  isIndexed_ = isIndexed_ && size > 0;
}

}  // namespace wordmill
