#pragma once

#include "device/memory.h"
#include "device/random.h"

namespace wordmill::cuda {

/// A distribution over rows on the device, as wm_backend_noise has it.
struct Noise {
  const uint2* slots;  // threshold and other row
  uint32_t rows;

  __device__ uint32_t draw(uint64_t bits) const {
    const uint32_t own = below(bits, rows);
    const uint2 slot = __ldg(slots + own);
    return static_cast<uint32_t>(bits) < slot.x ? own : slot.y;
  }
};

/// What a Noise is made of.
class DeviceNoise {
 public:
  explicit DeviceNoise(const wm_backend_noise& noise)
      : slots_(copyToDevice(reinterpret_cast<const uint2*>(noise.slots), noise.rows)) {}

  Noise get() const { return {slots_.data(), static_cast<uint32_t>(slots_.size())}; }

 private:
  DeviceArray<uint2> slots_;
};

}  // namespace wordmill::cuda
