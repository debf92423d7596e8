#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "text/chunk.h"
#include "text/dictionary.h"
#include "wordmill.h"

namespace wordmill {

/// What became of a chunk.
struct TokenizedChunk {
  std::unique_ptr<uint32_t[]> ids;  // of the tokenizer's own dictionary
  uint64_t capacity = 0;
  uint64_t length = 0;
  uint64_t lines = 0;
  uint64_t cut = 0;
  uint64_t replaced = 0;

  /// Room for so many ids, uninitialised; what was there is gone.
  void reserve(uint64_t wanted);
};

/// Cuts text into tokens and numbers them by a dictionary of its own. One for each thread.
class Tokenizer {
 public:
  Tokenizer(wm_utf8_policy policy, uint64_t maxTokenBytes) : policy_(policy), maxTokenBytes_(maxTokenBytes) {}

  /// Throws WM_ERR_FORMAT, with the offset in the input, for broken UTF-8 where that is an error.
  void tokenize(const Chunk& chunk, TokenizedChunk& out);
  Dictionary& dictionary() { return dictionary_; }

 private:
  /// The text, repaired if that is wanted and necessary. Zeros follow it.
  const uint8_t* checked(const Chunk& chunk, const uint8_t* bytes, uint64_t& length, TokenizedChunk& out);
  void tokenizeText(const uint8_t* begin, const uint8_t* end, TokenizedChunk& out);
  void tokenizeReady(const Chunk& chunk, TokenizedChunk& out);
  uint32_t cutToken(const uint8_t* bytes, uint64_t length, TokenizedChunk& out) const;

  wm_utf8_policy policy_;
  uint64_t maxTokenBytes_;
  Dictionary dictionary_;
  std::vector<uint8_t> repaired_;
};

}  // namespace wordmill
