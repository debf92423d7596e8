#include "text/id_corpus_builder.h"

#include <string>
#include <utility>

#include "runtime/error.h"
#include "text/chunk.h"
#include "text/keys.h"

namespace wordmill {

IdCorpusBuilder::IdCorpusBuilder(const Keys& keys, const CorpusSettings& settings)
    : settings_(settings), stream_(std::make_unique<TokenStream>(settings.storage, "tokens")) {
  for (uint64_t row = 0; row < keys.size(); ++row) vocabulary_.add(keys.at(row), 0);
}

void IdCorpusBuilder::refuseWhenEnded() const {
  if (failure_) std::rethrow_exception(failure_);
  if (!stream_) throw optionError("builder", "the corpus was finished; begin another one");
}

void IdCorpusBuilder::append(const uint32_t* ids, uint64_t count) {
  refuseWhenEnded();
  const uint64_t size = vocabulary_.size();
  for (uint64_t i = 0; i < count; ++i) {
    if (ids[i] < size || ids[i] == lineEnd) continue;
    throw optionError("ids", "token id " + std::to_string(ids[i]) + " at position " +
                                 std::to_string(stream_->size() + i) + " has no key; there are " +
                                 std::to_string(size));
  }
  try {
    stream_->append(ids, count);
  } catch (...) {
    failure_ = std::current_exception();
    throw;
  }
  for (uint64_t i = 0; i < count; ++i) {
    if (ids[i] == lineEnd) {
      ++counters_.lines;
    } else {
      ++vocabulary_.counts[ids[i]];
    }
  }
}

std::shared_ptr<const Corpus> IdCorpusBuilder::finish(uint64_t inputBytes, uint64_t replaced) {
  refuseWhenEnded();
  const uint64_t size = stream_->size();
  const uint32_t last = lineEnd;
  if (size > 0 && stream_->data()[size - 1] != lineEnd) append(&last, 1);
  counters_.inputBytes = inputBytes == 0 ? size * sizeof(uint32_t) : inputBytes;
  counters_.replaced = replaced;
  stream_->finish();
  return Corpus::ofIds(std::move(vocabulary_), std::move(stream_), counters_, settings_);
}

}  // namespace wordmill
