#include "count/cooccurrence.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "backend/device_count.h"
#include "c_api/device.h"
#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/storage.h"
#include "count/count.h"
#include "count/matrix_file.h"
#include "count/matrix_sum.h"
#include "runtime/parallel.h"
#include "text/view.h"

using namespace wordmill;

namespace {

void requireRow(const wm_cooccurrence* matrix, uint64_t row, const char* name) {
  if (row < matrix->value->rows()) return;
  throw optionError(name, std::string(name) + " " + std::to_string(row) + " is not in a matrix of " +
                              std::to_string(matrix->value->rows()) + " rows");
}

}  // namespace

wm_code wm_cooccurrence_count(const wm_view* view, const wm_count_options* options, wm_signal* signal,
                              wm_cooccurrence** out, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr && options != nullptr && out != nullptr, "view", "an argument is NULL");
    require(options->window_size >= 1 && options->window_size <= 65535, "windowSize",
            "the window size must be 1 .. 65535");
    require(options->threads <= 1024, "threads", "at most 1024 threads");
    const CountRules rules{options->window_size, options->symmetric != 0, options->distance_weighting != 0,
                           resolveThreads(options->threads), storageFrom(&options->storage)};
    *out = new wm_cooccurrence{options->device != nullptr
                                   ? countOnDevice(*view->value, rules, *options->device->value, signal)
                                   : countCooccurrences(*view->value, rules, signal)};
  });
}

wm_code wm_cooccurrence_add(const wm_cooccurrence* a, const wm_cooccurrence* b, const wm_storage* storage,
                            const wm_signal* signal, wm_cooccurrence** out, wm_error* error) {
  return guard(error, [&] {
    require(a != nullptr && b != nullptr && out != nullptr, "other", "an argument is NULL");
    *out = new wm_cooccurrence{addMatrices(*a->value, *b->value, storageFrom(storage), signal)};
  });
}

wm_code wm_cooccurrence_load(const wm_cooccurrence_file* file, const wm_storage* storage, const wm_signal* signal,
                             wm_cooccurrence** out, wm_error* error) {
  return guard(error, [&] {
    require(file != nullptr && file->path != nullptr && out != nullptr, "file", "an argument is NULL");
    *out = new wm_cooccurrence{loadMatrix(*file, storageFrom(storage), signal)};
  });
}

void wm_cooccurrence_describe(const wm_cooccurrence* matrix, wm_cooccurrence_info* out) {
  const Cooccurrence& value = *matrix->value;
  *out = {value.rows(),    value.nonzeros(), value.stored(), value.symmetric(),
          value.spilled(), value.unit(),     value.bytes()};
}

wm_code wm_cooccurrence_at(const wm_cooccurrence* matrix, uint64_t row, uint64_t column, double* out, wm_error* error) {
  return guard(error, [&] {
    require(matrix != nullptr && out != nullptr, "matrix", "an argument is NULL");
    requireRow(matrix, row, "row");
    requireRow(matrix, column, "column");
    *out = matrix->value->at(row, column);
  });
}

wm_code wm_cooccurrence_row(const wm_cooccurrence* matrix, uint64_t row, uint32_t* columns, double* counts, uint64_t* n,
                            wm_error* error) {
  return guard(error, [&] {
    require(matrix != nullptr && n != nullptr, "matrix", "an argument is NULL");
    requireRow(matrix, row, "row");
    const std::vector<Cooccurrence::Neighbour> neighbours = matrix->value->row(row);
    const uint64_t capacity = *n;
    *n = neighbours.size();
    if (capacity < *n) throw Error(WM_ERR_LIMIT, "the row has " + std::to_string(*n) + " entries");
    for (const Cooccurrence::Neighbour& neighbour : neighbours) {
      *columns++ = neighbour.column;
      *counts++ = neighbour.count;
    }
  });
}

wm_code wm_cooccurrence_read(const wm_cooccurrence* matrix, wm_cooccurrence_part part, uint64_t first_byte,
                             uint8_t* out, uint64_t bytes, wm_error* error) {
  return guard(error, [&] {
    require(matrix != nullptr && (out != nullptr || bytes == 0), "matrix", "an argument is NULL");
    const Cooccurrence& value = *matrix->value;
    struct Bytes {
      const void* data;
      uint64_t size;
    };
    const Bytes parts[] = {{value.offsets(), (value.rows() + 1) * sizeof(uint64_t)},
                           {value.columns(), value.stored() * sizeof(uint32_t)},
                           {value.values(), value.stored() * sizeof(double)}};
    require(part >= WM_PART_OFFSETS && part <= WM_PART_VALUES, "part", "part is not a wm_cooccurrence_part");
    const Bytes& chosen = parts[part];
    require(first_byte <= chosen.size && bytes <= chosen.size - first_byte, "firstByte",
            "the range is not inside the part");
    if (bytes > 0) std::memcpy(out, static_cast<const uint8_t*>(chosen.data) + first_byte, bytes);
  });
}

void wm_cooccurrence_release(wm_cooccurrence* matrix) { delete matrix; }
