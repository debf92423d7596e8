#include "train/glove_model.h"

#include <algorithm>

#include "count/cooccurrence.h"
#include "memory/table.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"
#include "train/glove_worker.h"

namespace wordmill {
namespace {

/// The padding of a row takes part in every step: its gradient is 0, and so is 0 / sqrt(1), but not 0 / sqrt(0).
void padWithOnes(Table& table, unsigned threads, const wm_signal* signal) {
  const uint64_t stride = table.floatStride();
  constexpr uint64_t rowsOfTask = 4096;  // the first touch of their memory takes the time
  parallelFor((table.rows() + rowsOfTask - 1) / rowsOfTask, threads, [&](uint64_t task) {
    throwIfRaised(signal);
    for (uint64_t r = task * rowsOfTask; r < std::min(table.rows(), (task + 1) * rowsOfTask); ++r) {
      float* const row = table.trainable() + r * stride;
      std::fill(row + table.columns(), row + stride, 1.0F);
    }
  });
}

}  // namespace

GloveModel::GloveModel(const Cooccurrence& matrix, const GloveTables& tables, const wm_glove_options& theOptions,
                       wm_signal* signal)
    : options(theOptions),
      tiles(matrix, options.seed, resolveThreads(options.threads), signal),
      tables_(tables),
      stride_(tables.words->floatStride()) {
  for (Table* table : {tables_.wordSquares.get(), tables_.contextSquares.get()}) {
    padWithOnes(*table, resolveThreads(options.threads), signal);
  }
  for (Table* table : {tables_.words.get(), tables_.contexts.get(), tables_.wordSquares.get(),
                       tables_.contextSquares.get(), tables_.biases.get()}) {
    table->changed();
  }
}

GloveSide GloveModel::words(uint32_t group) const {
  const uint64_t row = tiles.firstRow(group);
  const auto biases = [&](uint64_t kind) { return tables_.biases->trainable() + kind * tables_.biases->floatStride(); };
  return {tables_.words->trainable() + row * stride_, tables_.wordSquares->trainable() + row * stride_,
          biases(GloveTables::kWordBiases) + row, biases(GloveTables::kWordBiasSquares) + row};
}

GloveSide GloveModel::contexts(uint32_t group) const {
  const uint64_t row = tiles.firstRow(group);
  const auto biases = [&](uint64_t kind) { return tables_.biases->trainable() + kind * tables_.biases->floatStride(); };
  return {tables_.contexts->trainable() + row * stride_, tables_.contextSquares->trainable() + row * stride_,
          biases(GloveTables::kContextBiases) + row, biases(GloveTables::kContextBiasSquares) + row};
}

std::unique_ptr<BlockWorker> GloveModel::makeWorker() { return std::make_unique<GloveWorker>(*this); }

}  // namespace wordmill
