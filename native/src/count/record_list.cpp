#include "count/record_list.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "count/ordered_rows.h"
#include "memory/huge_pages.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "sampling/random.h"

namespace wordmill {
namespace {

constexpr uint64_t kChunk = uint64_t{1} << 16;  // records that one task looks at

int64_t offsetOf(uint64_t record) { return static_cast<int64_t>(record * sizeof(Record)); }

/// The sum of random numbers that stand for entries: equal for both triangles of a symmetric matrix, and otherwise with
/// a probability of 2^-64.
struct Triangles {
  uint64_t lower = 0;
  uint64_t upper = 0;

  void add(const Record& record) {
    if (record.row == record.column) return;
    uint64_t bits = 0;
    std::memcpy(&bits, &record.count, sizeof(bits));
    const auto low = static_cast<uint64_t>(std::min(record.row, record.column));
    const auto high = static_cast<uint64_t>(std::max(record.row, record.column));
    (record.row > record.column ? lower : upper) += randomAt(bits, low, high);
  }
};

}  // namespace

RecordList::RecordList(const Storage& storage) : records_(storage, "records") {}

void RecordList::append(const uint8_t* bytes, uint64_t length) {
  if (restBytes_ > 0) {
    const uint64_t more = std::min(length, sizeof(Record) - restBytes_);
    std::memcpy(rest_ + restBytes_, bytes, more);
    restBytes_ += more;
    bytes += more;
    length -= more;
    if (restBytes_ < sizeof(Record)) return;
    Record record;
    std::memcpy(&record, rest_, sizeof(record));
    appendChecked(&record, 1);
    restBytes_ = 0;
  }
  std::vector<Record> piece;
  while (length >= sizeof(Record)) {
    piece.resize(std::min(kChunk, length / sizeof(Record)));
    const uint64_t taken = piece.size() * sizeof(Record);
    std::memcpy(piece.data(), bytes, taken);
    appendChecked(piece.data(), piece.size());
    bytes += taken;
    length -= taken;
  }
  std::memcpy(rest_, bytes, length);
  restBytes_ = length;
}

void RecordList::appendChecked(const Record* records, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) {
    const Record& record = records[i];
    const int64_t offset = offsetOf(records_.size() + i);
    if (record.row < 1 || record.column < 1) {
      throw Error(WM_ERR_FORMAT, "a record names the words " + std::to_string(record.row) + " and " +
                                     std::to_string(record.column) +
                                     ", but words are numbered from 1: these are no co-occurrence records")
          .at(offset);
    }
    if (!(record.count > 0.0) || !std::isfinite(record.count)) {
      throw Error(WM_ERR_FORMAT,
                  "the count of a record must be above 0 and finite, and this one is " + std::to_string(record.count))
          .at(offset);
    }
  }
  records_.append(records, count);
}

void RecordList::checkWhole() const {
  if (restBytes_ > 0) {
    throw Error(WM_ERR_TRUNCATED,
                "the last record has " + std::to_string(restBytes_) + " bytes instead of 16: the records are cut off")
        .at(offsetOf(size()));
  }
  if (size() == 0) throw Error(WM_ERR_CORPUS, "there are no co-occurrence records");
}

std::shared_ptr<const Cooccurrence> RecordList::matrix(uint64_t rows, unsigned threads, const Storage& storage,
                                                       const wm_signal* signal) const {
  checkWhole();
  // Rows take memory even where no record names them.
  constexpr uint64_t bytesOfRow = 24;
  const uint64_t available = availableMemory();
  if (available != 0 && rows > available / bytesOfRow) {
    throw Error(WM_ERR_MEMORY, "a vocabulary of " + std::to_string(rows) + " words does not fit into memory");
  }
  const uint64_t chunks = (size() + kChunk - 1) / kChunk;
  const auto forEachChunk = [&](auto&& visit) {
    parallelFor(chunks, threads, [&](uint64_t chunk) {
      throwIfRaised(signal);
      visit(chunk * kChunk, std::min(size(), (chunk + 1) * kChunk));
    });
  };
  std::atomic<uint64_t> lower{0};
  std::atomic<uint64_t> upper{0};
  forEachChunk([&](uint64_t begin, uint64_t end) {
    Triangles sums;
    for (uint64_t i = begin; i < end; ++i) {
      const Record& record = data()[i];
      const int32_t last = std::max(record.row, record.column);
      if (static_cast<uint64_t>(last) > rows) {
        throw Error(WM_ERR_FORMAT, "a record names word " + std::to_string(last) + " of a vocabulary of " +
                                       std::to_string(rows) + ": it belongs to another vocabulary")
            .at(offsetOf(i));
      }
      sums.add(record);
    }
    lower += sums.lower;
    upper += sums.upper;
  });
  const bool symmetric = lower == upper;
  const auto isHeld = [&](const Record& record) { return !symmetric || record.column <= record.row; };

  // A counting sort by rows, then each row by columns.
  const std::unique_ptr<std::atomic<uint64_t>[]> places(new std::atomic<uint64_t>[rows + 1]());
  forEachChunk([&](uint64_t begin, uint64_t end) {
    for (uint64_t i = begin; i < end; ++i) {
      if (isHeld(data()[i])) places[data()[i].row].fetch_add(1, std::memory_order_relaxed);
    }
  });
  std::vector<uint64_t> starts(rows + 1, 0);
  for (uint64_t row = 0; row < rows; ++row) {
    starts[row + 1] = starts[row] + places[row + 1];
    places[row + 1] = starts[row];
  }
  struct Entry {
    uint32_t column;
    uint32_t record;  // which of equal pairs came first, so that their sum does not depend on the threads
    double count;
  };
  if (size() > UINT32_MAX) throw Error(WM_ERR_LIMIT, "more than 4294967295 records are not read");
  const std::unique_ptr<Entry[]> entries(new Entry[starts[rows]]);
  forEachChunk([&](uint64_t begin, uint64_t end) {
    for (uint64_t i = begin; i < end; ++i) {
      const Record& record = data()[i];
      if (!isHeld(record)) continue;
      entries[places[record.row].fetch_add(1, std::memory_order_relaxed)] = {static_cast<uint32_t>(record.column - 1),
                                                                             static_cast<uint32_t>(i), record.count};
    }
  });

  constexpr uint64_t rowsOfBatch = 256;
  MatrixRows result(storage);
  OrderedRows ordered(result, 2 * uint64_t{threads});
  parallelFor((rows + rowsOfBatch - 1) / rowsOfBatch, threads, [&](uint64_t number) {
    try {
      throwIfRaised(signal);
      RowBatch batch;
      for (uint64_t row = number * rowsOfBatch; row < std::min(rows, (number + 1) * rowsOfBatch); ++row) {
        Entry* const begin = entries.get() + starts[row];
        Entry* const end = entries.get() + starts[row + 1];
        std::sort(begin, end, [](const Entry& a, const Entry& b) {
          return a.column != b.column ? a.column < b.column : a.record < b.record;
        });
        const uint64_t before = batch.columns.size();
        for (const Entry* entry = begin; entry != end; ++entry) {
          if (batch.columns.size() > before && batch.columns.back() == entry->column) {
            batch.values.back() += entry->count;
          } else {
            batch.add(entry->column, entry->count);
          }
        }
        batch.lengths.push_back(batch.columns.size() - before);
      }
      ordered.put(number, std::move(batch));
    } catch (...) {
      ordered.abandon();
      throw;
    }
  });
  return std::make_shared<const Cooccurrence>(symmetric, 1.0, std::move(result));
}

}  // namespace wordmill
