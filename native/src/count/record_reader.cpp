#include "count/record_reader.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "count/record_list.h"
#include "count/sorted_entries.h"
#include "sampling/random.h"

namespace wordmill {
namespace {

Record recordOf(uint64_t row, uint64_t column, double count) {
  return {static_cast<int32_t>(row + 1), static_cast<int32_t>(column + 1), count};
}

class SortedReader final : public RecordReader {
 public:
  explicit SortedReader(std::shared_ptr<const Cooccurrence> matrix) : matrix_(std::move(matrix)), entries_(*matrix_) {}

  uint64_t read(Record* out, uint64_t capacity, const wm_signal* signal) override {
    throwIfRaised(signal);
    uint64_t count = 0;
    while (count < capacity) {
      if (given_ == columns_.size()) {
        if (entries_.atEnd()) break;
        columns_.clear();
        values_.clear();
        given_ = 0;
        entries_.takeRow(columns_, values_);
        continue;
      }
      out[count++] = recordOf(entries_.next() - 1, columns_[given_], values_[given_] / matrix_->unit());
      ++given_;
    }
    return count;
  }

 private:
  const std::shared_ptr<const Cooccurrence> matrix_;
  SortedEntries entries_;
  std::vector<uint32_t> columns_;  // of the row before entries_.next()
  std::vector<double> values_;
  uint64_t given_ = 0;
};

/// A walk through all records of a matrix, both halves of a symmetric one.
class MatrixSource {
 public:
  explicit MatrixSource(std::shared_ptr<const Cooccurrence> matrix) : matrix_(std::move(matrix)) {}
  uint64_t size() const { return matrix_->nonzeros(); }

  template <class Visit>
  void forEach(const wm_signal* signal, Visit&& visit) const {
    for (uint64_t row = 0; row < matrix_->rows(); ++row) {
      throwIfRaised(signal);
      for (uint64_t i = matrix_->offsets()[row]; i < matrix_->offsets()[row + 1]; ++i) {
        const uint64_t column = matrix_->columns()[i];
        const double count = matrix_->values()[i] / matrix_->unit();
        visit(recordOf(row, column, count));
        if (matrix_->symmetric() && column != row) visit(recordOf(column, row, count));
      }
    }
  }

 private:
  std::shared_ptr<const Cooccurrence> matrix_;
};

class ListSource {
 public:
  explicit ListSource(std::shared_ptr<const RecordList> records) : records_(std::move(records)) {}
  uint64_t size() const { return records_->size(); }

  template <class Visit>
  void forEach(const wm_signal* signal, Visit&& visit) const {
    for (uint64_t i = 0; i < records_->size(); ++i) {
      if (i % 65536 == 0) throwIfRaised(signal);
      visit(records_->data()[i]);
    }
  }

 private:
  std::shared_ptr<const RecordList> records_;
};

template <class Source>
class ShuffledReader final : public RecordReader {
 public:
  ShuffledReader(Source source, uint64_t seed, uint64_t memory)
      : source_(std::move(source)),
        seed_(seed),
        buckets_(source_.size() * sizeof(Record) / (memory - memory / 16) + 1) {}

  uint64_t read(Record* out, uint64_t capacity, const wm_signal* signal) override {
    uint64_t count = 0;
    while (count < capacity) {
      if (given_ == bucket_.size()) {
        if (nextBucket_ == buckets_) break;
        fill(nextBucket_++, signal);
        continue;
      }
      const uint64_t taken = std::min(capacity - count, bucket_.size() - given_);
      std::copy_n(bucket_.begin() + static_cast<int64_t>(given_), taken, out + count);
      given_ += taken;
      count += taken;
    }
    return count;
  }

 private:
  void fill(uint64_t bucket, const wm_signal* signal) {
    bucket_.clear();
    given_ = 0;
    uint64_t index = 0;
    source_.forEach(signal, [&](const Record& record) {
      if (randomAt(seed_, index++, 0) % buckets_ == bucket) bucket_.push_back(record);
    });
    RandomStream random(seed_, bucket, 1);
    for (uint64_t i = bucket_.size(); i > 1; --i) std::swap(bucket_[i - 1], bucket_[random.next() % i]);
  }

  const Source source_;
  const uint64_t seed_;
  const uint64_t buckets_;
  uint64_t nextBucket_ = 0;
  std::vector<Record> bucket_;
  uint64_t given_ = 0;
};

}  // namespace

std::unique_ptr<RecordReader> readSorted(std::shared_ptr<const Cooccurrence> matrix) {
  return std::make_unique<SortedReader>(std::move(matrix));
}

std::unique_ptr<RecordReader> readShuffled(std::shared_ptr<const Cooccurrence> matrix, uint64_t seed, uint64_t memory) {
  return std::make_unique<ShuffledReader<MatrixSource>>(MatrixSource(std::move(matrix)), seed, memory);
}

std::unique_ptr<RecordReader> readShuffled(std::shared_ptr<const RecordList> records, uint64_t seed, uint64_t memory) {
  records->checkWhole();
  return std::make_unique<ShuffledReader<ListSource>>(ListSource(std::move(records)), seed, memory);
}

}  // namespace wordmill
