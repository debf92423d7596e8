#pragma once

#include <cstdint>
#include <cstring>

namespace wordmill {

/// The first `length` bytes (at most 8) as a little-endian number, the rest of it zero.
inline uint64_t loadWord(const uint8_t* bytes, uint64_t length) {
  uint64_t word = 0;
  if (length >= 8) {
    std::memcpy(&word, bytes, 8);
  } else if (length >= 4) {
    uint32_t low = 0;
    uint32_t high = 0;
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + length - 4, 4);
    word = low | (uint64_t{high} << (8 * (length - 4)));
  } else if (length > 0) {
    word = bytes[0] | uint64_t{bytes[length / 2]} << (8 * (length / 2)) |
           uint64_t{bytes[length - 1]} << (8 * (length - 1));
  }
  return word;
}

/// The two halves of the 128-bit product, folded into one by exclusive or.
inline uint64_t foldedProduct(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

/// Odd numbers with about half of their bits set; digits of the fractional parts of pi, e and the golden ratio.
constexpr uint64_t hashSeed = 0x243F6A8885A308D3;
constexpr uint64_t hashStep = 0xB7E151628AED2A6B;
constexpr uint64_t hashEnd = 0x9E3779B97F4A7C15;

/// The hash of the key index. It is part of the file format and must never change.
///
///   h = hashSeed + length
///   for each 8 bytes, the last ones padded with zeros (none for an empty key), little-endian: h = fold(h ^ word,
///   hashStep) h = fold(h, hashEnd)
///
/// where fold(a, b) is the low half of the 128-bit product exclusive or its high half.
inline uint64_t hashBytes(const uint8_t* bytes, uint64_t length) {
  uint64_t hash = hashSeed + length;
  uint64_t left = length;
  for (; left >= 8; left -= 8, bytes += 8) hash = foldedProduct(hash ^ loadWord(bytes, 8), hashStep);
  if (left > 0) hash = foldedProduct(hash ^ loadWord(bytes, left), hashStep);
  return foldedProduct(hash, hashEnd);
}

}  // namespace wordmill
