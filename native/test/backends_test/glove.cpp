// GloVe on a device: the same steps as the processor's where their order does not matter, and as good a fit where it
// does.

#include <cmath>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "backends.h"
#include "corpus_fixture.h"

namespace {

struct Record {
  int32_t row;
  int32_t column;
  double count;
};

Owned<wm_cooccurrence> matrixOf(const std::vector<Record>& records, uint64_t rows) {
  const wm_storage storage{};
  wm_records* pushed = nullptr;
  wm_cooccurrence* matrix = nullptr;
  CHECK_EQUAL(wm_records_create(&storage, &pushed, nullptr), WM_OK);
  CHECK_EQUAL(wm_records_append(pushed, reinterpret_cast<const uint8_t*>(records.data()),
                                records.size() * sizeof(Record), nullptr),
              WM_OK);
  CHECK_EQUAL(wm_records_matrix(pushed, rows, 1, &storage, nullptr, &matrix, nullptr), WM_OK);
  wm_records_release(pushed);
  return Owned<wm_cooccurrence>(matrix);
}

/// Counts of the form exp(a . b) of hidden vectors, so that there is something to learn.
std::vector<Record> hiddenCounts(int32_t rows, bool symmetric) {
  std::mt19937 generator(3);
  std::normal_distribution<double> normal(0.0, 0.7);
  constexpr size_t hidden = 3;
  std::vector<double> vectors(2 * static_cast<size_t>(rows) * hidden);
  for (double& value : vectors) value = normal(generator);
  std::vector<Record> records;
  for (int32_t row = 0; row < rows; ++row) {
    for (int32_t column = 0; column <= (symmetric ? row : rows - 1); ++column) {
      if (generator() % 3 != 0) continue;
      double score = 1.5;
      const size_t a = static_cast<size_t>(row) * hidden;
      const size_t b = static_cast<size_t>(symmetric ? column : rows + column) * hidden;
      for (size_t k = 0; k < hidden; ++k) score += vectors[a + k] * vectors[b + k];
      records.push_back({row + 1, column + 1, std::exp(score)});
      if (symmetric && row != column) records.push_back({column + 1, row + 1, std::exp(score)});
    }
  }
  return records;
}

/// All parameters of a model, at their start.
class Model {
 public:
  Model(uint64_t rows, uint64_t columns) {
    const float bound = 0.5F / static_cast<float>(columns);
    tables.words = table(rows, columns, bound, 1);
    tables.contexts = table(rows, columns, bound, 2);
    tables.word_squares = table(rows, columns, 1.0F, 0);
    tables.context_squares = table(rows, columns, 1.0F, 0);
    tables.biases = table(4, rows, 1.0F, 0);
    wm_table_fill_uniform(tables.biases, 0, 2, -bound, bound, 3, nullptr);
  }

  std::vector<float> values() const {
    std::vector<float> all;
    for (const Owned<wm_table>& table : owned_) {
      wm_table_info info;
      wm_table_describe(table.get(), &info);
      const size_t before = all.size();
      all.resize(before + info.rows * info.columns);
      wm_table_read(table.get(), 0, info.rows, WM_F32, all.data() + before, (all.size() - before) * sizeof(float),
                    nullptr);
    }
    return all;
  }

  wm_glove_tables tables{};

 private:
  /// Seed 0: all numbers are the bound.
  wm_table* table(uint64_t rows, uint64_t columns, float bound, uint64_t seed) {
    wm_table* made = nullptr;
    CHECK_EQUAL(wm_table_create(WM_F32, rows, columns, &made, nullptr), WM_OK);
    wm_table_fill_uniform(made, 0, rows, seed == 0 ? bound : -bound, bound, seed, nullptr);
    owned_.emplace_back(made);
    return made;
  }

  std::vector<Owned<wm_table>> owned_;
};

wm_glove_options optionsOf(const wm_device* device, uint64_t epochs) {
  return {0.05, 10.0, 0.75, 100.0, epochs, 1, 1, device};
}

/// The cost of each epoch.
std::vector<double> train(const Model& model, const Owned<wm_cooccurrence>& matrix, const wm_glove_options& options) {
  std::vector<double> costs;
  wm_job* job = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_glove_job_create(matrix.get(), &model.tables, &options, nullptr, &job, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  const Owned<wm_job> owned(job);
  if (job == nullptr) return costs;
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  const uint64_t ofEpoch = progress.blocks / options.epochs;
  wm_cooccurrence_info info;
  wm_cooccurrence_describe(matrix.get(), &info);
  double loss = 0.0;
  for (uint64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    CHECK_EQUAL(wm_job_submit(job, (epoch - 1) * ofEpoch, ofEpoch, nullptr), WM_OK);
    CHECK_EQUAL(wm_job_wait(job, nullptr), WM_OK);
    wm_job_poll(job, &progress);
    CHECK_EQUAL(progress.tokens_done, epoch * info.nonzeros);
    CHECK_EQUAL(progress.examples, epoch * info.nonzeros);
    costs.push_back((progress.loss_sum - loss) / static_cast<double>(info.nonzeros));
    loss = progress.loss_sum;
  }
  return costs;
}

/// |a - b| <= tolerance * max(1, |b|), number by number.
bool agree(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  for (size_t i = 0; i < b.size(); ++i) {
    if (!(std::fabs(a[i] - b[i]) <= tolerance * std::fmax(1.0F, std::fabs(b[i])))) return false;
  }
  return a.size() == b.size();
}

/// Each row and each column occurs once, so that no order matters. Counts of 0.1 to 50 are below and above xMax; the
/// bound of gradients is met.
void testStep(const TestedDevice& tested, uint64_t columns) {
  constexpr int32_t rows = 45;
  std::vector<Record> records;
  for (int32_t row = 0; row < rows; ++row) {
    records.push_back({row + 1, (row * 7 + 3) % rows + 1, 0.1 * std::exp(0.14 * row)});
  }
  const Owned<wm_cooccurrence> matrix = matrixOf(records, rows);
  Model onProcessor(rows, columns);
  Model onDevice(rows, columns);
  wm_glove_options options = optionsOf(nullptr, 3);
  options.gradient_clip = 0.7 / static_cast<double>(columns);
  const std::vector<float> before = onProcessor.values();
  const std::vector<double> wanted = train(onProcessor, matrix, options);
  options.device = tested.device;
  const std::vector<double> costs = train(onDevice, matrix, options);
  CHECK(!agree(onProcessor.values(), before, 1e-2F));
  CHECK(agree(onDevice.values(), onProcessor.values(), 1e-5F));
  for (size_t epoch = 0; epoch < wanted.size(); ++epoch) CHECK_NEAR(costs[epoch], wanted[epoch], 1e-5 * wanted[epoch]);
}

/// The parameters of a training as the module sees them.
struct Parameters {
  Parameters(uint64_t theRows, uint64_t theColumns) : rows(theRows), columns(theColumns) {
    std::mt19937 generator(5);
    std::uniform_real_distribution<float> uniform(-0.5F, 0.5F);
    for (std::vector<float>* table : {&words, &contexts}) {
      table->resize(rows * columns);
      for (float& value : *table) value = uniform(generator);
    }
    for (std::vector<float>* table : {&wordSquares, &contextSquares}) table->assign(rows * columns, 1.0F);
    biases.assign(4 * rows, 1.0F);
    for (uint64_t i = 0; i < 2 * rows; ++i) biases[i] = uniform(generator);
  }

  wm_backend_rows describe(std::vector<float>& table, uint64_t count, uint64_t length) const {
    return {table.data(), count, length, length};
  }

  /// A step as it is defined, in f64.
  void step(uint64_t word, uint64_t context, double logCount, const wm_glove_options& options) {
    double error = static_cast<double>(biases[word]) + biases[rows + context] - logCount;
    float* const x = words.data() + word * columns;
    float* const y = contexts.data() + context * columns;
    for (uint64_t c = 0; c < columns; ++c) error += static_cast<double>(x[c]) * y[c];
    const double slope = std::fmin(1.0, std::pow(std::exp(logCount) / options.x_max, options.alpha)) * error;
    loss += 0.5 * slope * error;
    ++examples;
    const auto move = [&](float& value, float& squares, double gradient) {
      value = static_cast<float>(value - gradient / std::sqrt(static_cast<double>(squares)));
      squares = static_cast<float>(squares + gradient * gradient);
    };
    for (uint64_t c = 0; c < columns; ++c) {
      const auto cut = [&](double gradient) {
        return options.learning_rate * std::fmax(std::fmin(gradient, options.gradient_clip), -options.gradient_clip);
      };
      const double ofWord = cut(slope * y[c]);
      const double ofContext = cut(slope * x[c]);
      move(x[c], wordSquares[word * columns + c], ofWord);
      move(y[c], contextSquares[context * columns + c], ofContext);
    }
    move(biases[word], biases[2 * rows + word], slope);
    move(biases[rows + context], biases[3 * rows + context], slope);
  }

  const uint64_t rows;
  const uint64_t columns;
  std::vector<float> words, contexts, wordSquares, contextSquares, biases;
  double loss = 0.0;
  uint64_t examples = 0;
};

/// Trains tiles, each a block of its own.
void train(const TestedDevice& tested, Parameters& parameters, const wm_glove_options& options,
           const std::vector<wm_backend_entry>& entries, const std::vector<wm_backend_tile>& tiles) {
  const uint64_t rows = parameters.rows;
  const uint64_t columns = parameters.columns;
  wm_backend_glove setup{};
  setup.options = &options;
  setup.words = parameters.describe(parameters.words, rows, columns);
  setup.contexts = parameters.describe(parameters.contexts, rows, columns);
  setup.word_squares = parameters.describe(parameters.wordSquares, rows, columns);
  setup.context_squares = parameters.describe(parameters.contextSquares, rows, columns);
  setup.biases = parameters.describe(parameters.biases, 4, rows);
  setup.entries = entries.data();
  setup.entry_count = entries.size();
  wm_backend_training* training = nullptr;
  if (!CHECK_EQUAL(tested.calls->glove_begin(tested.opened, &setup, &training, nullptr), WM_OK)) return;
  for (const wm_backend_tile& tile : tiles) {
    CHECK_EQUAL(tested.calls->glove_submit(training, &tile, 1, nullptr), WM_OK);
  }
  CHECK_EQUAL(tested.calls->glove_submit(training, nullptr, 0, nullptr), WM_OK);
  CHECK_EQUAL(tested.calls->training_read(training, nullptr), WM_OK);
  uint64_t unfinished = 0;
  wm_backend_result result{};
  CHECK_EQUAL(tested.calls->training_collect(training, &unfinished, &result, nullptr), WM_OK);
  CHECK_EQUAL(unfinished, 0U);
  parameters.loss = result.loss;
  parameters.examples = result.examples;
  tested.calls->training_release(training);
}

void checkAgree(const Parameters& onDevice, const Parameters& wanted) {
  constexpr float tolerance = 1e-5F;
  CHECK(agree(onDevice.words, wanted.words, tolerance));
  CHECK(agree(onDevice.contexts, wanted.contexts, tolerance));
  CHECK(agree(onDevice.wordSquares, wanted.wordSquares, tolerance));
  CHECK(agree(onDevice.contextSquares, wanted.contextSquares, tolerance));
  CHECK(agree(onDevice.biases, wanted.biases, tolerance));
  CHECK_NEAR(onDevice.loss, wanted.loss, 1e-5 * wanted.loss);
  CHECK_EQUAL(onDevice.examples, wanted.examples);
}

/// A tile so small that one warp has it is trained entry by entry, in its order or backwards, whichever side its rows
/// are, with or without its diagonal.
void testOrder(const TestedDevice& tested) {
  constexpr uint32_t size = 11;
  constexpr uint32_t first = 4;
  std::vector<wm_backend_entry> entries(3);  // of nobody
  for (uint16_t row = 0; row < size; ++row) {
    for (uint16_t i = 0; i < 5; ++i) {
      const auto column = static_cast<uint16_t>((row * 3 + i * 2) % size);
      entries.push_back({static_cast<uint16_t>((row * 4) % size), column, 0.4F * static_cast<float>((row + i) % 9)});
    }
  }
  for (int variant = 0; variant < 8; ++variant) {
    wm_backend_tile tile{};
    tile.first_entry = 3;
    tile.count = entries.size() - 3;
    tile.first_row = first;
    tile.first_column = first;
    tile.rows = size;
    tile.columns = size;
    tile.rows_are_context = variant & 1;
    tile.skip_diagonal = variant >> 1 & 1;
    tile.backwards = variant >> 2 & 1;
    wm_glove_options options = optionsOf(nullptr, 1);
    options.learning_rate = 0.1;
    options.gradient_clip = 0.6;
    Parameters onDevice(20, 37);
    Parameters wanted(20, 37);
    for (uint64_t i = 0; i < tile.count; ++i) {
      const wm_backend_entry entry = entries[tile.first_entry + (tile.backwards != 0 ? tile.count - 1 - i : i)];
      if (tile.skip_diagonal != 0 && entry.row == entry.column) continue;
      const uint64_t word = tile.rows_are_context != 0 ? entry.column : entry.row;
      const uint64_t context = tile.rows_are_context != 0 ? entry.row : entry.column;
      wanted.step(first + word, first + context, entry.log_count, options);
    }
    train(tested, onDevice, options, entries, {tile});
    checkAgree(onDevice, wanted);
  }
}

/// A tile that many warps share: each row and each column has one entry, and is trained once in each of four blocks.
void testManyWarps(const TestedDevice& tested) {
  constexpr uint32_t size = 1100;
  std::vector<wm_backend_entry> entries;
  for (uint32_t row = 0; row < size; ++row) {
    entries.push_back({static_cast<uint16_t>(row), static_cast<uint16_t>((row * 7 + 5) % size),
                       0.01F * static_cast<float>(row % 400)});
  }
  wm_backend_tile tile{};
  tile.count = size;
  tile.rows = size;
  tile.columns = size;
  const wm_glove_options options = optionsOf(nullptr, 1);
  Parameters onDevice(size, 5);
  Parameters wanted(size, 5);
  for (int block = 0; block < 4; ++block) {
    for (const wm_backend_entry& entry : entries) wanted.step(entry.row, entry.column, entry.log_count, options);
  }
  train(tested, onDevice, options, entries, {tile, tile, tile, tile});
  checkAgree(onDevice, wanted);
}

/// The result as vectors fit the counts as well as the processor's: the cost of each epoch is within a tenth, as on so
/// few words it matters that warps do not see what others learn meanwhile. More than one tile, so that mirror images,
/// diagonals and the order of a second epoch have a part.
void testLearning(const TestedDevice& tested, bool symmetric, uint64_t columns, uint64_t epochs) {
  constexpr int32_t rows = 150;
  const Owned<wm_cooccurrence> matrix = matrixOf(hiddenCounts(rows, symmetric), rows);
  wm_cooccurrence_info info;
  wm_cooccurrence_describe(matrix.get(), &info);
  CHECK_EQUAL(info.symmetric != 0, symmetric);
  Model onProcessor(rows, columns);
  Model onDevice(rows, columns);
  const std::vector<double> wanted = train(onProcessor, matrix, optionsOf(nullptr, epochs));
  const std::vector<double> costs = train(onDevice, matrix, optionsOf(tested.device, epochs));
  for (size_t epoch = 0; epoch < costs.size(); ++epoch) {
    CHECK_NEAR(costs[epoch], wanted[epoch], 0.10 * wanted[epoch]);
    if (epoch > 0) CHECK(costs[epoch] < costs[epoch - 1]);
  }
}

/// A device that has no room for all entries gets them with each block, and trains the same.
void testWithoutRoom(const TestedDevice& tested) {
  constexpr int32_t rows = 150;
  const Owned<wm_cooccurrence> matrix = matrixOf(hiddenCounts(rows, false), rows);
  const Model roomy(rows, 9);
  const std::vector<double> wanted = train(roomy, matrix, optionsOf(tested.device, 2));
  setenv("WORDMILL_EMULATOR", "memory=150000", 1);
  const Model tight(rows, 9);
  const std::vector<double> costs = train(tight, matrix, optionsOf(tested.device, 2));
  unsetenv("WORDMILL_EMULATOR");
  for (size_t epoch = 0; epoch < costs.size(); ++epoch) CHECK_NEAR(costs[epoch], wanted[epoch], 0.01 * wanted[epoch]);
}

void testDivergence(const TestedDevice& tested) {
  const Owned<wm_cooccurrence> matrix = matrixOf(hiddenCounts(70, true), 70);
  const Model model(70, 10);
  wm_glove_options options = optionsOf(tested.device, 2);
  options.learning_rate = 1e30;
  wm_job* job = nullptr;
  CHECK_EQUAL(wm_glove_job_create(matrix.get(), &model.tables, &options, nullptr, &job, nullptr), WM_OK);
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  wm_job_submit(job, 0, progress.blocks, nullptr);
  CHECK_EQUAL(wm_job_wait(job, nullptr), WM_ERR_DIVERGED);
  wm_job_release(job);
}

void testCancelling(const TestedDevice& tested) {
  const Owned<wm_cooccurrence> matrix = matrixOf(hiddenCounts(150, true), 150);
  const Model model(150, 10);
  const wm_glove_options options = optionsOf(tested.device, 1000000);
  wm_job* job = nullptr;
  CHECK_EQUAL(wm_glove_job_create(matrix.get(), &model.tables, &options, nullptr, &job, nullptr), WM_OK);
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  wm_job_submit(job, 0, progress.blocks, nullptr);
  wm_job_cancel(job);
  CHECK_EQUAL(wm_job_wait(job, nullptr), WM_ERR_CANCELLED);
  wm_job_poll(job, &progress);
  CHECK(progress.blocks_done < progress.blocks);
  wm_job_release(job);
}

void testTooLong(const TestedDevice& tested) {
  const Owned<wm_cooccurrence> matrix = matrixOf({{1, 1, 2.0}}, 1);
  const Model model(1, 1025);
  const wm_glove_options options = optionsOf(tested.device, 1);
  wm_job* job = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_glove_job_create(matrix.get(), &model.tables, &options, nullptr, &job, &error), WM_ERR_UNSUPPORTED);
  CHECK(std::string(error.text).find("device 'cpu'") != std::string::npos);
  CHECK(job == nullptr);
}

}  // namespace

void testGlove(const TestedDevice& tested) {
  for (const uint64_t columns : {1, 7, 32, 100, 130, 257, 513, 1024}) testStep(tested, columns);
  testOrder(tested);
  testManyWarps(tested);
  testLearning(tested, true, 10, 6);
  testLearning(tested, false, 10, 4);
  testLearning(tested, true, 600, 2);
  if (tested.isEmulated) testWithoutRoom(tested);
  testDivergence(tested);
  testCancelling(tested);
  testTooLong(tested);
}
