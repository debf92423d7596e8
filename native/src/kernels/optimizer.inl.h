#pragma once

// The rules of gradient descent, number by number. Include a lanes header first.

namespace wordmill {
namespace {

/// An OptimizerStep in registers.
struct OptimizerLanes {
  Vec rate;
  Vec shrink;
  Vec decay;
  Vec momentum;
  Vec newShare;
  Vec squareMomentum;
  Vec newSquareShare;
  Vec epsilon;
};

template <OptimizerKernel Kernel>
constexpr bool keepsFirst = Kernel != kPlainDescent;
template <OptimizerKernel Kernel>
constexpr bool keepsSecond = Kernel == kAdamDescent;

/// The new value; the states become new in place.
template <OptimizerKernel Kernel>
inline Vec optimized(const OptimizerLanes& step, Vec value, Vec gradient, Vec& first, Vec& second) {
  value = mul(step.shrink, value);
  gradient = fma(step.decay, value, gradient);
  if constexpr (Kernel == kPlainDescent) {
    return sub(value, mul(step.rate, gradient));
  } else if constexpr (Kernel == kMomentumDescent) {
    first = fma(step.momentum, first, gradient);
    return sub(value, mul(step.rate, first));
  } else if constexpr (Kernel == kAdaGradDescent) {
    first = fma(gradient, gradient, first);
    return sub(value, div(mul(step.rate, gradient), add(squareRoot(first), step.epsilon)));
  } else {
    first = fma(step.newShare, sub(gradient, first), first);
    second = fma(step.squareMomentum, second, mul(mul(step.newSquareShare, gradient), gradient));
    return sub(value, div(mul(step.rate, first), add(squareRoot(second), step.epsilon)));
  }
}

template <OptimizerKernel Kernel>
inline void optimizeBy(const OptimizerLanes& step, float* values, const float* gradient, float* first, float* second,
                       uint64_t n) {
  Vec m = zero();
  Vec s = zero();
  uint64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    if constexpr (keepsFirst<Kernel>) m = load(first + i);
    if constexpr (keepsSecond<Kernel>) s = load(second + i);
    store(values + i, optimized<Kernel>(step, load(values + i), load(gradient + i), m, s));
    if constexpr (keepsFirst<Kernel>) store(first + i, m);
    if constexpr (keepsSecond<Kernel>) store(second + i, s);
  }
  const auto rest = static_cast<uint32_t>(n - i);
  if (rest == 0) return;
  if constexpr (keepsFirst<Kernel>) m = loadPart(first + i, rest);
  if constexpr (keepsSecond<Kernel>) s = loadPart(second + i, rest);
  storePart(values + i, optimized<Kernel>(step, loadPart(values + i, rest), loadPart(gradient + i, rest), m, s), rest);
  if constexpr (keepsFirst<Kernel>) storePart(first + i, m, rest);
  if constexpr (keepsSecond<Kernel>) storePart(second + i, s, rest);
}

inline void optimize(const OptimizerStep* step, float* values, const float* gradient, float* first, float* second,
                     uint64_t n) {
  const OptimizerLanes lanes = {splat(step->rate),           splat(step->shrink),   splat(step->decay),
                                splat(step->momentum),       splat(step->newShare), splat(step->squareMomentum),
                                splat(step->newSquareShare), splat(step->epsilon)};
  switch (step->kernel) {
    case kPlainDescent:
      return optimizeBy<kPlainDescent>(lanes, values, gradient, first, second, n);
    case kMomentumDescent:
      return optimizeBy<kMomentumDescent>(lanes, values, gradient, first, second, n);
    case kAdaGradDescent:
      return optimizeBy<kAdaGradDescent>(lanes, values, gradient, first, second, n);
    case kAdamDescent:
      return optimizeBy<kAdamDescent>(lanes, values, gradient, first, second, n);
  }
}

}  // namespace
}  // namespace wordmill
