#pragma once

#include "device/memory.h"

namespace wordmill::cuda {

/// The paths of a Huffman tree on the device, as wm_backend_tree has them; null where there is none.
struct Paths {
  const uint64_t* starts;
  const uint32_t* nodes;
  const float* signs;
};

/// What Paths are made of.
class DevicePaths {
 public:
  explicit DevicePaths(const wm_backend_tree& tree)
      : starts_(copyToDevice(tree.starts, tree.rows + 1)),
        nodes_(copyToDevice(tree.nodes, steps(tree))),
        signs_(copyToDevice(tree.signs, steps(tree))) {}

  Paths get() const { return {starts_.data(), nodes_.data(), signs_.data()}; }

 private:
  static uint64_t steps(const wm_backend_tree& tree) { return tree.rows > 0 ? tree.starts[tree.rows] : 0; }

  DeviceArray<uint64_t> starts_;
  DeviceArray<uint32_t> nodes_;
  DeviceArray<float> signs_;
};

}  // namespace wordmill::cuda
