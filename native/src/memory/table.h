#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "wordmill.h"

namespace wordmill {

/// Bytes of one element.
size_t elementSize(wm_dtype dtype);

/// rows x columns numbers with any row stride: the engine's own (padded, trainable), borrowed, or a file mapping.
class Table {
 public:
  /// Zeroed; rows padded to 64 bytes, so that each starts on a cache line.
  static std::shared_ptr<Table> create(wm_dtype dtype, uint64_t rows, uint64_t columns);
  /// `keeper` keeps the memory alive as long as the table.
  static std::shared_ptr<Table> wrap(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t rowStride,
                                     const void* data, uint64_t bytes, wm_owner owner, std::shared_ptr<void> keeper);

  wm_dtype dtype() const { return dtype_; }
  uint64_t rows() const { return rows_; }
  uint64_t columns() const { return columns_; }
  uint64_t rowStride() const { return rowStride_; }
  wm_owner owner() const { return owner_; }
  uint64_t bytes() const { return bytes_; }
  const std::byte* row(uint64_t index) const { return data_ + index * rowStride_; }

  /// The rows as f32 with a stride in floats. Only for native f32 tables.
  float* trainable() const { return reinterpret_cast<float*>(data_); }
  uint64_t floatStride() const { return rowStride_ / sizeof(float); }

  /// Lengths of all rows; computed on first use and kept until `changed`.
  const std::vector<float>& norms(unsigned threads, const wm_signal* signal) const;
  void changed();

 private:
  Table(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t rowStride, wm_owner owner, std::byte* data,
        uint64_t bytes, std::shared_ptr<void> keeper);

  wm_dtype dtype_;
  uint64_t rows_;
  uint64_t columns_;
  uint64_t rowStride_;
  wm_owner owner_;
  std::byte* data_;
  uint64_t bytes_;
  std::shared_ptr<void> keeper_;
  mutable std::mutex normsMutex_;
  mutable std::unique_ptr<const std::vector<float>> norms_;
};

}  // namespace wordmill
