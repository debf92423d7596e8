#include "next_token/softmax.h"

#include <cfloat>
#include <cmath>

#include "device/launch.h"
#include "device/warp.h"

namespace wordmill::cuda {
namespace {

constexpr unsigned kThreads = 256;
constexpr unsigned kWarps = kThreads / kLanes;

/// The sum of exp(x - max). It begins with a number instead of -infinity, so that what is left out, which is -infinity,
/// adds 0 to it.
struct ExponentialSum {
  float max = -FLT_MAX;
  float sum = 0.0F;

  __device__ void add(float4 x) {
    const float largest = fmaxf(fmaxf(x.x, x.y), fmaxf(x.z, x.w));
    if (largest > max) {
      sum *= expf(max - largest);
      max = largest;
    }
    sum += expf(x.x - max) + expf(x.y - max) + expf(x.z - max) + expf(x.w - max);
  }
  __device__ void add(const ExponentialSum& other) {
    const float largest = fmaxf(max, other.max);
    sum = sum * expf(max - largest) + other.sum * expf(other.max - largest);
    max = largest;
  }
};

/// What a block's warps tell each other.
struct SumsOfWarps {
  float max[kWarps];
  float sum[kWarps];
};

/// That of a block, in all its threads. A barrier.
__device__ inline ExponentialSum sumOfBlock(ExponentialSum own) {
  for (int distance = kLanes / 2; distance > 0; distance /= 2) {
    ExponentialSum other;
    other.max = __shfl_xor_sync(kAllLanes, own.max, distance);
    other.sum = __shfl_xor_sync(kAllLanes, own.sum, distance);
    own.add(other);
  }
  auto& ofWarps = *sharedMemory<SumsOfWarps>();
  if (lane() == 0) {
    ofWarps.max[warpOfBlock()] = own.max;
    ofWarps.sum[warpOfBlock()] = own.sum;
  }
  __syncthreads();
  ExponentialSum all;
  for (unsigned warp = 0; warp < kWarps; ++warp) {
    ExponentialSum other;
    other.max = ofWarps.max[warp];
    other.sum = ofWarps.sum[warp];
    all.add(other);
  }
  return all;
}

/// visit(place, logits): four logits with their biases, -infinity beyond the last one and where `leftOut` says so.
template <typename LeftOut, typename Visit>
__device__ inline void forLogits(const float* logits, uint32_t count, const float* biases, LeftOut&& leftOut,
                                 Visit&& visit) {
#pragma unroll 2
  for (uint32_t at = 4 * threadIdx.x; at < count; at += 4 * kThreads) {
    const float4 values = *reinterpret_cast<const float4*>(logits + at);
    const float4 added = *reinterpret_cast<const float4*>(biases + at);
    const auto orNone = [&](uint32_t i, float value) { return i < count && !leftOut(i) ? value : -INFINITY; };
    visit(at, make_float4(orNone(at, values.x + added.x), orNone(at + 1, values.y + added.y),
                          orNone(at + 2, values.z + added.z), orNone(at + 3, values.w + added.w)));
  }
}

__device__ inline void putGradients(float* logits, uint32_t at, const ExponentialSum& all, float scale, float4 x) {
  *reinterpret_cast<float4*>(logits + at) = make_float4(expf(x.x - all.max) * scale, expf(x.y - all.max) * scale,
                                                        expf(x.z - all.max) * scale, expf(x.w - all.max) * scale);
}

__device__ inline double lossOf(const ExponentialSum& all, float wanted) {
  return log(static_cast<double>(all.sum)) + (static_cast<double>(all.max) - static_cast<double>(wanted));
}

__global__ void __launch_bounds__(kThreads)
    normalizeAll(Logits logits, uint32_t count, const float* biases, OwnTargets targets, float share, double* losses) {
  float* const row = logits.values + blockIdx.x * logits.stride;
  const uint32_t target = targets.targets[logits.first + blockIdx.x];
  const uint32_t index = targets.indexOf != nullptr ? targets.indexOf[target] : target;
  const float wanted = row[index] + biases[index];
  const auto none = [](uint32_t) { return false; };
  ExponentialSum own;
  forLogits(row, count, biases, none, [&](uint32_t, float4 x) { own.add(x); });
  const ExponentialSum all = sumOfBlock(own);
  const float scale = share / all.sum;
  forLogits(row, count, biases, none, [&](uint32_t at, float4 x) { putGradients(row, at, all, scale, x); });
  if (index / 4 % kThreads == threadIdx.x) row[index] -= share;  // the thread that has just written it
  if (threadIdx.x == 0) losses[logits.first + blockIdx.x] = lossOf(all, wanted);
}

__global__ void __launch_bounds__(kThreads) normalizeSamples(Logits logits, uint32_t count, const float* biases,
                                                             SampledTargets targets, float share, double* losses) {
  float* const row = logits.values + blockIdx.x * logits.stride;
  const uint32_t example = logits.first + blockIdx.x;
  const uint32_t target = targets.targets[example];
  const float wanted = targets.ownLogits[example];
  const auto isTarget = [&](uint32_t i) { return targets.samples[i] == target; };
  ExponentialSum own;
  if (threadIdx.x == 0) {
    own.max = wanted;
    own.sum = 1.0F;
  }
  forLogits(row, count, biases, isTarget, [&](uint32_t, float4 x) { own.add(x); });
  const ExponentialSum all = sumOfBlock(own);
  const float scale = share / all.sum;
  forLogits(row, count, biases, isTarget, [&](uint32_t at, float4 x) { putGradients(row, at, all, scale, x); });
  if (threadIdx.x > 0) return;
  targets.ownGradients[example] = expf(wanted - all.max) * scale - share;
  losses[example] = lossOf(all, wanted);
}

}  // namespace

void softmaxOverAll(const Logits& logits, uint32_t count, const float* biases, const OwnTargets& targets, float share,
                    double* losses, cudaStream_t stream) {
  launch(normalizeAll, logits.examples, kThreads, sizeof(SumsOfWarps), stream, logits, count, biases, targets, share,
         losses);
}

void softmaxOverSamples(const Logits& logits, uint32_t count, const float* biases, const SampledTargets& targets,
                        float share, double* losses, cudaStream_t stream) {
  launch(normalizeSamples, logits.examples, kThreads, sizeof(SumsOfWarps), stream, logits, count, biases, targets,
         share, losses);
}

}  // namespace wordmill::cuda
