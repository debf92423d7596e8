#include "vectors/subword_vectors.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "kernels/select.h"
#include "memory/table.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "text/keys.h"
#include "text/subwords.h"

namespace wordmill {
namespace {

constexpr uint64_t kWordsPerTask = 256;

/// Sums the rows of one word after another.
class Composer {
 public:
  Composer(const Subwords& subwords, const Table& table)
      : subwords_(subwords), table_(table), kernel_(kernels()), row_(table.columns()) {}

  /// The mean of a word's n-grams, and of `ownRow` unless that is `absent`; returns how many rows there were.
  uint32_t mean(std::string_view word, uint32_t ownRow, float* out) {
    subwords_.rowsOf(word, rows_, scratch_);
    if (ownRow != Subwords::absent && subwords_.wordsHaveRows()) rows_.push_back(ownRow);
    const uint64_t columns = table_.columns();
    std::fill_n(out, columns, 0.0F);
    uint32_t present = 0;
    for (const uint32_t row : rows_) {
      if (row == Subwords::absent) continue;
      ++present;
      kernel_.widen(table_.row(row), static_cast<RowType>(table_.dtype()), columns, row_.data());
      for (uint64_t c = 0; c < columns; ++c) out[c] += row_[c];
    }
    const float scale = rows_.empty() ? 0.0F : 1.0F / static_cast<float>(rows_.size());
    for (uint64_t c = 0; c < columns; ++c) out[c] *= scale;
    return present;
  }

 private:
  const Subwords& subwords_;
  const Table& table_;
  const Kernels& kernel_;
  std::vector<float> row_;
  std::vector<uint32_t> rows_;
  std::vector<char> scratch_;
};

template <typename RowAt, typename OutAt>
void compose(const Subwords& subwords, const Table& table, const Keys& keys, uint64_t count, unsigned threads,
             RowAt&& rowAt, OutAt&& outAt, const wm_signal* signal) {
  const uint64_t columns = table.columns();
  parallelFor((count + kWordsPerTask - 1) / kWordsPerTask, threads, [&](uint64_t task) {
    throwIfRaised(signal);
    Composer composer(subwords, table);
    const uint64_t end = std::min(count, (task + 1) * kWordsPerTask);
    for (uint64_t i = task * kWordsPerTask; i < end; ++i) {
      const uint32_t row = rowAt(i);
      float* const vector = outAt(i);
      composer.mean(keys.at(row), row, vector);
      if (std::all_of(vector, vector + columns, [](float value) { return std::isfinite(value); })) continue;
      throw Error(WM_ERR_FORMAT,
                  "the vector of word " + std::to_string(row) + " is not finite: the model's input matrix is damaged");
    }
  });
}

/// Vectors of words as the rows of a deferred table.
class WordSource final : public RowSource {
 public:
  WordSource(std::shared_ptr<const Subwords> subwords, std::shared_ptr<const Table> table,
             std::shared_ptr<const Keys> keys)
      : subwords_(std::move(subwords)), table_(std::move(table)), keys_(std::move(keys)) {}

  void make(const uint32_t* rows, uint64_t count, float* out, unsigned threads) const override {
    compose(
        *subwords_, *table_, *keys_, count, threads, [&](uint64_t i) { return rows[i]; },
        [&](uint64_t i) { return out + i * table_->columns(); }, nullptr);
  }
  void makeAll(float* out, uint64_t floatStride) const override {
    compose(
        *subwords_, *table_, *keys_, keys_->size(), resolveThreads(0),
        [](uint64_t i) { return static_cast<uint32_t>(i); }, [&](uint64_t i) { return out + i * floatStride; },
        nullptr);
  }

 private:
  std::shared_ptr<const Subwords> subwords_;
  std::shared_ptr<const Table> table_;
  std::shared_ptr<const Keys> keys_;
};

}  // namespace

void checkSubwordTable(const Subwords& subwords, const Table& table, uint64_t keys) {
  const uint64_t ngrams = subwords.firstRow() + subwords.size();
  const uint64_t needed = subwords.wordsHaveRows() ? std::max(keys, ngrams) : ngrams;
  if (table.rows() < needed) {
    throw optionError("table", "it has " + std::to_string(table.rows()) + " rows; the words and their n-grams need " +
                                   std::to_string(needed));
  }
}

void gatherWords(const Subwords& subwords, const Table& table, const Keys& keys, const uint32_t* rows, uint64_t count,
                 float* out, unsigned threads) {
  checkSubwordTable(subwords, table, keys.size());
  for (uint64_t i = 0; i < count; ++i) {
    if (rows[i] >= keys.size()) throw optionError("rows", "row " + std::to_string(rows[i]) + " has no key");
  }
  compose(
      subwords, table, keys, count, threads, [&](uint64_t i) { return rows[i]; },
      [&](uint64_t i) { return out + i * table.columns(); }, nullptr);
}

std::shared_ptr<Table> composeWords(const Subwords& subwords, const Table& table, const Keys& keys, unsigned threads,
                                    const wm_signal* signal) {
  checkSubwordTable(subwords, table, keys.size());
  std::shared_ptr<Table> made = Table::create(WM_F32, keys.size(), table.columns());
  compose(
      subwords, table, keys, keys.size(), threads, [](uint64_t i) { return static_cast<uint32_t>(i); },
      [&](uint64_t i) { return made->trainable() + i * made->floatStride(); }, signal);
  return made;
}

std::shared_ptr<Table> deferWords(std::shared_ptr<const Subwords> subwords, std::shared_ptr<const Table> table,
                                  std::shared_ptr<const Keys> keys) {
  checkSubwordTable(*subwords, *table, keys->size());
  const uint64_t rows = keys->size();
  const uint64_t columns = table->columns();
  return Table::deferred(rows, columns,
                         std::make_unique<WordSource>(std::move(subwords), std::move(table), std::move(keys)));
}

uint32_t inferWord(const Subwords& subwords, const Table& table, std::string_view word, float* out) {
  checkSubwordTable(subwords, table, 0);
  return Composer(subwords, table).mean(word, Subwords::absent, out);
}

}  // namespace wordmill
