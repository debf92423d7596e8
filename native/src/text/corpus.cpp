#include "text/corpus.h"

#include <cstring>
#include <utility>

#include "runtime/error.h"
#include "text/chunk.h"

namespace wordmill {

Corpus::Corpus(Vocabulary vocabulary, std::unique_ptr<TokenStream> stream, const Counters& counters,
               const CorpusSettings& settings, bool externalIds)
    : vocabulary_(std::move(vocabulary)),
      stream_(std::move(stream)),
      counters_(counters),
      settings_(settings),
      externalIds_(externalIds) {
  if (tokens() == 0) {
    throw Error(WM_ERR_CORPUS, "the corpus has no token; give it some text");
  }
  for (const uint64_t count : vocabulary_.counts) distinct_ += count > 0;
}

std::shared_ptr<const Corpus> Corpus::create(Vocabulary vocabulary, std::unique_ptr<TokenStream> stream,
                                             const Counters& counters, const CorpusSettings& settings) {
  return std::shared_ptr<const Corpus>(new Corpus(std::move(vocabulary), std::move(stream), counters, settings, false));
}

std::shared_ptr<const Corpus> Corpus::ofIds(Vocabulary vocabulary, std::unique_ptr<TokenStream> stream,
                                            const Counters& counters, const CorpusSettings& settings) {
  return std::shared_ptr<const Corpus>(new Corpus(std::move(vocabulary), std::move(stream), counters, settings, true));
}

uint64_t Corpus::text(uint64_t position, uint8_t* out, uint64_t capacity, uint64_t& bytes) const {
  const uint32_t* ids = stream_->data();
  uint64_t next = position;  // after the last whole line
  bytes = 0;
  uint64_t used = 0;
  for (uint64_t i = position; i < stream_->size(); ++i) {
    const bool ends = ids[i] == lineEnd;
    const std::string_view word = ends ? std::string_view() : vocabulary_.at(ids[i]);
    const bool spaced = !ends && used > bytes;
    if (word.size() + 1 > capacity - used) {
      if (next == position) {
        throw Error(WM_ERR_LIMIT, "a line of the corpus is longer than " + std::to_string(capacity) +
                                      " bytes; come again with more room");
      }
      break;
    }
    if (spaced) out[used++] = ' ';
    if (!word.empty()) std::memcpy(out + used, word.data(), word.size());
    used += word.size();
    if (ends) {
      out[used++] = '\n';
      next = i + 1;
      bytes = used;
    }
  }
  return next;
}

}  // namespace wordmill
