#pragma once

// GloVe's step of AdaGrad, entry by entry. Include a lanes header first.

namespace wordmill {
namespace {

/// Rows of that many entries ahead are asked for, so that they come from the second level of cache while others are
/// worked on.
constexpr uint32_t kGloveAhead = 2;

inline float dotOfPadded(const float* a, const float* b, uint32_t columns) {
  // Two sums, since one would wait for each addition to end before the next.
  Vec even = zero();
  Vec odd = zero();
  uint32_t c = 0;
  for (; c + 2 * kWidth <= columns; c += 2 * kWidth) {
    even = fma(load(a + c), load(b + c), even);
    odd = fma(load(a + c + kWidth), load(b + c + kWidth), odd);
  }
  if (c < columns) even = fma(load(a + c), load(b + c), even);
  return sum(add(even, odd));
}

/// Both rows by their gradients, each with the other's values from before; `slope` is rate * weight * error.
inline void adaptRows(float* x, float* xSquares, float* y, float* ySquares, uint32_t columns, float slope, float clip) {
  const Vec factor = splat(slope);
  const Vec most = splat(clip);
  const Vec least = splat(-clip);
  for (uint32_t c = 0; c < columns; c += kWidth) {
    const Vec xOld = load(x + c);
    const Vec yOld = load(y + c);
    const Vec xStep = greater(smaller(mul(factor, yOld), most), least);
    const Vec yStep = greater(smaller(mul(factor, xOld), most), least);
    const Vec xSum = load(xSquares + c);
    const Vec ySum = load(ySquares + c);
    store(x + c, sub(xOld, mul(xStep, inverseRoot(xSum))));
    store(y + c, sub(yOld, mul(yStep, inverseRoot(ySum))));
    store(xSquares + c, fma(xStep, xStep, xSum));
    store(ySquares + c, fma(yStep, yStep, ySum));
  }
}

inline void adaptBias(float& bias, float& squares, float slope) {
  bias -= slope / __builtin_sqrtf(squares);
  squares += slope * slope;
}

inline double gloveStep(const GloveStep* step) {
  const uint64_t stride = step->columns;
  const GloveSide held = step->held;
  const GloveSide other = step->other;
  double cost = 0.0;
  for (uint32_t i = 0; i < step->count; ++i) {
    if (i + kGloveAhead < step->count) {
      const uint64_t upcoming = step->entries[i + kGloveAhead].other * stride;
      for (uint32_t c = 0; c < step->columns; c += 16) {
        prefetchForWrite(other.rows + upcoming + c);
        prefetchForWrite(other.squares + upcoming + c);
      }
    }
    const GloveEntry entry = step->entries[i];
    const uint64_t x = entry.held * stride;
    const uint64_t y = entry.other * stride;
    const float error = dotOfPadded(held.rows + x, other.rows + y, step->columns) + held.biases[entry.held] +
                        other.biases[entry.other] - entry.logCount;
    const float slope = step->weights[i] * error;
    cost += 0.5 * slope * error;
    adaptRows(held.rows + x, held.squares + x, other.rows + y, other.squares + y, step->columns, step->rate * slope,
              step->rate * step->clip);
    adaptBias(held.biases[entry.held], held.biasSquares[entry.held], slope);
    adaptBias(other.biases[entry.other], other.biasSquares[entry.other], slope);
  }
  return cost;
}

}  // namespace
}  // namespace wordmill
