#include "operations.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "device.h"
#include "launch.h"
#include "memory.h"

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
  const uint64_t bytes = scale.isSmall ? uint64_t{1} << 20U : uint64_t{4} << 30U;
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

}  // namespace

void measureOperations(uint32_t index, const Scale& scale, Report& report) {
  const wm_backend_device device(index);
  const Stream stream;
  report.copyBytesPerSecond = measureCopies(scale, stream);
  report.operationsPerSecond = measureMultiplyAdd(device, scale, stream);
}
