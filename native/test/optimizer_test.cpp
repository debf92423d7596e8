// Optimisers against steps computed by hand from torch's definitions, and learning rates against their shape.

#include "train/optimizer.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "check.h"
#include "runtime/error.h"
#include "wordmill.h"

using namespace wordmill;

namespace {

wm_optimizer_options optionsOf(wm_optimizer_rule rule) { return {rule, 0.0, 0.9, 0.999, 1e-8, 0.0}; }

/// Numbers of one value through some steps with the gradients.
std::vector<double> course(const wm_optimizer_options& options, double rate, const std::vector<float>& gradients,
                           Optimizer::Gradient kind = Optimizer::Gradient::kDense) {
  const Optimizer optimizer(options);
  float value = 1.0F;
  float first = 0.0F;
  float second = 0.0F;
  const OptimizedRows rows{&value, optimizer.states() > 0 ? &first : nullptr,
                           optimizer.states() > 1 ? &second : nullptr, 1, 1};
  std::vector<double> out;
  uint64_t number = 0;
  for (const float gradient : gradients) {
    optimizeRange(optimizer.step(++number, rate, kind), rows, 0, 1, &gradient, 1);
    out.push_back(value);
  }
  return out;
}

void checkCourse(const std::vector<double>& course, const std::vector<double>& wanted) {
  CHECK_EQUAL(course.size(), wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) CHECK_NEAR(course[i], wanted[i], 2e-7);
}

void testRules() {
  wm_optimizer_options sgd = optionsOf(WM_SGD);
  checkCourse(course(sgd, 0.1, {2.0F, -1.0F}), {0.8, 0.9});
  sgd.weight_decay = 0.5;  // g = 2 + 0.5 * 1; -1 + 0.5 * 0.75
  checkCourse(course(sgd, 0.1, {2.0F, -1.0F}), {0.75, 0.8125});
  sgd.weight_decay = 0.0;
  sgd.momentum = 0.5;  // the momentum is 2, then 0.5 * 2 - 1, then 0.5 * 0 + 4
  checkCourse(course(sgd, 0.1, {2.0F, -1.0F, 4.0F}), {0.8, 0.8, 0.4});

  wm_optimizer_options adaGrad = optionsOf(WM_ADAGRAD);
  adaGrad.epsilon = 1e-10;  // the sums of squares are 9 and 25
  checkCourse(course(adaGrad, 0.1, {3.0F, -4.0F}), {0.9, 0.98});

  // The corrected means are the gradient and its square at the first step; at the second they are
  // (0.9 * 0.2 - 0.1) / 0.19 and (0.999 * 0.004 + 0.001) / (1 - 0.999^2).
  wm_optimizer_options adam = optionsOf(WM_ADAM);
  const double m = (0.9 * 0.2 - 0.1) / 0.19;
  const double s = (0.999 * 0.004 + 0.001) / (1.0 - 0.999 * 0.999);
  checkCourse(course(adam, 0.1, {2.0F, -1.0F}), {0.9, 0.9 - 0.1 * m / std::sqrt(s)});
  adam.weight_decay = 0.5;  // g = 2 + 0.5: its size does not matter at the first step
  checkCourse(course(adam, 0.1, {2.0F}), {0.9});
  wm_optimizer_options adamW = optionsOf(WM_ADAMW);
  adamW.weight_decay = 0.5;  // the value shrinks by 5 % first
  checkCourse(course(adamW, 0.1, {2.0F}), {0.85});

  // Where epsilon is added: after the correction as in torch's Adam, before it as in its SparseAdam.
  adam = optionsOf(WM_ADAM);
  adam.epsilon = 1.0;
  const double root = std::sqrt(0.001);
  checkCourse(course(adam, 0.1, {2.0F}), {1.0 - 0.1 * 2.0 / (2.0 + 1.0)});
  checkCourse(course(adam, 0.1, {2.0F}, Optimizer::Gradient::kRows),
              {1.0 - 0.1 * root / 0.1 * 0.2 / (std::sqrt(0.004) + 1.0)});
}

void testStates() {
  wm_optimizer_options options = optionsOf(WM_SGD);
  CHECK_EQUAL(Optimizer(options).states(), 0U);
  options.momentum = 0.9;
  CHECK_EQUAL(Optimizer(options).states(), 1U);
  CHECK_EQUAL(Optimizer(optionsOf(WM_ADAGRAD)).states(), 1U);
  CHECK_EQUAL(Optimizer(optionsOf(WM_ADAM)).states(), 2U);
  CHECK_EQUAL(Optimizer(optionsOf(WM_ADAMW)).states(), 2U);
}

/// Some rows step as they would in a matrix of which only they have a gradient; the others and their states stay.
void testRows() {
  constexpr uint64_t rows = 40;
  constexpr uint64_t columns = 19;
  constexpr uint64_t stride = 32;
  const Optimizer optimizer(optionsOf(WM_ADAGRAD));
  std::vector<float> values(rows * stride);
  std::vector<float> sums(rows * stride);
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  const std::vector<float> before = values;
  std::vector<uint32_t> ids;
  std::vector<float> gradients;
  for (uint32_t row = 39; row > 2; row -= 3) {
    ids.push_back(row);
    for (uint64_t c = 0; c < columns; ++c) gradients.push_back(static_cast<float>(row + c));
  }
  const OptimizerStep step = optimizer.step(1, 0.25, Optimizer::Gradient::kRows);
  optimizeRows(step, {values.data(), sums.data(), nullptr, columns, stride}, ids.data(), ids.size(), gradients.data(),
               columns);
  for (uint64_t r = 0; r < rows; ++r) {
    const bool stepped = r % 3 == 0 && r > 2;
    for (uint64_t c = 0; c < stride; ++c) {
      const bool inside = stepped && c < columns;
      CHECK_NEAR(values[r * stride + c], before[r * stride + c] - (inside ? 0.25 : 0.0), 1e-6);
      CHECK_NEAR(sums[r * stride + c], inside ? static_cast<double>((r + c) * (r + c)) : 0.0, 1e-3);
    }
  }
  std::vector<float> ranged = before;
  std::vector<float> rangedSums(rows * stride);
  const std::vector<float> dense(5 * stride, 2.0F);
  optimizeRange(step, {ranged.data(), rangedSums.data(), nullptr, columns, stride}, 7, 5, dense.data(), stride);
  for (uint64_t r = 0; r < rows; ++r) {
    const bool inside = r >= 7 && r < 12;
    CHECK_NEAR(ranged[r * stride], before[r * stride] - (inside ? 0.25 : 0.0), 1e-6);
    CHECK_EQUAL(rangedSums[r * stride], inside ? 4.0F : 0.0F);
  }
}

std::string refusal(const wm_optimizer_options& options, double rate = 0.1) {
  try {
    Optimizer(options).step(1, rate, Optimizer::Gradient::kDense);
    return "";
  } catch (const Error& error) {
    return error.option;
  }
}

void testOptions() {
  const double nan = std::nan("");
  wm_optimizer_options options = optionsOf(WM_SGD);
  options.rule = 4;
  CHECK_EQUAL(refusal(options), "optimizer");
  for (const double bad : {-0.1, 1.0, nan}) {
    options = optionsOf(WM_SGD);
    options.momentum = bad;
    CHECK_EQUAL(refusal(options), "momentum");
    options = optionsOf(WM_ADAM);
    options.beta1 = bad;
    CHECK_EQUAL(refusal(options), "betas");
    options = optionsOf(WM_ADAMW);
    options.beta2 = bad;
    CHECK_EQUAL(refusal(options), "betas");
  }
  for (const double bad : {0.0, -1.0, nan, std::numeric_limits<double>::infinity()}) {
    options = optionsOf(WM_ADAGRAD);
    options.epsilon = bad;
    CHECK_EQUAL(refusal(options), "epsilon");
  }
  for (const double bad : {-1.0, nan, std::numeric_limits<double>::infinity()}) {
    options = optionsOf(WM_SGD);
    options.weight_decay = bad;
    CHECK_EQUAL(refusal(options), "weightDecay");
    CHECK_EQUAL(refusal(optionsOf(WM_SGD), bad), "learningRate");
  }
}

double rateAt(const wm_schedule& schedule, uint64_t step) {
  double rate = -1.0;
  wm_error error;
  CHECK_EQUAL(wm_schedule_rate(&schedule, step, &rate, &error), WM_OK);
  return rate;
}

void testSchedule() {
  const wm_schedule constant{WM_RATE_CONSTANT, 3, 0, 0.8, 0.0};
  const wm_schedule linear{WM_RATE_LINEAR, 3, 11, 0.8, 0.0};
  const wm_schedule cosine{WM_RATE_COSINE, 3, 11, 0.8, 0.2};
  for (const wm_schedule& schedule : {constant, linear, cosine}) {
    for (uint64_t step = 0; step <= 3; ++step) {
      CHECK_NEAR(rateAt(schedule, step), 0.2 * static_cast<double>(step + 1), 1e-12);
    }
  }
  CHECK_EQUAL(rateAt(constant, 1000000), 0.8);
  CHECK_NEAR(rateAt(linear, 7), 0.4, 1e-12);
  CHECK_NEAR(rateAt(linear, 10), 0.1, 1e-12);
  CHECK_EQUAL(rateAt(linear, 11), 0.0);
  CHECK_EQUAL(rateAt(linear, 999), 0.0);
  CHECK_NEAR(rateAt(cosine, 5), 0.2 + 0.6 * 0.5 * (1.0 + std::sqrt(0.5)), 1e-12);
  CHECK_NEAR(rateAt(cosine, 7), 0.5, 1e-12);
  CHECK_EQUAL(rateAt(cosine, 11), 0.2);

  const auto refused = [](wm_schedule schedule, const char* option) {
    double rate = 0.0;
    wm_error error;
    CHECK_EQUAL(wm_schedule_rate(&schedule, 0, &rate, &error), WM_ERR_OPTION);
    CHECK_EQUAL(std::string(error.option), option);
  };
  refused({3, 0, 10, 0.1, 0.0}, "schedule");
  refused({WM_RATE_LINEAR, 0, 10, -0.1, 0.0}, "learningRate");
  refused({WM_RATE_LINEAR, 0, 10, std::nan(""), 0.0}, "learningRate");
  refused({WM_RATE_LINEAR, 0, 10, 0.1, 0.2}, "finalRate");
  refused({WM_RATE_COSINE, 0, 0, 0.1, 0.0}, "totalSteps");
  refused({WM_RATE_COSINE, 11, 10, 0.1, 0.0}, "warmupSteps");
  CHECK_EQUAL(wm_schedule_rate(nullptr, 0, nullptr, nullptr), WM_ERR_OPTION);
}

}  // namespace

int main() {
  testRules();
  testStates();
  testRows();
  testOptions();
  testSchedule();
  return checkResult();
}
