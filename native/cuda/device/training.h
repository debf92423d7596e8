#pragma once

#include <cuda_runtime.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "device/device.h"
#include "device/memory.h"

namespace wordmill::cuda {

/// What the kernels of a block add up.
struct BlockSums {
  double loss;
  unsigned long long examples;
};

/// A block on its way: its data in memory that the device copies from, where the copy is, and what became of it.
class Slot {
 public:
  /// Room for that many bytes, with what each array of it is rounded up by. Nothing may be in flight.
  void reserve(uint64_t bytes);
  /// Appends an array; returns where it will be on the device.
  template <typename T>
  T* put(const T* values, uint64_t count) {
    auto* const to = reserveBytes(count * sizeof(T));
    if (count > 0) std::memcpy(to, values, count * sizeof(T));
    return reinterpret_cast<T*>(device_.data() + (to - host_.data()));
  }
  static constexpr uint64_t kAlignment = 256;
  /// Copies all that was put into it.
  void copy(cudaStream_t stream);

  bool inFlight = false;
  Event copied;
  Event done;
  DeviceArray<BlockSums> sums{1};
  PinnedArray<BlockSums> result{1};

 private:
  unsigned char* reserveBytes(uint64_t bytes);

  PinnedArray<unsigned char> host_;
  DeviceArray<unsigned char> device_;
  uint64_t used_ = 0;
};

/// A flag that the processor raises and kernels see.
class CancelFlag {
 public:
  CancelFlag();
  ~CancelFlag();
  CancelFlag(const CancelFlag&) = delete;
  CancelFlag& operator=(const CancelFlag&) = delete;
  void raise() { *static_cast<volatile int*>(host_) = 1; }
  bool isRaised() const { return *static_cast<const volatile int*>(host_) != 0; }
  const volatile int* onDevice() const { return device_; }

 private:
  int* host_ = nullptr;
  int* device_ = nullptr;
};

}  // namespace wordmill::cuda

/// The C handle is the class itself: weights on a device. Blocks are copied on one stream and worked on on another, so
/// that the next one arrives while the one before it is worked on.
struct wm_backend_training {
 public:
  explicit wm_backend_training(const wm_backend_device& device) : device_(device) {}
  virtual ~wm_backend_training() = default;
  wm_backend_training(const wm_backend_training&) = delete;
  wm_backend_training& operator=(const wm_backend_training&) = delete;

  void collect(uint64_t* unfinished, wm_backend_result* result);
  void cancel() { cancelled_.raise(); }
  /// Waits for all blocks, then `readWeights`.
  void read();

  const wm_backend_device& device() const { return device_; }

 protected:
  using Slot = wordmill::cuda::Slot;

  /// Takes the memory for blocks of that size, so that it is not found wanting later.
  void reserveSlots(uint64_t bytes, unsigned arrays);
  /// A slot that nothing is in flight in, with room for `bytes` in `arrays` arrays; waits for the oldest where there is
  /// none.
  Slot& takeSlot(uint64_t bytes, unsigned arrays);
  /// Copies what was put into it; kernels launched on `stream()` from now on see it, and sums of zero.
  void send(Slot& slot);
  /// After the block's last kernel.
  void finish(Slot& slot);

  cudaStream_t stream() const { return stream_; }
  const volatile int* cancelFlag() const { return cancelled_.onDevice(); }
  bool isCancelled() const { return cancelled_.isRaised(); }

  virtual void readWeights() = 0;

 private:
  void account(Slot& slot);

  const wm_backend_device& device_;
  wordmill::cuda::Stream copies_;
  wordmill::cuda::Stream stream_;
  wordmill::cuda::CancelFlag cancelled_;
  std::array<Slot, 3> slots_;
  size_t next_ = 0;
  wm_backend_result finished_{};
};
