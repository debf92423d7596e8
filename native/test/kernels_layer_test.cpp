// The kernels of the embedding layer in every instruction set that runs here, against double precision, for all tails
// and misalignments.

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "check.h"
#include "kernels/kernels.h"
#include "kernels/select.h"

using namespace wordmill;

namespace {

std::mt19937 generator(7);

std::vector<float> randomValues(size_t n) {
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> values(n);
  for (float& value : values) value = uniform(generator);
  return values;
}

/// Each kind of step against its definition, for all tails; what is behind the last value, and a state that is not
/// kept, stays.
void testOptimize(const Kernels& kernel) {
  for (const OptimizerKernel kind : {kPlainDescent, kMomentumDescent, kAdaGradDescent, kAdamDescent}) {
    const OptimizerStep step{kind, 0.1F, 0.9F, 0.3F, 0.8F, 0.2F, 0.95F, 0.05F, 1e-4F};
    for (size_t n = 1; n <= 67; ++n) {
      const size_t shift = n % 3;
      std::vector<float> x = randomValues(shift + n + 1);
      std::vector<float> first = randomValues(shift + n + 1);
      std::vector<float> second = randomValues(shift + n + 1);
      for (float& value : second) value = std::fabs(value);
      if (kind == kAdaGradDescent) {
        for (float& value : first) value = std::fabs(value);
      }
      const std::vector<float> gradient = randomValues(shift + n + 1);
      const std::vector<float> oldX = x;
      const std::vector<float> oldFirst = first;
      const std::vector<float> oldSecond = second;
      const bool hasFirst = kind != kPlainDescent;
      const bool hasSecond = kind == kAdamDescent;
      kernel.optimize(&step, x.data() + shift, gradient.data() + shift, hasFirst ? first.data() + shift : nullptr,
                      hasSecond ? second.data() + shift : nullptr, n);
      for (size_t i = 0; i < x.size(); ++i) {
        double wantedX = oldX[i];
        double m = oldFirst[i];
        double s = oldSecond[i];
        if (i >= shift && i < shift + n) {
          wantedX *= 0.9;
          const double g = gradient[i] + 0.3 * wantedX;
          if (kind == kPlainDescent) wantedX -= 0.1 * g;
          if (kind == kMomentumDescent) {
            m = 0.8 * m + g;
            wantedX -= 0.1 * m;
          }
          if (kind == kAdaGradDescent) {
            m += g * g;
            wantedX -= 0.1 * g / (std::sqrt(m) + 1e-4);
          }
          if (kind == kAdamDescent) {
            m += 0.2 * (g - m);
            s = 0.95 * s + 0.05 * g * g;
            wantedX -= 0.1 * m / (std::sqrt(s) + 1e-4);
          }
        }
        CHECK_NEAR(x[i], wantedX, 2e-6 * (1.0 + std::fabs(wantedX)));
        CHECK_NEAR(first[i], m, 1e-6);
        CHECK_NEAR(second[i], s, 1e-6);
      }
    }
  }
}

/// Copies and sums of picked rows, for all lengths and misalignments, with what is around the result left alone.
void testPicked(const Kernels& kernel) {
  for (const int streams : {0, 1}) {
    for (size_t columns = 1; columns <= 67; ++columns) {
      const size_t stride = columns + columns % 5;
      const size_t shift = columns % 7;
      const size_t count = 1 + columns % 6;
      const std::vector<float> rows = randomValues(20 * stride);
      std::vector<uint32_t> ids(count);
      for (uint32_t& id : ids) id = static_cast<uint32_t>(generator() % 20);
      std::vector<float> copies(shift + count * columns + 1, 7.0F);
      kernel.copyRows(rows.data(), stride, ids.data(), count, columns, copies.data() + shift, streams);
      for (size_t i = 0; i < count; ++i) {
        CHECK(std::memcmp(&copies[shift + i * columns], &rows[ids[i] * stride], columns * sizeof(float)) == 0);
      }
      CHECK(copies.back() == 7.0F && (shift == 0 || copies[shift - 1] == 7.0F));

      const std::vector<float> weights = randomValues(count);
      std::vector<float> start = randomValues(columns);
      std::vector<float> scratch(columns);
      for (const bool isWeighted : {false, true}) {
        for (const bool begins : {false, true}) {
          std::vector<float> out(shift + columns + 1, 7.0F);
          const PickedSum sum{rows.data(),
                              stride,
                              ids.data(),
                              isWeighted ? weights.data() : nullptr,
                              count - columns % 2 % count,
                              count,
                              columns,
                              0.5F,
                              begins ? start.data() : nullptr,
                              scratch.data(),
                              out.data() + shift,
                              begins ? 0 : streams};
          CHECK_EQUAL(kernel.sumPicked(&sum), 1);
          for (size_t c = 0; c < columns; ++c) {
            double wanted = 0.0;
            for (size_t i = 0; i < sum.count; ++i) {
              wanted += (isWeighted ? weights[i] : 1.0) * rows[ids[i] * stride + c];
            }
            CHECK_NEAR(out[shift + c], 0.5 * wanted + (begins ? start[c] : 0.0), 2e-6);
          }
          CHECK(out.back() == 7.0F && (shift == 0 || out[shift - 1] == 7.0F));
        }
      }
    }
  }
  kernel.streamed();
}

/// A number that is not finite is told of, wherever it stands.
void testPickedShowsNaN(const Kernels& kernel) {
  const uint32_t ids[] = {0, 1, 2};
  for (const size_t columns : {1UL, 16UL, 37UL}) {
    for (size_t at = 0; at < 3 * columns; ++at) {
      std::vector<float> rows = randomValues(3 * columns);
      rows[at] = at % 2 == 0 ? std::nanf("") : -std::numeric_limits<float>::infinity();
      std::vector<float> scratch(columns);
      std::vector<float> out(columns);
      const PickedSum sum{rows.data(), columns, ids,     nullptr,        3,          3,
                          columns,     1.0F,    nullptr, scratch.data(), out.data(), 0};
      CHECK_EQUAL(kernel.sumPicked(&sum), 0);
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
    testOptimize(*kernel);
    testPicked(*kernel);
    testPickedShowsNaN(*kernel);
  }
  CHECK(tables >= 1);
  return checkResult();
}
