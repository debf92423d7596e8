#include "backend/device_search.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include "memory/table.h"
#include "memory/table_access.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "search/search.h"

namespace wordmill {
namespace {

/// What the device is given at a time; between two of them the signal is looked at.
constexpr uint64_t kQueriesPerBatch = 1024;

/// The rows of a table on a device.
class DeviceIndex {
 public:
  DeviceIndex(std::shared_ptr<const Device> device, const Table& table, unsigned threads, const wm_signal* signal)
      : device_(std::move(device)) {
    std::vector<float> wide;
    const wm_backend_rows rows = describe(table, wide, threads, signal);
    std::vector<float> scales = table.norms(threads, signal);
    for (float& scale : scales) scale = scale > 0.0F ? 1.0F / scale : 0.0F;
    checkBackend([&](wm_error* error) {
      return device_->calls().index_open(device_->handle(), &rows, scales.data(), &handle_, error);
    });
  }
  ~DeviceIndex() { device_->calls().index_close(handle_); }
  DeviceIndex(const DeviceIndex&) = delete;
  DeviceIndex& operator=(const DeviceIndex&) = delete;

  void search(const wm_backend_query& query, uint32_t* rows, float* scores) {
    const std::lock_guard<std::mutex> lock(mutex_);
    checkBackend([&](wm_error* error) { return device_->calls().index_search(handle_, &query, rows, scores, error); });
  }

 private:
  /// Rows that are not f32 are widened into `wide`.
  static wm_backend_rows describe(const Table& table, std::vector<float>& wide, unsigned threads,
                                  const wm_signal* signal) {
    const uint64_t columns = table.columns();
    if (table.dtype() == WM_F32 && table.rowStride() % sizeof(float) == 0) {
      return {table.trainable(), table.rows(), columns, table.floatStride()};
    }
    constexpr uint64_t chunk = 4096;
    wide.resize(table.rows() * columns);
    parallelFor((table.rows() + chunk - 1) / chunk, threads, [&](uint64_t task) {
      throwIfRaised(signal);
      const uint64_t first = task * chunk;
      readRows(table, first, std::min(chunk, table.rows() - first), WM_F32, wide.data() + first * columns);
    });
    return {wide.data(), table.rows(), columns, columns};
  }

  const std::shared_ptr<const Device> device_;
  std::mutex mutex_;
  wm_backend_index* handle_ = nullptr;
};

}  // namespace

void searchOnDevice(const Table& table, const float* queries, uint64_t n, const wm_search_options& options,
                    const std::shared_ptr<const Device>& device, uint32_t* rows, float* scores) {
  const auto batch = [&](const float* values, uint64_t first, uint64_t count, const wm_search_options& bounded,
                         uint32_t* foundRows, float* foundScores) {
    throwIfRaised(bounded.signal);
    // Kept by the table, whose companion keeps the device: so no other device can stand at its address.
    const auto index = std::static_pointer_cast<DeviceIndex>(table.companion(device.get(), [&] {
      return std::make_shared<DeviceIndex>(device, table, resolveThreads(bounded.threads), bounded.signal);
    }));
    const bool cosine = bounded.metric == WM_COSINE;
    std::vector<float> ready(values, values + count * table.columns());
    if (cosine) normaliseQueries(ready.data(), count, table.columns());
    wm_backend_query query{};
    query.queries = ready.data();
    query.n = count;
    query.scaled = cosine ? 1 : 0;
    query.k = bounded.k;
    query.first_row = bounded.first_row;
    query.last_row = bounded.last_row;
    query.exclude_offsets = bounded.exclude_offsets != nullptr ? bounded.exclude_offsets + first : nullptr;
    query.exclude = bounded.exclude;
    query.allowed = bounded.allowed;
    index->search(query, foundRows, foundScores);
  };
  searchInBatches(table, queries, n, options, kQueriesPerBatch, batch, rows, scores);
}

}  // namespace wordmill
