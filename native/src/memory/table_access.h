#pragma once

#include <cstdint>

#include "memory/table.h"

namespace wordmill {

/// Whether so many rows of f32 are to be written past the caches, which do not hold them anyway: a line that is written
/// in the ordinary way is first read.
bool streamsPast(uint64_t rows, uint64_t columns);

/// Throws WM_ERR_OPTION unless first .. first + count are rows of the table.
void checkRange(const Table& table, uint64_t first, uint64_t count);

/// One row as f32, dense.
void widenRow(const Table& table, uint64_t row, float* out);

/// Gather: out[i] = row ids[i] as f32, dense.
void gatherRows(const Table& table, const uint32_t* ids, uint64_t count, float* out, unsigned threads);

/// Dense rows first .. first + count as `dtype`.
void readRows(const Table& table, uint64_t first, uint64_t count, wm_dtype dtype, void* out);

/// Overwrites rows of a native table from dense values of `dtype`.
void writeRows(Table& table, uint64_t first, uint64_t count, wm_dtype dtype, const void* values);

/// Rows as signed bytes and scales apart, either of which may be null.
void readScaledRows(const Table& table, uint64_t first, uint64_t count, int8_t* values, float* scales);

/// Overwrites rows of a native table with values[r][c] * scales[r].
void writeScaledRows(Table& table, uint64_t first, uint64_t count, const int8_t* values, const float* scales);

/// Native f32 tables: element (r, c) uniform in [low, high), a pure function of seed, r and c.
void fillUniform(Table& table, uint64_t first, uint64_t count, float low, float high, uint64_t seed);

/// The same, normal with the mean and deviation of each column; NULL: 0 and 1.
void fillNormal(Table& table, uint64_t first, uint64_t count, const float* means, const float* deviations,
                uint64_t seed, unsigned threads);

/// Mean and standard deviation (of the population) of each column over all rows but one; zeros where there is none.
void columnMoments(const Table& table, uint64_t leftOut, float* means, float* deviations, unsigned threads);

/// The first row with a NaN or infinity, or -1.
int64_t firstNotFinite(const Table& table, unsigned threads);

}  // namespace wordmill
