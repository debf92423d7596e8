#pragma once

#include <cstdint>

#include "device/noise.h"
#include "device/paths.h"
#include "device/training.h"

namespace wordmill::cuda {

/// What all blocks of a classifier's training share; all pointers are to memory of the device.
struct ClassifierParameters {
  float* input;
  float* output;
  uint32_t columns;  // a multiple of 4; those behind the rows' own are 0
  uint32_t stride;   // floats
  int32_t objective;
  uint32_t labels;

  Noise noise;  // negative sampling
  uint32_t negatives;
  Paths paths;  // hierarchical softmax

  uint32_t mostOutputs;  // of an example
  bool logitsInShared;   // memory; else they are in
  float* scratch;        // which has room for those of each block of threads

  /// Whether every example is trained against every label.
  __host__ __device__ bool takesAllLabels() const { return objective == WM_FULL_SOFTMAX || objective == WM_ONE_VS_ALL; }
};

/// One block of examples.
struct ClassifierBlock {
  const uint32_t* rows;
  const uint32_t* rowStarts;
  const uint32_t* labels;
  const uint32_t* labelStarts;
  uint32_t examples;
  uint64_t labelKey;  // of random numbers
  uint64_t noiseKey;
  float rate;
  float ratePerExample;
  const volatile int* cancelled;
  BlockSums* sums;
};

}  // namespace wordmill::cuda
