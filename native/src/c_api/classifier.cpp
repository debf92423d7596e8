#include "search/classifier.h"

#include <memory>
#include <string>

#include "backend/device_classifier.h"
#include "c_api/device.h"
#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/job.h"
#include "runtime/parallel.h"
#include "text/examples.h"
#include "text/keys.h"
#include "train/classifier_model.h"

using namespace wordmill;

namespace {

std::string prefixOf(const uint8_t* bytes, uint64_t length) {
  require(bytes != nullptr && length > 0, "labelPrefix", "labels begin with something that other words do not");
  return {reinterpret_cast<const char*>(bytes), length};
}

ExampleRules rulesFrom(const wm_examples_options& options) {
  const wm_subword_rules& subwords = options.subwords;
  require(options.word_ngrams >= 1 && options.word_ngrams <= 1000, "wordNgrams", "wordNgrams must be 1 .. 1000");
  require(subwords.max_length == 0 || (subwords.min_length >= 1 && subwords.min_length <= subwords.max_length),
          "minNgramLength", "n-grams have at least one character, and the least length is not above the greatest");
  require(subwords.hashes == 0, "hashes", "classifiers use fastText's hash: 0");
  require(subwords.buckets <= INT32_MAX, "buckets", "at most 2147483647 buckets");
  const bool fixed = options.words != nullptr;
  require(fixed == (options.labels != nullptr) && fixed == (options.label_counts != nullptr) &&
              fixed == (options.buckets != nullptr),
          "words", "words, labels, their counts and buckets of a model are given together");
  require(fixed || subwords.buckets > 0 || (options.word_ngrams == 1 && subwords.max_length == 0), "buckets",
          "n-grams need at least 1 bucket");
  ExampleRules rules;
  rules.labelPrefix = prefixOf(options.label_prefix, options.label_prefix_length);
  rules.minCount = options.min_count;
  rules.minCountLabel = options.min_count_label;
  rules.wordNgrams = options.word_ngrams;
  rules.subwords = {subwords.min_length, subwords.max_length, subwords.buckets};
  if (fixed) {
    rules.words = options.words->value;
    rules.labels = options.labels->value;
    rules.labelCounts.assign(options.label_counts, options.label_counts + rules.labels->size());
    rules.buckets = options.buckets->value;
  }
  return rules;
}

}  // namespace

wm_code wm_examples_create(const wm_corpus* corpus, const wm_examples_options* options, const wm_signal* signal,
                           wm_examples** out, wm_error* error) {
  return guard(error, [&] {
    require(corpus != nullptr && options != nullptr && out != nullptr, "corpus", "an argument is NULL");
    std::shared_ptr<const Examples> made = Examples::create(corpus->value, rulesFrom(*options), signal);
    *out = new wm_examples{made, {made->words()}, {made->labels()}};
  });
}

void wm_examples_describe(const wm_examples* examples, wm_examples_info* out) {
  const Examples& value = *examples->value;
  *out = {value.size(),       value.skipped(), value.tokens(), value.wordCounts().size(), value.labelCounts().size(),
          value.featureRows()};
}

const wm_keys* wm_examples_words(const wm_examples* examples) { return &examples->words; }

const wm_keys* wm_examples_labels(const wm_examples* examples) { return &examples->labels; }

const uint64_t* wm_examples_word_counts(const wm_examples* examples) { return examples->value->wordCounts().data(); }

const uint64_t* wm_examples_label_counts(const wm_examples* examples) { return examples->value->labelCounts().data(); }

wm_code wm_examples_subwords(const wm_examples* examples, wm_subwords** out, wm_error* error) {
  return guard(error, [&] {
    require(examples != nullptr && out != nullptr, "examples", "an argument is NULL");
    *out = new wm_subwords{examples->value->subwords()};
  });
}

void wm_examples_release(wm_examples* examples) { delete examples; }

wm_code wm_classifier_job_create(const wm_examples* examples, wm_table* input, wm_table* output,
                                 const wm_classifier_options* options, wm_job** out, wm_error* error) {
  return guard(error, [&] {
    require(examples != nullptr && input != nullptr && output != nullptr && options != nullptr && out != nullptr,
            "examples", "an argument is NULL");
    auto model = std::make_unique<ClassifierModel>(examples->value, input->value(), output->value(), *options);
    if (options->device != nullptr) {
      *out = new wm_job(std::make_unique<DeviceClassifier>(options->device->value, std::move(model)), 1);
    } else {
      *out = new wm_job(std::move(model), resolveThreads(options->threads));
    }
  });
}

wm_code wm_classifier_create(const wm_classifier_parts* parts, wm_classifier** out, wm_error* error) {
  return guard(error, [&] {
    require(parts != nullptr && out != nullptr && parts->words != nullptr && parts->labels != nullptr &&
                parts->buckets != nullptr && parts->input != nullptr && parts->output != nullptr,
            "parts", "an argument is NULL");
    const bool isTree = parts->objective == WM_HIERARCHICAL_SOFTMAX;
    require(isTree || parts->objective == WM_NEGATIVE_SAMPLING || parts->objective == WM_FULL_SOFTMAX ||
                parts->objective == WM_ONE_VS_ALL,
            "objective", "objective is not one of wm_objective");
    require(!isTree || parts->label_counts != nullptr, "labelCounts", "hierarchical softmax needs the labels' counts");
    ClassifierParts shares;
    shares.words = parts->words->value;
    shares.labels = parts->labels->value;
    if (isTree) shares.labelCounts.assign(parts->label_counts, parts->label_counts + shares.labels->size());
    shares.labelPrefix = prefixOf(parts->label_prefix, parts->label_prefix_length);
    shares.wordNgrams = parts->word_ngrams;
    shares.buckets = parts->buckets->value;
    shares.input = parts->input->value();
    shares.output = parts->output->value();
    shares.objective = parts->objective;
    *out = new wm_classifier{std::make_shared<const Classifier>(std::move(shares))};
  });
}

uint64_t wm_classifier_columns(const wm_classifier* classifier) { return classifier->value->columns(); }

wm_code wm_classifier_predict(const wm_classifier* classifier, const uint8_t* text, const uint64_t* ends, uint64_t n,
                              const wm_predict_options* options, const wm_signal* signal, uint32_t* labels,
                              float* probabilities, uint32_t* found, wm_error* error) {
  return guard(error, [&] {
    require(classifier != nullptr && options != nullptr &&
                (n == 0 || (ends != nullptr && labels != nullptr && probabilities != nullptr && found != nullptr)),
            "classifier", "an argument is NULL");
    require(options->k > 0, "k", "k must be at least 1");
    require(n == 0 || ends[n - 1] == 0 || text != nullptr, "text", "text must not be NULL");
    for (uint64_t i = 1; i < n; ++i) require(ends[i - 1] <= ends[i], "ends", "the texts' ends must not fall");
    classifier->value->predict(text, ends, n, *options, signal, {labels, probabilities, found});
  });
}

wm_code wm_classifier_text_vector(const wm_classifier* classifier, const uint8_t* text, uint64_t length, float* out,
                                  wm_error* error) {
  return guard(error, [&] {
    require(classifier != nullptr && (text != nullptr || length == 0) && out != nullptr, "classifier",
            "an argument is NULL");
    classifier->value->textVector({reinterpret_cast<const char*>(text), length}, out);
  });
}

void wm_classifier_release(wm_classifier* classifier) { delete classifier; }
