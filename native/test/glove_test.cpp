// GloVe through the C ABI: it learns, the same for any number of threads, from the middle as from the start, and says
// what is wrong.

#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "check.h"
#include "wordmill.h"

namespace {

constexpr uint64_t kRows = 300;
constexpr uint64_t kColumns = 24;

struct Record {
  int32_t row;
  int32_t column;
  double count;
};

/// Counts of the form exp(a . b) of hidden vectors, so that there is something to learn.
std::vector<Record> hiddenCounts(bool symmetric) {
  std::mt19937 generator(3);
  std::normal_distribution<double> normal(0.0, 0.7);
  constexpr size_t hidden = 4;
  std::vector<double> vectors(2 * kRows * hidden);
  for (double& value : vectors) value = normal(generator);
  std::vector<Record> records;
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t column = 0; column <= (symmetric ? row : kRows - 1); ++column) {
      if (generator() % 3 != 0) continue;
      double score = 1.5;
      const size_t other = symmetric ? column : kRows + column;
      for (size_t k = 0; k < hidden; ++k) score += vectors[row * hidden + k] * vectors[other * hidden + k];
      const auto a = static_cast<int32_t>(row + 1);
      const auto b = static_cast<int32_t>(column + 1);
      records.push_back({a, b, std::exp(score)});
      if (symmetric && a != b) records.push_back({b, a, std::exp(score)});
    }
  }
  return records;
}

wm_cooccurrence* matrixOf(const std::vector<Record>& records) {
  const wm_storage storage{};
  wm_records* pushed = nullptr;
  wm_cooccurrence* matrix = nullptr;
  CHECK_EQUAL(wm_records_create(&storage, &pushed, nullptr), WM_OK);
  CHECK_EQUAL(wm_records_append(pushed, reinterpret_cast<const uint8_t*>(records.data()),
                                records.size() * sizeof(Record), nullptr),
              WM_OK);
  CHECK_EQUAL(wm_records_matrix(pushed, kRows, 1, &storage, nullptr, &matrix, nullptr), WM_OK);
  wm_records_release(pushed);
  return matrix;
}

/// All parameters of a model, at their start.
struct Model {
  Model() {
    for (wm_table** table : {&tables.words, &tables.contexts, &tables.word_squares, &tables.context_squares}) {
      CHECK_EQUAL(wm_table_create(WM_F32, kRows, kColumns, table, nullptr), WM_OK);
    }
    CHECK_EQUAL(wm_table_create(WM_F32, 4, kRows, &tables.biases, nullptr), WM_OK);
    const float bound = 0.5F / kColumns;
    wm_table_fill_uniform(tables.words, 0, kRows, -bound, bound, 1, nullptr);
    wm_table_fill_uniform(tables.contexts, 0, kRows, -bound, bound, 2, nullptr);
    wm_table_fill_uniform(tables.biases, 0, 2, -bound, bound, 3, nullptr);
    wm_table_fill_uniform(tables.word_squares, 0, kRows, 1.0F, 1.0F, 0, nullptr);
    wm_table_fill_uniform(tables.context_squares, 0, kRows, 1.0F, 1.0F, 0, nullptr);
    wm_table_fill_uniform(tables.biases, 2, 2, 1.0F, 1.0F, 0, nullptr);
  }
  Model(const Model&) = delete;
  ~Model() {
    for (wm_table* table :
         {tables.words, tables.contexts, tables.word_squares, tables.context_squares, tables.biases}) {
      wm_table_release(table);
    }
  }

  std::vector<float> values() const {
    std::vector<float> all;
    for (const wm_table* table :
         {tables.words, tables.contexts, tables.word_squares, tables.context_squares, tables.biases}) {
      wm_table_info info;
      wm_table_describe(table, &info);
      const size_t before = all.size();
      all.resize(before + info.rows * info.columns);
      wm_table_read(table, 0, info.rows, WM_F32, all.data() + before, (all.size() - before) * sizeof(float), nullptr);
    }
    return all;
  }

  wm_glove_tables tables{};
};

wm_glove_options optionsOf(uint32_t threads) { return {0.05, 10.0, 0.75, 100.0, 6, 1, threads, nullptr}; }

/// Runs blocks first .. last of a new job; the cost of each epoch that was run whole.
std::vector<double> run(Model& model, const wm_cooccurrence* matrix, const wm_glove_options& options,
                        uint64_t firstBlock = 0, uint64_t lastBlock = UINT64_MAX) {
  wm_job* job = nullptr;
  CHECK_EQUAL(wm_glove_job_create(matrix, &model.tables, &options, nullptr, &job, nullptr), WM_OK);
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  const uint64_t epoch = progress.blocks / options.epochs;
  std::vector<double> costs;
  double loss = 0.0;
  uint64_t examples = 0;
  for (uint64_t block = firstBlock; block < std::min(lastBlock, progress.blocks);) {
    const uint64_t end = std::min({(block / epoch + 1) * epoch, lastBlock, progress.blocks});
    CHECK_EQUAL(wm_job_submit(job, block, end - block, nullptr), WM_OK);
    CHECK_EQUAL(wm_job_wait(job, nullptr), WM_OK);
    wm_job_progress now;
    wm_job_poll(job, &now);
    costs.push_back((now.loss_sum - loss) / static_cast<double>(now.examples - examples));
    loss = now.loss_sum;
    examples = now.examples;
    block = end;
  }
  wm_job_release(job);
  return costs;
}

/// Half the weighted squared error of a model as it is, by its definition.
double costOf(const Model& model, const std::vector<Record>& records) {
  const std::vector<float> values = model.values();
  const float* const words = values.data();
  const float* const contexts = words + kRows * kColumns;
  const float* const biases = words + 4 * kRows * kColumns;
  double cost = 0.0;
  for (const Record& record : records) {
    const auto row = static_cast<size_t>(record.row - 1);
    const auto column = static_cast<size_t>(record.column - 1);
    double error = biases[row] + static_cast<double>(biases[kRows + column]) - std::log(record.count);
    for (size_t c = 0; c < kColumns; ++c) {
      error += static_cast<double>(words[row * kColumns + c]) * contexts[column * kColumns + c];
    }
    cost += 0.5 * std::min(1.0, std::pow(record.count / 10.0, 0.75)) * error * error;
  }
  return cost / static_cast<double>(records.size());
}

void testLearning(bool symmetric) {
  const std::vector<Record> records = hiddenCounts(symmetric);
  wm_cooccurrence* matrix = matrixOf(records);
  wm_cooccurrence_info info;
  wm_cooccurrence_describe(matrix, &info);
  CHECK_EQUAL(info.symmetric != 0, symmetric);
  CHECK_EQUAL(info.nonzeros, records.size());
  Model model;
  const double before = costOf(model, records);
  wm_glove_options options = optionsOf(2);
  options.epochs = 25;
  const std::vector<double> costs = run(model, matrix, options);
  CHECK_EQUAL(costs.size(), 25U);
  for (size_t i = 1; i < costs.size(); ++i) CHECK(costs[i] < costs[i - 1]);
  CHECK(costs[0] < before);
  // The cost of an epoch is that of entries just before their step, so the model is a little better at its end.
  const double after = costOf(model, records);
  CHECK(after < costs.back() && after > 0.7 * costs.back());
  CHECK(after < 0.1 * before);
  wm_cooccurrence_release(matrix);
}

void testAnyNumberOfThreads(bool symmetric) {
  wm_cooccurrence* matrix = matrixOf(hiddenCounts(symmetric));
  std::vector<float> wanted;
  for (const uint32_t threads : {1U, 2U, 3U, 8U}) {
    Model model;
    run(model, matrix, optionsOf(threads));
    if (wanted.empty()) wanted = model.values();
    CHECK(model.values() == wanted);
  }
  Model other;
  wm_glove_options options = optionsOf(1);
  options.seed = 2;
  run(other, matrix, options);
  CHECK(other.values() != wanted);
  wm_cooccurrence_release(matrix);
}

void testResuming() {
  wm_cooccurrence* matrix = matrixOf(hiddenCounts(true));
  Model whole;
  run(whole, matrix, optionsOf(2));
  Model parts;
  run(parts, matrix, optionsOf(2), 0, 7);
  run(parts, matrix, optionsOf(1), 7);
  CHECK(parts.values() == whole.values());
  wm_cooccurrence_release(matrix);
}

wm_error creationError(const wm_cooccurrence* matrix, const wm_glove_tables& tables, const wm_glove_options& options) {
  wm_job* job = nullptr;
  wm_error error{};
  CHECK(wm_glove_job_create(matrix, &tables, &options, nullptr, &job, &error) != WM_OK);
  CHECK(job == nullptr);
  return error;
}

void testOptions() {
  wm_cooccurrence* matrix = matrixOf(hiddenCounts(true));
  Model model;
  const auto complains = [&](const char* option, const std::function<void(wm_glove_options&)>& spoil) {
    wm_glove_options options = optionsOf(1);
    spoil(options);
    const wm_error error = creationError(matrix, model.tables, options);
    CHECK_EQUAL(error.code, WM_ERR_OPTION);
    CHECK_EQUAL(std::string(error.option), option);
  };
  const double bad[] = {-1.0, std::nan(""), std::numeric_limits<double>::infinity()};
  for (const double value : bad) {
    complains("learningRate", [&](wm_glove_options& o) { o.learning_rate = value; });
    complains("xMax", [&](wm_glove_options& o) { o.x_max = value; });
    complains("alpha", [&](wm_glove_options& o) { o.alpha = value; });
    complains("gradientClip", [&](wm_glove_options& o) { o.gradient_clip = value; });
  }
  complains("epochs", [](wm_glove_options& o) { o.epochs = 0; });
  complains("threads", [](wm_glove_options& o) { o.threads = 5000; });

  wm_glove_tables tables = model.tables;
  tables.contexts = nullptr;
  CHECK_EQUAL(std::string(creationError(matrix, tables, optionsOf(1)).option), "contexts");
  tables.contexts = model.tables.words;
  CHECK_EQUAL(std::string(creationError(matrix, tables, optionsOf(1)).option), "tables");
  tables.contexts = model.tables.biases;
  CHECK_EQUAL(std::string(creationError(matrix, tables, optionsOf(1)).option), "contexts");
  wm_cooccurrence_release(matrix);
}

void testDivergence() {
  wm_cooccurrence* matrix = matrixOf(hiddenCounts(true));
  Model model;
  wm_glove_options options = optionsOf(2);
  options.learning_rate = 1e30;
  wm_job* job = nullptr;
  CHECK_EQUAL(wm_glove_job_create(matrix, &model.tables, &options, nullptr, &job, nullptr), WM_OK);
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  wm_job_submit(job, 0, progress.blocks, nullptr);
  wm_error error{};
  CHECK_EQUAL(wm_job_wait(job, &error), WM_ERR_DIVERGED);
  CHECK(error.block >= 0);
  wm_job_release(job);
  wm_cooccurrence_release(matrix);
}

void testSignal() {
  wm_cooccurrence* matrix = matrixOf(hiddenCounts(true));
  Model model;
  const wm_glove_options options = optionsOf(1);
  wm_signal* signal = nullptr;
  wm_signal_create(&signal, nullptr);
  wm_job* job = nullptr;
  CHECK_EQUAL(wm_glove_job_create(matrix, &model.tables, &options, signal, &job, nullptr), WM_OK);
  wm_cooccurrence_info info;
  wm_cooccurrence_describe(matrix, &info);
  CHECK_EQUAL(wm_signal_done(signal), info.stored);
  wm_job_release(job);
  job = nullptr;
  wm_signal_raise(signal);
  CHECK_EQUAL(wm_glove_job_create(matrix, &model.tables, &options, signal, &job, nullptr), WM_ERR_CANCELLED);
  CHECK(job == nullptr);
  wm_signal_release(signal);
  wm_cooccurrence_release(matrix);
}

}  // namespace

int main() {
  for (const bool symmetric : {true, false}) {
    testLearning(symmetric);
    testAnyNumberOfThreads(symmetric);
  }
  testResuming();
  testOptions();
  testDivergence();
  testSignal();
  return checkResult();
}
