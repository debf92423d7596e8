#include "text/subwords.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "runtime/error.h"
#include "text/keys.h"

namespace wordmill {

std::shared_ptr<const Subwords> Subwords::ofAllBuckets(const SubwordRules& rules, uint32_t firstRow) {
  std::shared_ptr<Subwords> made(new Subwords(rules, firstRow));
  made->allBuckets_ = true;
  return made;
}

std::shared_ptr<const Subwords> Subwords::ofBuckets(const SubwordRules& rules, uint32_t firstRow,
                                                    const uint32_t* buckets, uint64_t count, bool skipAbsent) {
  std::shared_ptr<Subwords> made(new Subwords(rules, firstRow));
  made->skipAbsent_ = skipAbsent;
  made->buckets_.assign(buckets, buckets + count);
  made->indexBuckets();
  for (size_t i = 0; i < count; ++i) {
    if (made->sorted_[i] >= rules.buckets || (i > 0 && made->sorted_[i] == made->sorted_[i - 1])) {
      throw optionError("buckets", "bucket " + std::to_string(made->sorted_[i]) + " is given twice, or is not one of " +
                                       std::to_string(rules.buckets));
    }
  }
  return made;
}

std::shared_ptr<const Subwords> Subwords::ofVocabulary(const SubwordRules& rules, const Keys& keys,
                                                       const std::vector<uint64_t>& counts) {
  const uint64_t words = keys.size();
  std::shared_ptr<Subwords> made(new Subwords(rules, static_cast<uint32_t>(words)));
  std::vector<uint32_t>& rows = made->wordRows_;
  std::vector<uint32_t> used;
  std::vector<char> scratch;
  made->wordOffsets_.reserve(words + 1);
  made->wordOffsets_.push_back(0);
  for (uint64_t word = 0; word < words; ++word) {
    rows.push_back(static_cast<uint32_t>(word));
    forEachSubword(keys.at(word), rules, scratch, [&](std::string_view, uint32_t bucket) {
      rows.push_back(bucket);
      used.push_back(bucket);
    });
    made->wordOffsets_.push_back(rows.size());
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  if (words + used.size() >= absent) throw Error(WM_ERR_LIMIT, "words and their n-grams are more than 2^32 - 2");

  const auto forEachNgram = [&](auto&& visit) {
    for (uint64_t word = 0; word < words; ++word) {
      for (uint64_t i = made->wordOffsets_[word] + 1; i < made->wordOffsets_[word + 1]; ++i) visit(word, rows[i]);
    }
  };
  std::vector<uint64_t> frequency(used.size());
  forEachNgram([&](uint64_t word, uint32_t& row) {
    row = static_cast<uint32_t>(std::lower_bound(used.begin(), used.end(), row) - used.begin());
    frequency[row] += counts[word];
  });
  std::vector<uint32_t> order(used.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return frequency[a] > frequency[b]; });

  std::vector<uint32_t> rank(used.size());
  made->buckets_.resize(used.size());
  for (uint32_t i = 0; i < order.size(); ++i) {
    rank[order[i]] = i;
    made->buckets_[i] = used[order[i]];
  }
  forEachNgram([&](uint64_t, uint32_t& row) { row = made->firstRow_ + rank[row]; });
  for (uint64_t word = 0; word < words; ++word) {
    made->longestWord_ = std::max(made->longestWord_, made->ofWord(static_cast<uint32_t>(word)).count);
  }
  made->sorted_ = std::move(used);
  made->places_ = std::move(rank);
  return made;
}

void Subwords::indexBuckets() {
  places_.resize(buckets_.size());
  std::iota(places_.begin(), places_.end(), 0U);
  std::stable_sort(places_.begin(), places_.end(), [&](uint32_t a, uint32_t b) { return buckets_[a] < buckets_[b]; });
  sorted_.resize(buckets_.size());
  std::transform(places_.begin(), places_.end(), sorted_.begin(), [&](uint32_t place) { return buckets_[place]; });
}

uint32_t Subwords::rowOf(uint32_t bucket) const {
  if (allBuckets_) return firstRow_ + bucket;
  const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), bucket);
  if (found == sorted_.end() || *found != bucket) return absent;
  return firstRow_ + places_[static_cast<size_t>(found - sorted_.begin())];
}

void Subwords::rowsOf(std::string_view word, std::vector<uint32_t>& rows, std::vector<char>& scratch) const {
  rows.clear();
  forEachSubword(word, rules_, scratch, [&](std::string_view, uint32_t bucket) {
    const uint32_t row = rowOf(bucket);
    if (row != absent || !skipAbsent_) rows.push_back(row);
  });
}

}  // namespace wordmill
