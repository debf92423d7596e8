#include "memory/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <string>

#include "kernels/select.h"
#include "memory/huge_pages.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"

namespace wordmill {
namespace {

/// A cache line, and the widest register: rows that start on one never share one.
constexpr uint64_t kRowAlignment = 64;

uint64_t checkedProduct(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product) || product > std::numeric_limits<int64_t>::max()) throw std::bad_alloc();
  return product;
}

uint64_t bytesOfBlocks(uint64_t columns, uint64_t blockBytes) {
  constexpr uint64_t blockNumbers = 32;
  if (columns % blockNumbers == 0) return columns / blockNumbers * blockBytes;
  throw optionError("columns", "rows of q8_0 and q4_0 are blocks of 32 numbers, which " + std::to_string(columns) +
                                   " columns are not");
}

void checkShape(uint64_t rows, uint64_t columns) {
  if (columns == 0) throw optionError("columns", "a table has at least one column");
  if (columns > (1U << 24U)) throw optionError("columns", "a table has at most 16777216 columns");
  if (rows >= std::numeric_limits<uint32_t>::max()) throw optionError("rows", "a table has at most 4294967294 rows");
}

}  // namespace

uint64_t rowBytes(wm_dtype dtype, uint64_t columns) {
  switch (dtype) {
    case WM_F32:
      return columns * 4;
    case WM_F16:
    case WM_BF16:
      return columns * 2;
    case WM_I8:
      return columns + sizeof(float);
    case WM_Q8_0:
      return bytesOfBlocks(columns, 34);
    case WM_Q4_0:
      return bytesOfBlocks(columns, 18);
  }
  throw optionError("dtype", "unknown number type");
}

void requireWritable(wm_dtype dtype) {
  if (dtype != WM_Q8_0 && dtype != WM_Q4_0) return;
  throw optionError("dtype", "tables of q8_0 and q4_0 are read from files and not made; choose f32, f16, bf16 or i8");
}

Table::Table(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t rowStride, wm_owner owner, std::byte* data,
             uint64_t bytes, std::shared_ptr<void> keeper)
    : dtype_(dtype),
      rows_(rows),
      columns_(columns),
      rowStride_(rowStride),
      owner_(owner),
      data_(data),
      bytes_(bytes),
      keeper_(std::move(keeper)) {}

std::shared_ptr<Table> Table::create(wm_dtype dtype, uint64_t rows, uint64_t columns) {
  checkShape(rows, columns);
  requireWritable(dtype);
  const uint64_t dense = rowBytes(dtype, columns);
  const uint64_t stride = (dense + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
  const uint64_t bytes = checkedProduct(std::max<uint64_t>(rows, 1), stride);
  std::shared_ptr<void> memory = allocateZeroed(bytes);
  auto* data = static_cast<std::byte*>(memory.get());
  return std::shared_ptr<Table>(
      new Table(dtype, rows, columns, stride, WM_OWNER_NATIVE, data, bytes, std::move(memory)));
}

std::shared_ptr<Table> Table::wrap(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t rowStride,
                                   const void* data, uint64_t bytes, wm_owner owner, std::shared_ptr<void> keeper) {
  checkShape(rows, columns);
  const uint64_t dense = rowBytes(dtype, columns);
  if (rowStride < dense) throw optionError("rowStride", "the row stride is smaller than a row");
  if (rows > 0 && (checkedProduct(rows - 1, rowStride) > bytes || bytes - (rows - 1) * rowStride < dense)) {
    throw Error(WM_ERR_TRUNCATED, "the table needs " + std::to_string((rows - 1) * rowStride + dense) +
                                      " bytes, only " + std::to_string(bytes) + " are there");
  }
  auto* start = const_cast<std::byte*>(static_cast<const std::byte*>(data));
  return std::shared_ptr<Table>(new Table(dtype, rows, columns, rowStride, owner, start, bytes, std::move(keeper)));
}

std::shared_ptr<Table> Table::deferred(uint64_t rows, uint64_t columns, std::unique_ptr<const RowSource> source) {
  std::shared_ptr<Table> table = create(WM_F32, rows, columns);
  table->source_ = std::move(source);
  table->pending_ = true;
  return table;
}

void Table::complete() {
  if (!pending_) return;
  const std::lock_guard<std::mutex> lock(sourceMutex_);
  if (!pending_) return;
  source_->makeAll(trainable(), floatStride());
  pending_ = false;
}

bool Table::gatherPending(const uint32_t* rows, uint64_t count, float* out, unsigned threads) const {
  // A call that wants a good part of the table is probably not the last one.
  constexpr uint64_t fewRows = 16;
  if (!pending_ || count > rows_ / fewRows) return false;
  for (uint64_t i = 0; i < count; ++i) {
    if (rows[i] >= rows_) return false;
  }
  source_->make(rows, count, out, threads);
  return true;
}

const std::vector<float>& Table::norms(unsigned threads, const wm_signal* signal) const {
  const std::lock_guard<std::mutex> lock(normsMutex_);
  if (!norms_) {
    auto lengths = std::make_unique<std::vector<float>>(rows_);
    constexpr uint64_t chunk = 4096;
    parallelFor((rows_ + chunk - 1) / chunk, threads, [&](uint64_t task) {
      throwIfRaised(signal);
      const uint64_t first = task * chunk;
      const uint64_t count = std::min(chunk, rows_ - first);
      float* out = lengths->data() + first;
      kernels().squaredLengths(row(first), rowStride_, static_cast<RowType>(dtype_), count, columns_, out);
      for (uint64_t i = 0; i < count; ++i) out[i] = std::sqrt(out[i]);
    });
    norms_ = std::move(lengths);
  }
  return *norms_;
}

std::shared_ptr<void> Table::companion(const void* owner, const std::function<std::shared_ptr<void>()>& make) const {
  const std::lock_guard<std::mutex> lock(companionsMutex_);
  for (const auto& [of, kept] : companions_) {
    if (of == owner) return kept;
  }
  companions_.emplace_back(owner, make());
  return companions_.back().second;
}

void Table::changed() {
  {
    const std::lock_guard<std::mutex> lock(normsMutex_);
    norms_.reset();
  }
  const std::lock_guard<std::mutex> lock(companionsMutex_);
  companions_.clear();
}

}  // namespace wordmill
