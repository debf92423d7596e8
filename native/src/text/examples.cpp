#include "text/examples.h"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <utility>

#include "runtime/error.h"
#include "runtime/signal.h"
#include "text/chunk.h"
#include "text/corpus.h"
#include "text/keys.h"
#include "text/word_ngrams.h"

namespace wordmill {
namespace {

constexpr std::string_view lineEndText = "</s>";
constexpr uint64_t linesBetweenSignals = 4096;

struct Counted {
  std::string_view key;
  uint64_t count;
  uint32_t id;
};

/// By falling count, as in the reference's dictionary; ties by bytes.
void sortByCount(std::vector<Counted>& entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Counted& a, const Counted& b) { return a.count != b.count ? a.count > b.count : a.key < b.key; });
}

std::shared_ptr<const Keys> keysOf(const std::vector<Counted>& entries) {
  std::vector<uint8_t> bytes;
  std::vector<uint64_t> offsets{0};
  for (const Counted& entry : entries) {
    bytes.insert(bytes.end(), entry.key.begin(), entry.key.end());
    offsets.push_back(bytes.size());
  }
  return Keys::adopt(std::move(bytes), std::move(offsets));
}

/// Numbers buckets while they are met, and counts them.
class MetBuckets {
 public:
  uint32_t add(uint32_t bucket, uint64_t count) {
    const uint32_t place = index.add(bucket);
    if (place == frequency.size()) frequency.push_back(0);
    frequency[place] += count;
    return place;
  }
  BucketIndex index;
  std::vector<uint64_t> frequency;
};

}  // namespace

Examples::Examples(std::shared_ptr<const Corpus> corpus, const ExampleRules& rules)
    : corpus_(std::move(corpus)), rules_(rules), ngrams_(corpus_->settings().storage, "word n-grams") {}

std::shared_ptr<const Examples> Examples::create(std::shared_ptr<const Corpus> corpus, const ExampleRules& rules,
                                                 const wm_signal* signal) {
  const std::shared_ptr<Examples> made(new Examples(std::move(corpus), rules));
  if (rules.words) {
    made->useWords();
  } else {
    made->chooseWords();
  }
  made->collectFeatures(signal);
  if (made->size() == 0) {
    throw Error(WM_ERR_CORPUS, "no line has both a label (a word that begins with '" + rules.labelPrefix +
                                   "') and something to learn from");
  }
  return made;
}

bool Examples::isLabel(uint32_t id) const {
  const std::string_view text = corpus_->vocabulary().at(id);
  return text.substr(0, rules_.labelPrefix.size()) == rules_.labelPrefix;
}

void Examples::chooseWords() {
  const Vocabulary& vocabulary = corpus_->vocabulary();
  std::vector<Counted> words;
  std::vector<Counted> labels;
  uint64_t lineEnds = corpus_->counters().lines;
  bool anyLabel = false;
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view key = vocabulary.at(id);
    const uint64_t count = vocabulary.counts[id];
    const bool label = isLabel(id);
    anyLabel |= label;
    if (key == lineEndText) {
      lineEnds += count;
    } else if (count > 0 && count >= (label ? rules_.minCountLabel : rules_.minCount)) {
      (label ? labels : words).push_back({key, count, id});
    }
  }
  if (labels.empty()) {
    throw Error(WM_ERR_CORPUS,
                anyLabel
                    ? "no label occurs " + std::to_string(rules_.minCountLabel) + " times; lower minCountLabel"
                    : "no word begins with '" + rules_.labelPrefix + "', so that no line has a label; see labelPrefix");
  }
  if (words.empty()) {
    throw Error(WM_ERR_CORPUS, "no word but labels occurs " + std::to_string(rules_.minCount) +
                                   " times: there is nothing to learn the labels from");
  }
  if (lineEnds >= rules_.minCount) words.push_back({lineEndText, lineEnds, none});
  sortByCount(words);
  sortByCount(labels);
  words_ = keysOf(words);
  labels_ = keysOf(labels);

  wordOf_.assign(vocabulary.size(), none);
  labelOf_.assign(vocabulary.size(), none);
  for (const Counted& word : words) {
    const auto row = static_cast<uint32_t>(wordCounts_.size());
    if (word.id == none) {
      lineEndWord_ = row;
    } else {
      wordOf_[word.id] = row;
    }
    wordCounts_.push_back(word.count);
  }
  for (const Counted& label : labels) {
    labelOf_[label.id] = static_cast<uint32_t>(labelCounts_.size());
    labelCounts_.push_back(label.count);
  }
}

void Examples::useWords() {
  const Vocabulary& vocabulary = corpus_->vocabulary();
  words_ = rules_.words;
  labels_ = rules_.labels;
  wordCounts_.assign(words_->size(), 0);
  labelCounts_ = rules_.labelCounts;
  wordOf_.assign(vocabulary.size(), none);
  labelOf_.assign(vocabulary.size(), none);
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const int64_t word = words_->find(vocabulary.at(id));
    const int64_t label = labels_->find(vocabulary.at(id));
    if (word >= 0) {
      wordOf_[id] = static_cast<uint32_t>(word);
      wordCounts_[wordOf_[id]] += vocabulary.counts[id];
    } else if (label >= 0) {
      labelOf_[id] = static_cast<uint32_t>(label);
    }
  }
  const int64_t lineEnd = words_->find(lineEndText);
  if (lineEnd < 0) return;
  lineEndWord_ = static_cast<uint32_t>(lineEnd);
  wordCounts_[lineEndWord_] += corpus_->counters().lines;
}

template <typename Visit>
void Examples::forEachLine(Visit&& visit) const {
  const uint32_t* const ids = corpus_->stream().data();
  const uint64_t size = corpus_->stream().size();
  for (uint64_t begin = 0, i = 0; i < size; ++i) {
    if (ids[i] != lineEnd) continue;
    if (i > begin) visit(begin, i);
    begin = i + 1;
  }
}

void Examples::collectFeatures(const wm_signal* signal) {
  const Vocabulary& vocabulary = corpus_->vocabulary();
  const auto words = static_cast<uint32_t>(wordCounts_.size());
  const SubwordRules& rules = rules_.buckets ? rules_.buckets->rules() : rules_.subwords;
  MetBuckets met;
  // A place among the buckets that were met, or the row where rows are given; `none` is left out.
  const auto placeOf = [&](uint32_t bucket, uint64_t count) {
    return rules_.buckets ? rules_.buckets->rowOf(bucket) : met.add(bucket, count);
  };

  std::vector<char> scratch;
  std::vector<uint32_t> hashes(vocabulary.size());
  rowOffsets_.push_back(0);
  for (uint32_t id = 0; id < vocabulary.size(); ++id) {
    const std::string_view text = vocabulary.at(id);
    hashes[id] = fastTextHash(text);
    if (labelOf_[id] == none && (wordOf_[id] != none || !isLabel(id)) && text != lineEndText) {
      if (wordOf_[id] != none) rows_.push_back(wordOf_[id]);
      forEachSubword(text, rules, scratch, [&](std::string_view, uint32_t bucket) {
        const uint32_t place = placeOf(bucket, vocabulary.counts[id]);
        if (place != none) rows_.push_back(rules_.buckets ? place : words + place);
      });
    } else if (text == lineEndText && lineEndWord_ != none) {
      rows_.push_back(lineEndWord_);
    }
    rowOffsets_.push_back(rows_.size());
  }

  const uint32_t lineEndHash = fastTextHash(lineEndText);
  const uint32_t* const ids = corpus_->stream().data();
  std::vector<uint32_t> lineHashes;
  uint64_t seen = 0;
  forEachLine([&](uint64_t begin, uint64_t end) {
    if (++seen % linesBetweenSignals == 0) throwIfRaised(signal);
    lineHashes.clear();
    bool anyLabel = false;
    bool anyRow = lineEndWord_ != none;
    for (uint64_t i = begin; i < end; ++i) {
      const uint32_t id = ids[i];
      anyLabel |= labelOf_[id] != none;
      anyRow |= rowOffsets_[id + 1] > rowOffsets_[id];
      if (labelOf_[id] == none && (wordOf_[id] != none || !isLabel(id))) lineHashes.push_back(hashes[id]);
    }
    if (!anyLabel || (!anyRow && rules_.wordNgrams < 2)) {
      ++skipped_;
      return;
    }
    lineHashes.push_back(lineEndHash);
    const uint64_t firstNgram = ngrams_.size();
    forEachWordNgram(lineHashes, rules_.wordNgrams, rules.buckets, [&](uint32_t bucket) {
      const uint32_t place = placeOf(bucket, 1);
      if (place != none) ngrams_.append(place);
    });
    if (!anyRow && ngrams_.size() == firstNgram) {
      ++skipped_;
      return;
    }
    lines_.push_back({begin, firstNgram});
    tokens_ += end - begin + 1;
  });
  ngrams_.finish();

  if (rules_.buckets) {
    subwords_ = rules_.buckets;
    return;
  }
  std::vector<uint32_t> rank;
  subwords_ = Subwords::ofMet(rules, words, met.index, met.frequency, rank);
  for (uint32_t& row : rows_) {
    if (row >= words) row = words + rank[row - words];
  }
  uint32_t* const ngrams = ngrams_.data();
  for (uint64_t i = 0; i < ngrams_.size(); ++i) ngrams[i] = words + rank[ngrams[i]];
}

uint64_t Examples::read(uint64_t index, std::vector<uint32_t>& rows, std::vector<uint32_t>& labels) const {
  rows.clear();
  labels.clear();
  const uint32_t* const ids = corpus_->stream().data();
  uint64_t i = lines_[index].position;
  for (; ids[i] != lineEnd; ++i) {
    const uint32_t id = ids[i];
    rows.insert(rows.end(), rows_.begin() + static_cast<int64_t>(rowOffsets_[id]),
                rows_.begin() + static_cast<int64_t>(rowOffsets_[id + 1]));
    if (labelOf_[id] != none) labels.push_back(labelOf_[id]);
  }
  if (lineEndWord_ != none) rows.push_back(lineEndWord_);
  const uint64_t end = index + 1 < lines_.size() ? lines_[index + 1].ngrams : ngrams_.size();
  rows.insert(rows.end(), ngrams_.data() + lines_[index].ngrams, ngrams_.data() + end);
  return i - lines_[index].position + 1;
}

}  // namespace wordmill
