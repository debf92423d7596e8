#pragma once

#include <cmath>
#include <cstdint>

namespace wordmill {

/// The finaliser of SplitMix64 (Steele, Lea & Flood 2014, with Stafford's constants "Mix13").
inline uint64_t mixBits(uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

constexpr uint64_t kGoldenGamma = 0x9E3779B97F4A7C15U;

/// A random number that is a pure function of a seed and two coordinates.
inline uint64_t randomAt(uint64_t seed, uint64_t a, uint64_t b) {
  return mixBits(mixBits(mixBits(seed + kGoldenGamma) + (a + 1) * kGoldenGamma) + (b + 1) * kGoldenGamma);
}

/// 24 random bits as a float in [0, 1).
inline float unitInterval(uint64_t random) { return static_cast<float>(random >> 40U) * 0x1p-24F; }

/// Two independent numbers of the standard normal distribution out of 64 random bits (Box & Muller 1958).
inline void normalPair(uint64_t random, float* out) {
  const double share = static_cast<double>((random >> 32U) + 1) * 0x1p-32;  // in (0, 1]
  const double turn = static_cast<double>(random & 0xFFFFFFFFU) * (0x1p-32 * 6.283185307179586);
  const double length = std::sqrt(-2.0 * std::log(share));
  out[0] = static_cast<float>(length * std::cos(turn));
  out[1] = static_cast<float>(length * std::sin(turn));
}

/// SplitMix64, started anywhere: streams of different coordinates are independent, so a piece of work draws the same
/// numbers whoever does it and whenever.
class RandomStream {
 public:
  RandomStream(uint64_t seed, uint64_t a, uint64_t b) : state_(randomAt(seed, a, b)) {}

  uint64_t next() { return mixBits(state_ += kGoldenGamma); }

  /// Uniform in 0 .. bound - 1, by multiplication (Lemire 2019, without the rejection: bounds are far below 2^32).
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(((next() >> 32U) * bound) >> 32U); }

 private:
  uint64_t state_;
};

}  // namespace wordmill
