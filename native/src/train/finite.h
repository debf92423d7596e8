#pragma once

#include <cstdint>

namespace wordmill {

/// Throws WM_ERR_OPTION `option`, naming row and column, unless all of rows x columns dense numbers are finite.
void requireFinite(const float* values, uint64_t rows, uint64_t columns, const char* option, unsigned threads);

}  // namespace wordmill
