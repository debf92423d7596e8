#pragma once

#include <vector>

#include "matrix/packed_product.h"

namespace wordmill {

/// One thread's memory for a task.
struct Scratch {
  PackedVectors left{PackedVectors::Side::kLeft};
  std::vector<const float*> rows;
  std::vector<float> gradients;
  std::vector<float> logits;
};

/// Elements of vectors that are multiplied at a time, so that what belongs together stays in the caches.
constexpr uint64_t kProductDepth = 512;

/// The sums of some elements of all left vectors times those of all right vectors, in parts of kProductDepth.
void multiplyInParts(const PackedVectors& left, const PackedVectors& right, ProductPart part, float* out,
                     uint64_t stride);

}  // namespace wordmill
