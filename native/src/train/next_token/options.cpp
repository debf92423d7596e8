#include "train/next_token/options.h"

#include <cmath>
#include <string>

#include "memory/table.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/trainable.h"

namespace wordmill {

uint64_t contextWidth(const wm_next_token_options& options, uint64_t columns) {
  return options.context == WM_CONTEXT_CONCATENATED ? options.context_size * columns : columns;
}

void checkNextTokenNetwork(const wm_next_token_options& options, const NextTokenTables& tables) {
  checkOption(options.context == WM_CONTEXT_MEAN || options.context == WM_CONTEXT_CONCATENATED, "context",
              "unknown kind of context");
  checkOption(options.context_size >= 1 && options.context_size <= 1024, "contextSize",
              "the size of the context must be 1 .. 1024");
  checkOption(options.objective >= WM_NEXT_TOKEN_SOFTMAX && options.objective <= WM_NEXT_TOKEN_SAMPLED, "objective",
              "unknown objective");
  checkOption(options.batch_size >= 1 && options.batch_size <= 65536, "batchSize",
              "the size of a batch must be 1 .. 65536");
  checkOption(options.threads <= 1024, "threads", "at most 1024 threads");

  checkOption(tables.input != nullptr, "input", "the network needs an input table");
  const uint64_t rows = tables.input->rows();
  const uint64_t columns = tables.input->columns();
  checkOption(rows >= 2, "input", "the vocabulary must have at least two tokens");
  checkTrainable(tables.input.get(), "input", rows, columns);
  const bool isTree = options.objective == WM_NEXT_TOKEN_TREE;
  checkOption(!isTree || !tables.isTied(), "tied", "hierarchical softmax has a row for each node, not for each token");
  checkOption(tables.map != nullptr || options.context == WM_CONTEXT_MEAN, "map", "a concatenated context needs a map");
  const uint64_t outputs = isTree ? rows - 1 : rows;
  if (tables.map) checkTrainable(tables.map.get(), "map", columns, contextWidth(options, columns) + 1);
  if (tables.output) checkTrainable(tables.output.get(), "output", outputs, columns);
  checkTrainable(tables.bias.get(), "bias", 1, outputs);
  checkOption(tables.output != tables.input, "output", "a tied output is given as NULL");
  checkOption(tables.counts != nullptr || !(isTree || tables.countedOnly), "counts", "the counts are missing");
  checkOption(!isTree || !tables.countedOnly, "countedOnly", "the tree has all rows");
}

void checkNextTokenTargets(const NextTokenTables& tables, const std::vector<uint64_t>& occurrences) {
  checkOption(tables.input->rows() == occurrences.size(), "input", "the input table is of another vocabulary");
  for (uint64_t row = 0; row < occurrences.size(); ++row) {
    checkOption(occurrences[row] == 0 || tables.takesPart(row), "counts",
                "token " + std::to_string(row) + " is to be predicted and has no part in the softmax");
  }
}

void checkNextTokenTraining(const wm_next_token_options& options, const NextTokenTables& tables,
                            const std::vector<uint64_t>& occurrences) {
  checkNextTokenNetwork(options, tables);
  checkNextTokenTargets(tables, occurrences);
  if (options.objective == WM_NEXT_TOKEN_SAMPLED) {
    checkOption(options.samples >= 1 && options.samples <= 1048576, "negativeSamples",
                "the number of samples must be 1 .. 1048576");
    checkOption(options.sample_exponent >= -10.0 && options.sample_exponent <= 10.0, "negativeExponent",
                "the exponent must be -10 .. 10");
    checkOption(tables.counts != nullptr, "counts", "sampling needs the counts");
  }
  checkOption(options.epochs >= 1 && options.epochs <= 1000000, "epochs", "the number of epochs must be 1 .. 1000000");
  checkOption(options.warmup >= 0.0 && options.warmup <= 1.0, "warmup", "the warm-up must be a share from 0 to 1");
  checkOption(options.learning_rate > 0.0 && std::isfinite(options.learning_rate), "learningRate",
              "the learning rate must be positive");
  checkOption(options.schedule == WM_RATE_CONSTANT ||
                  (options.learning_rate_end >= 0.0 && options.learning_rate_end <= options.learning_rate),
              "learningRateEnd", "the last learning rate must be from 0 to the first");
  checkSchedule(nextTokenSchedule(options, 1));
  const Optimizer checked(options.optimizer);
}

wm_schedule nextTokenSchedule(const wm_next_token_options& options, uint64_t steps) {
  wm_schedule schedule{};
  schedule.shape = options.schedule;
  schedule.warmup_steps = static_cast<uint64_t>(std::llround(options.warmup * static_cast<double>(steps)));
  schedule.total_steps = steps;
  schedule.learning_rate = options.learning_rate;
  schedule.final_rate = options.learning_rate_end;
  return schedule;
}

}  // namespace wordmill
