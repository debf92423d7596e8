#include "text/subwords.h"

#include <algorithm>
#include <string>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "runtime/error.h"
#include "runtime/parallel.h"
#include "text/keys.h"
#include "text/view.h"
#include "vectors/subword_vectors.h"

using namespace wordmill;

namespace {

SubwordRules checked(const wm_subword_rules* rules) {
  require(rules != nullptr, "rules", "rules must not be NULL");
  require(rules->hashes <= 4, "hashes", "an n-gram has 1 .. 4 of floret's hashes, or 0: fastText's");
  if (rules->max_length > 0 || rules->hashes > 0) {
    require(rules->max_length == 0 || (rules->min_length >= 1 && rules->min_length <= rules->max_length),
            "minNgramLength", "n-grams have at least one character, and the least length is not above the greatest");
    require(rules->buckets >= 1 && rules->buckets <= INT32_MAX, "buckets", "n-grams need 1 .. 2147483647 buckets");
  }
  return {rules->min_length, rules->max_length, rules->buckets, rules->hashes};
}

std::string_view textOf(const uint8_t* bytes, uint64_t length) {
  require(bytes != nullptr || length == 0, "word", "word must not be NULL");
  return {reinterpret_cast<const char*>(bytes), length};
}

}  // namespace

wm_code wm_subwords_of_view(const wm_view* view, const wm_subword_rules* rules, wm_subwords** out, wm_error* error) {
  return guard(error, [&] {
    require(view != nullptr && out != nullptr, "view", "an argument is NULL");
    const SubwordRules checkedRules = checked(rules);
    require(checkedRules.hashes == 0, "hashes", "trainings use fastText's hash: 0");
    *out = new wm_subwords{Subwords::ofVocabulary(checkedRules, *view->value->keys(), view->value->counts())};
  });
}

wm_code wm_subwords_of_buckets(const wm_subword_rules* rules, uint32_t first_row, const uint32_t* buckets, uint64_t n,
                               int skip_absent, wm_subwords** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "out must not be NULL");
    const SubwordRules checkedRules = checked(rules);
    *out = new wm_subwords{buckets == nullptr
                               ? Subwords::ofAllBuckets(checkedRules, first_row)
                               : Subwords::ofBuckets(checkedRules, first_row, buckets, n, skip_absent != 0)};
  });
}

void wm_subwords_describe(const wm_subwords* subwords, wm_subwords_info* out) {
  const Subwords& value = *subwords->value;
  const SubwordRules& rules = value.rules();
  *out = {{rules.minLength, rules.maxLength, rules.buckets, rules.hashes}, value.firstRow(), value.size()};
}

void wm_subwords_buckets(const wm_subwords* subwords, uint32_t* out) {
  const Subwords& value = *subwords->value;
  for (uint32_t i = 0; i < value.size(); ++i) out[i] = value.bucketOf(i);
}

uint32_t wm_subwords_row(const wm_subwords* subwords, uint32_t bucket) {
  const Subwords& value = *subwords->value;
  return bucket < value.rules().buckets ? value.rowOf(bucket) : Subwords::absent;
}

wm_code wm_subwords_ngrams(const wm_subwords* subwords, const uint8_t* word, uint64_t length, wm_ngram* out,
                           uint64_t* n, wm_error* error) {
  return guard(error, [&] {
    require(subwords != nullptr && n != nullptr, "subwords", "an argument is NULL");
    const uint64_t capacity = *n;
    uint64_t count = 0;
    std::vector<char> padded;
    const Subwords& value = *subwords->value;
    forEachSubword(textOf(word, length), value.rules(), padded, [&](std::string_view ngram, uint32_t bucket) {
      if (count < capacity) {
        out[count] = {static_cast<uint32_t>(ngram.data() - padded.data()), static_cast<uint32_t>(ngram.size()), bucket,
                      value.rowOf(bucket)};
      }
      ++count;
    });
    *n = count;
    if (count > capacity) throw Error(WM_ERR_LIMIT, "the word has " + std::to_string(count) + " n-grams");
  });
}

wm_code wm_subwords_gather(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
                           const uint32_t* rows, uint64_t n, float* out, uint32_t threads, wm_error* error) {
  return guard(error, [&] {
    require(
        subwords != nullptr && table != nullptr && keys != nullptr && (n == 0 || (rows != nullptr && out != nullptr)),
        "subwords", "an argument is NULL");
    gatherWords(*subwords->value, *table->value(), *keys->value, rows, n, out, resolveThreads(threads));
  });
}

wm_code wm_subwords_compose(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys, uint32_t threads,
                            const wm_signal* signal, wm_table** out, wm_error* error) {
  return guard(error, [&] {
    require(subwords != nullptr && table != nullptr && keys != nullptr && out != nullptr, "subwords",
            "an argument is NULL");
    *out = new wm_table{composeWords(*subwords->value, *table->value(), *keys->value, resolveThreads(threads), signal)};
  });
}

wm_code wm_subwords_compose_later(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
                                  wm_table** out, wm_error* error) {
  return guard(error, [&] {
    require(subwords != nullptr && table != nullptr && keys != nullptr && out != nullptr, "subwords",
            "an argument is NULL");
    *out = new wm_table{deferWords(subwords->value, table->value(), keys->value)};
  });
}

wm_code wm_subwords_infer(const wm_subwords* subwords, const wm_table* table, const uint8_t* word, uint64_t length,
                          float* out, uint32_t* used, wm_error* error) {
  return guard(error, [&] {
    require(subwords != nullptr && table != nullptr && out != nullptr && used != nullptr, "subwords",
            "an argument is NULL");
    *used = inferWord(*subwords->value, *table->value(), textOf(word, length), out);
  });
}

void wm_subwords_release(wm_subwords* subwords) { delete subwords; }
