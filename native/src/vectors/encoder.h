#pragma once

#include <cstdint>

#include "memory/table.h"
#include "text/keys.h"

namespace wordmill {

struct Encoded {
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

/// See wm_encode_rows. Throws WM_ERR_FORMAT for a key that the format cannot hold.
Encoded encodeRows(const Table& table, const Keys* keys, uint64_t firstRow, const wm_encode_options& options,
                   uint8_t* out, uint64_t capacity);

}  // namespace wordmill
