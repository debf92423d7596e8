#pragma once

#include <cuda_runtime.h>

#include <cstdint>
#include <utility>

#include "device/check.h"

namespace wordmill::cuda {

/// Memory of the device that is in use. Throws WM_ERR_MEMORY with the bytes needed and free.
void* allocateOnDevice(uint64_t bytes);
/// Memory of the processor that the device can copy from while both go on.
void* allocatePinned(uint64_t bytes);

/// Until copies and clearing that were asked for without a stream are done: they may return before, and streams do not
/// wait for them.
void finishCopies();

/// An array on the device. What it holds at first is not defined.
template <typename T>
class DeviceArray {
 public:
  DeviceArray() = default;
  explicit DeviceArray(uint64_t size)
      : data_(size > 0 ? static_cast<T*>(allocateOnDevice(size * sizeof(T))) : nullptr), size_(size) {}
  DeviceArray(DeviceArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~DeviceArray() { cudaFree(data_); }

  T* data() const { return data_; }
  uint64_t size() const { return size_; }
  uint64_t bytes() const { return size_ * sizeof(T); }

  /// At least so many; what the array held is lost when it grows, so no kernel may still use it.
  void reserve(uint64_t size) {
    if (size <= size_) return;
    *this = DeviceArray();
    *this = DeviceArray(size + size / 4);
  }
  /// The same for an array that only work of this stream uses, which is waited for.
  void reserveIdle(uint64_t size, cudaStream_t stream) {
    if (size > size_) check(cudaStreamSynchronize(stream), "in the middle of a block");
    reserve(size);
  }

 private:
  T* data_ = nullptr;
  uint64_t size_ = 0;
};

/// A copy of `count` values on the device, complete on return. An empty one where `values` is null.
template <typename T>
DeviceArray<T> copyToDevice(const T* values, uint64_t count) {
  DeviceArray<T> out(values != nullptr ? count : 0);
  if (out.size() == 0) return out;
  check(cudaMemcpy(out.data(), values, out.bytes(), cudaMemcpyHostToDevice), "to take its data");
  finishCopies();
  return out;
}

template <typename T>
class PinnedArray {
 public:
  PinnedArray() = default;
  explicit PinnedArray(uint64_t size)
      : data_(size > 0 ? static_cast<T*>(allocatePinned(size * sizeof(T))) : nullptr), size_(size) {}
  PinnedArray(PinnedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  PinnedArray& operator=(PinnedArray&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~PinnedArray() { cudaFreeHost(data_); }

  T* data() const { return data_; }
  uint64_t size() const { return size_; }

  void reserve(uint64_t size) {
    if (size <= size_) return;
    *this = PinnedArray();
    *this = PinnedArray(size + size / 4);
  }

 private:
  T* data_ = nullptr;
  uint64_t size_ = 0;
};

/// Work on the device in order.
class Stream {
 public:
  Stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "to make a stream"); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { cudaStreamDestroy(stream_); }

  operator cudaStream_t() const { return stream_; }
  /// Until all that was given to it is done.
  void wait(const char* doing) const { check(cudaStreamSynchronize(stream_), doing); }

 private:
  cudaStream_t stream_ = nullptr;
};

/// A place in a stream.
class Event {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "to make an event"); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { cudaEventDestroy(event_); }

  operator cudaEvent_t() const { return event_; }
  void record(cudaStream_t stream) const { check(cudaEventRecord(event_, stream), "to mark its progress"); }
  /// Whether the stream came to that place.
  bool passed(const char* doing) const {
    const cudaError_t status = cudaEventQuery(event_);
    if (status == cudaErrorNotReady) {
      cudaGetLastError();  // which a runtime may have taken for an error
      return false;
    }
    check(status, doing);
    return true;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Rows of f32 on the device, each at the start of a sector of 32 bytes; what is behind a row's columns is 0.
class DeviceRows {
 public:
  DeviceRows() = default;
  /// Copies the rows; none where there are none.
  explicit DeviceRows(const wm_backend_rows& rows);

  float* data() const { return values_.data(); }
  uint64_t rows() const { return host_.rows; }
  uint64_t columns() const { return host_.columns; }
  /// Floats from one row to the next: a multiple of 8.
  uint32_t stride() const { return stride_; }
  uint64_t bytes() const { return values_.bytes(); }
  bool exists() const { return values_.size() > 0; }

  /// Writes the rows back where they came from.
  void read() const;
  /// All zeros, of the same shape, without a place to write them back to.
  static DeviceRows zeros(uint64_t rows, uint64_t columns);

 private:
  void allocate();

  wm_backend_rows host_{};
  uint32_t stride_ = 0;
  DeviceArray<float> values_;
};

}  // namespace wordmill::cuda
