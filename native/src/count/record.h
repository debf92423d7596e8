#pragma once

#include <cstdint>

namespace wordmill {

/// A record of GloVe's programs, little-endian as all processors that this runs on.
struct Record {
  int32_t row;  // from 1, as the column
  int32_t column;
  double count;
};
static_assert(sizeof(Record) == 16, "the record of GloVe's cooccur has 16 bytes");

}  // namespace wordmill
