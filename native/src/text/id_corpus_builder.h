#pragma once

#include <cstdint>
#include <exception>
#include <memory>

#include "text/corpus.h"

namespace wordmill {

class Keys;

/// Takes ready token ids in pieces; they stay as they are. One caller at a time.
class IdCorpusBuilder {
 public:
  IdCorpusBuilder(const Keys& keys, const CorpusSettings& settings);

  /// Throws WM_ERR_OPTION for an id without a key, and then takes none of the piece.
  void append(const uint32_t* ids, uint64_t count);
  /// `inputBytes`: of the text that the ids stand for; 0 for ids that come from none. `replaced`: broken UTF-8 in it.
  std::shared_ptr<const Corpus> finish(uint64_t inputBytes, uint64_t replaced);

 private:
  void refuseWhenEnded() const;

  CorpusSettings settings_;
  Vocabulary vocabulary_;
  std::unique_ptr<TokenStream> stream_;
  Corpus::Counters counters_;
  std::exception_ptr failure_;  // of the stream, after which nothing can be added to it
};

}  // namespace wordmill
