// Classification through the C ABI: which features a line has, what training learns from them, what is predicted.
#include <algorithm>
#include <string>
#include <vector>

#include "check.h"
#include "corpus_fixture.h"
#include "text/subwords.h"
#include "text/word_ngrams.h"

namespace {

constexpr char prefix[] = "__label__";

wm_examples_options rules(uint32_t wordNgrams, const wm_subword_rules& subwords) {
  wm_examples_options options{};
  options.label_prefix = reinterpret_cast<const uint8_t*>(prefix);
  options.label_prefix_length = sizeof(prefix) - 1;
  options.min_count = 1;
  options.word_ngrams = wordNgrams;
  options.subwords = subwords;
  return options;
}

Owned<wm_examples> examplesOf(const std::string& text, const wm_examples_options& options) {
  const auto corpus = corpusOf(text);
  wm_examples* made = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_examples_create(corpus.get(), &options, nullptr, &made, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Owned<wm_examples>(made);
}

wm_examples_info infoOf(const Owned<wm_examples>& examples) {
  wm_examples_info info{};
  if (examples) wm_examples_describe(examples.get(), &info);
  return info;
}

void joinsHashesOfWords() {
  // Of two hashes a and b the reference's a * 116049371 + b in 64 bits, both with their signs.
  std::vector<uint32_t> found;
  wordmill::forEachWordNgram({0xFFFFFFFFU, 2, 3}, 3, 1000, [&](uint32_t bucket) { found.push_back(bucket); });
  const uint64_t first = static_cast<uint64_t>(-1) * 116049371U + 2;
  const std::vector<uint32_t> wanted = {static_cast<uint32_t>(first % 1000),
                                        static_cast<uint32_t>((first * 116049371U + 3) % 1000),
                                        (2U * 116049371U + 3U) % 1000};
  CHECK(found == wanted);
}

void findsWordsLabelsAndNgrams() {
  const std::string text = "__label__a one two\n__label__b __label__a one\nno label here\n\n__label__b one two three\n";
  const auto examples = examplesOf(text, rules(2, {0, 0, 1000000, 0}));
  const wm_examples_info info = infoOf(examples);
  CHECK_EQUAL(info.examples, 3U);
  CHECK_EQUAL(info.skipped, 1U);
  CHECK_EQUAL(info.labels, 2U);
  CHECK_EQUAL(info.words, 7U);  // </s> one two three no label here
  // one-two, two-</s>, one-</s>, two-three, three-</s>; those of the line without a label do not count.
  CHECK_EQUAL(info.rows, 7U + 5U);
  CHECK_EQUAL(wordsOf(wm_examples_words(examples.get()))[0], "</s>");
  CHECK_EQUAL(wm_examples_word_counts(examples.get())[0], 5U);
  CHECK_EQUAL(wordsOf(wm_examples_words(examples.get()))[1], "one");
  CHECK_EQUAL(wordsOf(wm_examples_labels(examples.get()))[0], "__label__a");
  CHECK_EQUAL(wm_examples_label_counts(examples.get())[1], 2U);
}

Owned<wm_table> tableOf(uint64_t rows, uint64_t columns, float bound) {
  wm_table* table = nullptr;
  CHECK_EQUAL(wm_table_create(WM_F32, rows, columns, &table, nullptr), WM_OK);
  if (bound > 0) CHECK_EQUAL(wm_table_fill_uniform(table, 0, rows, -bound, bound, 1, nullptr), WM_OK);
  return Owned<wm_table>(table);
}

void learnsAndPredicts() {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += "__label__tea pour leaves\n__label__bread knead flour\n__label__meat roast beef\n";
  const auto examples = examplesOf(text, rules(2, {2, 3, 500, 0}));
  const wm_examples_info info = infoOf(examples);
  for (const int32_t objective : {WM_FULL_SOFTMAX, WM_HIERARCHICAL_SOFTMAX, WM_NEGATIVE_SAMPLING, WM_ONE_VS_ALL}) {
    for (const uint32_t threads : {1U, 2U}) {
      const auto input = tableOf(info.rows, 6, 0.2F);
      const auto output = tableOf(objective == WM_HIERARCHICAL_SOFTMAX ? 2 : 3, 6, 0.0F);
      const wm_classifier_options options{objective, 2, 0.5, 5, 1, threads, nullptr};
      wm_job* job = nullptr;
      CHECK_EQUAL(wm_classifier_job_create(examples.get(), input.get(), output.get(), &options, &job, nullptr), WM_OK);
      const Owned<wm_job> owned(job);
      wm_job_progress progress;
      wm_job_poll(job, &progress);
      CHECK_EQUAL(wm_job_submit(job, 0, progress.blocks, nullptr), WM_OK);
      CHECK_EQUAL(wm_job_wait(job, nullptr), WM_OK);
      wm_job_poll(job, &progress);
      CHECK_EQUAL(progress.examples, 900U * 5U);
      CHECK_EQUAL(progress.tokens_done, progress.tokens_total);

      wm_subwords* subwords = nullptr;
      CHECK_EQUAL(wm_examples_subwords(examples.get(), &subwords, nullptr), WM_OK);
      const Owned<wm_subwords> ownedSubwords(subwords);
      wm_classifier_parts parts{};
      parts.words = wm_examples_words(examples.get());
      parts.labels = wm_examples_labels(examples.get());
      parts.label_counts = wm_examples_label_counts(examples.get());
      parts.label_prefix = reinterpret_cast<const uint8_t*>(prefix);
      parts.label_prefix_length = sizeof(prefix) - 1;
      parts.word_ngrams = 2;
      parts.buckets = subwords;
      parts.input = input.get();
      parts.output = output.get();
      parts.objective = objective;
      wm_classifier* classifier = nullptr;
      CHECK_EQUAL(wm_classifier_create(&parts, &classifier, nullptr), WM_OK);
      const Owned<wm_classifier> ownedClassifier(classifier);
      // Enough texts for the packed product, and few.
      for (const uint64_t n : {uint64_t{2}, uint64_t{70}}) {
        std::string asked;
        std::vector<uint64_t> ends;
        for (uint64_t i = 0; i < n; ++i) ends.push_back((asked += i % 2 == 0 ? "knead the flour" : "roast").size());
        std::vector<uint32_t> labels(n * 3);
        std::vector<float> probabilities(n * 3);
        std::vector<uint32_t> found(n);
        wm_predict_options how{3, 0.0F, 0, 2};
        CHECK_EQUAL(wm_classifier_predict(classifier, bytesOf(asked), ends.data(), n, &how, nullptr, labels.data(),
                                          probabilities.data(), found.data(), nullptr),
                    WM_OK);
        const std::vector<std::string> names = wordsOf(parts.labels);
        for (uint64_t i = 0; i < n; ++i) {
          CHECK_EQUAL(found[i], 3U);
          CHECK_EQUAL(names[labels[3 * i]], i % 2 == 0 ? "__label__bread" : "__label__meat");
          CHECK(probabilities[3 * i] > 0.8F && probabilities[3 * i] <= 1.0F);
          CHECK(probabilities[3 * i + 1] >= probabilities[3 * i + 2]);
        }
        how.sigmoid_table = 1;
        std::vector<float> tabulated(n * 3);
        CHECK_EQUAL(wm_classifier_predict(classifier, bytesOf(asked), ends.data(), n, &how, nullptr, labels.data(),
                                          tabulated.data(), found.data(), nullptr),
                    WM_OK);
        const bool usesTable = objective == WM_NEGATIVE_SAMPLING || objective == WM_ONE_VS_ALL;
        for (uint64_t i = 0; i < 3 * n; ++i) CHECK_NEAR(tabulated[i], probabilities[i], usesTable ? 8e-3 : 1e-7);
        CHECK_EQUAL(tabulated == probabilities, !usesTable);
      }
    }
  }
}

void refusesWhatDoesNotFit() {
  const auto examples = examplesOf("__label__a x\n__label__b y\n", rules(1, {0, 0, 0, 0}));
  const auto input = tableOf(infoOf(examples).rows, 4, 0.1F);
  const auto output = tableOf(2, 4, 0.0F);
  const auto create = [&](const wm_classifier_options& options, wm_table* in, wm_table* out) {
    wm_job* job = nullptr;
    wm_error error{};
    CHECK(wm_classifier_job_create(examples.get(), in, out, &options, &job, &error) != WM_OK);
    return std::string(error.option);
  };
  CHECK_EQUAL(create({3, 5, 0.1, 1, 1, 1, nullptr}, input.get(), output.get()), "objective");
  CHECK_EQUAL(create({WM_NEGATIVE_SAMPLING, 0, 0.1, 1, 1, 1, nullptr}, input.get(), output.get()), "negativeSamples");
  CHECK_EQUAL(create({WM_FULL_SOFTMAX, 0, 0.0, 1, 1, 1, nullptr}, input.get(), output.get()), "learningRate");
  CHECK_EQUAL(create({WM_FULL_SOFTMAX, 0, 0.1, 0, 1, 1, nullptr}, input.get(), output.get()), "epochs");
  CHECK_EQUAL(create({WM_FULL_SOFTMAX, 0, 0.1, 1, 1, 1, nullptr}, output.get(), output.get()), "input");
  CHECK_EQUAL(create({WM_HIERARCHICAL_SOFTMAX, 0, 0.1, 1, 1, 1, nullptr}, input.get(), output.get()), "output");
}

}  // namespace

int main() {
  joinsHashesOfWords();
  findsWordsLabelsAndNgrams();
  learnsAndPredicts();
  refusesWhatDoesNotFit();
  return checkResult();
}
