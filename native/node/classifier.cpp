#include "classifier.h"

#include <algorithm>
#include <string>
#include <vector>

#include "arguments.h"
#include "corpus.h"
#include "device.h"
#include "job.h"
#include "key_text.h"
#include "keys.h"
#include "signal.h"
#include "subwords.h"
#include "table.h"

namespace wordmill::node {
namespace {

constexpr Choices kObjectives = {{"softmax", WM_FULL_SOFTMAX},
                                 {"hierarchical-softmax", WM_HIERARCHICAL_SOFTMAX},
                                 {"negative-sampling", WM_NEGATIVE_SAMPLING},
                                 {"one-vs-all", WM_ONE_VS_ALL}};

std::string toBytesOf(const Napi::Value& value, const char* name) {
  const KeyBytes bytes(value, name);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

wm_examples_info describeExamples(const wm_examples* examples) {
  wm_examples_info about;
  wm_examples_describe(examples, &about);
  return about;
}

Napi::Value copyOf(Napi::Env env, const uint64_t* counts, uint64_t n) {
  Napi::BigUint64Array out = Addon::of(env).makeUint64s(env, n);
  std::copy(counts, counts + n, out.Data());
  return out;
}

/// ExamplesOptions of binding.ts, with what `native` points to.
struct ExamplesOptions {
  explicit ExamplesOptions(const Napi::Value& value) {
    const Fields fields(value, "options");
    prefix = toBytesOf(fields.get("labelPrefix"), "labelPrefix");
    native.label_prefix = reinterpret_cast<const uint8_t*>(prefix.data());
    native.label_prefix_length = prefix.size();
    native.min_count = fields.size("minCount");
    native.min_count_label = fields.size("minCountLabel");
    native.word_ngrams = fields.count("wordNgrams");
    native.subwords = toSubwordRules(fields.get("rules"));
    const Napi::Value features = fields.get("features");
    if (features.IsUndefined()) return;
    const Fields given(features, "features");
    words = Keys::use(given.get("words"), "words");
    labels = Keys::use(given.get("labels"), "labels");
    buckets = Subwords::use(given.get("subwords"), "subwords");
    const Span<uint64_t> counts = toUint64s(given.get("labelCounts"), "labelCounts");
    labelCounts.assign(counts.data, counts.data + counts.size);
    if (counts.size != wm_keys_size(labels.get())) {
      refuse(value.Env(), "labelCounts", "expected one count for each label");
    }
    native.words = words.get();
    native.labels = labels.get();
    native.label_counts = labelCounts.data();
    native.buckets = buckets.get();
  }
  ExamplesOptions(const ExamplesOptions&) = delete;

  std::string prefix;
  KeysHandle words;
  KeysHandle labels;
  std::vector<uint64_t> labelCounts;
  SubwordsHandle buckets;
  wm_examples_options native{};
};

/// Texts to ask about and room for the answers.
struct Questions {
  Questions(Napi::Env env, const Napi::CallbackInfo& info) : n(toUint64s(info[1], "ends").size) {
    const Fields fields(info[2], "options");
    options.k = fields.count("k");
    options.threshold = static_cast<float>(fields.number("threshold"));
    options.sigmoid_table = fields.flag("sigmoidTable") ? 1 : 0;
    options.threads = fields.count("threads");
    labels = Addon::of(env).makeUint32s(env, multiply(env, "k", n, options.k));
    probabilities = Addon::of(env).makeFloats(env, n * options.k);
    found = Addon::of(env).makeUint32s(env, n);
    const Span<uint8_t> bytes = toBytes(info[0], "text");
    const Span<uint64_t> given = toUint64s(info[1], "ends");
    text.assign(bytes.data, bytes.data + bytes.size);
    ends.assign(given.data, given.data + given.size);
    if (!ends.empty() && *std::max_element(ends.begin(), ends.end()) > text.size()) {
      refuse(env, "ends", "a text ends behind the end of all");
    }
  }

  Napi::Object result(Napi::Env env) const {
    Napi::Object out = Napi::Object::New(env);
    out.Set("labels", labels);
    out.Set("probabilities", probabilities);
    out.Set("found", found);
    return out;
  }

  const uint64_t n;
  wm_predict_options options{};
  std::vector<uint8_t> text;
  std::vector<uint64_t> ends;
  Napi::Uint32Array labels;
  Napi::Float32Array probabilities;
  Napi::Uint32Array found;
};

}  // namespace

Napi::Function Examples::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Examples::describe>("describe"),
                         InstanceMethod<&Examples::words>("words"),
                         InstanceMethod<&Examples::labels>("labels"),
                         InstanceMethod<&Examples::wordCounts>("wordCounts"),
                         InstanceMethod<&Examples::labelCounts>("labelCounts"),
                         InstanceMethod<&Examples::subwords>("subwords"),
                         InstanceMethod<&Examples::classifierJob>("classifierJob"),
                         InstanceMethod("dispose", &Examples::dispose),
                     });
}

Napi::Object Examples::makeOf(Napi::Env env, wm_examples* examples) {
  return make(env, ExamplesHandle(examples, [](const wm_examples* released) {
                wm_examples_release(const_cast<wm_examples*>(released));
              }));
}

// void wm_examples_describe(const wm_examples* examples, wm_examples_info* out);
Napi::Value Examples::describe(const Napi::CallbackInfo& info) {
  const wm_examples_info about = describeExamples(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("examples", fromSize(about.examples));
  result.Set("skipped", fromSize(about.skipped));
  result.Set("tokens", fromSize(about.tokens));
  result.Set("words", fromSize(about.words));
  result.Set("labels", fromSize(about.labels));
  result.Set("rows", fromSize(about.rows));
  return result;
}

// const wm_keys* wm_examples_words(const wm_examples* examples);
Napi::Value Examples::words(const Napi::CallbackInfo& info) {
  const ExamplesHandle examples = use(info.Env());
  return Keys::make(info.Env(), KeysHandle(examples, wm_examples_words(examples.get())));
}

// const wm_keys* wm_examples_labels(const wm_examples* examples);
Napi::Value Examples::labels(const Napi::CallbackInfo& info) {
  const ExamplesHandle examples = use(info.Env());
  return Keys::make(info.Env(), KeysHandle(examples, wm_examples_labels(examples.get())));
}

// const uint64_t* wm_examples_word_counts(const wm_examples* examples);
Napi::Value Examples::wordCounts(const Napi::CallbackInfo& info) {
  const ExamplesHandle examples = use(info.Env());
  return copyOf(info.Env(), wm_examples_word_counts(examples.get()), describeExamples(examples.get()).words);
}

// const uint64_t* wm_examples_label_counts(const wm_examples* examples);
Napi::Value Examples::labelCounts(const Napi::CallbackInfo& info) {
  const ExamplesHandle examples = use(info.Env());
  return copyOf(info.Env(), wm_examples_label_counts(examples.get()), describeExamples(examples.get()).labels);
}

// wm_code wm_examples_subwords(const wm_examples* examples, wm_subwords** out, wm_error* error);
Napi::Value Examples::subwords(const Napi::CallbackInfo& info) {
  wm_subwords* made;
  wm_error error;
  check(info.Env(), wm_examples_subwords(use(info.Env()).get(), &made, &error), error);
  return Subwords::makeOf(info.Env(), made);
}

// wm_code wm_classifier_job_create(const wm_examples* examples, wm_table* input, wm_table* output,
//                                  const wm_classifier_options* options, wm_job** out, wm_error* error);
Napi::Value Examples::classifierJob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ExamplesHandle examples = use(env);
  const Fields fields(info[2], "options");
  wm_classifier_options options{};
  options.objective = fields.choice("objective", kObjectives);
  options.negative_samples = fields.count("negativeSamples");
  options.learning_rate = fields.number("learningRate");
  options.epochs = fields.size("epochs");
  options.seed = fields.seed("seed");
  options.threads = fields.count("threads");
  const DeviceChoice device(info[2]);
  const TableHandle input = Table::use(info[0], "input");
  const TableHandle output = Table::use(info[1], "output");
  return Job::makeLater(env, [examples, input, output, options, device](wm_job** out, wm_error* error) {
    wm_classifier_options chosen = options;
    chosen.device = device.native();
    return wm_classifier_job_create(examples.get(), input.get(), output.get(), &chosen, out, error);
  });
}

// wm_code wm_examples_create(const wm_corpus* corpus, const wm_examples_options* options, const wm_signal* signal,
//                            wm_examples** out, wm_error* error);
Napi::Value createExamples(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CorpusHandle corpus = Corpus::use(info[0], "corpus");
  auto options = std::make_shared<ExamplesOptions>(info[1]);
  const SignalHandle signal = Signal::orNew(info[2], "signal");
  auto made = std::make_shared<wm_examples*>(nullptr);
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [=](wm_error* error) {
    return wm_examples_create(corpus.get(), &options->native, signal.get(), made.get(), error);
  };
  task.result = [made](Napi::Env e) { return Examples::makeOf(e, *made); };
  return Addon::of(env).start(env, std::move(task));
}

Napi::Function Classifier::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Classifier::predict>("predict"),
                         InstanceMethod<&Classifier::predictSync>("predictSync"),
                         InstanceMethod<&Classifier::textVector>("textVector"),
                         InstanceMethod("dispose", &Classifier::dispose),
                     });
}

// wm_code wm_classifier_create(const wm_classifier_parts* parts, wm_classifier** out, wm_error* error);
Napi::Value createClassifier(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Fields fields(info[0], "parts");
  const std::string prefix = toBytesOf(fields.get("labelPrefix"), "labelPrefix");
  const KeysHandle words = Keys::use(fields.get("words"), "words");
  const KeysHandle labels = Keys::use(fields.get("labels"), "labels");
  const SubwordsHandle buckets = Subwords::use(fields.get("subwords"), "subwords");
  const TableHandle input = Table::use(fields.get("input"), "input");
  const TableHandle output = Table::use(fields.get("output"), "output");
  wm_classifier_parts parts{};
  parts.word_ngrams = fields.count("wordNgrams");
  parts.objective = fields.choice("objective", kObjectives);
  const Span<uint64_t> counts = toUint64s(fields.get("labelCounts"), "labelCounts");
  if (counts.size != wm_keys_size(labels.get())) refuse(env, "labelCounts", "expected one count for each label");
  parts.words = words.get();
  parts.labels = labels.get();
  parts.label_counts = counts.data;
  parts.label_prefix = reinterpret_cast<const uint8_t*>(prefix.data());
  parts.label_prefix_length = prefix.size();
  parts.buckets = buckets.get();
  parts.input = input.get();
  parts.output = output.get();
  wm_classifier* made;
  wm_error error;
  check(env, wm_classifier_create(&parts, &made, &error), error);
  return Classifier::make(env, ClassifierHandle(made, [](const wm_classifier* released) {
                            wm_classifier_release(const_cast<wm_classifier*>(released));
                          }));
}

// wm_code wm_classifier_predict(const wm_classifier* classifier, const uint8_t* text, const uint64_t* ends, uint64_t n,
//                               const wm_predict_options* options, const wm_signal* signal, uint32_t* labels,
//                               float* probabilities, uint32_t* found, wm_error* error);
Napi::Value Classifier::predict(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ClassifierHandle classifier = use(env);
  const SignalHandle signal = Signal::orNew(info[3], "signal");
  auto questions = std::make_shared<Questions>(env, info);
  auto kept = std::make_shared<Napi::ObjectReference>(Napi::Persistent(questions->result(env)));
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  uint32_t* const labels = questions->labels.Data();
  float* const probabilities = questions->probabilities.Data();
  uint32_t* const found = questions->found.Data();
  task.work = [=](wm_error* error) {
    return wm_classifier_predict(classifier.get(), questions->text.data(), questions->ends.data(), questions->n,
                                 &questions->options, signal.get(), labels, probabilities, found, error);
  };
  task.result = [kept](Napi::Env) -> Napi::Value { return kept->Value(); };
  return Addon::of(env).start(env, std::move(task));
}

// The same on the calling thread.
Napi::Value Classifier::predictSync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ClassifierHandle classifier = use(env);
  Questions questions(env, info);
  wm_error error;
  check(env,
        wm_classifier_predict(classifier.get(), questions.text.data(), questions.ends.data(), questions.n,
                              &questions.options, nullptr, questions.labels.Data(), questions.probabilities.Data(),
                              questions.found.Data(), &error),
        error);
  return questions.result(env);
}

// wm_code wm_classifier_text_vector(const wm_classifier* classifier, const uint8_t* text, uint64_t length, float* out,
//                                   wm_error* error);
void Classifier::textVector(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ClassifierHandle classifier = use(env);
  const KeyBytes text(info[0], "text");
  const Span<float> out = toFloats(info[1], "out");
  if (out.size != wm_classifier_columns(classifier.get())) refuse(env, "out", "expected room for one vector");
  wm_error error;
  check(env, wm_classifier_text_vector(classifier.get(), text.data(), text.size(), out.data, &error), error);
}

}  // namespace wordmill::node
