#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "kernels/select.h"
#include "train/trainable.h"

namespace wordmill {
namespace {

bool isShare(double value) { return value >= 0.0 && value < 1.0; }

bool isAdam(const wm_optimizer_options& options) { return options.rule == WM_ADAM || options.rule == WM_ADAMW; }

void checkOptions(const wm_optimizer_options& options) {
  checkOption(options.rule >= WM_SGD && options.rule <= WM_ADAMW, "optimizer", "unknown optimizer");
  checkOption(options.weight_decay >= 0.0 && std::isfinite(options.weight_decay), "weightDecay",
              "the weight decay must be 0 or positive");
  if (options.rule == WM_SGD) {
    checkOption(isShare(options.momentum), "momentum", "the momentum must be from 0 to 1, without 1");
    return;
  }
  checkOption(options.epsilon > 0.0 && std::isfinite(options.epsilon), "epsilon", "epsilon must be positive");
  if (isAdam(options)) {
    checkOption(isShare(options.beta1) && isShare(options.beta2), "betas", "both betas must be from 0 to 1, without 1");
  }
}

constexpr uint64_t kFloatsOfLine = 16;

/// Asks for the start of a row to come; the processor follows the rest by itself.
void prefetchRow(const OptimizedRows& rows, uint64_t row) {
  constexpr uint64_t lines = 8;
  const uint64_t floats = std::min(rows.columns, lines * kFloatsOfLine);
  for (uint64_t at = row * rows.stride; at < row * rows.stride + floats; at += kFloatsOfLine) {
    __builtin_prefetch(rows.values + at, 1);
    if (rows.first != nullptr) __builtin_prefetch(rows.first + at, 1);
    if (rows.second != nullptr) __builtin_prefetch(rows.second + at, 1);
  }
}

/// How many rows ahead: more of short ones.
uint64_t rowsAhead(uint64_t columns) {
  constexpr uint64_t floats = 256;
  return std::clamp<uint64_t>(floats / columns, 1, 8);
}

void optimizeRow(const Kernels& kernel, const OptimizerStep& step, const OptimizedRows& rows, uint64_t row,
                 const float* gradient) {
  const uint64_t at = row * rows.stride;
  kernel.optimize(&step, rows.values + at, gradient, rows.first != nullptr ? rows.first + at : nullptr,
                  rows.second != nullptr ? rows.second + at : nullptr, rows.columns);
}

}  // namespace

Optimizer::Optimizer(const wm_optimizer_options& options) : options_(options) { checkOptions(options_); }

uint32_t Optimizer::states() const {
  if (isAdam(options_)) return 2;
  return options_.rule == WM_ADAGRAD || options_.momentum > 0.0 ? 1 : 0;
}

OptimizerStep Optimizer::step(uint64_t number, double learningRate, Gradient gradient) const {
  checkOption(learningRate >= 0.0 && std::isfinite(learningRate), "learningRate",
              "the learning rate must be 0 or positive");
  OptimizerStep step{};
  step.rate = static_cast<float>(learningRate);
  step.shrink = 1.0F;
  step.decay = static_cast<float>(options_.weight_decay);
  step.epsilon = static_cast<float>(options_.epsilon);
  switch (options_.rule) {
    case WM_SGD:
      step.kernel = options_.momentum > 0.0 ? kMomentumDescent : kPlainDescent;
      step.momentum = static_cast<float>(options_.momentum);
      return step;
    case WM_ADAGRAD:
      step.kernel = kAdaGradDescent;
      return step;
    default:
      break;
  }
  step.kernel = kAdamDescent;
  step.newShare = static_cast<float>(1.0 - options_.beta1);
  step.squareMomentum = static_cast<float>(options_.beta2);
  step.newSquareShare = static_cast<float>(1.0 - options_.beta2);
  // Both means begin at 0; dividing them by what they hold of their weights corrects that. Here the step is corrected
  // instead: rate * (m / c1) / (sqrt(s / c2) + e) = (rate * sqrt(c2) / c1) * m / (sqrt(s) + e * sqrt(c2)).
  const auto steps = static_cast<double>(number);
  const double correction = 1.0 - std::pow(options_.beta1, steps);
  const double rootCorrection = std::sqrt(1.0 - std::pow(options_.beta2, steps));
  step.rate = static_cast<float>(learningRate * rootCorrection / correction);
  if (options_.rule == WM_ADAMW) {
    step.shrink = static_cast<float>(1.0 - learningRate * options_.weight_decay);
    step.decay = 0.0F;
  }
  if (gradient == Gradient::kDense || options_.rule == WM_ADAMW) {
    step.epsilon = static_cast<float>(options_.epsilon * rootCorrection);
  }
  return step;
}

void optimizeRange(const OptimizerStep& step, const OptimizedRows& rows, uint64_t first, uint64_t count,
                   const float* gradients, uint64_t gradientStride) {
  const Kernels& kernel = kernels();
  for (uint64_t i = 0; i < count; ++i) optimizeRow(kernel, step, rows, first + i, gradients + i * gradientStride);
}

void optimizeRows(const OptimizerStep& step, const OptimizedRows& rows, const uint32_t* ids, uint64_t count,
                  const float* gradients, uint64_t gradientStride) {
  const Kernels& kernel = kernels();
  const uint64_t ahead = rowsAhead(rows.columns);
  for (uint64_t i = 0; i < count; ++i) {
    if (i + ahead < count) prefetchRow(rows, ids[i + ahead]);
    optimizeRow(kernel, step, rows, ids[i], gradients + i * gradientStride);
  }
}

}  // namespace wordmill
