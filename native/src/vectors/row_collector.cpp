#include "vectors/row_collector.h"

#include <algorithm>
#include <cstring>

#include "memory/table_access.h"

namespace wordmill {
namespace {

/// Bytes of the parts where the number of rows is uncertain: each is twice the one before it, up to a limit.
constexpr uint64_t firstPartBytes = uint64_t{1} << 16;
constexpr uint64_t maxPartBytes = uint64_t{1} << 23;

}  // namespace

RowCollector::RowCollector(wm_dtype dtype, uint64_t columns, uint64_t certain)
    : dtype_(dtype), columns_(columns), certain_(certain) {}

void RowCollector::append(const void* values, uint64_t count) {
  const auto* from = static_cast<const std::byte*>(values);
  const uint64_t rowBytes = columns_ * sizeof(float);
  while (count > 0) {
    if (parts_.empty() || used_ == parts_.back()->rows()) {
      const uint64_t bytes = std::min(maxPartBytes, firstPartBytes << std::min<uint64_t>(parts_.size(), 8));
      const uint64_t rows = parts_.empty() && certain_ > 0 ? certain_ : std::max<uint64_t>(1, bytes / rowBytes);
      parts_.push_back(Table::create(dtype_, rows, columns_));
      used_ = 0;
    }
    Table& part = *parts_.back();
    const uint64_t fitting = std::min(count, part.rows() - used_);
    if (dtype_ == WM_F32) {
      float* to = part.trainable() + used_ * part.floatStride();
      for (uint64_t i = 0; i < fitting; ++i) std::memcpy(to + i * part.floatStride(), from + i * rowBytes, rowBytes);
    } else {
      writeRows(part, used_, fitting, WM_F32, from);
    }
    from += fitting * rowBytes;
    used_ += fitting;
    rows_ += fitting;
    count -= fitting;
  }
}

std::shared_ptr<Table> RowCollector::finish() {
  std::shared_ptr<Table> table;
  if (parts_.size() == 1 && used_ == parts_.front()->rows()) {
    table = parts_.front();
  } else {
    table = Table::create(dtype_, rows_, columns_);
    uint64_t row = 0;
    for (std::shared_ptr<Table>& part : parts_) {
      const uint64_t count = std::min(part->rows(), rows_ - row);
      if (count > 0) std::memcpy(const_cast<std::byte*>(table->row(row)), part->row(0), count * table->rowStride());
      row += count;
      part.reset();  // one after another, so that the rows are not twice in memory
    }
  }
  parts_.clear();
  return table;
}

}  // namespace wordmill
