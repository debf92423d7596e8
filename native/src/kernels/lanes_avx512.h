#pragma once

#include <immintrin.h>
#include <stdint.h>

namespace wordmill {
namespace {

using Vec = __m512;
constexpr uint32_t kWidth = 16;
/// Rows whose old and new values fit the registers together with one output row.
constexpr uint32_t kTileRows = 12;
constexpr uint32_t kGemmRows = 14;
constexpr uint32_t kGemmVectors = 2;

inline Vec zero() { return _mm512_setzero_ps(); }
inline Vec splat(float value) { return _mm512_set1_ps(value); }
inline Vec load(const float* from) { return _mm512_loadu_ps(from); }
inline void store(float* to, Vec value) { _mm512_storeu_ps(to, value); }
/// To a multiple of the width, past the caches.
inline void stream(float* to, Vec value) { _mm512_stream_ps(to, value); }
/// Makes what was streamed visible in order with other stores.
inline void streamed() { _mm_sfence(); }
inline __mmask16 firstLanes(uint32_t count) { return static_cast<__mmask16>((1U << count) - 1U); }
/// The first `count` < kWidth values, zeros behind them.
inline Vec loadPart(const float* from, uint32_t count) { return _mm512_maskz_loadu_ps(firstLanes(count), from); }
inline void storePart(float* to, Vec value, uint32_t count) { _mm512_mask_storeu_ps(to, firstLanes(count), value); }

inline Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
inline Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
inline Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
inline Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
/// b where either is NaN, so that a NaN in the second operand stays visible.
inline Vec greater(Vec a, Vec b) { return _mm512_max_ps(a, b); }
inline Vec smaller(Vec a, Vec b) { return _mm512_min_ps(a, b); }
inline Vec squareRoot(Vec a) { return _mm512_sqrt_ps(a); }
/// 1 / sqrt(a), relative error below 1e-4.
inline Vec inverseRoot(Vec a) { return _mm512_rsqrt14_ps(a); }
/// a * b + c
inline Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
inline Vec chooseByMinus(Vec sign, Vec whenMinus, Vec otherwise) {
  return _mm512_mask_mov_ps(otherwise, _mm512_movepi32_mask(_mm512_castps_si512(sign)), whenMinus);
}
inline Vec roundNearest(Vec a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/// a * 2^n for whole n.
inline Vec scaleByPower(Vec a, Vec n) { return _mm512_scalef_ps(a, n); }

inline float sum(Vec a) { return _mm512_reduce_add_ps(a); }
/// The sums of four vectors, to out[0..3].
inline void sum4(Vec a, Vec b, Vec c, Vec d, float* out) {
  const Vec ab = add(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const Vec cd = add(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  const __m512d low = _mm512_unpacklo_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd));
  const __m512d high = _mm512_unpackhi_pd(_mm512_castps_pd(ab), _mm512_castps_pd(cd));
  const Vec quarters = add(_mm512_castpd_ps(low), _mm512_castpd_ps(high));
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(quarters), _mm512_extractf32x8_ps(quarters, 1));
  _mm_storeu_ps(out, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
}
inline float largest(Vec a) { return _mm512_reduce_max_ps(a); }

inline Vec widenF16(const uint16_t* from) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}
inline Vec widenBF16(const uint16_t* from) {
  const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}
inline Vec widenI8(const int8_t* from) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
/// The low, or the high four bits of kWidth bytes, less 8.
inline Vec widenLowBits(const uint8_t* from) {
  const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  return _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_and_si512(bytes, _mm512_set1_epi32(15)), _mm512_set1_epi32(8)));
}
inline Vec widenHighBits(const uint8_t* from) {
  const __m512i bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  return _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(bytes, 4), _mm512_set1_epi32(8)));
}
inline float widenHalf(uint16_t half) { return _cvtsh_ss(half); }
inline void prefetchForWrite(const void* address) { _mm_prefetch(static_cast<const char*>(address), _MM_HINT_ET0); }

}  // namespace
}  // namespace wordmill
