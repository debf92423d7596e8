// Searching, counting, GloVe, classification and prediction of the next token, as the engine does them on a device.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "engine.h"
#include "synthetic_text.h"
#include "trainings.h"

namespace {

double secondsOf(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Measurement of(const char* name, const std::string& size, const char* unit) {
  Measurement m;
  m.name = name;
  m.size = size;
  m.unit = unit;
  return m;
}

void measureSearch(const wm_device* device, const Scale& scale, Report& report) {
  const uint64_t rows = scale.isSmall ? 2000 : 1000000;
  const uint64_t columns = scale.isSmall ? 20 : 300;
  const uint64_t queries = scale.isSmall ? 20 : 1024;
  constexpr uint32_t k = 10;
  const auto table = tableOf(rows, columns, 1.0F);
  std::vector<float> asked(queries * columns);
  must("queries", [&](wm_error* error) {
    return wm_table_read(table.get(), 7, queries, WM_F32, asked.data(), asked.size() * sizeof(float), error);
  });
  std::vector<uint32_t> found(queries * k);
  std::vector<float> scores(found.size());
  wm_search_options options{};
  options.metric = WM_COSINE;
  options.k = k;
  options.last_row = UINT64_MAX;
  options.device = device;
  const auto search = [&] {
    must("search", [&](wm_error* error) {
      return wm_search(table.get(), asked.data(), queries, &options, found.data(), scores.data(), error);
    });
  };
  search();  // the rows are on the device from now on
  std::vector<double> seconds;
  for (int i = 0; i < 5; ++i) seconds.push_back(secondsOf(search));
  std::nth_element(seconds.begin(), seconds.begin() + 2, seconds.end());
  Measurement m =
      of("top-10 search, f32",
         std::to_string(queries) + " queries, " + std::to_string(rows) + " x " + std::to_string(columns), "FLOP");
  m.seconds = seconds[2];
  m.amount = 2.0 * static_cast<double>(queries * columns) * static_cast<double>(rows);
  m.bound = report.operationsPerSecond;
  m.least = 0.50;
  report.measurements.push_back(m);
}

Owned<wm_cooccurrence> measureCounting(const wm_device* device, const wm_view* view, Report& report) {
  wm_view_info info;
  wm_view_describe(view, &info);
  wm_count_options options{};
  options.window_size = 10;
  options.symmetric = 1;
  options.distance_weighting = 1;
  options.device = device;
  Owned<wm_cooccurrence> matrix;
  Measurement m = of("co-occurrence counting", "window 10, " + std::to_string(info.rows) + " words", "words");
  m.seconds = secondsOf([&] {
    matrix = make<wm_cooccurrence>("counting", [&](wm_cooccurrence** out, wm_error* error) {
      return wm_cooccurrence_count(view, &options, nullptr, out, error);
    });
  });
  m.amount = static_cast<double>(info.tokens);
  report.measurements.push_back(m);
  return matrix;
}

void measureGlove(const wm_device* device, const wm_cooccurrence* matrix, const Scale& scale, Report& report) {
  constexpr uint64_t columns = 100;
  wm_cooccurrence_info info;
  wm_cooccurrence_describe(matrix, &info);
  const auto words = tableOf(info.rows, columns, 0.005F);
  const auto contexts = tableOf(info.rows, columns, 0.005F);
  const auto wordSquares = tableOf(info.rows, columns, 0.0F);
  const auto contextSquares = tableOf(info.rows, columns, 0.0F);
  const auto biases = tableOf(4, info.rows, 0.0F);
  const std::vector<float> ones(info.rows * columns, 1.0F);
  const auto fillWithOnes = [&](const Owned<wm_table>& table, uint64_t first, uint64_t rows, uint64_t width) {
    must("table", [&](wm_error* error) {
      return wm_table_write(table.get(), first, rows, WM_F32, ones.data(), rows * width * sizeof(float), error);
    });
  };
  fillWithOnes(wordSquares, 0, info.rows, columns);
  fillWithOnes(contextSquares, 0, info.rows, columns);
  fillWithOnes(biases, 2, 2, info.rows);
  const wm_glove_tables tables = {words.get(), contexts.get(), wordSquares.get(), contextSquares.get(), biases.get()};
  wm_glove_options options{};
  options.learning_rate = 0.05;
  options.x_max = 100.0;
  options.alpha = 0.75;
  options.gradient_clip = 100.0;
  options.epochs = scale.isSmall ? 1 : 1000;
  options.device = device;
  const auto job = make<wm_job>("GloVe", [&](wm_job** out, wm_error* error) {
    return wm_glove_job_create(matrix, &tables, &options, nullptr, out, error);
  });
  const Run run = runFor(job.get(), scale.secondsOfOther);
  Measurement m = of("GloVe", "d 100, " + std::to_string(info.nonzeros) + " nonzeros", "nonzeros");
  m.seconds = run.seconds;
  m.amount = static_cast<double>(run.tokens);
  m.least = 300e6;
  m.aim = 900e6;
  report.measurements.push_back(m);
}

void measureClassifier(const wm_device* device, int objective, const char* name, const Scale& scale, Report& report) {
  const uint64_t lines = scale.isSmall ? 200 : 200000;
  const uint64_t labels = scale.isSmall ? 10 : 700;
  constexpr uint64_t columns = 100;
  std::string text;
  uint64_t state = 1;
  const auto random = [&](uint64_t bound) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33U) % bound;
  };
  for (uint64_t i = 0; i < lines; ++i) {
    text += "__label__" + std::to_string(random(labels));
    for (int word = 0; word < 12; ++word) text += " w" + std::to_string(random(scale.isSmall ? 50 : 20000));
    text += '\n';
  }
  wm_corpus_options reading{};
  reading.max_token_bytes = 1000;
  const auto builder = make<wm_corpus_builder>(
      "lines", [&](wm_corpus_builder** out, wm_error* error) { return wm_corpus_begin(&reading, out, error); });
  must("lines", [&](wm_error* error) {
    return wm_corpus_append(builder.get(), reinterpret_cast<const uint8_t*>(text.data()), text.size(), error);
  });
  const auto corpus = make<wm_corpus>(
      "lines", [&](wm_corpus** out, wm_error* error) { return wm_corpus_finish(builder.get(), nullptr, out, error); });
  const std::string prefix = "__label__";
  wm_examples_options rules{};
  rules.label_prefix = reinterpret_cast<const uint8_t*>(prefix.data());
  rules.label_prefix_length = prefix.size();
  rules.min_count = 1;
  rules.word_ngrams = 1;
  const auto examples = make<wm_examples>("lines", [&](wm_examples** out, wm_error* error) {
    return wm_examples_create(corpus.get(), &rules, nullptr, out, error);
  });
  wm_examples_info info;
  wm_examples_describe(examples.get(), &info);
  const auto input = tableOf(info.rows, columns, 0.01F);
  const auto output = tableOf(objective == WM_HIERARCHICAL_SOFTMAX ? info.labels - 1 : info.labels, columns, 0.0F);
  wm_classifier_options options{};
  options.objective = objective;
  options.negative_samples = 5;
  options.learning_rate = 0.1;
  options.epochs = scale.isSmall ? 1 : 1000;
  options.device = device;
  const auto job = make<wm_job>(name, [&](wm_job** out, wm_error* error) {
    return wm_classifier_job_create(examples.get(), input.get(), output.get(), &options, out, error);
  });
  const Run run = runFor(job.get(), scale.secondsOfOther);
  Measurement m = of(name, "d 100, 12 words, " + std::to_string(info.labels) + " labels", "words");
  m.seconds = run.seconds;
  m.amount = static_cast<double>(run.tokens);
  report.measurements.push_back(m);
}

void measureNextToken(const wm_device* device, const Scale& scale, Report& report) {
  const uint64_t rows = scale.isSmall ? 60 : 8192;
  const uint64_t columns = scale.isSmall ? 16 : 128;
  const auto corpus = zipfCorpus(scale.isSmall ? 2000 : 2000000, rows);
  const auto view = viewOf(corpus.get());
  const auto sequence = make<wm_sequence>("sequence", [&](wm_sequence** out, wm_error* error) {
    return wm_sequence_create(view.get(), 0.0, 1, 0, nullptr, out, error);
  });
  const auto input = tableOf(rows, columns, 0.1F);
  const auto output = tableOf(rows, columns, 0.0F);
  const auto bias = tableOf(1, rows, 0.0F);
  wm_next_token_tables tables{};
  tables.input = input.get();
  tables.output = output.get();
  tables.bias = bias.get();
  tables.counts = wm_view_counts(view.get());
  wm_next_token_options options{};
  options.context = WM_CONTEXT_MEAN;
  options.context_size = 4;
  options.objective = WM_NEXT_TOKEN_SOFTMAX;
  options.batch_size = scale.isSmall ? 64 : 1024;
  options.optimizer.rule = WM_ADAGRAD;
  options.optimizer.epsilon = 1e-10;
  options.schedule = WM_RATE_CONSTANT;
  options.learning_rate = 0.05;
  options.epochs = scale.isSmall ? 1 : 1000;
  options.device = device;
  const auto job = make<wm_job>("next token", [&](wm_job** out, wm_error* error) {
    return wm_next_token_job_create(sequence.get(), &tables, &options, out, error);
  });
  const Run run = runFor(job.get(), scale.secondsOfOther);
  Measurement m = of("next token, full softmax",
                     "d " + std::to_string(columns) + ", " + std::to_string(rows) + " rows, batch of " +
                         std::to_string(options.batch_size),
                     "FLOP");
  m.seconds = run.seconds;
  // Three products: logits, gradients of the hidden layer, gradients of the output.
  m.amount = 6.0 * static_cast<double>(run.tokens) * static_cast<double>(rows * columns);
  m.bound = report.operationsPerSecond;
  report.measurements.push_back(m);
}

}  // namespace

void measureOtherWork(const wm_device* device, const Scale& scale, Report& report) {
  std::fprintf(stderr, "search ..\n");
  measureSearch(device, scale, report);
  std::fprintf(stderr, "counting and GloVe ..\n");
  const auto corpus = zipfCorpus(std::min<uint64_t>(scale.tokens / 10, 10000000), scale.words);
  const auto view = viewOf(corpus.get());
  const auto matrix = measureCounting(device, view.get(), report);
  measureGlove(device, matrix.get(), scale, report);
  std::fprintf(stderr, "classification ..\n");
  measureClassifier(device, WM_FULL_SOFTMAX, "classifier, softmax", scale, report);
  measureClassifier(device, WM_HIERARCHICAL_SOFTMAX, "classifier, tree", scale, report);
  std::fprintf(stderr, "next token ..\n");
  measureNextToken(device, scale, report);
}
