#pragma once

#include <cstdint>
#include <functional>

#include "wordmill.h"

namespace wordmill {

class Table;

/// wm_search: the k best rows for each query, best first, ties by lower row.
void search(const Table& table, const float* queries, uint64_t n, const wm_search_options& options, uint32_t* rows,
            float* scores);

/// Finds the options.k best rows for each of the queries first .. first + n, which begin at `queries`; k is at most the
/// number of rows (but at least 1). Results are n x k.
using SearchBatch = std::function<void(const float* queries, uint64_t first, uint64_t n,
                                       const wm_search_options& options, uint32_t* rows, float* scores)>;

/// What every search is, wherever scores are made: checks its arguments, searches so many queries at a time, and marks
/// the places for which there is no row.
void searchInBatches(const Table& table, const float* queries, uint64_t n, const wm_search_options& options,
                     uint64_t queriesPerBatch, const SearchBatch& searchBatch, uint32_t* rows, float* scores);

/// Makes them of length 1, but for those of length 0.
void normaliseQueries(float* queries, uint64_t n, uint64_t columns);

/// wm_scores: all scores, n x rows.
void allScores(const Table& table, const float* queries, uint64_t n, wm_metric metric, unsigned threads,
               const wm_signal* signal, float* out);

}  // namespace wordmill
