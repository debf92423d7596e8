#include "device/device.h"

#include <cstdio>
#include <string>

namespace wordmill::cuda {
namespace {

/// The oldest that this module is compiled for: 7.5 (Turing).
constexpr int kLeastCapability = 75;

std::string versionText(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string reasonOf(cudaError_t status) {
  int driver = 0;
  int runtime = 0;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  if (driver == 0) return "no NVIDIA driver is installed";
  if (status == cudaErrorInsufficientDriver || driver / 1000 < runtime / 1000) {
    return "the NVIDIA driver is too old: it serves CUDA " + versionText(driver) + ", and CUDA " +
           versionText(runtime) + " is needed; install a newer driver";
  }
  if (status == cudaErrorNoDevice || status == cudaSuccess) return "the driver finds no GPU";
  return std::string(cudaGetErrorString(status)) + " (" + cudaGetErrorName(status) + ")";
}

int attribute(cudaDeviceAttr name, int index) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, name, index), "to describe itself");
  return value;
}

int capabilityOf(int index) {
  return 10 * attribute(cudaDevAttrComputeCapabilityMajor, index) + attribute(cudaDevAttrComputeCapabilityMinor, index);
}

}  // namespace

uint32_t countDevices(char* reason, uint64_t capacity) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  cudaGetLastError();
  if (status != cudaSuccess) count = 0;
  if (reason != nullptr && capacity > 0) {
    std::snprintf(reason, capacity, "%s", count > 0 ? "" : reasonOf(status).c_str());
  }
  return static_cast<uint32_t>(count);
}

void describeDevice(uint32_t index, wm_device_info* out) {
  const auto device = static_cast<int>(index);
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, device), "to describe itself");
  wm_device_info info{};
  std::snprintf(info.name, sizeof info.name, "%.63s", properties.name);
  info.capability = static_cast<uint32_t>(capabilityOf(device));
  info.multiprocessors = static_cast<uint32_t>(properties.multiProcessorCount);
  info.memory_bytes = properties.totalGlobalMem;
  // A device that another process has to itself has no memory for this one, and is described all the same.
  size_t free = 0;
  size_t total = 0;
  if (cudaSetDevice(device) == cudaSuccess && cudaMemGetInfo(&free, &total) == cudaSuccess) info.free_bytes = free;
  cudaGetLastError();
  int version = 0;
  check(cudaDriverGetVersion(&version), "to describe itself");
  info.driver = static_cast<uint32_t>(version);
  check(cudaRuntimeGetVersion(&version), "to describe itself");
  info.runtime = static_cast<uint32_t>(version);
  *out = info;
}

}  // namespace wordmill::cuda

using namespace wordmill::cuda;

wm_backend_device::wm_backend_device(uint32_t number) : index(static_cast<int>(number)) {
  const int capability = capabilityOf(index);
  if (capability < kLeastCapability) {
    throw DeviceError(WM_ERR_UNSUPPORTED, "the GPU has compute capability " + std::to_string(capability / 10) + "." +
                                              std::to_string(capability % 10) + "; at least 7.5 is needed");
  }
  use();
  multiprocessors = attribute(cudaDevAttrMultiProcessorCount, index);
  sharedBytes = static_cast<size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, index));
}
