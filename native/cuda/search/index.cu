#include "search/index.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "device/memory.h"
#include "matrix/matrix.h"
#include "search/best_rows.h"
#include "search/row_ranking.h"

using namespace wordmill::cuda;

namespace {

/// Queries that are multiplied at a time.
constexpr uint64_t kQueriesOfBatch = 1024;
/// Scores of a chunk, at least: 16 MiB, which the second level of cache of a large device holds.
constexpr uint64_t kScoresOfChunk = uint64_t{4} << 20U;
/// Scores that are sorted a query at a time, where there are so many results that all of them are.
constexpr uint64_t kScoresToRank = uint64_t{8} << 20U;
/// Of a matrix product.
constexpr uint64_t kTile = 128;

constexpr uint64_t roundUp(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace

/// The C handle is the class itself: rows on a device. Scores are made chunk after chunk of the rows for a batch of
/// queries, and looked through while they are in the cache.
struct wm_backend_index {
 public:
  wm_backend_index(const wm_backend_device& device, const wm_backend_rows& table, const float* scales)
      : device_(device), table_(table), scales_(copyToDevice(scales, table.rows)) {}

  const wm_backend_device& device() const { return device_; }

  void search(const wm_backend_query& query, uint32_t* rows, float* scores) {
    device_.use();
    firstRow_ = std::min(query.first_row, table_.rows());
    lastRow_ = std::max(firstRow_, std::min(query.last_row, table_.rows()));
    if (firstRow_ == lastRow_) {
      std::fill_n(rows, query.n * query.k, UINT32_MAX);
      std::fill_n(scores, query.n * query.k, -INFINITY);
      return;
    }
    upload(allowed_, query.allowed, query.allowed != nullptr ? table_.rows() : 0);
    const uint64_t batches = (query.n + kQueriesOfBatch - 1) / kQueriesOfBatch;
    const uint64_t ofBatch = batches > 0 ? (query.n + batches - 1) / batches : 0;
    for (uint64_t first = 0; first < query.n; first += ofBatch) {
      const uint64_t n = std::min(ofBatch, query.n - first);
      searchBatch(query, first, n);
      download(rows + first * query.k, foundRows_, n * query.k);
      download(scores + first * query.k, foundScores_, n * query.k);
      stream_.wait("in the middle of a search");
    }
  }

 private:
  void searchBatch(const wm_backend_query& query, uint64_t first, uint64_t n) {
    uploadQueries(query.queries + first * table_.columns(), n);
    const RowFilter filter = uploadFilter(query, first, n);
    foundRows_.reserve(n * query.k);
    foundScores_.reserve(n * query.k);
    if (query.k <= BestRows::kMost) {
      findBest(query, filter, n);
    } else {
      rankAll(query, filter, n);
    }
  }

  void findBest(const wm_backend_query& query, const RowFilter& filter, uint64_t n) {
    best_.begin(static_cast<uint32_t>(n), query.k);
    const uint64_t ofChunk = rowsOfChunk(n);
    scores_.reserve(n * ofChunk);
    for (uint64_t row = firstRow_; row < lastRow_; row += ofChunk) {
      best_.offer(score(query, 0, n, row, std::min(ofChunk, lastRow_ - row), ofChunk), filter);
    }
    best_.write(foundRows_.data(), foundScores_.data());
  }

  void rankAll(const wm_backend_query& query, const RowFilter& filter, uint64_t n) {
    const uint64_t rows = lastRow_ - firstRow_;
    const uint64_t stride = roundUp(rows, 4);
    const uint64_t atOnce = std::clamp<uint64_t>(kScoresToRank / stride, 1, n);
    scores_.reserve(atOnce * stride);
    ranking_.reserve(rows);
    for (uint64_t first = 0; first < n; first += atOnce) {
      const uint64_t count = std::min(atOnce, n - first);
      Scores scores = score(query, first, count, firstRow_, rows, stride);
      for (uint64_t q = first; q < first + count; ++q) {
        ranking_.rank(scores, filter, static_cast<uint32_t>(q), query.k, foundRows_.data() + q * query.k,
                      foundScores_.data() + q * query.k);
        scores.values += stride;
      }
    }
  }

  /// Of queries of the batch against consecutive rows.
  Scores score(const wm_backend_query& query, uint64_t first, uint64_t n, uint64_t row, uint64_t rows,
               uint64_t stride) const {
    Product product;
    product.operands = Operands::kRowsByRows;
    product.left = queries_.data() + first * table_.stride();
    product.leftStride = table_.stride();
    product.right = table_.data() + row * table_.stride();
    product.rightStride = table_.stride();
    product.out = scores_.data();
    product.outStride = stride;
    product.rows = static_cast<uint32_t>(n);
    product.columns = static_cast<uint32_t>(rows);
    product.depth = static_cast<uint32_t>(table_.columns());
    product.columnFactors = query.scaled != 0 ? scales_.data() + row : nullptr;
    multiply(product, stream_);
    return {scores_.data(), stride, static_cast<uint32_t>(row), static_cast<uint32_t>(rows)};
  }

  /// A multiprocessor multiplies two tiles at a time; twice as many are a chunk, so that few of them wait for the last
  /// tiles. A few queries have tiles of few scores, and larger chunks.
  uint64_t rowsOfChunk(uint64_t n) const {
    const uint64_t tilesDown = (n + kTile - 1) / kTile;
    const uint64_t tilesAcross = std::max<uint64_t>(1, 4 * static_cast<uint64_t>(device_.multiprocessors) / tilesDown);
    const uint64_t most = roundUp(lastRow_ - firstRow_, kTile);
    return std::min(most, std::max(tilesAcross * kTile, roundUp(kScoresOfChunk / n, kTile)));
  }

  void uploadQueries(const float* queries, uint64_t n) {
    queries_.reserve(n * table_.stride());
    check(cudaMemcpy2DAsync(queries_.data(), table_.stride() * sizeof(float), queries, table_.columns() * sizeof(float),
                            table_.columns() * sizeof(float), n, cudaMemcpyHostToDevice, stream_),
          "to take queries");
  }

  RowFilter uploadFilter(const wm_backend_query& query, uint64_t first, uint64_t n) {
    RowFilter filter;
    if (query.allowed != nullptr) filter.allowed = allowed_.data();
    if (query.exclude_offsets != nullptr) {
      const uint64_t* const offsets = query.exclude_offsets + first;
      offsetsOfBatch_.resize(n + 1);
      for (uint64_t i = 0; i <= n; ++i) offsetsOfBatch_[i] = offsets[i] - offsets[0];
      upload(excludeOffsets_, offsetsOfBatch_.data(), n + 1);
      upload(exclude_, query.exclude + offsets[0], offsetsOfBatch_[n]);
      filter.excludeOffsets = excludeOffsets_.data();
      filter.exclude = exclude_.data();
    }
    return filter;
  }

  /// The values must stay until the stream was waited for.
  template <typename T>
  void upload(DeviceArray<T>& to, const T* values, uint64_t count) {
    if (count == 0) return;
    to.reserve(count);
    check(cudaMemcpyAsync(to.data(), values, count * sizeof(T), cudaMemcpyHostToDevice, stream_), "to take queries");
  }

  template <typename T>
  void download(T* to, const DeviceArray<T>& from, uint64_t count) {
    check(cudaMemcpyAsync(to, from.data(), count * sizeof(T), cudaMemcpyDeviceToHost, stream_), "to give results");
  }

  const wm_backend_device& device_;
  const DeviceRows table_;
  const DeviceArray<float> scales_;
  Stream stream_;
  uint64_t firstRow_ = 0;
  uint64_t lastRow_ = 0;
  DeviceArray<uint8_t> allowed_;
  DeviceArray<float> queries_;
  std::vector<uint64_t> offsetsOfBatch_;
  DeviceArray<uint64_t> excludeOffsets_;
  DeviceArray<uint32_t> exclude_;
  DeviceArray<float> scores_;
  BestRows best_{device_.multiprocessors, stream_};
  RowRanking ranking_{stream_};
  DeviceArray<uint32_t> foundRows_;
  DeviceArray<float> foundScores_;
};

namespace wordmill::cuda {

wm_backend_index* openIndex(const wm_backend_device& device, const wm_backend_rows& table, const float* scales) {
  return new wm_backend_index(device, table, scales);
}

void searchIndex(wm_backend_index& index, const wm_backend_query& query, uint32_t* rows, float* scores) {
  index.search(query, rows, scores);
}

void closeIndex(wm_backend_index* index) {
  if (index == nullptr) return;
  index->device().tryUse();
  delete index;
}

}  // namespace wordmill::cuda
