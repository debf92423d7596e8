#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "text/bucket_index.h"
#include "text/murmur_hash.h"
#include "wordmill.h"

namespace wordmill {

class Keys;

/// fastText's hash of words and n-grams: 32-bit FNV-1a over *signed* bytes (a byte above 0x7F fills the upper bits, as
/// where the reference was first built char was signed). Part of its file format.
inline uint32_t fastTextHash(std::string_view text, uint32_t hash = 2166136261U) {
  for (const char c : text) hash = (hash ^ static_cast<uint32_t>(static_cast<int8_t>(c))) * 16777619U;
  return hash;
}

/// The seed that floret gives to its hash. Part of its file format.
constexpr uint32_t kFloretSeed = 2166136261U;

/// Which character n-grams a word has, and in which of the buckets each falls.
struct SubwordRules {
  uint32_t minLength = 0;
  uint32_t maxLength = 0;  // in code points; 0: no n-grams
  uint32_t buckets = 0;
  /// 0: as fastText, one bucket an n-gram, beside the row that each word has. 1 to 4: as floret, so many buckets an
  /// n-gram, and the whole word between its marks in the place of its row.
  uint32_t hashes = 0;
};

/// Calls visit(ngram, bucket) for every n-gram of a word between the marks "<" and ">", by first character and length,
/// as fastText has them: a single mark is none, and neither has its line end "</s>" any. With floret's rules the whole
/// word comes first. `padded` is scratch memory.
template <typename Visit>
void forEachSubword(std::string_view word, const SubwordRules& rules, std::vector<char>& padded, Visit&& visit) {
  const bool isFloret = rules.hashes > 0;
  if ((rules.maxLength == 0 && !isFloret) || rules.buckets == 0 || word == "</s>") return;
  padded.clear();
  padded.push_back('<');
  padded.insert(padded.end(), word.begin(), word.end());
  padded.push_back('>');
  const size_t size = padded.size();
  const auto visitFloret = [&](std::string_view ngram) {
    const std::array<uint32_t, 4> hashes = murmurHash(ngram, kFloretSeed);
    for (uint32_t i = 0; i < rules.hashes; ++i) visit(ngram, hashes[i] % rules.buckets);
  };
  if (isFloret) visitFloret({padded.data(), size});
  const auto continues = [&](size_t at) { return (static_cast<uint8_t>(padded[at]) & 0xC0U) == 0x80U; };
  for (size_t first = 0; first < size; ++first) {
    if (continues(first)) continue;
    uint32_t hash = fastTextHash({});
    size_t end = first;
    for (uint32_t length = 1; end < size && length <= rules.maxLength; ++length) {
      const size_t begin = end++;
      while (end < size && continues(end)) ++end;
      if (!isFloret) hash = fastTextHash({padded.data() + begin, end - begin}, hash);
      if (length < rules.minLength || (length == 1 && (first == 0 || end == size))) continue;
      const std::string_view ngram(padded.data() + first, end - first);
      if (isFloret) {
        visitFloret(ngram);
      } else {
        visit(ngram, hash % rules.buckets);
      }
    }
  }
}

/// Where the rows of n-grams lie in a table: all buckets one after another, or only some of them.
class Subwords {
 public:
  static constexpr uint32_t absent = UINT32_MAX;

  /// Every bucket has a row, bucket b row firstRow + b.
  static std::shared_ptr<const Subwords> ofAllBuckets(const SubwordRules& rules, uint32_t firstRow);
  /// buckets[i] has row firstRow + i; `skipAbsent`: other n-grams do not count (a pruned fastText model), instead of
  /// standing for a vector of zeros. Throws WM_ERR_OPTION for a bucket out of range or given twice.
  static std::shared_ptr<const Subwords> ofBuckets(const SubwordRules& rules, uint32_t firstRow,
                                                   const uint32_t* buckets, uint64_t count, bool skipAbsent);
  /// Rows for the n-grams of a vocabulary and no others, after one for each word: first the n-grams that are met most
  /// often in a text with these frequencies, so that what is used much lies together.
  static std::shared_ptr<const Subwords> ofVocabulary(const SubwordRules& rules, const Keys& keys,
                                                      const std::vector<uint64_t>& counts);
  /// Rows for the buckets that were met, the most frequent first. `rank`: for each place in `met` the row, less
  /// firstRow.
  static std::shared_ptr<const Subwords> ofMet(const SubwordRules& rules, uint32_t firstRow, const BucketIndex& met,
                                               const std::vector<uint64_t>& frequency, std::vector<uint32_t>& rank);

  const SubwordRules& rules() const { return rules_; }
  /// Whether a word has a row of its own beside those of its n-grams.
  bool wordsHaveRows() const { return rules_.hashes == 0; }
  uint32_t firstRow() const { return firstRow_; }
  /// Rows of n-grams.
  uint64_t size() const { return allBuckets_ ? rules_.buckets : index_.size(); }
  /// The bucket of row firstRow + i.
  uint32_t bucketOf(uint32_t i) const { return allBuckets_ ? i : index_.buckets()[i]; }
  /// Whether an n-gram without a row stands for nothing, rather than for zeros.
  bool skipsAbsent() const { return skipAbsent_; }
  /// The row of a bucket, or `absent`.
  uint32_t rowOf(uint32_t bucket) const {
    if (allBuckets_) return firstRow_ + bucket;
    const uint32_t place = index_.find(bucket);
    return place == BucketIndex::absent ? absent : firstRow_ + place;
  }

  /// Rows of a word's n-grams; n-grams that count but have no row are `absent`.
  void rowsOf(std::string_view word, std::vector<uint32_t>& rows, std::vector<char>& scratch) const;

  /// Only after ofVocabulary: the row of word `row` and those of its n-grams.
  struct WordRows {
    const uint32_t* rows;
    uint32_t count;
  };
  WordRows ofWord(uint32_t row) const {
    return {wordRows_.data() + wordOffsets_[row], static_cast<uint32_t>(wordOffsets_[row + 1] - wordOffsets_[row])};
  }
  uint64_t words() const { return wordOffsets_.empty() ? 0 : wordOffsets_.size() - 1; }
  uint32_t longestWord() const { return longestWord_; }
  /// The rows of all words one after another, and where those of each begin.
  const std::vector<uint64_t>& wordOffsets() const { return wordOffsets_; }
  const std::vector<uint32_t>& wordRows() const { return wordRows_; }

 private:
  Subwords(const SubwordRules& rules, uint32_t firstRow) : rules_(rules), firstRow_(firstRow) {}
  std::vector<uint32_t> rankBuckets(const BucketIndex& met, const std::vector<uint64_t>& frequency);

  SubwordRules rules_;
  uint32_t firstRow_;
  bool allBuckets_ = false;
  bool skipAbsent_ = false;
  BucketIndex index_;  // a place is a row, less firstRow_
  std::vector<uint64_t> wordOffsets_;
  std::vector<uint32_t> wordRows_;
  uint32_t longestWord_ = 0;
};

}  // namespace wordmill
