#pragma once

// IEEE binary16 and bfloat16 to and from f32, one at a time; rounding to nearest, ties to even.

#include <stdint.h>

namespace wordmill {
namespace {

inline float floatOfBits(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

inline uint32_t bitsOfFloat(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float floatOfBrain(uint16_t brain) { return floatOfBits(static_cast<uint32_t>(brain) << 16U); }

inline uint16_t brainOfFloat(float value) {
  const uint32_t bits = bitsOfFloat(value);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return static_cast<uint16_t>((bits >> 16U) | 0x40U);  // NaN stays NaN
  return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U);
}

inline float floatOfHalf(uint16_t half) {
  const uint32_t sign = (half & 0x8000U) << 16U;
  const uint32_t magnitude = half & 0x7FFFU;
  if (magnitude >= 0x7C00U) return floatOfBits(sign | 0x7F800000U | ((magnitude & 0x3FFU) << 13U));
  // Shifted into place, the exponent is 112 too small; multiplying by 2^112 mends it, subnormals included.
  const float scaled = floatOfBits(magnitude << 13U) * floatOfBits(0x77800000U);
  return floatOfBits(sign | bitsOfFloat(scaled));
}

inline uint16_t halfOfFloat(float value) {
  const uint32_t bits = bitsOfFloat(value);
  const uint16_t sign = static_cast<uint16_t>((bits >> 16U) & 0x8000U);
  const uint32_t magnitude = bits & 0x7FFFFFFFU;
  if (magnitude > 0x7F800000U) return static_cast<uint16_t>(sign | 0x7E00U);
  if (magnitude >= 0x477FF000U) return static_cast<uint16_t>(sign | 0x7C00U);  // 65520 and above round to infinity
  if (magnitude < 0x38800000U) {
    // Below 2^-14: adding 0.5 leaves multiples of 2^-24 in the lowest bits, rounded.
    const uint32_t rounded = bitsOfFloat(floatOfBits(magnitude) + 0.5F);
    return static_cast<uint16_t>(sign | (rounded - 0x3F000000U));
  }
  const uint32_t rebiased = magnitude - 0x38000000U;
  return static_cast<uint16_t>(sign | ((rebiased + 0xFFFU + ((rebiased >> 13U) & 1U)) >> 13U));
}

}  // namespace
}  // namespace wordmill
