#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "train/next_token/batch.h"
#include "train/next_token/hidden_layer.h"
#include "train/next_token/parameter.h"
#include "train/next_token/scratch.h"
#include "train/next_token/steps.h"

namespace wordmill {

/// From hidden vectors to -log p of the targets, and back. A batch goes through the methods in their order here; those
/// that have tasks or ranges of examples are called by several threads at a time, each for its own.
class OutputLayer {
 public:
  OutputLayer(const NextTokenParameters& parameters, HiddenLayer& hidden, const std::atomic<bool>& cancelled)
      : parameters_(parameters), hidden_(hidden), cancelled_(cancelled) {}
  virtual ~OutputLayer() = default;

  /// By one thread; `number` is that of the step.
  virtual void begin(const Batch& batch, uint64_t number) = 0;
  virtual uint64_t packTasks() const { return 0; }
  virtual void pack(uint64_t) {}
  /// The sum of -log p of some examples. `gradients`: also those of the mean over the batch, to the hidden vectors.
  virtual double score(const Batch& batch, Range examples, bool gradients, Scratch& scratch) = 0;
  /// Work on gradients that needs all examples.
  virtual uint64_t collectTasks() const { return 0; }
  virtual void collect(uint64_t, Scratch&) {}
  virtual uint64_t updateTasks() const = 0;
  virtual void update(uint64_t task, const Batch& batch, const OptimizerSteps& steps, Scratch& scratch) = 0;
  /// What is too little for several threads.
  virtual void finish(const OptimizerSteps&) {}
  /// Whether `update` changes a row of the output in this batch.
  virtual bool changes(uint32_t row) const = 0;

 protected:
  const Parameter& output() const { return parameters_.output(); }
  const Parameter& bias() const { return parameters_.bias; }
  bool isCancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  /// The output's row by its gradient, and with tied rows by that of the contexts it is in.
  void stepOutput(const OptimizerStep& step, uint32_t row, const Batch& batch, float* gradient) const {
    if (parameters_.isTied()) hidden_.addRowGradient(batch, row, gradient);
    output().stepRow(step, row, gradient);
  }

  const NextTokenParameters& parameters_;
  HiddenLayer& hidden_;
  const std::atomic<bool>& cancelled_;
};

}  // namespace wordmill
