#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "wordmill.h"

namespace wordmill {

/// Bytes of a dense row. WM_ERR_OPTION where there is no row of that type and length.
uint64_t rowBytes(wm_dtype dtype, uint64_t columns);

/// WM_ERR_OPTION for types whose tables are only read.
void requireWritable(wm_dtype dtype);

/// Makes the rows of a table when they are first asked for.
class RowSource {
 public:
  virtual ~RowSource() = default;
  /// out[i] = row rows[i], dense; the ids are rows of the table.
  virtual void make(const uint32_t* rows, uint64_t count, float* out, unsigned threads) const = 0;
  virtual void makeAll(float* out, uint64_t floatStride) const = 0;
};

/// rows x columns numbers with any row stride: the engine's own (padded, trainable), borrowed, or a file mapping.
class Table {
 public:
  /// Zeroed; rows padded to 64 bytes, so that each starts on a cache line.
  static std::shared_ptr<Table> create(wm_dtype dtype, uint64_t rows, uint64_t columns);
  /// `keeper` keeps the memory alive as long as the table.
  static std::shared_ptr<Table> wrap(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t rowStride,
                                     const void* data, uint64_t bytes, wm_owner owner, std::shared_ptr<void> keeper);

  /// A native f32 table whose rows are made later: all at once, or a few at a time as long as no more are asked for.
  static std::shared_ptr<Table> deferred(uint64_t rows, uint64_t columns, std::unique_ptr<const RowSource> source);
  /// Makes all rows of a deferred table, once. What reads rows expects this to have happened.
  void complete();
  /// Gathers rows of a deferred table without making the others; false where that would not be less work.
  bool gatherPending(const uint32_t* rows, uint64_t count, float* out, unsigned threads) const;

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
  /// What others make of the rows and keep beside them until `changed`, such as an index on a device: one for each
  /// owner, made where there is none.
  std::shared_ptr<void> companion(const void* owner, const std::function<std::shared_ptr<void>()>& make) const;
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
  std::unique_ptr<const RowSource> source_;
  std::atomic<bool> pending_{false};
  std::mutex sourceMutex_;
  mutable std::mutex normsMutex_;
  mutable std::unique_ptr<const std::vector<float>> norms_;
  mutable std::mutex companionsMutex_;
  mutable std::vector<std::pair<const void*, std::shared_ptr<void>>> companions_;
};

}  // namespace wordmill
