#include "train/schedule.h"

#include <cmath>

#include "train/trainable.h"

namespace wordmill {

void checkSchedule(const wm_schedule& schedule) {
  const auto isRate = [](double value) { return value >= 0.0 && std::isfinite(value); };
  checkOption(schedule.shape >= WM_RATE_CONSTANT && schedule.shape <= WM_RATE_COSINE, "schedule",
              "unknown shape of the learning rate");
  checkOption(isRate(schedule.learning_rate), "learningRate", "the learning rate must be 0 or positive");
  if (schedule.shape == WM_RATE_CONSTANT) return;
  checkOption(isRate(schedule.final_rate) && schedule.final_rate <= schedule.learning_rate, "finalRate",
              "the final rate must be from 0 to the learning rate");
  checkOption(schedule.total_steps >= 1, "totalSteps", "there must be at least 1 step");
  checkOption(schedule.warmup_steps <= schedule.total_steps, "warmupSteps",
              "the warm-up must not be longer than all steps");
}

double scheduledRate(const wm_schedule& schedule, uint64_t step) {
  if (step < schedule.warmup_steps) {
    return schedule.learning_rate * static_cast<double>(step + 1) / (static_cast<double>(schedule.warmup_steps) + 1.0);
  }
  if (schedule.shape == WM_RATE_CONSTANT) return schedule.learning_rate;
  if (step >= schedule.total_steps) return schedule.final_rate;
  const double done = static_cast<double>(step - schedule.warmup_steps) /
                      static_cast<double>(schedule.total_steps - schedule.warmup_steps);
  constexpr double pi = 3.14159265358979323846;
  const double left = schedule.shape == WM_RATE_LINEAR ? 1.0 - done : 0.5 * (1.0 + std::cos(pi * done));
  return schedule.final_rate + left * (schedule.learning_rate - schedule.final_rate);
}

}  // namespace wordmill
