// The embedding layer through the C ABI: against plain loops in double precision, and the same for any number of
// threads.

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <vector>

#include "embedding_fixture.h"

namespace {

bool areNear(const std::vector<float>& made, const std::vector<double>& wanted, double tolerance) {
  if (!CHECK_EQUAL(made.size(), wanted.size())) return false;
  double worst = 0.0;
  for (size_t i = 0; i < made.size(); ++i) {
    const double difference = std::fabs(made[i] - wanted[i]) / (1.0 + std::fabs(wanted[i]));
    if (!(difference <= worst)) worst = difference;
  }
  return CHECK_NEAR(worst, 0.0, tolerance);
}

void testLookUp() {
  const Layer layer(plain());
  const std::vector<float> rows = layer.rows();
  const std::vector<uint32_t> ids = randomIds(900);
  std::vector<float> out(ids.size() * kColumns);
  CHECK_EQUAL(wm_embedding_forward(layer.embedding, ids.data(), ids.size(), out.data(), nullptr), WM_OK);
  for (size_t i = 0; i < ids.size(); ++i) {
    CHECK(std::memcmp(&out[i * kColumns], &rows[ids[i] * kColumns], kColumns * sizeof(float)) == 0);
  }
  CHECK_EQUAL(wm_embedding_forward(layer.embedding, nullptr, 0, nullptr, nullptr), WM_OK);
}

/// Twice, so that the second call finds rows that have a gradient and rows that have none.
void testGradient(const wm_embedding_options& options) {
  const Layer layer(options);
  std::vector<double> wanted(kRows * kColumns);
  for (const uint64_t n : {300U, 40U}) {
    const std::vector<uint32_t> ids = randomIds(n);
    const std::vector<float> gradients = randomValues(n * kColumns);
    std::map<uint32_t, int> frequency;
    for (const uint32_t id : ids) ++frequency[id];
    for (size_t i = 0; i < n; ++i) {
      if (ids[i] == options.padding_row) continue;
      const double scale = options.scale_by_frequency != 0 ? 1.0 / frequency[ids[i]] : 1.0;
      for (size_t c = 0; c < kColumns; ++c) wanted[ids[i] * kColumns + c] += scale * gradients[i * kColumns + c];
    }
    CHECK_EQUAL(wm_embedding_backward(layer.embedding, ids.data(), n, gradients.data(), nullptr), WM_OK);
    areNear(layer.gradient(), wanted, 1e-5);
  }
  CHECK_EQUAL(wm_embedding_zero_gradient(layer.embedding, nullptr), WM_OK);
  CHECK_EQUAL(layer.gradientRows(), 0U);
}

/// Factor of each id in each column of its bag, by which both the bag and the gradient are made.
std::vector<double> factorsOf(const Bags& bags, const std::vector<float>& rows) {
  std::vector<double> factors(bags.ids.size() * kColumns);
  for (uint64_t b = 0; b < bags.offsets.size(); ++b) {
    double size = 0.0;
    for (uint64_t i = bags.offsets[b]; i < bags.end(b); ++i) size += bags.ids[i] != kPadding ? 1.0 : 0.0;
    for (uint64_t c = 0; c < kColumns; ++c) {
      int64_t largest = -1;
      for (uint64_t i = bags.offsets[b]; i < bags.end(b); ++i) {
        if (bags.ids[i] == kPadding) continue;
        if (largest < 0 || rows[bags.ids[i] * kColumns + c] > rows[bags.ids[largest] * kColumns + c]) {
          largest = static_cast<int64_t>(i);
        }
        double& factor = factors[i * kColumns + c];
        if (bags.value.mode == WM_BAG_SUM) factor = bags.weights.empty() ? 1.0 : bags.weights[i];
        if (bags.value.mode == WM_BAG_MEAN) factor = 1.0 / size;
      }
      if (bags.value.mode == WM_BAG_MAX && largest >= 0) factors[largest * kColumns + c] = 1.0;
    }
  }
  return factors;
}

void testBags(wm_bag_mode mode, bool isWeighted) {
  const Layer layer(padded());
  const std::vector<float> rows = layer.rows();
  const Bags bags(mode, 200, isWeighted);
  const std::vector<double> factors = factorsOf(bags, rows);
  const uint64_t count = bags.offsets.size();
  const std::vector<float> gradients = randomValues(count * kColumns);
  std::vector<double> wanted(count * kColumns);
  std::vector<double> wantedGradient(kRows * kColumns);
  std::vector<double> wantedWeights(bags.ids.size());
  for (uint64_t b = 0; b < count; ++b) {
    for (uint64_t i = bags.offsets[b]; i < bags.end(b); ++i) {
      for (uint64_t c = 0; c < kColumns; ++c) {
        const double value = rows[bags.ids[i] * kColumns + c];
        const double slope = gradients[b * kColumns + c];
        wanted[b * kColumns + c] += factors[i * kColumns + c] * value;
        wantedGradient[bags.ids[i] * kColumns + c] += factors[i * kColumns + c] * slope;
        if (bags.ids[i] != kPadding) wantedWeights[i] += slope * value;
      }
    }
  }
  std::vector<float> out(count * kColumns, 7.0F);
  CHECK_EQUAL(wm_embedding_bag(layer.embedding, &bags.value, out.data(), nullptr), WM_OK);
  areNear(out, wanted, 1e-6);
  std::vector<float> weightGradients(bags.ids.size(), 7.0F);
  float* const forWeights = mode == WM_BAG_SUM ? weightGradients.data() : nullptr;
  CHECK_EQUAL(wm_embedding_bag_backward(layer.embedding, &bags.value, gradients.data(), forWeights, nullptr), WM_OK);
  areNear(layer.gradient(), wantedGradient, 1e-6);
  if (forWeights != nullptr) areNear(weightGradients, wantedWeights, 1e-5);
}

void testLogits(uint64_t n) {
  const Layer layer(padded());
  const std::vector<float> rows = layer.rows();
  const std::vector<float> hidden = randomValues(n * kColumns);
  const std::vector<float> slopes = randomValues(n * kRows);
  std::vector<double> wanted(n * kRows);
  std::vector<double> wantedGradient(kRows * kColumns);
  std::vector<double> wantedHidden(n * kColumns);
  for (uint64_t i = 0; i < n; ++i) {
    for (uint64_t r = 0; r < kRows; ++r) {
      const double slope = slopes[i * kRows + r];
      for (uint64_t c = 0; c < kColumns; ++c) {
        wanted[i * kRows + r] += static_cast<double>(hidden[i * kColumns + c]) * rows[r * kColumns + c];
        wantedHidden[i * kColumns + c] += slope * rows[r * kColumns + c];
        if (r != kPadding) wantedGradient[r * kColumns + c] += slope * hidden[i * kColumns + c];
      }
    }
  }
  std::vector<float> out(n * kRows);
  CHECK_EQUAL(wm_embedding_logits(layer.embedding, hidden.data(), n, out.data(), nullptr), WM_OK);
  areNear(out, wanted, 1e-5);
  std::vector<float> hiddenGradients(n * kColumns, 7.0F);
  // A row that has a gradient already keeps it.
  const uint32_t id = 9;
  const std::vector<float> before = randomValues(kColumns);
  CHECK_EQUAL(wm_embedding_backward(layer.embedding, &id, 1, before.data(), nullptr), WM_OK);
  for (uint64_t c = 0; c < kColumns; ++c) wantedGradient[id * kColumns + c] += before[c];
  CHECK_EQUAL(
      wm_embedding_logits_backward(layer.embedding, hidden.data(), n, slopes.data(), hiddenGradients.data(), nullptr),
      WM_OK);
  areNear(layer.gradient(), wantedGradient, 1e-4);
  areNear(hiddenGradients, wantedHidden, 1e-4);
}

/// Everything on one thread and on several, byte for byte.
void testThreads() {
  const uint64_t n = 30000;
  const std::vector<uint32_t> ids = randomIds(n);
  const std::vector<float> gradients = randomValues(n * kColumns);
  const Bags bags(WM_BAG_SUM, 20000, true);
  const Bags largest(WM_BAG_MAX, 20000);
  const std::vector<float> hidden = randomValues(300 * kColumns);
  const std::vector<float> slopes = randomValues(300 * kRows);
  const wm_optimizer_options adam{WM_ADAM, 0.0, 0.9, 0.999, 1e-8, 0.01};
  const auto run = [&](uint32_t threads) {
    wm_embedding_options options = padded();
    options.threads = threads;
    options.max_norm = 3.0;
    options.norm_type = 2.0;
    const Layer layer(options);
    std::vector<float> all;
    const auto keep = [&](const std::vector<float>& some) { all.insert(all.end(), some.begin(), some.end()); };
    std::vector<float> out(n * kColumns);
    for (int step = 0; step < 2; ++step) {
      CHECK_EQUAL(wm_embedding_forward(layer.embedding, ids.data(), n, out.data(), nullptr), WM_OK);
      keep(out);
      CHECK_EQUAL(wm_embedding_bag(layer.embedding, &bags.value, out.data(), nullptr), WM_OK);
      CHECK_EQUAL(wm_embedding_backward(layer.embedding, ids.data(), n, gradients.data(), nullptr), WM_OK);
      CHECK_EQUAL(wm_embedding_bag_backward(layer.embedding, &bags.value, gradients.data(), nullptr, nullptr), WM_OK);
      CHECK_EQUAL(wm_embedding_bag_backward(layer.embedding, &largest.value, gradients.data(), nullptr, nullptr),
                  WM_OK);
      keep(out);
      std::vector<float> hiddenGradients(300 * kColumns);
      CHECK_EQUAL(wm_embedding_logits_backward(layer.embedding, hidden.data(), 300, slopes.data(),
                                               hiddenGradients.data(), nullptr),
                  WM_OK);
      keep(hiddenGradients);
      keep(layer.gradient());
      CHECK_EQUAL(wm_embedding_step(layer.embedding, &adam, 0.01, nullptr), WM_OK);
      keep(layer.rows());
    }
    return all;
  };
  const std::vector<float> alone = run(1);
  for (const uint32_t threads : {2U, 7U}) {
    const std::vector<float> together = run(threads);
    CHECK(together.size() == alone.size() &&
          std::memcmp(together.data(), alone.data(), alone.size() * sizeof(float)) == 0);
  }
}

void testLargestLength() {
  for (const double p : {1.0, 2.0, 3.0, std::numeric_limits<double>::infinity()}) {
    wm_embedding_options options = plain();
    options.max_norm = 0.9;
    options.norm_type = p;
    const Layer layer(options);
    const std::vector<float> before = layer.rows();
    const uint32_t ids[] = {4, 8, 4};
    std::vector<float> out(3 * kColumns);
    CHECK_EQUAL(wm_embedding_forward(layer.embedding, ids, 3, out.data(), nullptr), WM_OK);
    const std::vector<float> after = layer.rows();
    for (uint64_t r = 0; r < kRows; ++r) {
      double length = 0.0;
      for (uint64_t c = 0; c < kColumns; ++c) {
        const double size = std::fabs(before[r * kColumns + c]);
        length = std::isinf(p) ? std::max(length, size) : length + std::pow(size, p);
      }
      if (!std::isinf(p)) length = std::pow(length, 1.0 / p);
      const double scale = (r == 4 || r == 8) && length > 0.9 ? 0.9 / length : 1.0;
      for (uint64_t c = 0; c < kColumns; ++c) {
        CHECK_NEAR(after[r * kColumns + c], before[r * kColumns + c] * scale, 1e-6);
      }
    }
    CHECK(std::memcmp(out.data(), &after[4 * kColumns], kColumns * sizeof(float)) == 0);
  }
}

void testStep() {
  const Layer layer(padded());
  const std::vector<float> before = layer.rows();
  const uint32_t ids[] = {3, kPadding, 3, 600};
  const std::vector<float> ones(4 * kColumns, 1.0F);
  wm_optimizer_options options{WM_SGD, 0.5, 0.0, 0.0, 0.0, 0.0};
  const auto rowIs = [&](uint64_t row, double shift) {
    const std::vector<float> now = layer.rows();
    for (uint64_t c = 0; c < kColumns; ++c) {
      CHECK_NEAR(now[row * kColumns + c], before[row * kColumns + c] + shift, 1e-6);
    }
  };
  CHECK_EQUAL(wm_embedding_backward(layer.embedding, ids, 4, ones.data(), nullptr), WM_OK);
  CHECK_EQUAL(wm_embedding_step(layer.embedding, &options, 0.1, nullptr), WM_OK);
  rowIs(3, -0.2);
  rowIs(600, -0.1);
  rowIs(kPadding, 0.0);
  rowIs(4, 0.0);
  // The gradient stays until it is cleared, and the momentum is 1.5 times as large.
  CHECK_EQUAL(wm_embedding_step(layer.embedding, &options, 0.1, nullptr), WM_OK);
  rowIs(3, -0.5);
  CHECK_EQUAL(wm_embedding_zero_gradient(layer.embedding, nullptr), WM_OK);
  // Only one row now: the momentum of the other one stays.
  CHECK_EQUAL(wm_embedding_backward(layer.embedding, ids + 3, 1, ones.data(), nullptr), WM_OK);
  CHECK_EQUAL(wm_embedding_step(layer.embedding, &options, 0.1, nullptr), WM_OK);
  rowIs(3, -0.5);
  rowIs(600, -0.1 - 0.15 - 0.175);
  // Another rule begins anew: each step of AdaGrad's first is the rate.
  options = {WM_ADAGRAD, 0.0, 0.0, 0.0, 1e-10, 0.0};
  CHECK_EQUAL(wm_embedding_step(layer.embedding, &options, 0.1, nullptr), WM_OK);
  rowIs(600, -0.1 - 0.15 - 0.175 - 0.1);
  wm_embedding_info info;
  wm_embedding_describe(layer.embedding, &info);
  CHECK_EQUAL(info.steps, 1U);
  CHECK(info.bytes >= kRows * kColumns * sizeof(float));

  wm_embedding_freeze(layer.embedding, 1);
  const std::vector<float> frozen = layer.rows();
  CHECK_EQUAL(wm_embedding_backward(layer.embedding, ids, 4, ones.data(), nullptr), WM_OK);
  CHECK_EQUAL(wm_embedding_step(layer.embedding, &options, 0.1, nullptr), WM_OK);
  CHECK(layer.rows() == frozen);
  CHECK_EQUAL(layer.gradientRows(), 1U);
}

/// Filled with normal numbers, which its moments show; and the moments themselves by hand.
void testMoments() {
  wm_table* table = nullptr;
  constexpr uint64_t rows = 20000;
  CHECK_EQUAL(wm_table_create(WM_F32, rows, 3, &table, nullptr), WM_OK);
  const float means[] = {0.0F, 5.0F, -1.0F};
  const float deviations[] = {1.0F, 0.5F, 0.0F};
  CHECK_EQUAL(wm_table_fill_normal(table, 0, rows, means, deviations, 9, 2, nullptr), WM_OK);
  float mean[3];
  float deviation[3];
  CHECK_EQUAL(wm_table_moments(table, UINT64_MAX, mean, deviation, 2, nullptr), WM_OK);
  for (int c = 0; c < 3; ++c) {
    CHECK_NEAR(mean[c], means[c], 0.03);
    CHECK_NEAR(deviation[c], deviations[c], 0.03);
  }
  std::vector<float> whole(rows * 3);
  std::vector<float> parts(rows * 3);
  wm_table_read(table, 0, rows, WM_F32, whole.data(), whole.size() * 4, nullptr);
  wm_table_fill_normal(table, 100, rows - 100, means, deviations, 9, 1, nullptr);
  wm_table_read(table, 0, rows, WM_F32, parts.data(), parts.size() * 4, nullptr);
  CHECK(whole == parts);
  wm_table_release(table);

  CHECK_EQUAL(wm_table_create(WM_F32, 3, 1, &table, nullptr), WM_OK);
  const float values[] = {1.0F, 100.0F, 5.0F};
  CHECK_EQUAL(wm_table_write(table, 0, 3, WM_F32, values, sizeof(values), nullptr), WM_OK);
  CHECK_EQUAL(wm_table_moments(table, 1, mean, deviation, 1, nullptr), WM_OK);
  CHECK_EQUAL(mean[0], 3.0F);
  CHECK_EQUAL(deviation[0], 2.0F);
  wm_table_release(table);
}

}  // namespace

int main() {
  testLookUp();
  testGradient(plain());
  testGradient(padded());
  wm_embedding_options scaled = padded();
  scaled.scale_by_frequency = 1;
  testGradient(scaled);
  testBags(WM_BAG_SUM, false);
  testBags(WM_BAG_SUM, true);
  testBags(WM_BAG_MEAN, false);
  testBags(WM_BAG_MAX, false);
  for (const uint64_t n : {1U, 9U, 300U}) testLogits(n);
  testThreads();
  testLargestLength();
  testStep();
  testMoments();
  return checkResult();
}
