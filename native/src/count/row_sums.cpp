#include "count/row_sums.h"

namespace wordmill {
namespace {

template <class Visit>
void forEachBit(uint64_t word, Visit&& visit) {
  for (; word != 0; word &= word - 1) visit(static_cast<uint64_t>(__builtin_ctzll(word)));
}

}  // namespace

RowSums::RowSums(uint64_t columns)
    : summaryWords_(columns / 4096 + 1),
      sums_(new uint64_t[columns]()),
      touched_(new uint64_t[columns / 64 + 1]()),
      summary_(new uint64_t[summaryWords_]()) {}

void RowSums::drainTo(RowBatch& out) {
  const uint64_t before = out.columns.size();
  for (uint64_t s = 0; s < summaryWords_; ++s) {
    forEachBit(summary_[s], [&](uint64_t high) {
      const uint64_t word = s * 64 + high;
      forEachBit(touched_[word], [&](uint64_t low) {
        const uint64_t column = word * 64 + low;
        out.add(static_cast<uint32_t>(column), static_cast<double>(sums_[column]));
        sums_[column] = 0;
      });
      touched_[word] = 0;
    });
    summary_[s] = 0;
  }
  out.lengths.push_back(out.columns.size() - before);
}

}  // namespace wordmill
