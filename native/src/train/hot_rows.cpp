#include "train/hot_rows.h"

#include <algorithm>
#include <limits>

#include "memory/table.h"

namespace wordmill {

HotRows::HotRows(Table* table, uint32_t count)
    : table_(table),
      count_(table != nullptr ? std::min<uint64_t>(count, table->rows()) : 0),
      first_(count_ > 0 ? table->rows() - count_ : std::numeric_limits<uint32_t>::max()),
      stride_(count_ > 0 ? table->floatStride() : 0),
      values_(count_ * stride_),
      fetched_(count_ * stride_) {}

void HotRows::fetch() {
  if (count_ == 0) return;
  const float* shared = table_->trainable() + first_ * stride_;
  std::copy(shared, shared + values_.size(), values_.begin());
  fetched_ = values_;
}

void HotRows::flush() {
  if (count_ == 0) return;
  float* shared = table_->trainable() + first_ * stride_;
  for (size_t i = 0; i < values_.size(); ++i) {
    const float now = shared[i] + (values_[i] - fetched_[i]);
    shared[i] = now;
    values_[i] = now;
    fetched_[i] = now;
  }
}

}  // namespace wordmill
