#pragma once

// exp and log1p on lanes; include a lanes header first.

namespace wordmill {
namespace {

/// exp(x) for x <= 0, relative error below 2e-7; below -87 it stays at exp(-87). NaN stays NaN.
inline Vec expOfNegative(Vec x) {
  x = greater(splat(-87.0F), x);
  const Vec n = roundNearest(mul(x, splat(1.44269504F)));
  // ln 2 in two parts, the first with few enough bits for n * part to be exact (Cody & Waite 1980).
  Vec r = fma(n, splat(-0.693359375F), x);
  r = fma(n, splat(2.12194440e-4F), r);
  // Chebyshev interpolation of exp on [-ln 2 / 2, ln 2 / 2].
  Vec p = fma(splat(0.0083691487F), r, splat(0.0419175066F));
  p = fma(p, r, splat(0.1666650474F));
  p = fma(p, r, splat(0.4999887049F));
  p = fma(p, r, splat(1.0F));
  p = fma(p, r, splat(1.0000001192F));
  return scaleByPower(p, n);
}

/// log(1 + e) for e in [0, 1], absolute error below 2e-7.
inline Vec logOnePlus(Vec e) {
  // Chebyshev interpolation of log(1 + e) / e on [0, 1].
  Vec p = fma(splat(-0.0083711529F), e, splat(0.0434939004F));
  p = fma(p, e, splat(-0.1068500280F));
  p = fma(p, e, splat(0.1768747717F));
  p = fma(p, e, splat(-0.2447477430F));
  p = fma(p, e, splat(0.3327192962F));
  p = fma(p, e, splat(-0.4999717474F));
  p = fma(p, e, splat(0.9999997616F));
  return mul(p, e);
}

inline float expSum(float* values, uint64_t n, float max) {
  const Vec shift = splat(max);
  Vec total = zero();
  uint64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) {
    const Vec e = expOfNegative(sub(load(values + i), shift));
    store(values + i, e);
    total = add(total, e);
  }
  float result = sum(total);
  if (i < n) {
    const auto rest = static_cast<uint32_t>(n - i);
    float tail[kWidth] = {};
    storePart(tail, expOfNegative(sub(loadPart(values + i, rest), shift)), rest);
    for (uint32_t j = 0; j < rest; ++j) {
      values[i + j] = tail[j];
      result += tail[j];
    }
  }
  return result;
}

/// NaNs are passed over; -infinity for nothing but them.
inline float maxOf(const float* values, uint64_t n) {
  Vec best = splat(-__builtin_inff());
  uint64_t i = 0;
  for (; i + kWidth <= n; i += kWidth) best = greater(load(values + i), best);
  float result = largest(best);
  for (; i < n; ++i) result = values[i] > result ? values[i] : result;
  return result;
}

}  // namespace
}  // namespace wordmill
