// The runtime's calls: memory of the device is memory, and a stream does at once what it is given. The environment
// variable WORDMILL_EMULATOR asks for trouble, as a list of words with commas: `no-driver`, `old-driver`, `no-device`,
// `memory=BYTES` (of the device), `lost-after=KERNELS` (the device fails from then on). `blocks=NUMBER` lets so many
// blocks take turns too, as on a large device, to see what it costs that they do not see what others just learn; not
// for kernels with static shared memory.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "cuda_runtime.h"

struct EmulatedStream {};
struct EmulatedEvent {};

namespace {

constexpr size_t kDefaultMemory = size_t{8} << 30U;
constexpr int kVersion = 13000;
constexpr int kOldVersion = 12020;

std::mutex memoryMutex;
std::map<void*, size_t> allocated;
size_t used = 0;

std::atomic<uint64_t> kernels{0};
thread_local cudaError_t lastError = cudaSuccess;

std::string setting(const std::string& name) {
  const char* const given = std::getenv("WORDMILL_EMULATOR");
  const std::string list = given != nullptr ? std::string(",") + given + "," : "";
  const size_t at = list.find("," + name);
  if (at == std::string::npos) return "";
  const size_t begin = at + 1;
  return list.substr(begin, list.find(',', begin) - begin);
}

bool isSet(const char* name) { return setting(name) == name; }

uint64_t numberOf(const char* name, uint64_t otherwise) {
  const std::string found = setting(std::string(name) + "=");
  return found.empty() ? otherwise : std::strtoull(found.c_str() + found.find('=') + 1, nullptr, 10);
}

size_t memoryOfDevice() { return numberOf("memory", kDefaultMemory); }

bool isLost() {
  const uint64_t after = numberOf("lost-after", UINT64_MAX);
  return after != UINT64_MAX && kernels >= after;
}

cudaError_t remember(cudaError_t status) {
  if (status != cudaSuccess && status != cudaErrorNotReady) lastError = status;
  return status;
}

/// Of a call that a device which was lost does not answer.
cudaError_t answer() { return remember(isLost() ? cudaErrorLaunchFailure : cudaSuccess); }

constexpr int kBlocksOfMultiprocessor = 2;

}  // namespace

namespace wordmill::cuda::emulator {

unsigned blocksAtOnce() { return static_cast<unsigned>(numberOf("blocks", 1)); }

cudaError_t beginKernel() {
  if (isLost()) return remember(cudaErrorLaunchFailure);
  ++kernels;
  return cudaSuccess;
}

}  // namespace wordmill::cuda::emulator

cudaError_t cudaGetLastError() {
  const cudaError_t status = lastError;
  lastError = cudaSuccess;
  return status;
}

const char* cudaGetErrorString(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorNotReady:
      return "device not ready";
    default:
      return "unspecified launch failure";
  }
}

const char* cudaGetErrorName(cudaError_t status) {
  switch (status) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInsufficientDriver:
      return "cudaErrorInsufficientDriver";
    case cudaErrorNoDevice:
      return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorNotReady:
      return "cudaErrorNotReady";
    default:
      return "cudaErrorLaunchFailure";
  }
}

cudaError_t cudaDriverGetVersion(int* version) {
  *version = isSet("no-driver") ? 0 : isSet("old-driver") ? kOldVersion : kVersion;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kVersion;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 0;
  if (isSet("no-driver") || isSet("old-driver")) return remember(cudaErrorInsufficientDriver);
  if (isSet("no-device")) return remember(cudaErrorNoDevice);
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* index) {
  *index = 0;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int index) { return remember(index == 0 ? cudaSuccess : cudaErrorInvalidDevice); }

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* out, int index) {
  *out = {};
  std::strncpy(out->name, "emulated on the processor", sizeof out->name - 1);
  out->totalGlobalMem = memoryOfDevice();
  return cudaDeviceGetAttribute(&out->multiProcessorCount, cudaDevAttrMultiProcessorCount, index);
}

using wordmill::cuda::emulator::blocksAtOnce;

cudaError_t cudaDeviceGetAttribute(int* out, cudaDeviceAttr name, int index) {
  if (index != 0) return remember(cudaErrorInvalidDevice);
  switch (name) {
    case cudaDevAttrComputeCapabilityMajor:
      *out = 9;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *out = 0;
      break;
    case cudaDevAttrMultiProcessorCount:
      *out = std::max(2, static_cast<int>(blocksAtOnce()) / kBlocksOfMultiprocessor);
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *out = 227 * 1024;
      break;
  }
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t* free, size_t* total) {
  const std::lock_guard<std::mutex> lock(memoryMutex);
  *total = memoryOfDevice();
  *free = *total > used ? *total - used : 0;
  return answer();
}

cudaError_t cudaMalloc(void** out, size_t bytes) {
  if (isLost()) return answer();
  const std::lock_guard<std::mutex> lock(memoryMutex);
  if (used + bytes > memoryOfDevice()) return remember(cudaErrorMemoryAllocation);
  // Aligned as CUDA's, and just as long, so that a sanitizer sees what is beyond it; its bytes are no numbers.
  *out = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (*out == nullptr) return remember(cudaErrorMemoryAllocation);
  std::memset(*out, 0xFF, bytes);
  allocated[*out] = bytes;
  used += bytes;
  return cudaSuccess;
}

cudaError_t cudaFree(void* memory) {
  const std::lock_guard<std::mutex> lock(memoryMutex);
  const auto found = allocated.find(memory);
  if (found != allocated.end()) {
    used -= found->second;
    allocated.erase(found);
  }
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void** out, size_t bytes, unsigned) {
  *out = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  return remember(*out != nullptr ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaHostGetDevicePointer(void** out, void* memory, unsigned) {
  *out = memory;
  return cudaSuccess;
}

cudaError_t cudaFreeHost(void* memory) {
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind) {
  if (isLost()) return answer();
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  return cudaMemcpy(to, from, bytes, kind);
}

cudaError_t cudaMemcpy2D(void* to, size_t toPitch, const void* from, size_t fromPitch, size_t width, size_t height,
                         cudaMemcpyKind) {
  if (isLost()) return answer();
  for (size_t i = 0; i < height; ++i) {
    std::memcpy(static_cast<char*>(to) + i * toPitch, static_cast<const char*>(from) + i * fromPitch, width);
  }
  return cudaSuccess;
}

cudaError_t cudaMemcpy2DAsync(void* to, size_t toPitch, const void* from, size_t fromPitch, size_t width, size_t height,
                              cudaMemcpyKind kind, cudaStream_t) {
  return cudaMemcpy2D(to, toPitch, from, fromPitch, width, height, kind);
}

cudaError_t cudaMemset(void* memory, int value, size_t bytes) {
  if (isLost()) return answer();
  std::memset(memory, value, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* memory, int value, size_t bytes, cudaStream_t) {
  return cudaMemset(memory, value, bytes);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* out, unsigned) {
  *out = new EmulatedStream;
  return answer();
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t) { return answer(); }

cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return answer(); }

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* out, unsigned) {
  *out = new EmulatedEvent;
  return answer();
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return answer(); }
cudaError_t cudaEventQuery(cudaEvent_t) { return answer(); }
cudaError_t cudaEventSynchronize(cudaEvent_t) { return answer(); }
cudaError_t cudaFuncSetAttribute(const void*, cudaFuncAttribute, int) { return cudaSuccess; }

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int, size_t) {
  *blocks = kBlocksOfMultiprocessor;
  return cudaSuccess;
}
