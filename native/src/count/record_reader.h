#pragma once

#include <cstdint>
#include <memory>

#include "count/cooccurrence.h"
#include "count/record.h"
#include "runtime/signal.h"

namespace wordmill {

class RecordList;

/// Gives records one after another.
class RecordReader {
 public:
  virtual ~RecordReader() = default;
  /// Fills `out` with up to `capacity` records; fewer only at the end. Returns their number.
  virtual uint64_t read(Record* out, uint64_t capacity, const wm_signal* signal) = 0;
};

/// All entries of a matrix by row and column, as GloVe's cooccur writes them.
std::unique_ptr<RecordReader> readSorted(std::shared_ptr<const Cooccurrence> matrix);

/// In random order, that of a seed. `memory` bytes of records are shuffled at a time: the records are dealt into
/// buckets of that size at random, and each is collected in a walk through all and shuffled.
std::unique_ptr<RecordReader> readShuffled(std::shared_ptr<const Cooccurrence> matrix, uint64_t seed, uint64_t memory);
std::unique_ptr<RecordReader> readShuffled(std::shared_ptr<const RecordList> records, uint64_t seed, uint64_t memory);

}  // namespace wordmill
