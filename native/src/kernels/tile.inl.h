#pragma once

// The step of gradient descent that skip-gram and CBOW, negative sampling and hierarchical softmax share: logits of a
// bundle of rows, their gradients, and the update of both sides. Include a lanes header and elementary.inl.h first.

namespace wordmill {
namespace {

/// Logits of inputs first .. first + I against outputs of one group of K.
template <uint32_t I, uint32_t K>
inline void dotBlock(const TileStep& step, uint32_t firstInput, uint32_t firstOutput) {
  const float* const* inputs = step.inputs + firstInput;
  float* const* outputs = step.outputs + firstOutput;
  Vec total[I][4];
  for (uint32_t i = 0; i < I; ++i) {
    for (Vec& one : total[i]) one = zero();
  }
  for (uint32_t c = 0; c < step.columns; c += kWidth) {
    Vec y[K];
    for (uint32_t k = 0; k < K; ++k) y[k] = load(outputs[k] + c);
    for (uint32_t i = 0; i < I; ++i) {
      const Vec x = load(inputs[i] + c);
      for (uint32_t k = 0; k < K; ++k) total[i][k] = fma(x, y[k], total[i][k]);
    }
  }
  float* out = step.logits + static_cast<uint64_t>(firstInput) * step.outputCount + firstOutput;
  for (uint32_t i = 0; i < I; ++i, out += step.outputCount) {
    if constexpr (K == 4) {
      sum4(total[i][0], total[i][1], total[i][2], total[i][3], out);
    } else {
      float four[4];
      sum4(total[i][0], total[i][1], total[i][2], total[i][3], four);
      for (uint32_t k = 0; k < K; ++k) out[k] = four[k];
    }
  }
}

template <uint32_t I>
inline void dotRowsOfTile(const TileStep& step, uint32_t firstInput) {
  uint32_t k = 0;
  for (; k + 4 <= step.outputCount; k += 4) dotBlock<I, 4>(step, firstInput, k);
  switch (step.outputCount - k) {
    case 3:
      dotBlock<I, 3>(step, firstInput, k);
      break;
    case 2:
      dotBlock<I, 2>(step, firstInput, k);
      break;
    case 1:
      dotBlock<I, 1>(step, firstInput, k);
      break;
    default:
      break;
  }
}

inline void tileLogits(const TileStep& step) {
  uint32_t i = 0;
  for (; i + 3 <= step.inputCount; i += 3) dotRowsOfTile<3>(step, i);
  switch (step.inputCount - i) {
    case 2:
      dotRowsOfTile<2>(step, i);
      break;
    case 1:
      dotRowsOfTile<1>(step, i);
      break;
    default:
      break;
  }
}

/// Logits become gradients, in place. With s = sign * f the loss is -log sigmoid(s) = log1p(exp(-|s|)) + max(0, -s),
/// and the gradient sign * (1 - sigmoid(s)).
inline Vec gradientOfLogits(Vec logits, Vec signs, Vec weights, float rate, Vec* loss) {
  const Vec s = mul(signs, logits);
  const Vec minus = sub(zero(), s);
  const Vec e = expOfNegative(chooseByMinus(s, s, minus));
  const Vec q = div(splat(1.0F), add(splat(1.0F), e));
  *loss = fma(weights, add(logOnePlus(e), greater(zero(), minus)), *loss);
  const Vec missing = chooseByMinus(s, q, mul(e, q));
  return mul(mul(missing, signs), mul(weights, splat(rate)));
}

inline float tileGradients(const TileStep& step) {
  const uint32_t n = step.inputCount * step.outputCount;
  Vec loss = zero();
  uint32_t j = 0;
  for (; j + kWidth <= n; j += kWidth) {
    const Vec logits = load(step.logits + j);
    store(step.logits + j, gradientOfLogits(logits, load(step.signs + j), load(step.weights + j), step.rate, &loss));
  }
  if (j < n) {
    const uint32_t rest = n - j;
    const Vec logits = loadPart(step.logits + j, rest);
    const Vec signs = loadPart(step.signs + j, rest);
    storePart(step.logits + j, gradientOfLogits(logits, signs, loadPart(step.weights + j, rest), step.rate, &loss),
              rest);
  }
  return sum(loss);
}

/// Both sides of the update, column by column: the old and the new values of all I inputs stay in registers while the
/// outputs pass by.
template <uint32_t I>
inline void updateTile(const TileStep& step) {
  constexpr uint32_t line = 64 / sizeof(float);
  for (uint32_t c = 0; c < step.columns; c += kWidth) {
    if (c % line == 0) {
      for (uint32_t r = 0; r < step.upcomingCount; ++r) prefetchForWrite(step.upcoming[r] + c);
    }
    Vec x[I];
    Vec gradient[I];
    for (uint32_t i = 0; i < I; ++i) {
      x[i] = load(step.inputs[i] + c);
      gradient[i] = load(step.gradients[i] + c);
    }
    for (uint32_t k = 0; k < step.outputCount; ++k) {
      float* const output = step.outputs[k] + c;
      const Vec y = load(output);
      Vec next = y;
      const float* g = step.logits + k;
      for (uint32_t i = 0; i < I; ++i, g += step.outputCount) {
        const Vec factor = splat(*g);
        next = fma(factor, x[i], next);
        gradient[i] = fma(factor, y, gradient[i]);
      }
      store(output, next);
    }
    for (uint32_t i = 0; i < I; ++i) store(step.gradients[i] + c, gradient[i]);
  }
}

template <uint32_t I = 1>
inline void updateTileOf(const TileStep& step) {
  if (step.inputCount == I) return updateTile<I>(step);
  if constexpr (I < kTileRows) updateTileOf<I + 1>(step);
}

inline void logitsOfTile(const TileStep* step) { tileLogits(*step); }

/// Inputs beyond what the registers hold are stepped in even parts, one after another.
template <typename Part>
inline void inParts(const TileStep& whole, Part&& part) {
  if (whole.inputCount <= kTileRows) return part(whole);
  TileStep step = whole;
  uint32_t left = whole.inputCount;
  for (uint32_t parts = (left + kTileRows - 1) / kTileRows; parts > 0; --parts) {
    step.inputCount = (left + parts - 1) / parts;
    part(step);
    left -= step.inputCount;
    step.inputs += step.inputCount;
    step.gradients += step.inputCount;
    const uint64_t pairs = static_cast<uint64_t>(step.inputCount) * step.outputCount;
    step.signs += pairs;
    step.weights += pairs;
    step.upcomingCount = 0;
  }
}

inline void updateOfTile(const TileStep* whole) {
  TileStep step = *whole;
  inParts(*whole, [&step](const TileStep& part) {
    step.inputCount = part.inputCount;
    step.inputs = part.inputs;
    step.gradients = part.gradients;
    step.upcomingCount = part.upcomingCount;
    updateTileOf(step);
    step.logits += static_cast<uint64_t>(part.inputCount) * part.outputCount;
  });
}

inline float tileStep(const TileStep* whole) {
  float loss = 0.0F;
  inParts(*whole, [&loss](const TileStep& part) {
    tileLogits(part);
    loss += tileGradients(part);
    updateTileOf(part);
  });
  return loss;
}

}  // namespace
}  // namespace wordmill
