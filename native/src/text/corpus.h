#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "memory/growing_array.h"
#include "text/vocabulary.h"
#include "wordmill.h"

namespace wordmill {

/// How text is read. See wm_corpus_options.
struct CorpusSettings {
  wm_utf8_policy utf8 = WM_UTF8_STRICT;
  unsigned threads = 1;
  uint64_t maxTokenBytes = 1 << 16;
  Storage storage;
};

using TokenStream = GrowingArray<uint32_t>;

/// Text as a stream of word ids with a mark after each line, and the words. Immutable.
class Corpus {
 public:
  struct Counters {
    uint64_t lines = 0;
    uint64_t inputBytes = 0;
    uint64_t cutTokens = 0;
    uint64_t replaced = 0;
  };

  /// Throws WM_ERR_CORPUS when there is no token. Every id of the stream is less than the vocabulary's size.
  static std::shared_ptr<const Corpus> create(Vocabulary vocabulary, std::unique_ptr<TokenStream> stream,
                                              const Counters& counters, const CorpusSettings& settings);
  /// The same of ids from outside, whose order is that of the vocabulary. Every one is less than its size.
  static std::shared_ptr<const Corpus> ofIds(Vocabulary vocabulary, std::unique_ptr<TokenStream> stream,
                                             const Counters& counters, const CorpusSettings& settings);

  const Vocabulary& vocabulary() const { return vocabulary_; }
  const TokenStream& stream() const { return *stream_; }
  const Counters& counters() const { return counters_; }
  const CorpusSettings& settings() const { return settings_; }
  uint64_t tokens() const { return stream_->size() - counters_.lines; }
  /// Different tokens that occur.
  uint64_t distinct() const { return distinct_; }
  bool externalIds() const { return externalIds_; }

  /// Whole lines from `position` of the stream on as text, while they fit. Returns the position after them.
  /// Throws WM_ERR_LIMIT when not even one fits.
  uint64_t text(uint64_t position, uint8_t* out, uint64_t capacity, uint64_t& bytes) const;

 private:
  Corpus(Vocabulary vocabulary, std::unique_ptr<TokenStream> stream, const Counters& counters,
         const CorpusSettings& settings, bool externalIds);

  Vocabulary vocabulary_;
  std::unique_ptr<TokenStream> stream_;
  Counters counters_;
  CorpusSettings settings_;
  bool externalIds_;
  uint64_t distinct_ = 0;
};

}  // namespace wordmill
