#include "text/view.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>

#include "runtime/error.h"
#include "text/chunk.h"
#include "text/corpus.h"
#include "text/keys.h"

namespace wordmill {
namespace {

/// What word2vec.c calls the end of a line.
constexpr std::string_view lineEndWord = "</s>";

std::shared_ptr<const Keys> keysOf(const Vocabulary& vocabulary, const std::vector<uint32_t>& ids, bool lineEndFirst) {
  std::vector<uint8_t> bytes;
  std::vector<uint64_t> offsets{0};
  offsets.reserve(ids.size() + 2);
  const auto add = [&](std::string_view word) {
    bytes.insert(bytes.end(), word.begin(), word.end());
    offsets.push_back(bytes.size());
  };
  if (lineEndFirst) add(lineEndWord);
  for (const uint32_t id : ids) add(vocabulary.at(id));
  return Keys::adopt(std::move(bytes), std::move(offsets));
}

/// Corpus ids by descending frequency, ties by key bytes.
std::vector<uint32_t> byFrequency(const Corpus& corpus) {
  const Vocabulary& vocabulary = corpus.vocabulary();
  std::vector<uint32_t> order(vocabulary.size());
  std::iota(order.begin(), order.end(), 0U);
  if (corpus.externalIds()) {
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      if (vocabulary.counts[a] != vocabulary.counts[b]) return vocabulary.counts[a] > vocabulary.counts[b];
      const int difference = vocabulary.at(a).compare(vocabulary.at(b));
      return difference != 0 ? difference < 0 : a < b;
    });
  }
  return order;
}

}  // namespace

std::shared_ptr<const View> View::create(std::shared_ptr<const Corpus> corpus, const ViewRules& rules) {
  const std::shared_ptr<View> view(new View());
  view->corpus_ = std::move(corpus);
  view->sentence_ = rules.sentence;
  view->maxSentenceLength_ = rules.maxSentenceLength;
  view->remap_.assign(view->corpus_->vocabulary().size(), dropped);
  if (rules.vocabulary) {
    view->applyVocabulary(rules);
  } else {
    view->applyRules(rules);
  }
  view->cutSegments();
  if (view->tokens_ == 0) throw Error(WM_ERR_CORPUS, "no word of the corpus is in the given vocabulary");
  return view;
}

void View::applyVocabulary(const ViewRules& rules) {
  const Vocabulary& words = corpus_->vocabulary();
  keys_ = rules.vocabulary;
  counts_.assign(keys_->size(), 0);
  for (uint64_t id = 0; id < words.size(); ++id) {
    if (words.counts[id] == 0) continue;
    const int64_t row = keys_->find(words.at(id));
    if (row < 0) {
      ++droppedWords_;
    } else {
      remap_[id] = static_cast<uint32_t>(row);
      counts_[static_cast<uint64_t>(row)] += words.counts[id];
    }
  }
  const int64_t row = rules.lineEndToken ? keys_->find(lineEndWord) : -1;
  if (row >= 0) {
    lineEndRow_ = static_cast<uint32_t>(row);
    counts_[static_cast<uint64_t>(row)] += corpus_->counters().lines;
  }
  if (rules.vocabularyCounts != nullptr) {
    counts_.assign(rules.vocabularyCounts, rules.vocabularyCounts + keys_->size());
  }
}

void View::applyRules(const ViewRules& rules) {
  const Vocabulary& words = corpus_->vocabulary();
  const bool external = corpus_->externalIds();
  if (external && rules.lineEndToken) {
    throw optionError("lineEndToken",
                      "ready token ids keep their rows, so that there is none for line ends; put an id "
                      "for them into the tokens");
  }
  enum class Choice : uint8_t { Free, Keep, Drop };
  std::vector<Choice> choices(words.size(), Choice::Free);
  uint64_t kept = rules.lineEndToken ? 1 : 0;
  uint32_t lineEndId = dropped;
  for (uint64_t id = 0; id < words.size(); ++id) {
    const std::string_view word = words.at(id);
    if (rules.lineEndToken && word == lineEndWord) {
      lineEndId = static_cast<uint32_t>(id);
      choices[id] = Choice::Drop;  // of the line end's row, not of its own
      continue;
    }
    const bool keep = rules.keep && rules.keep->find(word) >= 0;
    const bool drop = rules.drop && rules.drop->find(word) >= 0;
    if (keep && drop) throw optionError("keep", "'" + std::string(word) + "' is both to be kept and to be dropped");
    if (keep && words.counts[id] > 0) ++kept;
    choices[id] = keep ? Choice::Keep : drop ? Choice::Drop : Choice::Free;
  }

  const uint64_t limit = rules.maxVocabulary == 0 ? UINT64_MAX : rules.maxVocabulary;
  uint64_t room = limit > kept ? limit - kept : 0;
  std::vector<uint32_t> chosen;
  for (const uint32_t id : byFrequency(*corpus_)) {
    const uint64_t count = words.counts[id];
    if (count == 0 || choices[id] == Choice::Drop) continue;
    if (choices[id] == Choice::Free) {
      if (count < rules.minCount || room == 0) continue;
      --room;
    }
    chosen.push_back(id);
  }
  if (chosen.empty()) {
    throw Error(WM_ERR_CORPUS, "nothing is left of the vocabulary: of " + std::to_string(corpus_->distinct()) +
                                   " different words none occurs " + std::to_string(rules.minCount) +
                                   " times or is to be kept; lower minCount or give more text");
  }
  droppedWords_ = corpus_->distinct() - chosen.size() - (lineEndId != dropped ? 1 : 0);

  if (external) {
    keys_ = Keys::adopt(words.bytes, words.offsets);
    counts_.assign(words.size(), 0);
    for (const uint32_t id : chosen) {
      remap_[id] = id;
      counts_[id] = words.counts[id];
    }
    return;
  }
  keys_ = keysOf(words, chosen, rules.lineEndToken);
  if (rules.lineEndToken) {
    lineEndRow_ = 0;
    counts_.push_back(corpus_->counters().lines);
    if (lineEndId != dropped) {
      remap_[lineEndId] = 0;
      counts_[0] += words.counts[lineEndId];
    }
  }
  for (const uint32_t id : chosen) {
    remap_[id] = static_cast<uint32_t>(counts_.size());
    counts_.push_back(words.counts[id]);
  }
}

void View::cutSegments() {
  const uint32_t* ids = corpus_->stream().data();
  const uint64_t size = corpus_->stream().size();
  const bool byLine = sentence_ == WM_SENTENCE_LINE;
  Segment segment = {0, 0, 0, 0};
  uint32_t length = 0;  // of the sentence so far
  const auto closeSegment = [&] {
    segments_.push_back(segment);
    tokens_ += segment.tokens;
    sentences_ += segment.sentences;
    segment = {segment.end, segment.end, 0, 0};
  };
  const auto closeSentence = [&](uint64_t position) {
    if (length == 0) return;
    segment.end = position;
    segment.tokens += length;
    ++segment.sentences;
    length = 0;
    if (segment.tokens >= segmentTokens) closeSegment();
  };
  // The same walk as SentenceReader's.
  for (uint64_t i = 0; i < size; ++i) {
    const bool ends = ids[i] == lineEnd;
    length += (ends ? lineEndRow_ : remap_[ids[i]]) != dropped;
    if (length == maxSentenceLength_ || (ends && byLine)) closeSentence(i + 1);
  }
  closeSentence(size);
  if (segment.tokens > 0) closeSegment();
}

SentenceReader::SentenceReader(const View& view, const View::Segment& segment)
    : position_(view.corpus().stream().data() + segment.begin),
      end_(view.corpus().stream().data() + segment.end),
      remap_(view.remap()),
      lineEndRow_(view.lineEndRow()),
      maxLength_(view.maxSentenceLength()),
      byLine_(view.sentencePolicy() == WM_SENTENCE_LINE) {}

bool SentenceReader::next(std::vector<uint32_t>& sentence) {
  sentence.clear();
  while (position_ < end_) {
    const uint32_t id = *position_++;
    const bool ends = id == lineEnd;
    const uint32_t row = ends ? lineEndRow_ : remap_[id];
    if (row != View::dropped) sentence.push_back(row);
    if (sentence.size() == maxLength_ || (ends && byLine_ && !sentence.empty())) return true;
  }
  return !sentence.empty();
}

}  // namespace wordmill
