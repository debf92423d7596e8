#pragma once

#include "kernels/kernels.h"
#include "train/optimizer.h"

namespace wordmill {

/// One step of the optimiser, as it goes for each kind of parameter. Weight decay spares the output's biases.
struct OptimizerSteps {
  OptimizerSteps(const Optimizer& rule, uint64_t number, double rate)
      : dense(rule.step(number, rate, Optimizer::Gradient::kDense)),
        rows(rule.step(number, rate, Optimizer::Gradient::kRows)),
        denseBias(withoutDecay(dense)),
        rowsBias(withoutDecay(rows)) {}

  OptimizerStep dense;
  OptimizerStep rows;
  OptimizerStep denseBias;
  OptimizerStep rowsBias;

 private:
  static OptimizerStep withoutDecay(OptimizerStep step) {
    step.shrink = 1.0F;
    step.decay = 0.0F;
    return step;
  }
};

}  // namespace wordmill
