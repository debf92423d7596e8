#pragma once

#include <cstdint>

#include "embedding/trained_rows.h"
#include "wordmill_backend.h"

namespace wordmill::cuda {

/// In place of a token.
constexpr uint32_t kNoToken = UINT32_MAX;

/// A batch whose tokens are on the device.
struct TokenBatch {
  const uint32_t* targets;
  const uint32_t* contexts;
  uint32_t size;
  uint32_t contextSize;
  uint64_t number;
  /// Hierarchical softmax: nodes on the longest path to a target.
  uint32_t longestPath;
  wm_backend_step dense;
  wm_backend_step rows;
  wm_backend_step denseBias;
  wm_backend_step rowsBias;
  /// On the device; not 0: nothing is stepped any more.
  const int* stopped;
};

/// The matrices of a network.
struct NextTokenParameters {
  explicit NextTokenParameters(const wm_backend_next_token& setup)
      : input(setup.input), map(setup.map), ownOutput(setup.output), bias(setup.bias) {}

  bool isTied() const { return !ownOutput.exists(); }
  /// Whose rows the logits come from.
  TrainedRows& output() { return isTied() ? input : ownOutput; }
  /// The biases as rows of one number.
  OptimizedRows optimizedBiases(int32_t rule) {
    OptimizedRows rows = bias.optimized(rule);
    rows.stride = 1;
    return rows;
  }

  TrainedRows input;
  TrainedRows map;
  TrainedRows ownOutput;
  TrainedRows bias;
};

}  // namespace wordmill::cuda
