#pragma once

#include <cstdint>
#include <memory>

#include "count/cooccurrence.h"
#include "count/record.h"
#include "memory/growing_array.h"
#include "runtime/signal.h"

namespace wordmill {

/// Records of GloVe's programs as they came, in any order.
class RecordList {
 public:
  explicit RecordList(const Storage& storage);

  /// The next bytes, in pieces of any size. Throws WM_ERR_FORMAT with the offset of a record that cannot be.
  void append(const uint8_t* bytes, uint64_t length);
  uint64_t size() const { return records_.size(); }
  const Record* data() const { return records_.data(); }
  /// Throws WM_ERR_TRUNCATED when the last record is not whole, WM_ERR_CORPUS when there is none.
  void checkWhole() const;
  /// Equal pairs are added up; a matrix that is symmetric is recognised. Throws WM_ERR_FORMAT with the offset of a word
  /// beyond `rows`.
  std::shared_ptr<const Cooccurrence> matrix(uint64_t rows, unsigned threads, const Storage& storage,
                                             const wm_signal* signal) const;

 private:
  void appendChecked(const Record* records, uint64_t count);

  GrowingArray<Record> records_;
  uint8_t rest_[sizeof(Record)];  // of a record that is not whole yet
  uint64_t restBytes_ = 0;
};

}  // namespace wordmill
