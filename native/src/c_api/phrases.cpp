#include "c_api/guard.h"
#include "c_api/handles.h"
#include "runtime/parallel.h"
#include "text/bigrams.h"
#include "text/join.h"

using namespace wordmill;

wm_code wm_bigrams_count(const wm_view* view, uint64_t min_count, uint32_t threads, const wm_signal* signal,
                         wm_bigram** out, uint64_t* count, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr, "view", "view must not be NULL");
    require(out != nullptr && count != nullptr, "out", "out and count must not be NULL");
    Bigrams bigrams = countBigrams(*view->value, min_count, resolveThreads(threads), signal);
    *count = bigrams.count;
    *out = bigrams.items.release();
  });
}

void wm_bigrams_release(wm_bigram* bigrams) { delete[] bigrams; }

wm_code wm_corpus_join(const wm_corpus* corpus, const wm_keys* first, const wm_keys* second, const uint8_t* delimiter,
                       uint64_t delimiter_length, const wm_signal* signal, wm_corpus** out, wm_error* error) {
  return guard(error, [&] {
    require(corpus != nullptr, "corpus", "corpus must not be NULL");
    require(first != nullptr && second != nullptr, "first", "first and second must not be NULL");
    require(first->value->size() == second->value->size(), "second", "first and second must be of one length");
    require(delimiter_length == 0 || delimiter != nullptr, "delimiter", "delimiter must not be NULL");
    require(out != nullptr, "out", "out must not be NULL");
    const std::string_view between(reinterpret_cast<const char*>(delimiter), delimiter_length);
    *out = new wm_corpus{joinPairs(*corpus->value, *first->value, *second->value, between, signal)};
  });
}
