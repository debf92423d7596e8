#include "glove/glove.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "device/launch.h"
#include "device/row.h"

// GloVe: a warp takes a part of a tile, goes through its entries in their order, and has the row that they share in its
// registers. The other side is read and added to where all warps see it.

namespace wordmill::cuda {
namespace {

using Entry = wm_backend_entry;
static_assert(sizeof(Entry) == sizeof(uint2), "an entry is read as 8 bytes");

constexpr unsigned kThreads = 128;
constexpr unsigned kWarps = kThreads / kLanes;
/// Blocks of threads on a multiprocessor: enough to hide what memory takes to answer, and few, so that those at work
/// are at few tiles, whose rows stay in the second level of cache.
constexpr uint64_t kBlocksOfMultiprocessor = 4;
/// A tile is trained by one warp for each so many of its rows and columns. A step knows nothing of those that other
/// warps take meanwhile: with this many, one in four meets another in its column, and nearly none in its row.
constexpr uint64_t kRowsOfWarp = 4;
/// Less is not worth a warp of its own.
constexpr uint64_t kEntriesOfWarp = 64;
/// Between two looks at the flag that cancels, which is in the processor's memory.
constexpr uint64_t kEntriesOfLook = 512;
/// Up to that many parts of a row, the next entry's row is asked for while one is worked on; longer ones would not find
/// place in the registers, and hide the time by themselves.
constexpr int kMostPartsAhead = 4;
constexpr int kMostParts = 8;

/// The parameters of words, or of contexts.
struct Side {
  float* rows;
  float* squares;
  float* biases;
  float* biasSquares;

  __host__ __device__ Side from(uint64_t row, uint32_t stride) const {
    return {rows + row * stride, squares + row * stride, biases + row, biasSquares + row};
  }
};

struct Tile {
  const Entry* entries;
  uint64_t count;
  Side held;   // of the entries' rows
  Side other;  // of their columns
  uint32_t firstPart;
  uint32_t parts;
  bool skipsDiagonal;
  bool backwards;
};

struct Task {
  const Tile* tiles;
  uint32_t tileCount;
  uint32_t parts;  // of all tiles
  unsigned* next;  // part that no warp has taken
  uint32_t columns;
  uint32_t stride;
  float rate;
  float most;  // of rate * a gradient's component
  float alpha;
  float logOfMost;
  const volatile int* cancelled;
  BlockSums* sums;
};

/// A row and what belongs to it, as it was when it was read.
template <int K>
struct Parameters {
  Row<K> values;
  Row<K> squares;
  float bias;
  float biasSquares;
};

template <int K>
__device__ Parameters<K> load(const Side& side, uint32_t row, const Task& task) {
  const uint64_t at = static_cast<uint64_t>(row) * task.stride;
  return {loadGlobal<K>(side.rows + at, task.columns), loadGlobal<K>(side.squares + at, task.columns),
          __ldcg(side.biases + row), __ldcg(side.biasSquares + row)};
}

__device__ float4 difference(float4 a, float4 b) { return make_float4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w); }

/// The row that a warp holds, in registers, and how it was when it was read, in shared memory: only what became of it
/// since is added to what others see.
template <int K>
class HeldRow {
 public:
  __device__ HeldRow(const Side& side, const Task& task)
      : side_(side), task_(task), before_(sharedMemory<float4>() + warpOfBlock() * kPlacesOfWarp + lane()) {}

  /// Gives back the row that was held, and reads this one.
  __device__ void take(uint32_t row) {
    if (row == row_) return;
    giveBack();
    row_ = row;
    now = load<K>(side_, row, task_);
#pragma unroll
    for (int k = 0; k < K; ++k) {
      before_[k * kLanes] = now.values.part[k];
      before_[(K + k) * kLanes] = now.squares.part[k];
    }
    biasBefore_ = now.bias;
    biasSquaresBefore_ = now.biasSquares;
  }

  __device__ void giveBack() const {
    if (row_ == kNoRow) return;
    const uint64_t at = static_cast<uint64_t>(row_) * task_.stride;
    forParts<K>(task_.columns, [&](int k, uint32_t place) {
      addToGlobal(reinterpret_cast<float4*>(side_.rows + at + place),
                  difference(now.values.part[k], before_[k * kLanes]));
      addToGlobal(reinterpret_cast<float4*>(side_.squares + at + place),
                  difference(now.squares.part[k], before_[(K + k) * kLanes]));
    });
    if (lane() == 0) {
      addToGlobal(side_.biases + row_, now.bias - biasBefore_);
      addToGlobal(side_.biasSquares + row_, now.biasSquares - biasSquaresBefore_);
    }
  }

  static constexpr unsigned kPlacesOfWarp = 2 * K * kLanes;

  Parameters<K> now{};

 private:
  static constexpr uint32_t kNoRow = UINT32_MAX;

  const Side& side_;
  const Task& task_;
  float4* const before_;
  uint32_t row_ = kNoRow;
  float biasBefore_ = 0.0F;
  float biasSquaresBefore_ = 0.0F;
};

/// The rate times the gradient, cut.
__device__ float4 stepOf(float4 other, float factor, float most) {
  const auto cut = [&](float x) { return fmaxf(fminf(factor * x, most), -most); };
  return make_float4(cut(other.x), cut(other.y), cut(other.z), cut(other.w));
}
__device__ float4 moveOf(float4 step, float4 squares) {
  return make_float4(-step.x * rsqrtf(squares.x), -step.y * rsqrtf(squares.y), -step.z * rsqrtf(squares.z),
                     -step.w * rsqrtf(squares.w));
}
__device__ float4 squareOf(float4 step) {
  return make_float4(step.x * step.x, step.y * step.y, step.z * step.z, step.w * step.w);
}
__device__ void add(float4& sum, float4 value) {
  sum.x += value.x;
  sum.y += value.y;
  sum.z += value.z;
  sum.w += value.w;
}

/// One step on the held row, in registers, and on the other, which is added to. Both with the other's values from
/// before. `slope`: weight * error.
template <int K>
__device__ void step(Parameters<K>& held, const Side& side, uint32_t row, const Parameters<K>& other, float slope,
                     const Task& task) {
  const uint64_t at = static_cast<uint64_t>(row) * task.stride;
  const float factor = task.rate * slope;
  forParts<K>(task.columns, [&](int k, uint32_t place) {
    const float4 heldStep = stepOf(other.values.part[k], factor, task.most);
    const float4 otherStep = stepOf(held.values.part[k], factor, task.most);
    add(held.values.part[k], moveOf(heldStep, held.squares.part[k]));
    add(held.squares.part[k], squareOf(heldStep));
    addToGlobal(reinterpret_cast<float4*>(side.rows + at + place), moveOf(otherStep, other.squares.part[k]));
    addToGlobal(reinterpret_cast<float4*>(side.squares + at + place), squareOf(otherStep));
  });
  held.bias -= slope * rsqrtf(held.biasSquares);
  held.biasSquares += slope * slope;
  if (lane() == 0) {
    addToGlobal(side.biases + row, -slope * rsqrtf(other.biasSquares));
    addToGlobal(side.biasSquares + row, slope * slope);
  }
}

struct Trained {
  double loss;
  unsigned long long examples;
};

/// Each lane reads an entry of the next 32, and all of them take those one after another.
template <int K>
__device__ void trainPart(const Task& task, const Tile& tile, uint32_t part, Trained& trained) {
  constexpr bool ahead = K <= kMostPartsAhead;
  const uint64_t begin = tile.count * part / tile.parts;
  const uint64_t end = tile.count * (part + 1) / tile.parts;
  HeldRow<K> held(tile.held, task);
  for (uint64_t first = begin; first < end; first += kLanes) {
    if ((first - begin) % kEntriesOfLook == 0 && __any_sync(kAllLanes, *task.cancelled != 0) != 0) break;
    const auto count = static_cast<unsigned>(min(static_cast<uint64_t>(kLanes), end - first));
    const uint64_t i = first + min(lane(), count - 1);
    const uint2 entry = __ldg(reinterpret_cast<const uint2*>(tile.entries) + (tile.backwards ? tile.count - 1 - i : i));
    const float logCount = __uint_as_float(entry.y);
    // (X / xMax)^alpha as exp(alpha (log X - log xMax))
    const float weight = __expf(fminf(0.0F, task.alpha * (logCount - task.logOfMost)));
    Parameters<K> next{};
    if (ahead) next = load<K>(tile.other, fromLane(entry.x, 0) >> 16U, task);
    float cost = 0.0F;
    for (unsigned e = 0; e < count; ++e) {
      const uint32_t places = fromLane(entry.x, e);
      const uint32_t row = places & 0xFFFFU;
      const uint32_t column = places >> 16U;
      const Parameters<K> other = ahead ? next : load<K>(tile.other, column, task);
      if (ahead && e + 1 < count) next = load<K>(tile.other, fromLane(entry.x, e + 1) >> 16U, task);
      held.take(row);
      if (tile.skipsDiagonal && row == column) continue;
      const float error =
          sumOfWarp(dotOfLane(held.now.values, other.values)) + held.now.bias + other.bias - fromLane(logCount, e);
      const float slope = fromLane(weight, e) * error;
      cost += 0.5F * slope * error;
      ++trained.examples;
      step(held.now, tile.other, column, other, slope, task);
    }
    trained.loss += cost;
  }
  held.giveBack();
}

/// The tile that a part belongs to: the last one that does not begin behind it.
__device__ const Tile& tileOf(const Task& task, uint32_t part) {
  uint32_t first = 0;
  for (uint32_t last = task.tileCount - 1; first < last;) {
    const uint32_t middle = (first + last + 1) / 2;
    if (task.tiles[middle].firstPart <= part) {
      first = middle;
    } else {
      last = middle - 1;
    }
  }
  return task.tiles[first];
}

/// Parts are taken in order, so that those at work are of the same few tiles.
template <int K>
__global__ void __launch_bounds__(kThreads, 1) trainTiles(Task task) {
  Trained trained{};
  for (;;) {
    const uint32_t part = fromLane(lane() == 0 ? atomicAdd(task.next, 1U) : 0U, 0);
    if (part >= task.parts) break;
    const Tile tile = tileOf(task, part);
    trainPart<K>(task, tile, part - tile.firstPart, trained);
  }
  if (lane() == 0 && trained.examples > 0) {
    atomicAdd(&task.sums->loss, trained.loss);
    atomicAdd(&task.sums->examples, trained.examples);
  }
}

/// What is behind a row's columns takes part in every step: its gradient is 0, and so is 0 / sqrt(1), but not
/// 0 / sqrt(0).
__global__ void padWithOnes(float* squares, uint64_t rows, uint32_t columns, uint32_t stride) {
  const uint64_t threads = static_cast<uint64_t>(gridDim.x) * blockDim.x;
  for (uint64_t row = static_cast<uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x; row < rows; row += threads) {
    for (uint32_t c = columns; c < stride; ++c) squares[row * stride + c] = 1.0F;
  }
}

struct Kernel {
  void (*function)(Task);
  size_t sharedBytes;
};

template <int K>
constexpr Kernel kernelOf() {
  return {trainTiles<K>, kWarps * HeldRow<K>::kPlacesOfWarp * sizeof(float4)};
}

Kernel kernelFor(uint64_t columns) {
  constexpr Kernel kernels[kMostParts] = {kernelOf<1>(), kernelOf<2>(), kernelOf<3>(), kernelOf<4>(),
                                          kernelOf<5>(), kernelOf<6>(), kernelOf<7>(), kernelOf<8>()};
  const unsigned parts = partsOf(columns);
  if (parts > kMostParts) {
    throw DeviceError(WM_ERR_UNSUPPORTED, "GloVe vectors on a device have at most " +
                                              std::to_string(kMostParts * kFloatsOfPart) + " numbers, not " +
                                              std::to_string(columns) + "; choose smaller vectors or device 'cpu'");
  }
  return kernels[parts - 1];
}

uint32_t partsFor(const wm_backend_tile& tile) {
  const uint64_t most = std::min<uint64_t>(tile.rows, tile.columns) / kRowsOfWarp;
  return static_cast<uint32_t>(std::clamp<uint64_t>(tile.count / kEntriesOfWarp, 1, std::max<uint64_t>(1, most)));
}

class GloveTraining final : public wm_backend_training {
 public:
  GloveTraining(const wm_backend_device& device, const wm_backend_glove& setup)
      : wm_backend_training(device),
        options_(*setup.options),
        kernel_(kernelFor(setup.words.columns)),
        words_(setup.words),
        contexts_(setup.contexts),
        wordSquares_(setup.word_squares),
        contextSquares_(setup.context_squares),
        biases_(setup.biases),
        entries_(setup.entries) {
    for (const DeviceRows* squares : {&wordSquares_, &contextSquares_}) pad(*squares);
    keepEntries(setup.entry_count);
    blocks_ = std::min(residentBlocks(kernel_.function, device.multiprocessors, kThreads, kernel_.sharedBytes),
                       kBlocksOfMultiprocessor * static_cast<uint64_t>(device.multiprocessors));
  }

  void submit(const wm_backend_tile* tiles, uint64_t count);

 private:
  void pad(const DeviceRows& squares) const;
  void keepEntries(uint64_t count);
  Tile place(const wm_backend_tile& tile, Slot& slot) const;
  void train(const Tile* onDevice, const std::vector<Tile>& tiles, unsigned* next, const Slot& slot);
  Side words() const { return sideOf(words_, wordSquares_, 0); }
  Side contexts() const { return sideOf(contexts_, contextSquares_, 1); }
  Side sideOf(const DeviceRows& rows, const DeviceRows& squares, uint64_t bias) const {
    const uint64_t stride = biases_.stride();
    return {rows.data(), squares.data(), biases_.data() + bias * stride, biases_.data() + (bias + 2) * stride};
  }
  void readWeights() override {
    for (const DeviceRows* rows : {&words_, &contexts_, &wordSquares_, &contextSquares_, &biases_}) rows->read();
  }

  const wm_glove_options options_;
  const Kernel kernel_;
  const DeviceRows words_;
  const DeviceRows contexts_;
  const DeviceRows wordSquares_;
  const DeviceRows contextSquares_;
  const DeviceRows biases_;
  const Entry* const entries_;  // of the processor
  DeviceArray<Entry> kept_;     // the same on the device, where they fit
  uint64_t blocks_ = 1;
};

void GloveTraining::pad(const DeviceRows& squares) const {
  launch(padWithOnes, (squares.rows() + kThreads - 1) / kThreads, kThreads, 0, stream(), squares.data(), squares.rows(),
         static_cast<uint32_t>(squares.columns()), squares.stride());
}

/// Entries that take no more than half of what is free are copied once, and otherwise with each block.
void GloveTraining::keepEntries(uint64_t count) {
  size_t free = 0;
  size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "to tell its memory");
  if (count * sizeof(Entry) <= free / 2) kept_ = copyToDevice(entries_, count);
}

Tile GloveTraining::place(const wm_backend_tile& tile, Slot& slot) const {
  Tile out{};
  out.entries = kept_.size() > 0 ? kept_.data() + tile.first_entry : slot.put(entries_ + tile.first_entry, tile.count);
  out.count = tile.count;
  const Side held = tile.rows_are_context != 0 ? contexts() : words();
  const Side other = tile.rows_are_context != 0 ? words() : contexts();
  out.held = held.from(tile.first_row, words_.stride());
  out.other = other.from(tile.first_column, words_.stride());
  out.parts = partsFor(tile);
  out.skipsDiagonal = tile.skip_diagonal != 0;
  out.backwards = tile.backwards != 0;
  return out;
}

/// A mirror image of a tile shares its rows, so it comes in a kernel of its own.
void GloveTraining::submit(const wm_backend_tile* tiles, uint64_t count) {
  uint64_t entries = 0;
  for (uint64_t t = 0; t < count; ++t) entries += kept_.size() > 0 ? 0 : tiles[t].count;
  Slot& slot =
      takeSlot(entries * sizeof(Entry) + count * sizeof(Tile) + 2 * sizeof(unsigned), static_cast<unsigned>(count) + 3);
  std::vector<Tile> placed[2];
  for (uint64_t t = 0; t < count; ++t) {
    std::vector<Tile>& stage = placed[tiles[t].skip_diagonal != 0 ? 1 : 0];
    if (tiles[t].count == 0) continue;
    Tile tile = place(tiles[t], slot);
    tile.firstPart = stage.empty() ? 0 : stage.back().firstPart + stage.back().parts;
    stage.push_back(tile);
  }
  const unsigned zeros[2] = {0, 0};
  unsigned* const next = slot.put(zeros, 2);
  const Tile* onDevice[2];
  for (int stage = 0; stage < 2; ++stage) onDevice[stage] = slot.put(placed[stage].data(), placed[stage].size());
  send(slot);
  for (int stage = 0; stage < 2; ++stage) train(onDevice[stage], placed[stage], next + stage, slot);
  finish(slot);
}

void GloveTraining::train(const Tile* onDevice, const std::vector<Tile>& tiles, unsigned* next, const Slot& slot) {
  if (tiles.empty()) return;
  Task task{};
  task.tiles = onDevice;
  task.tileCount = static_cast<uint32_t>(tiles.size());
  task.parts = tiles.back().firstPart + tiles.back().parts;
  task.next = next;
  task.columns = static_cast<uint32_t>(words_.columns());
  task.stride = words_.stride();
  task.rate = static_cast<float>(options_.learning_rate);
  task.most = task.rate * static_cast<float>(options_.gradient_clip);
  task.alpha = static_cast<float>(options_.alpha);
  task.logOfMost = static_cast<float>(std::log(options_.x_max));
  task.cancelled = cancelFlag();
  task.sums = slot.sums.data();
  launch(kernel_.function, std::min<uint64_t>(blocks_, (task.parts + kWarps - 1) / kWarps), kThreads,
         kernel_.sharedBytes, stream(), task);
}

}  // namespace

wm_backend_training* beginGlove(const wm_backend_device& device, const wm_backend_glove& setup) {
  return new GloveTraining(device, setup);
}

void submitGlove(wm_backend_training& training, const wm_backend_tile* tiles, uint64_t count) {
  static_cast<GloveTraining&>(training).submit(tiles, count);
}

}  // namespace wordmill::cuda
