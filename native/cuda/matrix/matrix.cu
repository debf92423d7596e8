#include "matrix/matrix.h"

#include <algorithm>

#include "device/launch.h"
#include "device/numbers.h"
#include "device/warp.h"

// A block of threads makes one tile of the result. It goes through the depth in steps: while a step's part of both
// operands is multiplied from shared memory, the next one is on its way to registers. A thread holds 8 x 8 sums, so 16
// numbers that it reads from shared memory serve 64 multiplications.

namespace wordmill::cuda {
namespace {

constexpr unsigned kStep = 8;
/// Of a warp: 4 x 8 lanes with 8 x 8 sums each.
constexpr unsigned kWarpRows = 32;
constexpr unsigned kWarpColumns = 64;
/// A lane's sums are of four neighbours, and of four more that are half of the warp's part away: so the lanes of a warp
/// read one line of shared memory, and write lines of the result.
constexpr unsigned kHalf = 4;
/// Behind the rows of a tile in shared memory, so that a column is spread over the banks.
constexpr unsigned kPadding = 4;
/// Rows of tiles that are gone through together, column by column: their operands stay in the second level of cache.
constexpr uint32_t kRowsTogether = 16;

template <unsigned WarpsDown, unsigned WarpsAcross, unsigned LeastBlocks>
struct Shape {
  static constexpr unsigned kRows = WarpsDown * kWarpRows;
  static constexpr unsigned kColumns = WarpsAcross * kWarpColumns;
  static constexpr unsigned kAcross = WarpsAcross;
  static constexpr unsigned kThreads = WarpsDown * WarpsAcross * kLanes;
  /// Of a multiprocessor; bounds the registers of a thread.
  static constexpr unsigned kLeastBlocks = LeastBlocks;
  static constexpr unsigned kFloatsOfStep = kStep * (kRows + kColumns + 2 * kPadding);
  static constexpr size_t kSharedBytes = 2 * kFloatsOfStep * sizeof(float);
};

using Large = Shape<4, 2, 2>;
/// For results that are too small to give every multiprocessor large tiles.
using Small = Shape<2, 1, 6>;
/// For a few rows.
using Flat = Shape<1, 2, 6>;

/// One operand's part of a tile, on its way from the device's memory through registers to shared memory, where it is
/// kStep rows of `Width` numbers. `AlongDepth`: in the device's memory the depth runs along its rows.
template <bool AlongDepth, unsigned Width, unsigned Threads>
class Panel {
 public:
  static constexpr unsigned kStride = Width + kPadding;

  /// From number `first` on of the `count` that the operand has across the depth. Where the tile reaches beyond them,
  /// the last ones are loaded again: what comes of them is not written.
  __device__ Panel(const float* values, uint64_t stride, uint32_t first, uint32_t count) {
#pragma unroll
    for (unsigned i = 0; i < kLoads; ++i) {
      const uint64_t across = min(first + acrossOf(i), AlongDepth ? count - 1 : (count - 1) / 4 * 4);
      from_[i] = values + (AlongDepth ? across * stride + alongOf(i) : alongOf(i) * stride + across);
    }
  }

  /// The next step, of a depth of which so much is left.
  __device__ void load(uint32_t depth, uint64_t stride) {
#pragma unroll
    for (unsigned i = 0; i < kLoads; ++i) {
      const unsigned along = alongOf(i);
      parts_[i] = make_float4(0.0F, 0.0F, 0.0F, 0.0F);
      if (along < depth) parts_[i] = *reinterpret_cast<const float4*>(from_[i]);
      if (AlongDepth && along + 4 > depth) {
        if (along + 1 >= depth) parts_[i].y = 0.0F;
        if (along + 2 >= depth) parts_[i].z = 0.0F;
        parts_[i].w = 0.0F;
      }
      from_[i] += AlongDepth ? kStep : kStep * stride;
    }
  }

  __device__ void store(float* shared) const {
#pragma unroll
    for (unsigned i = 0; i < kLoads; ++i) {
      float* const to = shared + alongOf(i) * kStride + acrossOf(i);
      if (AlongDepth) {
        to[0] = parts_[i].x;
        to[kStride] = parts_[i].y;
        to[2 * kStride] = parts_[i].z;
        to[3 * kStride] = parts_[i].w;
      } else {
        *reinterpret_cast<float4*>(to) = parts_[i];
      }
    }
  }

 private:
  static constexpr unsigned kQuads = kStep / 4;
  static constexpr unsigned kLoads = Width * kQuads / Threads;

  // Which four numbers a thread loads. Along the depth a warp takes 16 rows and of each a sector of 32 bytes; stored as
  // columns, they fall into 32 banks.
  __device__ static unsigned alongOf(unsigned load) {
    const unsigned part = threadIdx.x + load * Threads;
    return AlongDepth ? part / 16 % kQuads * 4 : part / (Width / 4);
  }
  __device__ static unsigned acrossOf(unsigned load) {
    const unsigned part = threadIdx.x + load * Threads;
    return AlongDepth ? part / (16 * kQuads) * 16 + part % 16 : part % (Width / 4) * 4;
  }

  const float* from_[kLoads];
  float4 parts_[kLoads];
};

__device__ inline void put(float4 part, float (&numbers)[8], unsigned at) {
  numbers[at] = part.x;
  numbers[at + 1] = part.y;
  numbers[at + 2] = part.z;
  numbers[at + 3] = part.w;
}

/// Four sums of a row, from that column on.
__device__ inline void write(const Product& product, float* matrix, uint32_t row, uint32_t column, const float* sums) {
  float* const out = matrix + row * product.outStride + column;
  float values[4];
#pragma unroll
  for (unsigned j = 0; j < 4; ++j) {
    const bool exists = column + j < product.columns;
    values[j] = product.columnFactors != nullptr && exists ? sums[j] * product.columnFactors[column + j] : sums[j];
    if (product.add && exists) values[j] += out[j];
  }
  if (column + 4 <= product.columns) {
    *reinterpret_cast<float4*>(out) = make_float4(values[0], values[1], values[2], values[3]);
  } else {
#pragma unroll
    for (unsigned j = 0; j < 4; ++j) {
      if (column + j < product.columns) out[j] = values[j];
    }
  }
}

/// How the depth is cut: slice s begins at s * depth, and its product is `out` floats behind that of slice s - 1.
struct Slices {
  uint32_t count = 1;
  uint32_t depth = UINT32_MAX;
  uint64_t out = 0;
};

template <typename Tile, bool LeftAlongDepth, bool RightAlongDepth>
__global__ void __launch_bounds__(Tile::kThreads, Tile::kLeastBlocks)
    multiplyTiles(Product product, uint32_t tilesDown, uint32_t tilesAcross, Slices slices) {
  const uint32_t tile = blockIdx.x % (tilesDown * tilesAcross);
  const uint32_t slice = blockIdx.x / (tilesDown * tilesAcross);
  const uint32_t from = slice * slices.depth;
  const uint32_t end = min(product.depth, from + slices.depth);
  const uint32_t together = kRowsTogether * tilesAcross;
  const uint32_t firstDown = tile / together * kRowsTogether;
  const uint32_t down = min(kRowsTogether, tilesDown - firstDown);
  const uint32_t firstRow = (firstDown + tile % together % down) * Tile::kRows;
  const uint32_t firstColumn = tile % together / down * Tile::kColumns;

  using Left = Panel<LeftAlongDepth, Tile::kRows, Tile::kThreads>;
  using Right = Panel<RightAlongDepth, Tile::kColumns, Tile::kThreads>;
  Left left(product.left + from * (LeftAlongDepth ? 1 : product.leftStride), product.leftStride, firstRow,
            product.rows);
  Right right(product.right + from * (RightAlongDepth ? 1 : product.rightStride), product.rightStride, firstColumn,
              product.columns);
  float* shared = sharedMemory<float>();
  float* next = shared + Tile::kFloatsOfStep;
  constexpr unsigned rightAt = kStep * Left::kStride;

  const unsigned row = warpOfBlock() / Tile::kAcross * kWarpRows + lane() / 8 * kHalf;
  const unsigned column = warpOfBlock() % Tile::kAcross * kWarpColumns + lane() % 8 * kHalf;
  float sums[8][8] = {};
  left.load(end - from, product.leftStride);
  right.load(end - from, product.rightStride);
  left.store(shared);
  right.store(shared + rightAt);
  __syncthreads();
  for (uint32_t done = from; done < end;) {
    done += kStep;
    const bool more = done < end;
    if (more) {
      left.load(end - done, product.leftStride);
      right.load(end - done, product.rightStride);
    }
#pragma unroll
    for (unsigned k = 0; k < kStep; ++k) {
      float ofLeft[8];
      float ofRight[8];
      const float* const leftRow = shared + k * Left::kStride + row;
      const float* const rightRow = shared + rightAt + k * Right::kStride + column;
      put(*reinterpret_cast<const float4*>(leftRow), ofLeft, 0);
      put(*reinterpret_cast<const float4*>(leftRow + kWarpRows / 2), ofLeft, kHalf);
      put(*reinterpret_cast<const float4*>(rightRow), ofRight, 0);
      put(*reinterpret_cast<const float4*>(rightRow + kWarpColumns / 2), ofRight, kHalf);
#pragma unroll
      for (unsigned i = 0; i < 8; ++i) {
#pragma unroll
        for (unsigned j = 0; j < 8; ++j) sums[i][j] += ofLeft[i] * ofRight[j];
      }
    }
    if (more) {
      left.store(next);
      right.store(next + rightAt);
    }
    __syncthreads();
    float* const read = shared;
    shared = next;
    next = read;
  }

  float* const out = product.out + blockIdx.x / (tilesDown * tilesAcross) * slices.out;
#pragma unroll
  for (unsigned i = 0; i < 8; ++i) {
    const uint32_t at = firstRow + row + i % kHalf + i / kHalf * (kWarpRows / 2);
    if (at >= product.rows) continue;
    write(product, out, at, firstColumn + column, sums[i]);
    write(product, out, at, firstColumn + column + kWarpColumns / 2, sums[i] + kHalf);
  }
}

template <typename Tile>
uint64_t tilesOf(const Product& product) {
  return uint64_t{(product.rows + Tile::kRows - 1) / Tile::kRows} *
         ((product.columns + Tile::kColumns - 1) / Tile::kColumns);
}

template <typename Tile>
void multiplyBy(const Product& product, const Slices& slices, cudaStream_t stream) {
  const uint32_t down = (product.rows + Tile::kRows - 1) / Tile::kRows;
  const uint32_t across = (product.columns + Tile::kColumns - 1) / Tile::kColumns;
  const auto run = [&](void (*kernel)(Product, uint32_t, uint32_t, Slices)) {
    launch(kernel, tilesOf<Tile>(product) * slices.count, Tile::kThreads, Tile::kSharedBytes, stream, product, down,
           across, slices);
  };
  switch (product.operands) {
    case Operands::kRowsByRows:
      return run(multiplyTiles<Tile, true, true>);
    case Operands::kRowsByColumns:
      return run(multiplyTiles<Tile, true, false>);
    case Operands::kColumnsByColumns:
      return run(multiplyTiles<Tile, false, false>);
  }
}

/// About as many as a large device has multiprocessors.
constexpr uint64_t kEnoughTiles = 128;
/// A slice is worth its product's way through memory.
constexpr uint32_t kLeastDepth = 128;
constexpr uint32_t kMostSlices = 64;

/// So many that the device has two tiles for each multiprocessor. The depth of a slice is a multiple of a step.
template <typename Tile>
Slices slicesOf(const Product& product) {
  const uint64_t wanted = 2 * kEnoughTiles / tilesOf<Tile>(product);
  const auto most = static_cast<uint32_t>(
      std::min<uint64_t>({std::max<uint64_t>(1, wanted), product.depth / kLeastDepth + 1, kMostSlices}));
  Slices slices;
  slices.depth = std::max(kStep, (product.depth + most * kStep - 1) / (most * kStep) * kStep);
  slices.count = std::max(1U, (product.depth + slices.depth - 1) / slices.depth);
  return slices;
}

template <typename Numbers>
__global__ void __launch_bounds__(kThreadsForParts)
    addSlices(const float* values, Slices slices, uint32_t parts, Product product) {
  const uint64_t thread = threadForPart();
  const uint64_t row = thread / parts;
  const auto part = static_cast<uint32_t>(thread - row * parts);
  if (row >= product.rows) return;
  auto& out = partOf<Numbers>(product.out + row * product.outStride, part);
  const float* from = values + row * (slices.out / product.rows);
  Numbers sum = product.add ? out : zeros<Numbers>();
#pragma unroll 8
  for (uint32_t slice = 0; slice < slices.count; ++slice, from += slices.out) {
    sum = plus(sum, partOf<Numbers>(from, part));
  }
  out = sum;
}

template <typename Tile>
void multiplySlicedBy(const Product& product, DeviceArray<float>& memory, cudaStream_t stream) {
  if (product.rows == 0 || product.columns == 0) return;
  Slices slices = slicesOf<Tile>(product);
  if (slices.count == 1) return multiplyBy<Tile>(product, Slices{}, stream);
  Product one = product;
  one.outStride = (product.columns + 3) / 4 * 4;
  slices.out = product.rows * one.outStride;
  memory.reserveIdle(slices.count * slices.out, stream);
  one.out = memory.data();
  one.add = false;
  multiplyBy<Tile>(one, slices, stream);
  byNumbers(
      [&](auto numbers) {
        using Numbers = decltype(numbers);
        const uint32_t parts = product.columns / kNumbersOf<Numbers>;
        launch(addSlices<Numbers>, blocksForParts(uint64_t{product.rows} * parts), kThreadsForParts, 0, stream,
               memory.data(), slices, parts, product);
      },
      product.columns);
}

}  // namespace

void multiply(const Product& product, cudaStream_t stream) {
  if (product.rows <= Flat::kRows) {
    multiplyBy<Flat>(product, Slices{}, stream);
  } else if (product.rows <= Small::kRows || product.columns <= Small::kColumns ||
             tilesOf<Large>(product) < kEnoughTiles) {
    multiplyBy<Small>(product, Slices{}, stream);
  } else {
    multiplyBy<Large>(product, Slices{}, stream);
  }
}

void multiplySliced(const Product& product, DeviceArray<float>& slices, cudaStream_t stream) {
  if (product.rows <= Flat::kRows) {
    multiplySlicedBy<Flat>(product, slices, stream);
  } else if (product.rows <= Small::kRows || product.columns <= Small::kColumns ||
             tilesOf<Large>(product) * slicesOf<Large>(product).count < kEnoughTiles) {
    multiplySlicedBy<Small>(product, slices, stream);
  } else {
    multiplySlicedBy<Large>(product, slices, stream);
  }
}

}  // namespace wordmill::cuda
