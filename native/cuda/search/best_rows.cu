#include "search/best_rows.h"

#include <algorithm>

#include "device/launch.h"

namespace wordmill::cuda {
namespace {

constexpr unsigned kThreads = 256;
/// Scores that a block of threads looks at between two looks at what it found.
constexpr uint32_t kRound = 4 * kThreads;
/// Keys that are sorted in shared memory, at most.
constexpr uint32_t kMostKeys = 4096;

/// Shared memory of a list: its keys, and how many of them were found since they were sorted.
size_t listBytes(uint32_t capacity) { return (capacity + 1) * sizeof(ScoreKey); }

/// So many keys have room for a list of k and for what two rounds find: few are sorted sooner.
uint32_t capacityFor(uint32_t k) { return k <= kRound / 4 ? 2 * kRound : kMostKeys; }

__host__ __device__ inline uint32_t powerOfTwo(uint32_t least) {
  uint32_t size = 1;
  while (size < least) size *= 2;
  return size;
}

/// Sorts keys in shared memory, the greatest first; their number is a power of two. All threads of the block.
__device__ void sortKeys(ScoreKey* keys, uint32_t size) {
  for (uint32_t run = 2; run <= size; run *= 2) {
    for (uint32_t distance = run / 2; distance > 0; distance /= 2) {
      for (uint32_t pair = threadIdx.x; pair < size / 2; pair += blockDim.x) {
        const uint32_t low = 2 * pair - (pair & (distance - 1));
        const uint32_t high = low + distance;
        const bool descending = (low & run) == 0;
        const ScoreKey a = keys[low];
        const ScoreKey b = keys[high];
        if (descending ? a < b : a > b) {
          keys[low] = b;
          keys[high] = a;
        }
      }
      __syncthreads();
    }
  }
}

/// A list of the k best in shared memory, and behind it what was found since it was sorted.
class Finder {
 public:
  __device__ Finder(ScoreKey* keys, uint32_t* found, uint32_t k, uint32_t capacity)
      : keys_(keys), found_(found), k_(k), capacity_(capacity) {}

  /// All threads, each for itself: what follows is a barrier.
  __device__ void load(const ScoreKey* best) {
    for (uint32_t i = threadIdx.x; i < k_; i += blockDim.x) keys_[i] = best[i];
    if (threadIdx.x == 0) *found_ = 0;
    __syncthreads();
    readLeast();
  }

  /// Whether a score may be good enough; false for what is none.
  __device__ bool wants(float score) const { return score >= leastScore_ && isScore(score); }

  __device__ void take(float score, uint32_t row) {
    const ScoreKey key = scoreKey(score, row);
    if (key > least_) keys_[k_ + atomicAdd(found_, 1U)] = key;
  }

  /// After each round, of all threads.
  __device__ void endRound() {
    __syncthreads();
    const uint32_t found = *found_;
    __syncthreads();  // nobody finds more before all have read that
    if (k_ + found + kRound > capacity_) sort(found);
  }

  __device__ void save(ScoreKey* best) {
    if (*found_ > 0) sort(*found_);
    for (uint32_t i = threadIdx.x; i < k_; i += blockDim.x) best[i] = keys_[i];
  }

 private:
  __device__ void sort(uint32_t found) {
    const uint32_t size = powerOfTwo(k_ + found);
    for (uint32_t i = k_ + found + threadIdx.x; i < size; i += blockDim.x) keys_[i] = kNoScore;
    __syncthreads();
    if (threadIdx.x == 0) *found_ = 0;
    sortKeys(keys_, size);
    readLeast();
  }

  __device__ void readLeast() {
    least_ = keys_[k_ - 1];
    leastScore_ = scoreOf(least_);
    __syncthreads();
  }

  ScoreKey* const keys_;
  uint32_t* const found_;
  const uint32_t k_;
  const uint32_t capacity_;
  ScoreKey least_ = kNoScore;
  float leastScore_ = -INFINITY;
};

/// A block of threads for each piece of each query.
__global__ void __launch_bounds__(kThreads)
    offerScores(Scores scores, RowFilter filter, ScoreKey* best, uint32_t k, uint32_t pieces, uint32_t capacity) {
  const uint32_t query = blockIdx.x / pieces;
  const uint32_t ofPiece = ((scores.rows + pieces - 1) / pieces + 3) / 4 * 4;
  const uint32_t first = min(blockIdx.x % pieces * ofPiece, scores.rows);
  const uint32_t last = min(first + ofPiece, scores.rows);
  const float* const values = scores.values + query * scores.stride;
  ScoreKey* const list = best + static_cast<uint64_t>(blockIdx.x) * k;
  ScoreKey* const keys = sharedMemory<ScoreKey>();
  Finder finder(keys, reinterpret_cast<uint32_t*>(keys + capacity), k, capacity);
  finder.load(list);
  for (uint32_t base = first; base < last; base += kRound) {
    const uint32_t at = base + 4 * threadIdx.x;
    if (at < last) {
      const float4 four = *reinterpret_cast<const float4*>(values + at);
      const float numbers[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
      for (uint32_t i = 0; i < 4; ++i) {
        if (at + i < last && finder.wants(numbers[i]) && filter.admits(query, scores.firstRow + at + i)) {
          finder.take(numbers[i], scores.firstRow + at + i);
        }
      }
    }
    finder.endRound();
  }
  finder.save(list);
}

/// A block of threads for each query.
__global__ void __launch_bounds__(kThreads)
    writeBest(const ScoreKey* best, uint32_t k, uint32_t pieces, uint32_t* rows, float* scores) {
  ScoreKey* const keys = sharedMemory<ScoreKey>();
  const uint32_t size = powerOfTwo(pieces * k);
  const ScoreKey* const lists = best + static_cast<uint64_t>(blockIdx.x) * pieces * k;
  for (uint32_t i = threadIdx.x; i < size; i += blockDim.x) keys[i] = i < pieces * k ? lists[i] : kNoScore;
  __syncthreads();
  if (pieces > 1) sortKeys(keys, size);
  const uint64_t at = static_cast<uint64_t>(blockIdx.x) * k;
  for (uint32_t i = threadIdx.x; i < k; i += blockDim.x) {
    rows[at + i] = rowOf(keys[i]);
    scores[at + i] = scoreOf(keys[i]);
  }
}

}  // namespace

void BestRows::begin(uint32_t queries, uint32_t k) {
  queries_ = queries;
  k_ = k;
  capacity_ = capacityFor(k);
  const uint64_t resident = residentBlocks(offerScores, multiprocessors_, kThreads, listBytes(capacity_));
  pieces_ = static_cast<uint32_t>(std::clamp<uint64_t>(resident / queries, 1, kMostKeys / k));
  const uint64_t keys = uint64_t{queries} * pieces_ * k;
  best_.reserve(keys);
  check(cudaMemsetAsync(best_.data(), 0, keys * sizeof(ScoreKey), stream_), "to clear memory");
}

void BestRows::offer(const Scores& scores, const RowFilter& filter) {
  launch(offerScores, uint64_t{queries_} * pieces_, kThreads, listBytes(capacity_), stream_, scores, filter,
         best_.data(), k_, pieces_, capacity_);
}

void BestRows::write(uint32_t* rows, float* scores) const {
  launch(writeBest, queries_, kThreads, powerOfTwo(pieces_ * k_) * sizeof(ScoreKey), stream_, best_.data(), k_, pieces_,
         rows, scores);
}

}  // namespace wordmill::cuda
