#include "count/matrix_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "memory/file_mapping.h"
#include "runtime/error.h"
#include "runtime/signal.h"

namespace wordmill {
namespace {

/// Values of one part, at any alignment.
template <class T>
class Part {
 public:
  Part(const FileMapping& file, uint64_t offset, uint64_t count) : offset_(offset) {
    if (offset > file.size() || count > (file.size() - offset) / sizeof(T)) {
      throw Error(WM_ERR_TRUNCATED, "a part of " + std::to_string(count) + " numbers begins at byte " +
                                        std::to_string(offset) + ", but the file has only " +
                                        std::to_string(file.size()) + " bytes")
          .at(static_cast<int64_t>(file.size()));
    }
    bytes_ = file.data() + offset;
  }

  T operator[](uint64_t index) const {
    T value;
    std::memcpy(&value, bytes_ + index * sizeof(T), sizeof(T));
    return value;
  }
  Error wrong(uint64_t index, const std::string& text) const {
    return Error(WM_ERR_FORMAT, text).at(static_cast<int64_t>(offset_ + index * sizeof(T)));
  }

 private:
  uint64_t offset_;
  const std::byte* bytes_;
};

}  // namespace

std::shared_ptr<const Cooccurrence> loadMatrix(const wm_cooccurrence_file& file, const Storage& storage,
                                               const wm_signal* signal) {
  if (file.rows >= UINT32_MAX) throw optionError("rows", "a matrix has at most 4294967294 rows");
  if (!(file.unit >= 1.0) || !std::isfinite(file.unit)) throw optionError("unit", "the unit must be at least 1");
  const auto mapping = FileMapping::open(file.path);
  const Part<uint64_t> offsets(*mapping, file.offsets_at, file.rows + 1);
  const Part<uint32_t> columns(*mapping, file.columns_at, file.stored);
  const Part<double> values(*mapping, file.values_at, file.stored);
  if (offsets[0] != 0) throw offsets.wrong(0, "the first row does not begin at entry 0");

  MatrixRows rows(storage);
  RowBatch batch;
  constexpr uint64_t batchEntries = uint64_t{1} << 18;
  for (uint64_t row = 0; row < file.rows; ++row) {
    const uint64_t begin = offsets[row];
    const uint64_t end = offsets[row + 1];
    if (end < begin || end > file.stored)
      throw offsets.wrong(row + 1, "a row ends before it begins, or after the last");
    const uint64_t columnLimit = file.symmetric != 0 ? row + 1 : file.rows;
    uint64_t next = 0;
    for (uint64_t i = begin; i < end; ++i) {
      const uint32_t column = columns[i];
      if (column < next || column >= columnLimit) {
        throw columns.wrong(i, "column " + std::to_string(column) + " of row " + std::to_string(row) +
                                   " is out of order or out of range");
      }
      const double value = values[i];
      if (!(value > 0.0) || !std::isfinite(value)) {
        throw values.wrong(i, "the count of an entry must be above 0 and finite");
      }
      batch.add(column, value);
      next = uint64_t{column} + 1;
    }
    batch.lengths.push_back(end - begin);
    if (batch.columns.size() >= batchEntries || row + 1 == file.rows) {
      throwIfRaised(signal);
      rows.append(batch);
      batch = {};
    }
  }
  if (offsets[file.rows] != file.stored)
    throw offsets.wrong(file.rows, "the last row does not end with the last entry");
  return std::make_shared<const Cooccurrence>(file.symmetric != 0, file.unit, std::move(rows));
}

}  // namespace wordmill
