// Look-ups, sums and steps of an embedding's rows: against loops in double precision, and against the processor's
// embedding.

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "backends.h"
#include "check.h"

namespace {

std::mt19937 generator(23);

std::vector<float> randomValues(uint64_t n) {
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> values(n);
  for (float& value : values) value = uniform(generator);
  return values;
}

/// Ids of which some occur much more often than others.
std::vector<uint32_t> randomIds(uint64_t n, uint64_t rows) {
  std::vector<uint32_t> ids(n);
  for (uint32_t& id : ids) id = static_cast<uint32_t>(generator() % (1 + generator() % rows));
  return ids;
}

/// A table of which each row is followed by numbers of somebody else.
struct HostRows {
  HostRows(uint64_t theRows, uint64_t theColumns)
      : rows(theRows), columns(theColumns), stride(theColumns + 3), values(randomValues(theRows * stride)) {}

  wm_backend_rows describe() { return {values.data(), rows, columns, stride}; }
  float at(uint64_t row, uint64_t column) const { return values[row * stride + column]; }

  uint64_t rows;
  uint64_t columns;
  uint64_t stride;
  std::vector<float> values;
};

/// Its embedding on the device.
class DeviceEmbedding {
 public:
  DeviceEmbedding(const TestedDevice& tested, HostRows& table) : calls_(*tested.calls) {
    const wm_backend_rows rows = table.describe();
    CHECK_EQUAL(calls_.embedding_open(tested.opened, &rows, &handle_, nullptr), WM_OK);
  }
  DeviceEmbedding(const DeviceEmbedding&) = delete;
  ~DeviceEmbedding() { calls_.embedding_close(handle_); }

  std::vector<float> gather(const std::vector<uint32_t>& ids, uint64_t columns) const {
    std::vector<float> out(ids.size() * columns, -7.0F);
    CHECK_EQUAL(calls_.embedding_gather(handle_, ids.data(), ids.size(), out.data(), nullptr), WM_OK);
    return out;
  }
  void add(const std::vector<uint32_t>& ids, const std::vector<float>& values) const {
    CHECK_EQUAL(calls_.embedding_scatter_add(handle_, ids.data(), ids.size(), values.data(), nullptr), WM_OK);
  }
  void step(const std::vector<uint32_t>& ids, const std::vector<float>& gradients, const wm_backend_step& step) const {
    CHECK_EQUAL(calls_.embedding_step(handle_, ids.data(), ids.size(), gradients.data(), &step, nullptr), WM_OK);
  }
  void read() const { CHECK_EQUAL(calls_.embedding_read(handle_, nullptr), WM_OK); }

 private:
  const wm_backend& calls_;
  wm_backend_embedding* handle_ = nullptr;
};

/// Each row's sum, and of how large numbers it is one.
struct Sums {
  std::vector<double> values;
  std::vector<double> sizes;
};

std::map<uint32_t, Sums> sumsOf(const std::vector<uint32_t>& ids, const std::vector<float>& values, uint64_t columns) {
  std::map<uint32_t, Sums> sums;
  for (size_t i = 0; i < ids.size(); ++i) {
    Sums& sum = sums[ids[i]];
    sum.values.resize(columns);
    sum.sizes.resize(columns);
    for (uint64_t c = 0; c < columns; ++c) {
      sum.values[c] += values[i * columns + c];
      sum.sizes[c] += std::fabs(values[i * columns + c]);
    }
  }
  return sums;
}

constexpr double kRounding = 1e-6;

void testGather(const TestedDevice& tested) {
  for (const uint64_t columns : {1, 3, 4, 7, 100, 128, 129, 300, 1000}) {
    HostRows table(53, columns);
    const DeviceEmbedding embedding(tested, table);
    for (const size_t n : {0, 1, 2, 41, 1025}) {
      if (n * columns > 150000) continue;
      const std::vector<uint32_t> ids = randomIds(n, table.rows);
      const std::vector<float> out = embedding.gather(ids, columns);
      bool same = true;
      for (size_t i = 0; i < n; ++i) {
        for (uint64_t c = 0; c < columns; ++c) same = same && out[i * columns + c] == table.at(ids[i], c);
      }
      CHECK(same);
    }
  }
}

void checkAdded(const TestedDevice& tested, HostRows table, const std::vector<uint32_t>& ids) {
  const uint64_t columns = table.columns;
  const std::vector<float> values = randomValues(ids.size() * columns);
  const std::map<uint32_t, Sums> sums = sumsOf(ids, values, columns);
  const HostRows before = table;
  HostRows again = table;
  for (HostRows* rows : {&table, &again}) {
    const DeviceEmbedding embedding(tested, *rows);
    embedding.add(ids, values);
    embedding.read();
  }
  CHECK(table.values == again.values);
  bool near = true;
  bool kept = true;
  for (uint64_t row = 0; row < table.rows; ++row) {
    const auto found = sums.find(static_cast<uint32_t>(row));
    for (uint64_t c = 0; c < table.stride; ++c) {
      const double old = before.at(row, c);
      if (found == sums.end() || c >= columns) {
        kept = kept && table.at(row, c) == before.at(row, c);
      } else {
        const double tolerance = kRounding * (std::fabs(old) + found->second.sizes[c]);
        near = near && std::fabs(table.at(row, c) - (old + found->second.values[c])) <= tolerance;
      }
    }
  }
  CHECK(near);
  CHECK(kept);
}

void testScatterAdd(const TestedDevice& tested) {
  for (const uint64_t columns : {1, 3, 7, 100, 129, 300, 1000}) {
    for (const size_t n : {0, 1, 33, 129, 400}) {
      if (n * columns > 150000) continue;
      checkAdded(tested, HostRows(61, columns), randomIds(n, 61));
    }
  }
  // Runs that end where pieces do, one before and one behind, and runs of many pieces.
  for (const uint32_t length : {31U, 32U, 33U, 64U, 200U}) {
    std::vector<uint32_t> ids;
    for (uint32_t i = 0; i < 640; ++i) ids.push_back(i / length);
    checkAdded(tested, HostRows(64, 8), ids);
    std::shuffle(ids.begin(), ids.end(), generator);
    checkAdded(tested, HostRows(64, 5), ids);
  }
  // One row has all positions; then all but a few at both ends.
  std::vector<uint32_t> ids(10000, 2);
  checkAdded(tested, HostRows(4, 4), ids);
  ids.front() = 0;
  ids.back() = 3;
  checkAdded(tested, HostRows(4, 3), ids);
  // Every row once, and the last row of a table whose size is a power of two.
  for (uint32_t i = 0; i < 256; ++i) ids[i] = 255 - i;
  ids.resize(256);
  checkAdded(tested, HostRows(256, 12), ids);
  checkAdded(tested, HostRows(1, 9), std::vector<uint32_t>(70, 0));
}

/// The rule of wm_backend_step, in double precision.
double stepped(const wm_backend_step& step, double value, double gradient, double& first, double& second) {
  value *= step.shrink;
  gradient += step.decay * value;
  if (step.rule == 0) return value - step.rate * gradient;
  if (step.rule == 1) {
    first = step.momentum * first + gradient;
    return value - step.rate * first;
  }
  if (step.rule == 2) {
    first += gradient * gradient;
    return value - step.rate * gradient / (std::sqrt(first) + step.epsilon);
  }
  first += step.new_share * (gradient - first);
  second = step.square_momentum * second + step.new_square_share * gradient * gradient;
  return value - step.rate * first / (std::sqrt(second) + step.epsilon);
}

wm_backend_step stepOf(int32_t rule, float rate, float shrink, float decay) {
  return {rule, rate, shrink, decay, 0.9F, 1e-6F, 0.1F, 0.95F, 0.05F};
}

void testSteps(const TestedDevice& tested) {
  for (int32_t rule = 0; rule < 4; ++rule) {
    for (const uint64_t columns : {1, 7, 12, 129}) {
      HostRows table(37, columns);
      const HostRows before = table;
      HostRows again = table;
      std::vector<double> values(table.rows * columns);
      std::vector<double> first(values.size());
      std::vector<double> second(values.size());
      for (uint64_t row = 0; row < table.rows; ++row) {
        for (uint64_t c = 0; c < columns; ++c) values[row * columns + c] = table.at(row, c);
      }
      const DeviceEmbedding embedding(tested, table);
      const DeviceEmbedding other(tested, again);
      for (int number = 0; number < 3; ++number) {
        const wm_backend_step step = stepOf(rule, 0.05F, number == 1 ? 0.99F : 1.0F, number == 2 ? 0.01F : 0.0F);
        const std::vector<uint32_t> ids = randomIds(number == 0 ? 0 : 150, table.rows - 3);
        const std::vector<float> gradients = randomValues(ids.size() * columns);
        embedding.step(ids, gradients, step);
        other.step(ids, gradients, step);
        for (const auto& [row, sum] : sumsOf(ids, gradients, columns)) {
          for (uint64_t c = 0; c < columns; ++c) {
            const uint64_t at = row * columns + c;
            values[at] = stepped(step, values[at], sum.values[c], first[at], second[at]);
          }
        }
      }
      embedding.read();
      other.read();
      CHECK(table.values == again.values);
      double worst = 0.0;
      bool kept = true;
      for (uint64_t row = 0; row < table.rows; ++row) {
        for (uint64_t c = 0; c < columns; ++c) {
          worst = std::max(worst, std::fabs(table.at(row, c) - values[row * columns + c]));
        }
        for (uint64_t c = row + 3 < table.rows ? columns : 0; c < table.stride; ++c) {
          kept = kept && table.at(row, c) == before.at(row, c);
        }
      }
      CHECK_NEAR(worst, 0.0, 2e-5);
      CHECK(kept);
    }
  }
}

/// What a rule keeps is gone after a step by another one.
void testChangeOfRule(const TestedDevice& tested) {
  HostRows table(2, 4);
  const HostRows before = table;
  const DeviceEmbedding embedding(tested, table);
  const std::vector<float> gradients(4, 1.0F);
  const std::vector<float> nothing(4, 0.0F);
  embedding.step({1}, gradients, stepOf(1, 0.0F, 1.0F, 0.0F));
  embedding.step({1}, gradients, stepOf(3, 0.0F, 1.0F, 0.0F));
  embedding.step({1}, nothing, stepOf(1, 1.0F, 1.0F, 0.0F));
  embedding.read();
  CHECK(table.values == before.values);
  embedding.step({1}, gradients, stepOf(1, 0.0F, 1.0F, 0.0F));
  embedding.step({1}, nothing, stepOf(1, 1.0F, 1.0F, 0.0F));
  embedding.read();
  for (uint64_t c = 0; c < 4; ++c) CHECK_NEAR(table.at(1, c), before.at(1, c) - 0.9F, kRounding);
}

/// The processor's embedding, through a few steps of each optimizer.
void testAgainstProcessor(const TestedDevice& tested) {
  constexpr uint64_t rows = 90;
  constexpr uint64_t columns = 37;
  const std::vector<wm_optimizer_options> rules = {{WM_SGD, 0.0, 0.9, 0.999, 1e-8, 0.01},
                                                   {WM_SGD, 0.9, 0.9, 0.999, 1e-8, 0.0},
                                                   {WM_ADAGRAD, 0.0, 0.9, 0.999, 1e-6, 0.01}};
  for (const wm_optimizer_options& options : rules) {
    wm_table* table = nullptr;
    CHECK_EQUAL(wm_table_create(WM_F32, rows, columns, &table, nullptr), WM_OK);
    HostRows copy(rows, columns);
    for (uint64_t row = 0; row < rows; ++row) {
      CHECK_EQUAL(
          wm_table_write(table, row, 1, WM_F32, &copy.values[row * copy.stride], columns * sizeof(float), nullptr),
          WM_OK);
    }
    const wm_embedding_options plain = {-1, 0.0, 2.0, 0, 1};
    wm_embedding* layer = nullptr;
    CHECK_EQUAL(wm_embedding_create(table, &plain, &layer, nullptr), WM_OK);
    const DeviceEmbedding embedding(tested, copy);
    const int32_t rule = options.rule == WM_ADAGRAD ? 2 : options.momentum > 0.0 ? 1 : 0;
    const wm_backend_step step = {rule,
                                  0.1F,
                                  1.0F,
                                  static_cast<float>(options.weight_decay),
                                  static_cast<float>(options.momentum),
                                  static_cast<float>(options.epsilon),
                                  0.0F,
                                  0.0F,
                                  0.0F};
    for (int number = 0; number < 3; ++number) {
      const std::vector<uint32_t> ids = randomIds(200, rows);
      const std::vector<float> gradients = randomValues(ids.size() * columns);
      CHECK_EQUAL(wm_embedding_zero_gradient(layer, nullptr), WM_OK);
      CHECK_EQUAL(wm_embedding_backward(layer, ids.data(), ids.size(), gradients.data(), nullptr), WM_OK);
      CHECK_EQUAL(wm_embedding_step(layer, &options, 0.1, nullptr), WM_OK);
      embedding.step(ids, gradients, step);
    }
    const std::vector<uint32_t> all = randomIds(64, rows);
    std::vector<float> expected(all.size() * columns);
    CHECK_EQUAL(wm_embedding_forward(layer, all.data(), all.size(), expected.data(), nullptr), WM_OK);
    const std::vector<float> found = embedding.gather(all, columns);
    double worst = 0.0;
    for (size_t i = 0; i < found.size(); ++i) worst = std::max<double>(worst, std::fabs(found[i] - expected[i]));
    CHECK_NEAR(worst, 0.0, 2e-5);
    wm_embedding_release(layer);
    wm_table_release(table);
  }
}

}  // namespace

void testEmbedding(const TestedDevice& tested) {
  testGather(tested);
  testScatterAdd(tested);
  testSteps(tested);
  testChangeOfRule(tested);
  testAgainstProcessor(tested);
}
