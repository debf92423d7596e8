#include "text/chunk.h"

#include <cstring>
#include <utility>

#include "text/utf8.h"

namespace wordmill {
namespace {

/// The length up to and including the last separator, 0 if there is none.
uint64_t wholeTokens(const Chunk& chunk) {
  uint64_t length = chunk.length;
  while (length > 0 && !separators.has[chunk.bytes[length - 1]]) --length;
  return length;
}

}  // namespace

void Chunk::reserve(uint64_t newCapacity) {
  if (newCapacity <= capacity) return;
  std::unique_ptr<uint8_t[]> larger(new uint8_t[newCapacity + padding]);
  if (length > 0) std::memcpy(larger.get(), bytes.get(), length);
  bytes = std::move(larger);
  capacity = newCapacity;
}

void Chunk::clear() {
  length = offset = 0;
  inputName.reset();
  beginsInput = insideToken = endsInput = ready = false;
  lengths.clear();
}

void Chunk::seal() { std::memset(bytes.get() + length, 0, padding); }

bool mustGrow(const Chunk& chunk, uint64_t maxTokenBytes) {
  // A character more than the longest token: then the cut inside the token is behind the place where it ends.
  return !chunk.insideToken && chunk.length < maxTokenBytes + 8 && wholeTokens(chunk) == 0;
}

void cutChunk(Chunk& chunk, Chunk& next) {
  uint64_t cut = wholeTokens(chunk);
  next.insideToken = cut == 0;
  if (cut == 0) cut = cutUtf8(chunk.bytes.get(), chunk.length - 1);
  next.offset = chunk.offset + cut;
  next.inputName = chunk.inputName;
  next.reserve(chunk.length - cut);
  next.length = chunk.length - cut;
  std::memcpy(next.bytes.get(), chunk.bytes.get() + cut, next.length);
  chunk.length = cut;
}

}  // namespace wordmill
