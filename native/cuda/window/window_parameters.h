#pragma once

#include <cstdint>

#include "device/noise.h"
#include "device/paths.h"
#include "device/training.h"

namespace wordmill::cuda {

/// What all blocks of a skip-gram or CBOW training share; all pointers are to memory of the device.
struct WindowParameters {
  float* input;
  float* output;
  float* tree;
  uint32_t columns;  // a multiple of 4; those behind the rows' own are 0
  uint32_t stride;   // floats

  const float* locks;          // null, or a factor for each input row
  const uint64_t* wordStarts;  // null: a word is its row; else subwords
  const uint32_t* wordRows;

  const float* inputUses;  // of rows, by centre
  const float* outputUses;

  Noise noise;
  uint32_t negatives;  // 0: no negative sampling
  Paths paths;         // null: no hierarchical softmax
  uint32_t treeRows;
  uint32_t hotNodes;  // so many of the last nodes, near the root, are kept in shared memory

  uint32_t windowSize;
  bool dynamicWindow;
  bool mean;
  bool ring;  // whether the rows of contexts are kept in shared memory
};

/// A run of centres of one sentence, for one warp.
struct Piece {
  uint32_t sentence;
  uint32_t first;
};

constexpr uint32_t kCentresOfPiece = 32;

/// One block of text.
struct WindowBlock {
  const uint32_t* words;   // that were kept; those of a sentence stand from its start on
  const uint32_t* starts;  // of sentences
  const uint32_t* kept;    // words of each sentence
  const Piece* pieces;
  uint32_t pieceCount;
  uint32_t* nextPiece;
  uint64_t windowKey;  // of random numbers
  uint64_t noiseKey;
  float rate;
  float ratePerWord;
  /// What is learned for a row is added whole where its uses are not more than these, else by their share of the uses.
  float mostInputUses;
  float mostOutputUses;
  /// Of what a block of threads adds to a hot node, the share that is passed on to the others.
  float hotShare;
  const volatile int* cancelled;
  BlockSums* sums;
};

enum class WindowKind { kSkipGram, kCbow, kSubwordSkipGram };

/// Warps of a block of threads, which share the nodes near the root.
constexpr unsigned kWarpsOfWindowBlock = 4;

/// Of what a warp learns for a row, how much it adds.
__device__ inline float shareOfUses(const float* uses, uint32_t row, float most) {
  return fminf(1.0F, most / __ldg(uses + row));
}

/// Slots of a ring: the centre and what is within reach of it.
__host__ __device__ inline uint32_t ringSlots(const WindowParameters& p) { return 2 * p.windowSize + 1; }

using WindowKernel = void (*)(WindowParameters, WindowBlock);

/// The kernel for rows of up to 128 * Parts columns.
template <int Parts>
WindowKernel windowKernel(WindowKind kind);

}  // namespace wordmill::cuda
