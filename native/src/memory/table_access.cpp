#include "memory/table_access.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "kernels/select.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "sampling/random.h"

namespace wordmill {
namespace {

RowType rowType(wm_dtype dtype) { return static_cast<RowType>(dtype); }

void requireNative(const Table& table) {
  if (table.owner() != WM_OWNER_NATIVE) throw optionError("table", "only the engine's own tables can be written");
}

/// Rows of one piece of work: enough to outweigh handing it out.
constexpr uint64_t kRowsPerTask = 1024;

/// Rows put together or taken apart at a time.
constexpr uint64_t kRowsPerPiece = 16;

uint64_t tasksFor(uint64_t rows) { return (rows + kRowsPerTask - 1) / kRowsPerTask; }

/// Whether rows are f32 where f32 may be, as they are not in every mapped file.
bool isOfFloats(const Table& table) {
  return table.dtype() == WM_F32 && table.rowStride() % sizeof(float) == 0 &&
         reinterpret_cast<uintptr_t>(table.row(0)) % alignof(float) == 0;
}

}  // namespace

bool streamsPast(uint64_t rows, uint64_t columns) {
  // Where rows meet in the middle of a line, that line is written twice: short rows are better left to the caches.
  constexpr uint64_t shortRow = 1U << 10U;
  constexpr uint64_t fitsCaches = 16U << 20U;
  const uint64_t rowBytes = columns * sizeof(float);
  return rowBytes >= shortRow && rows > fitsCaches / rowBytes;
}

void checkRange(const Table& table, uint64_t first, uint64_t count) {
  if (first > table.rows() || count > table.rows() - first) {
    throw optionError("firstRow", "rows " + std::to_string(first) + " .. " + std::to_string(first + count) +
                                      " are not all in a table of " + std::to_string(table.rows()) + " rows");
  }
}

void widenRow(const Table& table, uint64_t row, float* out) {
  kernels().widen(table.row(row), rowType(table.dtype()), table.columns(), out);
}

void gatherRows(const Table& table, const uint32_t* ids, uint64_t count, float* out, unsigned threads) {
  uint32_t largest = 0;
  for (uint64_t i = 0; i < count; ++i) largest = std::max(largest, ids[i]);
  if (count > 0 && largest >= table.rows()) {
    throw optionError(
        "rows", "row " + std::to_string(largest) + " is not in a table of " + std::to_string(table.rows()) + " rows");
  }
  const Kernels& kernel = kernels();
  const uint64_t columns = table.columns();
  const bool floats = isOfFloats(table);
  const int streams = streamsPast(count, columns) ? 1 : 0;
  parallelTasks(count, columns * sizeof(float), threads, [&](uint64_t first, uint64_t end) {
    if (floats) {
      kernel.copyRows(reinterpret_cast<const float*>(table.row(0)), table.rowStride() / sizeof(float), ids + first,
                      end - first, columns, out + first * columns, streams);
      return;
    }
    for (uint64_t i = first; i < end; ++i) {
      // The rows to come are at random places: ask for them while this one is copied.
      constexpr uint64_t ahead = 8;
      if (i + ahead < end) __builtin_prefetch(table.row(ids[i + ahead]));
      kernel.widen(table.row(ids[i]), rowType(table.dtype()), columns, out + i * columns);
    }
  });
}

void readRows(const Table& table, uint64_t first, uint64_t count, wm_dtype dtype, void* out) {
  checkRange(table, first, count);
  if (dtype != table.dtype()) requireWritable(dtype);
  const Kernels& kernel = kernels();
  const uint64_t columns = table.columns();
  const uint64_t bytes = rowBytes(dtype, columns);
  auto* to = static_cast<std::byte*>(out);
  std::vector<float> wide(columns);
  for (uint64_t i = 0; i < count; ++i, to += bytes) {
    const std::byte* from = table.row(first + i);
    if (dtype == table.dtype()) {
      std::memcpy(to, from, bytes);
    } else {
      kernel.widen(from, rowType(table.dtype()), columns, wide.data());
      kernel.narrow(wide.data(), columns, rowType(dtype), to);
    }
  }
}

void writeRows(Table& table, uint64_t first, uint64_t count, wm_dtype dtype, const void* values) {
  requireNative(table);
  checkRange(table, first, count);
  const Kernels& kernel = kernels();
  const uint64_t columns = table.columns();
  const uint64_t bytes = rowBytes(dtype, columns);
  const auto* from = static_cast<const std::byte*>(values);
  std::vector<float> wide(columns);
  for (uint64_t i = 0; i < count; ++i, from += bytes) {
    auto* to = const_cast<std::byte*>(table.row(first + i));
    if (dtype == table.dtype()) {
      std::memcpy(to, from, bytes);
    } else {
      kernel.widen(from, rowType(dtype), columns, wide.data());
      kernel.narrow(wide.data(), columns, rowType(table.dtype()), to);
    }
  }
  table.changed();
}

void readScaledRows(const Table& table, uint64_t first, uint64_t count, int8_t* values, float* scales) {
  const uint64_t columns = table.columns();
  const uint64_t bytes = rowBytes(WM_I8, columns);
  std::vector<std::byte> some(std::min(count, kRowsPerPiece) * bytes);
  for (uint64_t done = 0; done < count; done += kRowsPerPiece) {
    const uint64_t fitting = std::min(kRowsPerPiece, count - done);
    readRows(table, first + done, fitting, WM_I8, some.data());
    for (uint64_t i = 0; i < fitting; ++i) {
      const std::byte* const row = some.data() + i * bytes;
      if (values != nullptr) std::memcpy(values + (done + i) * columns, row, columns);
      if (scales != nullptr) std::memcpy(scales + done + i, row + columns, sizeof(float));
    }
  }
}

void writeScaledRows(Table& table, uint64_t first, uint64_t count, const int8_t* values, const float* scales) {
  const uint64_t columns = table.columns();
  const uint64_t bytes = rowBytes(WM_I8, columns);
  std::vector<std::byte> some(std::min(count, kRowsPerPiece) * bytes);
  for (uint64_t done = 0; done < count; done += kRowsPerPiece) {
    const uint64_t fitting = std::min(kRowsPerPiece, count - done);
    for (uint64_t i = 0; i < fitting; ++i) {
      std::byte* const row = some.data() + i * bytes;
      std::memcpy(row, values + (done + i) * columns, columns);
      std::memcpy(row + columns, scales + done + i, sizeof(float));
    }
    writeRows(table, first + done, fitting, WM_I8, some.data());
  }
}

void fillUniform(Table& table, uint64_t first, uint64_t count, float low, float high, uint64_t seed) {
  requireNative(table);
  checkRange(table, first, count);
  if (table.dtype() != WM_F32) throw optionError("dtype", "only f32 tables are filled with random numbers");
  const float span = high - low;
  for (uint64_t r = first; r < first + count; ++r) {
    float* const row = table.trainable() + r * table.floatStride();
    for (uint64_t c = 0; c < table.columns(); ++c) row[c] = low + span * unitInterval(randomAt(seed, r, c));
  }
  table.changed();
}

void fillNormal(Table& table, uint64_t first, uint64_t count, const float* means, const float* deviations,
                uint64_t seed, unsigned threads) {
  requireNative(table);
  checkRange(table, first, count);
  if (table.dtype() != WM_F32) throw optionError("dtype", "only f32 tables are filled with random numbers");
  const uint64_t columns = table.columns();
  // The logarithm and the waves take longer than the memory.
  constexpr uint64_t bytesOfWork = 64;
  parallelTasks(count, columns * bytesOfWork, threads, [&](uint64_t begin, uint64_t end) {
    for (uint64_t r = first + begin; r < first + end; ++r) {
      float* const row = table.trainable() + r * table.floatStride();
      for (uint64_t c = 0; c < columns; c += 2) {
        float pair[2];
        normalPair(randomAt(seed, r, c), pair);
        for (uint64_t k = c; k < std::min(columns, c + 2); ++k) {
          row[k] = (means != nullptr ? means[k] : 0.0F) + (deviations != nullptr ? deviations[k] : 1.0F) * pair[k - c];
        }
      }
    }
  });
  table.changed();
}

void columnMoments(const Table& table, uint64_t leftOut, float* means, float* deviations, unsigned threads) {
  if (!isOfFloats(table)) throw optionError("dtype", "only f32 tables have moments");
  const uint64_t rows = table.rows() - (leftOut < table.rows() ? 1 : 0);
  constexpr uint64_t columnsOfTask = 64;
  const uint64_t columns = table.columns();
  parallelFor((columns + columnsOfTask - 1) / columnsOfTask, threads, [&](uint64_t task) {
    const uint64_t first = task * columnsOfTask;
    const uint64_t n = std::min(columnsOfTask, columns - first);
    double mean[columnsOfTask] = {};
    double squares[columnsOfTask] = {};
    const auto forRows = [&](const auto& each) {
      for (uint64_t r = 0; r < table.rows(); ++r) {
        if (r == leftOut) continue;
        const float* const values = reinterpret_cast<const float*>(table.row(r)) + first;
        for (uint64_t c = 0; c < n; ++c) each(c, static_cast<double>(values[c]));
      }
    };
    const auto divisor = static_cast<double>(std::max<uint64_t>(1, rows));
    forRows([&](uint64_t c, double value) { mean[c] += value; });
    for (double& value : mean) value /= divisor;
    forRows([&](uint64_t c, double value) { squares[c] += (value - mean[c]) * (value - mean[c]); });
    for (uint64_t c = 0; c < n; ++c) {
      means[first + c] = static_cast<float>(mean[c]);
      deviations[first + c] = static_cast<float>(std::sqrt(squares[c] / divisor));
    }
  });
}

int64_t firstNotFinite(const Table& table, unsigned threads) {
  const Kernels& kernel = kernels();
  std::atomic<uint64_t> found{std::numeric_limits<uint64_t>::max()};
  parallelFor(tasksFor(table.rows()), threads, [&](uint64_t task) {
    const uint64_t first = task * kRowsPerTask;
    if (first > found.load()) return;
    const uint64_t end = std::min(table.rows(), first + kRowsPerTask);
    std::vector<float> wide(table.columns());
    for (uint64_t i = first; i < end; ++i) {
      kernel.widen(table.row(i), rowType(table.dtype()), table.columns(), wide.data());
      if (std::all_of(wide.begin(), wide.end(), [](float value) { return std::isfinite(value); })) continue;
      uint64_t before = found.load();
      while (i < before && !found.compare_exchange_weak(before, i)) {
      }
      return;
    }
  });
  const uint64_t row = found.load();
  return row == std::numeric_limits<uint64_t>::max() ? -1 : static_cast<int64_t>(row);
}

}  // namespace wordmill
