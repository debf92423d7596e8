#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace wordmill {

/// MurmurHash3 in its 128-bit form for 64-bit processors (Appleby 2011) as four numbers, lowest first, which is how
/// floret takes up to four buckets from one hash.
inline std::array<uint32_t, 4> murmurHash(std::string_view text, uint32_t seed) {
  constexpr uint64_t multiplier1 = 0x87C37B91114253D5U;
  constexpr uint64_t multiplier2 = 0x4CF5AD432745937FU;
  const auto rotate = [](uint64_t value, unsigned by) { return value << by | value >> (64 - by); };
  const auto scramble1 = [&](uint64_t block) { return rotate(block * multiplier1, 31) * multiplier2; };
  const auto scramble2 = [&](uint64_t block) { return rotate(block * multiplier2, 33) * multiplier1; };
  const auto finish = [](uint64_t value) {
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCDU;
    value = (value ^ value >> 33) * 0xC4CEB9FE1A85EC53U;
    return value ^ value >> 33;
  };
  uint64_t low = seed;
  uint64_t high = seed;
  uint64_t block[2];
  size_t at = 0;
  for (; at + sizeof block <= text.size(); at += sizeof block) {
    std::memcpy(block, text.data() + at, sizeof block);
    low = (rotate(low ^ scramble1(block[0]), 27) + high) * 5 + 0x52DCE729;
    high = (rotate(high ^ scramble2(block[1]), 31) + low) * 5 + 0x38495AB5;
  }
  block[0] = block[1] = 0;
  std::memcpy(block, text.data() + at, text.size() - at);
  low ^= scramble1(block[0]) ^ text.size();
  high ^= scramble2(block[1]) ^ text.size();
  low += high;
  high += low;
  low = finish(low);
  high = finish(high);
  low += high;
  high += low;
  return {static_cast<uint32_t>(low), static_cast<uint32_t>(low >> 32), static_cast<uint32_t>(high),
          static_cast<uint32_t>(high >> 32)};
}

}  // namespace wordmill
