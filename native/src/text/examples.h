#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "memory/growing_array.h"
#include "text/subwords.h"
#include "wordmill.h"

namespace wordmill {

class Corpus;
class Keys;

/// What wm_examples_options says.
struct ExampleRules {
  std::string labelPrefix;
  uint64_t minCount = 1;
  uint64_t minCountLabel = 0;
  uint32_t wordNgrams = 1;
  SubwordRules subwords;
  // All, or none: the features and labels of a model that exists, and how often it has seen each label.
  std::shared_ptr<const Keys> words;
  std::shared_ptr<const Keys> labels;
  std::vector<uint64_t> labelCounts;
  std::shared_ptr<const Subwords> buckets;
};

/// Lines of a corpus as a classifier learns from them: for each its labels, and as features the rows of its words,
/// their character n-grams and its word n-grams. Only n-grams that occur have rows, after those of the words, the most
/// frequent first. The corpus is read again for the words; of the lines only word n-grams are stored.
class Examples {
 public:
  /// Throws WM_ERR_CORPUS when there is no line with a label and a word.
  static std::shared_ptr<const Examples> create(std::shared_ptr<const Corpus> corpus, const ExampleRules& rules,
                                                const wm_signal* signal);

  /// Lines with at least one label and one feature.
  uint64_t size() const { return lines_.size(); }
  /// Other lines that are not empty.
  uint64_t skipped() const { return skipped_; }
  /// In all examples: words, labels and line ends.
  uint64_t tokens() const { return tokens_; }
  /// Puts the features and labels of an example in place of what the vectors hold; returns its tokens.
  uint64_t read(uint64_t index, std::vector<uint32_t>& rows, std::vector<uint32_t>& labels) const;

  const std::shared_ptr<const Keys>& words() const { return words_; }
  const std::shared_ptr<const Keys>& labels() const { return labels_; }
  const std::vector<uint64_t>& wordCounts() const { return wordCounts_; }
  /// Of a model that exists: its own, which the Huffman tree of its output rows comes from.
  const std::vector<uint64_t>& labelCounts() const { return labelCounts_; }
  const std::shared_ptr<const Subwords>& subwords() const { return subwords_; }
  uint64_t featureRows() const { return wordCounts_.size() + subwords_->size(); }

 private:
  struct Line {
    uint64_t position;  // in the corpus
    uint64_t ngrams;    // its first word n-gram
  };

  Examples(std::shared_ptr<const Corpus> corpus, const ExampleRules& rules);
  void chooseWords();
  void useWords();
  void collectFeatures(const wm_signal* signal);
  template <typename Visit>
  void forEachLine(Visit&& visit) const;
  bool isLabel(uint32_t id) const;

  const std::shared_ptr<const Corpus> corpus_;
  const ExampleRules rules_;
  std::shared_ptr<const Keys> words_;
  std::shared_ptr<const Keys> labels_;
  std::vector<uint64_t> wordCounts_;
  std::vector<uint64_t> labelCounts_;
  std::shared_ptr<const Subwords> subwords_;

  static constexpr uint32_t none = UINT32_MAX;
  std::vector<uint32_t> wordOf_;   // by corpus id
  std::vector<uint32_t> labelOf_;  // by corpus id
  uint32_t lineEndWord_ = none;
  std::vector<uint64_t> rowOffsets_;  // by corpus id
  std::vector<uint32_t> rows_;
  std::vector<Line> lines_;
  GrowingArray<uint32_t> ngrams_;
  uint64_t skipped_ = 0;
  uint64_t tokens_ = 0;
};

}  // namespace wordmill
