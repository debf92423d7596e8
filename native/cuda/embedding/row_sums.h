#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "device/launch.h"
#include "device/memory.h"
#include "device/numbers.h"
#include "device/sort.h"

// What belongs to rows, added up row by row: gradients of an embedding, each of which is for the row that some id
// names.
//
// Ids are sorted together with their positions, and the sorted list is cut into pieces of one length. Each piece adds
// up its runs of equal ids. A run that is whole within a piece is done; of those that are cut, each piece leaves its
// sum, and so does the next level with the list of these, until one piece is left. So each sum has one order, which
// does not depend on the device, and a row that has half of all positions takes no longer than others.

namespace wordmill::cuda {

/// Positions of a list of ids, by id and then ascending. On the device.
struct SortedPositions {
  const uint32_t* rows;
  const uint32_t* positions;
  uint64_t count;
  /// Ids from this one on belong to no row.
  uint32_t bound;
};

class PositionSorter {
 public:
  /// Room for that many. Waits for the stream where there was less.
  void reserve(uint64_t count, cudaStream_t stream);
  /// `ids` is on the device; those that are not below `rows` belong to none. Good until the next call.
  SortedPositions sort(const uint32_t* ids, uint64_t count, uint64_t rows, cudaStream_t stream);

 private:
  DeviceArray<uint32_t> keys_;
  DeviceArray<uint32_t> order_;
  DeviceArray<uint32_t> sortedKeys_;
  DeviceArray<uint32_t> positions_;
  Workspace workspace_;
};

/// The sums that pieces leave: two each, of the run that it begins with and of the one that it ends with.
struct CutRuns {
  uint32_t* rows;
  float* sums;
};

/// Positions of a piece. What is left for the next level is a sixteenth.
constexpr uint64_t kPiece = 32;
/// A list that is no longer than this is one piece, since a level costs a kernel.
constexpr uint64_t kLastPiece = 128;
/// Numbers that a thread has on their way at the same time.
constexpr unsigned kSumsAtOnce = 4;

constexpr unsigned kLeastBlocks = 3;

/// A thread for each part of a row in each piece. source.at(i, part) is what stands at place i of the list;
/// sink.take(row, part, sum) is called for each row once.
template <typename Numbers, typename Source, typename Sink>
__global__ void __launch_bounds__(kThreadsForParts, kLeastBlocks)
    sumPieces(const uint32_t* rows, uint64_t count, uint32_t bound, uint64_t length, uint32_t parts, Source source,
              Sink sink, CutRuns cut) {
  const uint64_t thread = threadForPart();
  const uint64_t piece = thread / parts;
  const auto part = static_cast<uint32_t>(thread - piece * parts);
  const uint64_t first = piece * length;
  if (first >= count) return;
  const uint64_t end = first + length < count ? first + length : count;

  const auto leave = [&](uint64_t place, uint32_t row, Numbers sum) {
    if (cut.rows == nullptr) return;
    if (part == 0) cut.rows[place] = row;
    if (row < bound) partOf<Numbers>(cut.sums + place * parts * kNumbersOf<Numbers>, part) = sum;
  };
  const uint64_t ofFirst = 2 * piece;
  const uint64_t ofLast = ofFirst + 1;
  uint32_t row = rows[first];
  bool cutBefore = first > 0 && rows[first - 1] == row;
  if (!cutBefore) leave(ofFirst, bound, zeros<Numbers>());
  Numbers sum = zeros<Numbers>();
  for (uint64_t i = first; i < end; i += kSumsAtOnce) {
    uint32_t rowAt[kSumsAtOnce];
    Numbers values[kSumsAtOnce];
#pragma unroll
    for (unsigned k = 0; k < kSumsAtOnce; ++k) {
      rowAt[k] = i + k < end ? rows[i + k] : bound;
      values[k] = rowAt[k] < bound ? source.template at<Numbers>(i + k, part) : zeros<Numbers>();
    }
#pragma unroll
    for (unsigned k = 0; k < kSumsAtOnce; ++k) {
      if (i + k < end && rowAt[k] != row) {
        if (cutBefore) {
          leave(ofFirst, row, sum);
        } else if (row < bound) {
          sink.template take<Numbers>(row, part, sum);
        }
        cutBefore = false;
        row = rowAt[k];
        sum = zeros<Numbers>();
      }
      sum = plus(sum, values[k]);
    }
  }
  const bool cutAfter = end < count && rows[end] == row;
  if (cutBefore) leave(ofFirst, row, sum);
  if (cutAfter) {
    // A run that is longer than the piece leaves its sum once.
    leave(ofLast, row, cutBefore ? zeros<Numbers>() : sum);
  } else {
    leave(ofLast, bound, zeros<Numbers>());
    if (!cutBefore && row < bound) sink.template take<Numbers>(row, part, sum);
  }
}

/// What stands at the positions of a sorted list.
template <typename Source>
struct AtPositions {
  template <typename Numbers>
  __device__ Numbers at(uint64_t i, uint32_t part) const {
    return source.template at<Numbers>(positions[i], part);
  }
  const uint32_t* positions;
  Source source;
};

/// Rows one after another.
struct DenseRows {
  template <typename Numbers>
  __device__ Numbers at(uint64_t i, uint32_t part) const {
    return partOf<Numbers>(values + i * stride, part);
  }
  const float* values;
  uint64_t stride;
};

/// Adds each sum to its row of a table, as a sink of RowSums.
struct RowAdditions {
  template <typename Numbers>
  __device__ void take(uint32_t row, uint32_t part, Numbers sum) const {
    auto& numbers = partOf<Numbers>(table + row * stride, part);
    numbers = plus(numbers, sum);
  }
  float* table;
  uint64_t stride;
};

/// Adds rows up, one list after another on one stream.
class RowSums {
 public:
  /// Room for lists of that many positions. Waits for the stream where there was less.
  void reserve(uint64_t count, uint64_t columns, cudaStream_t stream);

  /// `Numbers` must fit the columns and what the source and the sink go through.
  template <typename Numbers, typename Source, typename Sink>
  void add(const SortedPositions& list, uint64_t columns, const Source& source, const Sink& sink, cudaStream_t stream) {
    reserve(list.count, columns, stream);
    const auto parts = static_cast<uint32_t>(columns / kNumbersOf<Numbers>);
    uint64_t pieces = piecesOf(list.count);
    CutRuns cut = pieces > 1 ? cutRuns(0) : CutRuns{};
    launch(sumPieces<Numbers, AtPositions<Source>, Sink>, blocksForParts(pieces * parts), kThreadsForParts, 0, stream,
           list.rows, list.count, list.bound, lengthOf(pieces), parts, AtPositions<Source>{list.positions, source},
           sink, cut);
    for (unsigned level = 1; pieces > 1; ++level) {
      const uint64_t count = 2 * pieces;
      const CutRuns from = cut;
      pieces = piecesOf(count);
      cut = pieces > 1 ? cutRuns(level) : CutRuns{};
      launch(sumPieces<Numbers, DenseRows, Sink>, blocksForParts(pieces * parts), kThreadsForParts, 0, stream,
             from.rows, count, list.bound, lengthOf(pieces), parts, DenseRows{from.sums, columns}, sink, cut);
    }
  }

 private:
  static uint64_t piecesOf(uint64_t count) {
    if (count == 0) return 0;
    return count <= kLastPiece ? 1 : (count + kPiece - 1) / kPiece;
  }
  static uint64_t lengthOf(uint64_t pieces) { return pieces > 1 ? kPiece : kLastPiece; }
  CutRuns cutRuns(unsigned level) const { return {rows_[level % 2].data(), sums_[level % 2].data()}; }

  DeviceArray<uint32_t> rows_[2];
  DeviceArray<float> sums_[2];
};

}  // namespace wordmill::cuda
