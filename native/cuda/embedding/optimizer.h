#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <cstdint>

#include "device/numbers.h"
#include "wordmill_backend.h"

namespace wordmill::cuda {

/// The rules of a wm_backend_step.
enum Rule : int32_t { kPlain = 0, kMomentum = 1, kAdaGrad = 2, kAdam = 3 };

/// Values and what is kept beside them, rows of one stride. States that the rule does not keep are null.
struct OptimizedRows {
  float* values;
  float* first;
  float* second;
  uint64_t stride;
};

/// The new value; the states become new in place.
__device__ inline float stepped(const wm_backend_step& step, float value, float gradient, float& first, float& second) {
  value *= step.shrink;
  gradient += step.decay * value;
  switch (step.rule) {
    case kPlain:
      return value - step.rate * gradient;
    case kMomentum:
      first = step.momentum * first + gradient;
      return value - step.rate * first;
    case kAdaGrad:
      first += gradient * gradient;
      return value - step.rate * gradient / (sqrtf(first) + step.epsilon);
    default:
      first += step.new_share * (gradient - first);
      second = step.square_momentum * second + step.new_square_share * gradient * gradient;
      return value - step.rate * first / (sqrtf(second) + step.epsilon);
  }
}

__device__ inline float4 stepped(const wm_backend_step& step, float4 value, float4 gradient, float4& first,
                                 float4& second) {
  return make_float4(
      stepped(step, value.x, gradient.x, first.x, second.x), stepped(step, value.y, gradient.y, first.y, second.y),
      stepped(step, value.z, gradient.z, first.z, second.z), stepped(step, value.w, gradient.w, first.w, second.w));
}

/// A step on one part of a row.
template <typename Numbers>
__device__ inline void stepPart(const wm_backend_step& step, const OptimizedRows& rows, uint64_t row, uint32_t part,
                                Numbers gradient) {
  const uint64_t at = row * rows.stride;
  auto& value = partOf<Numbers>(rows.values + at, part);
  Numbers first = zeros<Numbers>();
  Numbers second = zeros<Numbers>();
  if (step.rule != kPlain) first = partOf<Numbers>(rows.first + at, part);
  if (step.rule == kAdam) second = partOf<Numbers>(rows.second + at, part);
  value = stepped(step, value, gradient, first, second);
  if (step.rule != kPlain) partOf<Numbers>(rows.first + at, part) = first;
  if (step.rule == kAdam) partOf<Numbers>(rows.second + at, part) = second;
}

}  // namespace wordmill::cuda
