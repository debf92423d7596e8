#include "text/token_sequence.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "runtime/error.h"
#include "runtime/signal.h"
#include "sampling/permutation.h"
#include "text/view.h"

namespace wordmill {
namespace {

/// Of the random order of sentences, so that it is no other's.
constexpr uint64_t kSplitNumber = 0x53504C4954;

uint64_t heldOutSentences(const View& view, double share) {
  if (share == 0.0) return 0;
  if (view.sentences() < 2) {
    Error error(WM_ERR_CORPUS,
                "the text is a single line, of which nothing can be held out; break it into lines, lower "
                "maxSentenceLength, or give a validation text of its own");
    error.option = "validation";
    throw error;
  }
  const auto wanted = static_cast<uint64_t>(std::llround(share * static_cast<double>(view.sentences())));
  return std::min(std::max<uint64_t>(wanted, 1), view.sentences() - 1);
}

}  // namespace

std::shared_ptr<const TokenSequence> TokenSequence::create(const View& view, double heldOut, uint64_t seed,
                                                           bool takeHeldOut, const wm_signal* signal) {
  if (!(heldOut >= 0.0 && heldOut < 1.0)) {
    throw optionError("validation", "the share that is held out must be from 0 to below 1");
  }
  const uint64_t held = heldOutSentences(view, heldOut);
  if (held == 0 && takeHeldOut) throw optionError("validation", "nothing is held out");
  const std::shared_ptr<TokenSequence> sequence(new TokenSequence());
  sequence->counts_.assign(view.rows(), 0);
  if (!takeHeldOut) sequence->rows_.reserve(view.tokens());
  const Permutation order(seed, kSplitNumber, view.sentences());
  uint64_t index = 0;
  std::vector<uint32_t> sentence;
  for (const View::Segment& segment : view.segments()) {
    throwIfRaised(signal);
    for (SentenceReader reader(view, segment); reader.next(sentence);) {
      const bool isHeldOut = held > 0 && order(index++) < held;
      if (isHeldOut == takeHeldOut) sequence->append(sentence);
    }
  }
  return sequence;
}

void TokenSequence::append(const std::vector<uint32_t>& sentence) {
  const uint64_t first = rows_.size();
  rows_.insert(rows_.end(), sentence.begin(), sentence.end());
  starts_.resize((rows_.size() + 63) / 64, 0);
  starts_[first / 64] |= uint64_t{1} << (first % 64);
  for (const uint32_t row : sentence) ++counts_[row];
  ++sentences_;
}

}  // namespace wordmill
