#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "matrix/packed_product.h"
#include "memory/huge_pages.h"

namespace wordmill {

/// One thread's memory for a task.
struct Scratch {
  PackedVectors left{PackedVectors::Side::kLeft};
  std::vector<const float*> rows;
  std::vector<float> gradients;
  std::vector<float> logits;
};

/// Numbers that many rows of a matrix apart are read of, on huge pages where the system gives them. They are lost when
/// it becomes larger.
class LargeBuffer {
 public:
  void resize(uint64_t count) {
    if (count <= count_) return;
    memory_ = allocateZeroed(count * sizeof(float));
    count_ = count;
  }
  float* data() { return static_cast<float*>(memory_.get()); }

 private:
  std::shared_ptr<void> memory_;
  uint64_t count_ = 0;
};

/// Elements of vectors that are multiplied at a time, so that what belongs together stays in the caches.
constexpr uint64_t kProductDepth = 512;

/// The sums of some elements of all left vectors times those of all right vectors, in parts of kProductDepth.
void multiplyInParts(const PackedVectors& left, const PackedVectors& right, ProductPart part, float* out,
                     uint64_t stride);

}  // namespace wordmill
