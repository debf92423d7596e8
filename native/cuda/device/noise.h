#pragma once

#include "device/memory.h"
#include "device/random.h"

namespace wordmill::cuda {

/// A distribution over rows, as an alias table on the device.
struct Noise {
  const uint32_t* thresholds;
  const uint32_t* others;
  uint32_t rows;

  __device__ uint32_t draw(uint64_t bits) const {
    const uint32_t slot = below(bits, rows);
    return static_cast<uint32_t>(bits) < __ldg(thresholds + slot) ? slot : __ldg(others + slot);
  }
};

/// What a Noise is made of.
class DeviceNoise {
 public:
  explicit DeviceNoise(const wm_backend_noise& noise)
      : thresholds_(copyToDevice(noise.thresholds, noise.rows)),
        others_(copyToDevice(noise.others, noise.rows)),
        rows_(static_cast<uint32_t>(noise.rows)) {}

  Noise get() const { return {thresholds_.data(), others_.data(), rows_}; }

 private:
  DeviceArray<uint32_t> thresholds_;
  DeviceArray<uint32_t> others_;
  uint32_t rows_;
};

}  // namespace wordmill::cuda
