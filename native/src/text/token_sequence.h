#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "wordmill.h"

namespace wordmill {

class View;

/// Sentences of a view as one array of rows, so that what stands before any token is found at once. Takes 4 bytes and a
/// bit a token.
class TokenSequence {
 public:
  /// In place of a row: there is no token.
  static constexpr uint32_t kNone = UINT32_MAX;

  /// The sentences that are held out, or those that are left, when a share of them is held out at random; with a share
  /// of 0 all are left. WM_ERR_CORPUS when the one or the other would be empty.
  static std::shared_ptr<const TokenSequence> create(const View& view, double heldOut, uint64_t seed, bool takeHeldOut,
                                                     const wm_signal* signal);

  uint64_t size() const { return rows_.size(); }
  uint64_t sentences() const { return sentences_; }
  /// How often each row of the vocabulary occurs here.
  const std::vector<uint64_t>& counts() const { return counts_; }
  uint32_t at(uint64_t position) const { return rows_[position]; }
  bool startsSentence(uint64_t position) const { return (starts_[position / 64] >> (position % 64) & 1U) != 0; }

  /// The tokens before a position within its sentence, the nearest first; out[count ..] become kNone. Returns how many.
  uint32_t context(uint64_t position, uint32_t size, uint32_t* out) const {
    uint32_t found = 0;
    for (; found < size && !startsSentence(position); ++found) out[found] = rows_[--position];
    for (uint32_t i = found; i < size; ++i) out[i] = kNone;
    return found;
  }

 private:
  TokenSequence() = default;
  void append(const std::vector<uint32_t>& sentence);

  std::vector<uint32_t> rows_;
  std::vector<uint64_t> starts_;  // a bit a token
  std::vector<uint64_t> counts_;
  uint64_t sentences_ = 0;
};

}  // namespace wordmill
