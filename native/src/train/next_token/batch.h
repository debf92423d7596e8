#pragma once

#include <cstdint>
#include <vector>

#include "text/token_sequence.h"

namespace wordmill {

/// Tokens to be predicted and what stands before them.
struct Batch {
  explicit Batch(uint32_t size) : contextSize(size) {}

  void clear() {
    targets.clear();
    contexts.clear();
    present.clear();
  }
  void add(const TokenSequence& sequence, uint64_t position) {
    targets.push_back(sequence.at(position));
    contexts.resize(contexts.size() + contextSize);
    present.push_back(sequence.context(position, contextSize, contexts.data() + contexts.size() - contextSize));
  }
  size_t size() const { return targets.size(); }

  const uint32_t contextSize;
  std::vector<uint32_t> targets;
  std::vector<uint32_t> contexts;  // contextSize a target, the nearest first, then TokenSequence::kNone
  std::vector<uint32_t> present;   // tokens in each context
};

}  // namespace wordmill
