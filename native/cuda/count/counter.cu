#include "count/counter.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "device/launch.h"
#include "device/sort.h"
#include "device/warp.h"

// Pairs are written down as they stand in the text, each with its weight, then sorted, and equal ones summed up. What
// is left of each such run is merged with that of others, those of like size first, so that every entry is sorted a few
// times only. Weights are whole numbers, so the order of pairs does not matter.

namespace wordmill::cuda {
namespace {

constexpr uint32_t kSentenceEnd = UINT32_MAX;
constexpr unsigned kThreads = 128;
/// Pairs that are sorted at once, at most: more would not be faster.
constexpr uint64_t kMostPairs = uint64_t{1} << 26U;
/// Of a pair while it is sorted: key and weight, where they were, where they will be and in CUB's memory, and what that
/// is rounded up by.
constexpr uint64_t kBytesOfPair = 3 * 16 + 4;
/// The part of the free memory that may be taken for them; the rest is for what is left of them.
constexpr uint64_t kShareOfPairs = 4;
/// Room for pairs of that many words at least, however long the window: a warp's.
constexpr uint64_t kLeastWords = kLanes;

unsigned bitsFor(uint64_t values) {
  unsigned bits = 1;
  while (bits < 32 && (uint64_t{1} << bits) < values) ++bits;
  return bits;
}

/// Entry (row, column) as a number, in the order of a matrix.
struct Keys {
  unsigned bits;  // of a column
  bool symmetric;

  __device__ uint64_t of(uint32_t earlier, uint32_t later) const {
    const bool swapped = symmetric && later > earlier;
    const uint64_t row = swapped ? later : earlier;
    return row << bits | (swapped ? earlier : later);
  }
  __device__ uint32_t columnOf(uint64_t key) const { return static_cast<uint32_t>(key & ((uint64_t{1} << bits) - 1)); }
};

struct Pairs {
  uint64_t* keys;
  uint64_t* weights;
  unsigned long long* count;
};

/// Words behind this one that it makes pairs with; there is an end behind the last.
__device__ uint32_t reachOf(const uint32_t* words, uint64_t place, uint32_t window) {
  if (words[place] == kSentenceEnd) return 0;
  uint32_t reach = 0;
  while (reach < window && words[place + reach + 1] != kSentenceEnd) ++reach;
  return reach;
}

/// A warp takes 32 words: each lane finds out how many pairs one of them has, then all write those of one word after
/// another.
__global__ void writePairs(const uint32_t* words, uint64_t begin, uint64_t end, uint32_t window,
                           const uint64_t* weights, Keys keys, Pairs out) {
  for (uint64_t first = begin + warpOfGrid() * kLanes; first < end; first += warpsOfGrid() * kLanes) {
    const uint64_t own = first + lane();
    const uint32_t reach = own < end ? reachOf(words, own, window) : 0;
    uint32_t upTo = reach;
    for (unsigned distance = 1; distance < kLanes; distance *= 2) {
      const uint32_t before = __shfl_up_sync(kAllLanes, upTo, distance);
      if (lane() >= distance) upTo += before;
    }
    const uint32_t all = fromLane(upTo, kLanes - 1);
    if (all == 0) continue;
    const unsigned long long at =
        fromLane(lane() == 0 ? atomicAdd(out.count, static_cast<unsigned long long>(all)) : 0, 0);
    for (unsigned w = 0; w < kLanes; ++w) {
      const uint32_t pairs = fromLane(reach, w);
      const uint64_t to = at + fromLane(upTo, w) - pairs;
      for (uint32_t p = lane(); p < pairs; p += kLanes) {
        const uint32_t earlier = words[first + w];
        const uint32_t later = words[first + w + p + 1];
        // A word beside itself is in both its sides.
        const uint64_t times = keys.symmetric && earlier == later ? 2 : 1;
        out.keys[to + p] = keys.of(earlier, later);
        out.weights[to + p] = times * weights[p + 1];
      }
    }
  }
}

__global__ void findRows(const uint64_t* keys, uint64_t entries, uint64_t rows, unsigned bits, uint64_t* offsets) {
  const uint64_t threads = static_cast<uint64_t>(gridDim.x) * blockDim.x;
  for (uint64_t row = static_cast<uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x; row <= rows; row += threads) {
    uint64_t first = 0;
    for (uint64_t last = entries; first < last;) {
      const uint64_t middle = first + (last - first) / 2;
      if (keys[middle] >> bits < row) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    offsets[row] = first;
  }
}

__global__ void readEntries(const uint64_t* keys, const uint64_t* sums, uint64_t n, Keys rule, uint32_t* columns,
                            double* values) {
  const uint64_t threads = static_cast<uint64_t>(gridDim.x) * blockDim.x;
  for (uint64_t i = static_cast<uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += threads) {
    columns[i] = rule.columnOf(keys[i]);
    values[i] = static_cast<double>(sums[i]);
  }
}

/// Keys and what belongs to them.
struct Entries {
  Entries() = default;
  explicit Entries(uint64_t size) : keys(size), sums(size) {}

  uint64_t size() const { return keys.size(); }
  void copyTo(uint64_t* toKeys, uint64_t* toSums, cudaStream_t stream) const {
    check(cudaMemcpyAsync(toKeys, keys.data(), keys.bytes(), cudaMemcpyDeviceToDevice, stream), "to merge");
    check(cudaMemcpyAsync(toSums, sums.data(), sums.bytes(), cudaMemcpyDeviceToDevice, stream), "to merge");
  }

  DeviceArray<uint64_t> keys;
  DeviceArray<uint64_t> sums;
};

/// A number that kernels write and the processor reads.
template <typename T>
class Tally {
 public:
  T* onDevice() const { return device_.data(); }
  void clear(cudaStream_t stream) const {
    check(cudaMemsetAsync(device_.data(), 0, sizeof(T), stream), "to clear memory");
  }
  /// Waits for all that was put on the stream.
  T read(const Stream& stream) const {
    check(cudaMemcpyAsync(host_.data(), device_.data(), sizeof(T), cudaMemcpyDeviceToHost, stream), "to tell a number");
    stream.wait("to count");
    return *host_.data();
  }

 private:
  DeviceArray<T> device_{1};
  PinnedArray<T> host_{1};
};

/// Blocks that suit so many threads' worth of work.
uint64_t blocksFor(uint64_t threads, int multiprocessors) {
  constexpr uint64_t kBlocksOfMultiprocessor = 32;
  return std::clamp<uint64_t>((threads + kThreads - 1) / kThreads, 1,
                              kBlocksOfMultiprocessor * static_cast<uint64_t>(multiprocessors));
}

uint64_t pairsAtOnce(const wm_backend_count& setup) {
  const uint64_t least = kLeastWords * setup.window_size;
  if (setup.pairs_at_once != 0) return std::max(least, setup.pairs_at_once);
  size_t free = 0;
  size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "to tell its memory");
  const uint64_t ofText = setup.tokens * setup.window_size;
  return std::max(least, std::min({ofText, kMostPairs, free / kShareOfPairs / kBytesOfPair}));
}

}  // namespace
}  // namespace wordmill::cuda

using namespace wordmill::cuda;

/// The C handle is the class itself.
struct wm_backend_counter {
 public:
  wm_backend_counter(const wm_backend_device& device, const wm_backend_count& setup)
      : device_(device),
        rows_(setup.rows),
        window_(setup.window_size),
        keys_{bitsFor(setup.rows), setup.symmetric != 0},
        weights_(copyToDevice(setup.weights, uint64_t{setup.window_size} + 1)),
        written_(pairsAtOnce(setup)),
        sorted_(written_.size()) {
    count_.clear(stream_);
  }
  wm_backend_counter(const wm_backend_counter&) = delete;
  wm_backend_counter& operator=(const wm_backend_counter&) = delete;

  const wm_backend_device& device() const { return device_; }

  void append(const uint32_t* words, uint64_t n);
  void finish(uint64_t* offsets);
  void read(uint64_t first, uint64_t n, uint32_t* columns, double* values);

 private:
  /// Words on their way: two of them take turns, so that one is filled while the other is worked on.
  struct Piece {
    bool inUse = false;
    Event done;
    PinnedArray<uint32_t> host;
    DeviceArray<uint32_t> words;
  };

  void write(const uint32_t* words, uint64_t begin, uint64_t end);
  void makeRoom(uint64_t pairs);
  void sumWritten();
  void mergeLast(uint64_t count);
  Entries sum(Entries& from, Entries& sorted, uint64_t count, Workspace& workspace);

  const wm_backend_device& device_;
  const uint64_t rows_;
  const uint32_t window_;
  const Keys keys_;
  Stream stream_;
  const DeviceArray<uint64_t> weights_;
  Entries written_;  // pairs, from the text
  Entries sorted_;
  Workspace workspace_;
  Tally<unsigned long long> count_;  // of written_ that are in use
  Tally<uint64_t> distinct_;
  uint64_t mostWritten_ = 0;  // there are no more than that in use
  std::array<Piece, 2> pieces_;
  size_t nextPiece_ = 0;
  std::vector<Entries> sums_;  // each of different entries, ascending
  DeviceArray<uint32_t> columns_;
  DeviceArray<double> values_;
};

void wm_backend_counter::append(const uint32_t* words, uint64_t n) {
  device_.use();
  if (n == 0) return;
  Piece& piece = pieces_[nextPiece_];
  nextPiece_ = (nextPiece_ + 1) % pieces_.size();
  if (piece.inUse) check(cudaEventSynchronize(piece.done), "to count");
  piece.host.reserve(n);
  piece.words.reserve(n);
  std::memcpy(piece.host.data(), words, n * sizeof(uint32_t));
  check(cudaMemcpyAsync(piece.words.data(), piece.host.data(), n * sizeof(uint32_t), cudaMemcpyHostToDevice, stream_),
        "to take a text");
  const uint64_t wordsAtOnce = written_.size() / window_;
  for (uint64_t begin = 0; begin < n; begin += wordsAtOnce) {
    write(piece.words.data(), begin, std::min(n, begin + wordsAtOnce));
  }
  piece.done.record(stream_);
  piece.inUse = true;
}

/// Pairs of the words begin .. end with those behind them.
void wm_backend_counter::write(const uint32_t* words, uint64_t begin, uint64_t end) {
  makeRoom((end - begin) * window_);
  launch(writePairs, blocksFor(end - begin, device_.multiprocessors), kThreads, 0, stream_, words, begin, end, window_,
         weights_.data(), keys_, Pairs{written_.keys.data(), written_.sums.data(), count_.onDevice()});
  mostWritten_ += (end - begin) * window_;
}

/// Sentences end, so there are fewer pairs than there could be: how many is asked only when they could be too many.
void wm_backend_counter::makeRoom(uint64_t pairs) {
  if (mostWritten_ + pairs <= written_.size()) return;
  mostWritten_ = count_.read(stream_);
  if (mostWritten_ + pairs > written_.size()) sumWritten();
}

void wm_backend_counter::sumWritten() {
  const uint64_t count = count_.read(stream_);
  mostWritten_ = 0;
  count_.clear(stream_);
  if (count == 0) return;
  sums_.push_back(sum(written_, sorted_, count, workspace_));
  // Each is at least twice as large as the next.
  while (sums_.size() > 1 && sums_[sums_.size() - 2].size() < 2 * sums_.back().size()) mergeLast(2);
}

void wm_backend_counter::mergeLast(uint64_t count) {
  if (count < 2) return;
  uint64_t size = 0;
  for (uint64_t i = sums_.size() - count; i < sums_.size(); ++i) size += sums_[i].size();
  Entries all(size);
  uint64_t at = 0;
  for (uint64_t i = sums_.size() - count; i < sums_.size(); ++i) {
    sums_[i].copyTo(all.keys.data() + at, all.sums.data() + at, stream_);
    at += sums_[i].size();
  }
  stream_.wait("to merge");
  sums_.resize(sums_.size() - count);
  Entries sorted(size);
  Workspace workspace;
  sums_.push_back(sum(all, sorted, size, workspace));
}

/// The first `count`: `from` and `sorted` are overwritten.
Entries wm_backend_counter::sum(Entries& from, Entries& sorted, uint64_t count, Workspace& workspace) {
  sortPairs(workspace, from.keys.data(), sorted.keys.data(), from.sums.data(), sorted.sums.data(), count,
            2 * keys_.bits, stream_);
  sumRuns(workspace, sorted.keys.data(), sorted.sums.data(), from.keys.data(), from.sums.data(), distinct_.onDevice(),
          count, stream_);
  const uint64_t distinct = distinct_.read(stream_);
  Entries out(distinct);
  check(cudaMemcpyAsync(out.keys.data(), from.keys.data(), out.keys.bytes(), cudaMemcpyDeviceToDevice, stream_),
        "to sum");
  check(cudaMemcpyAsync(out.sums.data(), from.sums.data(), out.sums.bytes(), cudaMemcpyDeviceToDevice, stream_),
        "to sum");
  stream_.wait("to sum");
  return out;
}

void wm_backend_counter::finish(uint64_t* offsets) {
  device_.use();
  sumWritten();
  written_ = Entries();
  sorted_ = Entries();
  workspace_ = Workspace();
  mergeLast(sums_.size());
  if (sums_.empty()) sums_.emplace_back();
  const DeviceArray<uint64_t> found(rows_ + 1);
  launch(findRows, blocksFor(rows_ + 1, device_.multiprocessors), kThreads, 0, stream_, sums_[0].keys.data(),
         sums_[0].size(), rows_, keys_.bits, found.data());
  stream_.wait("to count");
  check(cudaMemcpy(offsets, found.data(), found.bytes(), cudaMemcpyDeviceToHost), "to give back counts");
}

void wm_backend_counter::read(uint64_t first, uint64_t n, uint32_t* columns, double* values) {
  device_.use();
  if (n == 0) return;
  columns_.reserve(n);
  values_.reserve(n);
  launch(readEntries, blocksFor(n, device_.multiprocessors), kThreads, 0, stream_, sums_[0].keys.data() + first,
         sums_[0].sums.data() + first, n, keys_, columns_.data(), values_.data());
  stream_.wait("to count");
  check(cudaMemcpy(columns, columns_.data(), n * sizeof(uint32_t), cudaMemcpyDeviceToHost), "to give back counts");
  check(cudaMemcpy(values, values_.data(), n * sizeof(double), cudaMemcpyDeviceToHost), "to give back counts");
}

namespace wordmill::cuda {

wm_backend_counter* beginCount(const wm_backend_device& device, const wm_backend_count& setup) {
  return new wm_backend_counter(device, setup);
}
void appendWords(wm_backend_counter& counter, const uint32_t* words, uint64_t n) { counter.append(words, n); }
void finishCount(wm_backend_counter& counter, uint64_t* offsets) { counter.finish(offsets); }
void readCounts(wm_backend_counter& counter, uint64_t first, uint64_t n, uint32_t* columns, double* values) {
  counter.read(first, n, columns, values);
}
void releaseCounter(wm_backend_counter* counter) {
  if (counter == nullptr) return;
  counter->device().tryUse();
  delete counter;
}

}  // namespace wordmill::cuda
