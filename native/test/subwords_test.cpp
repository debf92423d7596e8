// Character n-grams: which there are, where they hash to, what a word's vector is, and what training does with them.
#include "text/subwords.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "check.h"
#include "corpus_fixture.h"

namespace {

using wordmill::fastTextHash;
using wordmill::SubwordRules;

std::string ngramsOf(const std::string& word, uint32_t least, uint32_t most) {
  std::string text;
  std::vector<char> scratch;
  wordmill::forEachSubword(word, {least, most, 100}, scratch, [&](std::string_view ngram, uint32_t bucket) {
    CHECK_EQUAL(bucket, fastTextHash(ngram) % 100);
    if (!text.empty()) text += ' ';
    text += ngram;
  });
  return text;
}

void hashesLikeTheReference() {
  // Published values of 32-bit FNV-1a; above 0x7F a byte enters with its sign.
  CHECK_EQUAL(fastTextHash(""), 0x811C9DC5U);
  CHECK_EQUAL(fastTextHash("a"), 0xE40C292CU);
  CHECK_EQUAL(fastTextHash("foobar"), 0xBF9CF968U);
  CHECK_EQUAL(fastTextHash("\xE9"), (0x811C9DC5U ^ 0xFFFFFFE9U) * 16777619U);
}

void hashesLikeFloret() {
  // Published values of MurmurHash3_x64_128, lowest 32 bits first: of nothing, and of a sentence with seed 0.
  const auto nothing = wordmill::murmurHash("", 0);
  for (const uint32_t part : nothing) CHECK_EQUAL(part, 0U);
  const auto sentence = wordmill::murmurHash("The quick brown fox jumps over the lazy dog", 0);
  CHECK_EQUAL(sentence[0], 0xBC071B6CU);
  CHECK_EQUAL(sentence[1], 0xE34BBC7BU);
  CHECK_EQUAL(sentence[2], 0xC49A9347U);
  CHECK_EQUAL(sentence[3], 0x7A433CA9U);

  // The word between its marks comes first, and each n-gram has a bucket for each hash.
  std::string text;
  std::vector<char> scratch;
  wordmill::forEachSubword("at", {3, 3, 1000, 2}, scratch,
                           [&](std::string_view ngram, uint32_t) { text += std::string(ngram) + ' '; });
  CHECK_EQUAL(text, "<at> <at> <at <at at> at> ");
}

void findsTheNgramsOfAWord() {
  CHECK_EQUAL(ngramsOf("cat", 3, 3), "<ca cat at>");
  CHECK_EQUAL(ngramsOf("cat", 2, 4), "<c <ca <cat ca cat cat> at at> t>");
  // The marks are no n-grams by themselves, characters are.
  CHECK_EQUAL(ngramsOf("at", 1, 2), "<a a at t t>");
  CHECK_EQUAL(ngramsOf("\xC3\xA9t\xC3\xA9", 3, 3), "<\xC3\xA9t \xC3\xA9t\xC3\xA9 t\xC3\xA9>");
  CHECK_EQUAL(ngramsOf("", 1, 6), "<>");
  CHECK_EQUAL(ngramsOf("</s>", 1, 6), "");
  CHECK_EQUAL(ngramsOf("cat", 0, 0), "");
  // Continuation bytes without a beginning belong to the character before them.
  CHECK_EQUAL(ngramsOf("\x80", 3, 3), "");
}

Owned<wm_subwords> subwordsOf(const Owned<wm_view>& view, const wm_subword_rules& rules) {
  wm_subwords* made = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_subwords_of_view(view.get(), &rules, &made, &error), WM_OK);
  return Owned<wm_subwords>(made);
}

wm_subwords_info infoOf(const Owned<wm_subwords>& subwords) {
  wm_subwords_info info;
  wm_subwords_describe(subwords.get(), &info);
  return info;
}

std::vector<wm_ngram> ngramsOf(const Owned<wm_subwords>& subwords, const std::string& word) {
  std::vector<wm_ngram> found(100);
  uint64_t n = found.size();
  CHECK_EQUAL(wm_subwords_ngrams(subwords.get(), bytesOf(word), word.size(), found.data(), &n, nullptr), WM_OK);
  found.resize(n);
  return found;
}

void givesRowsToTheNgramsOfTheVocabularyOnly() {
  const auto corpus = corpusOf("dog cat cat cat cat cats");
  const auto view = viewOf(corpus);
  const auto subwords = subwordsOf(view, {3, 3, 1000000, 0});
  const wm_subwords_info info = infoOf(subwords);
  CHECK_EQUAL(info.first_row, 3U);
  // <ca cat at> <do dog og> ats ts>
  CHECK_EQUAL(info.rows, 8U);
  // Those of the most frequent words come first.
  std::vector<uint32_t> buckets(info.rows);
  wm_subwords_buckets(subwords.get(), buckets.data());
  for (const char* ngram : {"<ca", "cat"}) {
    const auto place = std::find(buckets.begin(), buckets.end(), fastTextHash(ngram) % 1000000) - buckets.begin();
    CHECK(place < 2);
  }
  CHECK_EQUAL(buckets[2], fastTextHash("at>") % 1000000);
  for (const wm_ngram& ngram : ngramsOf(subwords, "cat")) {
    CHECK_EQUAL(buckets[ngram.row - 3], ngram.bucket);
    CHECK_EQUAL(wm_subwords_row(subwords.get(), ngram.bucket), ngram.row);
  }
  CHECK_EQUAL(wm_subwords_row(subwords.get(), 1000000), UINT32_MAX);
  CHECK_EQUAL(ngramsOf(subwords, "hat")[0].row, UINT32_MAX);
  uint64_t n = 1;
  wm_ngram one;
  CHECK_EQUAL(wm_subwords_ngrams(subwords.get(), bytesOf("cat"), 3, &one, &n, nullptr), WM_ERR_LIMIT);
  CHECK_EQUAL(n, 3U);
}

Owned<wm_table> tableOf(uint64_t rows, uint64_t columns, const std::vector<float>& values = {}) {
  wm_table* table = nullptr;
  CHECK_EQUAL(wm_table_create(WM_F32, rows, columns, &table, nullptr), WM_OK);
  if (!values.empty()) {
    CHECK_EQUAL(wm_table_write(table, 0, rows, WM_F32, values.data(), values.size() * sizeof(float), nullptr), WM_OK);
  }
  return Owned<wm_table>(table);
}

Owned<wm_subwords> subwordsOf(const wm_subword_rules& rules, uint32_t firstRow, const std::vector<uint32_t>* buckets,
                              bool skipAbsent) {
  wm_subwords* made = nullptr;
  const wm_code code =
      wm_subwords_of_buckets(&rules, firstRow, buckets != nullptr ? buckets->data() : nullptr,
                             buckets != nullptr ? buckets->size() : 0, skipAbsent ? 1 : 0, &made, nullptr);
  CHECK_EQUAL(code, WM_OK);
  return Owned<wm_subwords>(made);
}

void composesTheVectorsOfWords() {
  const wm_subword_rules rules{3, 3, 1000, 0};
  const auto bucket = [](const char* ngram) { return fastTextHash(ngram) % 1000; };
  const std::vector<uint32_t> buckets{bucket("at>"), bucket("<ca")};
  const auto keys = keysOf({"cat", "</s>"});
  const auto table = tableOf(4, 2, {4, 8, 1, 1, 20, 40, 100, 200});
  float out[4];
  const uint32_t rows[] = {1, 0};
  const auto zeros = subwordsOf(rules, 2, &buckets, false);
  CHECK_EQUAL(wm_subwords_gather(zeros.get(), table.get(), keys.get(), rows, 2, out, 1, nullptr), WM_OK);
  CHECK_EQUAL(out[0], 1.0F);
  CHECK_NEAR(out[2], 124.0 / 4, 1e-5);  // "cat" has no row and counts as zeros
  CHECK_NEAR(out[3], 248.0 / 4, 1e-5);
  uint32_t used = 0;
  CHECK_EQUAL(wm_subwords_infer(zeros.get(), table.get(), bytesOf("hat"), 3, out, &used, nullptr), WM_OK);
  CHECK_EQUAL(used, 1U);
  CHECK_NEAR(out[0], 20.0 / 3, 1e-5);
  CHECK_EQUAL(wm_subwords_infer(zeros.get(), table.get(), bytesOf("dog"), 3, out, &used, nullptr), WM_OK);
  CHECK_EQUAL(used, 0U);
  CHECK_EQUAL(out[0], 0.0F);

  const auto skipping = subwordsOf(rules, 2, &buckets, true);
  wm_table* all = nullptr;
  CHECK_EQUAL(wm_subwords_compose(skipping.get(), table.get(), keys.get(), 2, nullptr, &all, nullptr), WM_OK);
  const Owned<wm_table> composed(all);
  CHECK_EQUAL(wm_table_read(composed.get(), 0, 2, WM_F32, out, sizeof out, nullptr), WM_OK);
  CHECK_NEAR(out[0], 124.0 / 3, 1e-5);
  CHECK_EQUAL(out[3], 1.0F);

  wm_table* waiting = nullptr;
  CHECK_EQUAL(wm_subwords_compose_later(skipping.get(), table.get(), keys.get(), &waiting, nullptr), WM_OK);
  const Owned<wm_table> deferred(waiting);
  float later[4];
  CHECK_EQUAL(wm_table_gather(deferred.get(), rows, 1, later, 1, nullptr), WM_OK);
  CHECK_EQUAL(later[0], out[2]);
  const uint32_t beyondRows[] = {2};
  CHECK_EQUAL(wm_table_gather(deferred.get(), beyondRows, 1, later, 1, nullptr), WM_ERR_OPTION);
  CHECK_EQUAL(wm_table_read(deferred.get(), 0, 2, WM_F32, later, sizeof later, nullptr), WM_OK);
  for (int i = 0; i < 4; ++i) CHECK_EQUAL(later[i], out[i]);

  // All buckets would need 1002 rows.
  const auto dense = subwordsOf(rules, 2, nullptr, false);
  wm_error error;
  CHECK_EQUAL(wm_subwords_gather(dense.get(), table.get(), keys.get(), rows, 2, out, 1, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "table");
}

void refusesWrongRules() {
  wm_subwords* made = nullptr;
  const uint32_t twice[] = {1, 1};
  const uint32_t beyond[] = {10};
  const wm_subword_rules good{3, 6, 10, 0};
  const wm_subword_rules wrong[] = {{0, 3, 10, 0}, {4, 3, 10, 0}, {3, 6, 0, 0}, {3, 6, 1U << 31U, 0}, {3, 6, 10, 5}};
  for (const wm_subword_rules& rules : wrong) {
    CHECK_EQUAL(wm_subwords_of_buckets(&rules, 0, nullptr, 0, 0, &made, nullptr), WM_ERR_OPTION);
  }
  const auto corpus = corpusOf("the cat\n");
  const auto view = viewOf(corpus);
  const wm_subword_rules floret{3, 6, 10, 1};
  CHECK_EQUAL(wm_subwords_of_view(view.get(), &floret, &made, nullptr), WM_ERR_OPTION);
  CHECK_EQUAL(wm_subwords_of_buckets(&good, 0, twice, 2, 0, &made, nullptr), WM_ERR_OPTION);
  CHECK_EQUAL(wm_subwords_of_buckets(&good, 0, beyond, 1, 0, &made, nullptr), WM_ERR_OPTION);
  CHECK(made == nullptr);
}

/// Words of two topics that never meet.
std::string textOfTwoTopics() {
  std::string text;
  uint32_t random = 1;
  for (int line = 0; line < 2000; ++line) {
    const std::string topic = line % 2 == 0 ? "sun" : "wet";
    for (int i = 0; i < 8; ++i) {
      random = random * 1664525U + 1013904223U;
      text += topic + static_cast<char>('a' + (random >> 24U) % 10) + ' ';
    }
    text += '\n';
  }
  return text;
}

double cosine(const float* a, const float* b, size_t n) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < n; ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

/// Trains and returns how much nearer words of a topic are to each other than to those of the other.
double separation(wm_architecture architecture, int32_t objectives) {
  constexpr uint64_t columns = 20;
  const auto corpus = corpusOf(textOfTwoTopics());
  const auto view = viewOf(corpus);
  const auto subwords = subwordsOf(view, {3, 4, 1000, 0});
  const uint64_t words = wm_keys_size(wm_view_keys(view.get()));
  const auto input = tableOf(words + infoOf(subwords).rows, columns);
  CHECK_EQUAL(wm_table_fill_uniform(input.get(), 0, words + infoOf(subwords).rows, -0.05F, 0.05F, 1, nullptr), WM_OK);
  const auto output = tableOf(words, columns);
  const auto tree = tableOf(words - 1, columns);
  wm_window_tables tables{};
  tables.input = input.get();
  tables.output = output.get();
  tables.tree = tree.get();
  tables.subwords = subwords.get();
  wm_window_options options{};
  options.architecture = architecture;
  options.objectives = objectives;
  options.mean = 1;
  options.dynamic_window = 1;
  options.window_size = 3;
  options.negative_samples = 5;
  options.negative_exponent = 0.5;
  options.learning_rate = 0.05;
  options.epochs = 5;
  options.seed = 1;
  options.threads = 2;
  wm_job* made = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_window_job_create(view.get(), &tables, &options, &made, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  const Owned<wm_job> job(made);
  wm_job_progress progress;
  wm_job_poll(job.get(), &progress);
  CHECK_EQUAL(wm_job_submit(job.get(), 0, progress.blocks, &error), WM_OK);
  CHECK_EQUAL(wm_job_wait(job.get(), &error), WM_OK);
  wm_job_poll(job.get(), &progress);
  CHECK_EQUAL(progress.tokens_done, progress.tokens_total);

  wm_table* table = nullptr;
  CHECK_EQUAL(wm_subwords_compose(subwords.get(), input.get(), wm_view_keys(view.get()), 1, nullptr, &table, &error),
              WM_OK);
  const Owned<wm_table> composed(table);
  std::vector<float> vectors(words * columns);
  CHECK_EQUAL(wm_table_read(composed.get(), 0, words, WM_F32, vectors.data(), vectors.size() * sizeof(float), nullptr),
              WM_OK);
  const std::vector<std::string> names = wordsOf(wm_view_keys(view.get()));
  std::map<bool, std::pair<double, int>> means;
  for (size_t a = 0; a < words; ++a) {
    for (size_t b = 0; b < a; ++b) {
      auto& [sum, count] = means[names[a][0] == names[b][0]];
      sum += cosine(&vectors[a * columns], &vectors[b * columns], columns);
      ++count;
    }
  }
  return means[true].first / means[true].second - means[false].first / means[false].second;
}

void learnsTopics() {
  for (const wm_architecture architecture : {WM_SKIP_GRAM, WM_CBOW}) {
    for (const int32_t objectives : {WM_NEGATIVE_SAMPLING + 0, WM_HIERARCHICAL_SOFTMAX + 0, WM_FULL_SOFTMAX + 0,
                                     WM_NEGATIVE_SAMPLING | WM_HIERARCHICAL_SOFTMAX}) {
      CHECK(separation(architecture, objectives) > 0.7);
    }
  }
}

void refusesTablesThatDoNotFit() {
  const auto corpus = corpusOf("dog cat cat");
  const auto other = corpusOf("dog cat cat mouse");
  const auto view = viewOf(corpus);
  const auto subwords = subwordsOf(viewOf(other), {3, 3, 1000, 0});
  const auto input = tableOf(3 + infoOf(subwords).rows, 4);
  const auto output = tableOf(2, 4);
  wm_window_tables tables{};
  tables.input = input.get();
  tables.output = output.get();
  tables.subwords = subwords.get();
  wm_window_options options{};
  options.objectives = WM_NEGATIVE_SAMPLING;
  options.window_size = options.negative_samples = 1;
  options.epochs = 1;
  options.learning_rate = 0.1;
  options.mean = 1;
  wm_job* job = nullptr;
  wm_error error;
  CHECK_EQUAL(wm_window_job_create(view.get(), &tables, &options, &job, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "input");
  CHECK(job == nullptr);
}

}  // namespace

int main() {
  hashesLikeTheReference();
  hashesLikeFloret();
  findsTheNgramsOfAWord();
  givesRowsToTheNgramsOfTheVocabularyOnly();
  composesTheVectorsOfWords();
  refusesWrongRules();
  learnsTopics();
  refusesTablesThatDoNotFit();
  return checkResult();
}
