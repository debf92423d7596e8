#include "operations.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <vector>

#include "device/device.h"
#include "device/launch.h"
#include "device/memory.h"
#include "embedding/gather.h"
#include "embedding/row_steps.h"
#include "embedding/row_sums.h"
#include "embedding/trained_rows.h"
#include "matrix/matrix.h"

using namespace wordmill::cuda;

namespace {

constexpr unsigned kThreads = 256;
constexpr int kRepeats = 9;

__global__ void fillRandom(float* values, uint64_t count, uint64_t seed) {
  for (uint64_t i = blockIdx.x * static_cast<uint64_t>(blockDim.x) + threadIdx.x; i < count;
       i += static_cast<uint64_t>(gridDim.x) * blockDim.x) {
    uint64_t z = (i + seed) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    values[i] = static_cast<float>(static_cast<uint32_t>(z >> 32U)) * 0x1p-32F - 0.5F;
  }
}

/// Eight chains of multiply-adds in each thread.
__global__ void multiplyAdd(float* out, int rounds, float factor) {
  float sums[8];
  for (int i = 0; i < 8; ++i) sums[i] = static_cast<float>(threadIdx.x + static_cast<unsigned>(i));
  for (int round = 0; round < rounds; ++round) {
#pragma unroll
    for (int i = 0; i < 8; ++i) sums[i] = sums[i] * factor + 1.0F;
  }
  float total = 0.0F;
  for (int i = 0; i < 8; ++i) total += sums[i];
  out[blockIdx.x * static_cast<uint64_t>(blockDim.x) + threadIdx.x] = total;
}

/// Median seconds of some work on a stream.
double secondsOf(const Stream& stream, const std::function<void()>& work) {
  work();
  stream.wait("to warm up");
  std::vector<double> seconds;
  for (int i = 0; i < kRepeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    stream.wait("to be measured");
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(seconds.begin(), seconds.begin() + kRepeats / 2, seconds.end());
  return seconds[kRepeats / 2];
}

void fill(const DeviceArray<float>& array, uint64_t seed, const Stream& stream) {
  launch(fillRandom, std::min<uint64_t>(4096, array.size() / kThreads + 1), kThreads, 0, stream, array.data(),
         array.size(), seed);
}

double measureCopies(const Scale& scale, const Stream& stream) {
  size_t free = 0;
  size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "to tell its memory");
  const uint64_t bytes = scale.isSmall ? uint64_t{1} << 20U : std::min<uint64_t>(uint64_t{4} << 30U, free / 4);
  const DeviceArray<unsigned char> from(bytes);
  const DeviceArray<unsigned char> to(bytes);
  const double seconds = secondsOf(stream, [&] {
    check(cudaMemcpyAsync(to.data(), from.data(), bytes, cudaMemcpyDeviceToDevice, stream), "to copy");
  });
  return 2.0 * static_cast<double>(bytes) / seconds;
}

double measureMultiplyAdd(const wm_backend_device& device, const Scale& scale, const Stream& stream) {
  const uint64_t blocks = scale.isSmall ? 2 : static_cast<uint64_t>(device.multiprocessors) * 32;
  const int rounds = scale.isSmall ? 100 : 20000;
  const DeviceArray<float> out(blocks * kThreads);
  const double seconds =
      secondsOf(stream, [&] { launch(multiplyAdd, blocks, kThreads, 0, stream, out.data(), rounds, 0.9999F); });
  return 2.0 * 8.0 * rounds * static_cast<double>(blocks * kThreads) / seconds;
}

/// Ids in random order, as those of a frequent and a rare word alike.
DeviceArray<uint32_t> randomIds(uint64_t count, uint64_t rows) {
  std::vector<uint32_t> ids(count);
  uint64_t state = 1;
  for (uint32_t& id : ids) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    id = static_cast<uint32_t>((state >> 33U) % rows);
  }
  return copyToDevice(ids.data(), count);
}

void measureGather(const Scale& scale, const Stream& stream, Report& report) {
  constexpr uint64_t columns = 128;
  const uint64_t rows = scale.isSmall ? 1000 : 1000000;
  const uint64_t count = scale.isSmall ? 500 : 4000000;
  const DeviceArray<float> table(rows * columns);
  const DeviceArray<float> out(count * columns);
  const DeviceArray<uint32_t> ids = randomIds(count, rows);
  fill(table, 1, stream);
  Measurement m;
  m.name = "gather";
  m.size = "4 M of 1 M rows, d 128";
  m.seconds = secondsOf(
      stream, [&] { gatherRows(table.data(), columns, columns, ids.data(), count, out.data(), columns, stream); });
  m.amount = 2.0 * static_cast<double>(count * columns * sizeof(float));
  m.unit = "B";
  m.bound = report.copyBytesPerSecond;
  m.least = 0.60;
  m.aim = 0.85;
  report.measurements.push_back(m);
}

/// Gradients of ids, sorted and added up by row: each is read once, and each row read and written once.
void measureRowSums(const Scale& scale, const Stream& stream, Report& report) {
  constexpr uint64_t columns = 128;
  const uint64_t rows = scale.isSmall ? 1000 : 1000000;
  const uint64_t count = scale.isSmall ? 500 : 2000000;
  TrainedRows table(DeviceRows::zeros(rows, columns));
  const DeviceArray<float> gradients(count * columns);
  const DeviceArray<uint32_t> ids = randomIds(count, rows);
  fill(gradients, 1, stream);
  PositionSorter sorter;
  RowSums sums;
  const auto addTo = [&](const auto& sink) {
    const SortedPositions list = sorter.sort(ids.data(), count, rows, stream);
    sums.add<float4>(list, columns, DenseRows{gradients.data(), columns}, sink, stream);
  };
  // Of so many draws with replacement, a row is met with probability 1 - exp(-count / rows).
  const double met =
      static_cast<double>(rows) * (1.0 - std::exp(-static_cast<double>(count) / static_cast<double>(rows)));
  const double rowBytes = columns * sizeof(float);
  const auto add = [&](const char* name, double passesOfRow, double least, double aim, double seconds) {
    Measurement m;
    m.name = name;
    m.size = "2 M of 1 M rows, d 128";
    m.seconds = seconds;
    m.amount = (static_cast<double>(count) + passesOfRow * met) * rowBytes;
    m.unit = "B";
    m.bound = report.copyBytesPerSecond;
    m.least = least;
    m.aim = aim;
    report.measurements.push_back(m);
  };
  const RowAdditions additions{table.data(), table.stride()};
  add("scatter-add", 2.0, 0.60, 0.85, secondsOf(stream, [&] { addTo(additions); }));
  wm_backend_step step{};
  step.rule = kAdaGrad;
  step.rate = 0.01F;
  step.shrink = 1.0F;
  step.epsilon = 1e-10F;
  const RowSteps steps{table.optimized(kAdaGrad), step, nullptr};
  add("AdaGrad on rows", 4.0, 0.0, 0.0, secondsOf(stream, [&] { addTo(steps); }));
}

void measureProduct(const Scale& scale, const Stream& stream, Report& report) {
  const uint32_t size = scale.isSmall ? 64 : 8192;
  const DeviceArray<float> left(uint64_t{size} * size);
  const DeviceArray<float> right(uint64_t{size} * size);
  const DeviceArray<float> out(uint64_t{size} * size);
  fill(left, 1, stream);
  fill(right, 2, stream);
  Product product;
  product.left = left.data();
  product.right = right.data();
  product.out = out.data();
  product.leftStride = product.rightStride = product.outStride = size;
  product.rows = product.columns = product.depth = size;
  Measurement m;
  m.name = "matrix product";
  m.size = std::to_string(size) + " x " + std::to_string(size) + " x " + std::to_string(size);
  m.seconds = secondsOf(stream, [&] { multiply(product, stream); });
  m.amount = 2.0 * size * static_cast<double>(size) * size;
  m.unit = "FLOP";
  m.bound = report.operationsPerSecond;
  report.measurements.push_back(m);
}

}  // namespace

void measureOperations(uint32_t index, const Scale& scale, Report& report) {
  const wm_backend_device device(index);
  const Stream stream;
  report.copyBytesPerSecond = measureCopies(scale, stream);
  report.operationsPerSecond = measureMultiplyAdd(device, scale, stream);
  measureGather(scale, stream, report);
  measureRowSums(scale, stream, report);
  measureProduct(scale, stream, report);
}
