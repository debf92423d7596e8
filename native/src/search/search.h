#pragma once

#include <cstdint>

#include "wordmill.h"

namespace wordmill {

class Table;

/// wm_search: the k best rows for each query, best first, ties by lower row.
void search(const Table& table, const float* queries, uint64_t n, const wm_search_options& options, uint32_t* rows,
            float* scores);

/// wm_scores: all scores, n x rows.
void allScores(const Table& table, const float* queries, uint64_t n, wm_metric metric, unsigned threads,
               const wm_signal* signal, float* out);

}  // namespace wordmill
