#pragma once

#include <cstdint>
#include <vector>

namespace wordmill {

/// The first byte of the first broken sequence, or `end`.
const uint8_t* findBrokenUtf8(const uint8_t* begin, const uint8_t* end);

/// Replaces `out` by the text with U+FFFD for each broken sequence (the longest start of a valid one, else one byte,
/// as browsers and Python do it). Returns how many there were.
uint64_t repairUtf8(const uint8_t* begin, const uint8_t* end, std::vector<uint8_t>& out);

/// The greatest length of at most `most` at which the text can be cut without cutting a character; its byte after
/// that one must exist. In broken text, a place that neither breaks nor mends a character.
uint64_t cutUtf8(const uint8_t* bytes, uint64_t most);

}  // namespace wordmill
