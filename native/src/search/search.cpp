#include "search/search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "kernels/select.h"
#include "matrix/packed_product.h"
#include "memory/table.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "search/top_k.h"

namespace wordmill {
namespace {

/// From that many queries on, packing rows for the matrix product costs less than it saves.
constexpr uint64_t kQueriesForProduct = 8;
/// Rows scored at a time: small enough for their scores to stay near.
constexpr uint64_t kRowsPerChunk = 256;
/// Queries multiplied at a time, for the same reason.
constexpr uint64_t kQueriesPerBatch = 256;

/// Queries ready to be multiplied: of length 1 where the metric asks for it.
class Queries {
 public:
  Queries(const float* queries, uint64_t n, uint64_t columns, wm_metric metric)
      : count(n), columns(columns), values(queries, queries + n * columns), packed(PackedVectors::Side::kLeft) {
    if (metric == WM_COSINE) normaliseQueries(values.data(), n, columns);
    if (n >= kQueriesForProduct) packed.packRows(values.data(), columns, n, columns);
  }

  const uint64_t count;
  const uint64_t columns;
  std::vector<float> values;
  PackedVectors packed;
};

/// Scores of consecutive rows against all queries; one for each thread.
class Scorer {
 public:
  Scorer(const Table& table, const Queries& queries, const float* norms)
      : table_(table), queries_(queries), norms_(norms), right_(PackedVectors::Side::kRight) {}

  /// out[q * stride + i] = score of row first + i for query q.
  void score(uint64_t first, uint64_t count, float* out, uint64_t stride) {
    if (queries_.count >= kQueriesForProduct) {
      multiplyChunk(first, count, out, stride);
    } else {
      const auto type = static_cast<RowType>(table_.dtype());
      for (uint64_t q = 0; q < queries_.count; ++q) {
        kernels().dotRows(table_.row(first), table_.rowStride(), type, count, queries_.columns,
                          queries_.values.data() + q * queries_.columns, out + q * stride);
      }
    }
    if (norms_ != nullptr) divideByNorms(first, count, out, stride);
  }

 private:
  void multiplyChunk(uint64_t first, uint64_t count, float* out, uint64_t stride) {
    const uint64_t columns = queries_.columns;
    if (table_.dtype() == WM_F32 && table_.rowStride() % sizeof(float) == 0) {
      right_.packRows(reinterpret_cast<const float*>(table_.row(first)), table_.rowStride() / sizeof(float), count,
                      columns);
    } else {
      wide_.resize(count * columns);
      for (uint64_t i = 0; i < count; ++i) {
        kernels().widen(table_.row(first + i), static_cast<RowType>(table_.dtype()), columns,
                        wide_.data() + i * columns);
      }
      right_.packRows(wide_.data(), columns, count, columns);
    }
    multiply(queries_.packed, right_, out, stride, false);
  }

  void divideByNorms(uint64_t first, uint64_t count, float* out, uint64_t stride) {
    inverse_.resize(count);
    for (uint64_t i = 0; i < count; ++i) inverse_[i] = norms_[first + i] > 0.0F ? 1.0F / norms_[first + i] : 0.0F;
    for (uint64_t q = 0; q < queries_.count; ++q) {
      float* const scores = out + q * stride;
      for (uint64_t i = 0; i < count; ++i) scores[i] *= inverse_[i];
    }
  }

  const Table& table_;
  const Queries& queries_;
  const float* const norms_;
  PackedVectors right_;
  std::vector<float> wide_;
  std::vector<float> inverse_;
};

bool isExcluded(const wm_search_options& options, uint64_t query, uint64_t row) {
  if (options.allowed != nullptr && options.allowed[row] == 0) return true;
  if (options.exclude_offsets == nullptr) return false;
  const uint32_t* const begin = options.exclude + options.exclude_offsets[query];
  const uint32_t* const end = options.exclude + options.exclude_offsets[query + 1];
  return std::find(begin, end, static_cast<uint32_t>(row)) != end;
}

void offerChunk(TopK& best, const float* scores, uint64_t first, uint64_t count, const wm_search_options& options,
                uint64_t query) {
  // Most chunks hold nothing that is good enough.
  if (!(kernels().maxOf(scores, count) > best.threshold())) return;
  for (uint64_t i = 0; i < count; ++i) {
    if (scores[i] > best.threshold() && !isExcluded(options, query, first + i)) {
      best.offer(scores[i], static_cast<uint32_t>(first + i));
    }
  }
}

void checkQueries(const float* queries, uint64_t n, uint64_t columns) {
  for (uint64_t i = 0; i < n * columns; ++i) {
    if (!std::isfinite(queries[i])) {
      throw optionError("queries", "query " + std::to_string(i / columns) + " holds a value that is not finite");
    }
  }
}

/// Rows first .. last in one piece a thread.
struct Pieces {
  Pieces(uint64_t first, uint64_t last, unsigned threads) : first(first), last(last) {
    const uint64_t chunks = (last - first + kRowsPerChunk - 1) / kRowsPerChunk;
    count = std::max<uint64_t>(1, std::min<uint64_t>(threads, chunks));
    rows = (chunks + count - 1) / count * kRowsPerChunk;
  }
  uint64_t begin(uint64_t piece) const { return std::min(last, first + piece * rows); }

  uint64_t first;
  uint64_t last;
  uint64_t count;
  uint64_t rows;
};

void searchBatch(const Table& table, const float* values, uint64_t firstQuery, uint64_t n,
                 const wm_search_options& options, uint32_t* rows, float* scores) {
  const unsigned threads = resolveThreads(options.threads);
  const auto metric = static_cast<wm_metric>(options.metric);
  const Queries queries(values, n, table.columns(), metric);
  const float* norms = metric == WM_COSINE ? table.norms(threads, options.signal).data() : nullptr;
  const uint64_t last = std::min(options.last_row, table.rows());
  const Pieces pieces(std::min(options.first_row, last), last, threads);
  std::vector<std::vector<TopK>> best(pieces.count, std::vector<TopK>(n, TopK(options.k)));
  parallelFor(pieces.count, threads, [&](uint64_t piece) {
    Scorer scorer(table, queries, norms);
    std::vector<float> chunk(n * kRowsPerChunk);
    for (uint64_t first = pieces.begin(piece); first < pieces.begin(piece + 1); first += kRowsPerChunk) {
      throwIfRaised(options.signal);
      const uint64_t count = std::min(kRowsPerChunk, pieces.begin(piece + 1) - first);
      scorer.score(first, count, chunk.data(), kRowsPerChunk);
      for (uint64_t q = 0; q < n; ++q) {
        offerChunk(best[piece][q], chunk.data() + q * kRowsPerChunk, first, count, options, firstQuery + q);
      }
    }
  });
  for (uint64_t q = 0; q < n; ++q) {
    TopK merged(options.k);
    for (const std::vector<TopK>& piece : best) {
      for (const TopK::Entry& entry : piece[q].entries()) merged.offer(entry.score, entry.row);
    }
    const std::vector<TopK::Entry> sorted = merged.sorted();
    for (uint64_t i = 0; i < options.k; ++i) {
      const bool found = i < sorted.size();
      rows[q * options.k + i] = found ? sorted[i].row : std::numeric_limits<uint32_t>::max();
      scores[q * options.k + i] = found ? sorted[i].score : -std::numeric_limits<float>::infinity();
    }
  }
}

}  // namespace

void normaliseQueries(float* queries, uint64_t n, uint64_t columns) {
  for (uint64_t i = 0; i < n; ++i) {
    float* const query = queries + i * columns;
    float squared = 0.0F;
    kernels().squaredLengths(query, 0, kRowF32, 1, columns, &squared);
    if (squared == 0.0F) continue;
    const float scale = 1.0F / std::sqrt(squared);
    for (uint64_t c = 0; c < columns; ++c) query[c] *= scale;
  }
}

void searchInBatches(const Table& table, const float* queries, uint64_t n, const wm_search_options& options,
                     uint64_t queriesPerBatch, const SearchBatch& searchBatch, uint32_t* rows, float* scores) {
  if (options.metric != WM_COSINE && options.metric != WM_DOT) throw optionError("metric", "unknown metric");
  if (options.k == 0) throw optionError("k", "ask for at least one result");
  wm_search_options bounded = options;
  bounded.k = static_cast<uint32_t>(std::min<uint64_t>(options.k, std::max<uint64_t>(table.rows(), 1)));
  checkQueries(queries, n, table.columns());
  std::vector<uint32_t> foundRows(std::min(n, queriesPerBatch) * bounded.k);
  std::vector<float> foundScores(foundRows.size());
  for (uint64_t first = 0; first < n; first += queriesPerBatch) {
    const uint64_t count = std::min(queriesPerBatch, n - first);
    searchBatch(queries + first * table.columns(), first, count, bounded, foundRows.data(), foundScores.data());
    for (uint64_t q = 0; q < count; ++q) {
      for (uint64_t i = 0; i < options.k; ++i) {
        const bool found = i < bounded.k;
        rows[(first + q) * options.k + i] = found ? foundRows[q * bounded.k + i] : std::numeric_limits<uint32_t>::max();
        scores[(first + q) * options.k + i] =
            found ? foundScores[q * bounded.k + i] : -std::numeric_limits<float>::infinity();
      }
    }
  }
}

void search(const Table& table, const float* queries, uint64_t n, const wm_search_options& options, uint32_t* rows,
            float* scores) {
  const auto batch = [&](const float* values, uint64_t first, uint64_t count, const wm_search_options& bounded,
                         uint32_t* foundRows, float* foundScores) {
    searchBatch(table, values, first, count, bounded, foundRows, foundScores);
  };
  searchInBatches(table, queries, n, options, kQueriesPerBatch, batch, rows, scores);
}

void allScores(const Table& table, const float* queries, uint64_t n, wm_metric metric, unsigned threads,
               const wm_signal* signal, float* out) {
  if (metric != WM_COSINE && metric != WM_DOT) throw optionError("metric", "unknown metric");
  checkQueries(queries, n, table.columns());
  const float* norms = metric == WM_COSINE ? table.norms(threads, signal).data() : nullptr;
  const Pieces pieces(0, table.rows(), threads);
  for (uint64_t start = 0; start < n; start += kQueriesPerBatch) {
    const Queries batch(queries + start * table.columns(), std::min(kQueriesPerBatch, n - start), table.columns(),
                        metric);
    parallelFor(pieces.count, threads, [&](uint64_t piece) {
      Scorer scorer(table, batch, norms);
      for (uint64_t first = pieces.begin(piece); first < pieces.begin(piece + 1); first += kRowsPerChunk) {
        throwIfRaised(signal);
        const uint64_t count = std::min(kRowsPerChunk, pieces.begin(piece + 1) - first);
        scorer.score(first, count, out + start * table.rows() + first, table.rows());
      }
    });
  }
}

}  // namespace wordmill
