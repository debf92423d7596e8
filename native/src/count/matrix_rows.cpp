#include "count/matrix_rows.h"

namespace wordmill {
namespace {

constexpr const char* kContent = "co-occurrences";

/// Columns take 4 of the 12 bytes of an entry.
Storage shareOf(const Storage& storage, uint64_t parts) {
  return {storage.memoryLimit == 0 ? 0 : storage.memoryLimit / 12 * parts + 1, storage.folder};
}

}  // namespace

MatrixRows::MatrixRows(const Storage& storage)
    : offsets({0, storage.folder}, kContent),
      columns(shareOf(storage, 4), kContent),
      values(shareOf(storage, 8), kContent) {
  offsets.append(0);
}

void MatrixRows::append(const RowBatch& batch) {
  columns.append(batch.columns.data(), batch.columns.size());
  values.append(batch.values.data(), batch.values.size());
  for (const uint64_t length : batch.lengths) offsets.append(offsets.data()[offsets.size() - 1] + length);
}

void MatrixRows::spill() {
  offsets.spill();
  columns.spill();
  values.spill();
}

void MatrixRows::finish() {
  offsets.finish();
  columns.finish();
  values.finish();
}

void MatrixRows::letGo() const {
  offsets.letGo();
  columns.letGo();
  values.letGo();
}

}  // namespace wordmill
