#include "count/count.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "count/matrix_rows.h"
#include "count/ordered_rows.h"
#include "count/pair_weights.h"
#include "count/row_sums.h"
#include "count/text_index.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "text/view.h"

// Row by row, from an index of where each word stands: the words around its occurrences are added up in a dense row
// that stays in cache. Nothing is hashed and nothing is sorted. A text that is too large for the memory limit is
// counted in parts, whose rows wait in temporary files (three, however many parts there are) and are added up in the
// same way.

namespace wordmill {
namespace {

/// Rows of one batch.
struct RowRange {
  uint64_t begin;
  uint64_t end;
};

/// Cuts rows into batches of about that much work.
template <class Work>
std::vector<RowRange> cutRows(uint64_t rows, uint64_t workOfBatch, Work&& workOf) {
  std::vector<RowRange> batches;
  uint64_t work = 0;
  for (uint64_t row = 0; row < rows; ++row) {
    if (batches.empty() || work + workOf(row) > workOfBatch) {
      batches.push_back({row, row});
      work = 0;
    }
    batches.back().end = row + 1;
    work += workOf(row);
  }
  return batches;
}

class Counter {
 public:
  Counter(const View& view, const CountRules& rules, wm_signal* signal)
      : view_(view), rules_(rules), signal_(signal), weights_(weightsOf(rules)), sums_(rules.threads) {
    planMemory();
  }

  std::shared_ptr<const Cooccurrence> run();

 private:
  void planMemory();
  std::vector<RowRange> cutChunks() const;
  void countChunk(const RowRange& segments, MatrixRows& out);
  void countRow(const TextIndex& index, uint32_t row, RowSums& sums);
  void addRuns(const MatrixRows& runs, uint64_t count, MatrixRows& out);
  void makeRows(const std::vector<RowRange>& batches, MatrixRows& out,
                const std::function<void(uint64_t row, RowSums& sums)>& sumRow);
  RowSums& sumsOfFree(uint64_t& slot);

  const View& view_;
  const CountRules& rules_;
  wm_signal* const signal_;
  const std::vector<uint64_t> weights_;
  std::vector<std::unique_ptr<RowSums>> sums_;  // one a thread
  std::mutex slotsMutex_;
  std::vector<uint64_t> freeSlots_;
  uint64_t chunkBytes_ = UINT64_MAX;
  uint64_t batchEntries_ = uint64_t{1} << 19;
  Storage resultStorage_;
};

/// Half of the limit is for the text and its index, a quarter for rows on their way, a quarter for the result.
void Counter::planMemory() {
  resultStorage_ = rules_.storage;
  const uint64_t limit = rules_.storage.memoryLimit;
  if (limit == 0) return;
  const uint64_t rows = view_.rows();
  const uint64_t fixed = TextIndex::bytesForRows(rows, rules_.threads) + rules_.threads * RowSums::bytesFor(rows);
  uint64_t segment = 0;
  for (const View::Segment& s : view_.segments()) {
    segment = std::max(segment, TextIndex::bytesFor(s.tokens, s.sentences));
  }
  // A row of the vocabulary's length for each batch on its way.
  const uint64_t batches = 2 * uint64_t{rules_.threads} + 1;
  const uint64_t needed = std::max(2 * (fixed + segment), 4 * batches * rows * 12);
  if (limit < needed) {
    throw optionError("memoryLimit", "a vocabulary of " + std::to_string(rows) +
                                         " words needs a memory limit of at least " + std::to_string(needed) +
                                         " bytes on " + std::to_string(rules_.threads) + " threads, not " +
                                         std::to_string(limit) + "; raise it, or take fewer threads or fewer words");
  }
  chunkBytes_ = limit / 2 - fixed;
  batchEntries_ = std::min(batchEntries_, limit / 4 / batches / 12);
  resultStorage_.memoryLimit = limit / 4;
}

/// Segments of each part of the text.
std::vector<RowRange> Counter::cutChunks() const {
  std::vector<RowRange> chunks;
  uint64_t bytes = 0;
  uint64_t places = 0;
  for (uint64_t s = 0; s < view_.segments().size(); ++s) {
    const View::Segment& segment = view_.segments()[s];
    const uint64_t more = TextIndex::bytesFor(segment.tokens, segment.sentences);
    const uint64_t morePlaces = segment.tokens + segment.sentences;
    if (chunks.empty() || bytes + more > chunkBytes_ || places + morePlaces >= UINT32_MAX) {
      chunks.push_back({s, s});
      bytes = 0;
      places = 1;
    }
    chunks.back().end = s + 1;
    bytes += more;
    places += morePlaces;
  }
  return chunks;
}

std::shared_ptr<const Cooccurrence> Counter::run() {
  const std::vector<RowRange> chunks = cutChunks();
  MatrixRows result(resultStorage_);
  if (chunks.size() == 1) {
    countChunk(chunks[0], result);
  } else {
    MatrixRows runs({0, rules_.storage.folder});
    runs.spill();
    for (const RowRange& chunk : chunks) countChunk(chunk, runs);
    addRuns(runs, chunks.size(), result);
  }
  return std::make_shared<const Cooccurrence>(rules_.symmetric, static_cast<double>(unitOf(rules_)), std::move(result));
}

void Counter::countChunk(const RowRange& segments, MatrixRows& out) {
  const TextIndex index(view_, segments.begin, segments.end, rules_.threads, signal_);
  const auto occurrences = [&](uint64_t row) { return static_cast<uint64_t>(index.end(row) - index.begin(row)); };
  const uint64_t neighbours = (rules_.symmetric ? 2 : 1) * uint64_t{rules_.windowSize};
  const std::vector<RowRange> batches =
      cutRows(view_.rows(), std::max<uint64_t>(1, batchEntries_ / neighbours), occurrences);
  makeRows(batches, out, [&](uint64_t row, RowSums& sums) { countRow(index, static_cast<uint32_t>(row), sums); });
}

/// A pair within the window belongs to the row of the earlier word, as in GloVe's cooccur; the mirror image of a
/// symmetric matrix is left out by taking only columns up to the row, from both sides.
void Counter::countRow(const TextIndex& index, uint32_t row, RowSums& sums) {
  constexpr uint64_t ahead = 8;         // occurrences whose text is asked for in advance
  constexpr uint64_t signalled = 4096;  // occurrences between two looks at the signal
  const uint32_t* const tokens = index.tokens();
  const uint64_t* const weights = weights_.data();
  const uint32_t window = rules_.windowSize;
  const uint32_t lastColumn = rules_.symmetric ? row : kSentenceEnd - 1;
  const uint32_t* const end = index.end(row);
  uint64_t sinceSignal = 0;
  for (const uint32_t* place = index.begin(row); place != end; ++place) {
    if (++sinceSignal == signalled) {
      throwIfRaised(signal_);
      addDone(signal_, sinceSignal);
      sinceSignal = 0;
    }
    if (end - place > static_cast<int64_t>(ahead)) __builtin_prefetch(tokens + place[ahead]);
    const uint32_t* const centre = tokens + *place;
    for (uint32_t d = 1; d <= window; ++d) {
      const uint32_t column = centre[d];
      if (column <= lastColumn) {
        sums.add(column, weights[d]);
      } else if (column == kSentenceEnd) {
        break;
      }
    }
    if (!rules_.symmetric) continue;
    for (uint32_t d = 1; d <= window; ++d) {
      const uint32_t column = *(centre - d);
      if (column <= lastColumn) {
        sums.add(column, weights[d]);
      } else if (column == kSentenceEnd) {
        break;
      }
    }
  }
  addDone(signal_, sinceSignal);
}

/// Runs stand one after another, each with all rows.
void Counter::addRuns(const MatrixRows& runs, uint64_t count, MatrixRows& out) {
  const uint64_t rows = view_.rows();
  const auto begin = [&](uint64_t run, uint64_t row) { return runs.offsets.data()[run * rows + row]; };
  const auto entries = [&](uint64_t row) {
    uint64_t sum = 0;
    for (uint64_t run = 0; run < count; ++run) sum += begin(run, row + 1) - begin(run, row);
    return sum;
  };
  const std::vector<RowRange> batches = cutRows(rows, batchEntries_, entries);
  std::atomic<uint64_t> sinceLetGo{0};
  makeRows(batches, out, [&](uint64_t row, RowSums& sums) {
    for (uint64_t run = 0; run < count; ++run) {
      for (uint64_t i = begin(run, row); i < begin(run, row + 1); ++i) {
        sums.add(runs.columns.data()[i], static_cast<uint64_t>(runs.values.data()[i]));
      }
    }
    if (sinceLetGo.fetch_add(entries(row)) > batchEntries_) {
      sinceLetGo = 0;
      runs.letGo();
    }
  });
}

void Counter::makeRows(const std::vector<RowRange>& batches, MatrixRows& out,
                       const std::function<void(uint64_t row, RowSums& sums)>& sumRow) {
  OrderedRows ordered(out, 2 * uint64_t{rules_.threads});
  freeSlots_.resize(rules_.threads);
  std::iota(freeSlots_.begin(), freeSlots_.end(), 0);
  parallelFor(batches.size(), rules_.threads, [&](uint64_t number) {
    try {
      throwIfRaised(signal_);
      uint64_t slot = 0;
      RowSums& sums = sumsOfFree(slot);
      RowBatch batch;
      for (uint64_t row = batches[number].begin; row < batches[number].end; ++row) {
        sumRow(row, sums);
        sums.drainTo(batch);
      }
      {
        const std::lock_guard<std::mutex> lock(slotsMutex_);
        freeSlots_.push_back(slot);
      }
      ordered.put(number, std::move(batch));
    } catch (...) {
      ordered.abandon();
      throw;
    }
  });
}

RowSums& Counter::sumsOfFree(uint64_t& slot) {
  const std::lock_guard<std::mutex> lock(slotsMutex_);
  slot = freeSlots_.back();
  freeSlots_.pop_back();
  if (!sums_[slot]) sums_[slot] = std::make_unique<RowSums>(view_.rows());
  return *sums_[slot];
}

}  // namespace

std::shared_ptr<const Cooccurrence> countCooccurrences(const View& view, const CountRules& rules, wm_signal* signal) {
  return Counter(view, rules, signal).run();
}

}  // namespace wordmill
