#pragma once

// All that varies by instruction set, as one table of functions over plain C types. A table is picked once in a
// process (select.h). Rows that are trained are padded to a multiple of 16 floats whose tail is zero and stays so;
// every other function takes any length, stride and alignment.
//
// Rows that several threads train are read and written here and nowhere else, without locks or atomics, as in the
// reference tools ("Hogwild", Recht et al. 2011): a thread may see a row half updated, and an update may be lost.

#include <stddef.h>
#include <stdint.h>

namespace wordmill {

/// One step of gradient descent on a bundle of inputs x outputs. For each pair (i, k), with the logit
/// f = inputs[i] . outputs[k], the gradient is g = (target - sigmoid(f)) * rate * weight; then
/// gradients[i] += sum_k g outputs[k] and outputs[k] += sum_i g inputs[i], both with the values from before the step.
struct TileStep {
  uint32_t inputCount;   // at least 1
  uint32_t outputCount;  // at least 1
  uint32_t columns;      // padded: a multiple of 16
  float rate;
  const float* const* inputs;  // inputCount rows
  float* const* gradients;     // inputCount rows; may be the inputs themselves
  float* const* outputs;       // outputCount different rows
  const float* signs;          // inputCount x outputCount: +1 where the target is 1, -1 where it is 0
  const float* weights;        // inputCount x outputCount
  float* logits;               // scratch, inputCount x outputCount + 16
  /// Rows of a later step, asked for meanwhile: in one burst they would fill the processor's few slots for outstanding
  /// lines and stop it.
  const float* const* upcoming;
  uint32_t upcomingCount;
};

/// A nonzero entry of a co-occurrence matrix, within a tile of it.
struct GloveEntry {
  uint16_t held;   // row on the one side
  uint16_t other;  // row on the other
  float logCount;
};

/// The parameters of words, or of contexts: rows, their sums of squared gradients (padded with ones), and biases
/// likewise.
struct GloveSide {
  float* rows;
  float* squares;
  float* biases;
  float* biasSquares;
};

/// AdaGrad (Duchi et al. 2011) on entries one after another. With the error e = held . other + biases - logCount, a
/// row's gradient is weight * e times the other row, cut to +- clip in each component and times the rate, then divided
/// by the root of the sum of squares so far, to which its square is added. Biases take weight * e uncut and without the
/// rate, as in GloVe's program.
struct GloveStep {
  const GloveEntry* entries;  // a row of the held side is kept near while its entries follow each other
  const float* weights;
  uint32_t count;
  uint32_t columns;  // padded: a multiple of 16; also the stride of rows and squares
  float rate;
  float clip;
  GloveSide held;
  GloveSide other;
};

/// What an optimiser keeps beside the values: nothing, a momentum, a sum of squares, or the running means of the
/// gradient and of its square.
enum OptimizerKernel : int32_t { kPlainDescent = 0, kMomentumDescent = 1, kAdaGradDescent = 2, kAdamDescent = 3 };

/// One step of an optimiser on numbers that have a gradient g. Before anything else a value x becomes shrink * x, and g
/// becomes g + decay * x.
/// - plain: x -= rate * g
/// - momentum: m = momentum * m + g; x -= rate * m
/// - AdaGrad: s += g^2; x -= rate * g / (sqrt(s) + epsilon)
/// - Adam: m += newShare * (g - m); s = squareMomentum * s + newSquareShare * g^2; x -= rate * m / (sqrt(s) + epsilon)
/// with the first state in place of m, or of AdaGrad's s, and the second in place of Adam's s.
struct OptimizerStep {
  OptimizerKernel kernel;
  float rate;
  float shrink;
  float decay;
  float momentum;
  float newShare;
  float squareMomentum;
  float newSquareShare;
  float epsilon;
};

/// out = start + scale * the sum of weights[i] * row ids[i], i by i; rows of f32 at any place.
struct PickedSum {
  const float* rows;
  uint64_t stride;  // floats from one row to the next
  const uint32_t* ids;
  const float* weights;  // NULL: 1 each
  uint64_t count;        // at least 1
  uint64_t known;        // ids that may be read, at least count: rows of later sums, asked for meanwhile
  uint64_t columns;
  float scale;
  const float* start;  // NULL: zeros; may be `out`
  float* scratch;      // columns
  float* out;
  int streams;  // 1: past the caches, as nobody reads it soon; only without a start
};

/// Numbers of one stored row, as wm_dtype: i8 rows end in a float, their scale; q8_0 and q4_0 rows are blocks of 32
/// numbers behind a binary16 scale each, and can only be read.
enum RowType : int32_t { kRowF32 = 0, kRowF16 = 1, kRowBF16 = 2, kRowI8 = 3, kRowQ8_0 = 4, kRowQ4_0 = 5 };

struct Kernels {
  const char* name;

  /// Returns the loss: the sum of weight * -log(probability of the target).
  float (*tileStep)(const TileStep* step);
  /// Its two halves, for an objective whose gradients are found in between: the logits alone, and the update by
  /// gradients that stand in place of the logits. Signs, weights and rate are not read.
  void (*tileLogits)(const TileStep* step);
  void (*tileUpdate)(const TileStep* step);
  /// Returns the cost: half the sum of weight * e^2.
  double (*gloveStep)(const GloveStep* step);
  /// n values by their gradient; states that the step does not keep are not touched.
  void (*optimize)(const OptimizerStep* step, float* values, const float* gradient, float* first, float* second,
                   uint64_t n);
  /// out = scale * sum of rows; padded columns.
  void (*sumRows)(const float* const* rows, uint32_t count, uint32_t columns, float scale, float* out);
  /// rows[i] += factors[i] * delta; padded columns.
  void (*addToRows)(float* const* rows, const float* factors, uint32_t count, uint32_t columns, const float* delta);

  /// out[i] = row ids[i] of f32, dense. `streams`: past the caches, for more than they hold.
  void (*copyRows)(const float* rows, uint64_t stride, const uint32_t* ids, uint64_t count, uint64_t columns,
                   float* out, int streams);
  /// Returns 1 when all numbers of the rows are finite, else 0. After sums that stream, before others read them, comes
  /// `streamed`.
  int (*sumPicked)(const PickedSum* sum);
  void (*streamed)();

  /// In place, n values: x = exp(x - max) and returns their sum.
  float (*expSum)(float* values, uint64_t n, float max);
  float (*maxOf)(const float* values, uint64_t n);

  /// Rows of any type as f32, dense.
  void (*widen)(const void* row, RowType type, uint64_t columns, float* out);
  /// To all types but q8_0 and q4_0.
  void (*narrow)(const float* row, uint64_t columns, RowType type, void* out);
  /// out[i] = rows[i] . query for consecutive rows.
  void (*dotRows)(const void* rows, uint64_t stride, RowType type, uint64_t count, uint64_t columns, const float* query,
                  float* out);
  /// out[i] = rows[i] . rows[i]
  void (*squaredLengths)(const void* rows, uint64_t stride, RowType type, uint64_t count, uint64_t columns, float* out);

  /// The packed matrix product (Goto & van de Geijn 2008): A in panels of gemmRows rows, B in panels of gemmColumns.
  uint32_t gemmRows;
  uint32_t gemmColumns;
  /// Interleaves `count` rows (panel <= count is padded with zeros) into one panel: out[k * panel + r] = rows[r][k].
  void (*packPanel)(const float* const* rows, uint32_t count, uint64_t depth, uint32_t panel, float* out);
  /// The same of `columns` columns of a matrix: out[k * panel + c] = matrix[k * stride + c].
  void (*packColumns)(const float* matrix, uint64_t stride, uint32_t columns, uint64_t depth, uint32_t panel,
                      float* out);
  /// c[r * stride + s] (+)= sum_k a[k * gemmRows + r] * b[k * gemmColumns + s], a full tile.
  void (*gemmTile)(const float* a, const float* b, uint64_t depth, float* c, uint64_t stride, int accumulate);
};

extern const Kernels kKernelsScalar;
#if defined(__x86_64__) || defined(_M_X64)
extern const Kernels kKernelsAvx2;
extern const Kernels kKernelsAvx512;
#elif defined(__aarch64__)
extern const Kernels kKernelsNeon;
#endif

}  // namespace wordmill
