#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "wordmill.h"

namespace wordmill {

class Corpus;
class Keys;

/// What wm_view_options says.
struct ViewRules {
  uint64_t minCount = 1;
  uint64_t maxVocabulary = 0;
  wm_sentence_policy sentence = WM_SENTENCE_LINE;
  uint32_t maxSentenceLength = 1000;
  bool lineEndToken = false;
  std::shared_ptr<const Keys> keep;
  std::shared_ptr<const Keys> drop;
  std::shared_ptr<const Keys> vocabulary;
  const uint64_t* vocabularyCounts = nullptr;
};

/// A corpus as one algorithm sees it: its vocabulary after pruning, and its sentences. The token stream stays as it
/// is; an array from corpus id to row is applied while reading.
class View {
 public:
  /// A piece of the token stream of about segmentTokens tokens that begins and ends with a sentence.
  struct Segment {
    uint64_t begin, end;  // positions in the corpus stream
    uint64_t tokens;      // in-vocabulary tokens
    uint64_t sentences;
  };
  static constexpr uint64_t segmentTokens = 16384, segmentsPerBlock = 16;
  /// In place of a row: the word was pruned.
  static constexpr uint32_t dropped = UINT32_MAX;

  static std::shared_ptr<const View> create(std::shared_ptr<const Corpus> corpus, const ViewRules& rules);

  uint64_t rows() const { return counts_.size(); }
  uint64_t tokens() const { return tokens_; }
  uint64_t sentences() const { return sentences_; }
  /// Distinct words of the corpus that have no row.
  uint64_t droppedWords() const { return droppedWords_; }
  /// For each row.
  const std::vector<uint64_t>& counts() const { return counts_; }
  const std::vector<Segment>& segments() const { return segments_; }
  uint64_t blocks() const { return (segments_.size() + segmentsPerBlock - 1) / segmentsPerBlock; }
  std::shared_ptr<const Keys> keys() const { return keys_; }

  const Corpus& corpus() const { return *corpus_; }
  /// The row of a corpus id, or `dropped`.
  uint32_t rowOf(uint32_t id) const { return remap_[id]; }
  const uint32_t* remap() const { return remap_.data(); }
  /// The row that a line end stands for, or `dropped` when it is no token.
  uint32_t lineEndRow() const { return lineEndRow_; }
  wm_sentence_policy sentencePolicy() const { return sentence_; }
  uint32_t maxSentenceLength() const { return maxSentenceLength_; }

 private:
  View() = default;
  void applyVocabulary(const ViewRules& rules);
  void applyRules(const ViewRules& rules);
  void cutSegments();

  std::shared_ptr<const Corpus> corpus_;
  std::shared_ptr<const Keys> keys_;
  wm_sentence_policy sentence_ = WM_SENTENCE_LINE;
  uint32_t maxSentenceLength_ = 0;
  uint32_t lineEndRow_ = dropped;
  std::vector<uint32_t> remap_;
  std::vector<uint64_t> counts_;
  std::vector<Segment> segments_;
  uint64_t tokens_ = 0;
  uint64_t sentences_ = 0;
  uint64_t droppedWords_ = 0;
};

/// Walks the sentences of one segment.
class SentenceReader {
 public:
  SentenceReader(const View& view, const View::Segment& segment);
  /// The rows of the next sentence with at least one in-vocabulary token; false at the end of the segment.
  bool next(std::vector<uint32_t>& sentence);

 private:
  const uint32_t* position_;
  const uint32_t* end_;
  const uint32_t* remap_;
  uint32_t lineEndRow_;
  uint32_t maxLength_;
  bool byLine_;
};

}  // namespace wordmill
