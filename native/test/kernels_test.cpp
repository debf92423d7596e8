// Every kernel of every instruction set that runs here, against double precision, for all tails and misalignments.

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "check.h"
#include "kernel_reference.h"
#include "kernels/kernels.h"
#include "kernels/select.h"

using namespace wordmill;

namespace {

/// Worst difference from the step as its definition has it, over loss, gradients and outputs.
double tileError(const Kernels& kernel, uint32_t inputs, uint32_t outputs, uint32_t columns, bool atOnce = true) {
  const float rate = 0.05F;
  std::vector<float> x = randomValues(inputs * columns);
  std::vector<float> y = randomValues(outputs * columns);
  std::vector<float> gradient = randomValues(inputs * columns);
  std::vector<float> signs(inputs * outputs);
  std::vector<float> weights(inputs * outputs);
  for (size_t j = 0; j < signs.size(); ++j) {
    signs[j] = generator() % 3 == 0 ? 1.0F : -1.0F;
    weights[j] = static_cast<float>(generator() % 3);
  }
  std::vector<double> wantedGradient(gradient.begin(), gradient.end());
  std::vector<double> wantedOutput(y.begin(), y.end());
  double wantedLoss = 0.0;
  for (size_t i = 0; i < inputs; ++i) {
    for (size_t k = 0; k < outputs; ++k) {
      const size_t j = i * outputs + k;
      const double f = signs[j] * dot(&x[i * columns], &y[k * columns], columns);
      wantedLoss += weights[j] * std::log1p(std::exp(-f));
      const double g = signs[j] * rate * weights[j] / (1.0 + std::exp(f));
      for (size_t c = 0; c < columns; ++c) {
        wantedGradient[i * columns + c] += g * y[k * columns + c];
        wantedOutput[k * columns + c] += g * x[i * columns + c];
      }
    }
  }
  std::vector<const float*> inputRows;
  std::vector<float*> gradientRows;
  std::vector<float*> outputRows;
  for (size_t i = 0; i < inputs; ++i) {
    inputRows.push_back(&x[i * columns]);
    gradientRows.push_back(&gradient[i * columns]);
  }
  for (size_t k = 0; k < outputs; ++k) outputRows.push_back(&y[k * columns]);
  std::vector<float> logits(inputs * outputs + 16, std::nanf(""));
  const TileStep step{inputs,
                      outputs,
                      columns,
                      rate,
                      inputRows.data(),
                      gradientRows.data(),
                      outputRows.data(),
                      signs.data(),
                      weights.data(),
                      logits.data(),
                      inputRows.data(),
                      1};
  double worst = 0.0;
  if (atOnce) {
    worst = std::fabs(kernel.tileStep(&step) - wantedLoss) / (1.0 + wantedLoss);
  } else {
    kernel.tileLogits(&step);
    for (size_t j = 0; j < inputs * outputs; ++j) {
      const double target = signs[j] > 0 ? 1.0 : 0.0;
      logits[j] = static_cast<float>((target - 1.0 / (1.0 + std::exp(-logits[j]))) * rate * weights[j]);
    }
    kernel.tileUpdate(&step);
  }
  for (size_t j = 0; j < gradient.size(); ++j) worst = std::max(worst, std::fabs(gradient[j] - wantedGradient[j]));
  for (size_t j = 0; j < y.size(); ++j) worst = std::max(worst, std::fabs(y[j] - wantedOutput[j]));
  return worst;
}

void testTile(const Kernels& kernel) {
  for (const uint32_t columns : {16U, 48U, 112U, 304U}) {
    // Up to six inputs fit the registers of every instruction set; more are stepped in parts, which is another result.
    for (uint32_t inputs = 1; inputs <= 6; ++inputs) {
      for (uint32_t outputs = 1; outputs <= 9; ++outputs) CHECK(tileError(kernel, inputs, outputs, columns) < 2e-5);
    }
    CHECK(tileError(kernel, 5, 37, columns) < 5e-5);
    CHECK(tileError(kernel, 1, 37, columns, false) < 5e-5);
    CHECK(tileError(kernel, 5, 7, columns, false) < 5e-5);
  }
}

/// More inputs than registers: the loss falls as the steps are repeated, and all rows take part.
void testLargeTile(const Kernels& kernel) {
  const uint32_t inputs = 29;
  const uint32_t outputs = 6;
  const uint32_t columns = 32;
  std::vector<float> x = randomValues(inputs * columns);
  std::vector<float> y = randomValues(outputs * columns);
  const std::vector<float> before = x;
  std::vector<const float*> inputRows;
  std::vector<float*> gradientRows;
  std::vector<float*> outputRows;
  for (size_t i = 0; i < inputs; ++i) {
    inputRows.push_back(&x[i * columns]);
    gradientRows.push_back(&x[i * columns]);
  }
  for (size_t k = 0; k < outputs; ++k) outputRows.push_back(&y[k * columns]);
  std::vector<float> signs(inputs * outputs, -1.0F);
  const std::vector<float> weights(inputs * outputs, 1.0F);
  for (size_t i = 0; i < inputs; ++i) signs[i * outputs] = 1.0F;
  std::vector<float> logits(inputs * outputs + 16);
  const TileStep step{inputs,
                      outputs,
                      columns,
                      0.1F,
                      inputRows.data(),
                      gradientRows.data(),
                      outputRows.data(),
                      signs.data(),
                      weights.data(),
                      logits.data(),
                      inputRows.data(),
                      1};
  const float first = kernel.tileStep(&step);
  float last = first;
  for (int i = 0; i < 50; ++i) last = kernel.tileStep(&step);
  CHECK(last < 0.5F * first);
  for (size_t i = 0; i < inputs; ++i)
    CHECK(std::memcmp(&x[i * columns], &before[i * columns], columns * sizeof(float)) != 0);
}

/// A weight that is not a number must show in the loss, or a training that diverged would go on.
void testTileShowsNaN(const Kernels& kernel) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    std::vector<float> x = randomValues(16);
    std::vector<float> y = randomValues(3 * 16);
    y[20] = bad;
    x[4] = x[4] == 0.0F ? 1.0F : x[4];
    const float* inputs[] = {x.data()};
    float* gradients[] = {x.data()};
    float* outputs[] = {y.data(), y.data() + 16, y.data() + 32};
    const float signs[] = {1.0F, x[4] > 0.0F ? -1.0F : 1.0F, -1.0F};
    const float weights[] = {1.0F, 1.0F, 1.0F};
    float logits[19];
    const TileStep step{1, 3, 16, 0.1F, inputs, gradients, outputs, signs, weights, logits, nullptr, 0};
    CHECK(!std::isfinite(kernel.tileStep(&step)));
  }
}

/// Rows, sums of squares, biases and their sums of squares of one side.
template <class Number>
struct Side {
  template <class Other>
  explicit Side(const Side<Other>& from)
      : rows(from.rows.begin(), from.rows.end()),
        squares(from.squares.begin(), from.squares.end()),
        biases(from.biases.begin(), from.biases.end()),
        biasSquares(from.biasSquares.begin(), from.biasSquares.end()) {}
  Side(size_t count, size_t columns)
      : rows(randomValues(count * columns)),
        squares(count * columns),
        biases(randomValues(count)),
        biasSquares(count, 2.5F) {
    for (float& square : squares) square = 1.0F + std::fabs(randomValues(1)[0]);
  }

  std::vector<Number> rows;
  std::vector<Number> squares;
  std::vector<Number> biases;
  std::vector<Number> biasSquares;
};

/// One update of GloVe as its program defines it, in double precision.
double wantedGloveUpdate(Side<double>& held, Side<double>& other, const GloveEntry& entry, double weight,
                         size_t columns, double rate, double clip) {
  double* const x = &held.rows[entry.held * columns];
  double* const y = &other.rows[entry.other * columns];
  double error = held.biases[entry.held] + other.biases[entry.other] - entry.logCount;
  for (size_t c = 0; c < columns; ++c) error += x[c] * y[c];
  const double slope = weight * error;
  for (size_t c = 0; c < columns; ++c) {
    const double xStep = std::max(-clip, std::min(clip, slope * y[c])) * rate;
    const double yStep = std::max(-clip, std::min(clip, slope * x[c])) * rate;
    double& xSquares = held.squares[entry.held * columns + c];
    double& ySquares = other.squares[entry.other * columns + c];
    x[c] -= xStep / std::sqrt(xSquares);
    y[c] -= yStep / std::sqrt(ySquares);
    xSquares += xStep * xStep;
    ySquares += yStep * yStep;
  }
  held.biases[entry.held] -= slope / std::sqrt(held.biasSquares[entry.held]);
  other.biases[entry.other] -= slope / std::sqrt(other.biasSquares[entry.other]);
  held.biasSquares[entry.held] += slope * slope;
  other.biasSquares[entry.other] += slope * slope;
  return 0.5 * slope * error;
}

void testGlove(const Kernels& kernel) {
  const size_t count = 5;
  for (const float clip : {100.0F, 0.3F}) {
    for (uint32_t columns = 16; columns <= 320; columns += 16) {
      Side<float> held(count, columns);
      Side<float> other(count, columns);
      Side<double> wantedHeld(held);
      Side<double> wantedOther(other);
      std::vector<GloveEntry> entries;
      for (uint16_t x = 0; x < count; ++x) {
        for (uint16_t y = 0; y < x + 1; ++y) entries.push_back({x, y, randomValues(1, 3.0F)[0]});
      }
      std::vector<float> weights(entries.size());
      for (float& weight : weights) weight = 0.5F + 0.5F * randomValues(1)[0];
      double wantedCost = 0.0;
      for (size_t i = 0; i < entries.size(); ++i) {
        wantedCost += wantedGloveUpdate(wantedHeld, wantedOther, entries[i], weights[i], columns, 0.05, clip);
      }
      const auto pointers = [](Side<float>& side) {
        return GloveSide{side.rows.data(), side.squares.data(), side.biases.data(), side.biasSquares.data()};
      };
      const GloveStep step{entries.data(), weights.data(), static_cast<uint32_t>(entries.size()), columns, 0.05F, clip,
                           pointers(held), pointers(other)};
      const double cost = kernel.gloveStep(&step);
      CHECK_NEAR(cost, wantedCost, 2e-4 * (1.0 + wantedCost));
      const auto compare = [](const Side<float>& made, const Side<double>& wanted) {
        for (size_t j = 0; j < made.rows.size(); ++j) CHECK_NEAR(made.rows[j], wanted.rows[j], 1e-3);
        for (size_t j = 0; j < made.squares.size(); ++j) CHECK_NEAR(made.squares[j], wanted.squares[j], 1e-3);
        for (size_t j = 0; j < made.biases.size(); ++j) CHECK_NEAR(made.biases[j], wanted.biases[j], 2e-3);
        for (size_t j = 0; j < made.biasSquares.size(); ++j) {
          CHECK_NEAR(made.biasSquares[j], wanted.biasSquares[j], 1e-3 * wanted.biasSquares[j]);
        }
      };
      compare(held, wantedHeld);
      compare(other, wantedOther);
    }
  }
}

/// As for tiles: a weight that is not a number must show in the cost.
void testGloveShowsNaN(const Kernels& kernel) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    Side<float> held(1, 16);
    Side<float> other(1, 16);
    held.rows[3] = bad;
    const GloveEntry entry{0, 0, 1.0F};
    const float weight = 1.0F;
    const GloveStep step{&entry,
                         &weight,
                         1,
                         16,
                         0.05F,
                         100.0F,
                         {held.rows.data(), held.squares.data(), held.biases.data(), held.biasSquares.data()},
                         {other.rows.data(), other.squares.data(), other.biases.data(), other.biasSquares.data()}};
    CHECK(!std::isfinite(kernel.gloveStep(&step)));
  }
}

void testRows(const Kernels& kernel) {
  for (const uint32_t columns : {16U, 112U}) {
    for (uint32_t count = 1; count <= 11; ++count) {
      std::vector<float> matrix = randomValues(count * columns);
      std::vector<const float*> rows;
      std::vector<float*> mutableRows;
      for (size_t i = 0; i < count; ++i) {
        rows.push_back(&matrix[i * columns]);
        mutableRows.push_back(&matrix[i * columns]);
      }
      std::vector<float> sum(columns);
      kernel.sumRows(rows.data(), count, columns, 0.25F, sum.data());
      for (size_t c = 0; c < columns; ++c) {
        double wanted = 0.0;
        for (size_t i = 0; i < count; ++i) wanted += 0.25 * matrix[i * columns + c];
        CHECK_NEAR(sum[c], wanted, 1e-6);
      }
      const std::vector<float> before = matrix;
      const std::vector<float> factors = randomValues(count);
      kernel.addToRows(mutableRows.data(), factors.data(), count, columns, sum.data());
      for (size_t j = 0; j < matrix.size(); ++j) {
        CHECK_NEAR(matrix[j], before[j] + static_cast<double>(factors[j / columns]) * sum[j % columns], 1e-6);
      }
    }
  }
}

void testExpAndMax(const Kernels& kernel) {
  for (size_t n = 1; n <= 70; ++n) {
    std::vector<float> values = randomValues(n, 30.0F);
    float max = values[0];
    for (const float value : values) max = std::max(max, value);
    CHECK(kernel.maxOf(values.data(), n) == max);
    const std::vector<float> before = values;
    double wanted = 0.0;
    for (const float value : before) wanted += std::exp(static_cast<double>(value) - max);
    const float sum = kernel.expSum(values.data(), n, max);
    CHECK_NEAR(sum, wanted, 1e-5 * wanted);
    for (size_t i = 0; i < n; ++i) CHECK_NEAR(values[i], std::exp(static_cast<double>(before[i]) - max), 1e-6);
  }
  std::vector<float> holes(40, std::nanf(""));
  holes[3] = -2.0F;
  CHECK(kernel.maxOf(holes.data(), holes.size()) == -2.0F);
}

void testProduct(const Kernels& kernel) {
  const uint32_t m = kernel.gemmRows;
  const uint32_t n = kernel.gemmColumns;
  for (const size_t depth : {1UL, 7UL, 100UL}) {
    for (const uint32_t rows : {1U, m}) {
      const std::vector<float> a = randomValues(m * depth);
      const std::vector<float> b = randomValues(n * depth);
      std::vector<const float*> left;
      std::vector<const float*> right;
      for (size_t i = 0; i < rows; ++i) left.push_back(&a[i * depth]);
      for (size_t j = 0; j < n; ++j) right.push_back(&b[j * depth]);
      std::vector<float> packedA(m * depth, std::nanf(""));
      std::vector<float> packedB(n * depth);
      kernel.packPanel(left.data(), rows, depth, m, packedA.data());
      kernel.packPanel(right.data(), n, depth, n, packedB.data());
      const size_t stride = n + 3;
      std::vector<float> c(m * stride, 1.0F);
      kernel.gemmTile(packedA.data(), packedB.data(), depth, c.data(), stride, 0);
      kernel.gemmTile(packedA.data(), packedB.data(), depth, c.data(), stride, 1);
      for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < n; ++j) {
          const double wanted = i < rows ? 2.0 * dot(left[i], right[j], depth) : 0.0;
          CHECK_NEAR(c[i * stride + j], wanted, 1e-4);
        }
      }
    }
  }
}

/// Columns of a matrix as panels are its rows as panels, transposed, whatever their number.
void testPackColumns(const Kernels& kernel) {
  for (const uint32_t panel : {kernel.gemmRows, kernel.gemmColumns}) {
    for (uint32_t columns = 1; columns <= panel; ++columns) {
      for (const size_t depth : {1UL, 9UL}) {
        const size_t stride = columns + 3;
        const std::vector<float> matrix = randomValues(depth * stride);
        std::vector<float> packed(panel * depth + 1, 7.0F);
        kernel.packColumns(matrix.data(), stride, columns, depth, panel, packed.data());
        for (size_t k = 0; k < depth; ++k) {
          for (size_t c = 0; c < panel; ++c) {
            CHECK_EQUAL(packed[k * panel + c], c < columns ? matrix[k * stride + c] : 0.0F);
          }
        }
        CHECK_EQUAL(packed.back(), 7.0F);
      }
    }
  }
}

}  // namespace

int main() {
  size_t tables = 0;
  for (const wm_isa isa : {WM_ISA_SCALAR, WM_ISA_AVX2, WM_ISA_AVX512, WM_ISA_NEON}) {
    const Kernels* kernel = kernelsFor(isa);
    if (kernel == nullptr) continue;
    std::fprintf(stderr, "kernels: %s\n", kernel->name);
    ++tables;
    testTile(*kernel);
    testLargeTile(*kernel);
    testTileShowsNaN(*kernel);
    testGlove(*kernel);
    testGloveShowsNaN(*kernel);
    testRows(*kernel);
    testExpAndMax(*kernel);
    testProduct(*kernel);
    testPackColumns(*kernel);
  }
  CHECK(tables >= 1);
  return checkResult();
}
