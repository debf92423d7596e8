#include "count/baselines.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "runtime/error.h"
#include "runtime/signal.h"
#include "sampling/random.h"
#include "text/token_sequence.h"

namespace wordmill {
namespace {

/// Added to counts: 1, 1/2 .. 2^-14.
constexpr int kSmallestPower = -14;
/// Of ten runs of so many tokens one is for choosing k. With runs of less, each would know its neighbours too well.
constexpr uint64_t kRun = 512;
/// Enough to choose k by; more would only take memory.
constexpr uint64_t kChoosingTokens = uint64_t{1} << 22U;

bool isForChoosing(uint64_t position) { return position / kRun % 10 == 9 && position / 10 < kChoosingTokens; }

/// How often some pairs stand side by side, of which only those are counted that somebody will ask for.
class PairCounts {
 public:
  struct Pair {
    uint64_t key = 0;
    uint64_t asked = 0;
    uint64_t counted = 0;
  };

  /// The token before comes as its row + 1, the start of a sentence as 0.
  static uint64_t keyOf(const TokenSequence& sequence, uint64_t position) {
    const uint64_t before = sequence.startsSentence(position) ? 0 : uint64_t{sequence.at(position - 1)} + 1;
    return before << 32U | sequence.at(position);
  }

  void ask(uint64_t key) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    Pair& pair = slots_[find(key)];
    if (pair.asked == 0) ++used_;
    pair.key = key;
    ++pair.asked;
  }
  void count(uint64_t key) {
    if (slots_.empty()) return;
    Pair& pair = slots_[find(key)];
    if (pair.asked > 0) ++pair.counted;
  }
  const std::vector<Pair>& slots() const { return slots_; }

 private:
  size_t find(uint64_t key) const {
    size_t slot = mixBits(key) & (slots_.size() - 1);
    while (slots_[slot].asked > 0 && slots_[slot].key != key) slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }
  void grow() {
    std::vector<Pair> before(std::max<size_t>(slots_.size() * 2, 1024));
    before.swap(slots_);
    for (const Pair& pair : before) {
      if (pair.asked > 0) slots_[find(pair.key)] = pair;
    }
  }

  std::vector<Pair> slots_;
  size_t used_ = 0;
};

/// Bigrams, and how often each token (by row + 1) or start stands before another.
struct Bigrams {
  explicit Bigrams(uint64_t rows) : before(rows + 1, 0) {}
  void count(uint64_t key) {
    pairs.count(key);
    ++before[key >> 32U];
  }
  double loss(double k, double vocabulary) const {
    double total = 0.0;
    for (const PairCounts::Pair& pair : pairs.slots()) {
      if (pair.asked == 0) continue;
      const double all = static_cast<double>(before[pair.key >> 32U]) + k * vocabulary;
      total -= static_cast<double>(pair.asked) * std::log((static_cast<double>(pair.counted) + k) / all);
    }
    return total;
  }

  PairCounts pairs;
  std::vector<uint64_t> before;
};

template <class Visit>
void forEachPair(const TokenSequence& sequence, const wm_signal* signal, Visit&& visit) {
  for (uint64_t position = 0; position < sequence.size(); ++position) {
    if (position % 65536 == 0) throwIfRaised(signal);
    visit(position, PairCounts::keyOf(sequence, position));
  }
}

double bestK(const TokenSequence& training, double vocabulary, const wm_signal* signal) {
  Bigrams bigrams(training.counts().size());
  forEachPair(training, signal, [&](uint64_t position, uint64_t key) {
    if (isForChoosing(position)) bigrams.pairs.ask(key);
  });
  forEachPair(training, signal, [&](uint64_t position, uint64_t key) {
    if (!isForChoosing(position)) bigrams.count(key);
  });
  double best = 1.0;
  double least = bigrams.loss(best, vocabulary);
  for (int power = -1; power >= kSmallestPower; --power) {
    const double k = std::ldexp(1.0, power);
    const double loss = bigrams.loss(k, vocabulary);
    if (loss < least) {
      least = loss;
      best = k;
    }
  }
  return best;
}

double unigramLoss(const TokenSequence& training, const TokenSequence& heldOut, double vocabulary) {
  double loss = 0.0;
  const double all = static_cast<double>(training.size()) + vocabulary;
  for (uint64_t row = 0; row < training.counts().size(); ++row) {
    const double count = static_cast<double>(training.counts()[row]) + 1.0;
    loss -= static_cast<double>(heldOut.counts()[row]) * std::log(count / all);
  }
  return loss;
}

}  // namespace

wm_baselines baselinesOf(const TokenSequence& training, const TokenSequence& heldOut, const wm_signal* signal) {
  const uint64_t rows = training.counts().size();
  if (heldOut.counts().size() != rows) throw optionError("heldOut", "the two sequences are of different vocabularies");
  // Rows that occur nowhere are not counted, so that the baselines need not give them anything.
  uint64_t occurring = 0;
  for (uint64_t row = 0; row < rows; ++row) occurring += training.counts()[row] + heldOut.counts()[row] > 0 ? 1 : 0;
  const auto vocabulary = static_cast<double>(occurring);

  wm_baselines out{};
  out.unigram = unigramLoss(training, heldOut, vocabulary);
  out.bigram_k = bestK(training, vocabulary, signal);
  Bigrams bigrams(rows);
  forEachPair(heldOut, signal, [&](uint64_t, uint64_t key) { bigrams.pairs.ask(key); });
  forEachPair(training, signal, [&](uint64_t, uint64_t key) { bigrams.count(key); });
  out.bigram = bigrams.loss(out.bigram_k, vocabulary);
  return out;
}

}  // namespace wordmill
