#include <algorithm>
#include <cmath>

#include "backend/device_search.h"
#include "c_api/device.h"
#include "c_api/guard.h"
#include "c_api/handles.h"
#include "memory/file_mapping.h"
#include "memory/table.h"
#include "memory/table_access.h"
#include "runtime/parallel.h"
#include "search/search.h"

using wordmill::guard;
using wordmill::optionError;
using wordmill::require;
using wordmill::resolveThreads;
using wordmill::Table;

namespace {

void requireTable(const wm_table* table) { require(table != nullptr, "table", "the table is NULL"); }

void requireBytes(const Table& table, uint64_t count, wm_dtype dtype, uint64_t bytes) {
  const uint64_t row = wordmill::rowBytes(dtype, table.columns());
  if (count > bytes / row || count * row != bytes) {
    throw optionError("bytes", "the buffer must hold the rows exactly");
  }
}

}  // namespace

uint64_t wm_row_bytes(wm_dtype dtype, uint64_t columns) {
  constexpr uint64_t maxColumns = uint64_t{1} << 24U;
  uint64_t bytes = 0;
  if (columns == 0 || columns > maxColumns) return 0;
  guard(nullptr, [&] { bytes = wordmill::rowBytes(dtype, columns); });
  return bytes;
}

wm_code wm_table_create(wm_dtype dtype, uint64_t rows, uint64_t columns, wm_table** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "the result is NULL");
    *out = new wm_table{Table::create(dtype, rows, columns)};
  });
}

wm_code wm_table_wrap(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t row_stride, const void* data,
                      uint64_t bytes, wm_table** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr && (data != nullptr || bytes == 0), "data", "an argument is NULL");
    *out = new wm_table{Table::wrap(dtype, rows, columns, row_stride, data, bytes, WM_OWNER_BORROWED, nullptr)};
  });
}

wm_code wm_table_map(const char* path, uint64_t offset, wm_dtype dtype, uint64_t rows, uint64_t columns,
                     uint64_t row_stride, wm_table** out, wm_error* error) {
  return guard(error, [&] {
    require(path != nullptr && out != nullptr, "path", "an argument is NULL");
    auto mapping = wordmill::FileMapping::open(path);
    if (offset > mapping->size()) {
      throw wordmill::Error(WM_ERR_TRUNCATED, "the file ends before the table begins")
          .at(static_cast<int64_t>(mapping->size()));
    }
    const std::byte* data = mapping->data() + offset;
    const uint64_t bytes = mapping->size() - offset;
    std::shared_ptr<void> keeper(mapping, const_cast<std::byte*>(data));
    *out = new wm_table{Table::wrap(dtype, rows, columns, row_stride, data, bytes, WM_OWNER_MAPPED, std::move(keeper))};
  });
}

void wm_table_describe(const wm_table* table, wm_table_info* out) {
  const Table& value = *table->shared;
  *out = wm_table_info{value.dtype(), value.owner(), value.rows(), value.columns(), value.rowStride(), value.bytes()};
}

wm_code wm_table_fill_uniform(wm_table* table, uint64_t first_row, uint64_t rows, float low, float high, uint64_t seed,
                              wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    require(std::isfinite(low) && std::isfinite(high) && low <= high, "low", "the bounds must be finite and in order");
    wordmill::fillUniform(*table->value(), first_row, rows, low, high, seed);
  });
}

wm_code wm_table_fill_normal(wm_table* table, uint64_t first_row, uint64_t rows, const float* means,
                             const float* deviations, uint64_t seed, uint32_t threads, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    wordmill::fillNormal(*table->value(), first_row, rows, means, deviations, seed, resolveThreads(threads));
  });
}

wm_code wm_table_moments(const wm_table* table, uint64_t left_out, float* means, float* deviations, uint32_t threads,
                         wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    require(means != nullptr && deviations != nullptr, "means", "an argument is NULL");
    wordmill::columnMoments(*table->value(), left_out, means, deviations, resolveThreads(threads));
  });
}

wm_code wm_table_gather(const wm_table* table, const uint32_t* rows, uint64_t count, float* out, uint32_t threads,
                        wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    require(count == 0 || (rows != nullptr && out != nullptr), "rows", "an argument is NULL");
    if (!table->shared->gatherPending(rows, count, out, resolveThreads(threads))) {
      wordmill::gatherRows(*table->value(), rows, count, out, resolveThreads(threads));
    }
  });
}

wm_code wm_table_read(const wm_table* table, uint64_t first_row, uint64_t count, wm_dtype dtype, void* out,
                      uint64_t out_bytes, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    requireBytes(*table->value(), count, dtype, out_bytes);
    wordmill::readRows(*table->value(), first_row, count, dtype, out);
  });
}

wm_code wm_table_write(wm_table* table, uint64_t first_row, uint64_t count, wm_dtype dtype, const void* values,
                       uint64_t bytes, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    requireBytes(*table->value(), count, dtype, bytes);
    wordmill::writeRows(*table->value(), first_row, count, dtype, values);
  });
}

wm_code wm_table_read_scaled(const wm_table* table, uint64_t first_row, uint64_t count, int8_t* values, float* scales,
                             wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    wordmill::checkRange(*table->value(), first_row, count);
    wordmill::readScaledRows(*table->value(), first_row, count, values, scales);
  });
}

wm_code wm_table_write_scaled(wm_table* table, uint64_t first_row, uint64_t count, const int8_t* values,
                              const float* scales, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    require(count == 0 || (values != nullptr && scales != nullptr), "values", "an argument is NULL");
    wordmill::checkRange(*table->value(), first_row, count);
    wordmill::writeScaledRows(*table->value(), first_row, count, values, scales);
  });
}

wm_code wm_table_norms(const wm_table* table, float* out, uint32_t threads, const wm_signal* signal, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    const std::vector<float>& norms = table->value()->norms(resolveThreads(threads), signal);
    std::copy(norms.begin(), norms.end(), out);
  });
}

wm_code wm_table_first_not_finite(const wm_table* table, uint32_t threads, int64_t* out, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    require(out != nullptr, "out", "the result is NULL");
    *out = wordmill::firstNotFinite(*table->value(), resolveThreads(threads));
  });
}

void wm_table_release(wm_table* table) { delete table; }

wm_code wm_search(const wm_table* table, const float* queries, uint64_t n, const wm_search_options* options,
                  uint32_t* rows, float* scores, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    require(options != nullptr, "options", "the options are NULL");
    require(n == 0 || (queries != nullptr && rows != nullptr && scores != nullptr), "queries", "an argument is NULL");
    if (options->device != nullptr) {
      wordmill::searchOnDevice(*table->value(), queries, n, *options, options->device->value, rows, scores);
    } else {
      wordmill::search(*table->value(), queries, n, *options, rows, scores);
    }
  });
}

wm_code wm_scores(const wm_table* table, const float* queries, uint64_t n, wm_metric metric, uint32_t threads,
                  const wm_signal* signal, float* out, wm_error* error) {
  return guard(error, [&] {
    requireTable(table);
    require(n == 0 || (queries != nullptr && out != nullptr), "queries", "an argument is NULL");
    wordmill::allScores(*table->value(), queries, n, metric, resolveThreads(threads), signal, out);
  });
}
