#include "embedding/embedding.h"

#include <algorithm>

#include "device/memory.h"
#include "embedding/gather.h"
#include "embedding/row_steps.h"
#include "embedding/row_sums.h"
#include "embedding/trained_rows.h"

using namespace wordmill::cuda;

struct wm_backend_embedding {
  wm_backend_embedding(const wm_backend_device& theDevice, const wm_backend_rows& rows)
      : device(theDevice), table(rows) {}

  const wm_backend_device& device;
  TrainedRows table;
  Stream stream;
  PositionSorter sorter;
  RowSums sums;
  DeviceArray<uint32_t> ids;
  DeviceArray<float> values;
};

namespace wordmill::cuda {
namespace {

/// Numbers that a gather keeps on the device before they are copied back.
constexpr uint64_t kGathered = uint64_t{1} << 26U;

template <typename T>
void copyTo(DeviceArray<T>& array, const T* values, uint64_t count, cudaStream_t stream) {
  array.reserve(count);
  check(cudaMemcpyAsync(array.data(), values, count * sizeof(T), cudaMemcpyHostToDevice, stream), "to take its data");
}

/// sink.take for each row among the ids, with the sum of its values.
template <typename Sink>
void addUp(wm_backend_embedding& embedding, const uint32_t* ids, uint64_t n, const float* values, const Sink& sink) {
  const uint64_t columns = embedding.table.columns();
  const Stream& stream = embedding.stream;
  copyTo(embedding.ids, ids, n, stream);
  copyTo(embedding.values, values, n * columns, stream);
  const SortedPositions list = embedding.sorter.sort(embedding.ids.data(), n, embedding.table.rows(), stream);
  byNumbers(
      [&](auto numbers) {
        using Numbers = decltype(numbers);
        embedding.sums.add<Numbers>(list, columns, DenseRows{embedding.values.data(), columns}, sink, stream);
      },
      columns);
  stream.wait("to add up rows");
}

}  // namespace

wm_backend_embedding* openEmbedding(const wm_backend_device& device, const wm_backend_rows& table) {
  return new wm_backend_embedding(device, table);
}

void gather(wm_backend_embedding& embedding, const uint32_t* ids, uint64_t n, float* out) {
  if (n == 0) return;
  embedding.device.use();
  const TrainedRows& table = embedding.table;
  const uint64_t columns = table.columns();
  const Stream& stream = embedding.stream;
  copyTo(embedding.ids, ids, n, stream);
  const uint64_t most = std::max<uint64_t>(1, kGathered / columns);
  for (uint64_t first = 0; first < n; first += most) {
    const uint64_t count = std::min(most, n - first);
    embedding.values.reserve(count * columns);
    gatherRows(table.data(), table.stride(), columns, embedding.ids.data() + first, count, embedding.values.data(),
               columns, stream);
    check(cudaMemcpyAsync(out + first * columns, embedding.values.data(), count * columns * sizeof(float),
                          cudaMemcpyDeviceToHost, stream),
          "to give back rows");
    stream.wait("to copy rows");
  }
}

void scatterAdd(wm_backend_embedding& embedding, const uint32_t* ids, uint64_t n, const float* values) {
  if (n == 0) return;
  embedding.device.use();
  addUp(embedding, ids, n, values, RowAdditions{embedding.table.data(), embedding.table.stride()});
}

void stepRows(wm_backend_embedding& embedding, const uint32_t* ids, uint64_t n, const float* gradients,
              const wm_backend_step& step) {
  embedding.device.use();
  const OptimizedRows rows = embedding.table.optimized(step.rule);
  if (n > 0) addUp(embedding, ids, n, gradients, RowSteps{rows, step, nullptr});
}

void readEmbedding(wm_backend_embedding& embedding) {
  embedding.device.use();
  embedding.table.read();
}

void closeEmbedding(wm_backend_embedding* embedding) {
  if (embedding == nullptr) return;
  embedding->device.tryUse();
  delete embedding;
}

}  // namespace wordmill::cuda
