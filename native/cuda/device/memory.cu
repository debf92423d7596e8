#include "device/memory.h"

#include <string>

namespace wordmill::cuda {
namespace {

constexpr uint64_t kFloatsOfSector = 8;

std::string mebibytes(uint64_t bytes) { return std::to_string((bytes + (1U << 20U) - 1) >> 20U) + " MiB"; }

}  // namespace

void* allocateOnDevice(uint64_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaMalloc(&memory, bytes);
  if (status != cudaErrorMemoryAllocation) {
    check(status, "to give memory");
    return memory;
  }
  cudaGetLastError();
  size_t free = 0;
  size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "to tell its memory");
  DeviceError error(WM_ERR_MEMORY, "out of memory on the device: " + mebibytes(bytes) + " more are needed and " +
                                       mebibytes(free) + " of " + mebibytes(total) +
                                       " are free; choose smaller vectors, a smaller vocabulary or device 'cpu'");
  error.needed = bytes;
  error.free = free;
  throw error;
}

void* allocatePinned(uint64_t bytes) {
  void* memory = nullptr;
  const cudaError_t status = cudaHostAlloc(&memory, bytes, cudaHostAllocDefault);
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw DeviceError(WM_ERR_MEMORY, "out of memory: " + mebibytes(bytes) + " to copy to the device from");
  }
  check(status, "to share memory");
  return memory;
}

void finishCopies() { check(cudaStreamSynchronize(nullptr), "to take its data"); }

DeviceRows::DeviceRows(const wm_backend_rows& rows) : host_(rows) {
  if (rows.values == nullptr || rows.rows == 0) return;
  allocate();
  check(cudaMemcpy2D(data(), stride_ * sizeof(float), rows.values, rows.stride * sizeof(float),
                     rows.columns * sizeof(float), rows.rows, cudaMemcpyHostToDevice),
        "to take the weights");
  finishCopies();
}

DeviceRows DeviceRows::zeros(uint64_t rows, uint64_t columns) {
  DeviceRows out;
  out.host_ = {nullptr, rows, columns, 0};
  if (rows > 0) out.allocate();
  return out;
}

void DeviceRows::allocate() {
  stride_ = static_cast<uint32_t>((host_.columns + kFloatsOfSector - 1) / kFloatsOfSector * kFloatsOfSector);
  values_ = DeviceArray<float>(host_.rows * stride_);
  check(cudaMemset(data(), 0, bytes()), "to clear memory");
  finishCopies();
}

void DeviceRows::read() const {
  if (!exists()) return;
  check(cudaMemcpy2D(host_.values, host_.stride * sizeof(float), data(), stride_ * sizeof(float),
                     host_.columns * sizeof(float), host_.rows, cudaMemcpyDeviceToHost),
        "to give back the weights");
}

}  // namespace wordmill::cuda
