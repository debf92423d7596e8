#pragma once

#include "classifier/classifier_parameters.h"
#include "device/row.h"

namespace wordmill::cuda {

/// Trains on examples one after another, each with a whole block of threads: its warps share the features, and then
/// the outputs. Other blocks of threads learn from other examples meanwhile and add to the same rows.
class ExampleTrainer {
 public:
  /// Floats of shared memory for so many warps.
  __host__ __device__ static uint32_t floats(const ClassifierParameters& p, unsigned warps) {
    const uint32_t logits = p.logitsInShared ? p.mostOutputs : 0;
    const uint32_t list = p.takesAllLabels() ? 0 : 2 * p.mostOutputs;
    return 2 * p.stride + warps * kFloatsOfPart + kLanes + kFlag + logits + list;
  }

  __device__ ExampleTrainer(const ClassifierParameters& p, const ClassifierBlock& b, float* shared)
      : p_(p),
        b_(b),
        warps_(blockDim.x / kLanes),
        hidden_(shared),
        gradient_(hidden_ + p.stride),
        ofWarps_(gradient_ + p.stride),
        sums_(ofWarps_ + warps_ * kFloatsOfPart),
        flag_(reinterpret_cast<int*>(sums_ + kLanes)),
        logits_(p.logitsInShared ? sums_ + kLanes + kFlag : p.scratch + uint64_t{blockIdx.x} * p.mostOutputs),
        signs_(sums_ + kLanes + kFlag + (p.logitsInShared ? p.mostOutputs : 0)),
        outputs_(reinterpret_cast<uint32_t*>(signs_ + p.mostOutputs)) {}

  /// All threads, as with `train`.
  __device__ bool isCancelled() const {
    if (threadIdx.x == 0) *flag_ = *b_.cancelled;
    __syncthreads();
    return *flag_ != 0;
  }

  /// Returns the loss.
  __device__ float train(uint32_t example) {
    chooseOutputs(example);
    averageFeatures(example);
    makeLogits();
    __syncthreads();
    const float loss = p_.objective == WM_FULL_SOFTMAX ? softmax()
                       : p_.objective == WM_ONE_VS_ALL ? sigmoidsOfAll(example)
                                                       : sigmoids();
    __syncthreads();
    const uint32_t features = b_.rowStarts[example + 1] - b_.rowStarts[example];
    updateOutputs(b_.rate + b_.ratePerExample * static_cast<float>(example), 1.0F / static_cast<float>(features));
    updateFeatures(example);
    __syncthreads();
    return loss;
  }

 private:
  /// Outputs of a warp whose rows are on their way at the same time.
  static constexpr int kAtOnce = 8;
  /// Floats of shared memory that the flag takes.
  static constexpr uint32_t kFlag = 4;

  __device__ void chooseOutputs(uint32_t example) {
    const uint32_t first = b_.labelStarts[example];
    const uint32_t labels = b_.labelStarts[example + 1] - first;
    // Of several labels one at random is the truth, another time another.
    const uint32_t chosen = labels > 1 ? below(draw(b_.labelKey, example), labels) : 0;
    target_ = b_.labels[first + chosen];
    if (p_.takesAllLabels()) {
      count_ = p_.labels;
    } else if (p_.objective == WM_HIERARCHICAL_SOFTMAX) {
      listPath();
    } else {
      listNegatives(example);
    }
  }

  __device__ void listPath() {
    const uint64_t begin = p_.paths.starts[target_];
    count_ = static_cast<uint32_t>(p_.paths.starts[target_ + 1] - begin);
    for (uint32_t i = threadIdx.x; i < count_; i += blockDim.x) {
      outputs_[i] = p_.paths.nodes[begin + i];
      signs_[i] = p_.paths.signs[begin + i];
    }
  }

  __device__ void listNegatives(uint32_t example) {
    count_ = 1 + p_.negatives;
    for (uint32_t i = threadIdx.x; i < count_; i += blockDim.x) {
      outputs_[i] = i == 0 ? target_ : noiseLabel(draw(draw(b_.noiseKey, example), i));
      signs_[i] = i == 0 ? 1.0F : -1.0F;
    }
  }

  /// Another label than the target. There is one that has examples, so it is drawn before long.
  __device__ uint32_t noiseLabel(uint64_t key) const {
    uint32_t label = target_;
    for (uint64_t attempt = 0; label == target_; ++attempt) label = p_.noise.draw(draw(key, attempt));
    return label;
  }

  /// Calls visit(part, place, exists): for the four numbers that this lane has of each part of a row.
  template <typename Visit>
  __device__ void forPlaces(Visit&& visit) const {
    for (unsigned part = 0; part < partsOf(p_.columns); ++part) {
      const uint32_t place = part * kFloatsOfPart + 4 * lane();
      visit(part, place, place < p_.columns);
    }
  }

  __device__ float* inputRow(uint32_t row) const { return p_.input + uint64_t{row} * p_.stride; }
  __device__ float* outputRow(uint32_t number) const {
    return p_.output + uint64_t{p_.takesAllLabels() ? number : outputs_[number]} * p_.stride;
  }

  __device__ void averageFeatures(uint32_t example) {
    const uint32_t begin = b_.rowStarts[example];
    const uint32_t end = b_.rowStarts[example + 1];
    forPlaces([&](unsigned part, uint32_t place, bool exists) {
      float4 sum = make_float4(0.0F, 0.0F, 0.0F, 0.0F);
#pragma unroll 4
      for (uint32_t i = begin + warpOfBlock(); i < end; i += warps_) {
        if (exists) accumulate(sum, 1.0F, __ldcg(reinterpret_cast<const float4*>(inputRow(b_.rows[i]) + place)));
      }
      sumOverWarps(part, sum, 1.0F / static_cast<float>(end - begin), hidden_);
    });
  }

  __device__ static void accumulate(float4& sum, float factor, float4 part) {
    sum.x += factor * part.x;
    sum.y += factor * part.y;
    sum.z += factor * part.z;
    sum.w += factor * part.w;
  }

  /// A part of a row, from what each warp has for it. The sum has one order.
  __device__ void sumOverWarps(unsigned part, float4 ofWarp, float factor, float* row) {
    reinterpret_cast<float4*>(ofWarps_)[threadIdx.x] = ofWarp;
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < kFloatsOfPart && part * kFloatsOfPart + i < p_.columns; i += blockDim.x) {
      float sum = 0.0F;
      for (unsigned warp = 0; warp < warps_; ++warp) sum += ofWarps_[warp * kFloatsOfPart + i];
      row[part * kFloatsOfPart + i] = factor * sum;
    }
    __syncthreads();
  }

  __device__ void makeLogits() {
    constexpr unsigned lanesOfOutput = kLanes / kAtOnce;
    for (uint32_t first = warpOfBlock() * kAtOnce; first < count_; first += warps_ * kAtOnce) {
      float products[kAtOnce] = {};
      forPlaces([&](unsigned, uint32_t place, bool exists) {
        if (!exists) return;
        const float4 hidden = *reinterpret_cast<const float4*>(hidden_ + place);
#pragma unroll
        for (int t = 0; t < kAtOnce; ++t) {
          if (first + t >= count_) continue;
          const float4 row = __ldcg(reinterpret_cast<const float4*>(outputRow(first + t) + place));
          products[t] += hidden.x * row.x + hidden.y * row.y + hidden.z * row.z + hidden.w * row.w;
        }
      });
      const float logit = sumsOfWarp<kAtOnce>(products);
      const uint32_t own = first + lane() / lanesOfOutput;
      if (lane() % lanesOfOutput == 0 && own < count_) logits_[own] = logit;
    }
  }

  // Logits become what is taken off: the probability, less 1 where it is the truth.

  __device__ float softmax() {
    const float ofTarget = logits_[target_];
    float most = -INFINITY;
    for (uint32_t i = threadIdx.x; i < count_; i += blockDim.x) most = fmaxf(most, logits_[i]);
    most = maxOfBlock(most);
    float sum = 0.0F;
    for (uint32_t i = threadIdx.x; i < count_; i += blockDim.x) {
      logits_[i] = __expf(logits_[i] - most);
      sum += logits_[i];
    }
    sum = sumOfBlock(sum);
    const float scale = 1.0F / sum;
    for (uint32_t i = threadIdx.x; i < count_; i += blockDim.x) {
      logits_[i] = logits_[i] * scale - (i == target_ ? 1.0F : 0.0F);
    }
    return __logf(sum) + most - ofTarget;
  }

  __device__ float sigmoidsOfAll(uint32_t example) {
    const uint32_t* const labels = b_.labels + b_.labelStarts[example];
    const uint32_t count = b_.labelStarts[example + 1] - b_.labelStarts[example];
    float loss = 0.0F;
    for (uint32_t i = threadIdx.x; i < count; i += blockDim.x) loss -= logits_[labels[i]];
    __syncthreads();
    for (uint32_t i = threadIdx.x; i < count_; i += blockDim.x) loss += sigmoidInPlace(logits_[i]);
    loss = sumOfBlock(loss);
    if (threadIdx.x == 0) {
      for (uint32_t i = 0; i < count; ++i) logits_[labels[i]] -= 1.0F;
    }
    return loss;
  }

  __device__ float sigmoids() {
    float loss = 0.0F;
    for (uint32_t i = threadIdx.x; i < count_; i += blockDim.x) {
      const bool isTrue = signs_[i] > 0.0F;
      if (isTrue) loss -= logits_[i];
      loss += sigmoidInPlace(logits_[i]);
      if (isTrue) logits_[i] -= 1.0F;
    }
    return sumOfBlock(loss);
  }

  /// Returns log(1 + exp(x)).
  __device__ static float sigmoidInPlace(float& x) {
    const float e = __expf(-fabsf(x));
    const float loss = __logf(1.0F + e) + (x > 0.0F ? x : 0.0F);
    x = (x > 0.0F ? 1.0F : e) / (1.0F + e);
    return loss;
  }

  __device__ float maxOfBlock(float value) {
    const float ofWarp = maxOfWarp(value);
    if (lane() == 0) sums_[warpOfBlock()] = ofWarp;
    __syncthreads();
    float most = sums_[0];
    for (unsigned warp = 1; warp < warps_; ++warp) most = fmaxf(most, sums_[warp]);
    __syncthreads();
    return most;
  }

  __device__ float sumOfBlock(float value) {
    const float ofWarp = sumOfWarp(value);
    if (lane() == 0) sums_[warpOfBlock()] = ofWarp;
    __syncthreads();
    float sum = 0.0F;
    for (unsigned warp = 0; warp < warps_; ++warp) sum += sums_[warp];
    __syncthreads();
    return sum;
  }

  /// Also sums up the features' gradient, of which each feature takes its share.
  __device__ void updateOutputs(float rate, float share) {
    forPlaces([&](unsigned part, uint32_t place, bool exists) {
      const float4 hidden = exists ? *reinterpret_cast<const float4*>(hidden_ + place) : float4{};
      float4 gradient = make_float4(0.0F, 0.0F, 0.0F, 0.0F);
      for (uint32_t first = warpOfBlock() * kAtOnce; first < count_; first += warps_ * kAtOnce) {
        float factors[kAtOnce];
        float4 rows[kAtOnce];
#pragma unroll
        for (int t = 0; t < kAtOnce; ++t) {
          factors[t] = exists && first + t < count_ ? -rate * logits_[first + t] : 0.0F;
          if (factors[t] != 0.0F) rows[t] = __ldcg(reinterpret_cast<const float4*>(outputRow(first + t) + place));
        }
#pragma unroll
        for (int t = 0; t < kAtOnce; ++t) {
          const float factor = factors[t];
          if (factor == 0.0F) continue;
          accumulate(gradient, factor, rows[t]);
          addToGlobal(reinterpret_cast<float4*>(outputRow(first + t) + place),
                      make_float4(factor * hidden.x, factor * hidden.y, factor * hidden.z, factor * hidden.w));
        }
      }
      sumOverWarps(part, gradient, share, gradient_);
    });
  }

  __device__ void updateFeatures(uint32_t example) {
    forPlaces([&](unsigned, uint32_t place, bool exists) {
      if (!exists) return;
      const float4 gradient = *reinterpret_cast<const float4*>(gradient_ + place);
      for (uint32_t i = b_.rowStarts[example] + warpOfBlock(); i < b_.rowStarts[example + 1]; i += warps_) {
        addToGlobal(reinterpret_cast<float4*>(inputRow(b_.rows[i]) + place), gradient);
      }
    });
  }

  const ClassifierParameters& p_;
  const ClassifierBlock& b_;
  const unsigned warps_;
  float* const hidden_;
  float* const gradient_;
  float* const ofWarps_;
  float* const sums_;  // of warps
  int* const flag_;
  float* const logits_;
  // Of the outputs, where these are not all labels: +1 where the target is 1 and -1 where it is 0, and their rows.
  float* const signs_;
  uint32_t* const outputs_;
  uint32_t count_ = 0;
  uint32_t target_ = 0;
};

}  // namespace wordmill::cuda
