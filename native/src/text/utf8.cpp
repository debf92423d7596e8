#include "text/utf8.h"

#include <cstddef>
#include <cstring>

namespace wordmill {
namespace {

struct Sequence {
  bool valid;
  uint32_t length;  // of a broken one: what is to be replaced
};

bool isContinuation(uint8_t byte) { return (byte & 0xC0U) == 0x80; }

/// The sequence at `p`, which is not at the end. Table 3-7 of the Unicode standard.
Sequence scan(const uint8_t* p, const uint8_t* end) {
  const uint8_t lead = *p;
  if (lead < 0x80) return {true, 1};
  if (lead < 0xC2 || lead > 0xF4) return {false, 1};
  const uint32_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte excludes overlong forms, surrogates, and what lies beyond U+10FFFF.
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (end - p < 2 || p[1] < low || p[1] > high) return {false, 1};
  for (uint32_t i = 2; i < length; ++i) {
    if (end - p <= static_cast<ptrdiff_t>(i) || !isContinuation(p[i])) return {false, i};
  }
  return {true, length};
}

/// The first byte from `p` on that is not ASCII.
const uint8_t* skipAscii(const uint8_t* p, const uint8_t* end) {
  constexpr uint64_t high = 0x8080808080808080;
  while (end - p >= 32) {
    uint64_t words[4];
    std::memcpy(words, p, sizeof(words));
    if (((words[0] | words[1] | words[2] | words[3]) & high) != 0) break;
    p += 32;
  }
  while (p < end && *p < 0x80) ++p;
  return p;
}

}  // namespace

const uint8_t* findBrokenUtf8(const uint8_t* p, const uint8_t* end) {
  while (true) {
    p = skipAscii(p, end);
    while (p < end && *p >= 0x80) {
      const Sequence sequence = scan(p, end);
      if (!sequence.valid) return p;
      p += sequence.length;
    }
    if (p == end) return end;
  }
}

uint64_t repairUtf8(const uint8_t* p, const uint8_t* end, std::vector<uint8_t>& out) {
  static constexpr uint8_t replacement[] = {0xEF, 0xBF, 0xBD};
  out.clear();
  uint64_t broken = 0;
  while (true) {
    const uint8_t* bad = findBrokenUtf8(p, end);
    out.insert(out.end(), p, bad);
    if (bad == end) return broken;
    out.insert(out.end(), replacement, replacement + sizeof(replacement));
    ++broken;
    p = bad + scan(bad, end).length;
  }
}

uint64_t cutUtf8(const uint8_t* bytes, uint64_t most) {
  if (!isContinuation(bytes[most])) return most;
  // A continuation byte belongs to a lead byte at most three before it, or to none.
  for (uint64_t back = 1; back <= 3 && back <= most; ++back) {
    const uint8_t byte = bytes[most - back];
    if (byte >= 0xC0) return most - back;
    if (byte < 0x80) return most;
  }
  return most;
}

}  // namespace wordmill
