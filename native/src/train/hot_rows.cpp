#include "train/hot_rows.h"

#include <algorithm>
#include <limits>

#include "kernels/select.h"
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
  read();
  fetched_ = values_;
}

void HotRows::flush() {
  for (size_t i = 0; i < values_.size(); ++i) fetched_[i] = values_[i] - fetched_[i];
  constexpr float whole = 1.0F;
  for (uint64_t i = 0; i < count_; ++i) {
    float* const shared = table_->trainable() + (first_ + i) * stride_;
    kernels().addToRows(&shared, &whole, 1, static_cast<uint32_t>(stride_), fetched_.data() + i * stride_);
  }
  fetch();
}

void HotRows::read() {
  for (uint64_t i = 0; i < count_; ++i) {
    const float* const shared = table_->trainable() + (first_ + i) * stride_;
    kernels().sumRows(&shared, 1, static_cast<uint32_t>(stride_), 1.0F, values_.data() + i * stride_);
  }
}

}  // namespace wordmill
