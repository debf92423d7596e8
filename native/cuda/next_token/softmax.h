#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "next_token/shared_logits.h"

namespace wordmill::cuda {

/// Targets of a softmax whose logits include theirs.
struct OwnTargets {
  const uint32_t* targets;
  /// The logit of each row; nullptr: row r has logit r.
  const uint32_t* indexOf;
};

/// Logits plus biases (one for each, and room behind them up to a multiple of 4) become gradients of the mean over a
/// batch of which each example has this share; the losses are -log p.
void softmaxOverAll(const Logits& logits, uint32_t count, const float* biases, const OwnTargets& targets, float share,
                    double* losses, cudaStream_t stream);

/// Targets beside samples: those that are the target are left out.
struct SampledTargets {
  const uint32_t* targets;
  const uint32_t* samples;
  const float* ownLogits;
  /// What the logits of the targets become.
  float* ownGradients;
};

void softmaxOverSamples(const Logits& logits, uint32_t count, const float* biases, const SampledTargets& targets,
                        float share, double* losses, cudaStream_t stream);

}  // namespace wordmill::cuda
