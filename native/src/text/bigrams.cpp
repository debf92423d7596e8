#include "text/bigrams.h"

#include <algorithm>
#include <vector>

#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "text/chunk.h"
#include "text/corpus.h"

namespace wordmill {
namespace {

/// Second words of one thread that wait to be counted: 4 bytes each.
constexpr uint64_t maxWaiting = uint64_t{1} << 25;
/// Below that, a further walk through the text costs more than it spreads.
constexpr uint64_t minWaiting = uint64_t{1} << 20;

/// First rows begin .. end, of which `pairs` pairs begin.
struct Range {
  uint32_t begin, end;
  uint64_t pairs;
};

template <typename Visit>
void forEachPair(const View& view, const wm_signal* signal, Visit&& visit) {
  const uint32_t* ids = view.corpus().stream().data();
  const uint64_t size = view.corpus().stream().size();
  constexpr uint64_t step = 1 << 20;
  uint32_t previous = View::dropped;
  for (uint64_t begin = 0; begin < size; begin += step) {
    throwIfRaised(signal);
    const uint64_t end = std::min(size, begin + step);
    for (uint64_t i = begin; i < end; ++i) {
      const uint32_t row = ids[i] == lineEnd ? View::dropped : view.rowOf(ids[i]);
      if (previous != View::dropped && row != View::dropped) visit(previous, row);
      previous = row;
    }
  }
}

/// Counts the second words of one first word after another.
class RowCounter {
 public:
  RowCounter(uint64_t rows, uint64_t minCount) : minCount_(minCount), counts_(rows) {}

  void add(uint32_t second) {
    if (counts_[second]++ == 0) seen_.push_back(second);
  }
  void finish(uint32_t first, std::vector<wm_bigram>& out) {
    std::sort(seen_.begin(), seen_.end());
    for (const uint32_t second : seen_) {
      if (counts_[second] >= minCount_) out.push_back({first, second, counts_[second]});
      counts_[second] = 0;
    }
    seen_.clear();
  }

 private:
  uint64_t minCount_;
  std::vector<uint64_t> counts_;
  std::vector<uint32_t> seen_;
};

std::vector<wm_bigram> countRange(const View& view, const Range& range, const std::vector<uint64_t>& pairsOf,
                                  uint64_t minCount, const wm_signal* signal) {
  std::vector<wm_bigram> out;
  RowCounter counter(view.rows(), minCount);
  if (range.end - range.begin == 1) {
    forEachPair(view, signal, [&](uint32_t first, uint32_t second) {
      if (first == range.begin) counter.add(second);
    });
    counter.finish(range.begin, out);
    return out;
  }
  // The second words, sorted by their first one.
  const std::unique_ptr<uint32_t[]> seconds(new uint32_t[range.pairs]);
  std::vector<uint64_t> ends;
  uint64_t sum = 0;
  for (uint32_t row = range.begin; row < range.end; ++row) {
    ends.push_back(sum);
    sum += pairsOf[row];
  }
  forEachPair(view, signal, [&](uint32_t first, uint32_t second) {
    if (first - range.begin < range.end - range.begin) seconds[ends[first - range.begin]++] = second;
  });
  uint64_t at = 0;
  for (uint32_t row = range.begin; row < range.end; ++row) {
    throwIfRaised(signal);
    for (const uint64_t end = ends[row - range.begin]; at < end; ++at) counter.add(seconds[at]);
    counter.finish(row, out);
  }
  return out;
}

}  // namespace

Bigrams countBigrams(const View& view, uint64_t minCount, unsigned threads, const wm_signal* signal) {
  std::vector<uint64_t> pairsOf(view.rows());
  uint64_t total = 0;
  forEachPair(view, signal, [&](uint32_t first, uint32_t) {
    ++pairsOf[first];
    ++total;
  });
  const uint64_t waiting = std::min(maxWaiting, std::max(minWaiting, total / (uint64_t{threads} * 2) + 1));
  std::vector<Range> ranges;
  for (uint32_t row = 0; row < view.rows(); ++row) {
    if (ranges.empty() || ranges.back().pairs + pairsOf[row] > waiting) ranges.push_back({row, row, 0});
    ranges.back().end = row + 1;
    ranges.back().pairs += pairsOf[row];
  }
  std::vector<std::vector<wm_bigram>> parts(ranges.size());
  parallelFor(ranges.size(), threads, [&](uint64_t index) {
    parts[index] = countRange(view, ranges[index], pairsOf, std::max<uint64_t>(minCount, 1), signal);
  });
  Bigrams result;
  for (const std::vector<wm_bigram>& part : parts) result.count += part.size();
  result.items.reset(new wm_bigram[result.count]);
  wm_bigram* out = result.items.get();
  for (std::vector<wm_bigram>& part : parts) {
    out = std::copy(part.begin(), part.end(), out);
    part = {};
  }
  return result;
}

}  // namespace wordmill
