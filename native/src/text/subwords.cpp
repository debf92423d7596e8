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
  for (uint64_t i = 0; i < count; ++i) {
    if (buckets[i] >= rules.buckets || made->index_.add(buckets[i]) != i) {
      throw optionError("buckets", "bucket " + std::to_string(buckets[i]) + " is given twice, or is not one of " +
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
  BucketIndex met;
  std::vector<uint64_t> frequency;  // by the place in `met`
  std::vector<char> scratch;
  made->wordOffsets_.reserve(words + 1);
  made->wordOffsets_.push_back(0);
  for (uint64_t word = 0; word < words; ++word) {
    rows.push_back(static_cast<uint32_t>(word));
    forEachSubword(keys.at(word), rules, scratch, [&](std::string_view, uint32_t bucket) {
      const uint32_t place = met.add(bucket);
      if (place == frequency.size()) frequency.push_back(0);
      frequency[place] += counts[word];
      rows.push_back(place);
    });
    made->wordOffsets_.push_back(rows.size());
  }
  const std::vector<uint32_t> rank = made->rankBuckets(met, frequency);
  for (uint64_t word = 0; word < words; ++word) {
    for (uint64_t i = made->wordOffsets_[word] + 1; i < made->wordOffsets_[word + 1]; ++i) {
      rows[i] = made->firstRow_ + rank[rows[i]];
    }
  }
  for (uint64_t word = 0; word < words; ++word) {
    made->longestWord_ = std::max(made->longestWord_, made->ofWord(static_cast<uint32_t>(word)).count);
  }
  return made;
}

std::shared_ptr<const Subwords> Subwords::ofMet(const SubwordRules& rules, uint32_t firstRow, const BucketIndex& met,
                                                const std::vector<uint64_t>& frequency, std::vector<uint32_t>& rank) {
  std::shared_ptr<Subwords> made(new Subwords(rules, firstRow));
  rank = made->rankBuckets(met, frequency);
  return made;
}

std::vector<uint32_t> Subwords::rankBuckets(const BucketIndex& met, const std::vector<uint64_t>& frequency) {
  if (firstRow_ + met.size() >= absent) throw Error(WM_ERR_LIMIT, "words and their n-grams are more than 2^32 - 2");
  const std::vector<uint32_t>& buckets = met.buckets();
  std::vector<uint32_t> order(met.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return frequency[a] != frequency[b] ? frequency[a] > frequency[b] : buckets[a] < buckets[b];
  });
  std::vector<uint32_t> rank(order.size());
  for (const uint32_t place : order) rank[place] = index_.add(buckets[place]);
  return rank;
}

void Subwords::rowsOf(std::string_view word, std::vector<uint32_t>& rows, std::vector<char>& scratch) const {
  rows.clear();
  forEachSubword(word, rules_, scratch, [&](std::string_view, uint32_t bucket) {
    const uint32_t row = rowOf(bucket);
    if (row != absent || !skipAbsent_) rows.push_back(row);
  });
}

}  // namespace wordmill
